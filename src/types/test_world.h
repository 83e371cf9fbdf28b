// TestWorld: a context with one package, and short ways to declare things in it by hand. For tests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "types/canonical.h"
#include "types/package.h"
#include "types/subst.h"

namespace unpark::types {

class TestWorld {
 public:
  explicit TestWorld(Sizes sizes = {}) : cx(names, sizes) {
    home = add_package("example.org/home");
  }

  PackageRef add_package(std::string path) {
    auto package = std::make_unique<Package>();
    package->name = path.substr(path.rfind('/') + 1);
    package->path = std::move(path);
    Package* p = package.get();
    PackageRef ref = cx.packages.add(std::move(package));
    p->ref = ref;
    return ref;
  }
  Package& package() { return cx.package(home); }
  NameId name(std::string_view text) { return names.intern(text); }

  ObjectId object(std::string_view text, ObjectKind kind, TypeId type, uint16_t flags = 0) {
    Object o;
    o.kind = kind;
    o.name = name(text);
    o.package = home;
    o.pos = next_pos_ += 10;
    o.file = source::FileId{0};
    o.type = type;
    o.flags = flags;
    return cx.objects.add(o);
  }

  TypeId declare(std::string_view text, TypeId rhs = {}) {
    ObjectId id = object(text, ObjectKind::kTypeName, {}, Object::kPackageLevel);
    TypeId type = cx.types.new_named(id, nullptr);
    cx.objects[id].type = type;
    cx.types.named(type).rhs = rhs;
    return type;
  }
  TypeId type_param(std::string_view text, uint32_t index = 0, TypeId constraint = {}) {
    ObjectId id = object(text, ObjectKind::kTypeName, {});
    TypeId type = cx.types.new_type_param(id, index);
    cx.objects[id].type = type;
    cx.types.type_param(type).constraint =
        constraint.exists() ? constraint : cx.types.empty_interface();
    return type;
  }
  // A declared generic type with these parameters.
  TypeId generic(std::string_view text, std::initializer_list<TypeId> params) {
    TypeId type = declare(text);
    cx.types.set_type_params(type, std::vector<TypeId>(params));
    return type;
  }
  void set_rhs(TypeId named, TypeId rhs) { cx.types.named(named).rhs = rhs; }

  StructField field(std::string_view text, TypeId type, bool embedded = false,
                    std::string_view tag = {}) {
    auto flags = static_cast<uint16_t>(Object::kField | (embedded ? Object::kEmbedded : 0));
    StructField f;
    f.name = name(text);
    f.object = object(text, ObjectKind::kVar, type, flags);
    f.type = type;
    if (!tag.empty()) f.tag = name(tag);
    f.embedded = embedded;
    f.package = home;
    return f;
  }
  StructField embed(TypeId type) {
    TypeId base = cx.types.is(type, TypeKind::kPointer) ? cx.types.elem(type) : type;
    return field(cx.text(cx.objects[cx.types.named(base).object].name), type, true);
  }
  TypeId structure(std::initializer_list<StructField> fields) {
    return cx.types.struct_of(std::vector<StructField>(fields));
  }

  TypeId tuple(std::initializer_list<TypeId> types) {
    return cx.types.tuple_of(std::vector<TypeId>(types));
  }
  TypeId func(std::initializer_list<TypeId> params, std::initializer_list<TypeId> results = {},
              std::initializer_list<TypeId> type_params = {}) {
    std::vector<TypeId> tparams(type_params);
    Signature s;
    s.params = tuple(params);
    s.results = tuple(results);
    s.type_params = tparams;
    return cx.types.signature_of(s);
  }
  InterfaceMethod method(std::string_view text, TypeId type) {
    ObjectId id = object(text, ObjectKind::kFunc, type, Object::kMethod | Object::kInterfaceMethod);
    return {name(text), id, type, home};
  }
  TypeId interface(std::initializer_list<InterfaceMethod> methods,
                   std::initializer_list<TypeId> embeddeds = {}) {
    return cx.types.interface_of(std::vector<InterfaceMethod>(methods),
                                 std::vector<TypeId>(embeddeds));
  }
  TypeId union_of(std::initializer_list<Term> terms) {
    return cx.types.union_of(std::vector<Term>(terms));
  }
  TypeId instance(TypeId origin, std::initializer_list<TypeId> args) {
    return cx.types.instance_of(origin, std::vector<TypeId>(args));
  }

  // `receiver` as written: a declared type, an instance with own parameters, or a pointer to one.
  ObjectId add_method(TypeId receiver, std::string_view text, TypeId type) {
    bool pointer = cx.types.is(receiver, TypeKind::kPointer);
    auto flags = static_cast<uint16_t>(Object::kMethod | (pointer ? Object::kPointerRecv : 0));
    ObjectId id = object(text, ObjectKind::kFunc, type, flags);
    cx.objects[id].extra = receiver.raw;
    TypeId base = pointer ? cx.types.elem(receiver) : receiver;
    cx.types.named(cx.types.named(base).origin).methods.push_back(id);
    return id;
  }

  std::string text(TypeId type) { return std::string(CanonicalWriter(cx).type(type)); }

  base::Interner names;
  Context cx;
  PackageRef home;
  const TypeId kInt = basic(BasicKind::kInt);
  const TypeId kString = basic(BasicKind::kString);
  const TypeId kBool = basic(BasicKind::kBool);
  const TypeId kFloat64 = basic(BasicKind::kFloat64);

 private:
  uint32_t next_pos_ = 0;
};

}  // namespace unpark::types
