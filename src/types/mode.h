// What an expression is, besides its type; kept in Expr::mode of the tree.
#pragma once

#include <cstdint>

namespace unpark::types {

enum class Mode : uint8_t {
  kInvalid,   // broken, or not looked at
  kNoValue,   // a call without results
  kBuiltin,   // a builtin function's name
  kTypeExpr,  // a type
  kConstant,  // has a value
  kVariable,  // addressable
  kMapIndex,  // m[k]: assignable, not addressable
  kValue,     // a value, or the tuple of a call's results
  kCommaOk,   // like kValue, and may be assigned to two variables
};

}  // namespace unpark::types
