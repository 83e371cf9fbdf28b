// Goroutines into snapshots: where one look ends and the next begins.
//
// The one goroutine of a dump that is "running" and has a stack is the one that prints the dump,
// and it comes first; but for those that were on their way out of a system call (Go 1.26), and
// those of a crash. So a second one means that another dump begins, when its stack or the ids
// behind it say so; and where nothing but such stacks come, a program prints single stacks into its
// log, which say nothing of other goroutines.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "evidence/goroutine_text.h"

namespace unpark::evidence {

namespace {

constexpr size_t kReserveAt = 4096;

bool is_signal_for_dump(std::string_view message) {
  return message.starts_with("SIGQUIT") || message.starts_with("SIGABRT");
}

}  // namespace

void GoroutineText::set_header(const HeaderLine& header) {
  now_.id = header.id;
  now_.count = header.count;
  now_.minutes = header.minutes;
  now_.bubble = header.bubble;
  now_.flags = header.flags;
  now_.reason = header.reason;
  now_.status = header.status;
  now_.state_text = header.state_text.empty() ? StringId() : symbols_.string(header.state_text);
  now_.labels = header.labels.empty() ? LabelsId() : labels_of(header.labels);
}

LabelsId GoroutineText::labels_of(std::string_view text) {
  LabelList pairs;
  parse_labels(text, &pairs);
  std::vector<Label> labels;
  for (const auto& [key, value] : pairs) {
    labels.push_back({symbols_.string(key), symbols_.string(value)});
  }
  return symbols_.labels(labels);
}

void GoroutineText::commit() {
  now_.stack = symbols_.stack(stack_);
  if (!ancestors_.empty()) now_.ancestors = symbols_.stack(ancestors_);
  if (stack_.empty() && !(now_.flags & kStackUnavailable)) {
    now_.flags |= kStackUnavailable;
    without_stack_++;
  }
  const StackFacts& facts = facts_of(now_.stack);
  if (facts.all_runtime) now_.flags |= kSystem;
  refine_reason(facts.wait);
  bool running = now_.status == Status::kRunning && !stack_.empty() && now_.id != 0;
  bool head = false;
  if (!message_.empty() && !is_own_print()) {
    start_snapshot();
    snapshot_.kind = SnapshotKind::kCrash;
    snapshot_.message = std::move(message_);
    messages_ = std::exchange(pending_messages_, 0);
    message_.clear();
  } else if (!has_snapshot_) {
    start_snapshot();
  } else if (thread_section_) {
    if (now_.id != 0 && seen_.contains(now_.id)) {
      repeated_ += !fill_in_stack();
      return;
    }
  } else if (running) {
    bool crash = snapshot_.kind == SnapshotKind::kCrash;
    if (crash && running_ < messages_ && fill_in_stack()) {
      running_++;
      return;
    }
    bool also_crashed = crash && running_ < messages_ && !seen_.contains(now_.id);
    bool another = !all_running_ && !also_crashed && (!crash || running_ > 0);
    if (another && (crash || seen_.contains(now_.id) || dumps_itself())) {
      start_snapshot();
    } else if (another) {
      head = true;
    }
  } else {
    if (all_running_ && snapshot_.goroutines.size() > 1) move_last_to_new_snapshot();
    if (now_.id != 0 && !seen_.insert(now_.id)) {
      if (may_be_head_) {
        move_last_to_new_snapshot();
      } else {
        start_snapshot();
      }
    }
  }
  may_be_head_ = head;
  all_running_ = running && (all_running_ || snapshot_.goroutines.empty());
  running_ += running;
  push_goroutine();
}

// A program that recovers from a panic, prints it and lives on, prints its stack by itself.
bool GoroutineText::is_own_print() {
  if (stack_.empty() || symbols_[stack_[0]].is_elision()) return false;
  std::string_view leaf = symbols_.text(symbols_[stack_[0]].function);
  if (!leaf.starts_with("runtime/debug.")) return false;
  message_.clear();
  pending_messages_ = 0;
  return true;
}

// The stack is that of a goroutine in the middle of printing a dump.
bool GoroutineText::dumps_itself() const {
  if (symbols_[stack_[0]].is_elision()) return false;
  std::string_view leaf = symbols_.text(symbols_[stack_[0]].function);
  return leaf == "runtime/pprof.writeGoroutineStacks" || leaf.starts_with("runtime/debug.");
}

void GoroutineText::push_goroutine() {
  bool crash = snapshot_.kind == SnapshotKind::kCrash;
  bool cause = crash && now_.status == Status::kRunning && now_.id != 0 && !stack_.empty() &&
               !is_signal_for_dump(snapshot_.message);
  bool first = snapshot_.goroutines.empty();
  if (cause && (first || running_ > 1)) {
    now_.flags |= kCrashing;
  } else if (crash && first) {
    now_.flags |= kTraced;
  }
  uint32_t place = static_cast<uint32_t>(snapshot_.goroutines.size());
  if (now_.id != 0) {
    seen_.insert(now_.id);
    if (now_.flags & kStackUnavailable) unavailable_.emplace(now_.id, place);
  }
  now_.first_argument = static_cast<uint32_t>(snapshot_.arguments.size());
  now_.argument_count = static_cast<uint16_t>(arguments_.size());
  snapshot_.arguments.insert(snapshot_.arguments.end(), arguments_.begin(), arguments_.end());
  snapshot_.goroutines.push_back(now_);
  headless_ += (now_.flags & kHeadless) != 0;
  aggregated_ += now_.count > 1;
  with_creator_id_ |= now_.creator_id != 0;
  at_limit_ += now_.created_by.exists() && is_at_limit();
  total_++;
  if (snapshot_.goroutines.size() == kReserveAt) reserve();
}

// Up to Go 1.20 a stack ends after 100 frames, of which those of the run time where it waits are
// not printed; and with most of them no line says so.
bool GoroutineText::is_at_limit() const {
  constexpr size_t kLimit = 100, kMostHidden = 6;
  return stack_.size() >= kLimit - kMostHidden && !symbols_[stack_.back()].is_elision();
}

// What the sections of a crash's threads say of a goroutine that had no stack before. False: it had
// one.
bool GoroutineText::fill_in_stack() {
  auto found = unavailable_.find(now_.id);
  if (found == unavailable_.end() || stack_.empty()) return false;
  if (!thread_section_) now_.flags |= kCrashing;
  Goroutine& g = snapshot_.goroutines[found->second];
  g.stack = now_.stack;
  g.flags = static_cast<uint16_t>((g.flags & ~kStackUnavailable) | now_.flags);
  g.first_argument = static_cast<uint32_t>(snapshot_.arguments.size());
  g.argument_count = static_cast<uint16_t>(arguments_.size());
  snapshot_.arguments.insert(snapshot_.arguments.end(), arguments_.begin(), arguments_.end());
  if (now_.created_by.exists()) g.created_by = now_.created_by;
  if (now_.creator_id != 0) g.creator_id = now_.creator_id;
  unavailable_.erase(found);
  return true;
}

// The last of several single stacks was the first goroutine of a dump.
void GoroutineText::move_last_to_new_snapshot() {
  Goroutine first = snapshot_.goroutines.back();
  std::vector<Argument> words(snapshot_.arguments.begin() + first.first_argument,
                              snapshot_.arguments.end());
  snapshot_.arguments.resize(first.first_argument);
  snapshot_.goroutines.pop_back();
  start_snapshot();
  first.first_argument = 0;
  snapshot_.goroutines.push_back(first);
  snapshot_.arguments = std::move(words);
  seen_.insert(first.id);
}

void GoroutineText::start_snapshot() {
  close_snapshot();
  snapshot_.input = input_;
  has_snapshot_ = true;
  snapshot_offset_ = block_offset_;
}

void GoroutineText::close_snapshot() {
  if (!has_snapshot_) return;
  if (all_running_ && snapshot_.goroutines.size() > 1) {
    note(Note::Kind::kMixed,
         fmt::format("{} stacks were printed one by one by the goroutines themselves (recovered "
                     "panics, debug.Stack): they say nothing of other goroutines",
                     snapshot_.goroutines.size()));
  }
  snapshot_.partial = shows_only_chosen();
  if (snapshot_.goroutines.capacity() > 2 * snapshot_.goroutines.size()) {
    snapshot_.goroutines.shrink_to_fit();
    snapshot_.arguments.shrink_to_fit();
  }
  evidence_.snapshots.push_back(std::move(snapshot_));
  snapshot_ = Snapshot();
  seen_.clear();
  unavailable_.clear();
  has_snapshot_ = all_running_ = thread_section_ = may_be_head_ = false;
  running_ = messages_ = 0;
  snapshot_count_++;
}

bool GoroutineText::shows_only_chosen() const {
  if (all_running_) return !is_signal_for_dump(snapshot_.message);
  return std::all_of(snapshot_.goroutines.begin(), snapshot_.goroutines.end(),
                     [](const Goroutine& g) { return (g.flags & kOutlived) != 0; });
}

// Growing by doubling would need half as much memory again at the end, so space is made once, for
// what the rest of the input has if it goes on like this. Untouched, it costs nothing.
void GoroutineText::reserve() {
  if (block_offset_ <= snapshot_offset_ || expected_bytes_ <= block_offset_) return;
  double scale = 1.05 * static_cast<double>(expected_bytes_ - snapshot_offset_) /
                 static_cast<double>(block_offset_ - snapshot_offset_);
  auto most = [&](size_t now) {
    double wanted = static_cast<double>(now) * scale;
    // A goroutine takes 40 bytes of text, a word three: no estimate is believed beyond that.
    return static_cast<size_t>(std::min(wanted, static_cast<double>(expected_bytes_) / 3));
  };
  snapshot_.goroutines.reserve(most(snapshot_.goroutines.size()));
  snapshot_.arguments.reserve(most(snapshot_.arguments.size()));
}

const GoroutineText::StackFacts& GoroutineText::facts_of(StackId stack) {
  if (stack.raw >= stack_facts_.size()) stack_facts_.resize(symbols_.stack_count());
  StackFacts& facts = stack_facts_[stack.raw];
  if (facts.known) return facts;
  facts.known = true;
  std::span<const FrameId> frames = symbols_[stack];
  facts.all_runtime = !frames.empty() && std::all_of(frames.begin(), frames.end(), [&](FrameId id) {
    const Frame& frame = symbols_[id];
    return frame.is_elision() || symbols_.text(frame.function).starts_with("runtime.");
  });
  facts.wait = wait_of_stack(symbols_, stack);
  return facts;
}

// "semacquire" is said of locks and wait groups too, by versions that have no better word; and
// without any words the frames are all there is.
void GoroutineText::refine_reason(WaitReason by_frames) {
  if (by_frames == WaitReason::kNone) return;
  if (now_.reason == WaitReason::kSemacquire && by_frames != WaitReason::kSemacquire) {
    now_.reason = by_frames;
    now_.state_text = symbols_.string(text_of(WaitReason::kSemacquire));
  } else if (now_.reason == WaitReason::kNone && now_.status == Status::kUnknown) {
    now_.reason = by_frames;
  }
}

void GoroutineText::note(Note::Kind kind, std::string message) {
  evidence_.inputs[input_.raw].notes.push_back({kind, std::move(message)});
}

void GoroutineText::finish(uint64_t offset, bool unfinished) {
  bool cut = false;
  if (unfinished && open_) {
    cut = !fragment_.empty() || expect_ == Expect::kPlace || expect_ == Expect::kCreatedPlace;
    if (expect_ == Expect::kCreatedPlace) {
      function_.clear();
      expect_ = Expect::kDone;
    }
    if (cut) now_.flags |= kCut;
  } else if (unfinished && has_snapshot_) {
    constexpr std::string_view kHeader = "goroutine ";
    cut = !fragment_.empty() || (!tail_.empty() && (kHeader.starts_with(tail_) ||
                                                    std::string_view(tail_).starts_with(kHeader)));
  }
  close_block();
  uint64_t bytes = offset - snapshot_offset_;
  // The run time cuts at the end of a buffer, whose size is a round one.
  bool full = has_snapshot_ && bytes >= 4096 && std::has_single_bit(bytes) &&
              (unfinished || bytes == uint64_t{64} << 20);
  if (has_snapshot_ && (cut || full)) {
    snapshot_.cut = true;
    std::string_view why =
        bytes == uint64_t{64} << 20
            ? ": the run time writes no more than 64 MiB of goroutines; the profile with debug=0 "
              "counts all of them"
        : full ? ": a full buffer; runtime.Stack needs a larger one"
               : "";
    note(Note::Kind::kCut,
         fmt::format("the dump ends in the middle, at byte {}: goroutines after number {} are "
                     "missing{}",
                     offset, snapshot_.goroutines.size(), why));
  }
  close_snapshot();
  add_final_notes();
}

void GoroutineText::add_final_notes() {
  auto plural = [](uint64_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
  };
  if (snapshot_count_ > 1) {
    note(Note::Kind::kMixed,
         fmt::format("holds {} dumps, one after the other: each is a look of its own",
                     snapshot_count_));
  }
  if (headless_ > 0) {
    note(Note::Kind::kLost, plural(headless_, "stack has", "stacks have") +
                                " no header: number and state are not known");
  }
  if (without_stack_ > 0) {
    note(Note::Kind::kLost,
         plural(without_stack_, "goroutine has", "goroutines have") + " a header and no stack");
  }
  if (without_place_ > 0) {
    note(Note::Kind::kLost,
         plural(without_place_, "frame has", "frames have") + " lost file and line");
  }
  if (joined_ > 0) {
    note(Note::Kind::kMangled,
         plural(joined_, "line was", "lines were") + " broken apart and put together again");
  }
  if (foreign_ > 0) {
    note(Note::Kind::kMangled, plural(foreign_, "line", "lines") +
                                   " of other text stood inside stacks and were left out");
  }
  if (repeated_ > 0) {
    note(Note::Kind::kMixed, plural(repeated_, "goroutine was", "goroutines were") +
                                 " printed again for a thread of the crash, and counted once");
  }
  // Since Go 1.21 dumps tell the ids of creators, and what is left out.
  if (at_limit_ > 0 && !with_creator_id_) {
    note(Note::Kind::kLost, plural(at_limit_, "stack ends", "stacks end") +
                                " where Go 1.20 and earlier stop, after 100 frames: outer ones "
                                "are missing");
  }
  if (aggregated_ > 0) {
    note(Note::Kind::kLost, plural(aggregated_, "stack stands", "stacks stand") +
                                " for several goroutines: their numbers are not known");
  }
}

}  // namespace unpark::evidence
