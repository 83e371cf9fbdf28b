// Type inference for calls of generic functions (spec: "Type inference", "Type unification").
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

struct InferArg {
  TypeId type;          // may be untyped, or the signature of a generic function
  bool is_nil = false;  // the predeclared nil
};

// Gives the type parameters `type_params` (of the called function, then of generic functions among
// the arguments, all renamed where they could clash: rename_type_params) their types. `args` holds
// the explicitly given ones, none where unknown. `params` are the parameter types, one for each
// argument (a variadic parameter already spread). None when a parameter stays without a type.
std::optional<std::vector<TypeId>> infer(Context& cx, const Package& from, const Package* view,
                                         std::span<const TypeId> type_params,
                                         std::span<const TypeId> args,
                                         std::span<const TypeId> params,
                                         std::span<const InferArg> call_args, GoVersion version);

// Twins of the type parameters, their constraints renamed too (TypeStore::twins). The same
// (parameters, number) gives the same twins.
std::vector<TypeId> rename_type_params(Context& cx, std::span<const TypeId> type_params,
                                       uint32_t number);

}  // namespace unpark::types
