// Replacing type parameters by types (spec: "Instantiations").
#pragma once

#include <span>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

// `t` with params[i] replaced by args[i]; where args[i] is none the parameter stays. Linear in the
// parts of `t` that mention type parameters; the rest is shared.
TypeId substitute(Context& cx, TypeId t, std::span<const TypeId> params,
                  std::span<const TypeId> args);

// The signature of a generic function for these arguments: no type parameters any more.
TypeId instantiate_signature(Context& cx, TypeId signature, std::span<const TypeId> args);

}  // namespace unpark::types
