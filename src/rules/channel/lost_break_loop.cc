// What else the loop around a break does, and its clause before the break: other ways out, other
// breaks of the same kind, state that a condition or another clause may see. From that, whether the
// break is believed to be an error (believable).
//
// Cost: a few walks over the loop, per break that has no effect.
#include <algorithm>
#include <span>
#include <string_view>

#include "rules/channel/lost_break_finder.h"
#include "rules/tree_query.h"
#include "syntax/walk.h"

namespace unpark::rules {

namespace {

using source::Span;
using syntax::Expr;
using syntax::Ident;
using syntax::Kind;
using syntax::List;
using syntax::Node;
using syntax::Ref;
using syntax::Stmt;
using syntax::Token;
using types::ObjectId;

}  // namespace

FunctionSyntax LostBreakFinder::whole_function() {
  FunctionSyntax whole = cx_.syntax(cx_.declared(function_));
  return whole.exists() && whole.tree == &tree_ ? whole : source_;
}

void LostBreakFinder::find_exits() {
  exits_.clear();
  std::vector<base::NameId> labels;  // of statements inside the loop
  syntax::walk(tree_, Ref<Node>{loop_->body.raw}, [&](Ref<Node> n) {
    if (tree_.is<syntax::LabeledStmt>(n)) {
      labels.push_back(tree_[tree_.get<syntax::LabeledStmt>(n).label].name);
    }
    return tree_.kind(n) != Kind::kFuncLit && !is_expression(n);
  });
  exits_in(Ref<Node>{loop_->body.raw}, labels, true);
  const flow::FunctionFacts& facts = cx_.facts().of(function_);
  for (ValueId stop : facts.stops_at) {
    if (!stop.exists()) continue;
    Span s = (*facts.body)[stop].span;
    if (loop_->span.begin <= s.begin && s.end <= loop_->span.end) exits_.push_back({s});
  }
}

void LostBreakFinder::exits_in(Ref<Node> n, const std::vector<base::NameId>& labels, bool direct) {
  Kind k = tree_.kind(n);
  if (k == Kind::kExprStmt) {
    Ref<Expr> x = unparen(tree_, tree_.get<syntax::ExprStmt>(n).x);
    if (!tree_.is<syntax::CallExpr>(x)) return;
    ObjectId f = denoted(tree_, tree_.get<syntax::CallExpr>(x).fun);
    if (!f.exists()) return;
    const types::Object& o = types_.objects[f];
    if (o.kind == types::ObjectKind::kBuiltin &&
        o.extra == static_cast<uint32_t>(types::Builtin::kPanic)) {
      exits_.push_back({tree_.span(n)});
    }
    return;
  }
  if (is_expression(n)) return;
  if (k == Kind::kReturnStmt) exits_.push_back({tree_.span(n)});
  if (k == Kind::kBranchStmt) {
    const syntax::BranchStmt& b = tree_.get<syntax::BranchStmt>(n);
    if (b.label.exists()) {
      bool inner = std::find(labels.begin(), labels.end(), tree_[b.label].name) != labels.end();
      bool again = b.op == Token::kContinue && own_label() == tree_[b.label].name;
      if (!inner && !again) exits_.push_back({b.span});
    } else if (b.op == Token::kBreak && direct) {
      exits_.push_back({b.span});
    }
    return;
  }
  bool inner = direct && k != Kind::kForStmt && k != Kind::kRangeStmt && k != Kind::kSwitchStmt &&
               k != Kind::kTypeSwitchStmt && k != Kind::kSelectStmt;
  syntax::for_each_child(tree_, n, [&](Ref<Node> child) { exits_in(child, labels, inner); });
}

base::NameId LostBreakFinder::own_label() const {
  base::NameId name;
  syntax::walk(tree_, Ref<Node>{source_.body.raw}, [&](Ref<Node> n) {
    if (tree_.is<syntax::LabeledStmt>(n)) {
      const syntax::LabeledStmt& l = tree_.get<syntax::LabeledStmt>(n);
      if (tree_.span(l.stmt) == loop_->span) name = tree_[l.label].name;
    }
    return !is_expression(n);
  });
  return name;
}

bool LostBreakFinder::outside_choice(Span s) const {
  Span c = tree_.span(choice_);
  return s.begin < c.begin || s.end > c.end;
}

bool LostBreakFinder::other_clauses_break() const {
  for (const Clause& c : clauses(choice_)) {
    if (c.node == clause_) continue;
    std::span<const Ref<Stmt>> body = tree_[c.body];
    if (!body.empty() && tree_.is<syntax::BranchStmt>(body.back()) &&
        tree_.get<syntax::BranchStmt>(body.back()).op == Token::kBreak &&
        !tree_.get<syntax::BranchStmt>(body.back()).label.exists()) {
      return true;
    }
  }
  return false;
}

bool LostBreakFinder::believable(LostBreak& b, bool habit) {
  b.endless = exits_.empty() && !loop_->cond.exists();
  bool certain = b.signal == LostBreak::kContext || b.signal == LostBreak::kClosed;
  if (habit && !certain) return false;
  if (std::any_of(exits_.begin(), exits_.end(),
                  [&](const Exit& e) { return outside_choice(e.at); })) {
    return false;
  }
  if (loop_->cond.exists() && !cannot_see_signal(loop_->cond)) return false;
  // What the clause does may be what another clause waits for.
  if (b.endless || b.signal == LostBreak::kContext || b.signal == LostBreak::kClosed) return true;
  return !changes_something() && !calls_before(clause_body_);
}

bool LostBreakFinder::cannot_see_signal(Ref<Expr> cond) {
  ObjectId root = root_of(signal_);
  if (!root.exists() || types_.objects[root].is(types::Object::kPackageLevel)) return false;
  if (changes_something() || receive().value.exists()) return false;
  bool blind = true;
  syntax::walk(tree_, Ref<Node>{cond.raw}, [&](Ref<Node> n) {
    if (tree_.is<Ident>(n)) blind = blind && object_of(tree_, tree_.as<Ident>(n)) != root;
    return blind;
  });
  return blind && !captured(root);
}

bool LostBreakFinder::captured(ObjectId variable) {
  bool found = false;
  std::vector<Span> literals;
  syntax::walk(tree_, Ref<Node>{whole_function().body.raw}, [&](Ref<Node> n) {
    Span s = tree_.span(n);
    if (tree_.is<syntax::FuncLit>(n) && (s.begin > loop_->span.begin || s.end < loop_->span.end)) {
      literals.push_back(s);
    }
    if (tree_.is<Ident>(n) && object_of(tree_, tree_.as<Ident>(n)) == variable) {
      found = found || std::any_of(literals.begin(), literals.end(),
                                   [&](Span l) { return l.begin <= s.begin && s.end <= l.end; });
    }
    return !found;
  });
  return found;
}

bool LostBreakFinder::changes_something() const {
  bool changes = false;
  for (Ref<Stmt> s : tree_[clause_body_]) {
    syntax::walk(tree_, Ref<Node>{s.raw}, [&](Ref<Node> n) {
      Kind k = tree_.kind(n);
      if (k == Kind::kIncDecStmt || k == Kind::kSendStmt || k == Kind::kGoStmt) changes = true;
      if (k == Kind::kAssignStmt && tree_.get<syntax::AssignStmt>(n).op != Token::kDefine) {
        changes = true;
      }
      return !changes;
    });
  }
  return changes;
}

bool LostBreakFinder::calls_before(List<Stmt> stmts) const {
  bool calls = false;
  for (Ref<Stmt> s : tree_[stmts]) {
    if (tree_.span(s).begin >= at_.begin) break;
    syntax::walk(tree_, Ref<Node>{s.raw}, [&](Ref<Node> n) {
      if (calls || tree_.span(n).begin >= at_.begin) return false;
      if (tree_.is<syntax::CallExpr>(n)) calls = !only_tells(tree_.get<syntax::CallExpr>(n));
      return !calls;
    });
  }
  return calls;
}

bool LostBreakFinder::only_tells(const syntax::CallExpr& call) const {
  Ref<Expr> fun = unparen(tree_, call.fun);
  if (mode_of(tree_, fun) == types::Mode::kTypeExpr) return true;
  ObjectId f = denoted(tree_, fun);
  if (!f.exists()) return false;
  const types::Object& o = types_.objects[f];
  if (o.kind == types::ObjectKind::kBuiltin) return true;
  if (!o.package.exists()) return f == types_.error_method;
  std::string_view package = types_.package(o.package).path;
  return package == "log" || package == "log/slog" || package == "fmt" || package == "testing" ||
         package == "time";
}

}  // namespace unpark::rules
