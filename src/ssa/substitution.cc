// A walk over the type, remembered per type. Declared types end it, but for instances (their
// arguments are walked) and local ones (copied: the copy is remembered before its right-hand side
// is walked, so a local type may mention itself). Linear in the parts of the types met.
#include "ssa/substitution.h"

namespace unpark::ssa {

using types::TypeId;
using types::TypeKind;

TypeId Substitution::operator()(TypeId t) {
  if (!t.exists() || t.raw < types::kBasicCount) return t;
  if (auto it = memo_.find(t); it != memo_.end()) return it->second;
  TypeId result = compute(t);
  memo_[t] = result;
  return result;
}

bool Substitution::all(std::span<const TypeId> in, std::vector<TypeId>& out) {
  bool changed = false;
  for (TypeId t : in) {
    out.push_back((*this)(t));
    changed |= out.back() != t;
  }
  return changed;
}

TypeId Substitution::compute(TypeId id) {
  types::TypeStore& types = cx_.types;
  const types::Type& t = types[id];
  switch (t.kind) {
    case TypeKind::kBasic:
      return id;
    case TypeKind::kTypeParam:
      for (size_t i = 0; i < params_.size() && i < args_.size(); i++) {
        if (params_[i] == id) return args_[i];
      }
      return id;
    case TypeKind::kArray: {
      TypeId elem = (*this)(t.elem);
      return elem == t.elem ? id : types.array_of(elem, t.length);
    }
    case TypeKind::kSlice: {
      TypeId elem = (*this)(t.elem);
      return elem == t.elem ? id : types.slice_of(elem);
    }
    case TypeKind::kPointer: {
      TypeId elem = (*this)(t.elem);
      return elem == t.elem ? id : types.pointer_to(elem);
    }
    case TypeKind::kChan: {
      TypeId elem = (*this)(t.elem);
      return elem == t.elem ? id : types.chan_of(static_cast<types::ChanDir>(t.sub), elem);
    }
    case TypeKind::kMap: {
      TypeId key = (*this)(t.key);
      TypeId elem = (*this)(t.elem);
      return key == t.key && elem == t.elem ? id : types.map_of(key, elem);
    }
    case TypeKind::kTuple: {
      std::vector<TypeId> out;
      return all(types.tuple(id), out) ? types.tuple_of(out) : id;
    }
    case TypeKind::kSignature: {
      types::Signature s = *t.signature;
      TypeId params = (*this)(s.params);
      TypeId results = (*this)(s.results);
      if (params == s.params && results == s.results) return id;
      s.params = params;
      s.results = results;
      return types.signature_of(s);
    }
    case TypeKind::kStruct: {
      std::span<const types::StructField> fields = types.fields(id);
      std::vector<types::StructField> out(fields.begin(), fields.end());
      bool changed = false;
      for (types::StructField& f : out) {
        TypeId type = (*this)(f.type);
        changed |= type != f.type;
        f.type = type;
      }
      return changed ? types.struct_of(out) : id;
    }
    case TypeKind::kInterface: {
      const types::Interface& i = *t.interface;
      std::vector<types::InterfaceMethod> methods(i.methods.begin(), i.methods.end());
      bool changed = false;
      for (types::InterfaceMethod& m : methods) {
        TypeId type = (*this)(m.type);
        changed |= type != m.type;
        m.type = type;
      }
      std::vector<TypeId> embeddeds;
      changed |= all(i.embeddeds, embeddeds);
      return changed ? types.interface_of(methods, embeddeds, i.implicit) : id;
    }
    case TypeKind::kUnion: {
      std::vector<types::Term> out;
      bool changed = false;
      for (types::Term term : types.terms(id)) {
        TypeId type = (*this)(term.type);
        changed |= type != term.type;
        out.push_back({term.tilde, type});
      }
      return changed ? types.union_of(out) : id;
    }
    case TypeKind::kNamed: {
      const types::Named& n = *t.named;
      if (!n.args.empty()) {
        std::vector<TypeId> out;
        return all(n.args, out) ? types.instance_of(n.origin, out) : id;
      }
      const types::Object& o = cx_.objects[n.object];
      bool local = o.file == file_ && o.pos >= span_.begin && o.pos < span_.end &&
                   !o.is(types::Object::kPackageLevel);
      if (!local || !n.rhs.exists()) return id;
      TypeId rhs = n.rhs;
      TypeId copy = types.new_named(n.object, nullptr);
      memo_[id] = copy;
      types.named(copy).rhs = (*this)(rhs);
      return copy;
    }
  }
  return id;
}

}  // namespace unpark::ssa
