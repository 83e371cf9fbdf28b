// Statements: the dispatcher, blocks, branches, loops with a condition, go, defer and return (spec:
// "Statements").
#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::AssignStmt;
using syntax::BlockStmt;
using syntax::BranchStmt;
using syntax::CallExpr;
using syntax::DeferStmt;
using syntax::ForStmt;
using syntax::IfStmt;
using syntax::LabeledStmt;
using syntax::ReturnStmt;

void Builder::stmt_list(List<Stmt> list) {
  for (Ref<Stmt> s : (*tree_)[list]) stmt(s);
}

void Builder::stmt(Ref<Stmt> s, ObjectId label) {
  if (!s.exists()) return;
  Span at = tree_->span(s);
  switch (tree_->kind(s)) {
    case Kind::kDeclStmt:
      decl_stmt(tree_->get<syntax::DeclStmt>(s));
      return;
    case Kind::kEmptyStmt:
      return;
    case Kind::kLabeledStmt: {
      const LabeledStmt& n = tree_->get<LabeledStmt>(s);
      ObjectId object = object_of(n.label);
      if (object.exists()) start_block(label_of(object).block);
      stmt(n.stmt, object);
      return;
    }
    case Kind::kExprStmt:
      expr(tree_->get<syntax::ExprStmt>(s).x);
      return;
    case Kind::kSendStmt: {
      const syntax::SendStmt& n = tree_->get<syntax::SendStmt>(s);
      ValueId channel = expr(n.channel);
      ValueId value = expr_as(n.value_expr, elem(type_of(channel)));
      emit(Op::kSend, {}, at, {channel, value});
      return;
    }
    case Kind::kIncDecStmt: {
      const syntax::IncDecStmt& n = tree_->get<syntax::IncDecStmt>(s);
      Place p = place(n.x, false);
      assign_op(p, n.op == Token::kInc ? Token::kAdd : Token::kSub, integer(1), at);
      return;
    }
    case Kind::kAssignStmt:
      assign_stmt(tree_->as<AssignStmt>(s));
      return;
    case Kind::kGoStmt: {
      auto e = tree_->as<CallExpr>(unparen(tree_->get<syntax::GoStmt>(s).call));
      if (!e.exists() || is_type(unparen(node(e).fun))) break;
      Call c = prepare_call(e);
      emit(Op::kGo, {}, at, c.operands, c.method.raw, c.flags);
      return;
    }
    case Kind::kDeferStmt:
      defer_stmt(tree_->as<DeferStmt>(s));
      return;
    case Kind::kReturnStmt:
      return_stmt(tree_->as<ReturnStmt>(s));
      return;
    case Kind::kBranchStmt:
      branch_stmt(tree_->as<BranchStmt>(s));
      return;
    case Kind::kBlockStmt:
      stmt_list(tree_->get<BlockStmt>(s).stmts);
      return;
    case Kind::kIfStmt:
      if_stmt(tree_->as<IfStmt>(s));
      return;
    case Kind::kSwitchStmt:
      switch_stmt(tree_->as<syntax::SwitchStmt>(s), label);
      return;
    case Kind::kTypeSwitchStmt:
      type_switch_stmt(tree_->as<syntax::TypeSwitchStmt>(s), label);
      return;
    case Kind::kSelectStmt:
      select_stmt(tree_->as<syntax::SelectStmt>(s), label);
      return;
    case Kind::kForStmt:
      for_stmt(tree_->as<ForStmt>(s), label);
      return;
    case Kind::kRangeStmt:
      range_stmt(tree_->as<syntax::RangeStmt>(s), label);
      return;
    default:
      break;
  }
  fail(at, "a statement that cannot be read");
}

void Builder::if_stmt(Ref<IfStmt> s) {
  BlockId done = new_block("if.done");
  Ref<Stmt> at = s;
  while (tree_->kind(at) == Kind::kIfStmt) {
    const IfStmt& n = tree_->get<IfStmt>(at);
    stmt(n.init);
    BlockId then = new_block("if.then");
    BlockId otherwise = n.otherwise.exists() ? new_block("if.else") : done;
    condition(n.cond, then, otherwise);
    set_block(then);
    stmt_list(node(n.body).stmts);
    jump(done, n.span);
    if (!n.otherwise.exists()) {
      set_block(done);
      return;
    }
    set_block(otherwise);
    at = n.otherwise;
  }
  stmt(at);
  jump(done, tree_->span(at));
  set_block(done);
}

// From Go 1.22 on each iteration has its own variables: a fresh one starts as a copy of the last
// before the post statement runs. While the loop is built, the address of such a variable is a phi
// of the first one and the fresh one. If nobody took the address, one variable is as good as many,
// and the phi and the copies are forwarded to it.
void Builder::for_stmt(Ref<ForStmt> s, ObjectId label) {
  const ForStmt& n = node(s);
  stmt(n.init);
  struct LoopVariable {
    ObjectId object;
    ValueId first, current, fresh;
  };
  std::vector<LoopVariable> own;
  if (auto init = tree_->as<AssignStmt>(n.init);
      init.exists() && node(init).op == Token::kDefine && file_->version.minor >= 22) {
    for (Ref<Expr> e : (*tree_)[node(init).lhs]) {
      auto name = tree_->as<Ident>(e);
      if (!name.exists() || is_blank(e)) continue;
      auto it = variables_.find(object_of(name));
      if (it != variables_.end()) own.push_back({it->first, it->second, {}, {}});
    }
  }
  BlockId body = new_block("for.body");
  BlockId done = new_block("for.done");
  BlockId head = n.cond.exists() ? new_block("for.loop") : body;
  bool has_post = n.post.exists() || !own.empty();
  BlockId post = has_post ? new_block("for.post") : head;
  start_block(head);
  for (LoopVariable& v : own) {
    v.current = emit(Op::kPhi, type_of(v.first), draft_[v.first].span, {v.first, v.first});
    variables_[v.object] = v.current;
  }
  if (n.cond.exists()) {
    condition(n.cond, body, done);
    set_block(body);
  }
  Targets targets{targets_, label, done, post, {}};
  targets_ = &targets;
  stmt_list(node(n.body).stmts);
  targets_ = targets.outer;
  jump(post, n.span);
  if (has_post) {
    set_block(post);
    for (LoopVariable& v : own) {
      Span at = draft_[v.first].span;
      v.fresh = alloc(elem(type_of(v.first)), local(v.object), at);
      store(v.fresh, load(v.current, at), at);
      draft_.operands(v.current)[1] = v.fresh;
      variables_[v.object] = v.fresh;
    }
    stmt(n.post);
    jump(head, n.span);
  }
  set_block(done);
  for (LoopVariable& v : own) {
    bool heap = draft_[v.first].is(Value::kHeap) || draft_[v.current].is(Value::kHeap) ||
                draft_[v.fresh].is(Value::kHeap);
    draft_[v.current].flags = 0;
    if (heap) {
      mark_heap(v.first);
      mark_heap(v.fresh);
    } else {
      draft_.forward[v.current] = v.first;
      draft_.forward[v.fresh] = v.first;
    }
  }
}

void Builder::branch_stmt(Ref<BranchStmt> s) {
  const BranchStmt& n = node(s);
  ObjectId label = n.label.exists() ? object_of(n.label) : ObjectId{};
  if (n.label.exists() && !label.exists()) {
    fail(n.span, "a label that does not exist");
    return;
  }
  if (n.op == Token::kGoto) {
    // The function literal or loop body that the label stands in.
    uint32_t pos = cx_.objects[label].pos;
    Builder* owner = this;
    while (owner != source_) {
      const auto& loop = tree_->get<syntax::RangeStmt>(program_[owner->id_].node);
      Span body = node(loop.body).span;
      if (pos >= body.begin && pos < body.end) break;
      owner = owner->parent_;
    }
    leave(owner, owner->label_of(label).block, n.span);
    return;
  }
  for (Builder* b = this;; b = b->parent_) {
    for (Targets* t = b->targets_; t; t = t->outer) {
      if (label.exists() && t->label != label) continue;
      BlockId to = n.op == Token::kBreak      ? t->break_to
                   : n.op == Token::kContinue ? t->continue_to
                                              : t->fallthrough_to;
      if (to.exists()) {
        leave(b, to, n.span);
        return;
      }
      if (n.op == Token::kFallthrough) break;
    }
    if (b == source_) break;
  }
  fail(n.span, "a branch that leads nowhere");
}

Builder::Label& Builder::label_of(ObjectId object) {
  auto [it, fresh] = labels_.try_emplace(object, Label{});
  if (fresh) it->second.block = new_block("label");
  return it->second;
}

void Builder::return_stmt(Ref<ReturnStmt> s) {
  const ReturnStmt& n = node(s);
  std::vector<ValueId> values;
  if (n.results.count == 1 && source_->results_.size() > 1) {
    ValueId all = tuple(tree_->at(n.results, 0));
    for (uint32_t i = 0; i < source_->results_.size(); i++) {
      values.push_back(extract(all, i, n.span));
    }
  } else if (n.results.count > 0) {
    if (n.results.count != source_->results_.size()) {
      fail(n.span, "a return with the wrong number of results");
      return;
    }
    for (Ref<Expr> e : (*tree_)[n.results]) {
      TypeId type = elem(source_->type_of(source_->results_[values.size()]));
      values.push_back(expr_as(e, type));
    }
  }
  for (size_t i = 0; i < values.size(); i++) {
    store(capture(source_, source_->results_[i]), values[i], n.span);
  }
  if (source_ == this) {
    emit_return(n.span);
  } else {
    return_from_body(n.span);
  }
}

void Builder::defer_stmt(Ref<DeferStmt> s) {
  const DeferStmt& n = node(s);
  auto e = tree_->as<CallExpr>(unparen(n.call));
  if (!e.exists() || is_type(unparen(node(e).fun))) {
    fail(n.span, "a statement that cannot be read");
    return;
  }
  Call c = prepare_call(e);
  source_->draft_.has_defer = true;
  if (source_ != this) {
    c.operands.push_back(defer_stack());
    c.flags |= Value::kOnStack;
  }
  emit(Op::kDefer, {}, n.span, c.operands, c.method.raw, c.flags);
}

}  // namespace unpark::ssa
