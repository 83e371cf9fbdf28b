// Statements (spec: "Statements").
//
// A chain of `else if` is parsed in a loop and built from its end, so it costs no depth.
#include <fmt/format.h>

#include "syntax/parser_internal.h"

namespace unpark::syntax {

Ref<Stmt> Parser::statement() {
  uint32_t begin = pos();
  Nesting nesting(*this);
  if (nesting.too_deep()) return add(make<BadStmt>(begin, begin));
  switch (tok()) {
    case Token::kConst:
    case Token::kType:
    case Token::kVar: {
      Ref<Decl> decl = declaration(kStmtStart);
      DeclStmt node = make<DeclStmt>(begin, end_of(decl));
      node.decl = decl;
      return add(node);
    }
    case Token::kIdent:
    case Token::kInt:
    case Token::kFloat:
    case Token::kImag:
    case Token::kChar:
    case Token::kString:
    case Token::kFunc:
    case Token::kLParen:
    case Token::kLBrack:
    case Token::kStruct:
    case Token::kMap:
    case Token::kChan:
    case Token::kInterface:
    case Token::kAdd:
    case Token::kSub:
    case Token::kMul:
    case Token::kAnd:
    case Token::kXor:
    case Token::kArrow:
    case Token::kNot: {
      Ref<Stmt> stmt = finish(simple_statement(SimpleMode::kLabelAllowed));
      if (!tree_.is<LabeledStmt>(stmt)) expect_semicolon();
      return stmt;
    }
    case Token::kGo:
    case Token::kDefer:
      return go_or_defer();
    case Token::kReturn:
      return return_statement();
    case Token::kBreak:
    case Token::kContinue:
    case Token::kGoto:
    case Token::kFallthrough:
      return branch_statement();
    case Token::kLBrace: {
      Ref<Stmt> stmt = block();
      expect_semicolon();
      return stmt;
    }
    case Token::kIf:
      return if_statement();
    case Token::kSwitch:
      return switch_statement();
    case Token::kSelect:
      return select_statement();
    case Token::kFor:
      return for_statement();
    case Token::kSemicolon: {
      EmptyStmt node = make<EmptyStmt>(begin, scanner_.end());
      if (scanner_.is_inserted()) node.flags = EmptyStmt::kImplicit;
      next();
      return add(node);
    }
    case Token::kRBrace: {
      EmptyStmt node = make<EmptyStmt>(begin, begin);
      node.flags = EmptyStmt::kImplicit;
      return add(node);
    }
    default:
      error_expected("a statement");
      sync(kStmtStart);
      return add(make<BadStmt>(begin, pos()));
  }
}

List<Stmt> Parser::statement_list() {
  size_t stmts = mark();
  while (!at(Token::kCase) && !at(Token::kDefault) && !at(Token::kRBrace) && !at(Token::kEof) &&
         !at_broken_off()) {
    push(statement());
  }
  return take<Stmt>(stmts);
}

Ref<BlockStmt> Parser::block() {
  BlockStmt node = make<BlockStmt>(pos(), 0);
  expect(Token::kLBrace);
  node.stmts = statement_list();
  node.span.end = expect_end(Token::kRBrace);
  return add(node);
}

Parser::Simple Parser::simple_statement(SimpleMode mode) {
  Simple out;
  size_t list = mark();
  do {
    push(expr());
  } while (accept(Token::kComma));

  uint32_t op_pos = pos();
  Token op = tok();
  if (op == Token::kDefine || op == Token::kAssign || is_assign_op(op)) {
    out.lhs = take<Expr>(list);
    out.op = op;
    out.op_pos = op_pos;
    next();
    if (mode == SimpleMode::kRangeAllowed && at(Token::kRange) && !is_assign_op(op)) {
      next();
      out.form = Simple::Form::kRange;
      out.x = expr();
    } else {
      out.form = Simple::Form::kAssign;
      out.rhs = expr_list();
    }
    return out;
  }

  Ref<Expr> x{scratch_[list]};
  if (mark() > list + 1) {
    Ref<Expr> second{scratch_[list + 1]};
    error(tree_.span(second), "expected one expression, found several");
  }
  scratch_.resize(list);

  out.form = Simple::Form::kOther;
  switch (op) {
    case Token::kColon: {
      next();
      Ref<Ident> label = tree_.as<Ident>(x);
      if (mode == SimpleMode::kLabelAllowed && label.exists()) return labeled_statement(label);
      error({op_pos, op_pos + 1}, "label is not allowed here, or is no name");
      out.stmt = add(make<BadStmt>(begin_of(x), op_pos + 1));
      return out;
    }
    case Token::kArrow: {
      next();
      Ref<Expr> value = expr();
      SendStmt node = make<SendStmt>(begin_of(x), end_of(value));
      node.channel = x;
      node.value_expr = value;
      node.arrow = op_pos;
      out.stmt = add(node);
      return out;
    }
    case Token::kInc:
    case Token::kDec: {
      IncDecStmt node = make<IncDecStmt>(begin_of(x), op_pos + 2);
      node.op = op;
      node.x = x;
      next();
      out.stmt = add(node);
      return out;
    }
    default:
      out.form = Simple::Form::kExpr;
      out.x = x;
      return out;
  }
}

// Behind the colon.
Parser::Simple Parser::labeled_statement(Ref<Ident> label) {
  Ref<Stmt> labeled = statement();
  LabeledStmt node = make<LabeledStmt>(begin_of(label), end_of(labeled));
  node.label = label;
  node.stmt = labeled;
  Simple out;
  out.form = Simple::Form::kOther;
  out.stmt = add(node);
  return out;
}

Ref<Stmt> Parser::finish(const Simple& simple) {
  switch (simple.form) {
    case Simple::Form::kNone:
      return {};
    case Simple::Form::kExpr: {
      ExprStmt node = make<ExprStmt>(begin_of(simple.x), end_of(simple.x));
      node.x = simple.x;
      return add(node);
    }
    case Simple::Form::kAssign: {
      Ref<Expr> last = tree_.at(simple.rhs, simple.rhs.count - 1);
      AssignStmt node = make<AssignStmt>(begin_of(tree_.at(simple.lhs, 0)), end_of(last));
      node.op = simple.op;
      node.op_pos = simple.op_pos;
      node.lhs = simple.lhs;
      node.rhs = simple.rhs;
      return add(node);
    }
    case Simple::Form::kRange:
      error({simple.op_pos, end_of(simple.x)}, "range clause is only allowed in `for`");
      return add(make<BadStmt>(simple.op_pos, end_of(simple.x)));
    case Simple::Form::kOther:
      return simple.stmt;
  }
  return {};
}

// The expression that a simple statement in the header of a control statement has to be; none when
// there is none.
Ref<Expr> Parser::as_expr(const Simple& simple, std::string_view what) {
  if (simple.form == Simple::Form::kNone) return {};
  if (simple.form == Simple::Form::kExpr) return simple.x;
  Span span = tree_.span(finish(simple));
  error(span, fmt::format("expected {}, found {}; a composite literal needs parentheses here", what,
                          simple.form == Simple::Form::kAssign ? "an assignment" : "a statement"));
  return bad_expr(span.begin, span.end);
}

Ref<Stmt> Parser::go_or_defer() {
  Token keyword = tok();
  uint32_t begin = pos();
  next();
  Ref<Expr> x = expr();
  Ref<Expr> call = unparen(x);
  if (call != x) {
    error(tree_.span(x), fmt::format("call in `{}` cannot be in parentheses", text_of(keyword)));
  }
  bool is_call = tree_.is<CallExpr>(call);
  if (!is_call && !tree_.is<BadExpr>(call)) {
    error(tree_.span(x), fmt::format("`{}` needs a function call", text_of(keyword)));
  }
  expect_semicolon();
  if (!is_call) return add(make<BadStmt>(begin, end_of(x)));
  if (keyword == Token::kGo) {
    GoStmt node = make<GoStmt>(begin, end_of(call));
    node.call = call;
    return add(node);
  }
  DeferStmt node = make<DeferStmt>(begin, end_of(call));
  node.call = call;
  return add(node);
}

Ref<Stmt> Parser::return_statement() {
  ReturnStmt node = make<ReturnStmt>(pos(), scanner_.end());
  next();
  if (!at(Token::kSemicolon) && !at(Token::kRBrace)) {
    node.results = expr_list();
    node.span.end = end_of(tree_.at(node.results, node.results.count - 1));
  }
  expect_semicolon();
  return add(node);
}

Ref<Stmt> Parser::branch_statement() {
  BranchStmt node = make<BranchStmt>(pos(), scanner_.end());
  node.op = tok();
  next();
  if (node.op == Token::kGoto || (at(Token::kIdent) && node.op != Token::kFallthrough)) {
    node.label = identifier();
    node.span.end = end_of(node.label);
  }
  expect_semicolon();
  return add(node);
}

Ref<Stmt> Parser::if_statement() {
  size_t chain = if_parts_.size();
  Ref<Stmt> otherwise;
  for (;;) {
    IfPart part{pos(), {}, {}, {}};
    next();
    if_header(part.init, part.cond);
    part.body = block();
    if_parts_.push_back(part);
    if (!accept(Token::kElse)) {
      expect_semicolon();
      break;
    }
    if (at(Token::kIf)) continue;
    if (at(Token::kLBrace)) {
      otherwise = block();
      expect_semicolon();
    } else {
      error_expected("`if` or a block behind `else`");
      otherwise = add(make<BadStmt>(pos(), pos()));
    }
    break;
  }
  while (if_parts_.size() > chain) {
    const IfPart& part = if_parts_.back();
    IfStmt node = make<IfStmt>(part.begin, end_of(part.body));
    if (otherwise.exists()) node.span.end = end_of(otherwise);
    node.init = part.init;
    node.cond = part.cond;
    node.body = part.body;
    node.otherwise = otherwise;
    if_parts_.pop_back();
    otherwise = add(node);
  }
  return otherwise;
}

void Parser::if_header(Ref<Stmt>& init, Ref<Expr>& cond) {
  if (at(Token::kLBrace)) {
    error_here("`if` needs a condition");
    cond = bad_expr(pos(), pos());
    return;
  }
  Restore level(expr_level_, -1);
  Simple first;
  if (!at(Token::kSemicolon)) {
    if (at(Token::kVar)) {
      error_here("`var` is not allowed in the header of `if`; use `:=`");
      next();
    }
    first = simple_statement(SimpleMode::kPlain);
  }
  if (at(Token::kLBrace)) {
    cond = as_expr(first, "a condition");
  } else {
    init = finish(first);
    bool is_newline = at_newline();
    Span semicolon = scanner_.span();
    expect(Token::kSemicolon);
    if (!at(Token::kLBrace)) {
      cond = as_expr(simple_statement(SimpleMode::kPlain), "a condition");
    } else if (is_newline) {
      error(semicolon, "`{` must stand on the line of its `if`");
    } else {
      error(semicolon, "`if` needs a condition");
    }
  }
  if (!cond.exists()) cond = bad_expr(pos(), pos());
}

Ref<Stmt> Parser::switch_statement() {
  uint32_t begin = pos();
  next();
  Ref<Stmt> init;
  Simple tag;
  if (!at(Token::kLBrace)) {
    Restore level(expr_level_, -1);
    if (!at(Token::kSemicolon)) tag = simple_statement(SimpleMode::kPlain);
    if (accept(Token::kSemicolon)) {
      init = finish(tag);
      tag = {};
      if (!at(Token::kLBrace)) tag = simple_statement(SimpleMode::kPlain);
    }
  }
  if (is_type_switch_guard(tag)) {
    TypeSwitchStmt node = make<TypeSwitchStmt>(begin, 0);
    node.init = init;
    node.assign = finish(tag);
    node.body = clauses(&Parser::case_clause);
    node.span.end = end_of(node.body);
    return add(node);
  }
  SwitchStmt node = make<SwitchStmt>(begin, 0);
  node.init = init;
  node.tag = as_expr(tag, "an expression to switch on");
  node.body = clauses(&Parser::case_clause);
  node.span.end = end_of(node.body);
  return add(node);
}

// `x.(type)` or `v := x.(type)`; `=` is reported and taken for `:=`.
bool Parser::is_type_switch_guard(const Simple& simple) {
  auto is_guard = [&](Ref<Expr> x) {
    return tree_.is<TypeAssertExpr>(x) && !tree_.get<TypeAssertExpr>(x).asserted.exists();
  };
  if (simple.form == Simple::Form::kExpr) return is_guard(simple.x);
  if (simple.form != Simple::Form::kAssign || simple.lhs.count != 1 || simple.rhs.count != 1 ||
      is_assign_op(simple.op) || !is_guard(tree_.at(simple.rhs, 0))) {
    return false;
  }
  if (simple.op == Token::kAssign) {
    error({simple.op_pos, simple.op_pos + 1}, "expected `:=`, found `=`");
  }
  return true;
}

Ref<BlockStmt> Parser::clauses(Ref<Stmt> (Parser::*clause)()) {
  BlockStmt node = make<BlockStmt>(pos(), 0);
  expect(Token::kLBrace);
  size_t list = mark();
  while (at(Token::kCase) || at(Token::kDefault)) push((this->*clause)());
  node.span.end = expect_end(Token::kRBrace);
  node.stmts = take<Stmt>(list);
  expect_semicolon();
  return add(node);
}

Ref<Stmt> Parser::case_clause() {
  CaseClause node = make<CaseClause>(pos(), 0);
  if (accept(Token::kDefault)) {
    node.flags = CaseClause::kDefault;
  } else {
    next();
    node.values = expr_list();
  }
  node.colon = pos();
  node.span.end = expect_end(Token::kColon);
  node.body = statement_list();
  if (!node.body.empty()) node.span.end = end_of(tree_.at(node.body, node.body.count - 1));
  return add(node);
}

Ref<Stmt> Parser::select_statement() {
  uint32_t begin = pos();
  next();
  Ref<BlockStmt> body = clauses(&Parser::comm_clause);
  SelectStmt node = make<SelectStmt>(begin, end_of(body));
  node.body = body;
  return add(node);
}

Ref<Stmt> Parser::comm_clause() {
  CommClause node = make<CommClause>(pos(), 0);
  if (accept(Token::kDefault)) {
    node.flags = CommClause::kDefault;
  } else {
    next();
    node.comm = comm();
  }
  node.colon = pos();
  node.span.end = expect_end(Token::kColon);
  node.body = statement_list();
  if (!node.body.empty()) node.span.end = end_of(tree_.at(node.body, node.body.count - 1));
  return add(node);
}

// A send, or a receive with or without assignment.
Ref<Stmt> Parser::comm() {
  List<Expr> lhs = expr_list();
  Ref<Expr> first = tree_.at(lhs, 0);
  uint32_t op_pos = pos();
  Token op = tok();
  if (op == Token::kAssign || op == Token::kDefine) {
    if (lhs.count > 2) {
      error(tree_.span(tree_.at(lhs, 2)), "receive gives at most two values");
      lhs.count = 2;
    }
    next();
    Ref<Expr> value = expr();
    AssignStmt node = make<AssignStmt>(begin_of(first), end_of(value));
    node.op = op;
    node.op_pos = op_pos;
    node.lhs = lhs;
    node.rhs = single(value);
    return add(node);
  }
  if (lhs.count > 1) {
    error(tree_.span(tree_.at(lhs, 1)), "expected one expression, found several");
  }
  if (accept(Token::kArrow)) {
    Ref<Expr> value = expr();
    SendStmt node = make<SendStmt>(begin_of(first), end_of(value));
    node.channel = first;
    node.value_expr = value;
    node.arrow = op_pos;
    return add(node);
  }
  ExprStmt node = make<ExprStmt>(begin_of(first), end_of(first));
  node.x = first;
  return add(node);
}

Ref<Stmt> Parser::for_statement() {
  uint32_t begin = pos();
  next();
  Simple cond;
  Ref<Stmt> init;
  Ref<Stmt> post;
  if (!at(Token::kLBrace)) {
    Restore level(expr_level_, -1);
    if (at(Token::kRange)) {
      next();
      cond.form = Simple::Form::kRange;
      cond.x = expr();
    } else if (!at(Token::kSemicolon)) {
      cond = simple_statement(SimpleMode::kRangeAllowed);
    }
    if (cond.form != Simple::Form::kRange && accept(Token::kSemicolon)) {
      init = finish(cond);
      cond = {};
      if (!at(Token::kSemicolon)) cond = simple_statement(SimpleMode::kPlain);
      expect_semicolon();
      if (!at(Token::kLBrace)) post = finish(simple_statement(SimpleMode::kPlain));
    }
  }
  Ref<BlockStmt> body = block();
  expect_semicolon();
  if (cond.form == Simple::Form::kRange) return range_statement(begin, cond, body);

  ForStmt node = make<ForStmt>(begin, end_of(body));
  node.init = init;
  node.cond = as_expr(cond, "a condition or a range clause");
  node.post = post;
  node.body = body;
  return add(node);
}

Ref<Stmt> Parser::range_statement(uint32_t begin, const Simple& header, Ref<BlockStmt> body) {
  if (header.lhs.count > 2) {
    error(tree_.span(tree_.at(header.lhs, 2)), "range clause has at most two variables");
    return add(make<BadStmt>(begin, end_of(body)));
  }
  RangeStmt node = make<RangeStmt>(begin, end_of(body));
  node.op = header.op;
  if (header.lhs.count > 0) node.key = tree_.at(header.lhs, 0);
  if (header.lhs.count > 1) node.value = tree_.at(header.lhs, 1);
  node.x = header.x;
  node.body = body;
  return add(node);
}

}  // namespace unpark::syntax
