// Sizes and alignments as the gc compiler lays types out (spec: "Size and alignment guarantees";
// unsafe.Sizeof, Alignof, Offsetof).
#pragma once

#include <cstdint>
#include <span>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

int64_t align_of(Context& cx, TypeId t);
// Negative when the size overflows. Must not be asked of types that mention type parameters
// (has_constant_size).
int64_t size_of(Context& cx, TypeId t);
// Offset of each field of a struct type.
std::vector<int64_t> field_offsets(Context& cx, std::span<const StructField> fields);
// The size depends on no type parameter.
bool has_constant_size(Context& cx, TypeId t);

}  // namespace unpark::types
