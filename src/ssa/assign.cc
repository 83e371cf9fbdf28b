// Declarations of variables and assignments (spec: "Assignment statements", "Short variable
// declarations", "Variable declarations"): first the operands on the left, then the right-hand
// sides, then the stores from left to right.
#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::AssignStmt;

// A new variable of a `:=`, or the place of an expression.
Builder::Place Builder::define_or_place(Ref<Expr> lhs, bool define) {
  if (define && kind(lhs) == Kind::kIdent && !is_blank(lhs)) {
    auto name = tree_->as<Ident>(lhs);
    ObjectId id = object_of(name);
    Span at = node(name).span;
    if (id.exists() && cx_.objects[id].pos == at.begin) {
      Place p;
      p.kind = Place::kAddress;
      p.base = declare_zero(id, at);
      p.type = object_type(id);
      p.span = at;
      return p;
    }
  }
  return place(lhs, false);
}

void Builder::assign_stmt(Ref<AssignStmt> s) {
  const AssignStmt& n = node(s);
  bool define = n.op == Token::kDefine;
  if (n.op != Token::kAssign && !define) {
    if (n.lhs.count != 1 || n.rhs.count != 1) {
      fail(n.span, "an assignment of several values");
      return;
    }
    Place p = place(tree_->at(n.lhs, 0), false);
    ValueId operand = expr(tree_->at(n.rhs, 0));
    assign_op(p, syntax::op_of_assign(n.op), operand, n.span);
    return;
  }
  if (n.lhs.count == 1 && n.rhs.count == 1) {
    Ref<Expr> lhs = tree_->at(n.lhs, 0);
    Ref<Expr> rhs = tree_->at(n.rhs, 0);
    if (is_blank(lhs)) {
      expr(rhs);
      return;
    }
    if (define) {
      ValueId value = expr(rhs);
      store_place(define_or_place(lhs, true), value, n.span);
      return;
    }
    Place p = place(lhs, false);
    store_place(p, expr(rhs), n.span);
    return;
  }
  std::vector<Place> places;
  for (Ref<Expr> lhs : (*tree_)[n.lhs]) places.push_back(define_or_place(lhs, define));
  std::vector<ValueId> values;
  if (n.rhs.count == 1) {
    ValueId all = tuple(tree_->at(n.rhs, 0));
    for (uint32_t i = 0; i < places.size(); i++) {
      values.push_back(places[i].kind == Place::kBlank ? ValueId{} : extract(all, i, n.span));
    }
  } else if (n.rhs.count == n.lhs.count) {
    for (uint32_t i = 0; i < n.rhs.count; i++) {
      Ref<Expr> rhs = tree_->at(n.rhs, i);
      bool blank = places[i].kind == Place::kBlank;
      values.push_back(blank ? expr(rhs) : expr_as(rhs, places[i].type));
    }
  } else {
    fail(n.span, "an assignment with the wrong number of values");
    return;
  }
  for (size_t i = 0; i < places.size(); i++) store_place(places[i], values[i], n.span);
}

// The place's operands are evaluated once; the old value is read after the operand was evaluated.
void Builder::assign_op(const Place& p, Token op, ValueId operand, Span at) {
  if (p.kind == Place::kBlank) {
    fail(at, "an operation on the blank identifier");
    return;
  }
  if (p.kind == Place::kMapEntry) {
    ValueId old = load_place(p, at);
    store_place(p, arithmetic(op, old, operand, p.type, at), at);
    return;
  }
  ValueId address = address_of(p, at);
  ValueId old = load(address, at);
  store(address, arithmetic(op, old, operand, p.type, at), at);
}

void Builder::decl_stmt(const syntax::DeclStmt& s) {
  auto decl = tree_->as<syntax::GenDecl>(s.decl);
  if (!decl.exists()) {
    fail(s.span, "a declaration that cannot be read");
    return;
  }
  if (node(decl).op != Token::kVar) return;
  for (Ref<syntax::Spec> spec : (*tree_)[node(decl).specs]) {
    auto value = tree_->as<syntax::ValueSpec>(spec);
    if (value.exists()) value_spec(node(value));
  }
}

void Builder::value_spec(const syntax::ValueSpec& s) {
  auto is_blank_name = [&](Ref<Ident> name) { return node(name).name == cx_.blank_name; };
  auto declare_name = [&](Ref<Ident> name, ValueId value) {
    ObjectId id = object_of(name);
    if (!id.exists()) {
      fail(s.span, "a variable that does not type-check");
    } else {
      declare(id, value, node(name).span);
    }
  };
  if (s.values.empty()) {
    for (Ref<Ident> name : (*tree_)[s.names]) {
      if (is_blank_name(name)) continue;
      if (ObjectId id = object_of(name); id.exists()) declare_zero(id, node(name).span);
    }
    return;
  }
  if (s.values.count == s.names.count) {
    for (uint32_t i = 0; i < s.names.count; i++) {
      Ref<Ident> name = tree_->at(s.names, i);
      ValueId value = expr(tree_->at(s.values, i));
      if (!is_blank_name(name)) declare_name(name, value);
    }
    return;
  }
  ValueId all = tuple(tree_->at(s.values, 0));
  for (uint32_t i = 0; i < s.names.count; i++) {
    Ref<Ident> name = tree_->at(s.names, i);
    if (!is_blank_name(name)) declare_name(name, extract(all, i, node(name).span));
  }
}

}  // namespace unpark::ssa
