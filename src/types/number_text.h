// What the spelling of a numeric literal says (spec: "Integer literals" to "Imaginary literals"),
// before any arithmetic.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace unpark::types {

// DIGITS * base^-fraction_digits * exponent_base^exponent.
struct NumberText {
  int base = 10;       // 2, 8, 10 or 16
  std::string digits;  // without prefix, point and underscores; at least one
  int64_t fraction_digits = 0;
  int exponent_base = 10;  // 2 or 10
  int64_t exponent = 0;
};

// None if the text is no number, has a misplaced underscore or an exponent beyond 64 bits. A float
// literal may have any prefix, because imaginary ones do; a leading 0 alone is decimal there.
std::optional<NumberText> scan_int(std::string_view text);
std::optional<NumberText> scan_float(std::string_view text);

}  // namespace unpark::types
