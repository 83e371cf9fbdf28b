// Index and slice expressions (spec: "Index expressions", "Simple slice expressions", "Full slice
// expressions").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::IndexExpr;
using syntax::SliceExpr;

bool Checker::valid_index(Operand& x) {
  if (!x.valid()) return false;
  convert_untyped(x, basic(BasicKind::kInt));
  if (!x.valid() || !all_integer(cx_, x.type)) return false;
  if (x.mode == Mode::kConstant) {
    std::optional<Constant> v = representable(x.value, basic(BasicKind::kInt));
    if (!v) return false;
    x.value = *v;
  }
  return true;
}

// The type of an index; its value too when it is a constant.
TypeId Checker::index(Ref<Expr> e, int64_t* value) {
  if (value) *value = -1;
  Operand x;
  expr(x, e);
  if (!valid_index(x)) return kInvalidType;
  if (value && x.mode == Mode::kConstant) *value = int64_value(x.value).value_or(-1);
  return x.type;
}

bool Checker::index_expr(Operand& x, Ref<IndexExpr> e) {
  const IndexExpr& n = node(e);
  expr_or_type(x, n.x, true);
  auto use_all = [&] {
    for (Ref<Expr> i : tree()[n.indices]) use(i);
  };
  switch (x.mode) {
    case Mode::kInvalid:
      use_all();
      return false;
    case Mode::kTypeExpr: {
      x.type = type_of(e);
      x.mode = x.type == kInvalidType ? Mode::kInvalid : Mode::kTypeExpr;
      return false;
    }
    case Mode::kValue:
      if (TypeId u = under(x.type); is_sig(u) && !types().signature(u).type_params.empty()) {
        x.type = u;
        return true;
      }
      break;
    default:
      break;
  }
  if (n.indices.count == 0) {
    x.invalidate();
    return false;
  }
  Ref<Expr> at = tree().at(n.indices, 0);
  TypeId u = under(x.type);
  auto map_index = [&](TypeId key, TypeId element) {
    Operand k;
    expr(k, at);
    assignment(k, key);
    x.mode = Mode::kMapIndex;
    x.type = element;
  };
  switch (types().kind(u)) {
    case TypeKind::kBasic:
      if (!is_string(cx_, u)) {
        use_all();
        x.invalidate();
        return false;
      }
      x.mode = Mode::kValue;
      x.type = basic(BasicKind::kUint8);
      break;
    case TypeKind::kArray:
      if (x.mode != Mode::kVariable) x.mode = Mode::kValue;
      x.type = types().elem(u);
      break;
    case TypeKind::kPointer: {
      TypeId array = under(types().elem(u));
      if (!types().is(array, TypeKind::kArray)) {
        use_all();
        x.invalidate();
        return false;
      }
      x.mode = Mode::kVariable;
      x.type = types().elem(array);
      break;
    }
    case TypeKind::kSlice:
      x.mode = Mode::kVariable;
      x.type = types().elem(u);
      break;
    case TypeKind::kMap:
      map_index(types().key(u), types().elem(u));
      return false;
    case TypeKind::kTypeParam: {
      TypeId key;
      TypeId element;
      Mode mode = Mode::kVariable;
      bool good = for_each_under(cx_, x.type, [&](TypeId, TypeId each) {
        if (!each.exists()) return false;
        TypeId k;
        TypeId v;
        switch (types().kind(each)) {
          case TypeKind::kBasic:
            if (is_string(cx_, each)) {
              v = basic(BasicKind::kUint8);
              mode = Mode::kValue;
            }
            break;
          case TypeKind::kArray:
            v = types().elem(each);
            if (x.mode != Mode::kVariable) mode = Mode::kValue;
            break;
          case TypeKind::kPointer: {
            TypeId array = under(types().elem(each));
            if (types().is(array, TypeKind::kArray)) v = types().elem(array);
            break;
          }
          case TypeKind::kSlice:
            v = types().elem(each);
            break;
          case TypeKind::kMap:
            k = types().key(each);
            v = types().elem(each);
            break;
          default:
            break;
        }
        if (!v.exists()) return false;
        if (!element.exists()) {
          element = v;
          key = k;
        }
        return true;
      });
      if (!good || !element.exists()) {
        use_all();
        x.invalidate();
        return false;
      }
      if (key.exists()) {
        map_index(key, element);
        return false;
      }
      x.mode = mode;
      x.type = element;
      break;
    }
    default:
      use_all();
      x.invalidate();
      return false;
  }
  index(at);
  return false;
}

void Checker::slice_expr(Operand& x, Ref<SliceExpr> e) {
  const SliceExpr& n = node(e);
  expr(x, n.x);
  if (x.valid()) {
    TypeId u = common_under_or_string(cx_, x.type);
    if (!u.exists()) {
      x.invalidate();
    } else {
      switch (types().kind(u)) {
        case TypeKind::kBasic:
          if (!is_string(cx_, u)) x.invalidate();
          if (is_untyped(x.type)) x.type = basic(BasicKind::kString);
          break;
        case TypeKind::kArray:
          x.type = types().slice_of(types().elem(u));
          break;
        case TypeKind::kPointer: {
          TypeId array = under(types().elem(u));
          if (types().is(array, TypeKind::kArray)) {
            x.type = types().slice_of(types().elem(array));
          } else {
            x.invalidate();
          }
          break;
        }
        case TypeKind::kSlice:
          break;
        default:
          x.invalidate();
      }
    }
    if (x.valid()) x.mode = Mode::kValue;
  }
  for (Ref<Expr> i : {n.low, n.high, n.max}) {
    if (i.exists()) index(i);
  }
}

}  // namespace unpark::types
