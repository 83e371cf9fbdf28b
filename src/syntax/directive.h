// Comments that mean something: build constraints, line directives, pragmas for tools, the mark of
// generated files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "syntax/tree.h"

namespace unpark::syntax {

// The lines at the top of a file that say when it is built. They count where the go command looks
// for them: `//go:build` in the comments and blank lines before all else, and `// +build` only
// where a blank line follows that. Spans are of what stands behind the words, without blanks around
// it.
struct BuildLines {
  std::optional<Span> go_build;
  bool has_second_go_build = false;  // which the go command refuses
  std::vector<Span> plus_build;
};
// Needs only the text, which need not be Go behind its header.
BuildLines build_lines(std::string_view text);

// `//line FILE:LINE`, `//line FILE:LINE:COLUMN` and the same as `/*line …*/`: says where the text
// from `from` on comes from.
struct LineDirective {
  uint32_t from = 0;
  Span file;                // as written; empty with `keeps_file`
  bool keeps_file = false;  // the file is that of the directive before, or the real one
  uint32_t line = 0;
  uint32_t column = 0;  // 0 if none is given
};
// Reads one comment; none if it is no line directive. One that is malformed gives none and sets
// `problem`, which a syntax error reports.
std::optional<LineDirective> line_directive(std::string_view text, Span comment,
                                            std::optional<SyntaxError>* problem = nullptr);
// All of a file, in order. Like the functions below, needs a tree that kept its comments.
std::vector<LineDirective> line_directives(const Tree& tree);

// `//tool:name arguments`, as in `//go:linkname local remote` or `//lint:ignore CHECK reason`,
// without a blank behind the slashes; also `//nolint` with or without a name.
struct Pragma {
  Span comment;
  Span tool;
  Span name;
  Span arguments;  // without blanks around
};
std::vector<Pragma> pragmas(const Tree& tree);

// Whether a line `// Code generated … DO NOT EDIT.` stands before the package clause.
bool is_generated(const Tree& tree);

}  // namespace unpark::syntax
