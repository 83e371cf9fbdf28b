// Function types, parameters and receivers (spec: "Function types", "Method declarations").
#include "types/checker.h"
#include "types/predicates.h"
#include "types/subst.h"

namespace unpark::types {

using syntax::Ellipsis;
using syntax::FuncType;
using syntax::IndexExpr;
using syntax::ParenExpr;
using syntax::StarExpr;

// Makes the objects of the parameters; their names come into scope only with the body (bind_names).
TypeId Checker::params(List<Field> list, uint16_t flags, bool* variadic) {
  std::vector<TypeId> out;
  for (uint32_t i = 0; i < list.count; i++) {
    Ref<Field> ref = tree().at(list, i);
    const Field f = node(ref);
    Ref<Expr> type_expr = f.type_expr;
    TypeId t;
    if (kind(type_expr) == Kind::kEllipsis) {
      TypeId element = type_of(tree().get<Ellipsis>(type_expr).element);
      t = types().slice_of(element);
      record(type_expr, Mode::kTypeExpr, t);
      if (variadic && i + 1 == list.count) *variadic = true;
    } else {
      t = type_of(type_expr);
    }
    for (uint32_t n = 0; n < f.names.count; n++) {
      Ref<Ident> name = tree().at(f.names, n);
      tree()[name].object = new_var(name, t, flags).raw + 1;
    }
    for (uint32_t n = 0; n < std::max(1u, f.names.count); n++) out.push_back(t);
  }
  return types().tuple_of(out);
}

TypeId Checker::func_type(Ref<FuncType> e) {
  const FuncType f = node(e);
  LocalScopes::Block block(scopes_);
  std::vector<TypeId> type_params = collect_type_params(f.type_params);
  Signature s;
  s.params = params(f.params, Object::kParam, &s.variadic);
  s.results = params(f.results, Object::kParam | Object::kResult, nullptr);
  s.type_params = type_params;
  TypeId t = types().signature_of(s);
  return t;
}

Ref<IndexExpr> Checker::receiver_index(List<Field> recv) const {
  Ref<Expr> t = tree()[tree().at(recv, 0)].type_expr;
  for (;;) {
    if (auto paren = tree().as<ParenExpr>(t); paren.exists()) {
      t = node(paren).x;
    } else if (auto star_ref = tree().as<StarExpr>(t); star_ref.exists()) {
      t = node(star_ref).x;
    } else {
      return tree().as<IndexExpr>(t);
    }
  }
}

TypeId Checker::receiver(List<Field> recv, std::vector<TypeId>& type_params) {
  const Field f = node(tree().at(recv, 0));
  Ref<IndexExpr> generic = receiver_index(recv);
  TypeId type;
  if (!generic.exists()) {
    type = type_of(f.type_expr);
  } else {
    const IndexExpr index = node(generic);
    TypeId base = generic_type(index.x);
    std::vector<Ref<Expr>> names(tree()[index.indices].begin(), tree()[index.indices].end());
    for (Ref<Expr> e : names) {
      Ref<Ident> name = tree().as<Ident>(e);
      if (!name.exists()) continue;
      TypeId t = declare_type_param(name, static_cast<uint32_t>(type_params.size()));
      type_params.push_back(t);
      record(e, Mode::kTypeExpr, t);
    }
    type = kInvalidType;
    if (types().is(base, TypeKind::kNamed)) {
      resolve(types().named(base).object);
      std::span<const TypeId> declared = types().named(base).type_params;
      if (declared.size() == type_params.size()) {
        for (size_t i = 0; i < declared.size(); i++) {
          types().type_param(type_params[i]).constraint =
              substitute(cx_, types().type_param(declared[i]).constraint, declared, type_params);
        }
        type = types().instance_of(base, type_params);
        record_instance(index.x, type_params, type);
      }
    }
    // Parentheses and stars around the base.
    std::vector<Ref<Expr>> around;
    Ref<Expr> e = f.type_expr;
    while (e.raw != generic.raw) {
      around.push_back(e);
      e = kind(e) == Kind::kParenExpr ? tree().get<ParenExpr>(e).x : tree().get<StarExpr>(e).x;
    }
    record(generic, Mode::kTypeExpr, type);
    for (size_t i = around.size(); i-- > 0;) {
      if (kind(around[i]) == Kind::kStarExpr && type != kInvalidType) {
        type = types().pointer_to(type);
      }
      record(around[i], Mode::kTypeExpr, type);
    }
  }
  if (f.names.count > 0) {
    Ref<Ident> name = tree().at(f.names, 0);
    tree()[name].object = new_var(name, type, Object::kParam).raw + 1;
  }
  return type;
}

void Checker::bind_names(List<Field> list) {
  for (Ref<Field> f : tree()[list]) {
    for (Ref<Ident> name : tree()[node(f).names]) {
      const Ident& i = node(name);
      if (i.object != 0 && !is_blank(i.name)) scopes_.declare(i.name, ObjectId{i.object - 1});
    }
  }
}

void Checker::bind_receiver(List<Field> recv) {
  if (recv.count == 0) return;
  if (Ref<IndexExpr> generic = receiver_index(recv); generic.exists()) {
    for (Ref<Expr> e : tree()[node(generic).indices]) {
      Ref<Ident> name = tree().as<Ident>(e);
      if (!name.exists()) continue;
      const Ident& i = node(name);
      if (i.object != 0 && !is_blank(i.name)) scopes_.declare(i.name, ObjectId{i.object - 1});
    }
  }
  bind_names(recv);
}

}  // namespace unpark::types
