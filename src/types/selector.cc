// Selectors, method values and method expressions (spec: "Qualified identifiers", "Selectors",
// "Method expressions", "Method values").
#include "types/checker.h"
#include "types/lookup.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::SelectorExpr;

// x.sel where x names an imported package. False when it names none.
bool Checker::package_selector(Operand& x, Ref<SelectorExpr> e) {
  auto name = tree().as<Ident>(node(e).x);
  if (!name.exists()) return false;
  ObjectId id = lookup(node(name).name);
  if (!id.exists() || object(id).kind != ObjectKind::kPkgName) return false;
  tree()[name].object = id.raw + 1;
  const Package& package = cx_.package(PackageRef{object(id).extra});
  Ident& sel = tree()[node(e).sel];
  ObjectId member = package.lookup(sel.name);
  if (!member.exists()) return true;
  sel.object = member.raw + 1;
  const Object& o = object(member);
  if (!o.type.exists() || o.type == kInvalidType) {
    if (o.kind != ObjectKind::kBuiltin) return true;
  }
  x.type = o.type.exists() ? o.type : kInvalidType;
  switch (o.kind) {
    case ObjectKind::kConst:
      x.mode = Mode::kConstant;
      x.value = o.extra == UINT32_MAX ? Constant{} : cx_.constants[ConstId{o.extra}];
      break;
    case ObjectKind::kTypeName:
      x.mode = Mode::kTypeExpr;
      break;
    case ObjectKind::kVar:
      x.mode = Mode::kVariable;
      break;
    case ObjectKind::kFunc:
      mentions_.push_back(member.raw);
      x.mode = Mode::kValue;
      break;
    case ObjectKind::kBuiltin:
      x.mode = Mode::kBuiltin;
      x.builtin = static_cast<Builtin>(o.extra);
      break;
    default:
      break;
  }
  return true;
}

void Checker::selector(Operand& x, Ref<SelectorExpr> e, bool want_type) {
  x.invalidate();
  if (package_selector(x, e)) return;
  expr_or_type(x, node(e).x);
  if (!x.valid() || x.mode == Mode::kBuiltin || want_type) {
    x.invalidate();
    return;
  }
  const Ident& sel = node(node(e).sel);
  if (is_blank(sel.name)) {
    x.invalidate();
    return;
  }
  Found found = types::lookup(cx_, *package_, view_, x.type, x.mode == Mode::kVariable, sel.name);
  if (!found.object.exists() || !found.type.exists()) {
    x.invalidate();
    return;
  }
  const Object& o = object(found.object);
  Selection s;
  s.recv = x.type;
  s.object = found.object;
  s.path = found.path;
  s.indirect = found.indirect;
  if (x.mode == Mode::kTypeExpr) {
    if (o.kind != ObjectKind::kFunc) {
      x.invalidate();
      return;
    }
    // The receiver becomes the first parameter.
    const Signature& method = types().signature(found.type);
    std::vector<TypeId> params{x.type};
    std::span<const TypeId> rest = types().tuple(method.params);
    params.insert(params.end(), rest.begin(), rest.end());
    Signature with_receiver = method;
    with_receiver.params = types().tuple_of(params);
    s.kind = Selection::kMethodExpr;
    x.type = types().signature_of(with_receiver);
    x.mode = Mode::kValue;
  } else if (o.kind == ObjectKind::kVar) {
    s.kind = Selection::kFieldVal;
    x.mode = x.mode == Mode::kVariable || found.indirect ? Mode::kVariable : Mode::kValue;
    x.type = found.type;
  } else {
    s.kind = Selection::kMethodVal;
    x.mode = Mode::kValue;
    x.type = found.type;
  }
  s.type = x.type;
  record_selection(e, s);
}

}  // namespace unpark::types
