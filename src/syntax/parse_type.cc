// Types, signatures and parameter lists (spec: "Types", "Type parameter declarations").
#include "syntax/parser_internal.h"

namespace unpark::syntax {

Ref<Expr> Parser::type() {
  Ref<Expr> found = try_type();
  if (found.exists()) return found;
  uint32_t begin = pos();
  error_expected("a type");
  sync(kExprEnd);
  return bad_expr(begin, pos());
}

Ref<Expr> Parser::try_type() {
  Nesting nesting(*this);
  if (nesting.too_deep()) return {};
  uint32_t begin = pos();
  switch (tok()) {
    case Token::kIdent:
      return qualified_type({});
    case Token::kLBrack:
      next();
      return array_type(begin, {});
    case Token::kStruct:
      return struct_type();
    case Token::kMul: {
      next();
      Ref<Expr> base = type();
      StarExpr node = make<StarExpr>(begin, end_of(base));
      node.x = base;
      return add(node);
    }
    case Token::kFunc:
      if (at_broken_off()) return {};
      return function_type();
    case Token::kInterface:
      return interface_type();
    case Token::kMap:
      return map_type();
    case Token::kChan:
    case Token::kArrow:
      return chan_type();
    case Token::kLParen: {
      next();
      Ref<Expr> inner = type();
      ParenExpr node = make<ParenExpr>(begin, expect_end(Token::kRParen));
      node.x = inner;
      return add(node);
    }
    default:
      return {};
  }
}

// A name or a qualified name; `first` if its first part was read already.
Ref<Expr> Parser::type_name(Ref<Ident> first) {
  if (!first.exists()) first = identifier();
  if (!accept(Token::kPeriod)) return first;
  Ref<Ident> sel = identifier();
  SelectorExpr node = make<SelectorExpr>(begin_of(first), end_of(sel));
  node.x = first;
  node.sel = sel;
  return add(node);
}

Ref<Expr> Parser::qualified_type(Ref<Ident> first) {
  Ref<Expr> name = type_name(first);
  return at(Token::kLBrack) ? type_instance(name) : name;
}

Ref<Expr> Parser::index_or_instance(Ref<Expr> x, List<Expr> indices, uint32_t end) {
  IndexExpr node = make<IndexExpr>(begin_of(x), end);
  node.x = x;
  node.indices = indices;
  return add(node);
}

Ref<Expr> Parser::type_instance(Ref<Expr> generic) {
  next();
  size_t args = mark();
  {
    Restore level(expr_level_, expr_level_ + 1);
    while (!at(Token::kRBrack) && !at(Token::kEof)) {
      push(type());
      if (!at_comma("the type argument list", Token::kRBrack)) break;
      next();
    }
  }
  if (mark() == args) {
    error_expected("a type argument");
    push(bad_expr(pos(), pos()));
  }
  uint32_t end = expect_closing(Token::kRBrack, "the type argument list");
  return index_or_instance(generic, take<Expr>(args), end);
}

Ref<Expr> Parser::array_type(uint32_t lbrack, Ref<Expr> length) {
  if (!length.exists()) {
    Restore level(expr_level_, expr_level_ + 1);
    if (at(Token::kEllipsis)) {
      length = add(make<Ellipsis>(pos(), pos() + 3));
      next();
    } else if (!at(Token::kRBrack)) {
      length = expr();
    }
  }
  if (at(Token::kComma)) {
    error_expected("`]`");
    next();
  }
  expect(Token::kRBrack);
  Ref<Expr> element = type();
  ArrayType node = make<ArrayType>(lbrack, end_of(element));
  node.length = length;
  node.element = element;
  return add(node);
}

Parser::NameAndType Parser::array_or_instance(Ref<Ident> name) {
  uint32_t lbrack = pos();
  next();
  uint32_t trailing_comma = 0;
  size_t args = mark();
  if (!at(Token::kRBrack)) {
    Restore level(expr_level_, expr_level_ + 1);
    push(expr());
    while (at(Token::kComma)) {
      uint32_t comma = pos();
      next();
      if (at(Token::kRBrack)) {
        trailing_comma = comma;
        break;
      }
      push(expr());
    }
  }
  uint32_t end = expect_end(Token::kRBrack);
  size_t count = mark() - args;
  if (count <= 1) {
    Ref<Expr> element = count == 0 ? type() : try_type();
    if (element.exists()) {
      if (trailing_comma) error({trailing_comma, end}, "expected `]`, found `,`");
      ArrayType node = make<ArrayType>(lbrack, end_of(element));
      List<Expr> lengths = take<Expr>(args);
      if (count == 1) node.length = tree_.at(lengths, 0);
      node.element = element;
      return {name, add(node)};
    }
  }
  return {{}, index_or_instance(name, take<Expr>(args), end)};
}

Ref<Expr> Parser::struct_type() {
  uint32_t begin = pos();
  next();
  expect(Token::kLBrace);
  size_t fields = mark();
  while (at(Token::kIdent) || at(Token::kMul) || at(Token::kLParen)) push(struct_field());
  StructType node = make<StructType>(begin, expect_end(Token::kRBrace));
  node.fields = take<Field>(fields);
  return add(node);
}

// Called at a name, `*` or `(`.
Ref<Field> Parser::struct_field() {
  Field node = make<Field>(pos(), 0);
  if (at(Token::kIdent)) {
    Ref<Ident> name = identifier();
    switch (tok()) {
      case Token::kPeriod:
      case Token::kString:
      case Token::kSemicolon:
      case Token::kRBrace:
        node.type_expr = at(Token::kPeriod) ? qualified_type(name) : Ref<Expr>(name);
        break;
      case Token::kLBrack: {
        NameAndType field = array_or_instance(name);
        if (field.name.exists()) node.names = single(field.name);
        node.type_expr = field.type;
        break;
      }
      default: {
        size_t names = mark();
        push(name);
        while (accept(Token::kComma)) push(identifier());
        node.names = take<Ident>(names);
        node.type_expr = type();
      }
    }
  } else {
    node.type_expr = embedded_field_type();
  }
  node.span.end = end_of(node.type_expr);
  if (at(Token::kString)) {
    node.tag = basic_literal();
    node.span.end = end_of(node.tag);
  }
  expect_semicolon();
  return add(node);
}

// `*T`; parentheses are reported and left out.
Ref<Expr> Parser::embedded_field_type() {
  uint32_t star = pos();
  bool is_pointer = false;
  uint32_t open = 0;
  while (at(Token::kMul) || at(Token::kLParen)) {
    if (at(Token::kLParen)) {
      if (open == 0) error_here("embedded type cannot be in parentheses");
      open++;
    } else {
      if (is_pointer) break;
      is_pointer = true;
      star = pos();
    }
    next();
  }
  Ref<Expr> embedded = qualified_type({});
  while (open > 0 && accept(Token::kRParen)) open--;
  if (!is_pointer) return embedded;
  StarExpr node = make<StarExpr>(star, end_of(embedded));
  node.x = embedded;
  return add(node);
}

Ref<Expr> Parser::interface_type() {
  uint32_t begin = pos();
  next();
  expect(Token::kLBrace);
  size_t elements = mark();
  for (;;) {
    Ref<Field> element = interface_element();
    if (!element.exists()) break;
    push(element);
    expect_semicolon();
  }
  InterfaceType node = make<InterfaceType>(begin, expect_end(Token::kRBrace));
  node.elements = take<Field>(elements);
  return add(node);
}

// A method, an embedded type or a union; none where no element starts.
Ref<Field> Parser::interface_element() {
  if (at(Token::kIdent)) return method_or_embedded();
  Ref<Expr> term = at(Token::kTilde) ? union_term() : try_type();
  if (!term.exists()) return {};
  term = union_type(term);
  Field node = make<Field>(begin_of(term), end_of(term));
  node.type_expr = term;
  return add(node);
}

Ref<Field> Parser::method_or_embedded() {
  Ref<Expr> name = type_name({});
  Ref<Ident> ident = tree_.as<Ident>(name);
  Ref<Expr> embedded = name;
  if (ident.exists() && at(Token::kLParen)) return method(ident);
  if (ident.exists() && at(Token::kLBrack)) {
    // `Set[T]` embedded, or the type parameters that a method of an interface cannot have.
    uint32_t lbrack = pos();
    next();
    size_t args = mark();
    Ref<Expr> first;
    {
      Restore level(expr_level_, expr_level_ + 1);
      first = expr();
    }
    Ref<Ident> param_name = tree_.as<Ident>(first);
    if (param_name.exists() && !at(Token::kComma) && !at(Token::kRBrack)) {
      error({lbrack, lbrack + 1}, "method of an interface cannot have type parameters");
      param_list(ParamKind::kTypeParams, {param_name, {}});
      expect(Token::kRBrack);
      return method(ident);
    }
    push(first);
    if (at_comma("the type argument list", Token::kRBrack)) {
      Restore level(expr_level_, expr_level_ + 1);
      next();
      while (!at(Token::kRBrack) && !at(Token::kEof)) {
        push(type());
        if (!at_comma("the type argument list", Token::kRBrack)) break;
        next();
      }
    }
    uint32_t end = expect_closing(Token::kRBrack, "the type argument list");
    embedded = index_or_instance(ident, take<Expr>(args), end);
  } else if (at(Token::kLBrack)) {
    embedded = type_instance(name);
  }
  embedded = union_type(embedded);
  Field node = make<Field>(begin_of(embedded), end_of(embedded));
  node.type_expr = embedded;
  return add(node);
}

Ref<Field> Parser::method(Ref<Ident> name) {
  Signature signature;
  params_and_results(signature);
  FuncType func = make<FuncType>(signature.params_begin, signature.end);
  func.params = signature.params;
  func.results = signature.results;
  Field node = make<Field>(begin_of(name), signature.end);
  node.type_expr = add(func);
  node.names = single(name);
  return add(node);
}

Ref<Expr> Parser::union_type(Ref<Expr> first) {
  Ref<Expr> x = first;
  while (at(Token::kOr)) {
    uint32_t op_pos = pos();
    next();
    Ref<Expr> y = union_term();
    BinaryExpr node = make<BinaryExpr>(begin_of(x), end_of(y));
    node.op = Token::kOr;
    node.op_pos = op_pos;
    node.x = x;
    node.y = y;
    x = add(node);
  }
  return x;
}

Ref<Expr> Parser::union_term() {
  uint32_t begin = pos();
  if (accept(Token::kTilde)) {
    Ref<Expr> x = type();
    UnaryExpr node = make<UnaryExpr>(begin, end_of(x));
    node.op = Token::kTilde;
    node.x = x;
    return add(node);
  }
  Ref<Expr> term = try_type();
  if (term.exists()) return term;
  error_expected("a type or `~` and a type");
  sync(kExprEnd);
  return bad_expr(begin, pos());
}

Ref<Expr> Parser::map_type() {
  uint32_t begin = pos();
  next();
  expect(Token::kLBrack);
  Ref<Expr> key = type();
  expect(Token::kRBrack);
  Ref<Expr> element = type();
  MapType node = make<MapType>(begin, end_of(element));
  node.key = key;
  node.element = element;
  return add(node);
}

Ref<Expr> Parser::chan_type() {
  uint32_t begin = pos();
  uint8_t flags = ChanType::kSend | ChanType::kRecv;
  if (accept(Token::kArrow)) {
    expect(Token::kChan);
    flags = ChanType::kRecv;
  } else {
    next();
    if (accept(Token::kArrow)) flags = ChanType::kSend;
  }
  Ref<Expr> element = type();
  ChanType node = make<ChanType>(begin, end_of(element));
  node.flags = flags;
  node.element = element;
  return add(node);
}

Ref<FuncType> Parser::function_type() {
  uint32_t begin = pos();
  next();
  if (at(Token::kLBrack)) {
    error_here("function type cannot have type parameters");
    type_params();
  }
  Signature signature;
  params_and_results(signature);
  FuncType node = make<FuncType>(begin, signature.end);
  node.flags = FuncType::kHasFuncKeyword;
  node.params = signature.params;
  node.results = signature.results;
  return add(node);
}

void Parser::params_and_results(Signature& signature) {
  signature.params_begin = pos();
  signature.params = params(ParamKind::kParams, signature.end);
  if (at(Token::kLParen)) {
    signature.results = params(ParamKind::kResults, signature.end);
    return;
  }
  Ref<Expr> result = try_type();
  if (!result.exists()) return;
  Field node = make<Field>(begin_of(result), end_of(result));
  node.type_expr = result;
  signature.results = single(add(node));
  signature.end = end_of(result);
}

List<Field> Parser::params(ParamKind kind, uint32_t& end) {
  expect(Token::kLParen);
  List<Field> list = param_list(kind);
  end = expect_end(Token::kRParen);
  return list;
}

List<Field> Parser::type_params() {
  uint32_t begin = pos();
  expect(Token::kLBrack);
  List<Field> list = param_list(ParamKind::kTypeParams);
  uint32_t end = expect_end(Token::kRBrack);
  if (list.empty()) error({begin, end}, "type parameter list is empty");
  return list;
}

List<Field> Parser::param_list(ParamKind kind, NameAndType first) {
  Token closing = kind == ParamKind::kTypeParams ? Token::kRBrack : Token::kRParen;
  uint32_t list_begin = first.name.exists() ? begin_of(first.name) : pos();
  size_t list = params_.size();
  while (first.name.exists() || (!at(closing) && !at(Token::kEof))) {
    NameAndType item;
    if (first.type.exists()) {
      item = {first.name, union_type(first.type)};
    } else {
      item = param(first.name, kind);
    }
    first = {};
    if (item.name.exists() || item.type.exists()) params_.push_back(item);
    if (!at_comma("the parameter list", closing)) break;
    next();
  }
  if (params_.size() == list) return {};
  name_params(list, kind, list_begin);
  check_dots(list, kind);
  return fields_of_params(list);
}

// `T`, `name T`, or a name of which later parameters tell whether it is a type; `name` if that was
// read already.
Parser::NameAndType Parser::param(Ref<Ident> name, ParamKind kind) {
  bool in_type_params = kind == ParamKind::kTypeParams;
  auto dots_type = [&] {
    uint32_t begin = pos();
    next();
    Ref<Expr> element = type();
    Ellipsis node = make<Ellipsis>(begin, end_of(element));
    node.element = element;
    return add(node);
  };

  NameAndType out{name, {}};
  if (!name.exists()) {
    switch (tok()) {
      case Token::kIdent:
        out.name = identifier();
        break;
      case Token::kEllipsis:
        return {{}, dots_type()};
      case Token::kTilde:
        if (in_type_params) return {{}, union_type(union_term())};
        break;
      default:
        out.type = try_type();
    }
    if (!out.name.exists() && !out.type.exists()) {
      error_expected(in_type_params ? "`]`" : "`)`");
      sync(kExprEnd);
    }
  }
  if (out.name.exists()) {
    switch (tok()) {
      case Token::kIdent:
      case Token::kMul:
      case Token::kArrow:
      case Token::kFunc:
      case Token::kChan:
      case Token::kMap:
      case Token::kStruct:
      case Token::kInterface:
      case Token::kLParen:
        out.type = type();
        break;
      case Token::kLBrack:
        out = array_or_instance(out.name);
        break;
      case Token::kEllipsis:
        out.type = dots_type();
        return out;
      case Token::kPeriod:
        out = {{}, qualified_type(out.name)};
        break;
      case Token::kTilde:
        if (in_type_params) out.type = union_type(union_term());
        return out;
      case Token::kOr:
        if (in_type_params) out = {{}, union_type(out.name)};
        return out;
      default:
        break;
    }
  }
  if (in_type_params && out.type.exists()) out.type = union_type(out.type);
  return out;
}

// Decides for the parameters from `list` on which of them are names and which types, and gives each
// name the type that follows it.
void Parser::name_params(size_t list, ParamKind kind, uint32_t list_begin) {
  bool in_type_params = kind == ParamKind::kTypeParams;
  size_t count = params_.size() - list;
  size_t named = 0;
  size_t typed = 0;
  for (size_t i = list; i < params_.size(); i++) {
    named += params_[i].name.exists() && params_[i].type.exists();
    typed += params_[i].type.exists();
  }
  if (named == 0) {
    for (size_t i = list; i < params_.size(); i++) {
      if (params_[i].name.exists()) params_[i] = {{}, params_[i].name};
    }
    if (!in_type_params) return;
    if (typed == 0) {
      error_here("type parameter needs a constraint");
    } else {
      error({list_begin, list_begin}, count == 1
                                          ? "type parameter needs a name, or is this an array "
                                            "length that is not constant?"
                                          : "type parameter needs a name");
    }
    return;
  }
  if (named == count) return;
  Ref<Expr> current;
  Span problem;
  bool has_problem = false;
  for (size_t i = params_.size(); i-- > list;) {
    NameAndType& item = params_[i];
    if (item.type.exists()) {
      current = item.type;
      if (!item.name.exists()) {
        problem = tree_.span(item.type);
        has_problem = true;
        item.name = blank_identifier(problem.begin);
      }
    } else if (current.exists()) {
      item.type = current;
    } else {
      problem = tree_.span(item.name);
      has_problem = true;
      item.type = bad_expr(problem.end, problem.end);
    }
  }
  if (!has_problem) return;
  std::string_view what = in_type_params ? "type parameter" : "parameter";
  if (named == typed) {
    error_here(std::string(what) + (in_type_params ? " needs a constraint" : " needs a type"));
  } else {
    error(problem, std::string(what) + " needs a name, as others in its list have one");
  }
}

void Parser::check_dots(size_t list, ParamKind kind) {
  for (size_t i = list; i < params_.size(); i++) {
    if (!tree_.is<Ellipsis>(params_[i].type)) continue;
    if (kind == ParamKind::kParams && i + 1 == params_.size()) continue;
    Span span = tree_.span(params_[i].type);
    error(span, kind == ParamKind::kParams ? "only the last parameter can have `...`"
                                           : "`...` is only for parameters of functions");
    params_[i].type = bad_expr(span.begin, span.end);
  }
}

// Takes the parameters from `list` on; neighbours that share a type become one field.
List<Field> Parser::fields_of_params(size_t list) {
  size_t fields = mark();
  for (size_t i = list; i < params_.size();) {
    Ref<Expr> shared = params_[i].type;
    Field node = make<Field>(begin_of(shared), end_of(shared));
    node.type_expr = shared;
    size_t names = mark();
    for (; i < params_.size() && params_[i].type == shared; i++) {
      if (params_[i].name.exists()) push(params_[i].name);
    }
    node.names = take<Ident>(names);
    if (!node.names.empty()) node.span.begin = begin_of(tree_.at(node.names, 0));
    push(add(node));
  }
  params_.resize(list);
  return take<Field>(fields);
}

}  // namespace unpark::syntax
