// Expressions (spec: "Expressions"). Operands are evaluated from left to right.
//
// A place is what an assignment writes to: its operands (pointers, indices, maps) are evaluated
// when it is made, but addresses of fields and elements are computed when it is used, so a nil
// pointer or a bad index panics after the right-hand side was evaluated, as in compiled code.
#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::BinaryExpr;
using syntax::CallExpr;
using syntax::CompositeLit;
using syntax::FuncLit;
using syntax::IndexExpr;
using syntax::SelectorExpr;
using syntax::SliceExpr;
using syntax::StarExpr;
using syntax::TypeAssertExpr;
using syntax::UnaryExpr;
using types::Mode;

ValueId Builder::expr(Ref<Expr> e) {
  e = unparen(e);
  const Expr& n = node(e);
  if (n.value != 0 && mode(e) == Mode::kConstant) {
    TypeId type = type_of(e);
    if (is_invalid(type)) return poison(n.span, "a constant whose type is not known");
    types::ConstId value{n.value - 1};
    if (cx_.constants[value].is_unknown()) {
      return poison(n.span, "a constant whose value is not known");
    }
    return constant(value, type);
  }
  switch (mode(e)) {
    case Mode::kInvalid:
    case Mode::kTypeExpr:
      return poison(n.span, "an expression that does not type-check");
    case Mode::kVariable:
      return load_place(place(e, false), n.span);
    default:
      return expr_value(e);
  }
}

ValueId Builder::expr_as(Ref<Expr> e, TypeId type) { return assignable(expr(e), type, span(e)); }

ValueId Builder::expr_value(Ref<Expr> e) {
  switch (kind(e)) {
    case Kind::kIdent:
      return ident_value(tree_->as<Ident>(e));
    case Kind::kFuncLit:
      return make_literal(tree_->as<FuncLit>(e));
    case Kind::kCompositeLit:
      return composite(tree_->as<CompositeLit>(e), type_of(e));
    case Kind::kSelectorExpr:
      return selector_value(tree_->as<SelectorExpr>(e));
    case Kind::kIndexExpr:
      return index_value(tree_->as<IndexExpr>(e));
    case Kind::kSliceExpr:
      return slice_value(tree_->as<SliceExpr>(e));
    case Kind::kTypeAssertExpr: {
      const TypeAssertExpr& a = tree_->get<TypeAssertExpr>(e);
      if (!a.asserted.exists()) break;
      ValueId x = expr(a.x);
      TypeId type = type_of(a.asserted);
      return emit(Op::kTypeAssert, type, a.span, {x}, type.raw);
    }
    case Kind::kCallExpr:
      return call(tree_->as<CallExpr>(e));
    case Kind::kStarExpr: {
      const StarExpr& s = tree_->get<StarExpr>(e);
      return load(expr(s.x), s.span);
    }
    case Kind::kUnaryExpr:
      return unary(tree_->as<UnaryExpr>(e));
    case Kind::kBinaryExpr: {
      auto b = tree_->as<BinaryExpr>(e);
      if (node(b).op == Token::kLAnd || node(b).op == Token::kLOr) return logical(b);
      return binary_chain(b);
    }
    default:
      break;
  }
  return poison(span(e), "an expression that does not type-check");
}

// ---- Names ----

ValueId Builder::named_function(ObjectId object, Ref<Ident> name, Span at) {
  FunctionId generic = program_.function_of(object);
  const Function& fn = program_[generic];
  if (fn.type_params.empty()) return function(generic);
  auto instance = instance_of(name);
  if (!instance) return poison(at, "a generic function whose type arguments are not known");
  std::vector<TypeId> args;
  for (TypeId t : instance->args) args.push_back(subst(t));
  for (TypeId t : args) {
    if (is_invalid(t)) return poison(at, "a generic function whose type arguments are not known");
  }
  if (args.size() != fn.type_params.size()) {
    return poison(at, "a generic function whose type arguments are not known");
  }
  FunctionId f = program_.function_of(object, args);
  return f.exists() ? function(f) : poison(at, "instances without end");
}

ValueId Builder::ident_value(Ref<Ident> e) {
  ObjectId id = object_of(e);
  Span at = node(e).span;
  if (!id.exists()) return poison(at, "a name that denotes nothing");
  switch (cx_.objects[id].kind) {
    case types::ObjectKind::kNil:
      return zero(types::basic(BasicKind::kUntypedNil));
    case types::ObjectKind::kFunc:
      return named_function(id, e, at);
    case types::ObjectKind::kVar: {
      ValueId address = variable(id, false, at);
      return load(address, at);
    }
    default:
      return poison(at, "a name that is no value");
  }
}

// ---- Operators ----

// x && y && z: each operand but the last may decide the result; then the value is a constant on the
// edge from there.
ValueId Builder::logical(Ref<BinaryExpr> e) {
  Token op = node(e).op;
  std::vector<Ref<Expr>> operands;
  Ref<Expr> first = e;
  while (kind(first) == Kind::kBinaryExpr && tree_->get<BinaryExpr>(first).op == op &&
         node(first).value == 0) {
    const BinaryExpr& b = tree_->get<BinaryExpr>(first);
    operands.push_back(b.y);
    first = unparen(b.x);
  }
  operands.push_back(first);
  Span at = node(e).span;
  TypeId type = type_of(Ref<Expr>(e));
  BlockId done = new_block("logical.done");
  for (size_t i = operands.size(); i-- > 1;) {
    BlockId next = new_block("logical.rhs");
    if (op == Token::kLAnd) {
      condition(operands[i], next, done);
    } else {
      condition(operands[i], done, next);
    }
    set_block(next);
  }
  size_t decided = draft_[done].preds.size();
  ValueId last = assignable(expr(operands[0]), type, at);
  jump(done, at);
  set_block(done);
  ValueId short_cut = assignable(boolean(op == Token::kLOr), type, at);
  std::vector<ValueId> edges(decided, short_cut);
  edges.push_back(last);
  return emit(Op::kPhi, type, at, edges, Value::kNoAux, 0);
}

void Builder::condition(Ref<Expr> e, BlockId then, BlockId otherwise) {
  for (;;) {
    e = unparen(e);
    if (node(e).value != 0 && mode(e) == Mode::kConstant) {
      bool value = cx_.constants[types::ConstId{node(e).value - 1}].bool_value();
      jump(value ? then : otherwise, span(e));
      return;
    }
    if (kind(e) == Kind::kUnaryExpr && tree_->get<UnaryExpr>(e).op == Token::kNot) {
      e = tree_->get<UnaryExpr>(e).x;
      std::swap(then, otherwise);
      continue;
    }
    if (kind(e) != Kind::kBinaryExpr) break;
    const BinaryExpr& b = tree_->get<BinaryExpr>(e);
    if (b.op != Token::kLAnd && b.op != Token::kLOr) break;
    std::vector<Ref<Expr>> operands;
    Ref<Expr> first = e;
    while (kind(first) == Kind::kBinaryExpr && tree_->get<BinaryExpr>(first).op == b.op &&
           node(first).value == 0) {
      operands.push_back(tree_->get<BinaryExpr>(first).y);
      first = unparen(tree_->get<BinaryExpr>(first).x);
    }
    operands.push_back(first);
    for (size_t i = operands.size(); i-- > 1;) {
      BlockId next = new_block(b.op == Token::kLAnd ? "cond.true" : "cond.false");
      if (b.op == Token::kLAnd) {
        condition(operands[i], next, otherwise);
      } else {
        condition(operands[i], then, next);
      }
      set_block(next);
    }
    e = operands[0];
  }
  branch(expr(e), then, otherwise, span(e));
}

ValueId Builder::binary_chain(Ref<BinaryExpr> e) {
  std::vector<Ref<BinaryExpr>> chain{e};
  Ref<Expr> first = unparen(node(e).x);
  while (kind(first) == Kind::kBinaryExpr && node(first).value == 0) {
    auto b = tree_->as<BinaryExpr>(first);
    if (node(b).op == Token::kLAnd || node(b).op == Token::kLOr) break;
    chain.push_back(b);
    first = unparen(node(b).x);
  }
  ValueId x = expr(first);
  while (!chain.empty()) {
    Ref<BinaryExpr> at = chain.back();
    chain.pop_back();
    const BinaryExpr& b = node(at);
    TypeId type = type_of(Ref<Expr>(at));
    if (mode(at) == Mode::kInvalid) return poison(b.span, "an expression that does not type-check");
    ValueId y = expr(b.y);
    if (syntax::is_comparison(b.op)) {
      x = assignable(compare(b.op, x, y, b.span), type, b.span);
    } else {
      x = arithmetic(b.op, x, y, type, b.span);
    }
  }
  return x;
}

ValueId Builder::unary(Ref<UnaryExpr> e) {
  const UnaryExpr& u = node(e);
  switch (u.op) {
    case Token::kAnd: {
      Ref<Expr> x = unparen(u.x);
      if (kind(x) == Kind::kCompositeLit) {
        return composite_pointer(tree_->as<CompositeLit>(x), type_of(x));
      }
      return address(x, true);
    }
    case Token::kArrow: {
      ValueId channel = expr(u.x);
      return emit(Op::kRecv, elem(type_of(channel)), u.span, {channel});
    }
    case Token::kAdd:
      return assignable(expr(u.x), type_of(Ref<Expr>(e)), u.span);
    case Token::kSub:
    case Token::kXor:
    case Token::kNot: {
      TypeId type = type_of(Ref<Expr>(e));
      ValueId x = assignable(expr(u.x), type, u.span);
      ValueId v = emit(Op::kUnary, type, u.span, {x});
      draft_[v].sub = u.op;
      return v;
    }
    default:
      return poison(u.span, "an operator that does not exist");
  }
}

// ---- Indices and slices ----

ValueId Builder::index_operand(Ref<Expr> e) { return expr(e); }

ValueId Builder::index_value(Ref<IndexExpr> e) {
  const IndexExpr& n = node(e);
  // F[int]: a function with type arguments.
  Ref<Expr> fun = unparen(n.x);
  if (TypeId u = core(type_of(fun)); types().is(u, TypeKind::kSignature)) {
    if (kind(fun) == Kind::kIdent) return ident_value(tree_->as<Ident>(fun));
    if (kind(fun) == Kind::kSelectorExpr) return selector_value(tree_->as<SelectorExpr>(fun));
    return poison(n.span, "type arguments of no function");
  }
  if (n.indices.count != 1) return poison(n.span, "an index expression with several indices");
  Ref<Expr> at = tree_->at(n.indices, 0);
  TypeId type = type_of(n.x);
  switch (types().kind(core(type))) {
    case TypeKind::kMap: {
      ValueId map = expr(n.x);
      ValueId key = expr_as(at, types().key(core(type)));
      return emit(Op::kLookup, elem(type), n.span, {map, key});
    }
    case TypeKind::kSlice:
    case TypeKind::kPointer: {
      Place p = place(e, false);
      return load_place(p, n.span);
    }
    default: {
      ValueId x = expr(n.x);
      ValueId index = index_operand(at);
      return emit(Op::kIndex, elem(type), n.span, {x, index});
    }
  }
}

ValueId Builder::slice_value(Ref<SliceExpr> e) {
  const SliceExpr& n = node(e);
  TypeId type = type_of(n.x);
  ValueId x;
  if (is_kind(type, TypeKind::kArray)) {
    x = address(n.x, true);
  } else {
    x = expr(n.x);
  }
  std::vector<ValueId> operands{x};
  for (Ref<Expr> bound : {n.low, n.high, n.max}) {
    operands.push_back(bound.exists() ? index_operand(bound) : ValueId{});
  }
  return emit(Op::kSlice, type_of(Ref<Expr>(e)), n.span, operands, Value::kNoAux, 0);
}

// ---- Several values ----

ValueId Builder::tuple(Ref<Expr> e) {
  e = unparen(e);
  Span at = span(e);
  TypeId boolean_type = types::basic(BasicKind::kBool);
  auto with_ok = [&](TypeId t) {
    TypeId pair[] = {t, boolean_type};
    return types().tuple_of(pair);
  };
  switch (kind(e)) {
    case Kind::kCallExpr:
      return call(tree_->as<CallExpr>(e));
    case Kind::kIndexExpr: {
      const IndexExpr& n = tree_->get<IndexExpr>(e);
      TypeId map_type = core(type_of(n.x));
      if (!types().is(map_type, TypeKind::kMap) || n.indices.count != 1) break;
      ValueId map = expr(n.x);
      ValueId key = expr_as(tree_->at(n.indices, 0), types().key(map_type));
      return emit(Op::kLookup, with_ok(types().elem(map_type)), at, {map, key}, Value::kNoAux,
                  Value::kCommaOk);
    }
    case Kind::kTypeAssertExpr: {
      const TypeAssertExpr& a = tree_->get<TypeAssertExpr>(e);
      if (!a.asserted.exists()) break;
      ValueId x = expr(a.x);
      TypeId type = type_of(a.asserted);
      return emit(Op::kTypeAssert, with_ok(type), at, {x}, type.raw, Value::kCommaOk);
    }
    case Kind::kUnaryExpr: {
      const UnaryExpr& u = tree_->get<UnaryExpr>(e);
      if (u.op != Token::kArrow) break;
      ValueId channel = expr(u.x);
      return emit(Op::kRecv, with_ok(elem(type_of(channel))), at, {channel}, Value::kNoAux,
                  Value::kCommaOk);
    }
    default:
      break;
  }
  return poison(at, "one value where several are needed");
}

// ---- Places ----

Builder::Place Builder::place(Ref<Expr> e, bool escapes) {
  e = unparen(e);
  Place p;
  p.span = span(e);
  auto broken = [&](std::string_view reason) {
    p.kind = Place::kAddress;
    p.base = poison(p.span, reason);
    return p;
  };
  switch (kind(e)) {
    case Kind::kIdent: {
      if (is_blank(e)) return p;
      ObjectId id = object_of(tree_->as<Ident>(e));
      if (!id.exists() || cx_.objects[id].kind != types::ObjectKind::kVar) {
        return broken("a name that is no variable");
      }
      p.kind = Place::kAddress;
      p.base = variable(id, escapes, p.span);
      p.type = elem(type_of(p.base));
      return p;
    }
    case Kind::kSelectorExpr: {
      auto sel = tree_->as<SelectorExpr>(e);
      const types::Selection* selection = selection_of(sel);
      if (!selection) {
        ObjectId id = object_of(node(sel).sel);
        if (!id.exists() || cx_.objects[id].kind != types::ObjectKind::kVar) {
          return broken("a name that is no variable");
        }
        p.kind = Place::kAddress;
        p.base = variable(id, escapes, p.span);
        p.type = elem(type_of(p.base));
        return p;
      }
      if (selection->kind != types::Selection::kFieldVal || selection->path.empty()) break;
      Ref<Expr> x = node(sel).x;
      bool by_value = is_pointer(type_of(x)) || mode(unparen(x)) != Mode::kVariable;
      ValueId v = by_value ? expr(x) : address(x, escapes);
      v = implicit_fields(v, selection->path.first(selection->path.size() - 1), p.span);
      if (!is_pointer(type_of(v))) break;
      p.kind = Place::kField;
      p.base = v;
      p.field = selection->path.back();
      TypeId structure = core(elem(type_of(v)));
      if (!types().is(structure, TypeKind::kStruct) ||
          p.field >= types().fields(structure).size()) {
        break;
      }
      p.type = types().fields(structure)[p.field].type;
      return p;
    }
    case Kind::kIndexExpr: {
      const IndexExpr& n = tree_->get<IndexExpr>(e);
      if (n.indices.count != 1) break;
      Ref<Expr> at = tree_->at(n.indices, 0);
      TypeId type = type_of(n.x);
      TypeId u = core(type);
      p.kind = Place::kElement;
      p.type = elem(type);
      switch (types().kind(u)) {
        case TypeKind::kMap:
          p.kind = Place::kMapEntry;
          p.base = expr(n.x);
          p.index = expr_as(at, types().key(u));
          return p;
        case TypeKind::kArray:
          p.base = address(n.x, escapes);
          break;
        case TypeKind::kPointer:
          p.type = elem(p.type);
          p.base = expr(n.x);
          break;
        case TypeKind::kSlice:
        case TypeKind::kTypeParam:
          p.base = expr(n.x);
          break;
        default:
          return broken("an index into what has no elements");
      }
      p.index = index_operand(at);
      return p;
    }
    case Kind::kStarExpr:
      p.kind = Place::kAddress;
      p.base = expr(tree_->get<StarExpr>(e).x);
      p.type = elem(type_of(p.base));
      return p;
    case Kind::kCompositeLit:
      p.kind = Place::kAddress;
      p.base = composite_pointer(tree_->as<CompositeLit>(e), type_of(e));
      p.type = type_of(e);
      return p;
    default:
      break;
  }
  return broken("an expression that has no address");
}

ValueId Builder::address_of(const Place& p, Span at) {
  switch (p.kind) {
    case Place::kAddress:
      return p.base;
    case Place::kField:
      return emit(Op::kFieldAddr, types().pointer_to(p.type), p.span, {p.base}, p.field);
    case Place::kElement:
      return emit(Op::kIndexAddr, types().pointer_to(p.type), p.span, {p.base, p.index});
    case Place::kBlank:
    case Place::kMapEntry:
      break;
  }
  return poison(at, "an expression that has no address");
}

ValueId Builder::address(Ref<Expr> e, bool escapes) {
  return address_of(place(e, escapes), span(e));
}

ValueId Builder::load_place(const Place& p, Span at) {
  if (p.kind == Place::kMapEntry) return emit(Op::kLookup, p.type, at, {p.base, p.index});
  return load(address_of(p, at), at);
}

void Builder::store_place(const Place& p, ValueId value, Span at) {
  switch (p.kind) {
    case Place::kBlank:
      return;
    case Place::kMapEntry:
      value = assignable(value, p.type, at);
      emit(Op::kMapUpdate, {}, at, {p.base, p.index, value});
      return;
    default:
      store(address_of(p, at), value, at);
  }
}

}  // namespace unpark::ssa
