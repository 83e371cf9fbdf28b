// Binary operators, comparisons and shifts (spec: "Arithmetic operators", "Comparison operators",
// "Logical operators", "Operators").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::BinaryExpr;

// A chain `a + b + c …` leans to the left; it is evaluated in a loop from its first operand, so
// that a chain of 100,000 terms needs no deep stack.
void Checker::binary(Operand& x, Ref<Expr> e, Ref<Expr> lhs, Ref<Expr> rhs, Token op) {
  std::vector<Ref<BinaryExpr>> chain;
  Ref<Expr> first = lhs;
  while (kind(first) == Kind::kBinaryExpr) {
    chain.push_back(tree().as<BinaryExpr>(first));
    first = node(chain.back()).x;
  }
  expr(x, first);
  while (!chain.empty()) {
    Ref<BinaryExpr> at = chain.back();
    chain.pop_back();
    Operand y;
    expr(y, node(at).y);
    binary_op(x, y, at, node(at).op);
    x.expr = at;
    record(x);
  }
  Operand y;
  expr(y, rhs);
  binary_op(x, y, e, op);
}

void Checker::binary_op(Operand& x, Operand& y, Ref<Expr> e, Token op) {
  if (!x.valid()) return;
  if (!y.valid()) {
    x.invalidate();
    return;
  }
  if (syntax::is_shift(op)) {
    shift(x, y, e, op);
    return;
  }
  match_types(x, y);
  if (!x.valid()) return;
  if (syntax::is_comparison(op)) {
    comparison(x, y, op);
    return;
  }
  if (x.mode == Mode::kConstant && y.mode == Mode::kConstant) {
    if (x.value.is_unknown() || y.value.is_unknown()) {
      x.value = Constant{};
      return;
    }
    if ((op == Token::kQuo || op == Token::kRem) && sign(y.value) == 0) {
      x.invalidate();
      return;
    }
    if (op == Token::kQuo && is_integer(cx_, x.type)) op = Token::kQuoAssign;
    x.value = cx_.constant_pool.binary_op(x.value, op, y.value);
    x.expr = e;
    overflow(x);
    return;
  }
  x.mode = Mode::kValue;
}

void Checker::match_types(Operand& x, Operand& y) {
  auto may_convert = [&] {
    if (!is_untyped(x.type) && !is_untyped(y.type)) return false;
    if (all_numeric(cx_, x.type) != all_numeric(cx_, y.type)) return false;
    if (is_interface(cx_, x.type) || is_interface(cx_, y.type)) return true;
    if (all_boolean(cx_, x.type) != all_boolean(cx_, y.type)) return false;
    if (all_string(cx_, x.type) != all_string(cx_, y.type)) return false;
    if (x.is_nil()) return has_nil(cx_, y.type);
    if (y.is_nil()) return has_nil(cx_, x.type);
    return !is_pointer(cx_, x.type) && !is_pointer(cx_, y.type);
  };
  if (!may_convert()) return;
  convert_untyped(x, y.type);
  if (!x.valid()) return;
  convert_untyped(y, x.type);
  if (!y.valid()) x.invalidate();
}

void Checker::comparison(Operand& x, Operand& y, Token op) {
  if (x.type == kInvalidType || y.type == kInvalidType) {
    x.invalidate();
    return;
  }
  if (x.mode == Mode::kConstant && y.mode == Mode::kConstant) {
    x.value = Constant(compare(x.value, op, y.value));
  } else {
    x.mode = Mode::kValue;
    // The operands do not wait for the result's type: they take their default types now.
    update_expr_type(x.expr, default_type(x.type), true);
    update_expr_type(y.expr, default_type(y.type), true);
  }
  x.type = basic(BasicKind::kUntypedBool);
}

void Checker::shift(Operand& x, Operand& y, Ref<Expr> e, Token op) {
  Constant count;
  if (y.mode == Mode::kConstant) {
    count = cx_.constant_pool.to_int(y.value);
    if (is_untyped(y.type)) {
      // A constant count must fit uint; it stays untyped here (go/types keeps it so).
      if (auto v = representable(y.value, basic(BasicKind::kUint))) y.value = *v;
    }
  } else if (is_untyped(y.type) && !all_integer(cx_, y.type)) {
    // A count that is itself a shift of an untyped integer keeps its type (go/types keeps it so).
    convert_untyped(y, basic(BasicKind::kUint));
    if (!y.valid()) {
      x.invalidate();
      return;
    }
  }
  if (x.mode == Mode::kConstant) {
    if (y.mode == Mode::kConstant) {
      if (!is_integer(cx_, x.type)) x.type = basic(BasicKind::kUntypedInt);
      if (x.value.is_unknown() || y.value.is_unknown()) {
        x.value = Constant{};
        return;
      }
      std::optional<uint64_t> s = uint64_value(count);
      if (!s || *s > kMaxShiftCount) {
        x.invalidate();
        return;
      }
      x.value = cx_.constant_pool.shift(cx_.constant_pool.to_int(x.value), op, *s);
      x.expr = e;
      overflow(x);
      return;
    }
    // A constant shifted by a variable takes its type from the context (spec: "if the left operand
    // of a non-constant shift expression is an untyped constant …").
    if (is_untyped(x.type)) {
      x.mode = Mode::kValue;
      return;
    }
  }
  x.mode = Mode::kValue;
}

}  // namespace unpark::types
