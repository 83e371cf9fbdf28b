// Layout: how a Go type lies in memory, and what the stepper asks about a type again and again.
//
// The sizes and offsets are those of the gc compiler (types/sizes.h), so code that looks at memory
// through package unsafe finds what it expects.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "types/package.h"
#include "types/type.h"

namespace unpark::ssa::step {

using types::BasicKind;
using types::ObjectId;
using types::TypeId;
using types::TypeKind;

// Bytes, rounded up to whole words: every register and every argument starts at a word.
constexpr uint32_t word_up(uint64_t bytes) { return static_cast<uint32_t>((bytes + 7) & ~7ull); }

struct Layout {
  TypeId type;  // the one that stands for all identical types
  TypeId under;
  TypeKind kind = TypeKind::kBasic;       // of the underlying type
  BasicKind basic = BasicKind::kInvalid;  // of a basic type
  uint64_t size = 0;
  uint32_t align = 1;
  bool direct = false;        // an interface holds the value itself: it is one pointer
  bool has_pointers = false;  // the collector must look inside
  bool plain = false;         // equal values are equal bytes
  bool comparable = true;
  TypeId elem, key;               // of arrays, slices, pointers, maps, channels
  int64_t length = 0;             // of arrays
  uint64_t element_size = 0;      // of slices
  std::vector<uint32_t> offsets;  // of a struct's fields, or of a tuple's components, word by word
  std::vector<TypeId> fields;

  bool is_signed() const { return basic >= BasicKind::kInt && basic <= BasicKind::kInt64; }
  bool is_unsigned() const { return basic >= BasicKind::kUint && basic <= BasicKind::kUintptr; }
  bool is_integer() const { return is_signed() || is_unsigned(); }
  bool is_float() const { return basic == BasicKind::kFloat32 || basic == BasicKind::kFloat64; }
  bool is_complex() const {
    return basic == BasicKind::kComplex64 || basic == BasicKind::kComplex128;
  }
  bool is_string() const { return basic == BasicKind::kString; }
};

// Layouts by type, each computed once. Types that are identical share one Layout.
class Layouts {
 public:
  explicit Layouts(types::Context& cx) : cx_(cx) {}

  const Layout& of(TypeId type);
  TypeId canonical(TypeId type) { return of(type).type; }
  types::Context& context() { return cx_; }

 private:
  std::unique_ptr<Layout> compute(TypeId type);

  types::Context& cx_;
  std::vector<const Layout*> by_id_;
  std::vector<std::unique_ptr<Layout>> owned_;
  absl::flat_hash_map<uint32_t, std::vector<const Layout*>> by_shape_;
};

}  // namespace unpark::ssa::step
