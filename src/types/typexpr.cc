// Type expressions (spec: "Types", "Instantiations").
#include "types/checker.h"
#include "types/predicates.h"
#include "types/subst.h"

namespace unpark::types {

using syntax::ArrayType;
using syntax::ChanType;
using syntax::IndexExpr;
using syntax::MapType;
using syntax::ParenExpr;
using syntax::SelectorExpr;
using syntax::StarExpr;

TypeId Checker::type_of(Ref<Expr> e) {
  if (!e.exists()) return kInvalidType;
  TypeId t = type_internal(e);
  if (!t.exists()) t = kInvalidType;
  record(e, Mode::kTypeExpr, t);
  return t;
}

TypeId Checker::generic_type(Ref<Expr> e) { return type_of(e); }

TypeId Checker::type_internal(Ref<Expr> e) {
  switch (kind(e)) {
    case Kind::kIdent: {
      Operand x;
      ident(x, tree().as<syntax::Ident>(e), true);
      return x.mode == Mode::kTypeExpr ? x.type : kInvalidType;
    }
    case Kind::kSelectorExpr: {
      Operand x;
      selector(x, tree().as<SelectorExpr>(e), true);
      return x.mode == Mode::kTypeExpr ? x.type : kInvalidType;
    }
    case Kind::kIndexExpr:
      return instantiated_type(e);
    case Kind::kParenExpr:
      return type_of(tree().get<ParenExpr>(e).x);
    case Kind::kArrayType: {
      const ArrayType a = tree().get<ArrayType>(e);
      if (!a.length.exists()) return types().slice_of(type_of(a.element));
      int64_t length = kind(a.length) == Kind::kEllipsis ? -1 : array_length(a.length);
      TypeId element = type_of(a.element);
      return length >= 0 ? types().array_of(element, length) : kInvalidType;
    }
    case Kind::kStructType:
      return struct_type(tree().as<syntax::StructType>(e));
    case Kind::kStarExpr: {
      TypeId base = type_of(tree().get<StarExpr>(e).x);
      return base == kInvalidType ? kInvalidType : types().pointer_to(base);
    }
    case Kind::kFuncType:
      return func_type(tree().as<syntax::FuncType>(e));
    case Kind::kInterfaceType:
      return interface_type(tree().as<syntax::InterfaceType>(e));
    case Kind::kMapType: {
      const MapType m = tree().get<MapType>(e);
      TypeId key = type_of(m.key);
      return types().map_of(key, type_of(m.element));
    }
    case Kind::kChanType: {
      const ChanType c = tree().get<ChanType>(e);
      bool send = c.flags & ChanType::kSend;
      bool recv = c.flags & ChanType::kRecv;
      ChanDir dir = send == recv ? ChanDir::kBoth : send ? ChanDir::kSend : ChanDir::kRecv;
      return types().chan_of(dir, type_of(c.element));
    }
    default:
      use(e);
      return kInvalidType;
  }
}

Ref<Ident> Checker::type_name_ident(Ref<Expr> e) const {
  for (;;) {
    switch (tree().kind(e)) {
      case Kind::kIdent:
        return tree().as<Ident>(e);
      case Kind::kSelectorExpr:
        return tree().get<SelectorExpr>(e).sel;
      case Kind::kStarExpr:
        e = tree().get<StarExpr>(e).x;
        break;
      case Kind::kParenExpr:
        e = tree().get<ParenExpr>(e).x;
        break;
      case Kind::kIndexExpr:
        e = tree().get<IndexExpr>(e).x;
        break;
      default:
        return {};
    }
  }
}

TypeId Checker::alias_instance(const Object& alias, std::span<const TypeId> args) {
  if (alias.extra == UINT32_MAX) return kInvalidType;
  const std::vector<TypeId>& params = cx_.alias_type_params[base::Id<AliasTag>{alias.extra}];
  if (params.size() != args.size()) return kInvalidType;
  return substitute(cx_, alias.type, params, args);
}

TypeId Checker::instantiated_type(Ref<Expr> e) {
  const IndexExpr index = tree().get<IndexExpr>(e);
  TypeId generic = generic_type(index.x);
  std::vector<Ref<Expr>> list(tree()[index.indices].begin(), tree()[index.indices].end());
  std::vector<TypeId> args;
  bool good = type_list(list, args);
  if (generic == kInvalidType || !good) return kInvalidType;
  Ref<Ident> name = type_name_ident(index.x);
  TypeId instance = kInvalidType;
  if (name.exists() && node(name).object != 0) {
    const Object& o = object(ObjectId{node(name).object - 1});
    if (o.is(Object::kAlias) && o.extra != UINT32_MAX) instance = alias_instance(o, args);
  }
  if (instance == kInvalidType && types().is(generic, TypeKind::kNamed)) {
    instance = types().instance_of(generic, args);
  }
  record_instance(e, args, instance);
  return instance;
}

bool Checker::type_list(std::span<const Ref<Expr>> list, std::vector<TypeId>& out) {
  bool good = true;
  for (Ref<Expr> e : list) {
    TypeId t = type_of(e);
    good &= t != kInvalidType;
    out.push_back(t);
  }
  return good;
}

int64_t Checker::array_length(Ref<Expr> e) {
  if (auto name = tree().as<Ident>(e); name.exists()) {
    ObjectId id = lookup(node(name).name);
    if (!id.exists() || object(id).kind != ObjectKind::kConst) return -1;
  }
  Operand x;
  expr(x, e);
  if (x.mode != Mode::kConstant) return -1;
  if (!is_untyped(x.type) && !is_integer(cx_, x.type)) return -1;
  std::optional<int64_t> n = int64_value(cx_.constant_pool.to_int(x.value));
  return n && *n >= 0 ? *n : -1;
}

}  // namespace unpark::types
