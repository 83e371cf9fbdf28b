#include "evidence/sched.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "evidence/counted.h"

namespace unpark::evidence {

namespace {

std::string_view without_indent(std::string_view line) {
  size_t first = line.find_first_not_of(" \t");
  return first == line.npos ? std::string_view() : line.substr(first);
}

// Takes a number from the front of the text.
template <typename Int>
std::optional<Int> take_number(std::string_view& text) {
  Int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

bool take_text(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

int32_t* field_of(SchedLine& line, std::string_view key) {
  if (key == "gomaxprocs") return &line.gomaxprocs;
  if (key == "idleprocs") return &line.idleprocs;
  if (key == "threads") return &line.threads;
  if (key == "spinningthreads") return &line.spinning_threads;
  if (key == "needspinning") return &line.needspinning;
  if (key == "idlethreads") return &line.idle_threads;
  if (key == "runqueue") return &line.run_queue;
  return nullptr;
}

// "[0 0 0]", or from Go 1.25 "[ 0 0 0 ]". False when its end is missing.
bool take_run_queues(std::string_view& text, std::vector<int32_t>* queues) {
  take_text(text, "[");
  while (true) {
    while (take_text(text, " ")) continue;
    if (take_text(text, "]")) return true;
    std::optional<int32_t> length = take_number<int32_t>(text);
    // The last number of a cut line may lack digits.
    if (!length || text.empty()) return false;
    queues->push_back(*length);
  }
}

// Fills `line` from what follows "SCHED 12ms:". False when the end of it is missing.
bool take_fields(std::string_view text, SchedLine* line, size_t* known) {
  while (true) {
    while (take_text(text, " ")) continue;
    if (text.empty()) return false;
    if (text.starts_with('[')) {
      return take_run_queues(text, &line->local_run_queues);
    }
    size_t equals = text.find('=');
    size_t end = text.find(' ');
    if (equals == text.npos || equals > end) return false;
    std::string_view key = text.substr(0, equals);
    std::string_view value = text.substr(equals + 1);
    // Only lines with detail have these, and nothing after the last of them.
    if (key == "gcwaiting" || key == "sysmonwait") line->detailed = true;
    if (key == "sysmonwait") return !value.empty();
    if (end == text.npos) return false;
    int32_t* field = field_of(*line, key);
    if (field != nullptr) {
      std::optional<int32_t> number = take_number<int32_t>(value);
      if (!number || *number < 0) return false;
      *field = *number;
      ++*known;
    }
    text.remove_prefix(end);
  }
}

// Numbers of runtime's _Gidle and so on, without the scan bit. None: not a goroutine that lives.
// 10 is leaked (Go 1.26): waiting, and found unreachable; 11 is dead with a stack kept aside.
std::optional<Status> status_of_number(uint32_t number) {
  switch (number) {
    case 1:
      return Status::kRunnable;
    case 2:
      return Status::kRunning;
    case 3:
      return Status::kSyscall;
    case 4:
    case 10:
      return Status::kWaiting;
    case 8:
      return Status::kCopystack;
    case 9:
      return Status::kPreempted;
    default:
      return std::nullopt;
  }
}

// What the reason of an earlier wait, which the run time does not clear, cannot be.
bool has_reason(Status status) {
  return status == Status::kWaiting || status == Status::kPreempted || status == Status::kCopystack;
}

bool is_collection(std::string_view line) {
  if (!take_text(line, "gc ")) return false;
  return take_number<uint64_t>(line).has_value() && line.starts_with(" @");
}

}  // namespace

bool SchedReader::take(std::string_view line, uint64_t) {
  if (line.size() < 5) return false;
  if (line[0] == 'S' && line.starts_with("SCHED ")) return take_summary(line);
  if (line[0] == 'g' && is_collection(line)) {
    collections_++;
    return true;
  }
  if (!open_) return false;
  std::string_view text = without_indent(line);
  if (text.empty() || (text[0] != 'P' && text[0] != 'M' && text[0] != 'G')) return false;
  return take_detail(text);
}

bool SchedReader::take_summary(std::string_view line) {
  line.remove_prefix(6);
  SchedLine out;
  std::optional<int64_t> ms = take_number<int64_t>(line);
  if (!ms || *ms < 0 || !take_text(line, "ms:")) return false;
  out.ms = *ms;
  size_t known = 0;
  bool whole = take_fields(line, &out, &known);
  if (known == 0) return false;
  close_line();
  if (!whole) cut_++;
  if (!snapshot_.sched.empty() && out.ms < snapshot_.sched.back().ms) {
    evidence_.snapshots.push_back(std::move(snapshot_));
    snapshot_ = Snapshot();
    falls_++;
  }
  snapshot_.kind = SnapshotKind::kSched;
  snapshot_.input = input_;
  snapshot_.sched.push_back(std::move(out));
  open_ = snapshot_.sched.back().detailed;
  found_ = true;
  return true;
}

bool SchedReader::take_detail(std::string_view line) {
  char kind = line[0];
  std::string_view text = line.substr(1);
  if (!take_number<uint64_t>(text) || !take_text(text, ": ")) return false;
  if (kind == 'P' && text.starts_with("status=")) {
    processors_++;
    return true;
  }
  if (kind == 'M' && text.starts_with("p=")) {
    threads_++;
    return true;
  }
  return kind == 'G' && take_text(text, "status=") && take_goroutine(text);
}

// "4(force gc (idle)) m=nil lockedm=nil"
bool SchedReader::take_goroutine(std::string_view text) {
  std::optional<uint32_t> number = take_number<uint32_t>(text);
  if (!number || !take_text(text, "(")) return false;
  goroutines_++;
  constexpr uint32_t kScanBit = 0x1000;
  std::optional<Status> status = status_of_number(*number & ~kScanBit);
  size_t end = text.rfind(") m=");
  if (end == text.npos) {
    cut_++;
    return true;
  }
  if (!status) return true;
  WaitReason reason = WaitReason::kNone;
  std::string_view words = text.substr(0, end);
  if (has_reason(*status) && !words.empty()) {
    std::optional<WaitReason> known = wait_reason_of(words);
    if (!known) unknown_reasons_++;
    reason = known.value_or(WaitReason::kOther);
  }
  states_[{*status, reason}]++;
  return true;
}

bool SchedReader::has_all_detail(const SchedLine& line) const {
  // A thread that is about to start is counted and not listed.
  return processors_ >= line.gomaxprocs && threads_ > 0 && goroutines_ > 0;
}

void SchedReader::close_line() {
  if (open_) {
    SchedLine& line = snapshot_.sched.back();
    if (!has_all_detail(line)) incomplete_++;
    for (const auto& [key, count] : states_) {
      line.states.push_back({key.first, key.second, count});
    }
  }
  states_.clear();
  processors_ = threads_ = goroutines_ = 0;
  open_ = false;
}

void SchedReader::note(Note::Kind kind, std::string message) {
  evidence_.inputs[input_.raw].notes.push_back({kind, std::move(message)});
}

void SchedReader::finish() {
  close_line();
  if (!snapshot_.sched.empty()) evidence_.snapshots.push_back(std::move(snapshot_));
  snapshot_ = Snapshot();
  if (cut_ > 0) {
    note(Note::Kind::kCut, "scheduler trace: " + counted(cut_, "line is", "lines are") + " cut");
  }
  if (falls_ > 0) {
    note(Note::Kind::kMixed,
         fmt::format("scheduler trace: its clock falls {}: the process was restarted, or several "
                     "write into one log; the part behind the last fall is taken for a series",
                     counted(falls_, "time", "times")));
  }
  if (incomplete_ > 0) {
    note(Note::Kind::kLost,
         fmt::format("scheduler trace: the detail of {} is not complete: too few goroutines are "
                     "counted there",
                     counted(incomplete_, "record", "records")));
  }
  if (unknown_reasons_ > 0) {
    note(Note::Kind::kUnknown,
         fmt::format("scheduler trace: {} not known",
                     counted(unknown_reasons_, "wait reason is", "wait reasons are")));
  }
  if (collections_ > 0 && !found_) {
    note(Note::Kind::kInstead,
         fmt::format("{} of GODEBUG=gctrace say nothing of goroutines; bring a goroutine dump, or "
                     "the output of GODEBUG=schedtrace=1000,scheddetail=1",
                     counted(collections_, "line", "lines")));
  }
}

}  // namespace unpark::evidence
