// Switches (spec: "Switch statements"): a chain of tests in source order, the default last.
#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::CaseClause;

void Builder::switch_stmt(Ref<syntax::SwitchStmt> s, ObjectId label) {
  const syntax::SwitchStmt& n = node(s);
  stmt(n.init);
  ValueId tag;
  if (n.tag.exists()) tag = expr(n.tag);
  BlockId done = new_block("switch.done");
  struct Clause {
    const CaseClause* node;
    BlockId body;
  };
  std::vector<Clause> clauses;
  for (Ref<Stmt> c : (*tree_)[node(n.body).stmts]) {
    if (!tree_->is<CaseClause>(c)) continue;
    clauses.push_back({&tree_->get<CaseClause>(c), new_block("switch.body")});
  }
  BlockId otherwise = done;
  for (const Clause& c : clauses) {
    if (c.node->flags & CaseClause::kDefault) {
      otherwise = c.body;
      continue;
    }
    for (Ref<Expr> e : (*tree_)[c.node->values]) {
      BlockId next = new_block("switch.next");
      if (tag.exists()) {
        ValueId value = expr(e);
        branch(compare(Token::kEql, tag, value, span(e)), c.body, next, span(e));
      } else if (types::all_boolean(cx_, type_of(e))) {
        condition(e, c.body, next);
      } else {  // an interface that may hold true
        branch(compare(Token::kEql, boolean(true), expr(e), span(e)), c.body, next, span(e));
      }
      set_block(next);
    }
  }
  jump(otherwise, n.span);
  for (size_t i = 0; i < clauses.size(); i++) {
    set_block(clauses[i].body);
    BlockId next = i + 1 < clauses.size() ? clauses[i + 1].body : BlockId{};
    Targets targets{targets_, label, done, {}, next};
    targets_ = &targets;
    stmt_list(clauses[i].node->body);
    targets_ = targets.outer;
    jump(done, clauses[i].node->span);
  }
  set_block(done);
}

void Builder::type_switch_stmt(Ref<syntax::TypeSwitchStmt> s, ObjectId label) {
  const syntax::TypeSwitchStmt& n = node(s);
  stmt(n.init);
  Ref<Expr> guard;
  if (auto plain = tree_->as<syntax::ExprStmt>(n.assign); plain.exists()) {
    guard = node(plain).x;
  } else if (auto assign = tree_->as<syntax::AssignStmt>(n.assign);
             assign.exists() && node(assign).rhs.count == 1) {
    guard = tree_->at(node(assign).rhs, 0);
  }
  auto assertion = guard.exists() ? tree_->as<syntax::TypeAssertExpr>(unparen(guard))
                                  : Ref<syntax::TypeAssertExpr>{};
  if (!assertion.exists()) {
    fail(n.span, "a type switch that cannot be read");
    return;
  }
  ValueId x = expr(node(assertion).x);
  BlockId done = new_block("typeswitch.done");
  auto body = [&](const CaseClause& c, ValueId value) {
    if (c.object != 0) {
      ObjectId object{c.object - 1};
      declare(object, value, c.span);
    }
    Targets targets{targets_, label, done, {}, {}};
    targets_ = &targets;
    stmt_list(c.body);
    targets_ = targets.outer;
    jump(done, c.span);
  };
  const CaseClause* otherwise = nullptr;
  for (Ref<Stmt> stmt_ref : (*tree_)[node(n.body).stmts]) {
    if (!tree_->is<CaseClause>(stmt_ref)) continue;
    const CaseClause& c = tree_->get<CaseClause>(stmt_ref);
    if (c.flags & CaseClause::kDefault) {
      otherwise = &c;
      continue;
    }
    BlockId then = new_block("typeswitch.body");
    ValueId value = x;
    ValueId pair;
    for (Ref<Expr> e : (*tree_)[c.values]) {
      BlockId next = new_block("typeswitch.next");
      Span at = span(e);
      if (!is_type(unparen(e))) {  // nil
        branch(compare(Token::kEql, x, expr(e), at), then, next, at);
      } else {
        TypeId type = type_of(e);
        TypeId types_of[] = {type, types::basic(BasicKind::kBool)};
        pair =
            emit(Op::kTypeAssert, types().tuple_of(types_of), at, {x}, type.raw, Value::kCommaOk);
        branch(extract(pair, 1, at), then, next, at);
      }
      set_block(next);
    }
    BlockId next = current_;
    set_block(then);
    if (c.values.count == 1 && pair.exists() && c.object != 0) value = extract(pair, 0, c.span);
    body(c, value);
    set_block(next);
  }
  if (otherwise) {
    body(*otherwise, x);
  } else {
    jump(done, n.span);
  }
  set_block(done);
}

}  // namespace unpark::ssa
