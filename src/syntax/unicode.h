// Characters: UTF-8 decoding and the classes of letters and digits that identifiers are made of
// (spec: "Characters", "Letters and digits"), at Unicode 15.0 as in Go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unpark::syntax {

constexpr uint32_t kByteOrderMark = 0xFEFF;

struct Rune {
  uint32_t value = 0;
  uint32_t size = 1;   // in bytes
  bool valid = false;  // false for a byte that is no UTF-8; its value is then U+FFFD
};

// The character at `at`, which must be inside the text.
Rune decode_rune(std::string_view text, size_t at);
// `rune` must be a Unicode scalar value.
void append_utf8(std::string& out, uint32_t rune);

// `_` is a letter.
bool is_letter(uint32_t rune);
bool is_digit(uint32_t rune);

}  // namespace unpark::syntax
