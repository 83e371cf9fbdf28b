// Assignments, initialisation, short variable declarations (spec: "Assignment statements",
// "Variable declarations", "Short variable declarations", "Return statements").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

void Checker::init_const(Object& o, Operand& x) {
  if (x.mode != Mode::kConstant || x.type == kInvalidType || o.type == kInvalidType) {
    if (!o.type.exists()) o.type = kInvalidType;
    return;
  }
  if (!o.type.exists()) o.type = x.type;
  assignment(x, o.type);
  if (x.valid()) o.extra = cx_.constants.add(x.value).raw;
}

void Checker::init_var(ObjectId id, Operand& x) {
  Object& o = object(id);
  if (!x.valid() || x.type == kInvalidType || o.type == kInvalidType) {
    if (!o.type.exists()) o.type = kInvalidType;
    x.invalidate();
    return;
  }
  if (!o.type.exists()) {
    TypeId t = default_type(x.type);
    o.type = t == basic(BasicKind::kUntypedNil) ? kInvalidType : t;
  }
  assignment(x, o.type);
}

void Checker::init_vars(std::span<const ObjectId> lhs, std::span<const Ref<Expr>> rhs,
                        bool is_return) {
  bool is_call = rhs.size() == 1 && kind(unparen(rhs[0])) == Kind::kCallExpr;
  if (lhs.size() == rhs.size() && !is_call) {
    for (size_t i = 0; i < lhs.size(); i++) {
      Operand x;
      expr(x, rhs[i], target_of(object(lhs[i]).type));
      init_var(lhs[i], x);
    }
    return;
  }
  auto give_up = [&] {
    for (ObjectId id : lhs) {
      if (!object(id).type.exists()) object(id).type = kInvalidType;
    }
  };
  if (rhs.size() != 1) {
    for (Ref<Expr> e : rhs) use(e);
    give_up();
    return;
  }
  std::vector<Operand> values;
  bool comma_ok = multi_expr(rhs[0], lhs.size() == 2 && !is_return, values);
  if (values.size() != lhs.size()) {
    give_up();
    return;
  }
  for (size_t i = 0; i < lhs.size(); i++) init_var(lhs[i], values[i]);
  if (comma_ok && values[0].valid() && values[1].valid()) {
    record_comma_ok(rhs[0], values[0].type, values[1].type);
  }
}

void Checker::return_values(std::span<const Ref<Expr>> rhs) {
  if (rhs.empty() || !env_.results.exists()) return;
  std::span<const TypeId> results = types().tuple(env_.results);
  bool is_call = rhs.size() == 1 && kind(unparen(rhs[0])) == Kind::kCallExpr;
  if (results.size() == rhs.size() && !is_call) {
    for (size_t i = 0; i < rhs.size(); i++) {
      Operand x;
      expr(x, rhs[i], target_of(results[i]));
      if (x.valid() && results[i] != kInvalidType) assignment(x, results[i]);
    }
    return;
  }
  if (rhs.size() != 1) {
    for (Ref<Expr> e : rhs) use(e);
    return;
  }
  std::vector<Operand> values;
  multi_expr(rhs[0], false, values);
  for (size_t i = 0; i < std::min(values.size(), results.size()); i++) {
    if (values[i].valid() && results[i] != kInvalidType) assignment(values[i], results[i]);
  }
}

// The type of what is assigned to: none for the blank identifier.
TypeId Checker::lhs_var(Ref<Expr> e) {
  auto name = tree().as<Ident>(unparen(e));
  if (name.exists() && is_blank(node(name).name)) return {};
  Operand x;
  expr(x, e);
  if (x.mode != Mode::kVariable && x.mode != Mode::kMapIndex) return kInvalidType;
  return x.type;
}

void Checker::assign_var(Ref<Expr> lhs, Ref<Expr> rhs, Operand* x) {
  TypeId t = lhs_var(lhs);
  if (t == kInvalidType) {
    if (x) {
      x->invalidate();
    } else {
      use(rhs);
    }
    return;
  }
  Operand value;
  if (!x) {
    x = &value;
    expr(*x, rhs, target_of(t));
  }
  assignment(*x, t);
}

void Checker::assign_vars(List<Expr> lhs, List<Expr> rhs) {
  bool is_call = rhs.count == 1 && kind(unparen(tree().at(rhs, 0))) == Kind::kCallExpr;
  if (lhs.count == rhs.count && !is_call) {
    for (uint32_t i = 0; i < lhs.count; i++) {
      assign_var(tree().at(lhs, i), tree().at(rhs, i), nullptr);
    }
    return;
  }
  auto use_lhs = [&] {
    for (Ref<Expr> e : tree()[lhs]) {
      auto name = tree().as<Ident>(unparen(e));
      if (!name.exists() || !is_blank(node(name).name)) use(e);
    }
  };
  if (rhs.count != 1) {
    use_lhs();
    for (Ref<Expr> e : tree()[rhs]) use(e);
    return;
  }
  std::vector<Operand> values;
  bool comma_ok = multi_expr(tree().at(rhs, 0), lhs.count == 2, values);
  if (values.size() != lhs.count) {
    use_lhs();
    return;
  }
  for (uint32_t i = 0; i < lhs.count; i++) assign_var(tree().at(lhs, i), {}, &values[i]);
  if (comma_ok && values[0].valid() && values[1].valid()) {
    record_comma_ok(tree().at(rhs, 0), values[0].type, values[1].type);
  }
}

void Checker::short_var_decl(List<Expr> lhs, List<Expr> rhs) {
  std::vector<ObjectId> vars;
  std::vector<std::pair<Ref<Ident>, ObjectId>> fresh;
  for (Ref<Expr> e : tree()[lhs]) {
    auto name = tree().as<Ident>(e);
    if (!name.exists()) {
      use(e);
      vars.push_back(new_object({.type = {}}));
      continue;
    }
    Ident& i = tree()[name];
    if (!is_blank(i.name)) {
      ObjectId old = scopes_.lookup_innermost(i.name);
      if (old.exists() && object(old).kind == ObjectKind::kVar) {
        i.object = old.raw + 1;
        vars.push_back(old);
        continue;
      }
    }
    ObjectId id = new_var(name, {});
    i.object = id.raw + 1;
    vars.push_back(id);
    if (!is_blank(i.name)) fresh.emplace_back(name, id);
  }
  init_vars(vars, tree()[rhs], false);
  for (auto [name, id] : fresh) scopes_.declare(node(name).name, id);
}

}  // namespace unpark::types
