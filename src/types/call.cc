// Calls, instantiation of functions, passing of arguments (spec: "Calls", "Passing arguments to ...
// parameters", "Instantiations", "Type inference").
#include <algorithm>

#include "types/checker.h"
#include "types/infer.h"
#include "types/predicates.h"
#include "types/subst.h"

namespace unpark::types {

using syntax::CallExpr;
using syntax::IndexExpr;

TypeId Checker::instantiate(Ref<Expr> e, TypeId signature, std::span<const TypeId> args) {
  TypeId instance = instantiate_signature(cx_, signature, args);
  if (e.exists()) record_instance(e, args, instance);
  return instance;
}

// Instantiates the generic function x (already evaluated): with the explicit arguments of `e`, if
// any, and what the target says. With `infer` off and arguments missing, those given go to
// `partial` and the call site infers the rest.
bool Checker::func_inst(TypeId target, Operand& x, Ref<IndexExpr> e, bool infer_rest,
                        std::vector<TypeId>* partial) {
  std::vector<TypeId> args;
  Ref<Expr> at = e.exists() ? Ref<Expr>(e) : x.expr;
  if (e.exists() && !type_list(tree()[node(e).indices], args)) {
    x.invalidate();
    return false;
  }
  TypeId signature = x.type;
  std::span<const TypeId> params = types().signature(signature).type_params;
  if (args.size() > params.size()) {
    x.invalidate();
    return false;
  }
  if (args.size() < params.size()) {
    if (!infer_rest) {
      *partial = std::move(args);
      return true;
    }
    std::vector<TypeId> wanted;
    std::vector<InferArg> given;
    // Under other names, as the function may be instantiated in its own body.
    std::vector<TypeId> tparams = rename_type_params(cx_, params, 0);
    if (target.exists()) {
      Signature plain = types().signature(signature);
      plain.type_params = {};
      TypeId shape = types().signature_of(plain);
      wanted.push_back(substitute(cx_, shape, params, tparams));
      given.push_back({target, false});
    }
    args.resize(params.size());
    auto inferred = infer(cx_, *package_, view_, tparams, args, wanted, given, env_.file->version);
    if (!inferred) {
      x.invalidate();
      return false;
    }
    args = std::move(*inferred);
  }
  x.type = instantiate(at, signature, args);
  x.mode = Mode::kValue;
  return false;
}

void Checker::generic_expr_list(List<Expr> list, std::vector<Operand>& out,
                                std::vector<std::vector<TypeId>>& partial) {
  bool infer_here = !allows(21);
  if (list.count != 1) partial.resize(list.count);
  for (uint32_t i = 0; i < list.count; i++) {
    Ref<Expr> e = tree().at(list, i);
    Operand x;
    auto indexed = tree().as<IndexExpr>(e);
    if (indexed.exists()) {
      x.expr = e;
      bool generic = index_expr(x, indexed);
      x.expr = e;
      if (generic) {
        std::vector<TypeId> given;
        if (func_inst({}, x, indexed, infer_here, &given)) {
          partial.resize(list.count);
          partial[i] = std::move(given);
          out.push_back(x);
          continue;
        }
      }
      record(x);
      exclude_types(x);
      single_value(x);
      out.push_back(x);
      continue;
    }
    raw_expr(x, e, {}, {}, true);
    exclude_types(x);
    if (list.count == 1 && x.valid() && types().is(x.type, TypeKind::kTuple)) {
      for (TypeId t : types().tuple(x.type)) {
        Operand part;
        part.mode = Mode::kValue;
        part.type = t;
        part.expr = e;
        out.push_back(part);
      }
      return;
    }
    single_value(x);
    out.push_back(x);
  }
}

void Checker::call(Operand& x, Ref<CallExpr> e) {
  const CallExpr& n = node(e);
  auto use_args = [&] {
    for (Ref<Expr> a : tree()[n.args]) use(a);
  };
  auto indexed = tree().as<IndexExpr>(n.fun);
  if (indexed.exists()) {
    x.expr = n.fun;
    bool generic = index_expr(x, indexed);
    x.expr = n.fun;
    record(x);
    if (!generic) indexed = {};
  } else {
    expr_or_type(x, n.fun, true);
  }
  switch (x.mode) {
    case Mode::kInvalid:
      use_args();
      x.invalidate();
      return;
    case Mode::kTypeExpr: {
      TypeId target = x.type;
      x.mode = Mode::kInvalid;
      if (n.args.count != 1) {
        use_args();
        x.invalidate();
        return;
      }
      expr(x, tree().at(n.args, 0));
      if (x.valid()) conversion(x, target);
      return;
    }
    case Mode::kBuiltin:
      if (!builtin_call(x, e, x.builtin)) x.invalidate();
      x.expr = e;
      if (x.valid() && x.mode != Mode::kConstant) env_.has_call_or_recv = true;
      return;
    default:
      break;
  }
  TypeId signature = common_under(cx_, x.type);
  if (!signature.exists() || !is_sig(signature)) {
    use_args();
    x.invalidate();
    return;
  }
  bool was_generic = !types().signature(signature).type_params.empty();
  std::vector<TypeId> targs;
  if (indexed.exists()) {
    if (!type_list(tree()[node(indexed).indices], targs)) {
      use_args();
      x.invalidate();
      return;
    }
    size_t want = types().signature(signature).type_params.size();
    if (targs.size() > want) {
      use_args();
      x.invalidate();
      return;
    }
    if (targs.size() == want && want > 0) {
      signature = instantiate(indexed, signature, targs);
      targs.clear();
    }
  }
  std::vector<Operand> args;
  std::vector<std::vector<TypeId>> partial;
  generic_expr_list(n.args, args, partial);
  signature = arguments(e, signature, std::move(targs), args, partial);
  if (was_generic && types().signature(signature).type_params.empty()) {
    record(n.fun, Mode::kValue, signature);
  }
  const Signature& s = types().signature(signature);
  std::span<const TypeId> results = types().tuple(s.results);
  env_.has_call_or_recv = true;
  if (!s.type_params.empty()) {  // inference failed
    x.invalidate();
    return;
  }
  switch (results.size()) {
    case 0:
      x.mode = Mode::kNoValue;
      x.type = types().empty_tuple();
      break;
    case 1:
      x.mode = results[0] == kInvalidType ? Mode::kInvalid : Mode::kValue;
      x.type = results[0];
      break;
    default:
      x.mode = Mode::kValue;
      x.type = s.results;
  }
}

// Infers missing type arguments, of the called function and of generic functions passed to it, then
// gives every argument its parameter's type. Returns the (instantiated) signature.
TypeId Checker::arguments(Ref<CallExpr> e, TypeId signature, std::vector<TypeId> targs,
                          std::vector<Operand>& args,
                          const std::vector<std::vector<TypeId>>& partial) {
  const CallExpr& n = node(e);
  const Signature& s = types().signature(signature);
  for (const Operand& a : args) {
    if (is_sig(a.type)) has_ |= BodySummary::kPassesFunction;
  }
  std::span<const TypeId> declared = types().tuple(s.params);
  std::vector<TypeId> params(declared.begin(), declared.end());
  bool spread = n.flags & CallExpr::kSpread;
  bool adjusted = false;
  if (s.variadic && !spread && args.size() + 1 >= params.size()) {
    TypeId last = params.back();
    params.pop_back();
    TypeId element = types().is(last, TypeKind::kSlice) ? types().elem(last) : kInvalidType;
    while (params.size() < args.size()) params.push_back(element);
    adjusted = true;
  }
  if (args.size() != params.size()) {
    for (Operand& a : args) assignment(a, {});
    return signature;
  }

  // Type parameters to be found: of the function, renamed when an argument could mention the same
  // ones (a call inside its own body), and of generic function arguments.
  std::vector<TypeId> tparams(s.type_params.begin(), s.type_params.end());
  size_t own = tparams.size();
  if (own > 0) {
    bool clash = false;
    for (const Operand& a : args) clash |= types().has_type_param(a.type);
    for (TypeId t : targs) clash |= t.exists() && types().has_type_param(t);
    if (clash) {
      tparams = rename_type_params(cx_, s.type_params, 0);
      for (TypeId& p : params) p = substitute(cx_, p, s.type_params, tparams);
    }
    targs.resize(own);
  }
  struct GenericArg {
    size_t index;
    TypeId signature;  // as declared
    std::vector<TypeId> params;
  };
  std::vector<GenericArg> generic_args;
  for (size_t i = 0; i < args.size(); i++) {
    if (!args[i].valid() || !is_sig(args[i].type)) continue;
    const Signature& g = types().signature(args[i].type);
    if (g.type_params.empty()) continue;
    GenericArg arg{i, args[i].type,
                   rename_type_params(cx_, g.type_params, static_cast<uint32_t>(i) + 1)};
    Signature shape = g;
    shape.type_params = {};
    args[i].type = substitute(cx_, types().signature_of(shape), g.type_params, arg.params);
    tparams.insert(tparams.end(), arg.params.begin(), arg.params.end());
    if (i < partial.size()) targs.insert(targs.end(), partial[i].begin(), partial[i].end());
    targs.resize(tparams.size());
    generic_args.push_back(std::move(arg));
  }

  if (!tparams.empty()) {
    std::vector<InferArg> given;
    for (const Operand& a : args) {
      if (!a.valid()) return signature;
      given.push_back({a.type, a.is_nil()});
    }
    auto inferred = infer(cx_, *package_, view_, tparams, targs, params, given, env_.file->version);
    if (!inferred) {
      for (const GenericArg& arg : generic_args) args[arg.index].invalidate();
      for (Operand& a : args) assignment(a, {});
      return signature;
    }
    std::span<const TypeId> all(*inferred);
    if (own > 0) {
      std::vector<TypeId> own_params(tparams.begin(), tparams.begin() + static_cast<long>(own));
      signature = instantiate(n.fun, signature, all.first(own));
      if (adjusted) {
        for (TypeId& p : params) p = substitute(cx_, p, own_params, all.first(own));
      } else {
        std::span<const TypeId> now = types().tuple(types().signature(signature).params);
        params.assign(now.begin(), now.end());
      }
    }
    size_t at = own;
    for (const GenericArg& arg : generic_args) {
      Operand& a = args[arg.index];
      a.type = instantiate(a.expr, arg.signature, all.subspan(at, arg.params.size()));
      record(a);
      at += arg.params.size();
    }
  }
  for (size_t i = 0; i < args.size(); i++) assignment(args[i], params[i]);
  return signature;
}

}  // namespace unpark::types
