// Small questions about typed syntax that several rules ask.
#pragma once

#include "syntax/tree.h"
#include "types/mode.h"
#include "types/package.h"

namespace unpark::rules {

inline syntax::Ref<syntax::Expr> unparen(const syntax::Tree& tree, syntax::Ref<syntax::Expr> e) {
  while (tree.is<syntax::ParenExpr>(e)) e = tree.get<syntax::ParenExpr>(e).x;
  return e;
}

// None for what has no type (and in code that does not type-check).
inline types::TypeId type_of(const syntax::Tree& tree, syntax::Ref<syntax::Expr> e) {
  uint32_t raw = e.exists() ? tree[e].type : 0;
  return raw ? types::TypeId{raw - 1} : types::TypeId{};
}

inline types::Mode mode_of(const syntax::Tree& tree, syntax::Ref<syntax::Expr> e) {
  return static_cast<types::Mode>(tree[e].mode);
}

inline types::ObjectId object_of(const syntax::Tree& tree, syntax::Ref<syntax::Ident> e) {
  uint32_t raw = e.exists() ? tree[e].object : 0;
  return raw ? types::ObjectId{raw - 1} : types::ObjectId{};
}

// What a name or the last part of a selector denotes: a variable, a field, a function, …
inline types::ObjectId denoted(const syntax::Tree& tree, syntax::Ref<syntax::Expr> e) {
  e = unparen(tree, e);
  if (tree.is<syntax::Ident>(e)) return object_of(tree, tree.as<syntax::Ident>(e));
  if (tree.is<syntax::SelectorExpr>(e)) {
    return object_of(tree, tree.get<syntax::SelectorExpr>(e).sel);
  }
  return {};
}

}  // namespace unpark::rules
