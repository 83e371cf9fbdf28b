// Looking up a field or method: breadth first through embedded fields.
//
// All places reached are kept in one list, level after level, each with its parent, so the path to
// a result is only written down once, at the end. Most lookups end at the first place and allocate
// nothing. A type met before at a lesser depth is skipped; one met twice at the same depth is kept
// once and marked, and whatever it has is ambiguous.
//
// Cost: a comparison of ids per field and method looked at.
#include "types/lookup.h"

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include <algorithm>

#include "types/predicates.h"
#include "types/subst.h"
#include "types/typeset.h"

namespace unpark::types {

namespace {

// Types that embed ever new types are no Go; a search that meets so many places finds nothing.
constexpr size_t kMaxPlaces = 1000;

struct Place {
  TypeId type;
  uint32_t parent = 0;  // index of the place that embeds this one
  uint32_t field = 0;   // the embedded field's number there
  bool indirect = false;
  bool multiple = false;  // reached more than once at this depth
};

using Places = absl::InlinedVector<Place, 8>;

TypeId resolved_type(Context& cx, ObjectId method, Resolver* resolver) {
  Object& object = cx.objects[method];
  if (object.state != Object::kResolved && resolver) resolver->resolve_object(method);
  return object.type.exists() ? object.type : kInvalidType;
}

class Search {
 public:
  Search(Context& cx, PackageRef from, const Package* view, NameId name)
      : cx_(cx), types_(cx.types), from_(from), view_(view), name_(name) {
    exported_ = cx.exported(name);
  }

  Found find(TypeId t, bool addressable) {
    Found found;
    if (name_ == cx_.blank_name) return found;
    bool pointer = types_.is(t, TypeKind::kPointer);
    TypeId base = pointer ? types_.elem(t) : t;
    if (pointer) {
      TypeId u = types_.under(base);
      if (types_.is(u, TypeKind::kInterface) || types_.is(u, TypeKind::kTypeParam)) return found;
    }
    places_.push_back({base, 0, 0, pointer, false});
    uint32_t begin = 0;
    while (begin < places_.size() && places_.size() < kMaxPlaces) {
      auto end = static_cast<uint32_t>(places_.size());
      for (uint32_t i = begin; i < end; i++) {
        if (!look_at(i, found)) return ambiguous();
      }
      if (found.object.exists()) {
        const Object& object = cx_.objects[found.object];
        if (object.is(Object::kPointerRecv) && !found.indirect && !addressable) {
          Found none;
          none.needs_pointer = none.indirect = true;
          return none;
        }
        return found;
      }
      consolidate(end);
      begin = end;
    }
    return {};
  }

 private:
  // Looks at one place. False: the name is there more than once at this depth.
  bool look_at(uint32_t at, Found& found) {
    Place place = places_[at];
    if (types_.is(place.type, TypeKind::kNamed)) {
      if (seen_before(place.type)) return true;
      const Named& named = types_.named(place.type);
      uint32_t number = 0;
      if (ObjectId method = find_method(named, number); method.exists()) {
        if (found.object.exists() || place.multiple) return false;
        set(found, at, number, method);
        Resolver* resolver = types_.named(named.origin).resolver;
        if (!resolver && view_) resolver = view_->resolver;
        found.type = resolved_type(cx_, method, resolver);
        if (!named.args.empty()) found.type = method_type(cx_, method, named);
        return true;
      }
    }
    TypeId u = types_.under(place.type);
    switch (types_.kind(u)) {
      case TypeKind::kStruct:
        return look_at_fields(u, at, place, found);
      case TypeKind::kInterface:
      case TypeKind::kTypeParam: {
        const TypeSet& methods = types_.type_set(u);
        int number = methods.find(name_, from_, exported_);
        if (number < 0) return true;
        if (found.object.exists() || place.multiple) return false;
        const InterfaceMethod& method = methods.methods[static_cast<size_t>(number)];
        set(found, at, static_cast<uint32_t>(number), method.object);
        found.type = method.type;
        return true;
      }
      default:
        return true;
    }
  }

  bool look_at_fields(TypeId structure, uint32_t at, const Place& place, Found& found) {
    std::span<const StructField> fields = types_.fields(structure);
    for (uint32_t i = 0; i < fields.size(); i++) {
      const StructField& f = fields[i];
      if (f.name == name_ && (exported_ || f.package == from_)) {
        if (found.object.exists() || place.multiple) return false;
        set(found, at, i, f.object);
        found.type = f.type;
      } else if (f.embedded && !found.object.exists()) {
        bool pointer = types_.is(f.type, TypeKind::kPointer);
        TypeId type = pointer ? types_.elem(f.type) : f.type;
        places_.push_back({type, at, i, place.indirect || pointer, place.multiple});
      }
    }
    return true;
  }

  // Methods of the declared type in source order, then what tests add.
  ObjectId find_method(const Named& named, uint32_t& number) const {
    const std::vector<ObjectId>& methods = types_.named(named.origin).methods;
    for (ObjectId method : methods) {
      if (matches(method)) return method;
      number++;
    }
    if (view_ && !view_->extra_methods.empty()) {
      if (auto it = view_->extra_methods.find(named.origin); it != view_->extra_methods.end()) {
        for (ObjectId method : it->second) {
          if (matches(method)) return method;
          number++;
        }
      }
    }
    return {};
  }
  bool matches(ObjectId method) const {
    const Object& object = cx_.objects[method];
    return object.name == name_ && (exported_ || object.package == from_);
  }

  bool seen_before(TypeId t) {
    for (TypeId other : seen_) {
      if (other == t || identical(cx_, other, t)) return true;
    }
    seen_.push_back(t);
    return false;
  }

  // The places from `begin` on: one for each type.
  void consolidate(uint32_t begin) {
    uint32_t kept = begin;
    for (uint32_t i = begin; i < places_.size(); i++) {
      uint32_t same = begin;
      while (same < kept && !identical(cx_, places_[same].type, places_[i].type)) same++;
      if (same < kept) {
        places_[same].multiple = true;
      } else {
        places_[kept++] = places_[i];
      }
    }
    places_.resize(kept);
  }

  void set(Found& found, uint32_t at, uint32_t last, ObjectId object) const {
    found.object = object;
    found.indirect = places_[at].indirect;
    found.path.clear();
    found.path.push_back(last);
    for (; at != 0; at = places_[at].parent) found.path.push_back(places_[at].field);
    std::reverse(found.path.begin(), found.path.end());
  }

  static Found ambiguous() {
    Found found;
    found.ambiguous = true;
    return found;
  }

  Context& cx_;
  TypeStore& types_;
  PackageRef from_;
  const Package* view_;
  NameId name_;
  bool exported_;
  Places places_;
  absl::InlinedVector<TypeId, 8> seen_;
};

bool has_invalid_embedded(Context& cx, TypeId t, absl::InlinedVector<TypeId, 8>& seen) {
  TypeId u = cx.types.under(t);
  if (cx.types.is(u, TypeKind::kPointer)) u = cx.types.under(cx.types.elem(u));
  if (!cx.types.is(u, TypeKind::kStruct)) return false;
  if (std::find(seen.begin(), seen.end(), u) != seen.end() || seen.size() > 1000) return false;
  seen.push_back(u);
  for (const StructField& f : cx.types.fields(u)) {
    if (f.embedded && (f.type == kInvalidType || has_invalid_embedded(cx, f.type, seen))) {
      return true;
    }
  }
  return false;
}

// Names of all methods that some type embedded in `t` has, at any depth.
struct MethodNames {
  Context& cx;
  const Package* view;
  absl::flat_hash_set<TypeId> seen{};
  std::vector<Method> names{};

  void add(NameId name, PackageRef package) {
    Method m;
    m.name = name;
    m.package = package;
    names.push_back(std::move(m));
  }
  void add_all(std::span<const ObjectId> methods) {
    for (ObjectId id : methods) add(cx.objects[id].name, cx.objects[id].package);
  }
  void collect(TypeId t, int depth) {
    if (cx.types.is(t, TypeKind::kPointer)) t = cx.types.elem(t);
    if (depth > 100 || !seen.insert(t).second) return;
    if (cx.types.is(t, TypeKind::kNamed)) {
      TypeId origin = cx.types.named(t).origin;
      add_all(cx.types.named(origin).methods);
      if (view) {
        auto it = view->extra_methods.find(origin);
        if (it != view->extra_methods.end()) add_all(it->second);
      }
    }
    TypeId u = cx.types.under(t);
    if (cx.types.is(u, TypeKind::kStruct)) {
      for (const StructField& f : cx.types.fields(u)) {
        if (f.embedded) collect(f.type, depth + 1);
      }
    } else if (cx.types.is(u, TypeKind::kInterface) || cx.types.is(u, TypeKind::kTypeParam)) {
      for (const InterfaceMethod& m : cx.types.type_set(u).methods) add(m.name, m.package);
    }
  }
};

}  // namespace

TypeId method_type(Context& cx, ObjectId method, const Named& named) {
  TypeId type = resolved_type(cx, method, cx.types.named(named.origin).resolver);
  TypeId receiver{cx.objects[method].extra};
  if (!receiver.exists() || !cx.types.has_type_param(type)) return type;
  if (cx.types.is(receiver, TypeKind::kPointer)) receiver = cx.types.elem(receiver);
  if (!cx.types.is(receiver, TypeKind::kNamed)) return type;
  std::span<const TypeId> params = cx.types.named(receiver).args;
  return params.size() == named.args.size() ? substitute(cx, type, params, named.args) : type;
}

Found lookup_from(Context& cx, PackageRef from, const Package* view, TypeId t, bool addressable,
                  NameId name) {
  if (cx.types.is(t, TypeKind::kNamed)) {
    // A method that T has only because its underlying type is a pointer is not T's.
    TypeId u = cx.types.under(t);
    if (cx.types.is(u, TypeKind::kPointer)) {
      Found found = Search(cx, from, view, name).find(u, false);
      if (found.object.exists() && cx.objects[found.object].kind == ObjectKind::kFunc) return {};
      return found;
    }
  }
  return Search(cx, from, view, name).find(t, addressable);
}

Found lookup(Context& cx, const Package& from, const Package* view, TypeId t, bool addressable,
             NameId name) {
  return lookup_from(cx, from.identity(), view, t, addressable, name);
}

std::vector<Method> method_set(Context& cx, const Package* view, TypeId t) {
  MethodNames all{cx, view};
  all.collect(t, 0);
  std::vector<Method>& names = all.names;
  auto less = [&](const Method& a, const Method& b) {
    bool a_exported = cx.exported(a.name);
    if (a_exported != cx.exported(b.name)) return a_exported;
    if (a.name != b.name) return cx.text(a.name) < cx.text(b.name);
    if (a_exported || a.package == b.package) return false;
    return cx.package(a.package).path < cx.package(b.package).path;
  };
  std::sort(names.begin(), names.end(), less);
  names.erase(std::unique(names.begin(), names.end(),
                          [&](const Method& a, const Method& b) { return !less(a, b); }),
              names.end());
  for (Method& m : names) m.found = lookup_from(cx, m.package, view, t, false, m.name);
  std::erase_if(names, [&](const Method& m) {
    return !m.found.object.exists() || cx.objects[m.found.object].kind != ObjectKind::kFunc;
  });
  return std::move(names);
}

bool has_all_methods(Context& cx, const Package* view, TypeId t, TypeId iface,
                     const std::function<bool(TypeId, TypeId)>& same) {
  if (t == kInvalidType) return true;
  std::span<const InterfaceMethod> methods = cx.types.type_set(iface).methods;
  if (methods.empty()) return true;
  auto equal = [&](TypeId found, TypeId wanted) {
    return same ? same(found, wanted) : identical(cx, found, wanted);
  };
  TypeId u = cx.types.under(t);
  bool is_set = cx.types.is(u, TypeKind::kInterface) || cx.types.is(u, TypeKind::kTypeParam);
  const TypeSet* set = is_set ? &cx.types.type_set(u) : nullptr;
  bool missing = false;
  for (const InterfaceMethod& m : methods) {
    TypeId type;
    if (set) {
      int number = set->find(m.name, m.package, cx.exported(m.name));
      if (number >= 0) type = set->methods[static_cast<size_t>(number)].type;
    } else {
      Found found = Search(cx, m.package, view, m.name).find(t, false);
      if (found.object.exists() && cx.objects[found.object].kind == ObjectKind::kFunc) {
        type = found.type;
      }
    }
    missing = !type.exists() || !equal(type, m.type);
    if (missing) break;
  }
  if (!missing) return true;
  absl::InlinedVector<TypeId, 8> seen;
  return has_invalid_embedded(cx, t, seen);
}

bool implements(Context& cx, const Package* view, TypeId t, TypeId iface) {
  TypeId u = cx.types.under(t);
  TypeId wanted = cx.types.under(iface);
  if (u == kInvalidType || wanted == kInvalidType) return true;
  if (cx.types.is(u, TypeKind::kPointer) && cx.types.under(cx.types.elem(u)) == kInvalidType) {
    return true;
  }
  if (!cx.types.is(wanted, TypeKind::kInterface)) return false;
  const TypeSet& set = cx.types.type_set(wanted);
  if (set.methods.empty() && !set.comparable && !set.has_terms) return true;
  bool is_set = cx.types.is(u, TypeKind::kInterface) || cx.types.is(u, TypeKind::kTypeParam);
  const TypeSet* own = is_set ? &cx.types.type_set(u) : nullptr;
  if (own && own->empty()) return true;
  if (set.empty() || !has_all_methods(cx, view, t, wanted)) return false;
  if (set.comparable && !comparable(cx, t)) return false;
  if (!set.has_terms) return true;
  if (own) return terms_subset(cx, *own, set);
  return std::any_of(set.terms.begin(), set.terms.end(),
                     [&](Term term) { return includes(cx, term, t); });
}

}  // namespace unpark::types
