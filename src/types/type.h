// Go's types, hash-consed.
//
// A type is a TypeId into one TypeStore that all packages share. Building the same type twice gives
// the same id, so `a == b` settles nearly every question of identity. Two things keep ids apart
// that the spec calls identical: struct and interface literals keep the objects of their fields and
// methods (two literals at two places have two ids). Types that contain one carry kStructural, and
// only for these does identical() (predicates.h) look inside.
//
// Aliases are not types here: a reference to an alias is a reference to what it stands for. `byte`
// is uint8 and `rune` is int32. `any` is the empty interface.
//
// Thread safety: building types and reading built ones is safe from any thread. A declared type
// (Named) is completed by the thread that checks its package; others may look at it once that
// package is done. What is computed on demand (the underlying type of an instance, type sets) is
// published atomically, and any thread computes the same.
//
// Ids depend on the order in which threads meet types: they must never decide an order a user can
// see.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/concurrent_store.h"
#include "base/id.h"
#include "base/interner.h"

namespace unpark::types {

class Context;

using base::NameId;
using TypeId = base::Id<struct TypeTag>;
using ObjectId = base::Id<struct ObjectTag>;
// A package as the checker knows it (package.h).
using PackageRef = base::Id<struct TypesPackageTag>;

enum class TypeKind : uint8_t {
  kBasic,
  kArray,
  kSlice,
  kStruct,
  kPointer,
  kTuple,
  kSignature,
  kInterface,
  kMap,
  kChan,
  kNamed,
  kTypeParam,
  kUnion,
};

// The basic types have fixed ids: TypeId{kind}.
enum class BasicKind : uint8_t {
  kInvalid,
  kBool,
  kInt,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kUintptr,
  kFloat32,
  kFloat64,
  kComplex64,
  kComplex128,
  kString,
  kUnsafePointer,
  kUntypedBool,
  kUntypedInt,
  kUntypedRune,
  kUntypedFloat,
  kUntypedComplex,
  kUntypedString,
  kUntypedNil,
};
inline constexpr uint32_t kBasicCount = static_cast<uint32_t>(BasicKind::kUntypedNil) + 1;

constexpr TypeId basic(BasicKind k) { return TypeId{static_cast<uint32_t>(k)}; }
// The type of broken code: every operation on it is silent and gives it again.
inline constexpr TypeId kInvalidType = basic(BasicKind::kInvalid);

enum class ChanDir : uint8_t { kBoth, kSend, kRecv };

// What a basic type can do (spec: "Numeric types", "Constants").
constexpr bool is_untyped(TypeId t) {
  return t.raw >= static_cast<uint32_t>(BasicKind::kUntypedBool) && t.raw < kBasicCount;
}

struct StructField {
  NameId name;      // of an embedded field: the type's name
  ObjectId object;  // the declared field; instances share it with their origin
  TypeId type;
  NameId tag;  // the tag's value, interned; none without a tag
  bool embedded = false;
  PackageRef package;  // where declared: qualifies an unexported name
};

// Of an interface, declared or in a type set.
struct InterfaceMethod {
  NameId name;
  ObjectId object;
  TypeId type;         // a signature without receiver
  PackageRef package;  // where declared: qualifies an unexported name
};

struct Term {
  bool tilde = false;
  TypeId type;
  friend bool operator==(Term, Term) = default;
};

// What an interface requires (spec: "Interface types"). Methods are sorted: exported names first,
// then by name text, then by package path.
struct TypeSet {
  std::span<const InterfaceMethod> methods;
  bool comparable = false;  // requires comparable (only told when there are no terms)
  bool has_terms = false;   // false: all types
  // Normalised, in order of first appearance; empty with has_terms: no type is in the set.
  std::span<const Term> terms;

  bool empty() const { return has_terms && terms.empty(); }
  // The index of a method, or -1. `package` matters for unexported names only.
  int find(NameId name, PackageRef package, bool exported) const {
    for (size_t i = 0; i < methods.size(); i++) {
      if (methods[i].name == name && (exported || methods[i].package == package)) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }
};

struct Signature {
  TypeId params;                        // a tuple
  TypeId results;                       // a tuple
  bool variadic = false;                // the last parameter is a slice type, written ...T
  std::span<const TypeId> type_params;  // TypeParams of a generic function
};

struct Interface {
  std::span<const InterfaceMethod> methods;  // declared ones, in source order
  std::span<const TypeId> embeddeds;         // interfaces, unions, other types
  bool implicit = false;                     // `[T ~int]`: written without interface{}
  mutable std::atomic<const TypeSet*> type_set{nullptr};
};

// Completes declared types while their package is being checked.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Gives the type name's `Named` its right-hand side (and with it type parameters).
  virtual void resolve_type_name(ObjectId object) = 0;
  // Gives a method of such a type its signature (Object::type).
  virtual void resolve_object(ObjectId object) = 0;
};

// A defined type, or an instance of a generic one.
struct Named {
  ObjectId object;                      // the TypeName; instances share it
  TypeId origin;                        // the generic type of an instance; itself otherwise
  std::span<const TypeId> args;         // of an instance, else empty
  std::span<const TypeId> type_params;  // of a generic origin, else empty
  TypeId rhs;                           // of an origin: the type it was declared as
  std::atomic<uint32_t> underlying{TypeId::kNone};
  std::vector<ObjectId>
      methods;  // of an origin: Funcs declared with it as receiver base, in source order
  Resolver* resolver = nullptr;  // while the package is incomplete
};

struct TypeParam {
  ObjectId object;
  uint32_t index = 0;
  TypeId constraint;  // as declared; a non-interface T stands for interface{T}
  TypeId twin_of;     // of a twin: the parameter it stands for
};

struct Type {
  TypeKind kind = TypeKind::kBasic;
  uint8_t sub = 0;  // BasicKind or ChanDir
  uint16_t flags = 0;
  TypeId elem;  // array, slice, pointer, map, chan
  TypeId key;   // map
  uint32_t count = 0;
  // Hash of the structure: equal for types that are identical(), whatever their ids, unless they
  // mention the invalid type.
  uint32_t shape = 0;
  union {
    int64_t length = 0;  // of an array; negative: unknown
    const TypeId* list;  // of a tuple
    const StructField* fields;
    const Signature* signature;
    const Interface* interface;
    Named* named;
    TypeParam* type_param;
    const Term* terms;
  };
};

class TypeStore {
 public:
  static constexpr uint16_t kHasTypeParam = 1;  // mentions a type parameter
  // Mentions a struct or interface literal with members, a union, a generic signature or an array
  // of unknown length: identical types may have different ids.
  static constexpr uint16_t kStructural = 2;
  static constexpr uint16_t kHasInvalid = 4;  // mentions the invalid type

  // The store needs the packages' paths and the objects; it may be used once `cx` is made.
  explicit TypeStore(Context& cx);
  ~TypeStore();
  TypeStore(const TypeStore&) = delete;
  TypeStore& operator=(const TypeStore&) = delete;

  const Type& operator[](TypeId id) const { return types_[id]; }
  TypeKind kind(TypeId id) const { return types_[id].kind; }
  bool is(TypeId id, TypeKind kind) const { return types_[id].kind == kind; }
  bool has_type_param(TypeId id) const { return types_[id].flags & kHasTypeParam; }
  uint32_t size() const { return types_.size(); }
  uint64_t bytes() const;

  // The parts. The type must be of the kind asked for; none of these looks through Named.
  TypeId elem(TypeId id) const { return types_[id].elem; }
  TypeId key(TypeId id) const { return types_[id].key; }
  int64_t array_length(TypeId id) const { return types_[id].length; }
  ChanDir chan_dir(TypeId id) const { return static_cast<ChanDir>(types_[id].sub); }
  std::span<const TypeId> tuple(TypeId id) const { return {types_[id].list, types_[id].count}; }
  std::span<const StructField> fields(TypeId id) const {
    return {types_[id].fields, types_[id].count};
  }
  const Signature& signature(TypeId id) const { return *types_[id].signature; }
  const Interface& interface(TypeId id) const { return *types_[id].interface; }
  Named& named(TypeId id) const { return *types_[id].named; }
  TypeParam& type_param(TypeId id) const { return *types_[id].type_param; }
  std::span<const Term> terms(TypeId id) const { return {types_[id].terms, types_[id].count}; }

  // The type with Named looked through (spec: "Underlying types"). Of a type parameter: itself
  // (look at its type_set). kInvalidType for a declared type that cannot be completed.
  TypeId under(TypeId id) {
    const Type& t = types_[id];
    if (t.kind != TypeKind::kNamed) return id;
    uint32_t raw = t.named->underlying.load(std::memory_order_acquire);
    return raw != TypeId::kNone ? TypeId{raw} : compute_under(id);
  }
  // The interface that a type parameter must satisfy: its constraint, wrapped when it is no
  // interface.
  TypeId constraint_interface(TypeId type_param);
  // The type set of an interface type, or of the constraint of a type parameter (typeset.cc).
  const TypeSet& type_set(TypeId id);

  // Building.
  TypeId array_of(TypeId elem, int64_t length);
  TypeId slice_of(TypeId elem);
  TypeId pointer_to(TypeId elem);
  TypeId map_of(TypeId key, TypeId elem);
  TypeId chan_of(ChanDir dir, TypeId elem);
  TypeId tuple_of(std::span<const TypeId> types);
  TypeId signature_of(const Signature& signature);
  TypeId struct_of(std::span<const StructField> fields);
  TypeId interface_of(std::span<const InterfaceMethod> methods, std::span<const TypeId> embeddeds,
                      bool implicit = false);
  TypeId union_of(std::span<const Term> terms);
  // The interface that only comparable types satisfy (what `comparable` is declared as).
  TypeId comparable_interface() const { return comparable_interface_; }
  TypeId empty_tuple() const { return empty_tuple_; }
  TypeId empty_interface() const { return empty_interface_; }

  // New, different from all others.
  TypeId new_named(ObjectId object, Resolver* resolver);
  TypeId new_type_param(ObjectId object, uint32_t index);
  // Only while the type's package is being checked.
  void set_type_params(TypeId named, std::span<const TypeId> type_params);

  // The instance of a generic type; equal arguments (identical(), not only equal ids) give equal
  // ids.
  TypeId instance_of(TypeId origin, std::span<const TypeId> args);

  // Stand-ins for the type parameters of one declaration, with their constraints, so that a generic
  // function can be called in its own body. The same (first parameter, number) gives the same
  // twins.
  std::span<const TypeId> twins(std::span<const TypeId> type_params, uint32_t number);

  // Copies into memory that lives as long as the store.
  template <typename T>
  std::span<const T> keep(std::span<const T> items) {
    return {static_cast<const T*>(keep_bytes(items.data(), items.size_bytes(), alignof(T))),
            items.size()};
  }

 private:
  struct Impl;
  struct Progress;
  TypeId compute_under(TypeId id);
  TypeId under_at(TypeId id, Progress& progress);
  TypeId intern(const Type& key);
  const void* keep_bytes(const void* data, size_t size, size_t align);

  Context& cx_;
  base::ConcurrentStore<TypeId, Type> types_;
  std::unique_ptr<Impl> impl_;
  TypeId empty_tuple_;
  TypeId empty_interface_;
  TypeId comparable_interface_;
};

}  // namespace unpark::types
