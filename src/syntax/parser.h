// Parsing of Go source text, the whole language through Go 1.27 (spec: "Source file organization").
#pragma once

#include <cstdint>
#include <string_view>

#include "base/interner.h"
#include "syntax/tree.h"

namespace unpark::syntax {

struct ParseOptions {
  // Stop behind the import declarations.
  bool imports_only = false;
  // Leave function bodies out (FuncDecl::kBodySkipped); their braces are still matched.
  bool skip_bodies = false;
  bool keep_comments = true;
  // Nesting beyond this is a syntax error instead of a deep stack.
  uint32_t max_depth = 1000;
};

// Parses one file. Never fails: broken text gives errors in the tree and as much of the rest as can
// be told. `text` must outlive the tree, and be shorter than 1 GiB. Linear in the length of the
// text. Thread-safe for different files; `names` may be shared.
Tree parse(std::string_view text, base::Interner& names, const ParseOptions& options = {});

// Parses one function declaration, which stands at `at` in a text that parse() has read without
// its bodies. The only declaration of the tree is that function; its spans are offsets in `text`,
// which must outlive the tree. Comments are not kept. Linear in the length of the function.
Tree parse_function(std::string_view text, Span at, base::Interner& names);

}  // namespace unpark::syntax
