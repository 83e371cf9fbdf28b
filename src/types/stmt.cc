// Statements and function bodies (spec: "Statements").
#include <algorithm>
#include <utility>

#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::AssignStmt;
using syntax::BlockStmt;
using syntax::CaseClause;
using syntax::CommClause;
using syntax::ExprStmt;
using syntax::FuncDecl;
using syntax::FuncLit;
using syntax::TypeAssertExpr;

void Checker::check_body(Package& package, const Package* view, const BodyTask& task) {
  package_ = &package;
  view_ = package.base ? &package : view;
  declaring_ = false;
  mark_stack();
  env_ = Env{};
  env_.file_index = task.file;
  env_.file = &package.files[task.file];
  env_.tree = env_.file->tree;
  env_.iota = task.iota;
  LocalScopes::Block block(scopes_);
  if (auto decl = tree().as<FuncDecl>(task.node); decl.exists()) {
    declared_body(decl);
    return;
  }
  const FuncLit& lit = tree().get<FuncLit>(task.node);
  const syntax::FuncType& type = node(lit.func_type);
  bind_names(type.params);
  bind_names(type.results);
  TypeId signature = recorded(lit.func_type);
  if (is_sig(signature)) function_body(signature, lit.body);
}

BodySummary Checker::take_summary() {
  std::sort(mentions_.begin(), mentions_.end());
  mentions_.erase(std::unique(mentions_.begin(), mentions_.end()), mentions_.end());
  BodySummary out;
  out.has = std::exchange(has_, uint16_t{0});
  out.functions = types().keep(std::span<const uint32_t>(mentions_));
  mentions_.clear();
  return out;
}

void Checker::declared_body(Ref<FuncDecl> decl) {
  const FuncDecl& f = node(decl);
  bind_receiver(f.recv);
  const syntax::FuncType& type = node(f.func_type);
  bind_names(type.type_params);
  bind_names(type.params);
  bind_names(type.results);
  TypeId signature = object(ObjectId{node(f.name).object - 1}).type;
  if (is_sig(signature)) function_body(signature, f.body);
}

// Parameters and body share one block. The caller restores the environment.
void Checker::function_body(TypeId signature, Ref<BlockStmt> body) {
  env_.in_function = true;
  env_.results = types().signature(signature).results;
  env_.has_label = false;
  stmt_list(node(body).stmts);
  if (env_.has_label) labels(body);
}

void Checker::stmt_list(List<Stmt> list) {
  for (Ref<Stmt> s : tree()[list]) stmt(s);
}

void Checker::stmt(Ref<Stmt> s) {
  if (!s.exists()) return;
  switch (tree().kind(s)) {
    case Kind::kDeclStmt:
      local_declaration(tree().get<syntax::DeclStmt>(s).decl);
      return;
    case Kind::kLabeledStmt:
      env_.has_label = true;
      stmt(tree().get<syntax::LabeledStmt>(s).stmt);
      return;
    case Kind::kExprStmt: {
      Operand x;
      raw_expr(x, tree().get<ExprStmt>(s).x, {}, {}, false);
      return;
    }
    case Kind::kSendStmt: {
      has_ |= BodySummary::kSend;
      const syntax::SendStmt& send = tree().get<syntax::SendStmt>(s);
      Operand channel;
      Operand value;
      expr(channel, send.channel);
      expr(value, send.value_expr);
      if (!channel.valid() || !value.valid()) return;
      TypeId element = chan_elem(channel.type);
      if (element.exists()) assignment(value, element);
      return;
    }
    case Kind::kIncDecStmt: {
      const syntax::IncDecStmt& n = tree().get<syntax::IncDecStmt>(s);
      Operand x;
      expr(x, n.x);
      return;
    }
    case Kind::kAssignStmt: {
      const AssignStmt& a = tree().get<AssignStmt>(s);
      if (a.op == Token::kDefine) {
        short_var_decl(a.lhs, a.rhs);
      } else if (a.op == Token::kAssign) {
        assign_vars(a.lhs, a.rhs);
      } else if (a.lhs.count == 1 && a.rhs.count == 1) {
        Operand x;
        binary(x, {}, tree().at(a.lhs, 0), tree().at(a.rhs, 0), syntax::op_of_assign(a.op));
      }
      return;
    }
    case Kind::kGoStmt: {
      has_ |= BodySummary::kGo;
      Operand x;
      raw_expr(x, tree().get<syntax::GoStmt>(s).call, {}, {}, false);
      return;
    }
    case Kind::kDeferStmt: {
      has_ |= BodySummary::kDefer;
      Operand x;
      raw_expr(x, tree().get<syntax::DeferStmt>(s).call, {}, {}, false);
      return;
    }
    case Kind::kReturnStmt:
      return_values(tree()[tree().get<syntax::ReturnStmt>(s).results]);
      return;
    case Kind::kBranchStmt:
      if (tree().get<syntax::BranchStmt>(s).op == Token::kBreak) has_ |= BodySummary::kBreak;
      if (tree().get<syntax::BranchStmt>(s).label.exists()) env_.has_label = true;
      return;
    case Kind::kBlockStmt: {
      LocalScopes::Block block(scopes_);
      stmt_list(tree().get<BlockStmt>(s).stmts);
      return;
    }
    case Kind::kIfStmt: {
      // A chain of else-ifs nests its blocks; they are opened in a loop and closed together.
      uint32_t opened = 0;
      Ref<Stmt> at = s;
      while (tree().kind(at) == Kind::kIfStmt) {
        const syntax::IfStmt& n = tree().get<syntax::IfStmt>(at);
        scopes_.open();
        opened++;
        stmt(n.init);
        Operand x;
        expr(x, n.cond);
        stmt(n.body);
        at = n.otherwise;
        if (!at.exists()) break;
      }
      stmt(at);
      while (opened-- > 0) scopes_.close();
      return;
    }
    case Kind::kSwitchStmt:
      has_ |= BodySummary::kSwitch;
      switch_stmt(tree().get<syntax::SwitchStmt>(s));
      return;
    case Kind::kTypeSwitchStmt:
      has_ |= BodySummary::kSwitch;
      type_switch_stmt(tree().get<syntax::TypeSwitchStmt>(s));
      return;
    case Kind::kSelectStmt:
      has_ |= BodySummary::kSelect;
      select_stmt(tree().get<syntax::SelectStmt>(s));
      return;
    case Kind::kForStmt: {
      const syntax::ForStmt& n = tree().get<syntax::ForStmt>(s);
      LocalScopes::Block block(scopes_);
      stmt(n.init);
      if (n.cond.exists()) {
        Operand x;
        expr(x, n.cond);
      } else {
        has_ |= BodySummary::kEndlessFor;
      }
      stmt(n.post);
      stmt(n.body);
      return;
    }
    case Kind::kRangeStmt:
      range_stmt(tree().get<syntax::RangeStmt>(s));
      return;
    default:
      return;
  }
}

void Checker::switch_stmt(const syntax::SwitchStmt& s) {
  LocalScopes::Block block(scopes_);
  stmt(s.init);
  Operand x;
  if (s.tag.exists()) {
    expr(x, s.tag);
    assignment(x, {});
  } else {
    x.mode = Mode::kConstant;
    x.type = basic(BasicKind::kBool);
    x.value = Constant(true);
  }
  for (Ref<Stmt> c : tree()[node(s.body).stmts]) {
    auto clause_ref = tree().as<CaseClause>(c);
    if (!clause_ref.exists()) continue;
    const CaseClause& clause = node(clause_ref);
    for (Ref<Expr> e : tree()[clause.values]) {
      Operand v;
      expr(v, e);
      if (!x.valid() || !v.valid()) continue;
      convert_untyped(v, x.type);
      if (!v.valid()) continue;
      Operand result = v;
      Operand tag = x;
      comparison(result, tag, Token::kEql);
    }
    LocalScopes::Block inner(scopes_);
    stmt_list(clause.body);
  }
}

void Checker::type_switch_stmt(const syntax::TypeSwitchStmt& s) {
  LocalScopes::Block block(scopes_);
  stmt(s.init);
  Ref<Ident> lhs;
  Ref<Expr> rhs;
  if (auto plain = tree().as<ExprStmt>(s.assign); plain.exists()) {
    rhs = node(plain).x;
  } else if (auto assign = tree().as<AssignStmt>(s.assign); assign.exists()) {
    const AssignStmt& a = node(assign);
    if (a.lhs.count == 1 && a.rhs.count == 1) {
      lhs = tree().as<Ident>(tree().at(a.lhs, 0));
      rhs = tree().at(a.rhs, 0);
    }
  }
  auto guard = tree().as<TypeAssertExpr>(unparen(rhs));
  TypeId subject = kInvalidType;
  if (guard.exists()) {
    Operand x;
    expr(x, node(guard).x);
    if (x.valid()) subject = x.type;
  }
  NameId name = lhs.exists() ? node(lhs).name : NameId{};
  for (Ref<Stmt> c : tree()[node(s.body).stmts]) {
    auto clause_ref = tree().as<CaseClause>(c);
    if (!clause_ref.exists()) continue;
    const CaseClause& clause = node(clause_ref);
    TypeId type;
    for (Ref<Expr> e : tree()[clause.values]) {
      auto nil_name = tree().as<Ident>(unparen(e));
      ObjectId nil_object = nil_name.exists() ? lookup(node(nil_name).name) : ObjectId{};
      if (nil_object.exists() && object(nil_object).kind == ObjectKind::kNil) {
        Operand ignored;
        expr(ignored, e);
        type = {};
      } else {
        type = type_of(e);
      }
    }
    if (clause.values.count != 1 || !type.exists()) type = subject;
    LocalScopes::Block inner(scopes_);
    if (lhs.exists() && !is_blank(name)) {
      ObjectId id = new_var(lhs, type);
      scopes_.declare(name, id);
      tree()[clause_ref].object = id.raw + 1;
    }
    stmt_list(clause.body);
  }
}

void Checker::select_stmt(const syntax::SelectStmt& s) {
  for (Ref<Stmt> c : tree()[node(s.body).stmts]) {
    auto clause_ref = tree().as<CommClause>(c);
    if (!clause_ref.exists()) continue;
    const CommClause& clause = node(clause_ref);
    LocalScopes::Block inner(scopes_);
    stmt(clause.comm);
    stmt_list(clause.body);
  }
}

// Labels live beside all other names: declared by labelled statements, used by branches. Only the
// objects matter here, not whether the jumps are allowed.
void Checker::labels(Ref<BlockStmt> body) {
  absl::flat_hash_map<NameId, ObjectId> declared;
  std::vector<Ref<syntax::BranchStmt>> branches;
  std::vector<Ref<Stmt>> work{body};
  while (!work.empty()) {
    Ref<Stmt> s = work.back();
    work.pop_back();
    if (!s.exists()) continue;
    auto add = [&](List<Stmt> list) {
      for (Ref<Stmt> child : tree()[list]) work.push_back(child);
    };
    switch (tree().kind(s)) {
      case Kind::kLabeledStmt: {
        const syntax::LabeledStmt& n = tree().get<syntax::LabeledStmt>(s);
        work.push_back(n.stmt);
        Ident& label = tree()[n.label];
        if (is_blank(label.name)) break;
        ObjectId id = new_object({.kind = ObjectKind::kLabel,
                                  .name = label.name,
                                  .package = package_->identity(),
                                  .file = env_.file->id,
                                  .pos = label.span.begin,
                                  .type = kInvalidType});
        label.object = id.raw + 1;
        declared.try_emplace(label.name, id);
        break;
      }
      case Kind::kBranchStmt:
        branches.push_back(tree().as<syntax::BranchStmt>(s));
        break;
      case Kind::kBlockStmt:
        add(tree().get<BlockStmt>(s).stmts);
        break;
      case Kind::kIfStmt: {
        const syntax::IfStmt& n = tree().get<syntax::IfStmt>(s);
        work.push_back(n.body);
        work.push_back(n.otherwise);
        break;
      }
      case Kind::kCaseClause:
        add(tree().get<CaseClause>(s).body);
        break;
      case Kind::kCommClause:
        add(tree().get<CommClause>(s).body);
        break;
      case Kind::kSwitchStmt:
        work.push_back(tree().get<syntax::SwitchStmt>(s).body);
        break;
      case Kind::kTypeSwitchStmt:
        work.push_back(tree().get<syntax::TypeSwitchStmt>(s).body);
        break;
      case Kind::kSelectStmt:
        work.push_back(tree().get<syntax::SelectStmt>(s).body);
        break;
      case Kind::kForStmt:
        work.push_back(tree().get<syntax::ForStmt>(s).body);
        break;
      case Kind::kRangeStmt:
        work.push_back(tree().get<syntax::RangeStmt>(s).body);
        break;
      default:
        break;
    }
  }
  for (Ref<syntax::BranchStmt> b : branches) {
    if (!node(b).label.exists()) continue;
    Ident& label = tree()[node(b).label];
    if (auto it = declared.find(label.name); it != declared.end())
      label.object = it->second.raw + 1;
  }
}

}  // namespace unpark::types
