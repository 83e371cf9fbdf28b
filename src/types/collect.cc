// Collecting the package-level objects of a package's files (spec: "Declarations and scope"): one
// pass over the declarations makes an unresolved object for each name, file scopes for imports, and
// binds methods to the type names they belong to. Types come later, on demand (declare.cc).
#include <algorithm>

#include "syntax/literal.h"
#include "types/checker.h"

namespace unpark::types {

using syntax::FuncDecl;
using syntax::GenDecl;
using syntax::ImportSpec;
using syntax::Node;
using syntax::TypeSpec;
using syntax::ValueSpec;

ObjectId Checker::new_object(const Object& object) {
  constexpr uint32_t kBlock = 64;
  if (object_next_ == object_end_) {
    object_next_ = cx_.objects.add_block(kBlock).raw;
    object_end_ = object_next_ + kBlock;
  }
  ObjectId id{object_next_++};
  cx_.objects[id] = object;
  return id;
}

ObjectId Checker::new_var(Ref<Ident> ident, TypeId type, uint16_t flags) {
  const Ident& i = node(ident);
  return new_object({.kind = ObjectKind::kVar,
                     .flags = flags,
                     .name = i.name,
                     .package = package_->identity(),
                     .file = env_.file->id,
                     .pos = i.span.begin,
                     .type = type});
}

void Checker::define(Ref<Ident> ident, ObjectId object) {
  Ident& i = tree()[ident];
  i.object = object.raw + 1;
  if (!is_blank(i.name)) scopes_.declare(i.name, object);
}

ObjectId Checker::declare_package_object(Ref<Ident> ident, ObjectKind kind,
                                         Declaration declaration) {
  Ident& i = tree()[ident];
  ObjectId id = new_object({.kind = kind,
                            .state = Object::kUnresolved,
                            .flags = Object::kPackageLevel,
                            .name = i.name,
                            .package = package_->identity(),
                            .file = env_.file->id,
                            .pos = i.span.begin,
                            .decl = static_cast<uint32_t>(package_->declarations.size())});
  i.object = id.raw + 1;
  declaration.file = env_.file_index;
  declaration.object = id;
  package_->declarations.push_back(declaration);
  order_.push_back(id);
  return id;
}

PackageRef Checker::fake_package(std::string_view path) {
  auto made = std::make_unique<Package>();
  made->path = path;
  size_t slash = path.rfind('/');
  made->name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  made->fake = true;
  PackageRef ref = cx_.packages.add(std::move(made));
  cx_.package(ref).ref = ref;
  return ref;
}

void Checker::collect_import(Ref<ImportSpec> spec, const ImportMap& imports) {
  const ImportSpec s = node(spec);
  if (!s.path.exists()) return;
  std::string path = syntax::string_value(tree().text(node(s.path).span)).value_or("");
  if (path.empty()) return;
  auto found = imports.find(path);
  PackageRef imported = found != imports.end() ? found->second : fake_package(path);
  const Package& package = cx_.package(imported);
  NameId name = s.name.exists() ? node(s.name).name : cx_.names.intern(package.name);
  ObjectId id = new_object({.kind = ObjectKind::kPkgName,
                            .name = name,
                            .package = package_->identity(),
                            .file = env_.file->id,
                            .pos = s.span.begin,
                            .type = kInvalidType,
                            .extra = imported.raw});
  tree()[spec].object = id.raw + 1;
  if (s.name.exists()) tree()[s.name].object = id.raw + 1;
  package_->imports.push_back(imported);
  std::string_view text = cx_.text(name);
  if (text == "_") return;
  if (text != ".") {
    env_.file->scope.try_emplace(name, id);
    return;
  }
  for (const Package* p = &package; p; p = p->base) {
    for (const auto& [member, object_id] : p->scope) {
      if (cx_.exported(member)) env_.file->scope.try_emplace(member, object_id);
    }
  }
}

void Checker::collect_values(Ref<GenDecl> decl) {
  bool constants = node(decl).op == Token::kConst;
  Ref<ValueSpec> last;
  for (Ref<syntax::Spec> spec_ref : tree()[node(decl).specs]) {
    Ref<ValueSpec> spec = tree().as<ValueSpec>(spec_ref);
    if (!spec.exists()) continue;
    const ValueSpec s = node(spec);
    if (s.type_expr.exists() || s.values.count > 0 || !constants) last = spec;
    const ValueSpec from = last.exists() ? node(last) : ValueSpec{};
    for (uint32_t i = 0; i < s.names.count; i++) {
      Ref<Ident> name = tree().at(s.names, i);
      Declaration d;
      d.node = Ref<Node>{spec.raw};
      d.type_expr = from.type_expr;
      d.values_from = last;
      d.index = i;
      if (i < from.values.count) {
        d.init = tree().at(from.values, i);
      } else if (!constants && from.values.count == 1) {
        d.init = tree().at(from.values, 0);
      }
      NameId name_id = node(name).name;
      ObjectId id =
          declare_package_object(name, constants ? ObjectKind::kConst : ObjectKind::kVar, d);
      if (!is_blank(name_id)) package_->scope.try_emplace(name_id, id);
    }
  }
}

void Checker::collect_func(Ref<FuncDecl> decl) {
  const FuncDecl f = node(decl);
  Declaration d;
  d.node = Ref<Node>{decl.raw};
  NameId name = node(f.name).name;
  ObjectId id = declare_package_object(f.name, ObjectKind::kFunc, d);
  if (f.recv.count == 0) {
    if (!is_blank(name) && cx_.text(name) != "init") package_->scope.try_emplace(name, id);
    return;
  }
  object(id).flags |= Object::kMethod;
  Ref<Expr> type = node(tree().at(f.recv, 0)).type_expr;
  bool pointer = false;
  for (;;) {
    if (auto paren = tree().as<syntax::ParenExpr>(type); paren.exists()) {
      type = node(paren).x;
    } else if (auto star_ref = tree().as<syntax::StarExpr>(type); star_ref.exists()) {
      type = node(star_ref).x;
      pointer = true;
    } else {
      break;
    }
  }
  if (auto generic = tree().as<syntax::IndexExpr>(type); generic.exists()) {
    type = unparen(node(generic).x);
  }
  if (pointer) object(id).flags |= Object::kPointerRecv;
  if (auto base = tree().as<Ident>(type); base.exists() && !is_blank(name)) {
    pending_methods_.push_back({node(base).name, id, pointer});
  }
}

// Follows aliases that stand in this package to the defined type they name.
ObjectId Checker::base_type_name(NameId name) {
  for (int steps = 0; steps < 100; steps++) {
    ObjectId id = package_->lookup(name);
    if (!id.exists() || object(id).kind != ObjectKind::kTypeName) return {};
    const Object& o = object(id);
    if (o.state != Object::kUnresolved) {
      if (!types().is(o.type, TypeKind::kNamed)) return {};
      return types().named(o.type).object;
    }
    const Declaration& d = package_->declarations[o.decl];
    Tree& t = *package_->files[d.file].tree;
    const TypeSpec& spec = t.get<TypeSpec>(d.node);
    if (!(spec.flags & TypeSpec::kAlias)) return id;
    Ref<Expr> rhs = spec.type_expr;
    for (;;) {
      if (auto paren = t.as<syntax::ParenExpr>(rhs); paren.exists()) {
        rhs = t[paren].x;
      } else if (auto generic = t.as<syntax::IndexExpr>(rhs); generic.exists()) {
        rhs = t[generic].x;
      } else if (auto star_ref = t.as<syntax::StarExpr>(rhs); star_ref.exists()) {
        rhs = t[star_ref].x;
      } else {
        break;
      }
    }
    auto next = t.as<Ident>(rhs);
    if (!next.exists()) return {};
    name = t[next].name;
  }
  return {};
}

// Gives every declared type that has methods its Named, with the methods in source order.
void Checker::bind_methods() {
  for (const PendingMethod& method : pending_methods_) {
    ObjectId base = base_type_name(method.base);
    if (!base.exists()) continue;
    Object& o = object(base);
    if (!o.type.exists()) {
      o.type = types().new_named(base, this);
      incomplete_.push_back(o.type);
    }
    if (!types().is(o.type, TypeKind::kNamed)) continue;
    if (types().named(o.type).resolver == this) {
      types().named(o.type).methods.push_back(method.object);
    } else {
      package_->extra_methods[o.type].push_back(method.object);
    }
  }
  pending_methods_.clear();
}

void Checker::collect_objects(const ImportMap& imports) {
  for (uint32_t f = 0; f < package_->files.size(); f++) {
    File& file = package_->files[f];
    env_ = Env{};
    env_.file_index = f;
    env_.file = &file;
    env_.tree = file.tree;
    std::vector<Ref<syntax::Decl>> decls(tree()[tree().decls].begin(), tree()[tree().decls].end());
    for (Ref<syntax::Decl> decl : decls) {
      if (auto func = tree().as<FuncDecl>(decl); func.exists()) {
        if (node(func).name.exists()) collect_func(func);
        continue;
      }
      auto gen = tree().as<GenDecl>(decl);
      if (!gen.exists()) continue;
      const GenDecl g = node(gen);
      if (g.op == Token::kConst || g.op == Token::kVar) {
        collect_values(gen);
        continue;
      }
      for (Ref<syntax::Spec> spec : tree()[g.specs]) {
        if (auto import = tree().as<ImportSpec>(spec); import.exists()) {
          collect_import(import, imports);
        } else if (auto type = tree().as<TypeSpec>(spec); type.exists()) {
          Declaration d;
          d.node = Ref<Node>{type.raw};
          Ref<Ident> name = node(type).name;
          ObjectId id = declare_package_object(name, ObjectKind::kTypeName, d);
          if (node(type).flags & TypeSpec::kAlias) object(id).flags |= Object::kAlias;
          if (!is_blank(node(name).name)) package_->scope.try_emplace(node(name).name, id);
        }
      }
    }
  }
  bind_methods();
}

std::vector<BodyTask> Checker::declare_package(Package& package, const Package* view,
                                               const ImportMap& imports) {
  package_ = &package;
  view_ = package.base ? &package : view;
  declaring_ = true;
  bodies_.clear();
  mark_stack();
  order_.clear();
  incomplete_.clear();
  postponed_.clear();
  package.resolver = this;
  collect_objects(imports);
  // Defined types, aliases, the rest: the order of go/types. It shows where several constants share
  // one expression (implicit repetition): the tree keeps what the constant resolved last made of
  // it.
  auto phase = [&](const Object& o) {
    return o.kind != ObjectKind::kTypeName ? 2 : o.is(Object::kAlias) ? 1 : 0;
  };
  for (int p = 0; p < 3; p++) {
    for (ObjectId id : order_) {
      if (phase(object(id)) == p) resolve(id);
    }
  }
  for (TypeId t : incomplete_) {
    types().under(t);
    types().named(t).resolver = nullptr;
  }
  package.resolver = nullptr;
  declaring_ = false;
  for (File& file : package.files) {
    std::sort(file.instances.begin(), file.instances.end(),
              [](const Instance& a, const Instance& b) { return a.ident < b.ident; });
  }
  return std::move(bodies_);
}

}  // namespace unpark::types
