// What every Go program finds declared: the universe block and package unsafe.
#include <array>

#include "syntax/unicode.h"
#include "types/package.h"
#include "types/uppercase.h"

namespace unpark::types {

namespace {

struct Predeclared {
  std::string_view name;
  BasicKind kind;
};

constexpr Predeclared kBasicTypes[] = {
    {"bool", BasicKind::kBool},           {"int", BasicKind::kInt},
    {"int8", BasicKind::kInt8},           {"int16", BasicKind::kInt16},
    {"int32", BasicKind::kInt32},         {"int64", BasicKind::kInt64},
    {"uint", BasicKind::kUint},           {"uint8", BasicKind::kUint8},
    {"uint16", BasicKind::kUint16},       {"uint32", BasicKind::kUint32},
    {"uint64", BasicKind::kUint64},       {"uintptr", BasicKind::kUintptr},
    {"float32", BasicKind::kFloat32},     {"float64", BasicKind::kFloat64},
    {"complex64", BasicKind::kComplex64}, {"complex128", BasicKind::kComplex128},
    {"string", BasicKind::kString},
};

struct PredeclaredFunc {
  std::string_view name;
  Builtin builtin;
};

constexpr PredeclaredFunc kBuiltins[] = {
    {"append", Builtin::kAppend},   {"cap", Builtin::kCap},         {"clear", Builtin::kClear},
    {"close", Builtin::kClose},     {"complex", Builtin::kComplex}, {"copy", Builtin::kCopy},
    {"delete", Builtin::kDelete},   {"imag", Builtin::kImag},       {"len", Builtin::kLen},
    {"make", Builtin::kMake},       {"max", Builtin::kMax},         {"min", Builtin::kMin},
    {"new", Builtin::kNew},         {"panic", Builtin::kPanic},     {"print", Builtin::kPrint},
    {"println", Builtin::kPrintln}, {"real", Builtin::kReal},       {"recover", Builtin::kRecover},
};

constexpr PredeclaredFunc kUnsafeBuiltins[] = {
    {"Add", Builtin::kAdd},           {"Alignof", Builtin::kAlignof},
    {"Offsetof", Builtin::kOffsetof}, {"Sizeof", Builtin::kSizeof},
    {"Slice", Builtin::kSlice},       {"SliceData", Builtin::kSliceData},
    {"String", Builtin::kString},     {"StringData", Builtin::kStringData},
};

Object type_name(TypeId type, uint16_t flags = 0) {
  Object o;
  o.kind = ObjectKind::kTypeName;
  o.type = type;
  o.flags = flags;
  return o;
}

Object builtin(Builtin id) {
  Object o;
  o.kind = ObjectKind::kBuiltin;
  o.type = kInvalidType;
  o.extra = static_cast<uint32_t>(id);
  return o;
}

}  // namespace

bool is_exported(std::string_view name) {
  return !name.empty() && is_uppercase(syntax::decode_rune(name, 0).value);
}

ObjectId Context::declare(std::string_view name, Object object) {
  object.name = names.intern(name);
  ObjectId id = objects.add(object);
  if (object.package.exists()) {
    packages[object.package]->scope.emplace(object.name, id);
  } else {
    universe.emplace(object.name, id);
  }
  return id;
}

Context::Context(base::Interner& interner, Sizes target)
    : names(interner), types(*this), sizes(target) {
  blank_name = names.intern("_");
  for (const Predeclared& p : kBasicTypes) declare(p.name, type_name(basic(p.kind)));
  declare("byte", type_name(basic(BasicKind::kUint8), Object::kAlias));
  declare("rune", type_name(basic(BasicKind::kInt32), Object::kAlias));
  declare("any", type_name(types.empty_interface(), Object::kAlias));

  Object constant;
  constant.kind = ObjectKind::kConst;
  constant.type = basic(BasicKind::kUntypedBool);
  constant.extra = constants.add(constant_pool.make_bool(true)).raw;
  declare("true", constant);
  constant.extra = constants.add(constant_pool.make_bool(false)).raw;
  declare("false", constant);
  constant.type = basic(BasicKind::kUntypedInt);
  constant.extra = constants.add(constant_pool.make_int(0)).raw;
  declare("iota", constant);

  Object nil;
  nil.kind = ObjectKind::kNil;
  nil.type = basic(BasicKind::kUntypedNil);
  declare("nil", nil);
  for (const PredeclaredFunc& f : kBuiltins) declare(f.name, builtin(f.builtin));

  ObjectId error = declare("error", type_name(kInvalidType));
  error_type = types.new_named(error, nullptr);
  objects[error].type = error_type;
  TypeId string = basic(BasicKind::kString);
  Signature signature;
  signature.params = types.empty_tuple();
  signature.results = types.tuple_of({&string, 1});
  Object method;
  method.kind = ObjectKind::kFunc;
  method.flags = Object::kMethod | Object::kInterfaceMethod;
  method.name = names.intern("Error");
  method.type = types.signature_of(signature);
  method.extra = error_type.raw;
  error_method = objects.add(method);
  InterfaceMethod declared{method.name, error_method, method.type, {}};
  types.named(error_type).rhs = types.interface_of({&declared, 1}, {});

  ObjectId comparable = declare("comparable", type_name(kInvalidType));
  comparable_type = types.new_named(comparable, nullptr);
  objects[comparable].type = comparable_type;
  types.named(comparable_type).rhs = types.comparable_interface();

  unsafe_package = packages.add(std::make_unique<Package>());
  Package& unsafe = package(unsafe_package);
  unsafe.ref = unsafe_package;
  unsafe.path = unsafe.name = "unsafe";
  unsafe.is_unsafe = true;
  Object pointer = type_name(basic(BasicKind::kUnsafePointer));
  pointer.package = unsafe_package;
  declare("Pointer", pointer);
  for (const PredeclaredFunc& f : kUnsafeBuiltins) {
    Object o = builtin(f.builtin);
    o.package = unsafe_package;
    declare(f.name, o);
  }
}
Context::~Context() = default;

}  // namespace unpark::types
