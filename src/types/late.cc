// Bodies that the parser skipped, read on demand.
//
// The function's text is parsed again from `func` to the closing brace, into a tree of its own. Its
// signature was checked with the declarations of the package: node by node the new tree takes over
// what the old one says, objects of parameters and type parameters included, so that whoever looks
// at the body meets the objects that callers know. Then the body is checked as any other.
//
// The old tree, the file and the package are only read: any number of bodies can be read at once.
#include <algorithm>

#include "syntax/parser.h"
#include "syntax/walk.h"
#include "types/checker.h"

namespace unpark::types {

using syntax::FuncDecl;
using syntax::Node;
using syntax::SelectorExpr;

namespace {

// The nodes of a function declaration without its body, parents first.
std::vector<Ref<Node>> signature_nodes(const Tree& tree, Ref<FuncDecl> decl) {
  std::vector<Ref<Node>> out;
  const FuncDecl& f = tree[decl];
  auto add = [&](uint32_t root) {
    syntax::walk(tree, Ref<Node>{root}, [&](Ref<Node> n) {
      out.push_back(n);
      return true;
    });
  };
  for (Ref<Field> field : tree[f.recv]) add(field.raw);
  add(f.name.raw);
  add(f.func_type.raw);
  return out;
}

// Writes what the checker found out about one signature into an equal one. False when they are not
// equal: then the text does not parse the same way twice.
bool take_over(const Tree& from, Ref<FuncDecl> old, const std::vector<Instance>& instances,
               LateBody& to) {
  std::vector<Ref<Node>> a = signature_nodes(from, old);
  std::vector<Ref<Node>> b = signature_nodes(to.tree, to.decl);
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    const Node& node = from[a[i]];
    if (node.kind != to.tree[b[i]].kind || node.span != to.tree[b[i]].span) return false;
    if (!syntax::is_expr(node.kind)) continue;
    const Expr& expr = from[Ref<Expr>{a[i].raw}];
    Expr& copy = to.tree[Ref<Expr>{b[i].raw}];
    copy.mode = expr.mode;
    copy.type = expr.type;
    copy.value = expr.value;
    if (node.kind == Kind::kSelectorExpr) {
      to.tree[Ref<SelectorExpr>{b[i].raw}].selection = from[Ref<SelectorExpr>{a[i].raw}].selection;
    }
    if (node.kind != Kind::kIdent) continue;
    Ref<Ident> ident{a[i].raw};
    Ref<Ident> same{b[i].raw};
    to.tree[same].object = from[ident].object;
    auto it = std::lower_bound(instances.begin(), instances.end(), ident,
                               [](const Instance& x, Ref<Ident> y) { return x.ident < y; });
    if (it != instances.end() && it->ident == ident) {
      to.instances.push_back({same, it->args, it->type});
    }
  }
  return true;
}

}  // namespace

void Checker::read_body(Package& package, const Package* view, const Declaration& declaration,
                        LateBody& out) {
  package_ = &package;
  view_ = package.base ? &package : view;
  declaring_ = false;
  mark_stack();
  env_ = Env{};
  env_.file_index = declaration.file;
  env_.file = &package.files[declaration.file];
  const Tree& file = *env_.file->tree;
  Ref<FuncDecl> old = file.as<FuncDecl>(declaration.node);
  if (!old.exists()) return;
  out.tree = syntax::parse_function(file.text(), file.span(old), cx_.names);
  if (!out.tree.errors.empty() || out.tree.decls.empty()) return;
  out.decl = out.tree.as<FuncDecl>(out.tree.at(out.tree.decls, 0));
  if (!take_over(file, old, env_.file->instances, out)) {
    out.decl = {};
    return;
  }
  env_.tree = &out.tree;
  env_.instances = &out.instances;
  LocalScopes::Block block(scopes_);
  declared_body(out.decl);
  std::sort(out.instances.begin(), out.instances.end(),
            [](const Instance& x, const Instance& y) { return x.ident < y.ident; });
  out.tree.shrink();
  has_ = 0;
  mentions_.clear();
}

}  // namespace unpark::types
