// Clean blocks, straight from memory.
//
// A block is read forwards once: the arguments of a function are parsed on the way to the end of
// its line, and the frame cache is asked with both raw lines. Anything that is not exactly as the
// run time writes it gives the block up: take() reads it again.
#include "evidence/goroutine_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace unpark::evidence {

namespace {

constexpr std::string_view kHeader = "goroutine ";
constexpr std::string_view kCreated = "created by ";

std::string_view rest(const char* p, const char* end) { return {p, static_cast<size_t>(end - p)}; }

const char* find_line_end(const char* p, const char* end) {
  return static_cast<const char*>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
}

// Drops " fp=0x1 sp=0x2 pc=0x3", which only follows an offset.
std::string_view without_pointers(std::string_view place) {
  size_t space = place.rfind(' ');
  if (space == place.npos || !place.substr(space).starts_with(" pc=0x")) return place;
  size_t fp = place.rfind(" fp=0x", space);
  return fp == place.npos ? place : place.substr(0, fp);
}

}  // namespace

GoroutineText::GoroutineText(Evidence& evidence, InputId input)
    : evidence_(evidence), symbols_(evidence.symbols), input_(input), frames_(evidence.symbols) {}

size_t GoroutineText::take_blocks(std::string_view text, uint64_t offset, bool at_end) {
  if (!text.starts_with(kHeader) || (open_ && by_goleak_)) return 0;
  // Something may have been broken apart before the word "goroutine"; and half a line says nothing.
  size_t line = text.find('\n');
  HeaderLine header;
  if (line == text.npos || !parse_header(text.substr(0, line), &header)) return 0;
  close_block();
  fragment_.clear();
  stray_function_.clear();
  const char* begin = text.data();
  const char* end = begin + text.size();
  const char* p = begin;
  while (rest(p, end).starts_with(kHeader)) {
    block_offset_ = offset + static_cast<uint64_t>(p - begin);
    const char* next = take_block(p, end, at_end);
    if (next == nullptr) break;
    commit();
    p = next;
  }
  reset_block();
  return static_cast<size_t>(p - begin);
}

const char* GoroutineText::take_block(const char* p, const char* end, bool at_end) {
  const char* eol = find_line_end(p, end);
  if (eol == nullptr) return nullptr;
  HeaderLine header;
  std::string_view line = rest(p, eol);
  if (!line.ends_with(':') || !parse_header(line, &header)) return nullptr;
  if (!header.labels.empty() && !parse_labels(header.labels, nullptr)) return nullptr;
  reset_block();
  set_header(header);
  p = eol + 1;
  while (p < end) {
    if (*p == '\n') return p + 1;
    if (*p == '\t') {
      eol = find_line_end(p, end);
      if (eol == nullptr || !is_unavailable(rest(p + 1, eol))) return nullptr;
      now_.flags |= kStackUnavailable;
      p = eol + 1;
    } else if (rest(p, end).starts_with(kCreated)) {
      p = take_creator(p, end);
      if (p == nullptr) return nullptr;
      if (p == end) break;
      return *p == '\n' ? p + 1 : nullptr;
    } else {
      p = take_frame(p, end);
      if (p == nullptr) return nullptr;
    }
  }
  return at_end && end[-1] == '\n' ? end : nullptr;
}

const char* GoroutineText::take_frame(const char* p, const char* end) {
  FrameId before = stack_.empty() ? FrameId() : stack_.back();
  uint32_t index = static_cast<uint32_t>(stack_.size());
  FrameId frame;
  if (const char* next = frames_.guess(before, p, end, index, &frame, &arguments_)) {
    stack_.push_back(frame);
    return next;
  }
  const char* eol = find_line_end(p, end);
  if (eol == nullptr) return nullptr;
  std::string_view line = rest(p, eol);
  uint32_t elided = 0;
  if (*p == '.' && parse_elision(line, &elided)) {
    stack_.push_back(symbols_.frame({{}, {}, elided, kElision}));
    return eol + 1;
  }
  FunctionLine function;
  if (line.size() < 3 || line.back() != ')') return nullptr;
  size_t open = line.rfind('(');
  if (open == line.npos) return nullptr;
  function.name = line.substr(0, open);
  function.arguments = line.substr(open + 1, line.size() - open - 2);
  const char* place = eol + 1;
  if (place == end || *place != '\t') return nullptr;
  const char* place_end = find_line_end(place, end);
  if (place_end == nullptr) return nullptr;
  frame = frames_.find(function.name, function.only_dots(),
                       without_pointers(rest(place + 1, place_end)));
  const char* close = line.data() + line.size() - 1;
  if (!frame.exists() ||
      scan_arguments(function.arguments.data(), close, index, &arguments_) != close) {
    return nullptr;
  }
  frames_.follows(before, frame);
  stack_.push_back(frame);
  return place_end + 1;
}

const char* GoroutineText::take_creator(const char* p, const char* end) {
  const char* eol = find_line_end(p, end);
  std::string_view name;
  if (eol == nullptr || !parse_created_by(rest(p, eol), &name, &now_.creator_id)) return nullptr;
  const char* place = eol + 1;
  if (place == end || *place != '\t') return nullptr;
  const char* place_end = find_line_end(place, end);
  if (place_end == nullptr) return nullptr;
  now_.created_by = frames_.find(name, false, rest(place + 1, place_end));
  return now_.created_by.exists() ? place_end + 1 : nullptr;
}

}  // namespace unpark::evidence
