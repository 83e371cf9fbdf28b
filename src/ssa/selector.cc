// Selectors: fields, method values, method expressions, and the receivers of method calls (spec:
// "Selectors", "Method expressions", "Method values").
#include <algorithm>

#include "ssa/builder.h"
#include "ssa/program_impl.h"

namespace unpark::ssa {

using syntax::SelectorExpr;
using types::Selection;

const Selection* Builder::selection_of(Ref<SelectorExpr> e) const {
  uint32_t raw = node(e).selection;
  return raw == 0 ? nullptr : &cx_.selections[types::SelectionId{raw - 1}];
}

std::optional<types::Instance> Builder::instance_of(Ref<Ident> name) const {
  if (late_) {
    auto it = std::lower_bound(late_->instances.begin(), late_->instances.end(), name,
                               [](const types::Instance& x, Ref<Ident> y) { return x.ident < y; });
    if (it == late_->instances.end() || it->ident != name) return std::nullopt;
    return *it;
  }
  return instance_at(program_.types(), program_.impl(), *package_, *file_, name);
}

ValueId Builder::selector_value(Ref<SelectorExpr> e) {
  const SelectorExpr& n = node(e);
  const Selection* selection = selection_of(e);
  if (!selection) return ident_value(n.sel);
  switch (selection->kind) {
    case Selection::kFieldVal: {
      if (selection->path.empty()) break;
      ValueId v = expr(n.x);
      v = implicit_fields(v, selection->path.first(selection->path.size() - 1), n.span);
      bool pointer = is_pointer(type_of(v));
      v = field(v, selection->path.back(), n.span);
      return pointer ? load(v, n.span) : v;
    }
    case Selection::kMethodVal:
      return bound_value(e, *selection);
    case Selection::kMethodExpr: {
      FunctionId f = program_.method_of(subst(selection->recv), selection->object, view_);
      if (!f.exists()) break;
      return function(f);
    }
  }
  return poison(n.span, "a selector that denotes nothing");
}

// The receiver of x.m as m wants it. What the checker found for a type parameter is looked up again
// for the type that stands for it here.
Builder::Callee Builder::method_callee(Ref<SelectorExpr> e, const Selection& selection) {
  const SelectorExpr& n = node(e);
  Callee out;
  out.signature = core(type_of(Ref<Expr>(e)));
  TypeId receiver_type = subst(selection.recv);
  ObjectId method = selection.object;
  std::vector<uint32_t> path(selection.path.begin(), selection.path.end());
  bool indirect = selection.indirect;
  if (types::is_type_param(cx_, selection.recv) && receiver_type != selection.recv) {
    types::Found found = find_method(cx_, receiver_type, method, view_, false);
    if (!found.object.exists()) {
      out.function = poison(n.span, "a method that its type argument does not have");
      return out;
    }
    method = found.object;
    path.assign(found.path.begin(), found.path.end());
    indirect = found.indirect;
  }
  const types::Object& o = cx_.objects[method];
  bool want_address = o.is(types::Object::kPointerRecv) && !o.is(types::Object::kInterfaceMethod);
  bool take_address = want_address && !indirect && !is_pointer(type_of(n.x)) &&
                      mode(unparen(n.x)) == types::Mode::kVariable;
  ValueId v = take_address ? address(n.x, true) : expr(n.x);
  if (!path.empty()) v = implicit_fields(v, std::span(path).first(path.size() - 1), n.span);
  if (TypeId t = type_of(v); !is_interface(t) && !types::is_type_param(cx_, t) && is_pointer(t) &&
                             (!want_address || is_interface(elem(t)))) {
    v = load(v, n.span);
  }
  TypeId t = type_of(v);
  if (is_interface(t) || types::is_type_param(cx_, t)) {
    out.invoke = true;
    out.function = v;
    out.method = method;
    return out;
  }
  std::span<const TypeId> receiver_args = ssa::receiver_args(cx_, t);
  std::vector<TypeId> args(receiver_args.begin(), receiver_args.end());
  FunctionId generic = program_.function_of(method);
  if (program_[generic].type_params.size() > args.size()) {
    // A method with type parameters of its own.
    if (auto instance = instance_of(n.sel)) {
      for (TypeId arg : instance->args) args.push_back(subst(arg));
    }
  }
  if (program_[generic].type_params.size() != args.size() || is_invalid(t)) {
    out.function = poison(n.span, "a method whose type arguments are not known");
    return out;
  }
  FunctionId f = args.empty() ? generic : program_.function_of(method, args);
  if (!f.exists()) {
    out.function = poison(n.span, "instances without end");
    return out;
  }
  out.method = method;
  out.receiver = v;
  out.function = function(f);
  return out;
}

ValueId Builder::bound_value(Ref<SelectorExpr> e, const Selection& selection) {
  Callee c = method_callee(e, selection);
  Span at = node(e).span;
  if (!c.method.exists()) return c.function;
  ValueId receiver = c.invoke ? c.function : c.receiver;
  TypeId type = type_of(receiver);
  // The method value of a nil interface panics when it is taken.
  if (c.invoke && is_interface(type))
    receiver = emit(Op::kTypeAssert, type, at, {receiver}, type.raw);
  FunctionId f = program_.bound_method(type, c.method, view_);
  return emit(Op::kMakeClosure, program_[f].signature, at, {receiver}, f.raw);
}

}  // namespace unpark::ssa
