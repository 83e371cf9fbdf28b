// Printing of syntax trees (`--print=tree`).
#pragma once

#include <string>
#include <string_view>

#include "base/interner.h"
#include "syntax/tree.h"

namespace unpark::syntax {

// "Ident", "CallExpr" and so on, as go/ast calls them.
std::string_view name_of(Kind kind);

// A line for each node, indented by depth: kind, place as line:column-line:column (columns in
// bytes, both from 1), then what it holds besides its children: names and literals as written,
// operators, flags. Errors follow. Uses an explicit stack.
//
//	(FuncDecl 3:1-3:12 main
//	  (Ident 3:6-3:10 main)
//	  …
std::string print(const Tree& tree, const base::Interner& names);

}  // namespace unpark::syntax
