// The values of string and rune literals (spec: "String literals", "Rune literals"). What is no
// UTF-8 counts as U+FFFD, but in raw strings stays as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace unpark::syntax {

// The bytes that a string literal stands for, raw (carriage returns left out) or interpreted; none
// if the literal, quotes included, is malformed.
std::optional<std::string> string_value(std::string_view literal);

// The code point that a rune literal stands for (for '\xff' and '\377' 255); none if it is
// malformed.
std::optional<uint32_t> rune_value(std::string_view literal);

}  // namespace unpark::syntax
