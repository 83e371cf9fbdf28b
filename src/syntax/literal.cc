#include "syntax/literal.h"

#include "syntax/unicode.h"

namespace unpark::syntax {

namespace {

struct Unit {
  uint32_t value = 0;
  bool is_byte = false;  // stands for one byte, not for the encoding of a character
};

std::optional<uint32_t> digits(std::string_view text, size_t at, size_t count, uint32_t base) {
  if (text.size() < at + count) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = at; i < at + count; i++) {
    char c = text[i];
    uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                     : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                            : base;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

// Reads the escape sequence whose backslash is at `at`, and moves `at` behind it.
std::optional<Unit> escape(std::string_view text, size_t& at, char quote) {
  if (at + 1 >= text.size()) return std::nullopt;
  char kind = text[at + 1];
  size_t start = at + 2;
  size_t count = 0;
  uint32_t base = 16;
  switch (kind) {
    case 'a':
      at = start;
      return Unit{'\a', false};
    case 'b':
      at = start;
      return Unit{'\b', false};
    case 'f':
      at = start;
      return Unit{'\f', false};
    case 'n':
      at = start;
      return Unit{'\n', false};
    case 'r':
      at = start;
      return Unit{'\r', false};
    case 't':
      at = start;
      return Unit{'\t', false};
    case 'v':
      at = start;
      return Unit{'\v', false};
    case '\\':
      at = start;
      return Unit{'\\', false};
    case 'x':
      count = 2;
      break;
    case 'u':
      count = 4;
      break;
    case 'U':
      count = 8;
      break;
    default:
      if (kind == quote) {
        at = start;
        return Unit{static_cast<uint32_t>(quote), false};
      }
      start = at + 1;
      count = 3;
      base = 8;
  }
  std::optional<uint32_t> value = digits(text, start, count, base);
  if (!value) return std::nullopt;
  bool is_byte = base == 8 || kind == 'x';
  bool is_surrogate = *value >= 0xD800 && *value < 0xE000;
  if (is_byte ? *value > 0xFF : *value > 0x10FFFF || is_surrogate) return std::nullopt;
  at = start + count;
  return Unit{*value, is_byte};
}

}  // namespace

std::optional<std::string> string_value(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back()) return std::nullopt;
  char quote = literal.front();
  std::string_view inner = literal.substr(1, literal.size() - 2);
  std::string out;
  out.reserve(inner.size());
  if (quote == '`') {
    for (char c : inner) {
      if (c == '`') return std::nullopt;
      if (c != '\r') out.push_back(c);
    }
    return out;
  }
  if (quote != '"') return std::nullopt;
  for (size_t at = 0; at < inner.size();) {
    char c = inner[at];
    if (c == '"' || c == '\n') return std::nullopt;
    if (static_cast<unsigned char>(c) >= 0x80) {
      Rune rune = decode_rune(inner, at);
      append_utf8(out, rune.value);
      at += rune.size;
      continue;
    }
    if (c != '\\') {
      out.push_back(c);
      at++;
      continue;
    }
    std::optional<Unit> unit = escape(inner, at, quote);
    if (!unit) return std::nullopt;
    if (unit->is_byte) {
      out.push_back(static_cast<char>(unit->value));
    } else {
      append_utf8(out, unit->value);
    }
  }
  return out;
}

std::optional<uint32_t> rune_value(std::string_view literal) {
  if (literal.size() < 3 || literal.front() != '\'' || literal.back() != '\'') return std::nullopt;
  std::string_view inner = literal.substr(1, literal.size() - 2);
  size_t at = 0;
  uint32_t value = 0;
  if (inner[0] == '\\') {
    std::optional<Unit> unit = escape(inner, at, '\'');
    if (!unit) return std::nullopt;
    value = unit->value;
  } else {
    Rune rune = decode_rune(inner, 0);
    if (inner[0] == '\'' || inner[0] == '\n') return std::nullopt;
    value = rune.value;
    at = rune.size;
  }
  if (at != inner.size()) return std::nullopt;
  return value;
}

}  // namespace unpark::syntax
