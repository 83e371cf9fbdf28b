#include "types/number_text.h"

#include <charconv>

namespace unpark::types {
namespace {

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

}  // namespace unpark::types
