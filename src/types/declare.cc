// Resolving declared objects: constants, variables, types and functions get their types here, at
// package level on demand (whoever meets an unresolved name resolves it), in functions as they are
// met (spec: "Constant declarations" … "Function declarations").
//
// A defined type gets its id first and its right-hand side then, so types may refer to themselves.
// An alias has no id of its own: while one is being resolved, defined types met on the way get
// their id only, and their right-hand sides (which may name the alias) follow when the alias is
// known.
//
// A chain of thousands of declarations, each needing the next, ends where the stack is deep: the
// rest is resolved later, from the list of all objects, and only what is no defined type is missed.
#include "types/checker.h"
#include "types/lookup.h"
#include "types/predicates.h"
#include "types/subst.h"

namespace unpark::types {

using syntax::FuncDecl;
using syntax::GenDecl;
using syntax::TypeSpec;
using syntax::ValueSpec;

ObjectId Checker::lookup(NameId name) const {
  if (ObjectId id = scopes_.lookup(name); id.exists()) return id;
  if (auto it = env_.file->scope.find(name); it != env_.file->scope.end()) return it->second;
  if (ObjectId id = package_->lookup(name); id.exists()) return id;
  if (auto it = cx_.universe.find(name); it != cx_.universe.end()) return it->second;
  return {};
}

void Checker::resolve_type_name(ObjectId id) { resolve(id); }
void Checker::resolve_object(ObjectId id) { resolve(id); }

void Checker::mark_stack() {
  stack_begin_ = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
}

bool Checker::stack_is_deep(size_t bytes) const {
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  return (here < stack_begin_ ? stack_begin_ - here : here - stack_begin_) > bytes;
}

void Checker::resolve(ObjectId id) {
  if (object(id).state != Object::kUnresolved || !declaring_) return;
  const Declaration d = package_->declarations[object(id).decl];
  Object& o = object(id);
  if (o.kind == ObjectKind::kTypeName && !o.is(Object::kAlias)) {
    if (!o.type.exists()) {
      o.type = types().new_named(id, this);
      incomplete_.push_back(o.type);
    }
  }
  // Who needs it goes without; it gets its turn when the stack is low again.
  constexpr size_t kMaxStack = size_t{2} << 20;
  if (stack_is_deep(kMaxStack)) return;
  o.state = Object::kInProgress;
  Env saved = std::move(env_);
  LocalScopes::Barrier barrier(scopes_);
  LocalScopes::Block block(scopes_);
  env_ = Env{};
  env_.file_index = d.file;
  env_.file = &package_->files[d.file];
  env_.tree = env_.file->tree;
  switch (o.kind) {
    case ObjectKind::kConst:
      declare_const(o, d.type_expr, d.init, tree().get<ValueSpec>(d.node).iota);
      break;
    case ObjectKind::kVar:
      declare_var(id, d);
      break;
    case ObjectKind::kTypeName:
      declare_type(id, tree().as<TypeSpec>(d.node));
      break;
    case ObjectKind::kFunc:
      declare_func(id, tree().as<FuncDecl>(d.node));
      break;
    default:
      UNPARK_UNREACHABLE("an unresolved object of this kind");
  }
  if (!o.type.exists()) o.type = kInvalidType;
  o.state = Object::kResolved;
  env_ = std::move(saved);
}

void Checker::declare_const(Object& o, Ref<Expr> type_expr, Ref<Expr> init, int64_t iota) {
  std::optional<int64_t> saved = env_.iota;
  env_.iota = iota;
  if (type_expr.exists()) o.type = type_of(type_expr);
  Operand x;
  if (init.exists()) expr(x, init);
  init_const(o, x);
  env_.iota = saved;
}

void Checker::declare_var(ObjectId id, const Declaration& d) {
  const ValueSpec spec = tree().get<ValueSpec>(d.node);
  Object& o = object(id);
  if (d.type_expr.exists()) o.type = type_of(d.type_expr);
  if (!d.init.exists()) return;
  if (spec.names.count == 1 || spec.values.count == spec.names.count) {
    Operand x;
    expr(x, d.init, target_of(o.type));
    init_var(id, x);
    return;
  }
  // One call (or v, ok form) gives all variables of the spec their types.
  std::vector<ObjectId> lhs;
  for (Ref<Ident> name : tree()[spec.names]) {
    ObjectId var{node(name).object - 1};
    lhs.push_back(var);
    if (o.type.exists()) object(var).type = o.type;
    object(var).state = Object::kInProgress;
  }
  init_vars(lhs, std::span(&d.init, 1), false);
  for (ObjectId var : lhs) {
    if (!object(var).type.exists()) object(var).type = kInvalidType;
    object(var).state = Object::kResolved;
  }
}

void Checker::declare_type(ObjectId id, Ref<TypeSpec> spec_ref) {
  const TypeSpec spec = node(spec_ref);
  LocalScopes::Block block(scopes_);
  if (spec.flags & TypeSpec::kAlias) {
    alias_depth_++;
    std::vector<TypeId> params = collect_type_params(spec.type_params);
    TypeId rhs = type_of(spec.type_expr);
    Object& o = object(id);
    o.type = rhs;
    if (!params.empty()) o.extra = cx_.alias_type_params.add(std::move(params)).raw;
    if (--alias_depth_ > 0) return;
    o.state = Object::kResolved;
    std::vector<ObjectId> postponed = std::move(postponed_);
    postponed_.clear();
    for (ObjectId later : postponed) resolve(later);
    return;
  }
  int depth = std::exchange(alias_depth_, 0);
  TypeId named = object(id).type;
  std::vector<TypeId> params = collect_type_params(spec.type_params);
  if (!params.empty()) types().set_type_params(named, params);
  TypeId rhs = type_of(spec.type_expr);
  types().named(named).rhs = is_type_param(cx_, rhs) ? kInvalidType : rhs;
  alias_depth_ = depth;
}

TypeId Checker::declare_type_param(Ref<Ident> name, uint32_t index) {
  const Ident& i = node(name);
  ObjectId id = new_object({.kind = ObjectKind::kTypeName,
                            .name = i.name,
                            .package = package_->identity(),
                            .file = env_.file->id,
                            .pos = i.span.begin});
  TypeId type = types().new_type_param(id, index);
  object(id).type = type;
  define(name, id);
  return type;
}

std::vector<TypeId> Checker::collect_type_params(List<Field> list) {
  std::vector<TypeId> out;
  if (list.count == 0) return out;
  for (Ref<Field> f : tree()[list]) {
    for (Ref<Ident> name : tree()[node(f).names]) {
      out.push_back(declare_type_param(name, static_cast<uint32_t>(out.size())));
    }
  }
  size_t index = 0;
  for (Ref<Field> f : tree()[list]) {
    TypeId constraint = node(f).type_expr.exists() ? bound(node(f).type_expr) : kInvalidType;
    for (uint32_t i = 0; i < node(f).names.count; i++) {
      types().type_param(out[index++]).constraint = constraint;
    }
  }
  return out;
}

TypeId Checker::bound(Ref<Expr> e) {
  Kind k = kind(e);
  bool wrap = (k == Kind::kUnaryExpr && node(e).op == Token::kTilde) ||
              (k == Kind::kBinaryExpr && node(e).op == Token::kOr);
  if (!wrap) return type_of(e);
  TypeId union_type = parse_union(e);
  return types().interface_of({}, std::span(&union_type, 1), true);
}

void Checker::declare_func(ObjectId id, Ref<FuncDecl> decl) {
  const FuncDecl f = node(decl);
  std::vector<TypeId> recv_params;
  if (f.recv.count > 0) {
    LocalScopes::Block block(scopes_);
    TypeId recv = receiver(f.recv, recv_params);
    object(id).extra = recv.raw;
    object(id).type = func_type(f.func_type);
  } else {
    object(id).type = func_type(f.func_type);
  }
  if (f.body.exists() && !(f.flags & FuncDecl::kBodySkipped)) {
    package_->declarations[object(id).decl].body = static_cast<uint32_t>(bodies_.size());
    bodies_.push_back({env_.file_index, Ref<syntax::Node>{decl.raw}, {}, f.span.size()});
  }
}

void Checker::local_declaration(Ref<syntax::Decl> decl) {
  auto gen = tree().as<GenDecl>(decl);
  if (!gen.exists()) return;
  Ref<ValueSpec> last;
  for (uint32_t n = 0; n < node(gen).specs.count; n++) {
    Ref<syntax::Spec> spec = tree().at(node(gen).specs, n);
    if (auto type = tree().as<TypeSpec>(spec); type.exists()) {
      const TypeSpec s = node(type);
      const Ident& i = node(s.name);
      bool alias = s.flags & TypeSpec::kAlias;
      ObjectId id = new_object({.kind = ObjectKind::kTypeName,
                                .flags = alias ? Object::kAlias : uint16_t{0},
                                .name = i.name,
                                .package = package_->identity(),
                                .file = env_.file->id,
                                .pos = i.span.begin});
      if (!alias) object(id).type = types().new_named(id, nullptr);
      define(s.name, id);
      declare_type(id, type);
      if (!alias) types().under(object(id).type);
      continue;
    }
    auto value = tree().as<ValueSpec>(spec);
    if (!value.exists()) continue;
    const ValueSpec s = node(value);
    if (node(gen).op == Token::kConst) {
      if (s.type_expr.exists() || s.values.count > 0) last = value;
      const ValueSpec from = last.exists() ? node(last) : ValueSpec{};
      std::vector<ObjectId> made;
      for (uint32_t i = 0; i < s.names.count; i++) {
        Ref<Ident> name = tree().at(s.names, i);
        ObjectId id = new_var(name, {});
        object(id).kind = ObjectKind::kConst;
        Ref<Expr> init = i < from.values.count ? tree().at(from.values, i) : Ref<Expr>{};
        declare_const(object(id), from.type_expr, init, s.iota);
        made.push_back(id);
      }
      for (uint32_t i = 0; i < s.names.count; i++) define(tree().at(s.names, i), made[i]);
      continue;
    }
    std::vector<ObjectId> lhs;
    for (uint32_t i = 0; i < s.names.count; i++) {
      lhs.push_back(new_var(tree().at(s.names, i), {}));
    }
    TypeId type = s.type_expr.exists() ? type_of(s.type_expr) : TypeId{};
    for (ObjectId id : lhs) object(id).type = type;
    if (s.values.count > 0) {
      std::vector<Ref<Expr>> values(tree()[s.values].begin(), tree()[s.values].end());
      if (values.size() == lhs.size()) {
        for (size_t i = 0; i < lhs.size(); i++) {
          Operand x;
          expr(x, values[i], target_of(object(lhs[i]).type));
          init_var(lhs[i], x);
        }
      } else {
        init_vars(lhs, values, false);
      }
    }
    for (uint32_t i = 0; i < s.names.count; i++) {
      if (!object(lhs[i]).type.exists()) object(lhs[i]).type = kInvalidType;
      define(tree().at(s.names, i), lhs[i]);
    }
  }
}

}  // namespace unpark::types
