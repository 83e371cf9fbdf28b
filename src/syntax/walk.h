// Visiting the children of a node, in the order of go/ast.Walk.
#pragma once

#include <functional>

#include "syntax/tree.h"

namespace unpark::syntax {

// Calls visit(child) for each child that exists.
void for_each_child(const Tree& tree, Ref<Node> node, const std::function<void(Ref<Node>)>& visit);

// Visits `root` and everything below, parents first. A visit that returns false skips the children.
// Uses an explicit stack, so depth costs no machine stack.
void walk(const Tree& tree, Ref<Node> root, const std::function<bool(Ref<Node>)>& visit);

}  // namespace unpark::syntax
