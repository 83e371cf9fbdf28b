// Objects: what identifiers denote (spec: "Declarations and scope").
#pragma once

#include <cstdint>

#include "base/interner.h"
#include "source/span.h"
#include "types/type.h"

namespace unpark::types {

enum class ObjectKind : uint8_t {
  kPkgName,
  kConst,
  kTypeName,
  kVar,
  kFunc,
  kLabel,
  kBuiltin,
  kNil,
};

enum class Builtin : uint8_t {
  kAppend,
  kCap,
  kClear,
  kClose,
  kComplex,
  kCopy,
  kDelete,
  kImag,
  kLen,
  kMake,
  kMax,
  kMin,
  kNew,
  kPanic,
  kPrint,
  kPrintln,
  kReal,
  kRecover,
  // Of package unsafe.
  kAdd,
  kAlignof,
  kOffsetof,
  kSizeof,
  kSlice,
  kSliceData,
  kString,
  kStringData,
};

struct Object {
  static constexpr uint16_t kField = 1;     // a struct field
  static constexpr uint16_t kEmbedded = 2;  // an embedded field
  static constexpr uint16_t kParam = 4;     // a parameter, result or receiver
  static constexpr uint16_t kAlias = 8;     // a type name declared with `=`
  static constexpr uint16_t kPackageLevel = 16;
  static constexpr uint16_t kPointerRecv = 32;  // a method with a pointer receiver
  static constexpr uint16_t kInterfaceMethod = 64;
  static constexpr uint16_t kMethod = 128;  // a method, of a type or of an interface
  static constexpr uint16_t kResult = 256;  // a result parameter (with kParam)

  enum State : uint8_t { kUnresolved, kInProgress, kResolved };

  ObjectKind kind = ObjectKind::kVar;
  State state = kResolved;
  uint16_t flags = 0;
  NameId name = {};
  PackageRef package = {};   // none for the universe
  source::FileId file = {};  // where declared; none for the universe
  uint32_t pos = 0;          // byte offset of the declaring identifier
  TypeId type = {};          // none until resolved; of a method: without receiver
  // kConst: ConstId. kBuiltin: Builtin. kPkgName: the imported PackageRef. kFunc: the TypeId of a
  // method's receiver as declared (Named, pointer to Named, or interface), none for a function. Of
  // a method of a generic type it is (a pointer to) the instance with the method's own receiver
  // type parameters: for `func (l *List[T]) Len() int` a pointer to List[T], T declared there.
  // Lookup takes the parameters from it.
  uint32_t extra = UINT32_MAX;
  // Package-level objects: index into the package's declarations. Alias: its type parameters'
  // index.
  uint32_t decl = UINT32_MAX;

  bool is(uint16_t flag) const { return flags & flag; }
};

}  // namespace unpark::types
