#include "ssa/step/layout.h"

#include <algorithm>

#include "types/predicates.h"
#include "types/sizes.h"

namespace unpark::ssa::step {

const Layout& Layouts::of(TypeId type) {
  if (!type.exists()) type = types::kInvalidType;
  if (types::is_untyped(type)) {
    bool nil = type == types::basic(BasicKind::kUntypedNil);
    type = nil ? types::basic(BasicKind::kUnsafePointer) : types::default_type(type);
  }
  if (type.raw < by_id_.size() && by_id_[type.raw]) return *by_id_[type.raw];
  const Layout* found = nullptr;
  std::vector<const Layout*>* same = nullptr;
  if (cx_.types[type].flags & types::TypeStore::kStructural) {
    same = &by_shape_[cx_.types[type].shape];
    for (const Layout* l : *same) {
      if (types::identical(cx_, l->type, type)) found = l;
    }
  }
  if (!found) {
    owned_.push_back(compute(type));
    found = owned_.back().get();
    if (same) by_shape_[cx_.types[type].shape].push_back(found);
  }
  if (by_id_.size() <= type.raw) by_id_.resize(cx_.types.size() + type.raw / 2 + 1);
  by_id_[type.raw] = found;
  return *found;
}

std::unique_ptr<Layout> Layouts::compute(TypeId type) {
  auto out = std::make_unique<Layout>();
  Layout& l = *out;
  types::TypeStore& store = cx_.types;
  l.type = type;
  l.under = store.under(type);
  l.kind = store.kind(l.under);
  if (l.under == types::kInvalidType) return out;
  switch (l.kind) {
    case TypeKind::kBasic:
      l.basic = static_cast<BasicKind>(store[l.under].sub);
      l.plain = !l.is_float() && !l.is_complex() && !l.is_string();
      l.has_pointers = l.is_string() || l.basic == BasicKind::kUnsafePointer;
      l.direct = l.basic == BasicKind::kUnsafePointer;
      break;
    case TypeKind::kPointer:
      l.elem = store.elem(l.under);
      l.direct = l.plain = l.has_pointers = true;
      break;
    case TypeKind::kChan:
      l.elem = store.elem(l.under);
      l.direct = l.plain = l.has_pointers = true;
      break;
    case TypeKind::kMap:
      l.elem = store.elem(l.under);
      l.key = store.key(l.under);
      l.direct = l.has_pointers = true;
      l.comparable = false;
      break;
    case TypeKind::kSignature:
      l.direct = l.has_pointers = true;
      l.comparable = false;
      break;
    case TypeKind::kSlice:
      l.elem = store.elem(l.under);
      l.element_size = static_cast<uint64_t>(std::max<int64_t>(0, types::size_of(cx_, l.elem)));
      l.has_pointers = true;
      l.comparable = false;
      break;
    case TypeKind::kInterface:
      l.has_pointers = true;
      break;
    case TypeKind::kArray: {
      l.elem = store.elem(l.under);
      l.length = store.array_length(l.under);
      const Layout& e = of(l.elem);
      l.plain = e.plain;
      l.comparable = e.comparable;
      l.has_pointers = e.has_pointers && l.length > 0;
      l.direct = l.length == 1 && e.direct;
      break;
    }
    case TypeKind::kStruct: {
      std::vector<int64_t> offsets = types::field_offsets(cx_, store.fields(l.under));
      uint64_t covered = 0;
      l.plain = true;
      for (size_t i = 0; i < offsets.size(); i++) {
        const types::StructField& f = store.fields(l.under)[i];
        const Layout& e = of(f.type);
        l.fields.push_back(f.type);
        l.offsets.push_back(static_cast<uint32_t>(offsets[i]));
        if (cx_.text(f.name) == "_") l.plain = false;
        covered += e.size;
        l.plain &= e.plain;
        l.comparable &= e.comparable;
        l.has_pointers |= e.has_pointers;
      }
      l.direct = offsets.size() == 1 && of(l.fields[0]).direct;
      l.size = static_cast<uint64_t>(types::size_of(cx_, type));
      l.plain &= covered == l.size;
      break;
    }
    case TypeKind::kTuple: {
      uint32_t at = 0;
      for (TypeId t : store.tuple(l.under)) {
        l.fields.push_back(t);
        l.offsets.push_back(at);
        at += word_up(of(t).size);
        l.has_pointers |= of(t).has_pointers;
      }
      l.size = at;
      l.align = 8;
      return out;
    }
    case TypeKind::kNamed:
    case TypeKind::kTypeParam:
    case TypeKind::kUnion:
      return out;
  }
  int64_t size = types::size_of(cx_, type);
  l.size = size < 0 ? UINT64_MAX >> 1 : static_cast<uint64_t>(size);
  l.align = static_cast<uint32_t>(types::align_of(cx_, type));
  return out;
}

}  // namespace unpark::ssa::step
