#include "evidence/go_quote.h"

#include <cstdint>

namespace unpark::evidence {

namespace {

void append_rune(uint32_t rune, std::string* out) {
  bool surrogate = rune >= 0xD800 && rune < 0xE000;
  if (rune > 0x10FFFF || surrogate) rune = 0xFFFD;
  auto add = [&](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (rune < 0x80) return add(rune);
  if (rune < 0x800) {
    add(0xC0 | rune >> 6);
  } else {
    if (rune < 0x10000) {
      add(0xE0 | rune >> 12);
    } else {
      add(0xF0 | rune >> 18);
      add(0x80 | (rune >> 12 & 0x3F));
    }
    add(0x80 | (rune >> 6 & 0x3F));
  }
  add(0x80 | (rune & 0x3F));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Exactly `count` hexadecimal digits at `at`, or false.
bool hex_number(std::string_view text, size_t at, size_t count, uint32_t* value) {
  *value = 0;
  if (at + count > text.size()) return false;
  for (size_t i = at; i < at + count; i++) {
    int digit = hex_digit(text[i]);
    if (digit < 0) return false;
    *value = *value << 4 | static_cast<uint32_t>(digit);
  }
  return true;
}

// The escape whose letter is at `at`; how many characters it has, from there on.
size_t unescape(std::string_view text, size_t at, std::string* out) {
  constexpr std::string_view kNames = "abfnrtv", kMeans = "\a\b\f\n\r\t\v";
  char c = text[at];
  if (size_t known = kNames.find(c); known != kNames.npos) {
    out->push_back(kMeans[known]);
    return 1;
  }
  size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  uint32_t value;
  if (digits > 0 && hex_number(text, at + 1, digits, &value)) {
    if (c == 'x') {
      out->push_back(static_cast<char>(value));
    } else {
      append_rune(value, out);
    }
    return 1 + digits;
  }
  out->push_back(c);
  return 1;
}

}  // namespace

bool take_go_quoted(std::string_view* text, std::string* value) {
  value->clear();
  if (!text->starts_with('"')) return false;
  for (size_t i = 1; i < text->size();) {
    char c = (*text)[i++];
    if (c == '"') {
      text->remove_prefix(i);
      return true;
    }
    if (c != '\\') {
      value->push_back(c);
    } else if (i < text->size()) {
      i += unescape(*text, i, value);
    }
  }
  return false;
}

}  // namespace unpark::evidence
