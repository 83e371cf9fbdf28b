// A profile is a first line and records; a record is a line of numbers and addresses, a line of
// labels perhaps, a line for each frame that has a name, and a blank line. Records end where the
// next line of numbers begins, so lost blank lines do no harm, and what is none of these lines is
// left to others and does not end the profile.
//
// Inlined functions are told by their entry address, which is that of the function around them: of
// neighbouring frames with one entry, the outermost one has the frame.
#include "evidence/debug1.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evidence/counted.h"

namespace unpark::evidence {

namespace {

constexpr size_t kMaxFrames = 4096;  // of a record
constexpr size_t kMaxRecords = 4 << 20;
constexpr uint64_t kMaxKeptBytes = uint64_t{1} << 30;

bool eat(std::string_view* text, std::string_view what) {
  if (!text->starts_with(what)) return false;
  text->remove_prefix(what.size());
  return true;
}

// Heap profiles count what was sampled. This is what that stands for, as the protobuf form says it.
void scale_heap(uint64_t rate, int64_t* count, int64_t* bytes) {
  if (*count == 0 || *bytes == 0) {
    *count = *bytes = 0;
    return;
  }
  if (rate <= 1) return;
  double mean = static_cast<double>(*bytes) / static_cast<double>(*count);
  double scale = 1 / (1 - std::exp(-mean / static_cast<double>(rate)));
  auto scaled = [&](int64_t n) {
    double value = static_cast<double>(n) * scale;
    return value < 9e18 ? static_cast<int64_t>(value) : INT64_MAX;
  };
  *count = scaled(*count);
  *bytes = scaled(*bytes);
}

int64_t clamped(uint64_t value) {
  return static_cast<int64_t>(std::min<uint64_t>(value, INT64_MAX));
}

}  // namespace

bool Debug1Reader::take(std::string_view line, uint64_t) {
  line = trimmed(line);
  if (line.empty()) {
    bool mine = record_open_;
    close_record();
    return mine;
  }
  if (kept_bytes_ >= kMaxKeptBytes) return false;
  bool mine = take_body(line) || take_header(line);
  // What a log put before the first line it put before all of them.
  if (!mine && prefix_ > 0 && line.size() > prefix_) {
    mine = take_body(trimmed(line.substr(prefix_)));
    if (mine) behind_prefix_++;
  }
  if (mine) kept_bytes_ += line.size();
  return mine;
}

// A line below the first one.
bool Debug1Reader::take_body(std::string_view line) {
  if (line.empty()) return false;
  char c = line.front();
  if (c >= '0' && c <= '9' && take_record(line)) return true;
  return profile_ && (take_detail(line) || take_setting(line));
}

bool Debug1Reader::take_header(std::string_view line) {
  Debug1Header header;
  if (!parse_debug1_header(line, &header)) return false;
  close_profile();
  open_profile(header);
  return true;
}

// What stands below the first line of a mutex or block profile.
bool Debug1Reader::take_setting(std::string_view line) {
  if (profile_->kind != SnapshotKind::kMutex && profile_->kind != SnapshotKind::kBlock)
    return false;
  uint64_t value = 0;
  if (eat(&line, "cycles/second=") && take_decimal(&line, &value)) {
    cycles_per_second_ = static_cast<double>(value);
    return true;
  }
  if (eat(&line, "sampling period=") && take_decimal(&line, &value)) {
    profile_->period = clamped(value);
    return true;
  }
  return false;
}

bool Debug1Reader::take_record(std::string_view line) {
  // Most lines of digits are others'.
  if (line.find(" @") == line.npos) return false;
  Debug1Record record;
  if (!parse_debug1_record(line, &record)) return false;
  close_record();
  if (!profile_) open_headless(record);
  if (!profile_) return false;
  uint32_t wanted =
      profile_->kind == SnapshotKind::kHeap                                              ? 4
      : profile_->kind == SnapshotKind::kMutex || profile_->kind == SnapshotKind::kBlock ? 2
                                                                                         : 1;
  if (record.value_count != wanted) return false;
  mem_stats_ = false;
  record_ = std::move(record);
  record_open_ = true;
  if (!record_.complete) lost_++;
  return true;
}

// Lines that begin with "#", which web pages take away.
bool Debug1Reader::take_detail(std::string_view line) {
  bool marked = eat(&line, "#");
  line = trimmed(line);
  if (record_open_) {
    std::string_view labels = line;
    if (eat(&labels, "labels: ")) {
      std::vector<std::pair<std::string, std::string>> pairs;
      if (!parse_debug1_labels(labels, &pairs)) lost_++;
      for (const auto& [key, value] : pairs) {
        labels_.push_back({evidence_.symbols.string(key), evidence_.symbols.string(value)});
      }
      return true;
    }
    if (line.starts_with("0x")) return take_frame(line);
  }
  if (marked && profile_->kind == SnapshotKind::kHeap) {
    if (line == "runtime.MemStats") {
      close_record();
      mem_stats_ = true;
    }
    return mem_stats_;
  }
  return false;
}

bool Debug1Reader::take_frame(std::string_view text) {
  Debug1Frame frame;
  if (!parse_debug1_frame(text, &frame)) {
    lost_++;
    return true;
  }
  if (frames_.size() >= kMaxFrames) {
    lost_++;
    return true;
  }
  has_frame_lines_ = true;
  // Profiles of threads say this of those that Go did not start.
  if (frame.pc == 0 && frame.function.empty()) return true;
  Symbols& symbols = evidence_.symbols;
  FrameLine line;
  if (frame.function.empty()) {
    line.frame = {symbols.string(fmt::format("{:#x}", frame.pc)), symbols.string(""), 0,
                  kForeign | kNoPlace};
  } else {
    bool placed = !frame.file.empty() && frame.line != 0;
    line.frame = {symbols.string(frame.function), symbols.string(frame.file), frame.line,
                  placed ? 0u : uint32_t{kNoPlace}};
    line.pc = frame.pc;
    line.entry = frame.pc - frame.offset;
    named_frames_++;
  }
  if (frames_.empty()) first_named_pc_ = frame.pc;
  frames_.push_back(line);
  return true;
}

void Debug1Reader::open_profile(const Debug1Header& header) {
  Snapshot& s = profile_.emplace();
  s.input = input_;
  name_ = header.name;
  prefix_ = header.start;
  headless_ = false;
  mem_stats_ = false;
  std::copy(std::begin(header.totals), std::end(header.totals), totals_);
  std::fill(std::begin(sums_), std::end(sums_), 0);
  cycles_per_second_ = 0;
  named_frames_ = nameless_ = lost_ = absurd_ = beyond_ = behind_prefix_ = 0;
  hidden_.clear();
  bare_.clear();
  outermost_ = 0;
  if (header.total_count == 1) {
    s.kind = name_ == "goroutine"       ? SnapshotKind::kGoroutineProfile
             : name_ == "goroutineleak" ? SnapshotKind::kLeakProfile
             : name_ == "threadcreate"  ? SnapshotKind::kThreadCreate
                                        : SnapshotKind::kOtherProfile;
    s.value_types = {{name_, "count"}};
    s.period = 1;
    if (has_goroutines()) s.claimed_total = header.totals[0];
  } else if (name_ == "heap") {
    s.kind = SnapshotKind::kHeap;
    s.value_types = {{"alloc_objects", "count"},
                     {"alloc_space", "bytes"},
                     {"inuse_objects", "count"},
                     {"inuse_space", "bytes"}};
    // The first line has twice the rate.
    s.period = clamped(header.sampling / 2);
  } else {
    s.kind = name_ == "mutex" ? SnapshotKind::kMutex : SnapshotKind::kBlock;
    s.value_types = {{"contentions", "count"}, {"delay", "nanoseconds"}};
  }
}

// Of two numbers nobody knows what they measure without the line that says it.
void Debug1Reader::open_headless(const Debug1Record& record) {
  if (record.pcs.empty() || record.value_count == 2) return;
  Debug1Header header;
  header.name = record.value_count == 4 ? "heap" : "goroutine";
  header.total_count = record.value_count;
  open_profile(header);
  profile_->claimed_total.reset();
  headless_ = true;
}

bool Debug1Reader::has_goroutines() const {
  return profile_->kind == SnapshotKind::kGoroutineProfile ||
         profile_->kind == SnapshotKind::kLeakProfile;
}

void Debug1Reader::close_record() {
  if (!record_open_) return;
  record_open_ = false;
  for (size_t i = 0; i < 4; i++) {
    uint64_t room = UINT64_MAX - sums_[i];
    sums_[i] += std::min(room, record_.values[i]);
  }
  if (profile_->goroutines.size() + profile_->samples.size() >= kMaxRecords) {
    beyond_++;
  } else {
    StackId stack = stack_of_record();
    has_goroutines() ? add_goroutines(stack) : add_sample(stack);
  }
  if (!has_frame_lines_) note_nameless();
  has_frame_lines_ = false;
  frames_.clear();
  labels_.clear();
}

void Debug1Reader::note_nameless() {
  nameless_++;
  bool one = record_.pcs.size() == 1 || (record_.pcs.size() > 1 && record_.pcs[1] == 0);
  if (one && has_goroutines() && record_.values[0] != 0 && beyond_ == 0) {
    bare_.emplace_back(profile_->goroutines.size() - 1, record_.pcs[0]);
  }
}

// A goroutine that has not begun, or is over, stands in goexit, which is never printed. It is the
// outermost function of all others.
void Debug1Reader::name_bare() {
  if (outermost_ == 0) return;
  Symbols& symbols = evidence_.symbols;
  FrameId goexit =
      symbols.frame({symbols.string("runtime.goexit"), symbols.string(""), 0, kNoPlace});
  StackId stack = symbols.stack(std::span(&goexit, 1));
  for (const auto& [index, pc] : bare_) {
    if (pc != outermost_) continue;
    profile_->goroutines[index].stack = stack;
    nameless_--;
  }
}

StackId Debug1Reader::stack_of_record() {
  Symbols& symbols = evidence_.symbols;
  stack_.clear();
  // From the outside in: the first frame with an entry is that function's own.
  StringId owner;
  uint64_t entry = 0;
  for (size_t i = frames_.size(); i-- > 0;) {
    FrameLine& line = frames_[i];
    if (line.entry == 0 || line.entry != entry) {
      entry = line.entry;
      owner = line.frame.function;
    } else if (line.frame.function != owner) {
      line.frame.flags |= kInlined;
    }
  }
  for (const FrameLine& line : frames_) stack_.push_back(symbols.frame(line.frame));
  if (frames_.empty()) {
    // The lines with names are lost; equal addresses are equal stacks still.
    for (uint64_t pc : record_.pcs) {
      if (pc == 0) break;
      stack_.push_back(symbols.frame(
          {symbols.string(fmt::format("{:#x}", pc)), symbols.string(""), 0, kForeign | kNoPlace}));
    }
  }
  return symbols.stack(stack_);
}

void Debug1Reader::add_goroutines(StackId stack) {
  if (record_.values[0] == 0) return;
  Goroutine g;
  g.stack = stack;
  g.labels = evidence_.symbols.labels(labels_);
  g.count = static_cast<uint32_t>(std::min<uint64_t>(record_.values[0], UINT32_MAX));
  if (g.count != record_.values[0]) absurd_++;
  if (profile_->kind == SnapshotKind::kLeakProfile) g.flags |= kLeaked;
  HiddenFrames hidden;
  if (!frames_.empty()) {
    // Addresses are where calls return to, lines those of the calls.
    auto named = std::find(record_.pcs.begin(), record_.pcs.end(), first_named_pc_ + 1);
    if (named != record_.pcs.end()) {
      if (uint64_t last = record_.pcs.back(); last != frames_.back().pc + 1) outermost_ = last;
      hidden.count = static_cast<uint32_t>(named - record_.pcs.begin());
      std::copy_n(record_.pcs.begin(), std::min<size_t>(3, record_.pcs.size()), hidden.pcs);
    }
  }
  profile_->goroutines.push_back(g);
  hidden_.push_back(hidden);
}

void Debug1Reader::add_sample(StackId stack) {
  Sample sample;
  sample.stack = stack;
  sample.labels = evidence_.symbols.labels(labels_);
  sample.first_value = static_cast<uint32_t>(profile_->values.size());
  std::vector<int64_t>& values = profile_->values;
  const uint64_t(&v)[4] = record_.values;
  if (profile_->kind == SnapshotKind::kHeap) {
    int64_t used[2] = {clamped(v[0]), clamped(v[1])};
    int64_t allocated[2] = {clamped(v[2]), clamped(v[3])};
    auto rate = static_cast<uint64_t>(profile_->period);
    scale_heap(rate, &used[0], &used[1]);
    scale_heap(rate, &allocated[0], &allocated[1]);
    values.insert(values.end(), {allocated[0], allocated[1], used[0], used[1]});
  } else if (record_.value_count == 2) {
    double seconds = cycles_per_second_ > 0 ? static_cast<double>(v[0]) / cycles_per_second_ : 0;
    double ns = seconds * 1e9;
    values.insert(values.end(), {clamped(v[1]), ns < 9e18 ? static_cast<int64_t>(ns) : INT64_MAX});
  } else {
    values.push_back(clamped(v[0]));
  }
  profile_->samples.push_back(sample);
}

// What the hidden frames say, with what the first named one says of them.
WaitReason Debug1Reader::wait_below(StackId stack, const HiddenFrames& hidden,
                                    WaitReason told) const {
  const Symbols& symbols = evidence_.symbols;
  std::span<const FrameId> frames = symbols[stack];
  if (frames.empty()) return told;
  std::string_view leaf = symbols.text(symbols[frames[0]].function);
  // Its one call below is that of the function that switches to another coroutine.
  if (hidden.count == 1 && leaf.starts_with("iter.Pull")) return WaitReason::kCoroutine;
  // ReadTrace parks by itself.
  if (hidden.count == 2 && leaf.starts_with("runtime/trace.")) {
    return WaitReason::kTraceReaderBlocked;
  }
  return told;
}

void Debug1Reader::close_profile() {
  if (!profile_) return;
  close_record();
  Snapshot& s = *profile_;
  // Numbers that happen to look like a record are no profile.
  if (headless_ && named_frames_ == 0) {
    profile_.reset();
    return;
  }
  if (has_goroutines()) {
    name_bare();
    std::vector<WaitReason> told = waits_of_hidden(hidden_);
    StackWaits waits(evidence_.symbols);
    for (size_t i = 0; i < s.goroutines.size(); i++) {
      Goroutine& g = s.goroutines[i];
      g.reason = waits.of(g.stack);
      if (g.reason == WaitReason::kNone) g.reason = wait_below(g.stack, hidden_[i], told[i]);
    }
  }
  tell_all();
  evidence_.snapshots.push_back(std::move(s));
  profile_.reset();
  prefix_ = 0;
  hidden_.clear();
  mem_stats_ = false;
}

// What to know about the profile that ends.
void Debug1Reader::tell_all() {
  if (headless_) {
    profile_->cut = true;
    note(Note::Kind::kLost, "its first line, which says how many there are in all, is missing");
  } else if (profile_->kind == SnapshotKind::kHeap) {
    tell(totals_[0], sums_[0], "objects in use");
  } else if (profile_->value_types.size() == 1) {
    tell(totals_[0], sums_[0], has_goroutines() ? "goroutines" : "in all");
  } else if (cycles_per_second_ == 0 && !profile_->samples.empty()) {
    note(Note::Kind::kLost,
         "the line \"cycles/second\" is missing: how long waits took is not known");
  }
  if (behind_prefix_ > 0) {
    note(Note::Kind::kMangled,
         counted(behind_prefix_, "line", "lines") + " stood behind a prefix of a log");
  }
  if (lost_ > 0) {
    note(Note::Kind::kLost,
         counted(lost_, "line is damaged and was", "lines are damaged and were") + " left out");
  }
  if (nameless_ > 0) {
    note(Note::Kind::kLost, fmt::format("of {} the lines that name functions are missing",
                                        counted(nameless_, "record", "records")));
  }
  if (absurd_ > 0) {
    note(Note::Kind::kMismatch,
         counted(absurd_, "count is", "counts are") + " too large to be true");
  }
  if (beyond_ > 0) {
    note(Note::Kind::kLimit, fmt::format("left out what is beyond its first {} records: {} more",
                                         kMaxRecords, beyond_));
  }
  if (kept_bytes_ >= kMaxKeptBytes) {
    note(Note::Kind::kLimit, "what follows its first GiB was left out");
  }
}

void Debug1Reader::tell(uint64_t claimed, uint64_t sum, std::string_view of) {
  if (claimed == sum) return;
  profile_->cut = sum < claimed;
  note(Note::Kind::kMismatch,
       fmt::format("its first line says {} {}, its records add up to {}: {}", claimed, of, sum,
                   sum < claimed ? "some are missing" : "there are records of something else"));
}

void Debug1Reader::note(Note::Kind kind, std::string message) {
  evidence_.inputs[input_.raw].notes.push_back(
      {kind, fmt::format("{} profile: {}", name_, message)});
}

}  // namespace unpark::evidence
