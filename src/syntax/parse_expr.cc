// Expressions (spec: "Expressions").
//
// Binary expressions are parsed with a stack of pending operators instead of recursion: of those
// that wait for their right operand each binds tighter than the one before, so five places are
// enough and a chain of any length costs no depth. Selectors, calls and indices are a loop, too.
#include <array>

#include "syntax/parser_internal.h"

namespace unpark::syntax {

namespace {

constexpr int kHighestPrecedence = 5;

struct PendingOperator {
  Ref<Expr> left;
  Token op = Token::kIllegal;
  uint32_t op_pos = 0;
  int prec = 0;
};

}  // namespace

Ref<Expr> Parser::binary_expr(Ref<Expr> left) {
  std::array<PendingOperator, kHighestPrecedence> pending;
  size_t count = 0;
  Ref<Expr> x = left;
  for (;;) {
    int prec = precedence(tok());
    for (; count > 0 && pending[count - 1].prec >= prec; count--) {
      const PendingOperator& last = pending[count - 1];
      BinaryExpr node = make<BinaryExpr>(begin_of(last.left), end_of(x));
      node.op = last.op;
      node.op_pos = last.op_pos;
      node.x = last.left;
      node.y = x;
      x = add(node);
    }
    if (prec == 0) return x;
    pending[count++] = {x, tok(), pos(), prec};
    next();
    x = unary_expr();
  }
}

Ref<Expr> Parser::unary_expr() {
  Nesting nesting(*this);
  if (nesting.too_deep()) return bad_expr(pos(), pos());
  uint32_t begin = pos();
  switch (tok()) {
    case Token::kAdd:
    case Token::kSub:
    case Token::kNot:
    case Token::kXor:
    case Token::kAnd:
    case Token::kTilde: {
      Token op = tok();
      next();
      Ref<Expr> x = unary_expr();
      UnaryExpr node = make<UnaryExpr>(begin, end_of(x));
      node.op = op;
      node.x = x;
      return add(node);
    }
    case Token::kMul: {
      next();
      Ref<Expr> x = unary_expr();
      StarExpr node = make<StarExpr>(begin, end_of(x));
      node.x = x;
      return add(node);
    }
    case Token::kArrow:
      return arrow_expr();
    default:
      return primary_expr(operand());
  }
}

// A receive, or a channel type: only the end of the operand tells. For a channel type the arrow
// moves into it: `<- (chan T)` is `<-chan T`, and `<- (chan<- chan T)` is `<-chan (<-chan T)`.
Ref<Expr> Parser::arrow_expr() {
  uint32_t arrow = pos();
  next();
  Ref<Expr> x = unary_expr();
  Ref<ChanType> channel = tree_.as<ChanType>(x);
  if (!channel.exists()) {
    UnaryExpr node = make<UnaryExpr>(arrow, end_of(x));
    node.op = Token::kArrow;
    node.x = x;
    return add(node);
  }
  bool was_send = true;
  while (channel.exists() && was_send) {
    ChanType& node = tree_[channel];
    if (node.flags == ChanType::kRecv) {
      error({node.span.begin, node.span.begin + 2}, "expected `chan`, found `<-`");
      return x;
    }
    was_send = node.flags == ChanType::kSend;
    uint32_t old_arrow = node.span.begin;
    if (was_send) {
      // The arrow behind `chan`, which is what becomes of the element if that is a channel.
      ErrorList ignored(tree_.text());
      Scanner behind(tree_.text(), ignored, nullptr, node.span.begin + 4);
      behind.next();
      old_arrow = behind.begin();
    }
    node.span.begin = arrow;
    node.flags = ChanType::kRecv;
    arrow = old_arrow;
    channel = tree_.as<ChanType>(node.element);
  }
  if (was_send) error({arrow, arrow + 2}, "expected a channel type behind `chan<-`");
  return x;
}

Ref<Expr> Parser::primary_expr(Ref<Expr> x) {
  for (;;) {
    switch (tok()) {
      case Token::kPeriod:
        x = selector_or_assertion(x);
        break;
      case Token::kLBrack:
        x = index_slice_or_instance(x);
        break;
      case Token::kLParen:
        x = call(x);
        break;
      case Token::kLBrace:
        if (!starts_literal(x)) return x;
        x = composite_literal(x);
        break;
      default:
        return x;
    }
  }
}

// An operand, which may be a type: one that no operand starts with, or `[...]T`.
Ref<Expr> Parser::operand() {
  switch (tok()) {
    case Token::kIdent:
      return identifier();
    case Token::kInt:
    case Token::kFloat:
    case Token::kImag:
    case Token::kChar:
    case Token::kString:
      return basic_literal();
    case Token::kLParen:
      return paren_expr();
    case Token::kFunc:
      if (at_broken_off()) break;
      return function_type_or_literal();
    default:
      break;
  }
  Ref<Expr> found = try_type();
  if (found.exists()) return found;
  uint32_t begin = pos();
  error_expected("an operand");
  sync(kStmtStartOrExprEnd);
  return bad_expr(begin, pos());
}

Ref<Expr> Parser::paren_expr() {
  uint32_t begin = pos();
  next();
  ParenExpr node = make<ParenExpr>(begin, begin);
  {
    Restore level(expr_level_, expr_level_ + 1);
    node.x = expr();
  }
  node.span.end = expect_end(Token::kRParen);
  return add(node);
}

Ref<Expr> Parser::function_type_or_literal() {
  Ref<FuncType> func_type = function_type();
  if (!at(Token::kLBrace)) return func_type;
  FuncLit node = make<FuncLit>(begin_of(func_type), 0);
  node.func_type = func_type;
  {
    Restore level(expr_level_, expr_level_ + 1);
    node.body = block();
  }
  node.span.end = end_of(node.body);
  return add(node);
}

Ref<Expr> Parser::selector_or_assertion(Ref<Expr> x) {
  next();
  if (at(Token::kLParen)) {
    next();
    TypeAssertExpr node = make<TypeAssertExpr>(begin_of(x), 0);
    node.x = x;
    if (!accept(Token::kType)) node.asserted = type();
    node.span.end = expect_end(Token::kRParen);
    return add(node);
  }
  SelectorExpr node = make<SelectorExpr>(begin_of(x), 0);
  node.x = x;
  if (at(Token::kIdent)) {
    node.sel = identifier();
  } else {
    error_expected("a name or a type assertion");
    node.sel = blank_identifier(pos());
    // A half-written `x.` mostly stands before the end of its line or block.
    if (!at(Token::kRBrace) && !at_newline() && !at_broken_off()) next();
  }
  node.span.end = end_of(node.sel);
  return add(node);
}

Ref<Expr> Parser::index_slice_or_instance(Ref<Expr> x) {
  next();
  if (at(Token::kRBrack)) {
    error_expected("an operand");
    Ref<Expr> missing = bad_expr(pos(), pos());
    return index_or_instance(x, single(missing), expect_end(Token::kRBrack));
  }
  Ref<Expr> bounds[3];
  uint32_t colons[2] = {0, 0};
  uint32_t colon_count = 0;
  size_t args = mark();
  {
    Restore level(expr_level_, expr_level_ + 1);
    if (!at(Token::kColon)) bounds[0] = expr();
    if (at(Token::kColon)) {
      while (at(Token::kColon) && colon_count < 2) {
        colons[colon_count++] = pos();
        next();
        if (!at(Token::kColon) && !at(Token::kRBrack) && !at(Token::kEof)) {
          bounds[colon_count] = expr();
        }
      }
    } else {
      push(bounds[0]);
      while (accept(Token::kComma)) {
        if (!at(Token::kRBrack) && !at(Token::kEof)) push(type());
      }
    }
  }
  uint32_t end = expect_end(Token::kRBrack);
  if (colon_count == 0) return index_or_instance(x, take<Expr>(args), end);

  SliceExpr node = make<SliceExpr>(begin_of(x), end);
  if (colon_count == 2) {
    node.flags = SliceExpr::kThreeIndex;
    if (!bounds[1].exists()) {
      error({colons[0], colons[1] + 1}, "slice with three indices needs the middle one");
      bounds[1] = bad_expr(colons[0] + 1, colons[1]);
    }
    if (!bounds[2].exists()) {
      error({colons[1], end}, "slice with three indices needs the last one");
      bounds[2] = bad_expr(colons[1] + 1, colons[1] + 1);
    }
  }
  node.x = x;
  node.low = bounds[0];
  node.high = bounds[1];
  node.max = bounds[2];
  return add(node);
}

Ref<Expr> Parser::call(Ref<Expr> fun) {
  CallExpr node = make<CallExpr>(begin_of(fun), 0);
  node.fun = fun;
  node.lparen = pos();
  next();
  size_t args = mark();
  {
    Restore level(expr_level_, expr_level_ + 1);
    while (!at(Token::kRParen) && !at(Token::kEof) && !node.flags) {
      push(expr());
      if (accept(Token::kEllipsis)) node.flags = CallExpr::kSpread;
      if (!at_comma("the argument list", Token::kRParen)) break;
      next();
    }
  }
  node.span.end = expect_closing(Token::kRParen, "the argument list");
  node.args = take<Expr>(args);
  return add(node);
}

Ref<Expr> Parser::unparen(Ref<Expr> x) const {
  while (tree_.is<ParenExpr>(x)) x = tree_.get<ParenExpr>(x).x;
  return x;
}

// Whether the `{` behind x starts a composite literal of type x and not a block.
bool Parser::starts_literal(Ref<Expr> x) {
  Ref<Expr> literal_type = unparen(x);
  switch (tree_.kind(literal_type)) {
    case Kind::kBadExpr:
    case Kind::kIdent:
    case Kind::kSelectorExpr:
    case Kind::kIndexExpr:
      if (expr_level_ < 0) return false;
      break;
    case Kind::kArrayType:
    case Kind::kStructType:
    case Kind::kMapType:
      break;
    default:
      return false;
  }
  if (literal_type != x) {
    error(tree_.span(x), "type of a composite literal cannot be in parentheses");
  }
  return true;
}

Ref<Expr> Parser::composite_literal(Ref<Expr> literal_type) {
  Nesting nesting(*this);
  if (nesting.too_deep()) return bad_expr(pos(), pos());
  CompositeLit node = make<CompositeLit>(pos(), 0);
  if (literal_type.exists()) node.span.begin = begin_of(literal_type);
  node.literal_type = literal_type;
  node.lbrace = pos();
  next();
  size_t elements = mark();
  {
    Restore level(expr_level_, expr_level_ + 1);
    while (!at(Token::kRBrace) && !at(Token::kEof)) {
      Ref<Expr> value = element_value();
      if (accept(Token::kColon)) {
        KeyValueExpr pair = make<KeyValueExpr>(begin_of(value), 0);
        pair.key = value;
        pair.value_expr = element_value();
        pair.span.end = end_of(pair.value_expr);
        value = add(pair);
      }
      push(value);
      if (!at_comma("the composite literal", Token::kRBrace)) break;
      next();
    }
  }
  node.span.end = expect_closing(Token::kRBrace, "the composite literal");
  node.elements = take<Expr>(elements);
  return add(node);
}

Ref<Expr> Parser::element_value() { return at(Token::kLBrace) ? composite_literal({}) : expr(); }

List<Expr> Parser::expr_list() {
  size_t list = mark();
  do {
    push(expr());
  } while (accept(Token::kComma));
  return take<Expr>(list);
}

}  // namespace unpark::syntax
