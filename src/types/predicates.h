// Questions about types (spec: "Properties of types and values").
//
// `is_*` ask about a type itself: a type parameter answers false. `all_*` ask about every type in
// the type set of a type parameter, and about the type itself otherwise. The invalid type answers
// true to all of them, so that broken code stays silent.
#pragma once

#include <functional>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

// Spec: "Type identity". Cheap when the ids are equal or neither type is structural.
bool identical_parts(Context& cx, TypeId a,
                     TypeId b);  // what identical() does where ids do not tell
inline bool identical(Context& cx, TypeId a, TypeId b) {
  if (a == b) return true;
  return ((cx.types[a].flags | cx.types[b].flags) & TypeStore::kStructural) != 0 &&
         identical_parts(cx, a, b);
}

bool is_boolean(Context& cx, TypeId t);
bool is_integer(Context& cx, TypeId t);
bool is_unsigned(Context& cx, TypeId t);
bool is_float(Context& cx, TypeId t);
bool is_complex(Context& cx, TypeId t);
bool is_numeric(Context& cx, TypeId t);
bool is_string(Context& cx, TypeId t);
// Boolean, numeric or string: what a constant can have.
bool is_const_type(Context& cx, TypeId t);
bool all_boolean(Context& cx, TypeId t);
bool all_integer(Context& cx, TypeId t);
bool all_unsigned(Context& cx, TypeId t);
bool all_numeric(Context& cx, TypeId t);
bool all_string(Context& cx, TypeId t);
bool all_ordered(Context& cx, TypeId t);

inline bool is_type_param(const Context& cx, TypeId t) {
  return cx.types.is(t, TypeKind::kTypeParam);
}
// The underlying type is an interface, and t is no type parameter.
bool is_interface(Context& cx, TypeId t);
bool is_pointer(Context& cx, TypeId t);
// The value nil can have this type (of a type parameter: any type in its set).
bool has_nil(Context& cx, TypeId t);
bool comparable(Context& cx, TypeId t);
// The same, where interfaces count only if all types of their set are comparable.
bool strictly_comparable(Context& cx, TypeId t);
// Has type parameters and is not instantiated: a generic Named or signature.
bool is_generic(Context& cx, TypeId t);

// The type an untyped value takes where none is asked for; other types are given back.
TypeId default_type(TypeId t);
// Of two untyped types the later in int, rune, float, complex; none when they do not mix.
TypeId max_untyped(TypeId a, TypeId b);

// Calls f(type, underlying) for each type of the set of a type parameter, or once for another type.
// A type parameter without specific types gives f(none, none). Stops and returns false when f does.
bool for_each_under(Context& cx, TypeId t, const std::function<bool(TypeId, TypeId)>& f);

// The one underlying type that all types of the set share (channels may differ in direction: the
// restricted one), or none. Of a type that is no type parameter: its underlying type.
TypeId common_under(Context& cx, TypeId t);
// The same, where `string` and `[]byte` together count as `string`.
TypeId common_under_or_string(Context& cx, TypeId t);

}  // namespace unpark::types
