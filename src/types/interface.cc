// Interface types and the unions in them (spec: "Interface types", "General interfaces").
#include "types/checker.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::BinaryExpr;
using syntax::InterfaceType;
using syntax::UnaryExpr;

TypeId Checker::interface_type(Ref<InterfaceType> e) {
  const InterfaceType iface = node(e);
  std::vector<InterfaceMethod> methods;
  std::vector<TypeId> embeddeds;
  for (uint32_t i = 0; i < iface.elements.count; i++) {
    const Field f = node(tree().at(iface.elements, i));
    if (f.names.count == 0) {
      embeddeds.push_back(parse_union(f.type_expr));
      continue;
    }
    Ref<Ident> name = tree().at(f.names, 0);
    TypeId type = type_of(f.type_expr);
    if (!is_sig(type)) continue;
    ObjectId id = new_var(name, type, Object::kInterfaceMethod | Object::kMethod);
    object(id).kind = ObjectKind::kFunc;
    tree()[name].object = id.raw + 1;
    methods.push_back({node(name).name, id, type, package_->identity()});
  }
  return types().interface_of(methods, embeddeds);
}

Term Checker::parse_tilde(Ref<Expr> e) {
  Ref<Expr> x = e;
  bool tilde = false;
  if (auto unary_ref = tree().as<UnaryExpr>(e);
      unary_ref.exists() && node(unary_ref).op == Token::kTilde) {
    x = node(unary_ref).x;
    tilde = true;
  }
  TypeId type = type_of(x);
  if (is_type_param(cx_, type)) type = kInvalidType;
  Term term{tilde, type};
  if (tilde) record(e, Mode::kTypeExpr, types().union_of(std::span(&term, 1)));
  return term;
}

// `x | y | z` leans to the left; the terms are taken in source order and each `|` gets the union of
// what stands up to it.
TypeId Checker::parse_union(Ref<Expr> e) {
  std::vector<Ref<Expr>> bars;
  std::vector<Ref<Expr>> operands;
  Ref<Expr> x = e;
  for (;;) {
    auto binary_ref = tree().as<BinaryExpr>(x);
    if (!binary_ref.exists() || node(binary_ref).op != Token::kOr) break;
    bars.push_back(x);
    operands.push_back(node(binary_ref).y);
    x = node(binary_ref).x;
  }
  operands.push_back(x);
  if (bars.empty()) {
    Term term = parse_tilde(x);
    return term.tilde ? types().union_of(std::span(&term, 1)) : term.type;
  }
  std::vector<Term> terms;
  TypeId type;
  for (size_t i = operands.size(); i-- > 0;) {
    terms.push_back(parse_tilde(operands[i]));
    type = types().union_of(terms);
    if (i + 1 < operands.size()) record(bars[i], Mode::kTypeExpr, type);
  }
  return type;
}

}  // namespace unpark::types
