#include "rules/sync/sync_types.h"

#include "types/lookup.h"

namespace unpark::rules {

using types::TypeId;
using types::TypeKind;

namespace {

// Types nested deeper than any real one hold nothing.
constexpr int kMaxDepth = 60;

}  // namespace

TypeId SyncTypes::look(TypeId t, int depth) {
  TypeKind kind = cx_.types.kind(t);
  bool can_hold = kind == TypeKind::kNamed || kind == TypeKind::kStruct || kind == TypeKind::kArray;
  if (!can_hold || depth > kMaxDepth) return {};
  // A type that holds itself is no Go; it holds nothing while it is being looked at.
  auto [it, fresh] = known_.try_emplace(t, TypeId{});
  if (!fresh) return it->second;
  TypeId under = cx_.types.under(t);
  TypeId held;
  if (cx_.types.is(under, TypeKind::kStruct)) {
    for (const types::StructField& f : cx_.types.fields(under)) {
      held = look(f.type, depth + 1);
      if (held.exists()) break;
    }
  } else if (cx_.types.is(under, TypeKind::kArray)) {
    held = look(cx_.types.elem(under), depth + 1);
    // The idiom [0]sync.Mutex: no lock, only the wish not to be copied.
    if (held.exists() && cx_.types.array_length(under) == 0) return known_[t] = t;
  }
  if (kind == TypeKind::kNamed) {
    if (held.exists() ? belongs_to_sync(t) : is_locker(t)) held = t;
  }
  known_[t] = held;
  return held;
}

bool SyncTypes::belongs_to_sync(TypeId t) const {
  const types::Object& o = cx_.objects[cx_.types.named(t).object];
  if (!o.package.exists()) return false;
  std::string_view path = cx_.package(o.package).path;
  return path == "sync" || path == "sync/atomic";
}

// Pointers have Lock() and Unlock(), values have not.
bool SyncTypes::is_locker(TypeId t) {
  const types::Object& o = cx_.objects[cx_.types.named(t).object];
  if (!o.package.exists() || cx_.types.is(cx_.types.under(t), TypeKind::kInterface)) return false;
  const types::Package& package = cx_.package(o.package);
  for (std::string_view name : {"Lock", "Unlock"}) {
    types::Found value = types::lookup(cx_, package, nullptr, t, false, cx_.names.intern(name));
    if (value.object.exists() || !value.needs_pointer) return false;
    types::Found found = types::lookup(cx_, package, nullptr, t, true, cx_.names.intern(name));
    if (!found.object.exists() || !cx_.types.is(found.type, TypeKind::kSignature)) return false;
    const types::Signature& s = cx_.types.signature(found.type);
    if (!cx_.types.tuple(s.params).empty() || !cx_.types.tuple(s.results).empty()) return false;
  }
  return true;
}

bool SyncTypes::is_empty(TypeId t, int depth) {
  TypeId under = cx_.types.under(t);
  if (depth > kMaxDepth) return false;
  if (cx_.types.is(under, TypeKind::kArray)) {
    return cx_.types.array_length(under) == 0 || is_empty(cx_.types.elem(under), depth + 1);
  }
  if (!cx_.types.is(under, TypeKind::kStruct)) return false;
  for (const types::StructField& f : cx_.types.fields(under)) {
    if (!is_empty(f.type, depth + 1)) return false;
  }
  return true;
}

}  // namespace unpark::rules
