// Untyped values and constants: what an untyped expression becomes where a type is asked for (spec:
// "Constants", "Constant expressions", "Assignability", "Representability").
//
// An expression is recorded in the tree with its untyped type first. When the context gives it a
// type, update_expr_type walks down the operands that share the fate of the whole (not those of
// comparisons, nor shift counts, nor parts of constants) and gives them the type too.
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::BinaryExpr;
using syntax::CallExpr;
using syntax::IndexExpr;
using syntax::ParenExpr;
using syntax::SelectorExpr;
using syntax::UnaryExpr;

namespace {

BasicKind basic_kind(TypeId t) { return static_cast<BasicKind>(t.raw); }

}  // namespace

TypeId Checker::recorded(Ref<Expr> e) const {
  uint32_t raw = node(e).type;
  return raw ? TypeId{raw - 1} : TypeId{};
}

void Checker::record(Ref<Expr> e, Mode mode, TypeId type) {
  Expr& n = tree()[e];
  n.mode = static_cast<uint8_t>(mode);
  n.type = type.raw + 1;
  n.value = 0;
  if (type == kInvalidType && mode != Mode::kBuiltin) has_ |= BodySummary::kUnknown;
}

void Checker::record_value(Ref<Expr> e, const Constant& value, TypeId type) {
  tree()[e].value = cx_.constants.add(rounded(value, type)).raw + 1;
}

void Checker::record(Operand& x) {
  switch (x.mode) {
    case Mode::kInvalid: {
      // A node that was looked at before (`x op= y` looks twice) must not keep an old result.
      Expr& n = tree()[x.expr];
      n.mode = 0;
      n.type = kInvalidType.raw + 1;
      n.value = 0;
      has_ |= BodySummary::kUnknown;
      return;
    }
    case Mode::kNoValue:
      record(x.expr, x.mode, types().empty_tuple());
      return;
    default:
      record(x.expr, x.mode, x.type);
      if (x.mode == Mode::kConstant) record_value(x.expr, x.value, x.type);
  }
}

void Checker::record_comma_ok(Ref<Expr> e, TypeId value_type, TypeId ok_type) {
  TypeId pair[] = {value_type, ok_type};
  TypeId tuple = types().tuple_of(pair);
  for (;;) {
    tree()[e].type = tuple.raw + 1;
    auto paren = tree().as<ParenExpr>(e);
    if (!paren.exists()) return;
    e = node(paren).x;
  }
}

void Checker::record_instance(Ref<Expr> e, std::span<const TypeId> args, TypeId type) {
  Ref<Ident> name = type_name_ident(e);
  if (!name.exists()) return;
  Instance instance{name, types().keep(args), type};
  if (declaring_ || env_.instances) {
    (env_.instances ? *env_.instances : env_.file->instances).push_back(instance);
    return;
  }
  std::lock_guard<std::mutex> lock(package_->mutex);
  env_.file->instances.push_back(instance);
}

void Checker::record_selection(Ref<SelectorExpr> e, const Selection& selection) {
  SelectorExpr& n = tree()[e];
  Selection kept = selection;
  kept.path = types().keep(selection.path);
  n.selection = cx_.selections.add(kept).raw + 1;
  tree()[n.sel].object = selection.object.raw + 1;
  if (selection.kind != Selection::kFieldVal) mentions_.push_back(selection.object.raw);
}

void Checker::update_expr_value(Ref<Expr> e, const Constant& value) {
  if (!e.exists()) return;
  TypeId t = recorded(e);
  if (t.exists() && is_untyped(t)) tree()[e].value = cx_.constants.add(value).raw + 1;
}

void Checker::update_expr_type(Ref<Expr> e, TypeId type, bool final) {
  // Down the left spine in a loop: long chains of operators are common in generated code.
  while (e.exists()) {
    TypeId old = recorded(e);
    if (!old.exists() || !is_untyped(old)) return;
    Expr& n = tree()[e];
    bool constant = n.value != 0;
    Ref<Expr> next;
    switch (n.kind) {
      case Kind::kParenExpr:
        next = node(tree().as<ParenExpr>(e)).x;
        break;
      case Kind::kUnaryExpr:
        if (!constant) next = node(tree().as<UnaryExpr>(e)).x;
        break;
      case Kind::kBinaryExpr: {
        const BinaryExpr& b = node(tree().as<BinaryExpr>(e));
        if (constant || syntax::is_comparison(b.op)) break;
        next = b.x;
        if (!syntax::is_shift(b.op)) update_expr_type(b.y, type, final);
        break;
      }
      case Kind::kIdent:
      case Kind::kBasicLit:
      case Kind::kSelectorExpr:
      case Kind::kCallExpr:
        break;
      default:
        return;
    }
    if (!final && is_untyped(under(type))) {
      n.type = under(type).raw + 1;
    } else {
      n.type = type.raw + 1;
      if (constant) record_value(e, cx_.constants[ConstId{n.value - 1}], type);
    }
    e = next;
  }
}

// The value as the type holds it: floats rounded, integral floats as integers.
Constant Checker::rounded(const Constant& value, TypeId type) {
  TypeId u = under(type);
  if (u.raw >= kBasicCount || is_untyped(u)) return value;
  return representable(value, u).value_or(value);
}

std::optional<Constant> Checker::representable(const Constant& value, TypeId t) {
  if (value.is_unknown()) return value;
  ConstantPool& pool = cx_.constant_pool;
  unsigned word = static_cast<unsigned>(cx_.sizes.word * 8);
  auto integer = [&](unsigned bits, bool is_signed) {
    return pool.round_to_integer(value, bits, is_signed);
  };
  auto as = [&](const Constant& v) { return v.is_unknown() ? std::optional<Constant>{} : v; };
  switch (basic_kind(t)) {
    case BasicKind::kBool:
    case BasicKind::kUntypedBool:
      return value.kind() == ConstantKind::kBool ? std::optional(value) : std::nullopt;
    case BasicKind::kString:
    case BasicKind::kUntypedString:
      return value.kind() == ConstantKind::kString ? std::optional(value) : std::nullopt;
    case BasicKind::kInt:
      return integer(word, true);
    case BasicKind::kInt8:
      return integer(8, true);
    case BasicKind::kInt16:
      return integer(16, true);
    case BasicKind::kInt32:
      return integer(32, true);
    case BasicKind::kInt64:
      return integer(64, true);
    case BasicKind::kUint:
    case BasicKind::kUintptr:
      return integer(word, false);
    case BasicKind::kUint8:
      return integer(8, false);
    case BasicKind::kUint16:
      return integer(16, false);
    case BasicKind::kUint32:
      return integer(32, false);
    case BasicKind::kUint64:
      return integer(64, false);
    case BasicKind::kUntypedInt:
    case BasicKind::kUntypedRune:
      return as(pool.to_int(value));
    case BasicKind::kFloat32:
      return pool.round_to_float32(value);
    case BasicKind::kFloat64:
      return pool.round_to_float64(value);
    case BasicKind::kUntypedFloat:
      return pool.to_float(value).is_unknown() ? std::optional<Constant>{} : value;
    case BasicKind::kComplex64:
      return pool.round_to_complex64(value);
    case BasicKind::kComplex128:
      return pool.round_to_complex128(value);
    case BasicKind::kUntypedComplex:
      return pool.to_complex(value).is_unknown() ? std::optional<Constant>{} : value;
    default:
      return std::nullopt;
  }
}

void Checker::overflow(Operand& x) {
  if (x.value.is_unknown()) return;
  if (!is_untyped(x.type)) {
    if (auto v = representable(x.value, under(x.type))) x.value = *v;
  } else if (overflows_untyped(x.value)) {
    x.value = Constant{};
  }
}

// What type (and value) x takes where `target` is asked for. False: x cannot become that.
bool Checker::implicit_type(const Operand& x, TypeId target, TypeId* type,
                            std::optional<Constant>* value) {
  if (!x.valid() || !is_untyped(x.type) || target == kInvalidType) {
    *type = x.type;
    return true;
  }
  if (is_untyped(target)) {
    *type = max_untyped(x.type, target);
    return type->exists();
  }
  TypeId nil = basic(BasicKind::kUntypedNil);
  TypeId u = under(target);
  switch (types().kind(u)) {
    case TypeKind::kBasic:
      if (x.mode == Mode::kConstant) {
        *value = representable(x.value, u);
        *type = target;
        return value->has_value();
      }
      switch (basic_kind(x.type)) {
        case BasicKind::kUntypedBool:
          if (!is_boolean(cx_, target)) return false;
          break;
        case BasicKind::kUntypedString:
          if (!is_string(cx_, target)) return false;
          break;
        case BasicKind::kUntypedNil:
          *type = nil;
          return has_nil(cx_, target);
        default:
          if (!is_numeric(cx_, target)) return false;
      }
      *type = target;
      return true;
    case TypeKind::kTypeParam: {
      bool good = for_each_under(cx_, target, [&](TypeId, TypeId each) {
        TypeId ignored_type;
        std::optional<Constant> ignored_value;
        return each.exists() && implicit_type(x, each, &ignored_type, &ignored_value);
      });
      if (!good) return false;
      *type = x.is_nil() ? nil : target;
      return true;
    }
    case TypeKind::kInterface:
      *type = x.is_nil() ? nil : default_type(x.type);
      return true;
    case TypeKind::kPointer:
    case TypeKind::kSignature:
    case TypeKind::kSlice:
    case TypeKind::kMap:
    case TypeKind::kChan:
      *type = nil;
      return x.is_nil();
    default:
      return false;
  }
}

void Checker::convert_untyped(Operand& x, TypeId target) {
  TypeId type;
  std::optional<Constant> value;
  if (!implicit_type(x, target, &type, &value)) {
    x.invalidate();
    return;
  }
  if (value) {
    x.value = *value;
    update_expr_value(x.expr, *value);
  }
  if (type != x.type) {
    x.type = type;
    update_expr_type(x.expr, type, false);
  }
}

void Checker::assignment(Operand& x, TypeId target) {
  switch (x.mode) {
    case Mode::kConstant:
    case Mode::kVariable:
    case Mode::kMapIndex:
    case Mode::kValue:
    case Mode::kCommaOk:
      break;
    default:
      x.invalidate();
      return;
  }
  if (!is_untyped(x.type)) return;
  TypeId wanted = target;
  if (!target.exists() || is_interface(cx_, target)) wanted = default_type(x.type);
  convert_untyped(x, wanted);
}

}  // namespace unpark::types
