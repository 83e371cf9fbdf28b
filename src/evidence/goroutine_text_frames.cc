#include "evidence/goroutine_text_frames.h"

#include <algorithm>
#include <cstring>

namespace unpark::evidence {

namespace {

uint64_t load8(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

// Of the last 16 bytes and the length.
uint64_t hash_end(std::string_view text) {
  uint64_t h = text.size() * 0x9E3779B97F4A7C15u;
  if (text.size() >= 16) {
    const char* end = text.data() + text.size();
    return (h ^ load8(end - 8)) * 0xD6E8FEB86659FD93u ^ load8(end - 16) * 0xA0761D6478BD642Fu;
  }
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return h;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// From the colon after the file: the line is the known frame's, and what follows is an offset or
// nothing, and perhaps the frame's addresses. Returns the next line, or null.
const char* place_end(const char* p, const char* end, const Frame& known, bool dots) {
  if (*p++ != ':') return nullptr;
  uint64_t line = 0;
  const char* digits = p;
  for (; p < end && *p >= '0' && *p <= '9'; p++) line = line * 10 + static_cast<uint64_t>(*p - '0');
  if (line != known.line || p == digits || p - digits > 10 || p == end) return nullptr;
  bool inlined = dots && *p == '\n';
  if (inlined != static_cast<bool>(known.flags & kInlined)) return nullptr;
  if (*p == '\n') return p + 1;
  if (end - p < 6 || std::memcmp(p, " +0x", 4) != 0) return nullptr;
  digits = p += 4;
  while (p < end && is_hex(*p)) p++;
  if (p == end || p == digits || p - digits > 16) return nullptr;
  if (*p == '\n') return p + 1;
  for (const char* field : {" fp=0x", " sp=0x", " pc=0x"}) {
    if (end - p < 8 || std::memcmp(p, field, 6) != 0) return nullptr;
    digits = p += 6;
    while (p < end && is_hex(*p)) p++;
    if (p == end || p == digits) return nullptr;
  }
  return *p == '\n' ? p + 1 : nullptr;
}

}  // namespace

bool is_clean_name(std::string_view name) {
  for (size_t i = 0; i < name.size(); i++) {
    unsigned char c = static_cast<unsigned char>(name[i]);
    if (c < 0x20 || c == '\\' || c == '&' || c == '<' || c == ' ') return false;
    if (c == '(' && (i + 1 == name.size() || name[i + 1] != '*')) return false;
  }
  return true;
}

bool FrameCache::is(FrameId id, std::string_view name, bool only_dots,
                    std::string_view place) const {
  const Frame& frame = symbols_[id];
  if (symbols_.text(frame.function) != name) return false;
  std::string_view file = symbols_.text(frame.file);
  if (!place.starts_with(file)) return false;
  const char* p = place.data() + file.size();
  const char* end = place.data() + place.size();
  if (p == end || *p != ':') return false;
  uint64_t line = 0;
  const char* digits = ++p;
  for (; p < end && *p >= '0' && *p <= '9'; p++) line = line * 10 + static_cast<uint64_t>(*p - '0');
  if (line != frame.line || p == digits || p - digits > 10) return false;
  bool inlined = only_dots && p == end;
  if (inlined != static_cast<bool>(frame.flags & kInlined)) return false;
  if (p == end) return true;
  if (end - p < 5 || end - p > 20 || std::memcmp(p, " +0x", 4) != 0) return false;
  return std::all_of(p + 4, end, is_hex);
}

FrameId FrameCache::find(std::string_view name, bool only_dots, std::string_view place) {
  uint64_t hash = hash_end(name) + hash_end(place) * 0x9FB21C651E98DF25u;
  size_t at = (hash ^ hash >> 32) % kSlots;
  for (size_t i : {at, at ^ 1}) {
    if (slots_[i].exists() && is(slots_[i], name, only_dots, place)) return slots_[i];
  }
  FunctionLine function{name, only_dots ? std::string_view("...") : std::string_view()};
  FileLine file;
  if (!is_clean_name(name) || !parse_file(place, &file) || file.only_address) return {};
  if (place.empty() || place.front() == ' ' || place.back() == ' ' || file.file.empty()) return {};
  if (!is_source_file(file.file)) return {};
  if (slots_[at].exists()) slots_[at ^ 1] = slots_[at];
  return slots_[at] = make(function, &file);
}

void FrameCache::follows(FrameId before, FrameId frame) {
  size_t at = before.exists() ? before.raw + 1 : 0;
  if (at >= next_.size()) next_.resize(symbols_.frame_count() + 1);
  next_[at] = frame;
}

const char* FrameCache::guess(FrameId before, const char* p, const char* end, uint32_t index,
                              FrameId* frame, std::vector<Argument>* arguments) const {
  size_t at = before.exists() ? before.raw + 1 : 0;
  if (at >= next_.size() || !next_[at].exists()) return nullptr;
  const Frame& known = symbols_[next_[at]];
  std::string_view name = symbols_.text(known.function);
  std::string_view file = symbols_.text(known.file);
  if (name.empty() || file.empty()) return nullptr;
  // The least there is behind both: "()", two line feeds, a tab, a colon, a digit.
  if (static_cast<size_t>(end - p) < name.size() + file.size() + 7) return nullptr;
  if (std::memcmp(p, name.data(), name.size()) != 0 || p[name.size()] != '(') return nullptr;
  p += name.size() + 1;
  size_t kept = arguments->size();
  const char* close = scan_arguments(p, end, index, arguments);
  bool dots = close - p == 3 && std::memcmp(p, "...", 3) == 0;
  size_t room = static_cast<size_t>(end - close);
  const char* next = nullptr;
  if (room >= file.size() + 6 && std::memcmp(close, ")\n\t", 3) == 0 &&
      std::memcmp(close + 3, file.data(), file.size()) == 0) {
    next = place_end(close + 3 + file.size(), end, known, dots);
  }
  if (next == nullptr) {
    arguments->resize(kept);
    return nullptr;
  }
  *frame = next_[at];
  return next;
}

FrameId FrameCache::make(const FunctionLine& function, const FileLine* place) {
  Frame frame;
  frame.function = symbols_.string(function.name);
  if (place == nullptr || (place->file.empty() && place->line == 0)) {
    frame.flags = kNoPlace;
  } else {
    frame.file = symbols_.string(place->file);
    frame.line = place->line;
    if (function.only_dots() && !place->has_offset) frame.flags = kInlined;
  }
  if (place != nullptr && place->only_address) frame.flags = (frame.flags & kNoPlace) | kForeign;
  return symbols_.frame(frame);
}

}  // namespace unpark::evidence
