// Packages and the tables that all of them share.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/concurrent_store.h"
#include "base/interner.h"
#include "source/span.h"
#include "syntax/tree.h"
#include "types/constant.h"
#include "types/object.h"
#include "types/type.h"

namespace unpark::types {

// Go's language version, 1.N.
struct GoVersion {
  uint32_t minor = 0;
  friend auto operator<=>(GoVersion, GoVersion) = default;
};

// What a selector x.f denotes when x is no package (spec: "Selectors", "Method values", "Method
// expressions").
struct Selection {
  enum Kind : uint8_t { kFieldVal, kMethodVal, kMethodExpr };
  Kind kind = kFieldVal;
  bool indirect = false;           // a pointer was followed on the way
  TypeId recv;                     // the type of x
  ObjectId object;                 // the field or method
  TypeId type;                     // of the whole selector expression
  std::span<const uint32_t> path;  // field indices; last the field's, or the method's number (*)
  // (*) among the methods of the declared type in source order, or in the interface's type set.
};
using SelectionId = base::Id<struct SelectionTag>;

// An identifier that denotes a generic function or type, instantiated (explicitly or by inference).
struct Instance {
  syntax::Ref<syntax::Ident> ident;
  std::span<const TypeId> args;
  TypeId type;
};

// One file of a package. The tree's annotations are the checker's results.
struct File {
  source::FileId id;
  std::string_view path;
  syntax::Tree* tree = nullptr;
  GoVersion version;
  absl::flat_hash_map<NameId, ObjectId> scope;  // imports by local name; dot-imported objects too
  std::vector<Instance> instances;              // sorted by ident once the file is checked
};

// Where a package-level object is declared.
struct Declaration {
  uint32_t file = 0;  // index into Package::files
  ObjectId object;
  syntax::Ref<syntax::Node> node;       // FuncDecl, ValueSpec, TypeSpec
  syntax::Ref<syntax::Expr> type_expr;  // of a constant or variable, inherited ones too
  syntax::Ref<syntax::Expr> init;       // its own initialiser, or the shared call of `a, b = f()`
  syntax::Ref<syntax::ValueSpec> values_from;  // of a constant: the spec its expressions come from
  uint32_t index = 0;                          // among the names of the spec
  uint32_t body = UINT32_MAX;                  // of a function: index into Unit::bodies (program.h)
};

struct Package {
  PackageRef ref;
  std::string path;
  std::string name;
  bool fake = false;  // a package we have no source of: every member is of invalid type
  bool is_unsafe = false;
  // Of the in-package test files of `base`: they share its declarations and add their own. Objects
  // and unexported names of an overlay belong to `base`.
  Package* base = nullptr;
  std::vector<File> files;
  absl::flat_hash_map<NameId, ObjectId> scope;
  std::vector<Declaration> declarations;
  // Methods that test files add to types of `base`.
  absl::flat_hash_map<TypeId, std::vector<ObjectId>> extra_methods;
  Resolver* resolver =
      nullptr;  // while this package is incomplete; lookup asks it for extra methods
  std::vector<PackageRef> imports;
  std::mutex mutex;  // guards File::instances while bodies are checked

  // The package that owns unexported names: itself, or what it overlays.
  PackageRef identity() const { return base ? base->ref : ref; }
  ObjectId lookup(NameId name_id) const {
    if (auto it = scope.find(name_id); it != scope.end()) return it->second;
    return base ? base->lookup(name_id) : ObjectId{};
  }
};

// Sizes of the gc compiler for one architecture.
struct Sizes {
  int64_t word = 8;
  int64_t max_align = 8;
};

// Everything the packages of one program share. Thread-safe as its parts are.
class Context {
 public:
  Context(base::Interner& names, Sizes sizes);
  ~Context();

  base::Interner& names;
  TypeStore types;
  base::ConcurrentStore<ObjectId, Object> objects;
  ConstantPool constant_pool;
  ConstantStore constants;
  base::ConcurrentStore<SelectionId, Selection> selections;
  base::ConcurrentStore<PackageRef, std::unique_ptr<Package>> packages;
  Sizes sizes;

  // The universe (spec: "Predeclared identifiers").
  absl::flat_hash_map<NameId, ObjectId> universe;
  TypeId error_type;
  TypeId comparable_type;
  ObjectId error_method;      // error.Error
  PackageRef unsafe_package;  // made with the context
  NameId blank_name;          // _

  // Type parameters of generic aliases; Object::extra of the alias is the index.
  base::ConcurrentStore<base::Id<struct AliasTag>, std::vector<TypeId>> alias_type_params;

  std::string_view text(NameId name) const { return names.text(name); }
  const Package& package(PackageRef ref) const { return *packages[ref]; }
  Package& package(PackageRef ref) { return *packages[ref]; }
  bool exported(NameId name) const;
  // True when `name`, asked for by package `from`, means what package `declared` calls so.
  bool same_name_space(NameId name, PackageRef declared, PackageRef from) const {
    return declared == from || exported(name);
  }

 private:
  ObjectId declare(std::string_view name, Object object);
};

// True for the names that other packages may use (spec: "Exported identifiers").
bool is_exported(std::string_view name);

inline bool Context::exported(NameId name) const {
  std::string_view s = names.text(name);
  if (!s.empty() && static_cast<unsigned char>(s[0]) < 128) return s[0] >= 'A' && s[0] <= 'Z';
  return is_exported(s);
}

}  // namespace unpark::types
