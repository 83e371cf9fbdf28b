// Parses any bytes and checks what holds for every tree: spans lie in the text and, in a tree
// without errors, in their parent's; errors are in order; all nodes made are reachable; literals
// have values; a second parse gives the same tree.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/interner.h"
#include "syntax/directive.h"
#include "syntax/literal.h"
#include "syntax/parser.h"
#include "syntax/print.h"
#include "syntax/walk.h"

namespace unpark::syntax {
namespace {

void check_tree(const Tree& tree) {
  auto size = static_cast<uint32_t>(tree.text().size());
  uint32_t last = 0;
  for (const SyntaxError& error : tree.errors) {
    UNPARK_CHECK(error.span.begin >= last && error.span.begin <= error.span.end, "order of errors");
    UNPARK_CHECK(error.span.end <= size, "an error beyond the text");
    last = error.span.begin;
  }
  bool is_correct = tree.errors.empty();
  uint32_t reached = 0;
  auto check_node = [&](Ref<Node> ref) {
    const Node& node = tree[ref];
    reached++;
    UNPARK_CHECK(node.span.begin <= node.span.end && node.span.end <= size,
                 "a span beyond the text");
    if (!is_correct) return true;
    UNPARK_CHECK(
        node.kind != Kind::kBadExpr && node.kind != Kind::kBadStmt && node.kind != Kind::kBadDecl,
        "a bad node without an error");
    for_each_child(tree, ref, [&](Ref<Node> child) {
      Span span = tree.span(child);
      UNPARK_CHECK(span.begin >= node.span.begin && span.end <= node.span.end,
                   "a child outside its parent");
    });
    if (node.op == Token::kString && node.kind == Kind::kBasicLit) {
      UNPARK_CHECK(string_value(tree.text(node.span)).has_value(), "a string without value");
    }
    if (node.op == Token::kChar && node.kind == Kind::kBasicLit) {
      UNPARK_CHECK(rune_value(tree.text(node.span)).has_value(), "a rune without value");
    }
    return true;
  };
  if (tree.package_name.exists()) check_node(Ref<Node>{tree.package_name.raw});
  for (Ref<Decl> decl : tree[tree.decls]) walk(tree, Ref<Node>{decl.raw}, check_node);
  if (is_correct) UNPARK_CHECK(reached == tree.node_count, "nodes out of reach");
  last = 0;
  for (const Comment& comment : tree.comments) {
    UNPARK_CHECK(comment.span.begin >= last && comment.span.end <= size, "comments out of order");
    UNPARK_CHECK(comment.span.size() >= 2, "a comment without its slashes");
    last = comment.span.end;
  }
}

// Making an interner costs more than most parses, so many runs share one.
base::Interner& shared_names() {
  constexpr uint32_t kRunsOfOne = 10000;
  static std::unique_ptr<base::Interner> names;
  static uint32_t runs = 0;
  if (runs++ % kRunsOfOne == 0) names = std::make_unique<base::Interner>();
  return *names;
}

void run(std::string_view text) {
  base::Interner& names = shared_names();
  ParseOptions options;
  options.max_depth = 200;
  Tree tree = parse(text, names, options);
  check_tree(tree);
  std::string printed = print(tree, names);
  UNPARK_CHECK(print(parse(text, names, options), names) == printed, "two trees of one text");
  for (const LineDirective& line : line_directives(tree)) {
    UNPARK_CHECK(line.line > 0 && line.from <= text.size(), "a line directive to nowhere");
  }
  for (const Pragma& pragma : pragmas(tree)) {
    UNPARK_CHECK(pragma.arguments.end <= pragma.comment.end, "a pragma beyond its comment");
  }
  build_lines(text);
  is_generated(tree);

  options.skip_bodies = true;
  options.keep_comments = false;
  Tree skipped = parse(text, names, options);
  check_tree(skipped);
  if (tree.errors.empty()) {
    UNPARK_CHECK(skipped.errors.empty() && skipped.decls.count == tree.decls.count,
                 "bodies matter to what is outside");
  }
  options.imports_only = true;
  Tree imports = parse(text, names, options);
  check_tree(imports);
  if (tree.errors.empty()) {
    UNPARK_CHECK(imports.imports.size() == tree.imports.size(), "imports differ");
  }
}

}  // namespace
}  // namespace unpark::syntax

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  unpark::syntax::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
