// Unification walks two types side by side, as identical() does, with three liberties: a bound type
// parameter takes the type it meets; in inexact mode a declared type matches a literal through its
// underlying type, channel directions are ignored and an interface matches a type with its methods;
// an unbound type parameter matches through the one underlying type of its constraint.
//
// Cost: the parts of the two types. Limits: nesting deeper than kMaxDepth does not match; only
// types that expand for ever get there.
#include "types/unify.h"

#include <algorithm>

#include "types/lookup.h"
#include "types/predicates.h"
#include "types/typeset.h"

namespace unpark::types {

namespace {
constexpr int kMaxDepth = 100;
constexpr int kMaxSteps = 100'000;
}  // namespace

// Interfaces being matched further up; a pair that comes up again matches.
struct Unifier::Pair {
  TypeId x;
  TypeId y;
  const Pair* above;

  static bool contains(const Pair* stack, TypeId x, TypeId y) {
    for (const Pair* p = stack; p; p = p->above) {
      if ((p->x == x && p->y == y) || (p->x == y && p->y == x)) return true;
    }
    return false;
  }
};

Unifier::Unifier(Context& cx, const Package* view, std::span<const TypeId> params,
                 std::span<const TypeId> args, bool use_interfaces)
    : cx_(cx), view_(view), params_(params), use_interfaces_(use_interfaces) {
  for (uint32_t i = 0; i < params.size(); i++) {
    handles_.push_back(i);
    types_.push_back(i < args.size() ? args[i] : TypeId{});
  }
}

int Unifier::index_of(TypeId param) const {
  auto it = std::find(params_.begin(), params_.end(), param);
  return it == params_.end() ? -1 : static_cast<int>(it - params_.begin());
}

size_t Unifier::unknowns() const {
  size_t n = 0;
  for (size_t i = 0; i < params_.size(); i++) n += !at(i).exists();
  return n;
}

bool Unifier::join(size_t a, size_t b) {
  uint32_t from = handles_[a];
  uint32_t to = handles_[b];
  if (from == to) return true;
  if (types_[from].exists()) {
    if (types_[to].exists()) return false;
    std::swap(from, to);
  }
  for (uint32_t& handle : handles_) {
    if (handle == from) handle = to;
  }
  return true;
}

TypeId Unifier::interface_of(TypeId t) const {
  TypeId u = cx_.types.under(t);
  return cx_.types.is(u, TypeKind::kInterface) ? u : TypeId{};
}

bool Unifier::match(TypeId x, TypeId y, uint8_t mode, const Pair* above) {
  if (x == y) return true;
  if (!x.exists() || !y.exists()) return false;
  TypeStore& types = cx_.types;
  // Nothing to find out, and nothing may differ.
  if ((mode & kExact) && !types.has_type_param(x) && !types.has_type_param(y)) {
    return identical(cx_, x, y);
  }
  if (depth_ >= kMaxDepth || ++steps_ > kMaxSteps) return false;
  struct Deeper {
    int& depth;
    explicit Deeper(int& d) : depth(d) { depth++; }
    ~Deeper() { depth--; }
  } deeper(depth_);

  // A declared type comes to stand in y, a bound parameter in x.
  if (is_named(x) || index_of(y) >= 0) std::swap(x, y);
  bool x_literal = !is_named(x) && !types.is(x, TypeKind::kTypeParam);
  if (!(mode & kExact) && is_named(y) && x_literal &&
      !(use_interfaces_ && types.is(x, TypeKind::kInterface))) {
    y = types.under(y);
    if (x == y) return true;
  }

  int px = index_of(x);
  if (px >= 0) {
    int py = index_of(y);
    if (py < 0) return match_bound(px, y, mode, above);
    auto a = static_cast<size_t>(px);
    auto b = static_cast<size_t>(py);
    return join(a, b) || match(at(a), at(b), mode, above);
  }

  if (use_interfaces_ && !(mode & kExact)) {
    TypeId xi = interface_of(x);
    TypeId yi = interface_of(y);
    if (xi.exists() && yi.exists()) return match_interfaces(xi, yi, above);
    if (yi.exists()) return match_methods(yi, x, above);
    if (xi.exists()) return match_methods(xi, y, above);
  }

  if (types.is(y, TypeKind::kTypeParam)) std::swap(x, y);
  if (types.is(x, TypeKind::kTypeParam)) {
    TypeId common = common_under(cx_, x);
    return common.exists() && match(common, y, kAssign, above);
  }
  return match_parts(x, y, mode, above);
}

// A bound parameter meets a type that is no bound parameter.
bool Unifier::match_bound(int param, TypeId y, uint8_t mode, const Pair* above) {
  auto p = static_cast<size_t>(param);
  TypeId x = at(p);
  if (!x.exists()) {
    set(p, y);
    return true;
  }
  if (!match(x, y, mode, above)) return false;
  TypeId xi = interface_of(x);
  TypeId yi = interface_of(y);
  if (xi.exists() && yi.exists()) {
    // It is not known which name is right, nor which of two method sets.
    if (is_named(x) && is_named(y)) return identical(cx_, x, y);
    if (cx_.types.type_set(xi).methods.size() != cx_.types.type_set(yi).methods.size())
      return false;
  } else if (xi.exists() || yi.exists()) {
    return false;  // either might be meant
  }
  if (!(mode & kExact) && !is_named(x)) {
    // Of a literal and a declared type take the declared one, of two channels the restricted one,
    // so that the order of arguments does not matter.
    TypeId u = cx_.types.under(y);
    bool restricted = cx_.types.is(u, TypeKind::kChan) && cx_.types.chan_dir(u) != ChanDir::kBoth;
    if (is_named(y) || restricted) set(p, y);
  }
  return true;
}

// The smaller method set must be in the larger one.
bool Unifier::match_interfaces(TypeId x, TypeId y, const Pair* above) {
  const TypeSet* small = &cx_.types.type_set(x);
  const TypeSet* large = &cx_.types.type_set(y);
  if (small->comparable != large->comparable || !terms_equal(cx_, *small, *large)) return false;
  if (Pair::contains(above, x, y)) return true;
  Pair pair{x, y, above};
  if (small->methods.size() > large->methods.size()) std::swap(small, large);
  return std::all_of(small->methods.begin(), small->methods.end(), [&](const InterfaceMethod& m) {
    int number = large->find(m.name, m.package, cx_.exported(m.name));
    return number >= 0 &&
           match(m.type, large->methods[static_cast<size_t>(number)].type, kExact, &pair);
  });
}

bool Unifier::match_methods(TypeId interface, TypeId y, const Pair* above) {
  std::span<const InterfaceMethod> methods = cx_.types.type_set(interface).methods;
  return std::all_of(methods.begin(), methods.end(), [&](const InterfaceMethod& m) {
    Found found = lookup_from(cx_, m.package, view_, y, false, m.name);
    return found.object.exists() && cx_.objects[found.object].kind == ObjectKind::kFunc &&
           match(m.type, found.type, kExact, above);
  });
}

bool Unifier::match_all(std::span<const TypeId> x, std::span<const TypeId> y, uint8_t mode,
                        const Pair* above) {
  if (x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); i++) {
    if (!match(x[i], y[i], mode, above)) return false;
  }
  return true;
}

bool Unifier::match_parts(TypeId x, TypeId y, uint8_t mode, const Pair* above) {
  TypeStore& types = cx_.types;
  const Type& t = types[x];
  const Type& u = types[y];
  if (t.kind != u.kind) return false;
  uint8_t inner = (mode & kAssign) ? mode | kExact : mode;
  switch (t.kind) {
    case TypeKind::kArray:
      return (t.length == u.length || t.length < 0 || u.length < 0) &&
             match(t.elem, u.elem, inner, above);
    case TypeKind::kSlice:
    case TypeKind::kPointer:
      return match(t.elem, u.elem, inner, above);
    case TypeKind::kChan:
      return (!(mode & kExact) || t.sub == u.sub) && match(t.elem, u.elem, inner, above);
    case TypeKind::kMap:
      return match(t.key, u.key, inner, above) && match(t.elem, u.elem, inner, above);
    case TypeKind::kTuple:
      return match_all(types.tuple(x), types.tuple(y), mode, above);
    case TypeKind::kSignature:
      return t.signature->variadic == u.signature->variadic &&
             match(t.signature->params, u.signature->params, inner, above) &&
             match(t.signature->results, u.signature->results, inner, above);
    case TypeKind::kStruct: {
      std::span<const StructField> fields = types.fields(x);
      std::span<const StructField> others = types.fields(y);
      if (fields.size() != others.size()) return false;
      for (size_t i = 0; i < fields.size(); i++) {
        const StructField& f = fields[i];
        const StructField& g = others[i];
        if (f.name != g.name || f.embedded != g.embedded || f.tag != g.tag ||
            !cx_.same_name_space(f.name, f.package, g.package) ||
            !match(f.type, g.type, inner, above)) {
          return false;
        }
      }
      return true;
    }
    case TypeKind::kInterface: {
      const TypeSet& set = types.type_set(x);
      const TypeSet& other = types.type_set(y);
      if (set.comparable != other.comparable || set.methods.size() != other.methods.size() ||
          !terms_equal(cx_, set, other)) {
        return false;
      }
      if (Pair::contains(above, x, y)) return true;
      Pair pair{x, y, above};
      for (size_t i = 0; i < set.methods.size(); i++) {
        const InterfaceMethod& m = set.methods[i];
        const InterfaceMethod& n = other.methods[i];
        if (m.name != n.name || !cx_.same_name_space(m.name, m.package, n.package) ||
            !match(m.type, n.type, kExact, &pair)) {
          return false;
        }
      }
      return true;
    }
    case TypeKind::kNamed:
      return types.named(x).origin == types.named(y).origin &&
             match_all(types.named(x).args, types.named(y).args, mode, above);
    case TypeKind::kBasic:
    case TypeKind::kTypeParam:
    case TypeKind::kUnion:
      return false;
  }
  return false;
}

}  // namespace unpark::types
