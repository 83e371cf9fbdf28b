// Lines that a terminal, an editor or a log shipper broke apart.
//
// A part alone has no form that fits what is expected; together with the next line it has. Where
// both parts have one (a path can be broken so that either half is a path), they are joined only
// when the first could not stand alone.
#include <algorithm>
#include <utility>

#include "evidence/goroutine_text.h"

namespace unpark::evidence {

namespace {

constexpr uint32_t kMaxJoins = 64;
constexpr size_t kMaxJoined = 16384;
// A name shorter than this is not broken at the edge of a page.
constexpr size_t kLeastWidth = 16;

// Text with blanks is the beginning of a path only if it begins like one, and not like a date.
bool may_begin_path(std::string_view text) {
  std::string_view word = text.substr(0, text.find_first_of(" \t"));
  if (text.starts_with('/') || text.substr(1, 2) == ":/" || word.size() == text.size()) return true;
  return (word.front() < '0' || word.front() > '9') && word.find_first_of("/.") != word.npos;
}

bool has_blank(std::string_view text) { return text.find_first_of(" \t") != text.npos; }

}  // namespace

bool GoroutineText::may_be_fragment(std::string_view line, bool indented) const {
  if (is_part_of_header(line)) return true;
  if (!open_ || discard_ || after_blank_ || expect_ == Expect::kDone) return false;
  if (expect_ != Expect::kFrame) {
    return may_begin_path(line) && (indented || line.front() == '/' || line.size() >= kLeastWidth);
  }
  if (is_open_function(line) || line.starts_with("created")) return true;
  if (line.find("::") != line.npos) return true;
  return !has_blank(line) && line.front() != '{' && line.front() != ']' &&
         line.find('=') == line.npos && line.front() != '-';
}

// The line goes on the one before it, which was whole by itself: "server.go:21" and "09 +0x1f".
bool GoroutineText::amend(std::string_view line) {
  if (foreign_run_ > 0 || after_blank_) return false;
  if (expect_ == Expect::kCreatedPlace) {
    for (const std::string& joined :
         {function_ + std::string(line), function_ + " " + std::string(line)}) {
      std::string_view name;
      uint64_t id = 0;
      if (!parse_created_by(joined, &name, &id) || has_blank(name)) continue;
      function_ = joined;
      joined_++;
      return true;
    }
    return false;
  }
  if (line == ":" && stack_.empty()) return true;  // of the header
  if (last_.empty()) return false;
  FileLine before, place;
  if (parse_file(last_, &before) && before.has_offset) return amend_offset(line);
  if (!is_rest_of_file(line)) return false;
  std::string joined = last_ + std::string(line);
  if (line.front() == '+') joined = last_ + " " + std::string(line);
  if (!parse_file(last_, &before) || before.has_offset || !parse_file(joined, &place)) return false;
  FunctionLine function;
  uint64_t id = 0;
  if (expect_ == Expect::kDone) {
    if (!parse_created_by(last_function_, &function.name, &id)) return false;
    if (!in_ancestors_) now_.created_by = frames_.make(function, &place);
  } else {
    std::vector<FrameId>& to = in_ancestors_ ? ancestors_ : stack_;
    if (to.empty() || !parse_function(last_function_, &function)) return false;
    to.back() = frames_.make(function, &place);
  }
  last_ = joined;
  joined_++;
  return true;
}

// The offset, or the addresses behind it, go on: nothing of them is kept.
bool GoroutineText::amend_offset(std::string_view line) {
  if (line.find_first_not_of("0123456789abcdefx =+sp") != line.npos) return false;
  FileLine place;
  for (const std::string& joined : {last_ + std::string(line), last_ + " " + std::string(line)}) {
    if (!parse_file(joined, &place) || !place.has_offset) continue;
    last_ = joined;
    joined_++;
    return true;
  }
  return false;
}

bool GoroutineText::join(std::string_view line, std::string_view raw, uint64_t offset) {
  std::string before = std::move(fragment_);
  fragment_.clear();
  if (++fragment_joins_ > kMaxJoins || before.size() + line.size() > kMaxJoined) return false;
  bool done = false;
  bool header = is_part_of_header(before);
  fragment_ = header ? before : std::string(trim_right(before));
  std::string joined = fragment_ + std::string(line);
  if (header) {
    done = join_header(line, raw, offset);
  } else if (!open_ || discard_) {
    fragment_.clear();
  } else if (expect_ != Expect::kFrame) {
    done = join_place(joined);
  } else {
    done = join_function(line, joined);
  }
  if (done) {
    joined_++;
    foreign_ += std::exchange(foreign_run_, 0);
  } else {
    fragment_.clear();
    if (open_ && !header) take_foreign(before);
  }
  return done;
}

bool GoroutineText::join_header(std::string_view line, std::string_view raw, uint64_t offset) {
  HeaderLine best;
  std::string kept;
  std::string before(trim_right(fragment_));
  // Blanks at the edge belong to one of the parts, to neither, or are lost.
  for (const std::string& joined : {fragment_ + std::string(raw), fragment_ + std::string(line),
                                    before + std::string(line), before + " " + std::string(line)}) {
    HeaderLine header;
    if (!parse_header(joined, &header)) continue;
    bool good = header.state_text.empty() && parse_labels(header.labels, nullptr);
    if (kept.empty() || good) kept = joined;
    if (good) break;
  }
  if (!kept.empty() && parse_header(kept, &best)) {
    fragment_.clear();
    begin_block(best, false, offset);
    return true;
  }
  HeaderLine other;
  std::string joined = fragment_ + std::string(raw);
  if (parse_header(line, &other) || !is_part_of_header(joined)) return false;
  fragment_ = joined;
  return true;
}

bool GoroutineText::join_place(std::string_view joined) {
  if (take_place(joined, true)) {
    fragment_.clear();
    return true;
  }
  FunctionLine function;
  uint32_t elided = 0;
  std::string_view name;
  uint64_t id = 0;
  std::string_view added = joined.substr(fragment_.size());
  if (parse_function(added, &function) || parse_elision(added, &elided) ||
      parse_created_by(added, &name, &id)) {
    return false;
  }
  if (has_blank(added) && added.find("+0x") == added.npos) return false;
  fragment_ = joined;
  return true;
}

bool GoroutineText::join_function(std::string_view line, std::string_view joined) {
  FunctionLine function, alone;
  FileLine place;
  if (parse_file(line, &place) && place.only_address) {  // C code, by its name alone
    push_frame(frames_.make(FunctionLine{fragment_, {}}, &place));
    fragment_.clear();
    return true;
  }
  if (fragment_.starts_with("created")) {
    std::string with_blank = fragment_ + " " + std::string(line);
    bool taken = take_created_by(joined) || take_created_by(with_blank);
    if (taken) fragment_.clear();
    return taken;
  }
  bool stands_alone = parse_function(line, &alone);
  if (parse_function(joined, &function)) {
    if (stands_alone && fragment_.size() < kLeastWidth && joined_ == 0) return false;
    fragment_.clear();
    return take_function(joined);
  }
  bool name = !has_blank(joined) && line.size() >= kLeastWidth && joined_ > 0;
  if (stands_alone || (!is_open_function(joined) && !name)) return false;
  fragment_ = joined;
  return true;
}

}  // namespace unpark::evidence
