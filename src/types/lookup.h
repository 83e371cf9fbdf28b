// Fields and methods of types (spec: "Selectors", "Method sets", "Struct types").
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

// The numbers of fields on the way to something found. Short ones, that is nearly all, stay inside.
class FieldPath {
 public:
  void push_back(uint32_t number) {
    if (size_ == kInside) outside_.assign(inside_.begin(), inside_.end());
    if (size_ >= kInside) {
      outside_.push_back(number);
    } else {
      inside_[size_] = number;
    }
    size_++;
  }
  void clear() {
    size_ = 0;
    outside_.clear();
  }
  uint32_t* begin() { return size_ > kInside ? outside_.data() : inside_.data(); }
  uint32_t* end() { return begin() + size_; }
  const uint32_t* begin() const { return size_ > kInside ? outside_.data() : inside_.data(); }
  const uint32_t* end() const { return begin() + size_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  uint32_t operator[](size_t i) const { return begin()[i]; }
  uint32_t back() const { return end()[-1]; }
  operator std::span<const uint32_t>() const { return {begin(), size_}; }

 private:
  static constexpr uint32_t kInside = 5;
  uint32_t size_ = 0;
  std::array<uint32_t, kInside> inside_{};
  std::vector<uint32_t> outside_;  // the whole path once it is longer
};

struct Found {
  ObjectId object;  // none: there is no such field or method
  TypeId type;      // of the field, or the method's signature without receiver, for this instance
  FieldPath path;   // as Selection::path
  bool indirect = false;   // a pointer was followed on the way (embedded pointers, or a pointer T)
  bool ambiguous = false;  // more than one at the shallowest depth
  bool needs_pointer = false;  // `object` is none: only *T has the method, and T is not addressable
};

// Finds the field or method `name` of `t`, or of what `t` points to. `from` is the package that
// asks: an unexported name matches only where from.identity() declared it; methods and fields that
// the test files of an overlay add are seen when `from` is that overlay or imports it (`view`, may
// be null). `addressable` as for a variable. Looks through embedded fields breadth first. What is
// found with a type parameter as T is a method of its constraint; fields of its type set are not
// found.
Found lookup(Context& cx, const Package& from, const Package* view, TypeId t, bool addressable,
             NameId name);

// The same, asked for by the package with this identity: what has_all_methods() uses.
Found lookup_from(Context& cx, PackageRef from, const Package* view, TypeId t, bool addressable,
                  NameId name);

// All methods of the method set of `t` with the promoted ones, sorted by name text, then package
// path.
struct Method {
  NameId name;
  PackageRef package;
  Found found;
};
std::vector<Method> method_set(Context& cx, const Package* view, TypeId t);

// The signature of `method`, declared for a generic type, as a method of the instance `named`.
TypeId method_type(Context& cx, ObjectId method, const Named& named);

// True when `t` has all methods of the interface type `iface` (spec: "Implementing an interface").
// `same` compares the type found with the wanted one; by default identical().
bool has_all_methods(Context& cx, const Package* view, TypeId t, TypeId iface,
                     const std::function<bool(TypeId, TypeId)>& same = {});
// has_all_methods and, when iface has terms or is comparable, that t is in its type set.
bool implements(Context& cx, const Package* view, TypeId t, TypeId iface);

}  // namespace unpark::types
