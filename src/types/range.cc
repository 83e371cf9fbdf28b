// Range clauses (spec: "For statements with range clause").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

void Checker::range_stmt(const syntax::RangeStmt& s) {
  Operand x;
  expr(x, s.x);
  TypeId key;
  TypeId value;
  bool over_int = false;
  TypeId u = x.valid() ? common_under(cx_, x.type) : TypeId{};
  if (u.exists()) {
    if (types().is(u, TypeKind::kPointer)) {
      TypeId array = under(types().elem(u));
      if (types().is(array, TypeKind::kArray)) u = array;
    }
    TypeId index_type = basic(BasicKind::kInt);
    switch (types().kind(u)) {
      case TypeKind::kBasic:
        if (is_string(cx_, u)) {
          key = index_type;
          value = basic(BasicKind::kInt32);
        } else if (is_integer(cx_, u)) {
          key = x.type;
          over_int = is_integer(cx_, x.type);
        }
        break;
      case TypeKind::kArray:
      case TypeKind::kSlice:
        key = index_type;
        value = types().elem(u);
        break;
      case TypeKind::kMap:
        key = types().key(u);
        value = types().elem(u);
        break;
      case TypeKind::kChan:
        has_ |= BodySummary::kRangeChan;
        key = types().elem(u);
        break;
      case TypeKind::kSignature: {
        std::span<const TypeId> params = types().tuple(types().signature(u).params);
        TypeId yield = params.size() == 1 ? common_under(cx_, params[0]) : TypeId{};
        if (yield.exists() && is_sig(yield)) {
          std::span<const TypeId> yields = types().tuple(types().signature(yield).params);
          if (!yields.empty()) key = yields[0];
          if (yields.size() > 1) value = yields[1];
        }
        break;
      }
      default:
        break;
    }
  }
  LocalScopes::Block block(scopes_);
  Ref<Expr> lhs[] = {s.key, s.value};
  TypeId rhs[] = {key, value};
  if (s.op == Token::kDefine) {
    std::vector<std::pair<NameId, ObjectId>> fresh;
    for (int i = 0; i < 2; i++) {
      if (!lhs[i].exists()) continue;
      auto name = tree().as<Ident>(lhs[i]);
      if (!name.exists()) continue;
      ObjectId id = new_var(name, {});
      tree()[name].object = id.raw + 1;
      if (!is_blank(node(name).name)) fresh.emplace_back(node(name).name, id);
      if (!rhs[i].exists() || rhs[i] == kInvalidType) {
        object(id).type = kInvalidType;
      } else if (over_int) {
        init_var(id, x);
      } else {
        object(id).type = rhs[i];
      }
    }
    for (auto [name, id] : fresh) scopes_.declare(name, id);
  } else if (s.key.exists()) {
    for (int i = 0; i < 2; i++) {
      if (!lhs[i].exists() || !rhs[i].exists() || rhs[i] == kInvalidType) continue;
      if (over_int) {
        assign_var(lhs[i], {}, &x);
      } else {
        lhs_var(lhs[i]);
      }
    }
  } else if (over_int) {
    assignment(x, {});
  }
  stmt(s.body);
}

}  // namespace unpark::types
