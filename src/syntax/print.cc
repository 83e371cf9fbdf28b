#include "syntax/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "source/line_table.h"
#include "syntax/walk.h"

namespace unpark::syntax {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "None";
#define UNPARK_NAME(K) \
  case Kind::k##K:     \
    return #K;
      UNPARK_NAME(BadExpr)
      UNPARK_NAME(Ident)
      UNPARK_NAME(BasicLit)
      UNPARK_NAME(CompositeLit)
      UNPARK_NAME(FuncLit)
      UNPARK_NAME(ParenExpr)
      UNPARK_NAME(SelectorExpr)
      UNPARK_NAME(IndexExpr)
      UNPARK_NAME(SliceExpr)
      UNPARK_NAME(TypeAssertExpr)
      UNPARK_NAME(CallExpr)
      UNPARK_NAME(StarExpr)
      UNPARK_NAME(UnaryExpr)
      UNPARK_NAME(BinaryExpr)
      UNPARK_NAME(KeyValueExpr)
      UNPARK_NAME(Ellipsis)
      UNPARK_NAME(ArrayType)
      UNPARK_NAME(StructType)
      UNPARK_NAME(FuncType)
      UNPARK_NAME(InterfaceType)
      UNPARK_NAME(MapType)
      UNPARK_NAME(ChanType)
      UNPARK_NAME(BadStmt)
      UNPARK_NAME(DeclStmt)
      UNPARK_NAME(EmptyStmt)
      UNPARK_NAME(LabeledStmt)
      UNPARK_NAME(ExprStmt)
      UNPARK_NAME(SendStmt)
      UNPARK_NAME(IncDecStmt)
      UNPARK_NAME(AssignStmt)
      UNPARK_NAME(GoStmt)
      UNPARK_NAME(DeferStmt)
      UNPARK_NAME(ReturnStmt)
      UNPARK_NAME(BranchStmt)
      UNPARK_NAME(BlockStmt)
      UNPARK_NAME(IfStmt)
      UNPARK_NAME(CaseClause)
      UNPARK_NAME(SwitchStmt)
      UNPARK_NAME(TypeSwitchStmt)
      UNPARK_NAME(CommClause)
      UNPARK_NAME(SelectStmt)
      UNPARK_NAME(ForStmt)
      UNPARK_NAME(RangeStmt)
      UNPARK_NAME(BadDecl)
      UNPARK_NAME(GenDecl)
      UNPARK_NAME(FuncDecl)
      UNPARK_NAME(ImportSpec)
      UNPARK_NAME(ValueSpec)
      UNPARK_NAME(TypeSpec)
      UNPARK_NAME(Field)
#undef UNPARK_NAME
  }
  return "None";
}

namespace {

// Deeper nodes are indented no more, so that the size of the output is linear in that of the tree.
constexpr uint32_t kMaxIndent = 100;

class Printer {
 public:
  Printer(const Tree& tree, const base::Interner& names)
      : tree_(tree), names_(names), lines_(tree.text()) {}

  std::string run() {
    put("(File");
    if (tree_.package_name.exists()) subtree(Ref<Node>{tree_.package_name.raw});
    for (Ref<Decl> decl : tree_[tree_.decls]) subtree(Ref<Node>{decl.raw});
    put(")\n");
    for (const SyntaxError& error : tree_.errors) {
      put("error ");
      place(error.span);
      put(" {}\n", error.message);
    }
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void position(uint32_t offset) {
    source::Position position = lines_.position(offset);
    put("{}:{}", position.line, position.column);
  }
  void place(Span span) {
    position(span.begin);
    put("-");
    position(span.end);
  }

  // A node is printed when it is opened; its entry on the stack then waits to print the
  // parenthesis.
  void subtree(Ref<Node> root) {
    struct Entry {
      Ref<Node> node;
      uint32_t depth;
      bool is_open;
    };
    std::vector<Entry> pending{{root, 1, false}};
    while (!pending.empty()) {
      Entry& top = pending.back();
      if (top.is_open) {
        put(")");
        pending.pop_back();
        continue;
      }
      top.is_open = true;
      Entry entry = top;
      put("\n{:{}}({} ", "", 2 * std::min(entry.depth, kMaxIndent),
          name_of(tree_.kind(entry.node)));
      place(tree_.span(entry.node));
      details(entry.node);
      size_t mark = pending.size();
      for_each_child(tree_, entry.node,
                     [&](Ref<Node> child) { pending.push_back({child, entry.depth + 1, false}); });
      std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(mark), pending.end());
    }
  }

  void details(Ref<Node> ref) {
    const Node& node = tree_[ref];
    auto named_flag = [&](uint8_t bit, std::string_view name) {
      if (node.flags & bit) put(" {}", name);
    };
    switch (node.kind) {
      case Kind::kIdent:
        put(" {}", names_.text(tree_.get<Ident>(ref).name));
        return;
      case Kind::kBasicLit:
        put(" {}", tree_.text(node.span));
        return;
      case Kind::kSliceExpr:
        put(" [{}:{}", tree_.get<SliceExpr>(ref).low.exists() ? "low" : "",
            tree_.get<SliceExpr>(ref).high.exists() ? "high" : "");
        put("{}]", tree_.get<SliceExpr>(ref).max.exists() ? ":max" : "");
        return;
      case Kind::kCallExpr:
        named_flag(CallExpr::kSpread, "...");
        return;
      case Kind::kUnaryExpr:
      case Kind::kBinaryExpr:
      case Kind::kIncDecStmt:
      case Kind::kAssignStmt:
      case Kind::kBranchStmt:
      case Kind::kGenDecl:
        put(" {}", text_of(node.op));
        return;
      case Kind::kRangeStmt:
        if (node.op != Token::kIllegal) put(" {}", text_of(node.op));
        return;
      case Kind::kChanType:
        named_flag(ChanType::kSend, "send");
        named_flag(ChanType::kRecv, "receive");
        return;
      case Kind::kEmptyStmt:
        named_flag(EmptyStmt::kImplicit, "implicit");
        return;
      case Kind::kCaseClause:
        named_flag(CaseClause::kDefault, "default");
        return;
      case Kind::kCommClause:
        named_flag(CommClause::kDefault, "default");
        return;
      case Kind::kFuncDecl:
        named_flag(FuncDecl::kBodySkipped, "skipped");
        return;
      case Kind::kTypeSpec:
        named_flag(TypeSpec::kAlias, "=");
        return;
      default:
        return;
    }
  }

  const Tree& tree_;
  const base::Interner& names_;
  source::LineTable lines_;
  std::string out_;
};

}  // namespace

std::string print(const Tree& tree, const base::Interner& names) {
  return Printer(tree, names).run();
}

}  // namespace unpark::syntax
