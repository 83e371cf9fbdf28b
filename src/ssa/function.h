// Function: what is known of a function before (and after) its body is built.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "ssa/body.h"
#include "ssa/value.h"
#include "syntax/tree.h"
#include "types/program.h"

namespace unpark::ssa {

enum class FunctionKind : uint8_t {
  // A function or method declaration. Has no body to build when it is written elsewhere (assembly,
  // linkname): see Function::external.
  kDeclared,
  // A function literal.
  kLiteral,
  // The body of a loop `for … range f` over a function f, as the function that f calls: it takes
  // the
  // iteration values and returns whether to go on.
  kRangeBody,
  // Method `object` as a function of `receiver`: follows embedded fields and pointers to the method
  // declared, or calls it dynamically where `receiver` or an embedded field is an interface. Stands
  // in method sets (promoted methods, value methods of pointers) and for method expressions T.m.
  kMethodWrapper,
  // What the method value x.m is a closure of. Its one free variable is the receiver, exactly as
  // the
  // method `object` wants it (or x itself, an interface): `receiver` is its type.
  kBoundMethod,
  // Sets the package-level variables of a package in order, then calls its init functions.
  kPackageInit,
};

struct Function {
  FunctionKind kind = FunctionKind::kDeclared;
  bool external = false;  // declared without a body
  bool late = false;      // of a dependency: the body is read when it is asked for
  // Spans and syntax: the declaration, the literal, the range statement; of wrappers the method's.
  source::FileId file;
  Span span;
  types::UnitId unit;  // whose code it is; of wrappers: that of the method
  // The declared function; of wrappers and bound methods the method. Else none.
  ObjectId object;
  // The function around a literal or a range body.
  FunctionId parent;
  // Counts the literals of the parent from 1 in the order of their appearance, and apart from them
  // its range bodies. Of functions named init or _ : which one in the package, from 1.
  uint32_t ordinal = 0;
  // Of methods, wrappers and bound methods.
  TypeId receiver;
  // The function's type as a value: the receiver, if any, is the first parameter (not of bound
  // methods). Without type parameters.
  TypeId signature;
  // Of a generic function or method: its type parameters, those of the receiver first. Both the
  // function itself (no arguments) and its instances have them. Literals inside: see their root.
  std::span<const TypeId> type_params;
  // Of an instance: what the parameters stand for. Types in its body are substituted.
  std::span<const TypeId> type_args;
  // Of an instance: the generic function it is made from.
  FunctionId origin;

  // Where the source is: index into the package's files, and the FuncDecl, FuncLit or RangeStmt. Of
  // literals and range bodies of a late function in the tree of types::LateBody.
  uint32_t file_index = 0;
  syntax::Ref<syntax::Node> node;

  // Literals and range bodies directly inside, in order of creation; complete once the body is
  // built.
  std::vector<FunctionId> children;

  // Generic and not instantiated: types in its body mention type parameters.
  bool is_generic() const { return !type_params.empty() && type_args.empty(); }
  // Not written as a function in the source.
  bool is_synthetic() const {
    return kind != FunctionKind::kDeclared && kind != FunctionKind::kLiteral;
  }
};

}  // namespace unpark::ssa
