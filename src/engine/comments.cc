#include "engine/comments.h"

#include <algorithm>

#include "syntax/directive.h"

namespace unpark::engine {

namespace {

// The declaration that a comment documents: it follows, with nothing between but comments and the
// ends of their lines (no empty line).
std::optional<source::Span> documented(const syntax::Tree& tree, size_t comment) {
  uint32_t at = tree.comments[comment].span.end;
  std::string_view text = tree.text();
  auto next_comment = comment + 1;
  for (;;) {
    uint32_t lines = 0;
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
      lines += text[at++] == '\n';
    }
    if (lines != 1) return std::nullopt;
    if (next_comment < tree.comments.size() && tree.comments[next_comment].span.begin == at) {
      at = tree.comments[next_comment++].span.end;
      continue;
    }
    break;
  }
  for (syntax::Ref<syntax::Decl> decl : tree[tree.decls]) {
    if (tree.span(decl).begin == at) return tree.span(decl);
  }
  return std::nullopt;
}

}  // namespace

void add_comments(const syntax::Tree& tree, source::FileId file, const std::string& package,
                  PackageResult& result) {
  if (syntax::is_generated(tree)) result.generated.push_back(file);
  for (size_t i = 0; i < tree.comments.size(); i++) {
    source::Span span = tree.comments[i].span;
    std::optional<diag::Suppression> suppression = diag::parse_suppression(tree.text(span));
    if (!suppression) continue;
    diag::PlacedSuppression placed;
    placed.what = std::move(*suppression);
    placed.comment = {file, span};
    placed.declaration = documented(tree, i);
    placed.package = package;
    placed.complete = tree.errors.empty();
    result.suppressions.push_back(std::move(placed));
  }
}

}  // namespace unpark::engine
