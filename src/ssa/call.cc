// Calls (spec: "Calls", "Passing arguments to ... parameters"): the callee and its receiver first,
// then the arguments.
#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::CallExpr;
using syntax::SelectorExpr;
using types::Selection;

Builder::Callee Builder::callee(Ref<Expr> fun) {
  fun = unparen(fun);
  Ref<Expr> name = fun;
  if (kind(fun) == Kind::kIndexExpr) name = unparen(tree_->get<syntax::IndexExpr>(fun).x);
  if (auto sel = tree_->as<SelectorExpr>(name); sel.exists()) {
    const Selection* selection = selection_of(sel);
    bool method = selection && selection->kind == Selection::kMethodVal;
    if (method && (name == fun || types().is(core(type_of(name)), TypeKind::kSignature))) {
      Callee out = method_callee(sel, *selection);
      out.signature = core(type_of(fun));
      return out;
    }
  }
  Callee out;
  out.signature = core(type_of(fun));
  out.function = expr(fun);
  return out;
}

// The values of the arguments as written; a single call of several results gives them all.
std::vector<ValueId> Builder::argument_values(Ref<CallExpr> e) {
  const CallExpr& n = node(e);
  std::vector<ValueId> out;
  if (n.args.count == 1) {
    Ref<Expr> only = unparen(tree_->at(n.args, 0));
    if (kind(only) == Kind::kCallExpr && types().is(type_of(only), TypeKind::kTuple)) {
      ValueId all = expr(only);
      TypeId type = type_of(all);
      size_t count = types().is(type, TypeKind::kTuple) ? types().tuple(type).size() : 0;
      for (uint32_t i = 0; i < count; i++) out.push_back(extract(all, i, n.span));
      return out;
    }
  }
  for (Ref<Expr> a : (*tree_)[n.args]) out.push_back(expr(a));
  return out;
}

ValueId Builder::pack(std::span<const ValueId> values, TypeId slice, Span at) {
  TypeId type = elem(slice);
  ValueId array = alloc(types().array_of(type, static_cast<int64_t>(values.size())),
                        synthetic("varargs"), at, true);
  int64_t index = 0;
  for (ValueId v : values) {
    ValueId place = emit(Op::kIndexAddr, types().pointer_to(type), at, {array, integer(index++)});
    store(place, v, at);
  }
  return emit(Op::kSlice, slice, at, {array, ValueId{}, ValueId{}, ValueId{}});
}

void Builder::arguments(Ref<CallExpr> e, TypeId signature, Call& out) {
  const CallExpr& n = node(e);
  const types::Signature& s = types().signature(signature);
  std::span<const TypeId> params = types().tuple(s.params);
  bool spread = n.flags & CallExpr::kSpread;
  bool packs = s.variadic && !spread;
  size_t fixed = packs ? params.size() - 1 : params.size();
  std::vector<ValueId> values;
  TypeId element = packs ? elem(params.back()) : TypeId{};
  if (n.args.count == 1 && kind(unparen(tree_->at(n.args, 0))) == Kind::kCallExpr) {
    values = argument_values(e);
  } else {
    // Converted one by one: making an interface value copies its operand there and then.
    for (Ref<Expr> a : (*tree_)[n.args]) {
      size_t i = values.size();
      TypeId to = i < fixed ? params[i] : element;
      values.push_back(to.exists() ? expr_as(a, to) : expr(a));
    }
  }
  if (packs ? values.size() < fixed : values.size() != fixed) {
    fail(n.span, "a call with the wrong number of arguments");
    return;
  }
  for (size_t i = 0; i < fixed; i++) {
    out.operands.push_back(assignable(values[i], params[i], n.span));
  }
  if (!packs) return;
  out.flags |= Value::kPacked;
  if (values.size() == fixed) {
    out.operands.push_back(zero(params.back()));
  } else {
    out.operands.push_back(pack(std::span(values).subspan(fixed), params.back(), n.span));
  }
}

Builder::Call Builder::prepare_call(Ref<CallExpr> e) {
  const CallExpr& n = node(e);
  Call out;
  out.type = types().empty_tuple();
  if (auto id = builtin_of(n.fun)) {
    std::vector<ValueId> args = builtin_arguments(e, *id);
    std::vector<TypeId> params;
    for (ValueId a : args) params.push_back(type_of(a));
    out.type = *id == types::Builtin::kPanic ? types().empty_tuple() : type_of(Ref<Expr>(e));
    out.operands.push_back(builtin(*id, params, out.type));
    out.operands.insert(out.operands.end(), args.begin(), args.end());
    return out;
  }
  Callee c = callee(n.fun);
  if (!types().is(c.signature, TypeKind::kSignature) || is_invalid(c.signature)) {
    fail(n.span, "a call of what is no function");
    out.operands.push_back(zero(types::kInvalidType));
    return out;
  }
  out.operands.push_back(c.function);
  if (c.invoke) {
    out.flags |= Value::kInvoke;
    out.method = c.method;
  } else if (c.receiver.exists()) {
    out.operands.push_back(c.receiver);
  }
  out.type = result_type(c.signature);
  arguments(e, c.signature, out);
  return out;
}

ValueId Builder::call(Ref<CallExpr> e) {
  const CallExpr& n = node(e);
  if (is_type(unparen(n.fun))) {
    if (n.args.count != 1) return poison(n.span, "a conversion of several values");
    return convert(expr(tree_->at(n.args, 0)), type_of(n.fun), n.span);
  }
  if (auto id = builtin_of(n.fun)) return builtin_call(e, *id);
  Call c = prepare_call(e);
  return emit(Op::kCall, c.type, n.span, c.operands, c.method.raw, c.flags);
}

}  // namespace unpark::ssa
