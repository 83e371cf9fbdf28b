// Substitution walks the parts that mention type parameters (kHasTypeParam) and rebuilds what
// changed; the rest keeps its id. A declared type is never opened: an instance becomes the instance
// with the substituted arguments, whose underlying type is computed when somebody asks for it.
//
// Cost: the parts of the type as written that mention type parameters, one table probe for each.
#include "types/subst.h"

#include <absl/container/inlined_vector.h>

namespace unpark::types {

namespace {

struct Substituter {
  TypeStore& types;
  std::span<const TypeId> params;
  std::span<const TypeId> args;

  using Ids = absl::InlinedVector<TypeId, 8>;

  bool all(std::span<const TypeId> in, Ids& out) {
    bool changed = false;
    for (TypeId t : in) {
      out.push_back(one(t));
      changed |= out.back() != t;
    }
    return changed;
  }

  TypeId one(TypeId id) {
    const Type& t = types[id];
    if (!(t.flags & TypeStore::kHasTypeParam)) return id;
    switch (t.kind) {
      case TypeKind::kTypeParam:
        for (size_t i = 0; i < params.size(); i++) {
          if (params[i] == id) return args[i].exists() ? args[i] : id;
        }
        return id;
      case TypeKind::kArray: {
        TypeId elem = one(t.elem);
        return elem == t.elem ? id : types.array_of(elem, t.length);
      }
      case TypeKind::kSlice: {
        TypeId elem = one(t.elem);
        return elem == t.elem ? id : types.slice_of(elem);
      }
      case TypeKind::kPointer: {
        TypeId elem = one(t.elem);
        return elem == t.elem ? id : types.pointer_to(elem);
      }
      case TypeKind::kChan: {
        TypeId elem = one(t.elem);
        return elem == t.elem ? id : types.chan_of(static_cast<ChanDir>(t.sub), elem);
      }
      case TypeKind::kMap: {
        TypeId key = one(t.key);
        TypeId elem = one(t.elem);
        return key == t.key && elem == t.elem ? id : types.map_of(key, elem);
      }
      case TypeKind::kTuple: {
        Ids out;
        return all(types.tuple(id), out) ? types.tuple_of(out) : id;
      }
      case TypeKind::kSignature: {
        Signature s = *t.signature;
        TypeId params_tuple = one(s.params);
        TypeId results_tuple = one(s.results);
        if (params_tuple == s.params && results_tuple == s.results) return id;
        s.params = params_tuple;
        s.results = results_tuple;
        return types.signature_of(s);
      }
      case TypeKind::kStruct:
        return structure(id);
      case TypeKind::kInterface:
        return interface(id, *t.interface);
      case TypeKind::kUnion: {
        absl::InlinedVector<Term, 8> out;
        bool changed = false;
        for (Term term : types.terms(id)) {
          TypeId type = one(term.type);
          changed |= type != term.type;
          out.push_back({term.tilde, type});
        }
        return changed ? types.union_of(out) : id;
      }
      case TypeKind::kNamed: {
        const Named& n = *t.named;
        Ids out;
        return all(n.args, out) ? types.instance_of(n.origin, out) : id;
      }
      case TypeKind::kBasic:
        return id;
    }
    return id;
  }

  TypeId structure(TypeId id) {
    std::span<const StructField> fields = types.fields(id);
    absl::InlinedVector<StructField, 8> out(fields.begin(), fields.end());
    bool changed = false;
    for (StructField& f : out) {
      TypeId type = one(f.type);
      changed |= type != f.type;
      f.type = type;
    }
    return changed ? types.struct_of(out) : id;
  }

  TypeId interface(TypeId id, const Interface& i) {
    absl::InlinedVector<InterfaceMethod, 4> methods(i.methods.begin(), i.methods.end());
    bool changed = false;
    for (InterfaceMethod& m : methods) {
      TypeId type = one(m.type);
      changed |= type != m.type;
      m.type = type;
    }
    Ids embeddeds;
    changed |= all(i.embeddeds, embeddeds);
    return changed ? types.interface_of(methods, embeddeds, i.implicit) : id;
  }
};

}  // namespace

TypeId substitute(Context& cx, TypeId t, std::span<const TypeId> params,
                  std::span<const TypeId> args) {
  if (!t.exists() || !cx.types.has_type_param(t)) return t;
  if (params.size() != args.size()) return kInvalidType;
  return Substituter{cx.types, params, args}.one(t);
}

TypeId instantiate_signature(Context& cx, TypeId signature, std::span<const TypeId> args) {
  if (!cx.types.is(signature, TypeKind::kSignature)) return kInvalidType;
  Signature s = cx.types.signature(signature);
  if (s.type_params.size() != args.size()) return kInvalidType;
  s.params = substitute(cx, s.params, s.type_params, args);
  s.results = substitute(cx, s.results, s.type_params, args);
  s.type_params = {};
  return cx.types.signature_of(s);
}

}  // namespace unpark::types
