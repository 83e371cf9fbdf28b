// Source files and declarations (spec: "Source file organization", "Declarations and scope").
#include <fmt/format.h>

#include "syntax/parser_internal.h"

namespace unpark::syntax {

void Parser::file() {
  tree_.package_begin = pos();
  if (at(Token::kPackage)) {
    next();
    tree_.package_name = identifier();
    expect_semicolon();
  } else {
    error_expected("`package`");
    if (!kDeclStart.has(tok())) sync(kDeclStart);
  }
  size_t decls = mark();
  bool in_imports = true;
  while (!at(Token::kEof)) {
    if (at(Token::kImport)) {
      if (!in_imports) error_here("imports must stand before other declarations");
    } else {
      in_imports = false;
      if (options_.imports_only) break;
    }
    push(declaration(kDeclStart));
  }
  tree_.decls = take<Decl>(decls);
}

Ref<Decl> Parser::declaration(const TokenSet& recovery) {
  switch (tok()) {
    case Token::kImport:
    case Token::kConst:
    case Token::kType:
    case Token::kVar:
      return general_declaration();
    case Token::kFunc:
      return function_declaration();
    default:
      break;
  }
  uint32_t begin = pos();
  error_expected("a declaration");
  sync(recovery);
  return add(make<BadDecl>(begin, pos()));
}

Ref<GenDecl> Parser::general_declaration() {
  GenDecl node = make<GenDecl>(pos(), 0);
  node.op = tok();
  next();
  if (!accept(Token::kLParen)) {
    Ref<Spec> only = spec(node.op, 0);
    node.specs = single(only);
    node.span.end = end_of(only);
    return add(node);
  }
  node.flags = GenDecl::kParen;
  size_t specs = mark();
  for (uint32_t iota = 0; !at(Token::kRParen) && !at(Token::kEof) && !at_broken_off(); iota++) {
    push(spec(node.op, iota));
  }
  node.specs = take<Spec>(specs);
  node.span.end = expect_end(Token::kRParen);
  expect_semicolon();
  return add(node);
}

Ref<Spec> Parser::spec(Token keyword, uint32_t iota) {
  if (keyword == Token::kImport) return import_spec();
  if (keyword == Token::kType) return type_spec();
  return value_spec(keyword, iota);
}

Ref<ImportSpec> Parser::import_spec() {
  ImportSpec node = make<ImportSpec>(pos(), 0);
  if (at(Token::kIdent)) {
    node.name = identifier();
  } else if (at(Token::kPeriod)) {
    Ident dot = make<Ident>(pos(), scanner_.end());
    dot.name = names_.intern(pos(), 1);
    node.name = add(dot);
    next();
  }
  if (at(Token::kString)) {
    node.path = basic_literal();
  } else {
    error_expected("an import path in quotes");
    BasicLit missing = make<BasicLit>(pos(), pos());
    missing.op = Token::kString;
    node.path = add(missing);
    if (is_literal(tok())) {
      next();
    } else {
      sync(kExprEnd);
    }
  }
  node.span.end = end_of(node.path);
  expect_semicolon();
  Ref<ImportSpec> import = add(node);
  tree_.imports.push_back(import);
  return import;
}

Ref<ValueSpec> Parser::value_spec(Token keyword, uint32_t iota) {
  ValueSpec node = make<ValueSpec>(pos(), 0);
  node.names = identifier_list();
  node.span.end = end_of(tree_.at(node.names, node.names.count - 1));
  node.iota = iota;
  if (keyword == Token::kVar) {
    if (!at(Token::kAssign)) node.type_expr = type();
  } else if (!at(Token::kSemicolon) && !at(Token::kRParen)) {
    node.type_expr = try_type();
  }
  if (node.type_expr.exists()) node.span.end = end_of(node.type_expr);
  if (accept(Token::kAssign)) {
    node.values = expr_list();
    node.span.end = end_of(tree_.at(node.values, node.values.count - 1));
  }
  expect_semicolon();
  return add(node);
}

// `type T[` starts an array type or a type parameter list. If a name follows, what it starts is
// read as an expression and then taken apart; a name before another `[` can only be a type
// parameter, since no array length is indexed.
Ref<TypeSpec> Parser::type_spec() {
  TypeSpec node = make<TypeSpec>(pos(), 0);
  node.name = identifier();
  bool may_be_alias = true;
  if (at(Token::kLBrack)) {
    uint32_t lbrack = pos();
    next();
    NameAndType first;
    Ref<Expr> length;
    if (at(Token::kIdent)) {
      length = identifier();
      if (!at(Token::kLBrack)) {
        Restore level(expr_level_, expr_level_ + 1);
        length = binary_expr(primary_expr(length));
      }
      first = split_type_param(length, at(Token::kComma));
    }
    if (first.name.exists() && (first.type.exists() || !at(Token::kRBrack))) {
      node.type_params = param_list(ParamKind::kTypeParams, first);
      expect(Token::kRBrack);
    } else {
      node.type_expr = array_type(lbrack, length);
      may_be_alias = false;
    }
  }
  if (may_be_alias) {
    if (accept(Token::kAssign)) node.flags = TypeSpec::kAlias;
    node.type_expr = type();
  }
  node.span.end = end_of(node.type_expr);
  expect_semicolon();
  return add(node);
}

// Splits x into a type parameter and its constraint, as in `P *C`, `P (C)` and `P *C | D`, all of
// which also read as an expression: a split needs that the second part cannot be a value, unless
// the caller knows that this is no array length (`is_certain`). A mere name is split into it and
// nothing. Gives no name where x cannot be split.
Parser::NameAndType Parser::split_type_param(Ref<Expr> x, bool is_certain) {
  if (tree_.is<Ident>(x)) return {tree_.as<Ident>(x), {}};
  // The unions of `P *C | D | E` lean to the left: go down to `P *C`.
  Ref<Expr> leaf = x;
  size_t unions = mark();
  while (tree_.is<BinaryExpr>(leaf) && tree_.get<BinaryExpr>(leaf).op == Token::kOr) {
    push(leaf);
    const BinaryExpr& node = tree_.get<BinaryExpr>(leaf);
    is_certain = is_certain || is_type_element(node.y);
    leaf = node.x;
  }
  NameAndType out;
  if (tree_.is<BinaryExpr>(leaf)) {
    BinaryExpr product = tree_.get<BinaryExpr>(leaf);
    Ref<Ident> name = tree_.as<Ident>(product.x);
    if (product.op == Token::kMul && name.exists() && (is_certain || is_type_element(product.y))) {
      StarExpr pointer = make<StarExpr>(product.op_pos, product.span.end);
      pointer.x = product.y;
      discard();
      out = {name, add(pointer)};
    }
  } else if (tree_.is<CallExpr>(leaf)) {
    CallExpr call = tree_.get<CallExpr>(leaf);
    Ref<Ident> name = tree_.as<Ident>(call.fun);
    if (name.exists() && call.args.count == 1 && call.flags == 0) {
      Ref<Expr> arg = tree_.at(call.args, 0);
      if (is_certain || is_type_element(arg)) {
        ParenExpr paren = make<ParenExpr>(call.lparen, call.span.end);
        paren.x = arg;
        discard();
        out = {name, add(paren)};
      }
    }
  }
  if (out.name.exists()) {
    uint32_t begin = begin_of(out.type);
    for (size_t i = mark(); i-- > unions;) {
      Ref<BinaryExpr> node{scratch_[i]};
      tree_[node].span.begin = begin;
      tree_[node].x = out.type;
      out.type = node;
    }
  }
  scratch_.resize(unions);
  return out;
}

// Whether x can only be a type or a union of types, and no value.
bool Parser::is_type_element(Ref<Expr> x) const {
  for (;;) {
    switch (tree_.kind(x)) {
      case Kind::kArrayType:
      case Kind::kStructType:
      case Kind::kFuncType:
      case Kind::kInterfaceType:
      case Kind::kMapType:
      case Kind::kChanType:
        return true;
      case Kind::kUnaryExpr:
        return tree_.get<UnaryExpr>(x).op == Token::kTilde;
      case Kind::kBinaryExpr:
        if (is_type_element(tree_.get<BinaryExpr>(x).y)) return true;
        x = tree_.get<BinaryExpr>(x).x;
        break;
      case Kind::kParenExpr:
        x = tree_.get<ParenExpr>(x).x;
        break;
      default:
        return false;
    }
  }
}

Ref<FuncDecl> Parser::function_declaration() {
  FuncDecl node = make<FuncDecl>(pos(), 0);
  next();
  if (at(Token::kLParen)) {
    uint32_t recv_end = 0;
    node.recv = params(ParamKind::kParams, recv_end);
  }
  node.name = identifier();
  Signature signature;
  if (at(Token::kLBrack)) signature.type_params = type_params();
  params_and_results(signature);
  FuncType func_type = make<FuncType>(node.span.begin, signature.end);
  func_type.type_params = signature.type_params;
  func_type.params = signature.params;
  func_type.results = signature.results;
  node.func_type = add(func_type);
  node.span.end = signature.end;

  bool has_newline = at_newline();
  Span newline = scanner_.span();
  if (!at(Token::kLBrace)) expect_semicolon();
  if (at(Token::kLBrace)) {
    if (has_newline) error(newline, "`{` must stand on the line of its `func`");
    if (options_.skip_bodies) {
      node.body = skip_body();
      node.flags = FuncDecl::kBodySkipped;
    } else {
      node.body = block();
    }
    node.span.end = end_of(node.body);
    expect_semicolon();
  }
  return add(node);
}

// The body as a block without statements.
Ref<BlockStmt> Parser::skip_body() {
  BlockStmt node = make<BlockStmt>(pos(), 0);
  uint32_t open = 0;
  for (; !at(Token::kEof); next()) {
    if (at(Token::kLBrace)) open++;
    if (at(Token::kRBrace) && --open == 0) break;
  }
  node.span.end = expect_end(Token::kRBrace);
  return add(node);
}

}  // namespace unpark::syntax
