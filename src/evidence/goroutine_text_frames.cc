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
  return std::all_of(p + 4, end,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

FrameId FrameCache::find(std::string_view name, bool only_dots, std::string_view place) {
  uint64_t hash = hash_end(name) + hash_end(place) * 0x9FB21C651E98DF25u;
  FrameId& slot = slots_[(hash ^ hash >> 32) % kSlots];
  if (slot.exists() && is(slot, name, only_dots, place)) return slot;
  FunctionLine function{name, only_dots ? std::string_view("...") : std::string_view()};
  FileLine file;
  if (!is_clean_name(name) || !parse_file(place, &file) || file.only_address) return {};
  if (place.empty() || place.front() == ' ' || place.back() == ' ' || file.file.empty()) return {};
  if (!is_source_file(file.file)) return {};
  slot = make(function, &file);
  return slot;
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
