#include "syntax/walk.h"

#include <algorithm>
#include <vector>

namespace unpark::syntax {

namespace {

// Calls visit(ref) for each child that exists. A template, so that `walk` need not go through a
// std::function for each child.
template <typename Visit>
void each_child(const Tree& tree, Ref<Node> ref, const Visit& visit) {
  auto one = [&](auto child) {
    if (child.exists()) visit(Ref<Node>{child.raw});
  };
  auto all = [&](auto list) {
    for (auto child : tree[list]) one(child);
  };
  switch (tree.kind(ref)) {
    case Kind::kNone:
    case Kind::kBadExpr:
    case Kind::kIdent:
    case Kind::kBasicLit:
    case Kind::kBadStmt:
    case Kind::kEmptyStmt:
    case Kind::kBadDecl:
      return;
    case Kind::kCompositeLit:
      one(tree.get<CompositeLit>(ref).literal_type);
      all(tree.get<CompositeLit>(ref).elements);
      return;
    case Kind::kFuncLit:
      one(tree.get<FuncLit>(ref).func_type);
      one(tree.get<FuncLit>(ref).body);
      return;
    case Kind::kParenExpr:
      one(tree.get<ParenExpr>(ref).x);
      return;
    case Kind::kSelectorExpr:
      one(tree.get<SelectorExpr>(ref).x);
      one(tree.get<SelectorExpr>(ref).sel);
      return;
    case Kind::kIndexExpr:
      one(tree.get<IndexExpr>(ref).x);
      all(tree.get<IndexExpr>(ref).indices);
      return;
    case Kind::kSliceExpr:
      one(tree.get<SliceExpr>(ref).x);
      one(tree.get<SliceExpr>(ref).low);
      one(tree.get<SliceExpr>(ref).high);
      one(tree.get<SliceExpr>(ref).max);
      return;
    case Kind::kTypeAssertExpr:
      one(tree.get<TypeAssertExpr>(ref).x);
      one(tree.get<TypeAssertExpr>(ref).asserted);
      return;
    case Kind::kCallExpr:
      one(tree.get<CallExpr>(ref).fun);
      all(tree.get<CallExpr>(ref).args);
      return;
    case Kind::kStarExpr:
      one(tree.get<StarExpr>(ref).x);
      return;
    case Kind::kUnaryExpr:
      one(tree.get<UnaryExpr>(ref).x);
      return;
    case Kind::kBinaryExpr:
      one(tree.get<BinaryExpr>(ref).x);
      one(tree.get<BinaryExpr>(ref).y);
      return;
    case Kind::kKeyValueExpr:
      one(tree.get<KeyValueExpr>(ref).key);
      one(tree.get<KeyValueExpr>(ref).value_expr);
      return;
    case Kind::kEllipsis:
      one(tree.get<Ellipsis>(ref).element);
      return;
    case Kind::kArrayType:
      one(tree.get<ArrayType>(ref).length);
      one(tree.get<ArrayType>(ref).element);
      return;
    case Kind::kStructType:
      all(tree.get<StructType>(ref).fields);
      return;
    case Kind::kFuncType:
      all(tree.get<FuncType>(ref).type_params);
      all(tree.get<FuncType>(ref).params);
      all(tree.get<FuncType>(ref).results);
      return;
    case Kind::kInterfaceType:
      all(tree.get<InterfaceType>(ref).elements);
      return;
    case Kind::kMapType:
      one(tree.get<MapType>(ref).key);
      one(tree.get<MapType>(ref).element);
      return;
    case Kind::kChanType:
      one(tree.get<ChanType>(ref).element);
      return;
    case Kind::kDeclStmt:
      one(tree.get<DeclStmt>(ref).decl);
      return;
    case Kind::kLabeledStmt:
      one(tree.get<LabeledStmt>(ref).label);
      one(tree.get<LabeledStmt>(ref).stmt);
      return;
    case Kind::kExprStmt:
      one(tree.get<ExprStmt>(ref).x);
      return;
    case Kind::kSendStmt:
      one(tree.get<SendStmt>(ref).channel);
      one(tree.get<SendStmt>(ref).value_expr);
      return;
    case Kind::kIncDecStmt:
      one(tree.get<IncDecStmt>(ref).x);
      return;
    case Kind::kAssignStmt:
      all(tree.get<AssignStmt>(ref).lhs);
      all(tree.get<AssignStmt>(ref).rhs);
      return;
    case Kind::kGoStmt:
      one(tree.get<GoStmt>(ref).call);
      return;
    case Kind::kDeferStmt:
      one(tree.get<DeferStmt>(ref).call);
      return;
    case Kind::kReturnStmt:
      all(tree.get<ReturnStmt>(ref).results);
      return;
    case Kind::kBranchStmt:
      one(tree.get<BranchStmt>(ref).label);
      return;
    case Kind::kBlockStmt:
      all(tree.get<BlockStmt>(ref).stmts);
      return;
    case Kind::kIfStmt:
      one(tree.get<IfStmt>(ref).init);
      one(tree.get<IfStmt>(ref).cond);
      one(tree.get<IfStmt>(ref).body);
      one(tree.get<IfStmt>(ref).otherwise);
      return;
    case Kind::kCaseClause:
      all(tree.get<CaseClause>(ref).values);
      all(tree.get<CaseClause>(ref).body);
      return;
    case Kind::kSwitchStmt:
      one(tree.get<SwitchStmt>(ref).init);
      one(tree.get<SwitchStmt>(ref).tag);
      one(tree.get<SwitchStmt>(ref).body);
      return;
    case Kind::kTypeSwitchStmt:
      one(tree.get<TypeSwitchStmt>(ref).init);
      one(tree.get<TypeSwitchStmt>(ref).assign);
      one(tree.get<TypeSwitchStmt>(ref).body);
      return;
    case Kind::kCommClause:
      one(tree.get<CommClause>(ref).comm);
      all(tree.get<CommClause>(ref).body);
      return;
    case Kind::kSelectStmt:
      one(tree.get<SelectStmt>(ref).body);
      return;
    case Kind::kForStmt:
      one(tree.get<ForStmt>(ref).init);
      one(tree.get<ForStmt>(ref).cond);
      one(tree.get<ForStmt>(ref).post);
      one(tree.get<ForStmt>(ref).body);
      return;
    case Kind::kRangeStmt:
      one(tree.get<RangeStmt>(ref).key);
      one(tree.get<RangeStmt>(ref).value);
      one(tree.get<RangeStmt>(ref).x);
      one(tree.get<RangeStmt>(ref).body);
      return;
    case Kind::kGenDecl:
      all(tree.get<GenDecl>(ref).specs);
      return;
    case Kind::kFuncDecl:
      all(tree.get<FuncDecl>(ref).recv);
      one(tree.get<FuncDecl>(ref).name);
      one(tree.get<FuncDecl>(ref).func_type);
      one(tree.get<FuncDecl>(ref).body);
      return;
    case Kind::kImportSpec:
      one(tree.get<ImportSpec>(ref).name);
      one(tree.get<ImportSpec>(ref).path);
      return;
    case Kind::kValueSpec:
      all(tree.get<ValueSpec>(ref).names);
      one(tree.get<ValueSpec>(ref).type_expr);
      all(tree.get<ValueSpec>(ref).values);
      return;
    case Kind::kTypeSpec:
      one(tree.get<TypeSpec>(ref).name);
      all(tree.get<TypeSpec>(ref).type_params);
      one(tree.get<TypeSpec>(ref).type_expr);
      return;
    case Kind::kField:
      all(tree.get<Field>(ref).names);
      one(tree.get<Field>(ref).type_expr);
      one(tree.get<Field>(ref).tag);
      return;
  }
}

}  // namespace

void for_each_child(const Tree& tree, Ref<Node> node, const std::function<void(Ref<Node>)>& visit) {
  each_child(tree, node, visit);
}

void walk(const Tree& tree, Ref<Node> root, const std::function<bool(Ref<Node>)>& visit) {
  if (!root.exists()) return;
  std::vector<Ref<Node>> pending{root};
  while (!pending.empty()) {
    Ref<Node> node = pending.back();
    pending.pop_back();
    if (!visit(node)) continue;
    size_t mark = pending.size();
    each_child(tree, node, [&](Ref<Node> child) { pending.push_back(child); });
    std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(mark), pending.end());
  }
}

}  // namespace unpark::syntax
