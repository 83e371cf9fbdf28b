// Composite literals (spec: "Composite literals").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::ArrayType;
using syntax::CompositeLit;
using syntax::KeyValueExpr;

// Checks the elements of an array or slice literal and gives the length they need.
int64_t Checker::indexed_elements(List<Expr> elements, TypeId type, int64_t length) {
  (void)length;
  int64_t at = 0;
  int64_t max = 0;
  for (Ref<Expr> e : tree()[elements]) {
    Ref<Expr> value = e;
    if (auto kv = tree().as<KeyValueExpr>(e); kv.exists()) {
      int64_t i = -1;
      index(node(kv).key, &i);
      if (i >= 0) at = i;
      value = node(kv).value_expr;
    }
    at++;
    max = std::max(max, at);
    Operand x;
    expr_with_hint(x, value, type);
    assignment(x, type);
  }
  return max;
}

void Checker::composite_lit(Operand& x, Ref<CompositeLit> e, TypeId hint) {
  const CompositeLit& lit = node(e);
  TypeId type;
  TypeId base;
  bool open_array = false;
  if (lit.literal_type.exists()) {
    auto array = tree().as<ArrayType>(lit.literal_type);
    if (array.exists() && kind(node(array).length) == Kind::kEllipsis) {
      open_array = true;
      TypeId element = type_of(node(array).element);
      int64_t n = indexed_elements(lit.elements, element, -1);
      type = types().array_of(element, n);
      record(lit.literal_type, Mode::kTypeExpr, type);
    } else {
      type = type_of(lit.literal_type);
      base = type;
    }
  } else if (hint.exists()) {
    type = hint;
    base = type;
    TypeId u = common_under(cx_, base);
    if (u.exists() && types().is(u, TypeKind::kPointer)) base = types().elem(u);
  } else {
    type = base = kInvalidType;
  }
  if (!open_array) {
    TypeId u = common_under(cx_, base);
    switch (u.exists() ? types().kind(u) : TypeKind::kBasic) {
      case TypeKind::kStruct: {
        std::span<const StructField> fields = types().fields(u);
        size_t position = 0;
        for (Ref<Expr> element : tree()[lit.elements]) {
          auto kv = tree().as<KeyValueExpr>(element);
          Operand v;
          if (!kv.exists()) {
            expr(v, element);
            if (position < fields.size()) assignment(v, fields[position++].type);
            continue;
          }
          expr(v, node(kv).value_expr);
          auto key = tree().as<Ident>(node(kv).key);
          if (!key.exists()) continue;
          NameId name = node(key).name;
          for (const StructField& f : fields) {
            if (f.name != name) continue;
            if (f.package != package_->identity() && !cx_.exported(name)) continue;
            tree()[key].object = f.object.raw + 1;
            assignment(v, f.type);
            break;
          }
        }
        break;
      }
      case TypeKind::kArray:
        indexed_elements(lit.elements, types().elem(u), types().array_length(u));
        break;
      case TypeKind::kSlice:
        indexed_elements(lit.elements, types().elem(u), -1);
        break;
      case TypeKind::kMap:
        for (Ref<Expr> element : tree()[lit.elements]) {
          auto kv = tree().as<KeyValueExpr>(element);
          if (!kv.exists()) continue;
          Operand k;
          expr_with_hint(k, node(kv).key, types().key(u));
          assignment(k, types().key(u));
          Operand v;
          expr_with_hint(v, node(kv).value_expr, types().elem(u));
          assignment(v, types().elem(u));
        }
        break;
      default:
        for (Ref<Expr> element : tree()[lit.elements]) use(element);
        x.invalidate();
        return;
    }
  }
  x.mode = Mode::kValue;
  x.type = type;
}

}  // namespace unpark::types
