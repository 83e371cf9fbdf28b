// Blocks line by line, whatever happened to them on their way.
//
// A line is judged by its form and by what is expected next. Indentation is no part of it, since
// white space is what gets lost first. Lines of other text between those of a block are left out; a
// blank line ends a block, unless every line has one.
#include <utility>

#include "evidence/goroutine_text.h"

namespace unpark::evidence {

namespace {

// So many lines of other text in a row: the block has ended without saying so.
constexpr uint32_t kMaxForeignRun = 1000;
constexpr size_t kMaxFrames = 4096;
constexpr size_t kMaxFragment = 8192;
constexpr size_t kMaxMessage = 1000;

}  // namespace

bool GoroutineText::take(std::string_view line, uint64_t offset) {
  std::string_view text = trim(line);
  if (text.empty()) return take_blank();
  bool indented = text.data() != line.data();
  tail_.clear();
  if (!fragment_.empty() && join(text, line, offset)) return true;
  if (take_start(text, indented, offset)) return true;
  if (open_ && take_open(text, indented)) {
    foreign_ += std::exchange(foreign_run_, 0);  // it stood inside
    after_blank_ = false;
    return true;
  }
  tail_ = text.substr(0, 64);
  if (may_be_fragment(text, indented)) {
    fragment_ = trim_left(line).substr(0, kMaxFragment);
    fragment_joins_ = 0;
    return is_part_of_header(text) || is_open_function(text);
  }
  take_foreign(text);
  return false;
}

bool GoroutineText::take_blank() {
  tail_.clear();
  fragment_.clear();
  if (!open_) return false;
  if (discard_ || expect_ == Expect::kDone) {
    close_block();
  } else {
    after_blank_ = true;
  }
  return true;
}

// Lines that begin something, wherever they stand.
bool GoroutineText::take_start(std::string_view line, bool indented, uint64_t offset) {
  HeaderLine header;
  char first = line.front();
  if (first == 'g' ? parse_header(line, &header)
      : (first == 'G' || first == '[')
          ? parse_goleak_header(line, &header)
          : first >= '0' && first <= '9' && parse_aggregate_header(line, &header)) {
    begin_block(header, first == 'G' || first == '[', offset);
    return true;
  }
  if (indented) return false;
  if (is_crash_message(line)) {
    take_message(line);
    return true;
  }
  if (line == "runtime stack:") {
    close_block();
    open_ = discard_ = true;
    return true;
  }
  if (line == "-----" && has_snapshot_ && snapshot_.kind == SnapshotKind::kCrash) {
    close_block();
    thread_section_ = true;
    return true;
  }
  return false;
}

void GoroutineText::take_message(std::string_view line) {
  close_block();
  bool of_thread = thread_section_ && has_snapshot_ && line.starts_with("SIG");
  if (of_thread) return;
  pending_messages_++;
  if (message_.empty()) message_ = line.substr(0, kMaxMessage);
}

void GoroutineText::begin_block(const HeaderLine& header, bool by_goleak, uint64_t offset) {
  bool again = open_ && by_goleak_ && stack_.empty() && function_.empty() && now_.id == header.id;
  if (!again) close_block();
  reset_block();
  open_ = true;
  by_goleak_ = by_goleak;
  block_offset_ = offset;
  set_header(header);
  if (by_goleak || again) now_.flags |= kOutlived;
}

bool GoroutineText::take_open(std::string_view line, bool indented) {
  if (discard_) {
    FunctionLine function;
    FileLine place;
    return parse_function(line, &function) || (indented && parse_file(line, &place));
  }
  bool expects_place = expect_ == Expect::kPlace || expect_ == Expect::kCreatedPlace;
  if (expects_place && take_place(line, indented)) return true;
  if (after_blank_ && !expects_place && !blank_inside_ && !stack_.empty()) return false;
  if (take_created_by(line)) return true;
  if (is_ancestor(line)) {
    flush_function();
    in_ancestors_ = true;
    expect_ = Expect::kFrame;
    return true;
  }
  uint32_t elided = 0;
  if (parse_elision(line, &elided)) {
    flush_function();
    push_frame(symbols_.frame({{}, {}, elided, kElision}));
    return true;
  }
  if (is_unavailable(line)) {
    now_.flags |= kStackUnavailable;
    return true;
  }
  if (line.starts_with("non-Go function")) {
    flush_function();
    push_frame(symbols_.frame({symbols_.string("non-Go function"), {}, 0, kForeign | kNoPlace}));
    return true;
  }
  return take_function(line) || amend(line);
}

bool GoroutineText::take_place(std::string_view line, bool indented) {
  FileLine place;
  if (!parse_file(line, &place)) return false;
  if (!indented && !is_source_file(place.file)) return false;
  if (after_blank_) blank_inside_ = true;
  bool creator = expect_ == Expect::kCreatedPlace;
  FunctionLine function;
  if (creator) {
    uint64_t id = 0;
    if (!parse_created_by(function_, &function.name, &id)) return false;
    if (!in_ancestors_) {
      now_.created_by = frames_.make(function, &place);
      now_.creator_id = id;
    }
  } else {
    if (!parse_function(function_, &function)) return false;
    if (!in_ancestors_) {
      keep_arguments(function.arguments);
    }
    push_frame(frames_.make(function, &place));
  }
  last_ = line;
  last_function_ = std::move(function_);
  function_.clear();
  expect_ = creator ? Expect::kDone : Expect::kFrame;
  return true;
}

void GoroutineText::keep_arguments(std::string_view text) {
  uint32_t frame = static_cast<uint32_t>(stack_.size());
  scan_arguments(text.data(), text.data() + text.size(), frame, &arguments_);
}

bool GoroutineText::take_created_by(std::string_view line) {
  std::string_view name;
  uint64_t id = 0;
  if (!parse_created_by(line, &name, &id)) return false;
  flush_function();
  function_ = line;
  expect_ = Expect::kCreatedPlace;
  last_.clear();
  return true;
}

bool GoroutineText::take_function(std::string_view line) {
  FunctionLine function;
  if (expect_ == Expect::kDone || !parse_function(line, &function)) return false;
  flush_function();
  function_ = line;
  expect_ = Expect::kPlace;
  last_.clear();
  return true;
}

void GoroutineText::push_frame(FrameId frame) {
  std::vector<FrameId>& to = in_ancestors_ ? ancestors_ : stack_;
  if (to.size() < kMaxFrames) to.push_back(frame);
}

// A function whose place never came.
void GoroutineText::flush_function() {
  if (function_.empty()) return;
  FunctionLine function;
  uint64_t id = 0;
  if (expect_ == Expect::kCreatedPlace) {
    if (!in_ancestors_ && parse_created_by(function_, &function.name, &id)) {
      now_.created_by = frames_.make(function, nullptr);
      now_.creator_id = id;
    }
  } else if (parse_function(function_, &function)) {
    if (!in_ancestors_) {
      keep_arguments(function.arguments);
    }
    push_frame(frames_.make(function, nullptr));
  }
  without_place_++;
  function_.clear();
  expect_ = Expect::kFrame;
}

void GoroutineText::take_foreign(std::string_view line) {
  if (!open_) return;
  if (after_blank_ || ++foreign_run_ > kMaxForeignRun) {
    close_block();
  } else if (discard_ || expect_ == Expect::kDone || line.size() < 2) {
    foreign_run_--;
  }
}

void GoroutineText::take_stray(std::string_view line, uint64_t offset) {
  std::string_view text = trim(line);
  FunctionLine function;
  FileLine place;
  if (open_ && expect_ != Expect::kDone && !after_blank_) return;
  std::string_view creator;
  uint64_t id = 0;
  if (parse_function(text, &function) || (total_ == 0 && parse_created_by(text, &creator, &id))) {
    stray_function_ = text;
    stray_offset_ = offset;
    return;
  }
  std::string before = std::move(stray_function_);
  stray_function_.clear();
  bool indented = text.data() != line.data();
  if (before.empty() || !parse_file(text, &place)) return;
  if (!indented && !is_source_file(place.file)) return;
  close_block();
  reset_block();
  open_ = true;
  block_offset_ = stray_offset_;
  now_.flags |= kHeadless;
  if (!take_function(before)) take_created_by(before);
  take_place(text, indented);
}

void GoroutineText::reset_block() {
  now_ = Goroutine();
  stack_.clear();
  ancestors_.clear();
  arguments_.clear();
  open_ = discard_ = by_goleak_ = after_blank_ = blank_inside_ = in_ancestors_ = false;
  expect_ = Expect::kFrame;
  foreign_run_ = 0;
  function_.clear();
  last_.clear();
}

void GoroutineText::close_block() {
  if (!open_) return;
  if (!discard_) {
    flush_function();
    commit();
  }
  reset_block();
}

}  // namespace unpark::evidence
