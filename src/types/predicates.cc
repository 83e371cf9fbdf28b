// Identity compares ids, and looks inside only where struct or interface literals, unions or
// generic signatures are involved (TypeStore::kStructural). There, types of different shape differ
// at once.
#include "types/predicates.h"

#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <array>

#include "types/subst.h"
#include "types/typeset.h"

namespace unpark::types {

namespace {

// What the basic types can do, as bits.
enum : uint8_t {
  kBoolean = 1,
  kInteger = 2,
  kUnsigned = 4,
  kFloat = 8,
  kComplex = 16,
  kString = 32,
  kNumeric = kInteger | kFloat | kComplex,
  kOrdered = kInteger | kFloat | kString,
  kConst = kBoolean | kNumeric | kString,
};

constexpr std::array<uint8_t, kBasicCount> kInfo = [] {
  std::array<uint8_t, kBasicCount> info{};
  auto set = [&](BasicKind first, BasicKind last, int bits) {
    for (auto k = static_cast<uint32_t>(first); k <= static_cast<uint32_t>(last); k++) {
      info[k] = static_cast<uint8_t>(bits);
    }
  };
  using enum BasicKind;
  set(kInvalid, kInvalid, 0xFF);
  set(kBool, kBool, kBoolean);
  set(kInt, kInt64, kInteger);
  set(kUint, kUintptr, kInteger | kUnsigned);
  set(kFloat32, kFloat64, kFloat);
  set(kComplex64, kComplex128, kComplex);
  set(BasicKind::kString, BasicKind::kString, types::kString);
  set(kUntypedBool, kUntypedBool, kBoolean);
  set(kUntypedInt, kUntypedRune, kInteger);
  set(kUntypedFloat, kUntypedFloat, kFloat);
  set(kUntypedComplex, kUntypedComplex, kComplex);
  set(kUntypedString, kUntypedString, types::kString);
  return info;
}();

bool is_basic(Context& cx, TypeId t, int bits) {
  TypeId u = cx.types.under(t);
  return u.raw < kBasicCount && (kInfo[u.raw] & bits) != 0;
}

bool all_basic(Context& cx, TypeId t, int bits) {
  if (!is_type_param(cx, t)) return is_basic(cx, t, bits);
  const TypeSet& set = cx.types.type_set(t);
  if (set.terms.empty()) return false;
  return std::all_of(set.terms.begin(), set.terms.end(),
                     [&](Term term) { return is_basic(cx, term.type, bits); });
}

// Interfaces that expand for ever are no Go; a comparison that meets so many gives up and says no.
constexpr int kMaxPairs = 1000;
constexpr int kMaxNested = 50;

class Comparison {
 public:
  explicit Comparison(Context& cx) : cx_(cx) {}
  bool identical(TypeId a, TypeId b);

 private:
  // Interfaces being compared further up. A pair that comes up again is taken for identical: had it
  // differed, the comparison would have ended.
  struct Pair {
    TypeId a;
    TypeId b;
    int depth;
    const Pair* above;
  };

  bool all(std::span<const TypeId> a, std::span<const TypeId> b);
  bool structs(TypeId a, TypeId b);
  bool signatures(const Signature& s, Signature t);
  bool interfaces(TypeId a, TypeId b);
  bool unions(TypeId a, TypeId b);

  Context& cx_;
  const Pair* above_ = nullptr;
  int pairs_ = 0;
};

bool Comparison::all(std::span<const TypeId> a, std::span<const TypeId> b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (!identical(a[i], b[i])) return false;
  }
  return true;
}

bool Comparison::structs(TypeId a, TypeId b) {
  std::span<const StructField> fields = cx_.types.fields(a);
  std::span<const StructField> others = cx_.types.fields(b);
  if (fields.size() != others.size()) return false;
  for (size_t i = 0; i < fields.size(); i++) {
    const StructField& f = fields[i];
    const StructField& g = others[i];
    if (f.name != g.name || f.embedded != g.embedded || f.tag != g.tag ||
        !cx_.same_name_space(f.name, f.package, g.package) || !identical(f.type, g.type)) {
      return false;
    }
  }
  return true;
}

bool Comparison::signatures(const Signature& s, Signature t) {
  if (s.variadic != t.variadic || s.type_params.size() != t.type_params.size()) return false;
  if (!s.type_params.empty()) {
    // The parameters' names do not count: look at t as if it were written with those of s.
    for (size_t i = 0; i < s.type_params.size(); i++) {
      TypeId constraint = substitute(cx_, cx_.types.type_param(t.type_params[i]).constraint,
                                     t.type_params, s.type_params);
      TypeId wanted = cx_.types.type_param(s.type_params[i]).constraint;
      if (!constraint.exists() || !wanted.exists() || !identical(wanted, constraint)) {
        return false;
      }
    }
    t.params = substitute(cx_, t.params, t.type_params, s.type_params);
    t.results = substitute(cx_, t.results, t.type_params, s.type_params);
  }
  return identical(s.params, t.params) && identical(s.results, t.results);
}

bool Comparison::interfaces(TypeId a, TypeId b) {
  const TypeSet& set = cx_.types.type_set(a);
  const TypeSet& other = cx_.types.type_set(b);
  if (set.comparable != other.comparable || set.methods.size() != other.methods.size() ||
      !terms_equal(cx_, set, other)) {
    return false;
  }
  for (const Pair* p = above_; p; p = p->above) {
    if ((p->a == a && p->b == b) || (p->a == b && p->b == a)) return true;
  }
  Pair pair{a, b, above_ ? above_->depth + 1 : 0, above_};
  if (pair.depth > kMaxNested || ++pairs_ > kMaxPairs) return false;
  above_ = &pair;
  bool same = true;
  for (size_t i = 0; same && i < set.methods.size(); i++) {
    const InterfaceMethod& m = set.methods[i];
    const InterfaceMethod& n = other.methods[i];
    same = m.name == n.name && cx_.same_name_space(m.name, m.package, n.package) &&
           identical(m.type, n.type);
  }
  above_ = pair.above;
  return same;
}

bool Comparison::unions(TypeId a, TypeId b) {
  auto set_of = [&](const TermList& list) {
    return TypeSet{{}, false, !list.all, std::span<const Term>(list.terms)};
  };
  TermList list = union_terms(cx_, a);
  TermList other = union_terms(cx_, b);
  return terms_equal(cx_, set_of(list), set_of(other));
}

bool Comparison::identical(TypeId a, TypeId b) {
  if (a == b) return true;
  const Type& t = cx_.types[a];
  const Type& u = cx_.types[b];
  if (!((t.flags | u.flags) & TypeStore::kStructural)) return false;
  if (t.kind != u.kind) return false;
  // An array of unknown length is identical to others whose shape says a length.
  if (t.shape != u.shape && !((t.flags | u.flags) & TypeStore::kHasInvalid)) return false;
  switch (t.kind) {
    case TypeKind::kArray:
      return (t.length == u.length || t.length < 0 || u.length < 0) && identical(t.elem, u.elem);
    case TypeKind::kSlice:
    case TypeKind::kPointer:
      return identical(t.elem, u.elem);
    case TypeKind::kChan:
      return t.sub == u.sub && identical(t.elem, u.elem);
    case TypeKind::kMap:
      return identical(t.key, u.key) && identical(t.elem, u.elem);
    case TypeKind::kTuple:
      return all(cx_.types.tuple(a), cx_.types.tuple(b));
    case TypeKind::kStruct:
      return structs(a, b);
    case TypeKind::kSignature:
      return signatures(*t.signature, *u.signature);
    case TypeKind::kInterface:
      return interfaces(a, b);
    case TypeKind::kUnion:
      return unions(a, b);
    case TypeKind::kNamed:
      return t.named->origin == u.named->origin && all(t.named->args, u.named->args);
    case TypeKind::kBasic:
    case TypeKind::kTypeParam:
      return false;
  }
  return false;
}

// Declared types that expand for ever are no Go; give up on them in good time.
constexpr size_t kMaxCompared = 5000;
using Seen = absl::InlinedVector<TypeId, 16>;

bool comparable_at(Context& cx, TypeId t, bool dynamic, Seen& seen) {
  if (std::find(seen.begin(), seen.end(), t) != seen.end() || seen.size() > kMaxCompared) {
    return true;
  }
  TypeId u = cx.types.under(t);
  switch (cx.types.kind(u)) {
    case TypeKind::kBasic:
      return u != basic(BasicKind::kUntypedNil);
    case TypeKind::kPointer:
    case TypeKind::kChan:
      return true;
    case TypeKind::kStruct: {
      seen.push_back(t);
      std::span<const StructField> fields = cx.types.fields(u);
      return std::all_of(fields.begin(), fields.end(), [&](const StructField& f) {
        return comparable_at(cx, f.type, dynamic, seen);
      });
    }
    case TypeKind::kArray:
      seen.push_back(t);
      return comparable_at(cx, cx.types.elem(u), dynamic, seen);
    case TypeKind::kInterface:
      if (dynamic) return true;
      [[fallthrough]];
    case TypeKind::kTypeParam: {
      const TypeSet& set = cx.types.type_set(u);
      if (!set.has_terms) return set.comparable;
      seen.push_back(t);
      return !set.terms.empty() && std::all_of(set.terms.begin(), set.terms.end(), [&](Term term) {
        return comparable_at(cx, term.type, false, seen);
      });
    }
    case TypeKind::kSlice:
    case TypeKind::kTuple:
    case TypeKind::kSignature:
    case TypeKind::kMap:
    case TypeKind::kNamed:
    case TypeKind::kUnion:
      return false;
  }
  return false;
}

}  // namespace

bool identical_parts(Context& cx, TypeId a, TypeId b) { return Comparison(cx).identical(a, b); }

bool is_boolean(Context& cx, TypeId t) { return is_basic(cx, t, kBoolean); }
bool is_integer(Context& cx, TypeId t) { return is_basic(cx, t, kInteger); }
bool is_unsigned(Context& cx, TypeId t) { return is_basic(cx, t, kUnsigned); }
bool is_float(Context& cx, TypeId t) { return is_basic(cx, t, kFloat); }
bool is_complex(Context& cx, TypeId t) { return is_basic(cx, t, kComplex); }
bool is_numeric(Context& cx, TypeId t) { return is_basic(cx, t, kNumeric); }
bool is_string(Context& cx, TypeId t) { return is_basic(cx, t, kString); }
bool is_const_type(Context& cx, TypeId t) { return is_basic(cx, t, kConst); }
bool all_boolean(Context& cx, TypeId t) { return all_basic(cx, t, kBoolean); }
bool all_integer(Context& cx, TypeId t) { return all_basic(cx, t, kInteger); }
bool all_unsigned(Context& cx, TypeId t) { return all_basic(cx, t, kUnsigned); }
bool all_numeric(Context& cx, TypeId t) { return all_basic(cx, t, kNumeric); }
bool all_string(Context& cx, TypeId t) { return all_basic(cx, t, kString); }
bool all_ordered(Context& cx, TypeId t) { return all_basic(cx, t, kOrdered); }

bool is_interface(Context& cx, TypeId t) {
  return cx.types.is(cx.types.under(t), TypeKind::kInterface);
}
bool is_pointer(Context& cx, TypeId t) {
  return cx.types.is(cx.types.under(t), TypeKind::kPointer);
}

bool has_nil(Context& cx, TypeId t) {
  TypeId u = cx.types.under(t);
  switch (cx.types.kind(u)) {
    case TypeKind::kBasic:
      return u == basic(BasicKind::kUnsafePointer) || u == kInvalidType;
    case TypeKind::kSlice:
    case TypeKind::kPointer:
    case TypeKind::kSignature:
    case TypeKind::kMap:
    case TypeKind::kChan:
    case TypeKind::kInterface:
      return true;
    case TypeKind::kTypeParam: {
      const TypeSet& set = cx.types.type_set(u);
      return !set.terms.empty() && std::all_of(set.terms.begin(), set.terms.end(), [&](Term term) {
        return has_nil(cx, cx.types.under(term.type));
      });
    }
    case TypeKind::kArray:
    case TypeKind::kStruct:
    case TypeKind::kTuple:
    case TypeKind::kNamed:
    case TypeKind::kUnion:
      return false;
  }
  return false;
}

bool comparable(Context& cx, TypeId t) {
  Seen seen;
  return comparable_at(cx, t, true, seen);
}
bool strictly_comparable(Context& cx, TypeId t) {
  Seen seen;
  return comparable_at(cx, t, false, seen);
}

bool is_generic(Context& cx, TypeId t) {
  switch (cx.types.kind(t)) {
    case TypeKind::kNamed: {
      const Named& named = cx.types.named(t);
      return named.origin == t && !named.type_params.empty();
    }
    case TypeKind::kSignature:
      return !cx.types.signature(t).type_params.empty();
    default:
      return false;
  }
}

TypeId default_type(TypeId t) {
  if (!is_untyped(t)) return t;
  switch (static_cast<BasicKind>(t.raw)) {
    case BasicKind::kUntypedBool:
      return basic(BasicKind::kBool);
    case BasicKind::kUntypedInt:
      return basic(BasicKind::kInt);
    case BasicKind::kUntypedRune:
      return basic(BasicKind::kInt32);
    case BasicKind::kUntypedFloat:
      return basic(BasicKind::kFloat64);
    case BasicKind::kUntypedComplex:
      return basic(BasicKind::kComplex128);
    case BasicKind::kUntypedString:
      return basic(BasicKind::kString);
    default:
      return t;
  }
}

TypeId max_untyped(TypeId a, TypeId b) {
  if (a == b) return a;
  auto numeric = [](TypeId t) { return is_untyped(t) && (kInfo[t.raw] & kNumeric) != 0; };
  return numeric(a) && numeric(b) ? std::max(a, b) : TypeId{};
}

bool for_each_under(Context& cx, TypeId t, const std::function<bool(TypeId, TypeId)>& f) {
  if (!is_type_param(cx, t)) return f(t, cx.types.under(t));
  const TypeSet& set = cx.types.type_set(t);
  if (set.terms.empty()) return f({}, {});
  for (Term term : set.terms) {
    if (!f(term.type, term.tilde ? term.type : cx.types.under(term.type))) return false;
  }
  return true;
}

TypeId common_under(Context& cx, TypeId t) {
  if (!is_type_param(cx, t)) return cx.types.under(t);
  TypeId common;
  bool same = for_each_under(cx, t, [&](TypeId, TypeId u) {
    if (!u.exists()) return false;
    if (!common.exists()) {
      common = u;
      return true;
    }
    if (cx.types.is(common, TypeKind::kChan) && cx.types.is(u, TypeKind::kChan)) {
      if (!identical(cx, cx.types.elem(common), cx.types.elem(u))) return false;
      ChanDir have = cx.types.chan_dir(common);
      ChanDir dir = cx.types.chan_dir(u);
      if (have == dir) return true;
      if (have == ChanDir::kBoth) {
        common = u;
        return true;
      }
      return dir == ChanDir::kBoth;
    }
    return identical(cx, common, u);
  });
  return same ? common : TypeId{};
}

TypeId common_under_or_string(Context& cx, TypeId t) {
  if (!is_type_param(cx, t)) return cx.types.under(t);
  TypeId bytes = cx.types.slice_of(basic(BasicKind::kUint8));
  bool has_string = false;
  bool only_those = for_each_under(cx, t, [&](TypeId, TypeId u) {
    if (!u.exists()) return false;
    if (is_string(cx, u)) {
      has_string = true;
      return true;
    }
    return cx.types.is(u, TypeKind::kSlice) && cx.types.elem(u) == cx.types.elem(bytes);
  });
  return only_those && has_string ? basic(BasicKind::kString) : common_under(cx, t);
}

}  // namespace unpark::types
