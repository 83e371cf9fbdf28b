// Type inference in three steps: match parameters with typed arguments; match what is known with
// the constraints until that brings nothing new; give what is still unknown the default type of its
// untyped arguments. The types found may mention each other's parameters; these are replaced in the
// order of their dependence, and a cycle means that no type exists.
//
// Cost: one walk over parameter and argument types, and one over the constraints for each type
// parameter found by them.
#include "types/infer.h"

#include <absl/container/inlined_vector.h>

#include <algorithm>

#include "types/lookup.h"
#include "types/predicates.h"
#include "types/subst.h"
#include "types/unify.h"

namespace unpark::types {

namespace {

using Ids = absl::InlinedVector<TypeId, 8>;

// Calls f(i) for each parameter params[i] that `t` mentions, until f returns false.
template <typename F>
bool for_each_mentioned(Context& cx, TypeId id, std::span<const TypeId> params, const F& f) {
  TypeStore& types = cx.types;
  const Type& t = types[id];
  if (!(t.flags & TypeStore::kHasTypeParam)) return true;
  auto part = [&](TypeId p) { return for_each_mentioned(cx, p, params, f); };
  auto parts = [&](std::span<const TypeId> list) {
    return std::all_of(list.begin(), list.end(), part);
  };
  switch (t.kind) {
    case TypeKind::kTypeParam: {
      auto it = std::find(params.begin(), params.end(), id);
      return it == params.end() || f(static_cast<size_t>(it - params.begin()));
    }
    case TypeKind::kArray:
    case TypeKind::kSlice:
    case TypeKind::kPointer:
    case TypeKind::kChan:
      return part(t.elem);
    case TypeKind::kMap:
      return part(t.key) && part(t.elem);
    case TypeKind::kTuple:
      return parts(types.tuple(id));
    case TypeKind::kSignature:
      return part(t.signature->params) && part(t.signature->results);
    case TypeKind::kStruct: {
      std::span<const StructField> fields = types.fields(id);
      return std::all_of(fields.begin(), fields.end(),
                         [&](const StructField& field) { return part(field.type); });
    }
    case TypeKind::kInterface: {
      std::span<const InterfaceMethod> methods = t.interface->methods;
      return std::all_of(methods.begin(), methods.end(),
                         [&](const InterfaceMethod& m) { return part(m.type); }) &&
             parts(t.interface->embeddeds);
    }
    case TypeKind::kUnion: {
      std::span<const Term> terms = types.terms(id);
      return std::all_of(terms.begin(), terms.end(), [&](Term term) { return part(term.type); });
    }
    case TypeKind::kNamed:
      return parts(t.named->args);
    case TypeKind::kBasic:
      return true;
  }
  return true;
}

bool mentions(Context& cx, TypeId t, std::span<const TypeId> params) {
  return !for_each_mentioned(cx, t, params, [](size_t) { return false; });
}

// The term that all types of a constraint come down to.
struct CoreTerm {
  Term term;            // type none: there is no such term
  bool single = false;  // the constraint has this one term
};

CoreTerm core_term(Context& cx, TypeId param) {
  std::span<const Term> terms = cx.types.type_set(param).terms;
  if (terms.size() == 1) return {terms[0], true};
  if (terms.empty()) return {};
  bool tilde = std::any_of(terms.begin(), terms.end(), [](Term t) { return t.tilde; });
  return {{tilde, common_under(cx, param)}, false};
}

// The second step. False when a constraint cannot be met.
bool match_constraints(Context& cx, const Package* view, std::span<const TypeId> params,
                       Unifier& unifier) {
  for (size_t before = params.size() + 1; unifier.unknowns() != before;) {
    before = unifier.unknowns();
    for (size_t i = 0; i < params.size(); i++) {
      TypeId type = unifier.at(i);
      CoreTerm core = core_term(cx, params[i]);
      if (core.term.type.exists()) {
        if (type.exists()) {
          if (!unifier.unify(type, core.term.type, Unifier::kInexact)) return false;
        } else if (core.single && !core.term.tilde) {
          unifier.set(i, core.term.type);
        }
      }
      // The methods of a type that still mentions parameters are not its final ones.
      if (!type.exists() || mentions(cx, type, params)) continue;
      auto exactly = [&](TypeId found, TypeId wanted) {
        return unifier.unify(found, wanted, Unifier::kExact);
      };
      if (!has_all_methods(cx, view, type, params[i], exactly)) return false;
    }
  }
  return true;
}

// Replaces parameters in the types found by the types found for them.
struct Simplifier {
  Context& cx;
  std::span<const TypeId> params;
  std::vector<TypeId>& types;
  enum State : uint8_t { kNew, kOpen, kDone };
  absl::InlinedVector<State, 8> states;

  // False: types[i] would contain itself.
  bool resolve(size_t i) {
    if (states[i] != kNew) return states[i] == kDone;
    states[i] = kOpen;
    TypeId t = types[i];
    if (t.exists()) {
      if (!for_each_mentioned(cx, t, params, [&](size_t j) { return resolve(j); })) return false;
      TypeId simple = substitute(cx, t, params, types);
      // A generic function that was passed as an argument is none any more.
      if (simple != t && cx.types.is(simple, TypeKind::kSignature) && is_generic(cx, simple) &&
          !mentions(cx, simple, params)) {
        Signature s = cx.types.signature(simple);
        s.type_params = {};
        simple = cx.types.signature_of(s);
      }
      types[i] = simple;
    }
    states[i] = kDone;
    return true;
  }
};

}  // namespace

std::optional<std::vector<TypeId>> infer(Context& cx, const Package&, const Package* view,
                                         std::span<const TypeId> type_params,
                                         std::span<const TypeId> args,
                                         std::span<const TypeId> params,
                                         std::span<const InferArg> call_args, GoVersion version) {
  std::vector<TypeId> given(args.begin(), args.end());
  given.resize(type_params.size());
  if (std::all_of(given.begin(), given.end(), [](TypeId t) { return t.exists(); })) return given;
  if (params.size() != call_args.size()) return std::nullopt;

  constexpr GoVersion kInterfaceInference{21};
  Unifier unifier(cx, view, type_params, given, version >= kInterfaceInference);
  absl::InlinedVector<std::pair<size_t, TypeId>, 8> untyped;  // parameter, type of the argument
  for (size_t i = 0; i < params.size(); i++) {
    TypeId param = substitute(cx, params[i], type_params, given);
    TypeId arg = call_args[i].type;
    if (!mentions(cx, param, type_params) && !mentions(cx, arg, type_params)) continue;
    if (!is_untyped(arg)) {
      if (!unifier.unify(param, arg, Unifier::kAssign)) return std::nullopt;
    } else if (is_type_param(cx, param) && !call_args[i].is_nil) {
      untyped.emplace_back(static_cast<size_t>(unifier.index_of(param)), arg);
    }
  }
  if (!match_constraints(cx, view, type_params, unifier)) return std::nullopt;

  Ids largest(type_params.size());
  for (auto [param, type] : untyped) {
    if (unifier.at(param).exists()) continue;
    TypeId& max = largest[param];
    max = max.exists() ? max_untyped(max, type) : type;
    if (!max.exists()) return std::nullopt;
  }
  for (size_t i = 0; i < largest.size(); i++) {
    if (largest[i].exists()) unifier.set(i, default_type(largest[i]));
  }

  std::vector<TypeId> inferred;
  for (size_t i = 0; i < type_params.size(); i++) inferred.push_back(unifier.at(i));
  Simplifier simplifier{cx, type_params, inferred, {}};
  for (TypeId t : given)
    simplifier.states.push_back(t.exists() ? Simplifier::kDone : Simplifier::kNew);
  for (size_t i = 0; i < inferred.size(); i++) {
    if (!simplifier.resolve(i)) return std::nullopt;
  }
  for (TypeId t : inferred) {
    if (!t.exists() || mentions(cx, t, type_params)) return std::nullopt;
  }
  return inferred;
}

std::vector<TypeId> rename_type_params(Context& cx, std::span<const TypeId> type_params,
                                       uint32_t number) {
  std::span<const TypeId> twins = cx.types.twins(type_params, number);
  return {twins.begin(), twins.end()};
}

}  // namespace unpark::types
