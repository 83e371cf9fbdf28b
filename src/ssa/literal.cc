// Composite literals (spec: "Composite literals"). Structs and arrays are filled in place in a
// fresh variable and then read, so nobody sees them half made; literals inside literals share that
// variable.
#include <algorithm>

#include "ssa/builder.h"

namespace unpark::ssa {

using syntax::CompositeLit;
using syntax::KeyValueExpr;

namespace {

// Elements of a literal. Each costs some 300 bytes here, and tables of this size are made by
// programs and contain nothing that anybody would be told about.
constexpr uint32_t kMaxElements = 1 << 22;

}  // namespace

// The number of elements of an array or slice literal, keys counted.
int64_t Builder::literal_length(const CompositeLit& lit) const {
  int64_t at = 0;
  int64_t max = 0;
  for (Ref<Expr> e : (*tree_)[lit.elements]) {
    if (auto kv = tree_->as<KeyValueExpr>(e); kv.exists()) {
      uint32_t raw = node(node(kv).key).value;
      if (raw) at = types::int64_value(cx_.constants[types::ConstId{raw - 1}]).value_or(at);
    }
    max = std::max(max, ++at);
  }
  return max;
}

// `type` is the literal's own, or, where {…} stands for &T{…}, T.
ValueId Builder::composite(Ref<CompositeLit> e, TypeId type) {
  const CompositeLit& lit = node(e);
  TypeId u = core(type);
  switch (types().kind(u)) {
    case TypeKind::kPointer:
      if (type != type_of(Ref<Expr>(e))) break;
      return composite_pointer(e, types().elem(u));
    case TypeKind::kStruct:
    case TypeKind::kArray: {
      if (lit.elements.empty()) {
        if (is_invalid(type)) break;
        return zero(type);
      }
      ValueId address = alloc(type, synthetic("literal"), lit.span);
      composite_at(address, e, type);
      return load(address, lit.span);
    }
    case TypeKind::kSlice: {
      TypeId array = types().array_of(types().elem(u), literal_length(lit));
      ValueId address = alloc(array, synthetic("literal"), lit.span, true);
      elements_at(address, lit);
      return emit(Op::kSlice, type, lit.span, {address, ValueId{}, ValueId{}, ValueId{}});
    }
    case TypeKind::kMap: {
      ValueId size = integer(lit.elements.count);
      ValueId map = emit(Op::kMakeMap, type, lit.span, {size});
      for (Ref<Expr> element : (*tree_)[lit.elements]) {
        auto kv = tree_->as<KeyValueExpr>(element);
        if (!kv.exists()) continue;
        ValueId key = expr_as(node(kv).key, types().key(u));
        ValueId value = expr_as(node(kv).value_expr, types().elem(u));
        emit(Op::kMapUpdate, {}, node(kv).span, {map, key, value});
      }
      return map;
    }
    default:
      break;
  }
  return poison(lit.span, "a composite literal whose type is not known");
}

ValueId Builder::composite_pointer(Ref<CompositeLit> e, TypeId type) {
  const CompositeLit& lit = node(e);
  ValueId address = alloc(type, synthetic("literal"), lit.span, true);
  TypeKind k = types().kind(core(type));
  if (k == TypeKind::kStruct || k == TypeKind::kArray) {
    composite_at(address, e, type);
  } else {
    store(address, composite(e, type), lit.span);
  }
  return address;
}

void Builder::composite_at(ValueId address, Ref<CompositeLit> e, TypeId type) {
  const CompositeLit& lit = node(e);
  TypeId u = core(type);
  if (!types().is(u, TypeKind::kStruct)) {
    elements_at(address, lit);
    return;
  }
  std::span<const types::StructField> fields = types().fields(u);
  uint32_t position = 0;
  for (Ref<Expr> element : (*tree_)[lit.elements]) {
    uint32_t index = position++;
    Ref<Expr> value = element;
    if (auto kv = tree_->as<KeyValueExpr>(element); kv.exists()) {
      value = node(kv).value_expr;
      auto key = tree_->as<Ident>(node(kv).key);
      index = 0;
      while (key.exists() && index < fields.size() && fields[index].name != node(key).name) index++;
    }
    if (index >= fields.size()) {
      fail(span(element), "a field that does not exist");
      return;
    }
    element_at(field(address, index, span(element)), value);
  }
}

void Builder::elements_at(ValueId array, const CompositeLit& lit) {
  if (lit.elements.count > kMaxElements) {
    fail(lit.span, "a literal of " + std::to_string(lit.elements.count) + " elements");
    return;
  }
  TypeId type = elem(elem(type_of(array)));
  int64_t at = 0;
  for (Ref<Expr> e : (*tree_)[lit.elements]) {
    Ref<Expr> value = e;
    if (auto kv = tree_->as<KeyValueExpr>(e); kv.exists()) {
      uint32_t raw = node(node(kv).key).value;
      if (raw) at = types::int64_value(cx_.constants[types::ConstId{raw - 1}]).value_or(at);
      value = node(kv).value_expr;
    }
    ValueId index = integer(at++);
    element_at(emit(Op::kIndexAddr, types().pointer_to(type), span(e), {array, index}), value);
  }
}

void Builder::element_at(ValueId address, Ref<Expr> value) {
  value = unparen(value);
  TypeId type = elem(type_of(address));
  if (kind(value) == Kind::kCompositeLit) {
    TypeId own = type_of(value);
    TypeKind k = types().kind(core(own));
    if ((k == TypeKind::kStruct || k == TypeKind::kArray) && types::identical(cx_, own, type)) {
      composite_at(address, tree_->as<CompositeLit>(value), own);
      return;
    }
  }
  store(address, expr(value), span(value));
}

}  // namespace unpark::ssa
