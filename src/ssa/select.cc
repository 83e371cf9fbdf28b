// Select statements (spec: "Select statements"). As the Go compiler does it, a select without
// default and with one case is that send or receive alone.
#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::AssignStmt;
using syntax::CommClause;

void Builder::select_receive(const CommClause& c, ValueId value, ValueId ok) {
  auto assign = tree_->as<AssignStmt>(c.comm);
  if (!assign.exists()) return;
  const AssignStmt& n = node(assign);
  bool define = n.op == Token::kDefine;
  ValueId received[] = {value, ok};
  std::vector<Place> places;
  for (Ref<Expr> lhs : (*tree_)[n.lhs]) places.push_back(define_or_place(lhs, define));
  for (size_t i = 0; i < places.size() && i < 2; i++) store_place(places[i], received[i], n.span);
}

void Builder::select_stmt(Ref<syntax::SelectStmt> s, ObjectId label) {
  const syntax::SelectStmt& n = node(s);
  std::vector<const CommClause*> clauses;
  const CommClause* otherwise = nullptr;
  for (Ref<Stmt> c : (*tree_)[node(n.body).stmts]) {
    if (!tree_->is<CommClause>(c)) continue;
    const CommClause& clause = tree_->get<CommClause>(c);
    if (clause.flags & CommClause::kDefault) {
      otherwise = &clause;
    } else {
      clauses.push_back(&clause);
    }
  }
  BlockId done = new_block("select.done");
  auto body = [&](const CommClause& c) {
    Targets targets{targets_, label, done, {}, {}};
    targets_ = &targets;
    stmt_list(c.body);
    targets_ = targets.outer;
    jump(done, c.span);
  };
  if (clauses.empty() && otherwise) {
    body(*otherwise);
    set_block(done);
    return;
  }
  if (clauses.size() == 1 && !otherwise) {
    stmt(clauses[0]->comm);
    body(*clauses[0]);
    set_block(done);
    return;
  }

  std::vector<ValueId> operands;
  std::vector<TypeId> result{types::basic(BasicKind::kInt), types::basic(BasicKind::kBool)};
  std::vector<SelectCase> cases;
  for (const CommClause* c : clauses) {
    Span at = tree_->span(c->comm);
    if (auto send = tree_->as<syntax::SendStmt>(c->comm); send.exists()) {
      ValueId channel = expr(node(send).channel);
      operands.push_back(channel);
      operands.push_back(expr_as(node(send).value_expr, elem(type_of(channel))));
      cases.push_back({at, true});
      continue;
    }
    Ref<Expr> from;
    if (auto plain = tree_->as<syntax::ExprStmt>(c->comm); plain.exists()) {
      from = node(plain).x;
    } else if (auto assign = tree_->as<AssignStmt>(c->comm);
               assign.exists() && node(assign).rhs.count == 1) {
      from = tree_->at(node(assign).rhs, 0);
    }
    auto receive =
        from.exists() ? tree_->as<syntax::UnaryExpr>(unparen(from)) : Ref<syntax::UnaryExpr>{};
    if (!receive.exists() || node(receive).op != Token::kArrow) {
      fail(at, "a select case that is no communication");
      return;
    }
    ValueId channel = expr(node(receive).x);
    operands.push_back(channel);
    operands.push_back(ValueId{});
    result.push_back(elem(type_of(channel)));
    cases.push_back({at, false});
  }
  auto first_case = static_cast<uint32_t>(draft_.select_cases.size());
  draft_.select_cases.insert(draft_.select_cases.end(), cases.begin(), cases.end());
  ValueId select = emit(Op::kSelect, types().tuple_of(result), n.span, operands, first_case,
                        otherwise ? 0 : Value::kBlocking);
  if (clauses.empty()) {
    terminate(Op::kUnreachable, n.span);
    set_block(done);
    return;
  }
  ValueId chosen = extract(select, 0, n.span);
  uint32_t received = 2;
  for (size_t i = 0; i < clauses.size(); i++) {
    Span at = cases[i].span;
    BlockId then = new_block("select.case");
    BlockId next;
    if (i + 1 == clauses.size() && !otherwise) {
      jump(then, at);  // it is the last that is left
    } else {
      next = new_block("select.next");
      ValueId number = integer(static_cast<int64_t>(i));
      branch(binary(Token::kEql, chosen, number, types::basic(BasicKind::kBool), at), then, next,
             at);
    }
    set_block(then);
    if (auto assign = tree_->as<AssignStmt>(clauses[i]->comm); assign.exists()) {
      ValueId value = extract(select, received, at);
      bool with_ok = node(assign).lhs.count > 1;
      select_receive(*clauses[i], value, with_ok ? extract(select, 1, at) : ValueId{});
    }
    if (!cases[i].send) received++;
    body(*clauses[i]);
    if (next.exists()) set_block(next);
  }
  if (otherwise) body(*otherwise);
  set_block(done);
}

}  // namespace unpark::ssa
