// Conversions (spec: "Conversions").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

namespace {

// The UTF-8 of a code point; of the replacement character for what is none.
std::string utf8(uint64_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  std::string out;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

}  // namespace

void Checker::conversion(Operand& x, TypeId target) {
  bool constant_arg = x.mode == Mode::kConstant && is_const_type(cx_, x.type);
  bool constant_target = is_const_type(cx_, target) && !is_type_param(cx_, target);
  if (constant_arg && constant_target) {
    TypeId u = under(target);
    if (auto v = representable(x.value, u)) {
      x.value = *v;
    } else if (is_integer(cx_, x.type) && is_string(cx_, u)) {
      x.value =
          cx_.constant_pool.make_string(utf8(uint64_value(x.value).value_or(uint64_t{0xFFFD})));
    } else {
      x.invalidate();
      return;
    }
  } else {
    x.mode = Mode::kValue;
  }
  if (is_untyped(x.type)) {
    TypeId final = target;
    if (is_interface(cx_, target) || (constant_arg && !constant_target) || x.is_nil() ||
        x.type == basic(BasicKind::kUntypedNil)) {
      final = default_type(x.type);
    } else if (x.mode == Mode::kConstant && is_integer(cx_, x.type) && all_string(cx_, target)) {
      final = x.type;
    }
    update_expr_type(x.expr, final, true);
  }
  x.type = target;
}

}  // namespace unpark::types
