#include "types/literal_text.h"

#include <charconv>

namespace unpark::types {
namespace {

constexpr int32_t kReplacement = 0xFFFD;

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// Reads a number from left to right. An underscore may stand only between two digits, or between a
// prefix and a digit.
class NumberScanner {
 public:
  explicit NumberScanner(std::string_view text) : text_(text) {}

  bool mantissa(NumberText& out, bool is_float) {
    bool after_digit = false;
    if (peek() == '0') {
      switch (at_ + 1 < text_.size() ? text_[at_ + 1] : '\0') {
        case 'b':
        case 'B':
          out.base = 2;
          break;
        case 'o':
        case 'O':
          out.base = 8;
          break;
        case 'x':
        case 'X':
          out.base = 16;
          break;
        default:
          break;
      }
      if (out.base != 10) {
        at_ += 2;
        after_digit = true;
      } else if (!is_float && text_.size() > 1) {
        // The zero of an old octal literal is its prefix and a digit of it, too.
        out.base = 8;
      }
    }
    bool point = false;
    bool after_underscore = false;
    for (; at_ < text_.size(); at_++) {
      char c = text_[at_];
      if (c == '_') {
        if (!after_digit) return false;
        after_digit = false;
        after_underscore = true;
        continue;
      }
      if (c == '.' && is_float && !point) {
        if (after_underscore) return false;
        point = true;
        after_digit = false;
        continue;
      }
      if (digit_value(c) >= out.base) break;
      out.digits += c;
      out.fraction_digits += point;
      after_digit = true;
      after_underscore = false;
    }
    return !after_underscore && !out.digits.empty();
  }

  bool exponent(NumberText& out) {
    char c = peek();
    if (c == 'e' || c == 'E') {
      out.exponent_base = 10;
    } else if (c == 'p' || c == 'P') {
      out.exponent_base = 2;
    } else {
      return true;
    }
    at_++;
    std::string digits;
    if (peek() == '-') digits += '-';
    if (peek() == '-' || peek() == '+') at_++;
    bool after_digit = false;
    for (; at_ < text_.size(); at_++) {
      char d = text_[at_];
      if (d == '_') {
        if (!after_digit) return false;
        after_digit = false;
        continue;
      }
      if (d < '0' || d > '9') break;
      digits += d;
      after_digit = true;
    }
    if (!after_digit) return false;
    std::from_chars_result r =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.exponent);
    return r.ec == std::errc();
  }

  bool at_end() const { return at_ == text_.size(); }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  size_t at_ = 0;
};

// The length in bytes of the valid UTF-8 sequence at the start of `s`, 0 if there is none, and its
// rune.
size_t decode_utf8(std::string_view s, int32_t& rune) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  unsigned char lead = byte(0);
  size_t size = lead < 0x80   ? 1
                : lead < 0xC2 ? 0
                : lead < 0xE0 ? 2
                : lead < 0xF0 ? 3
                : lead < 0xF5 ? 4
                              : 0;
  if (size == 0 || size > s.size()) return 0;
  if (size == 1) {
    rune = lead;
    return 1;
  }
  rune = lead & (0x7F >> size);
  for (size_t i = 1; i < size; i++) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    rune = (rune << 6) | (byte(i) & 0x3F);
  }
  bool overlong = (size == 3 && rune < 0x800) || (size == 4 && rune < 0x10000);
  bool surrogate = rune >= 0xD800 && rune <= 0xDFFF;
  return overlong || surrogate || rune > 0x10FFFF ? 0 : size;
}

void append_utf8(std::string& out, int32_t rune) {
  auto put = [&](int32_t bits) { out += static_cast<char>(bits); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xC0 | (rune >> 6));
    put(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    put(0xE0 | (rune >> 12));
    put(0x80 | ((rune >> 6) & 0x3F));
    put(0x80 | (rune & 0x3F));
  } else {
    put(0xF0 | (rune >> 18));
    put(0x80 | ((rune >> 12) & 0x3F));
    put(0x80 | ((rune >> 6) & 0x3F));
    put(0x80 | (rune & 0x3F));
  }
}

struct Char {
  int32_t value = 0;
  bool is_byte = false;  // from \x or an octal escape: one byte of a string, whatever its value
};

// Reads `count` digits of `base` at `at`; negative if they are not there.
int64_t read_digits(std::string_view s, size_t& at, size_t count, int base) {
  if (s.size() - at < count) return -1;
  int64_t value = 0;
  for (size_t i = 0; i < count; i++) {
    int d = digit_value(s[at++]);
    if (d >= base) return -1;
    value = value * base + d;
  }
  return value;
}

// One character or escape of an interpreted literal between `quote`s, at `at`, which moves past it.
std::optional<Char> next_char(std::string_view s, size_t& at, char quote) {
  if (at >= s.size() || s[at] == quote || s[at] == '\n') return std::nullopt;
  if (s[at] != '\\') {
    int32_t rune = kReplacement;
    size_t size = decode_utf8(s.substr(at), rune);
    at += size == 0 ? 1 : size;
    return Char{size == 0 ? kReplacement : rune};
  }
  if (++at >= s.size()) return std::nullopt;
  char c = s[at++];
  int64_t value = 0;
  switch (c) {
    case 'a':
      return Char{'\a'};
    case 'b':
      return Char{'\b'};
    case 'f':
      return Char{'\f'};
    case 'n':
      return Char{'\n'};
    case 'r':
      return Char{'\r'};
    case 't':
      return Char{'\t'};
    case 'v':
      return Char{'\v'};
    case '\\':
      return Char{'\\'};
    case 'x':
      value = read_digits(s, at, 2, 16);
      if (value < 0) return std::nullopt;
      return Char{static_cast<int32_t>(value), true};
    case 'u':
    case 'U':
      value = read_digits(s, at, c == 'u' ? 4 : 8, 16);
      if (value < 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return std::nullopt;
      return Char{static_cast<int32_t>(value)};
    default:
      break;
  }
  if (c >= '0' && c <= '7') {
    at--;
    value = read_digits(s, at, 3, 8);
    if (value < 0 || value > 255) return std::nullopt;
    return Char{static_cast<int32_t>(value), true};
  }
  if (c == quote) return Char{c};
  return std::nullopt;
}

}  // namespace

std::optional<NumberText> scan_int(std::string_view text) {
  NumberText out;
  NumberScanner scanner(text);
  if (!scanner.mantissa(out, false) || !scanner.at_end()) return std::nullopt;
  return out;
}

std::optional<NumberText> scan_float(std::string_view text) {
  NumberText out;
  NumberScanner scanner(text);
  if (!scanner.mantissa(out, true) || !scanner.exponent(out) || !scanner.at_end())
    return std::nullopt;
  return out;
}

std::optional<int32_t> decode_char(std::string_view text) {
  if (text.size() < 3 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  std::string_view inner = text.substr(1, text.size() - 2);
  size_t at = 0;
  std::optional<Char> c = next_char(inner, at, '\'');
  if (!c || at != inner.size()) return std::nullopt;
  return c->value;
}

std::optional<std::string> decode_string(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) return std::nullopt;
  std::string_view inner = text.substr(1, text.size() - 2);
  std::string out;
  if (text.front() == '`') {
    if (inner.find('`') != std::string_view::npos) return std::nullopt;
    for (char c : inner) {
      if (c != '\r') out += c;
    }
    return out;
  }
  if (text.front() != '"') return std::nullopt;
  for (size_t at = 0; at < inner.size();) {
    std::optional<Char> c = next_char(inner, at, '"');
    if (!c) return std::nullopt;
    if (c->is_byte) {
      out += static_cast<char>(c->value);
    } else {
      append_utf8(out, c->value);
    }
  }
  return out;
}

}  // namespace unpark::types
