#include "syntax/unicode.h"

#include <algorithm>
#include <iterator>

#include "syntax/generated/unicode_tables.h"

namespace unpark::syntax {

Rune decode_rune(std::string_view text, size_t at) {
  constexpr Rune kInvalid{0xFFFD, 1, false};
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  uint8_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  if (first < 0xC2 || first > 0xF4) return kInvalid;
  uint32_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() - at < size) return kInvalid;
  uint32_t value = first & (0x7Fu >> size);
  for (uint32_t i = 1; i < size; i++) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalid;
    value = value << 6 | (byte(i) & 0x3F);
  }
  // Longer than needed, half of a surrogate pair, or beyond Unicode.
  if (size == 3 && (value < 0x800 || (value >= 0xD800 && value < 0xE000))) return kInvalid;
  if (size == 4 && (value < 0x10000 || value > 0x10FFFF)) return kInvalid;
  return {value, size, true};
}

void append_utf8(std::string& out, uint32_t rune) {
  auto tail = [&](uint32_t shift) {
    out.push_back(static_cast<char>(0x80 | ((rune >> shift) & 0x3F)));
  };
  if (rune < 0x80) {
    out.push_back(static_cast<char>(rune));
  } else if (rune < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (rune >> 6)));
    tail(0);
  } else if (rune < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (rune >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (rune >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

template <size_t N>
static bool in_ranges(const RuneRange (&ranges)[N], uint32_t rune) {
  const RuneRange* after =
      std::upper_bound(std::begin(ranges), std::end(ranges), rune,
                       [](uint32_t value, const RuneRange& range) { return value < range.first; });
  return after != std::begin(ranges) && rune <= std::prev(after)->last;
}

bool is_letter(uint32_t rune) {
  if (rune < 0x80) return (rune | 0x20) - 'a' < 26 || rune == '_';
  return in_ranges(kLetters, rune);
}

bool is_digit(uint32_t rune) {
  if (rune < 0x80) return rune - '0' < 10;
  return in_ranges(kDigits, rune);
}

}  // namespace unpark::syntax
