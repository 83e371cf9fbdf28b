#include "flow/stop_filter.h"

#include <algorithm>

#include "flow/facts.h"
#include "syntax/walk.h"
#include "types/predicates.h"

namespace unpark::flow {

using syntax::Expr;
using syntax::Kind;
using syntax::List;
using syntax::Node;
using syntax::Ref;
using syntax::Stmt;
using syntax::Tree;
using types::ObjectId;
using types::ObjectKind;

// Looks at one body. Statements give whether control may get behind them, assuming that whatever
// may stop does; a return that is reached so ends the walk.
class StopFilter::Walk {
 public:
  Walk(StopFilter& filter, const Tree& tree, uint32_t depth)
      : filter_(filter), cx_(filter.facts_.context()), tree_(tree), depth_(depth) {}

  // Whether the end is not reached, and no return is.
  bool stops(List<Stmt> body) { return !list(body) && !returns_; }

 private:
  bool list(List<Stmt> stmts) {
    for (Ref<Stmt> s : tree_[stmts]) {
      if (!stmt(s) || returns_) return false;
    }
    return true;
  }

  bool stmt(Ref<Stmt> s) {
    if (!s.exists()) return true;
    switch (tree_.kind(s)) {
      case Kind::kReturnStmt:
        if (exprs(tree_.get<syntax::ReturnStmt>(s).results)) returns_ = true;
        return false;
      case Kind::kBlockStmt:
        return list(tree_.get<syntax::BlockStmt>(s).stmts);
      case Kind::kLabeledStmt:
        return stmt(tree_.get<syntax::LabeledStmt>(s).stmt);
      case Kind::kIfStmt: {
        const auto& n = tree_.get<syntax::IfStmt>(s);
        if (!stmt(n.init) || !expr(n.cond) || tree_[n.cond].value) return false;
        bool then = stmt(n.body);
        bool otherwise = stmt(n.otherwise);
        return then || otherwise;
      }
      case Kind::kForStmt: {
        const auto& n = tree_.get<syntax::ForStmt>(s);
        if (!stmt(n.init)) return false;
        bool ends = n.cond.exists() && expr(n.cond) && !tree_[n.cond].value;
        stmt(n.body);
        return ends;
      }
      case Kind::kRangeStmt: {
        const auto& n = tree_.get<syntax::RangeStmt>(s);
        if (!expr(n.x) || calls_body(n.x)) return false;
        stmt(n.body);
        return true;
      }
      case Kind::kSwitchStmt: {
        const auto& n = tree_.get<syntax::SwitchStmt>(s);
        if (!stmt(n.init) || (n.tag.exists() && !expr(n.tag))) return false;
        return clauses(n.body);
      }
      case Kind::kTypeSwitchStmt: {
        const auto& n = tree_.get<syntax::TypeSwitchStmt>(s);
        if (!stmt(n.init) || !stmt(n.assign)) return false;
        return clauses(n.body);
      }
      case Kind::kSelectStmt: {
        bool behind = false;
        for (Ref<Stmt> c : tree_[tree_[tree_.get<syntax::SelectStmt>(s).body].stmts]) {
          if (!tree_.is<syntax::CommClause>(c)) return false;
          const auto& clause = tree_.get<syntax::CommClause>(c);
          if (stmt(clause.comm) && list(clause.body)) behind = true;
        }
        return behind;
      }
      case Kind::kBranchStmt:
      case Kind::kBadStmt:
        return false;
      case Kind::kGoStmt:
        return operands(tree_.get<syntax::GoStmt>(s).call);
      case Kind::kDeferStmt:
        return operands(tree_.get<syntax::DeferStmt>(s).call);
      case Kind::kExprStmt:
        return expr(tree_.get<syntax::ExprStmt>(s).x);
      case Kind::kEmptyStmt:
        return true;
      default:
        return everything(Ref<Node>{s.raw});
    }
  }

  bool clauses(Ref<syntax::BlockStmt> body) {
    bool behind = false;
    bool has_default = false;
    for (Ref<Stmt> c : tree_[tree_[body].stmts]) {
      if (!tree_.is<syntax::CaseClause>(c)) return false;
      const auto& clause = tree_.get<syntax::CaseClause>(c);
      has_default |= (clause.flags & syntax::CaseClause::kDefault) != 0;
      if (!exprs(clause.values)) return false;
      if (list(clause.body)) behind = true;
    }
    return behind || !has_default;
  }

  // A loop over a function: the function is called, and may keep control.
  bool calls_body(Ref<Expr> x) const {
    uint32_t raw = tree_[x].type;
    return raw == 0 ||
           cx_.types.is(cx_.types.under(types::TypeId{raw - 1}), types::TypeKind::kSignature) ||
           cx_.types.has_type_param(types::TypeId{raw - 1});
  }

  bool exprs(List<Expr> all) {
    for (Ref<Expr> e : tree_[all]) {
      if (!expr(e)) return false;
    }
    return true;
  }
  bool expr(Ref<Expr> e) { return everything(Ref<Node>{e.raw}); }

  // Of the call that a go or defer makes: it runs elsewhere, or later.
  bool operands(Ref<Expr> call) {
    while (tree_.is<syntax::ParenExpr>(call)) call = tree_.get<syntax::ParenExpr>(call).x;
    if (!tree_.is<syntax::CallExpr>(call)) return false;
    const auto& n = tree_.get<syntax::CallExpr>(call);
    return expr(n.fun) && exprs(n.args);
  }

  // No call in it may stop; function literals only when they are called on the spot.
  bool everything(Ref<Node> root) {
    bool good = true;
    syntax::walk(tree_, root, [&](Ref<Node> n) {
      if (!good || tree_.is<syntax::FuncLit>(n)) return false;
      if (tree_.is<syntax::CallExpr>(n)) good = !call(tree_.get<syntax::CallExpr>(n));
      return good;
    });
    return good;
  }

  bool call(const syntax::CallExpr& n) {
    Ref<Expr> fun = n.fun;
    for (;;) {
      if (tree_.is<syntax::ParenExpr>(fun)) {
        fun = tree_.get<syntax::ParenExpr>(fun).x;
      } else if (tree_.is<syntax::IndexExpr>(fun)) {
        fun = tree_.get<syntax::IndexExpr>(fun).x;
      } else {
        break;
      }
    }
    uint32_t raw = 0;
    if (tree_.is<syntax::Ident>(fun)) {
      raw = tree_.get<syntax::Ident>(fun).object;
    } else if (tree_.is<syntax::SelectorExpr>(fun)) {
      raw = tree_[tree_.get<syntax::SelectorExpr>(fun).sel].object;
    } else if (tree_.is<syntax::FuncLit>(fun)) {
      const auto& lit = tree_.get<syntax::FuncLit>(fun);
      return lit.body.exists() && Walk(filter_, tree_, depth_).stops(tree_[lit.body].stmts);
    }
    if (raw == 0) return false;
    ObjectId id{raw - 1};
    const types::Object& o = cx_.objects[id];
    switch (o.kind) {
      case ObjectKind::kBuiltin:
        return static_cast<types::Builtin>(o.extra) == types::Builtin::kPanic;
      case ObjectKind::kVar:
        // A local variable may hold one known function; what a parameter holds, the caller knows.
        return !o.is(types::Object::kPackageLevel | types::Object::kField | types::Object::kParam);
      case ObjectKind::kFunc: {
        if (o.is(types::Object::kInterfaceMethod)) return false;
        FunctionId callee = filter_.facts_.program().function_of(id);
        if (depth_ > 0) return filter_.may_stop(callee, depth_ - 1);
        return filter_.facts_.intrinsic(callee).effect == Effect::kNeverReturns;
      }
      default:
        return false;
    }
  }

  StopFilter& filter_;
  types::Context& cx_;
  const Tree& tree_;
  uint32_t depth_;
  bool returns_ = false;
};

bool StopFilter::may_stop(FunctionId function, uint32_t depth) {
  depth = std::min(depth, kMaxDepth);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = known_.find(function);
    if (it != known_.end() && it->second[depth] != kUnknown) return it->second[depth] == kYes;
  }
  bool may = compute(function, depth);
  std::lock_guard<std::mutex> lock(mutex_);
  known_[function][depth] = may ? kYes : kNo;
  return may;
}

bool StopFilter::compute(FunctionId function, uint32_t depth) {
  if (facts_.intrinsic(function).effect == Effect::kNeverReturns) return true;
  ssa::Program& program = facts_.program();
  const ssa::Function& f = program[function];
  // Wrappers are short, literals are built with what is around them.
  if (f.kind != ssa::FunctionKind::kDeclared) return true;
  if (f.external) return false;
  types::Context& cx = facts_.context();
  const types::Package& package = cx.package(program.types().unit(f.unit).package);
  const Tree* tree = package.files[f.file_index].tree;
  Ref<syntax::FuncDecl> decl{f.node.raw};
  if (f.late) {
    bool has_results = !cx.types.is(f.signature, types::TypeKind::kSignature) ||
                       !cx.types.tuple(cx.types.signature(f.signature).results).empty();
    if (has_results || f.span.size() > kMaxLateBytes || is_opaque(package.path)) return false;
    const types::LateBody& late = program.types().late_body(f.object);
    if (!late.decl.exists()) return false;
    tree = &late.tree;
    decl = late.decl;
  }
  return Walk(*this, *tree, depth).stops((*tree)[(*tree)[decl].body].stmts);
}

}  // namespace unpark::flow
