// Type sets of interfaces.
//
// A type set is kept factored: the methods that all its types have, and the types that its union
// elements name, as terms T or ~T that do not overlap. Embedding intersects the terms and joins the
// methods; a union joins terms. A set is computed when first asked for and published atomically;
// two threads that compute the same one get the same, and the second throws its result away.
//
// Cost: quadratic in the number of terms and of methods, both small in practice. Limits: interfaces
// that embed themselves (which the language forbids) are cut where they recur, and after
// kMaxInterfaces nested ones; a set that an unfinished declaration took part in is not published.
#include "types/typeset.h"

#include <algorithm>

#include "types/predicates.h"

namespace unpark::types {

namespace {

constexpr TypeSet kTop;
constexpr int kMaxInterfaces = 10000;
constexpr int kMaxDepth = 200;

// ~t stands for the types with underlying type t, T for itself.
bool disjoint(Context& cx, Term a, Term b) {
  TypeId ta = b.tilde ? cx.types.under(a.type) : a.type;
  TypeId tb = a.tilde ? cx.types.under(b.type) : b.type;
  return !identical(cx, ta, tb);
}

void add_term(Context& cx, TermList& list, Term term) {
  if (list.all) return;
  for (size_t i = 0; i < list.terms.size(); i++) {
    Term& have = list.terms[i];
    if (disjoint(cx, have, term)) continue;
    if (have.tilde || !term.tilde) return;
    // ~t swallows every t' already there.
    have = term;
    auto rest = list.terms.begin() + static_cast<ptrdiff_t>(i) + 1;
    list.terms.erase(std::remove_if(rest, list.terms.end(),
                                    [&](Term other) { return !disjoint(cx, other, term); }),
                     list.terms.end());
    return;
  }
  list.terms.push_back(term);
}

TermList intersect(Context& cx, const TermList& a, const TermList& b) {
  if (a.all) return b;
  if (b.all) return a;
  TermList out{false, {}};
  for (Term x : a.terms) {
    for (Term y : b.terms) {
      if (!disjoint(cx, x, y)) add_term(cx, out, !x.tilde || y.tilde ? x : y);
    }
  }
  return out;
}

struct Computation {
  Context& cx;
  int interfaces = 0;
  std::vector<TypeId> open{};  // interfaces being computed
  bool incomplete = false;

  // Kept for good, published unless something is missing.
  const TypeSet* of(TypeId id);
  TermList of_union(TypeId id);
  void add_method(std::vector<InterfaceMethod>& methods, const InterfaceMethod& method) const;
  void sort(std::vector<InterfaceMethod>& methods) const;
  // Notes that a declared type has no underlying type yet.
  TypeId under(TypeId id) {
    TypeId u = cx.types.under(id);
    if (u == kInvalidType && cx.types.is(id, TypeKind::kNamed) &&
        cx.types.named(id).underlying.load(std::memory_order_acquire) == TypeId::kNone) {
      incomplete = true;
    }
    return u;
  }
};

void Computation::add_method(std::vector<InterfaceMethod>& methods,
                             const InterfaceMethod& method) const {
  for (const InterfaceMethod& have : methods) {
    if (have.name == method.name && cx.same_name_space(have.name, have.package, method.package)) {
      return;
    }
  }
  methods.push_back(method);
}

void Computation::sort(std::vector<InterfaceMethod>& methods) const {
  std::sort(methods.begin(), methods.end(),
            [&](const InterfaceMethod& a, const InterfaceMethod& b) {
              bool a_exported = cx.exported(a.name);
              if (a_exported != cx.exported(b.name)) return a_exported;
              if (a.name != b.name) return cx.text(a.name) < cx.text(b.name);
              if (a_exported || a.package == b.package) return false;
              if (!a.package.exists() || !b.package.exists()) return !a.package.exists();
              return cx.package(a.package).path < cx.package(b.package).path;
            });
}

const TypeSet* Computation::of(TypeId id) {
  const Interface& i = cx.types.interface(id);
  if (const TypeSet* known = i.type_set.load(std::memory_order_acquire)) return known;
  if (i.methods.empty() && i.embeddeds.empty()) {
    i.type_set.store(&kTop, std::memory_order_release);
    return &kTop;
  }
  if (std::find(open.begin(), open.end(), id) != open.end() || open.size() > kMaxDepth ||
      ++interfaces > kMaxInterfaces) {
    incomplete = true;
    return &kTop;
  }
  open.push_back(id);
  std::vector<InterfaceMethod> methods;
  for (const InterfaceMethod& m : i.methods) add_method(methods, m);
  TermList terms;
  bool only_comparable = false;
  for (TypeId embedded : i.embeddeds) {
    TypeId u = under(embedded);
    TermList more;
    bool more_comparable = false;
    if (cx.types.is(u, TypeKind::kInterface)) {
      const TypeSet& set = *of(u);
      more_comparable = set.comparable;
      for (const InterfaceMethod& m : set.methods) add_method(methods, m);
      if (set.has_terms) more = {false, {set.terms.begin(), set.terms.end()}};
    } else if (cx.types.is(u, TypeKind::kUnion)) {
      more = of_union(u);
    } else if (u != kInvalidType && !cx.types.is(u, TypeKind::kTypeParam)) {
      more = {false, {Term{false, embedded}}};
    }
    terms = intersect(cx, terms, more);
    only_comparable |= more_comparable;
    if (only_comparable && !terms.all) {
      std::erase_if(terms.terms, [&](Term t) { return !strictly_comparable(cx, t.type); });
      only_comparable = false;
    }
  }
  open.pop_back();
  sort(methods);
  TypeSet set;
  set.methods = cx.types.keep(std::span<const InterfaceMethod>(methods));
  set.comparable = only_comparable;
  set.has_terms = !terms.all;
  set.terms = cx.types.keep(std::span<const Term>(terms.terms));
  const TypeSet* kept = cx.types.keep(std::span<const TypeSet>(&set, 1)).data();
  if (incomplete) return kept;
  const TypeSet* first = nullptr;
  return i.type_set.compare_exchange_strong(first, kept, std::memory_order_acq_rel) ? kept : first;
}

TermList Computation::of_union(TypeId id) {
  TermList out{false, {}};
  for (Term term : cx.types.terms(id)) {
    TypeId u = under(term.type);
    if (u == kInvalidType) continue;
    if (cx.types.is(u, TypeKind::kInterface)) {
      const TypeSet& set = *of(u);
      if (!set.has_terms) return {};
      for (Term t : set.terms) add_term(cx, out, t);
    } else if (!term.tilde || identical(cx, term.type, u)) {
      add_term(cx, out, term);
    }
  }
  return out;
}

}  // namespace

bool includes(Context& cx, Term term, TypeId t) {
  return identical(cx, term.type, term.tilde ? cx.types.under(t) : t);
}

bool terms_subset(Context& cx, const TypeSet& a, const TypeSet& b) {
  if (!b.has_terms) return true;
  if (!a.has_terms) return false;
  return std::all_of(a.terms.begin(), a.terms.end(), [&](Term x) {
    return std::any_of(b.terms.begin(), b.terms.end(),
                       [&](Term y) { return (!x.tilde || y.tilde) && !disjoint(cx, x, y); });
  });
}

TermList union_terms(Context& cx, TypeId union_type) {
  return Computation{cx}.of_union(union_type);
}

const TypeSet& TypeStore::type_set(TypeId id) {
  if (is(id, TypeKind::kNamed)) id = under(id);
  if (is(id, TypeKind::kTypeParam)) id = constraint_interface(id);
  if (!is(id, TypeKind::kInterface)) return kTop;
  if (const TypeSet* known = interface(id).type_set.load(std::memory_order_acquire)) return *known;
  return *Computation{cx_}.of(id);
}

}  // namespace unpark::types
