// Sets of types as lists of terms (spec: "Type sets" in "Interface types"); internal to the room.
#pragma once

#include <vector>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

// All types, or the types of the terms; normalised: no two terms overlap.
struct TermList {
  bool all = true;
  std::vector<Term> terms;
};

// True when the term stands for `t` (among others).
bool includes(Context& cx, Term term, TypeId t);
// True when each type of `a` is one of `b`; methods and comparability are not looked at.
bool terms_subset(Context& cx, const TypeSet& a, const TypeSet& b);
inline bool terms_equal(Context& cx, const TypeSet& a, const TypeSet& b) {
  return terms_subset(cx, a, b) && terms_subset(cx, b, a);
}
// The types that a union stands for.
TermList union_terms(Context& cx, TypeId union_type);

}  // namespace unpark::types
