// Expressions: the dispatcher, names, literals of basic types and functions, operators' operands
// that are no operators themselves (spec: "Expressions").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::BasicLit;
using syntax::CallExpr;
using syntax::CompositeLit;
using syntax::FuncLit;
using syntax::IndexExpr;
using syntax::ParenExpr;
using syntax::SelectorExpr;
using syntax::SliceExpr;
using syntax::StarExpr;
using syntax::TypeAssertExpr;
using syntax::UnaryExpr;

Ref<Expr> Checker::unparen(Ref<Expr> e) const {
  while (kind(e) == Kind::kParenExpr) e = tree().get<ParenExpr>(e).x;
  return e;
}

// The signature that an expression is assigned to, for inferring type arguments backwards; else
// none.
TypeId Checker::target_of(TypeId t) const {
  if (!t.exists()) return {};
  TypeId u = under(t);
  return is_sig(u) ? u : TypeId{};
}

void Checker::expr(Operand& x, Ref<Expr> e, TypeId target) {
  raw_expr(x, e, target, {}, false);
  exclude_types(x);
  single_value(x);
}

void Checker::expr_with_hint(Operand& x, Ref<Expr> e, TypeId hint) {
  raw_expr(x, e, {}, hint, false);
  exclude_types(x);
  single_value(x);
}

void Checker::generic_expr(Operand& x, Ref<Expr> e) {
  raw_expr(x, e, {}, {}, true);
  exclude_types(x);
  single_value(x);
}

void Checker::expr_or_type(Operand& x, Ref<Expr> e, bool allow_generic) {
  raw_expr(x, e, {}, {}, allow_generic);
  if (x.mode == Mode::kNoValue) x.invalidate();
  single_value(x);
}

bool Checker::multi_expr(Ref<Expr> e, bool allow_comma_ok, std::vector<Operand>& out) {
  Operand x;
  raw_expr(x, e, {}, {}, false);
  exclude_types(x);
  if (x.valid() && types().is(x.type, TypeKind::kTuple)) {
    for (TypeId t : types().tuple(x.type)) {
      Operand part;
      part.mode = Mode::kValue;
      part.type = t;
      part.expr = e;
      out.push_back(part);
    }
    return false;
  }
  out.push_back(x);
  if (!allow_comma_ok || (x.mode != Mode::kMapIndex && x.mode != Mode::kCommaOk)) return false;
  Operand ok;
  ok.mode = Mode::kValue;
  ok.type = basic(BasicKind::kUntypedBool);
  ok.expr = e;
  out.push_back(ok);
  return true;
}

void Checker::expr_list(std::span<const Ref<Expr>> list, std::vector<Operand>& out) {
  if (list.size() == 1) {
    multi_expr(list[0], false, out);
    return;
  }
  for (Ref<Expr> e : list) {
    out.emplace_back();
    expr(out.back(), e);
  }
}

void Checker::raw_expr(Operand& x, Ref<Expr> e, TypeId target, TypeId hint, bool allow_generic) {
  // The parser bounds nests, but not chains like x.f().f().f()…, which lean on the stack here.
  constexpr size_t kMaxStack = size_t{5} << 20;
  if (stack_is_deep(kMaxStack)) {
    x = Operand{};
    x.expr = e;
    return;
  }
  expr_internal(x, e, target, hint);
  x.expr = e;
  if (!allow_generic) non_generic(x, target);
  record(x);
}

void Checker::non_generic(Operand& x, TypeId target) {
  if (!x.valid() || x.mode == Mode::kNoValue || !is_sig(x.type)) return;
  if (types().signature(x.type).type_params.empty()) return;
  if (target.exists()) {
    func_inst(target, x, {}, true, nullptr);
  } else {
    x.invalidate();
  }
}

void Checker::exclude_types(Operand& x) {
  if (x.mode == Mode::kNoValue || x.mode == Mode::kBuiltin || x.mode == Mode::kTypeExpr) {
    x.invalidate();
  }
}

void Checker::single_value(Operand& x) {
  if (x.mode == Mode::kValue && types().is(x.type, TypeKind::kTuple)) x.invalidate();
}

void Checker::use(Ref<Expr> e) {
  if (!e.exists()) return;
  Operand x;
  if (auto kv = tree().as<syntax::KeyValueExpr>(e); kv.exists()) {
    use(node(kv).value_expr);
    return;
  }
  raw_expr(x, e, {}, {}, true);
}

void Checker::expr_internal(Operand& x, Ref<Expr> e, TypeId target, TypeId hint) {
  x = Operand{};
  x.expr = e;
  switch (kind(e)) {
    case Kind::kIdent:
      ident(x, tree().as<Ident>(e), false);
      return;
    case Kind::kBasicLit:
      basic_lit(x, tree().as<BasicLit>(e));
      return;
    case Kind::kFuncLit:
      func_lit(x, tree().as<FuncLit>(e));
      return;
    case Kind::kCompositeLit:
      composite_lit(x, tree().as<CompositeLit>(e), hint);
      return;
    case Kind::kParenExpr:
      raw_expr(x, tree().get<ParenExpr>(e).x, {}, {}, false);
      return;
    case Kind::kSelectorExpr:
      selector(x, tree().as<SelectorExpr>(e), false);
      return;
    case Kind::kIndexExpr: {
      auto index_ref = tree().as<IndexExpr>(e);
      if (index_expr(x, index_ref)) func_inst(target, x, index_ref, true, nullptr);
      return;
    }
    case Kind::kSliceExpr:
      slice_expr(x, tree().as<SliceExpr>(e));
      return;
    case Kind::kTypeAssertExpr: {
      const TypeAssertExpr& a = tree().get<TypeAssertExpr>(e);
      expr(x, a.x);
      TypeId t = a.asserted.exists() ? type_of(a.asserted) : kInvalidType;
      if (!x.valid() || t == kInvalidType) {
        x.invalidate();
        return;
      }
      x.mode = Mode::kCommaOk;
      x.type = t;
      return;
    }
    case Kind::kCallExpr:
      call(x, tree().as<CallExpr>(e));
      return;
    case Kind::kStarExpr:
      star(x, tree().as<StarExpr>(e));
      return;
    case Kind::kUnaryExpr:
      unary(x, tree().as<UnaryExpr>(e));
      return;
    case Kind::kBinaryExpr: {
      const syntax::BinaryExpr& b = tree().get<syntax::BinaryExpr>(e);
      binary(x, e, b.x, b.y, b.op);
      return;
    }
    case Kind::kArrayType:
    case Kind::kStructType:
    case Kind::kFuncType:
    case Kind::kInterfaceType:
    case Kind::kMapType:
    case Kind::kChanType:
      x.type = type_of(e);
      x.mode = x.type == kInvalidType ? Mode::kInvalid : Mode::kTypeExpr;
      return;
    default:
      return;
  }
}

void Checker::ident(Operand& x, Ref<Ident> e, bool want_type) {
  x.expr = e;
  x.invalidate();
  Ident& i = tree()[e];
  ObjectId id = lookup(i.name);
  if (!id.exists()) return;
  i.object = id.raw + 1;
  Object& o = object(id);
  if (want_type && o.kind != ObjectKind::kTypeName) return;
  if (o.state == Object::kUnresolved) {
    if (alias_depth_ > 0 && o.kind == ObjectKind::kTypeName && !o.is(Object::kAlias)) {
      if (!o.type.exists()) {
        o.type = types().new_named(id, this);
        incomplete_.push_back(o.type);
      }
      postponed_.push_back(id);
    } else {
      resolve(id);
    }
  }
  if (!o.type.exists()) return;
  switch (o.kind) {
    case ObjectKind::kConst:
      if (o.type == kInvalidType) return;
      x.mode = Mode::kConstant;
      if (!o.package.exists() && cx_.text(o.name) == "iota") {
        if (!env_.iota) {
          x.mode = Mode::kInvalid;
          return;
        }
        x.value = Constant(*env_.iota);
      } else {
        x.value = o.extra == UINT32_MAX ? Constant{} : cx_.constants[ConstId{o.extra}];
      }
      break;
    case ObjectKind::kTypeName:
      if (o.type == kInvalidType) return;
      x.mode = Mode::kTypeExpr;
      break;
    case ObjectKind::kVar:
      if (o.type == kInvalidType) return;
      x.mode = Mode::kVariable;
      break;
    case ObjectKind::kFunc:
      mentions_.push_back(id.raw);
      x.mode = Mode::kValue;
      break;
    case ObjectKind::kNil:
      x.mode = Mode::kValue;
      break;
    case ObjectKind::kBuiltin:
      x.mode = Mode::kBuiltin;
      x.builtin = static_cast<Builtin>(o.extra);
      break;
    case ObjectKind::kPkgName:
    case ObjectKind::kLabel:
      return;
  }
  x.type = o.type;
}

void Checker::basic_lit(Operand& x, Ref<BasicLit> e) {
  const BasicLit& lit = node(e);
  x.value = cx_.constant_pool.from_literal(lit.op, tree().text(lit.span));
  if (x.value.is_unknown()) return;
  x.mode = Mode::kConstant;
  switch (lit.op) {
    case Token::kInt:
      x.type = basic(BasicKind::kUntypedInt);
      break;
    case Token::kFloat:
      x.type = basic(BasicKind::kUntypedFloat);
      break;
    case Token::kImag:
      x.type = basic(BasicKind::kUntypedComplex);
      break;
    case Token::kChar:
      x.type = basic(BasicKind::kUntypedRune);
      break;
    default:
      x.type = basic(BasicKind::kUntypedString);
  }
  overflow(x);
}

void Checker::func_lit(Operand& x, Ref<FuncLit> e) {
  const FuncLit& lit = node(e);
  x.type = func_type(lit.func_type);
  x.mode = Mode::kValue;
  record(lit.func_type, Mode::kTypeExpr, x.type);
  if (!lit.body.exists()) return;
  if (!env_.in_function) {
    // Of a package-level initialiser: waits until everything it may name is declared.
    bodies_.push_back({env_.file_index, Ref<syntax::Node>{e.raw}, env_.iota, lit.span.size()});
    return;
  }
  Env saved = env_;
  LocalScopes::Block block(scopes_);
  const syntax::FuncType& f = node(lit.func_type);
  bind_names(f.params);
  bind_names(f.results);
  function_body(x.type, lit.body);
  env_ = saved;
}

void Checker::star(Operand& x, Ref<StarExpr> e) {
  expr_or_type(x, node(e).x);
  if (!x.valid()) return;
  if (x.mode == Mode::kTypeExpr) {
    x.type = types().pointer_to(x.type);
    return;
  }
  TypeId base;
  bool good = for_each_under(cx_, x.type, [&](TypeId, TypeId u) {
    if (!u.exists() || !types().is(u, TypeKind::kPointer)) return false;
    base = types().elem(u);
    return true;
  });
  if (!good) {
    x.invalidate();
    return;
  }
  x.mode = Mode::kVariable;
  x.type = base;
}

TypeId Checker::chan_elem(TypeId t) {
  TypeId u = common_under(cx_, t);
  return u.exists() && types().is(u, TypeKind::kChan) ? types().elem(u) : TypeId{};
}

void Checker::unary(Operand& x, Ref<UnaryExpr> e) {
  const UnaryExpr& u = node(e);
  expr(x, u.x);
  if (!x.valid()) return;
  switch (u.op) {
    case Token::kAnd:
      x.mode = Mode::kValue;
      x.type = types().pointer_to(x.type);
      return;
    case Token::kArrow: {
      has_ |= BodySummary::kReceive;
      TypeId element = chan_elem(x.type);
      if (!element.exists()) {
        x.invalidate();
        return;
      }
      x.mode = Mode::kCommaOk;
      x.type = element;
      env_.has_call_or_recv = true;
      return;
    }
    default:
      break;
  }
  if (x.mode != Mode::kConstant) {
    x.mode = Mode::kValue;
    return;
  }
  if (x.value.is_unknown()) return;
  unsigned bits = 0;
  if (is_unsigned(cx_, x.type)) {
    switch (static_cast<BasicKind>(under(x.type).raw)) {
      case BasicKind::kUint8:
        bits = 8;
        break;
      case BasicKind::kUint16:
        bits = 16;
        break;
      case BasicKind::kUint32:
        bits = 32;
        break;
      case BasicKind::kUint64:
        bits = 64;
        break;
      default:
        bits = static_cast<unsigned>(cx_.sizes.word * 8);
    }
  }
  x.value = cx_.constant_pool.unary_op(u.op, x.value, bits);
  x.expr = e;
  overflow(x);
}

}  // namespace unpark::types
