// Unifier: finds types for bound type parameters that make pairs of types match (spec: "Type
// unification"). Internal to the room; infer.cc drives it.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <span>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

class Unifier {
 public:
  // How types must match: bits.
  enum Mode : uint8_t {
    kInexact = 0,
    kAssign = 1,  // inexactly at the top, exactly in their elements
    kExact = 2,   // identical once the parameters have their types
  };

  // Binds `params`; args[i], where it exists, is the type of params[i]. `use_interfaces`: an
  // interface matches what has its methods (Go 1.21).
  Unifier(Context& cx, const Package* view, std::span<const TypeId> params,
          std::span<const TypeId> args, bool use_interfaces);

  // False when x and y cannot match; some parameters may have got types all the same.
  bool unify(TypeId x, TypeId y, uint8_t mode) { return match(x, y, mode, nullptr); }

  // The number of a bound parameter, or -1.
  int index_of(TypeId param) const;
  // None while unknown.
  TypeId at(size_t param) const { return types_[handles_[param]]; }
  void set(size_t param, TypeId type) { types_[handles_[param]] = type; }
  size_t unknowns() const;

 private:
  struct Pair;

  bool match(TypeId x, TypeId y, uint8_t mode, const Pair* above);
  bool match_bound(int param, TypeId y, uint8_t mode, const Pair* above);
  bool match_interfaces(TypeId x, TypeId y, const Pair* above);
  bool match_methods(TypeId interface, TypeId y, const Pair* above);
  bool match_parts(TypeId x, TypeId y, uint8_t mode, const Pair* above);
  bool match_all(std::span<const TypeId> x, std::span<const TypeId> y, uint8_t mode,
                 const Pair* above);
  bool join(size_t a, size_t b);
  TypeId interface_of(TypeId t) const;
  bool is_named(TypeId t) const { return cx_.types.is(t, TypeKind::kNamed); }

  Context& cx_;
  const Package* view_;
  std::span<const TypeId> params_;
  // Parameters that were matched with each other share a handle, and so a type.
  absl::InlinedVector<uint32_t, 8> handles_;
  absl::InlinedVector<TypeId, 8> types_;
  bool use_interfaces_;
  int depth_ = 0;
  int steps_ = 0;
};

}  // namespace unpark::types
