// The type store: hash-consing of types, underlying types, instances and twins.
//
// A type is looked up by its parts in one of 64 open-addressing tables. Looking up takes no lock: a
// probe reads atomic words (32 bits of hash, id) from a table that is only ever appended to, and a
// grown table replaces the old one by a pointer, the old one staying alive for probes under way.
// Only a miss locks the shard, and then inserts only if nothing was inserted since its probe began,
// else it probes again. So comparing keys never happens under a lock; comparing two lists of type
// arguments may need whole type sets, which may need this store.
//
// Instances are found by the *shape* of their arguments, a hash that identical types share, and
// compared with identical(): Set[interface{ M() }] written at two places is one type.
//
// Cost: a hit is a hash over the parts and usually one probe; a miss copies the lists into the
// shard's arena. Limits: a chain of declarations (type A B; type B C; …) longer than kMaxChain is
// taken for one that never ends.
#include "types/type.h"

#include <absl/container/flat_hash_map.h>

#include <array>
#include <deque>
#include <mutex>
#include <new>
#include <thread>

#include "base/arena.h"
#include "base/hash.h"
#include "types/package.h"
#include "types/predicates.h"
#include "types/subst.h"

namespace unpark::types {

namespace {

using base::hash_mix;

constexpr int kMaxChain = 1000;
constexpr size_t kShards = 64;

// A power of two of words: hash in the high half, id + 1 in the low one; zero is free.
struct Table {
  explicit Table(size_t size) : mask(size - 1), words(new std::atomic<uint64_t>[size]()) {}
  size_t mask;
  std::unique_ptr<std::atomic<uint64_t>[]> words;

  void place(uint64_t word) {
    size_t i = (word >> 32) & mask;
    while (words[i].load(std::memory_order_relaxed)) i = (i + 1) & mask;
    words[i].store(word, std::memory_order_release);
  }
};

struct alignas(64) Shard {
  std::atomic<Table*> table{nullptr};
  std::atomic<uint64_t> inserted{0};  // read before a probe, compared under the lock
  std::mutex mutex;
  std::vector<std::unique_ptr<Table>> tables;  // the last one is in use
  base::Arena arena;
  std::deque<Named> nameds;

  Shard() {
    tables.push_back(std::make_unique<Table>(64));
    table.store(tables.back().get(), std::memory_order_release);
  }
  void place(uint32_t hash, TypeId id) {
    uint64_t used = inserted.load(std::memory_order_relaxed);
    if (used * 2 >= tables.back()->mask) {
      const Table& old = *tables.back();
      auto bigger = std::make_unique<Table>((old.mask + 1) * 2);
      for (size_t i = 0; i <= old.mask; i++) {
        if (uint64_t word = old.words[i].load(std::memory_order_relaxed)) bigger->place(word);
      }
      tables.push_back(std::move(bigger));
      table.store(tables.back().get(), std::memory_order_release);
    }
    tables.back()->place(uint64_t{hash} << 32 | (uint64_t{id.raw} + 1));
    inserted.store(used + 1, std::memory_order_release);
  }
};

struct alignas(64) Kept {
  std::mutex mutex;
  base::Arena arena;
};

uint64_t hash_ids(uint64_t h, std::span<const TypeId> ids) {
  h = hash_mix(h, ids.size());
  for (TypeId id : ids) h = hash_mix(h, id.raw);
  return h;
}

uint64_t pair_of(uint32_t a, uint32_t b) { return uint64_t{a} << 32 | b; }

uint64_t hash_key(const Type& key) {
  uint64_t h = pair_of(static_cast<uint32_t>(key.kind), key.sub);
  switch (key.kind) {
    case TypeKind::kArray:
      return hash_mix(hash_mix(h, key.elem.raw), static_cast<uint64_t>(key.length));
    case TypeKind::kSlice:
    case TypeKind::kPointer:
    case TypeKind::kMap:
    case TypeKind::kChan:
      return hash_mix(h, pair_of(key.elem.raw, key.key.raw));
    case TypeKind::kTuple:
      return hash_ids(h, {key.list, key.count});
    case TypeKind::kStruct:
      for (const StructField& f : std::span(key.fields, key.count)) {
        h = hash_mix(h, pair_of(f.name.raw, f.object.raw));
        h = hash_mix(h, pair_of(f.type.raw, f.tag.raw));
      }
      return hash_mix(h, key.count);
    case TypeKind::kSignature: {
      const Signature& s = *key.signature;
      h = hash_mix(h, pair_of(s.params.raw, s.results.raw));
      return hash_ids(hash_mix(h, s.variadic), s.type_params);
    }
    case TypeKind::kInterface: {
      const Interface& i = *key.interface;
      for (const InterfaceMethod& m : i.methods) {
        h = hash_mix(hash_mix(h, pair_of(m.name.raw, m.object.raw)), m.type.raw);
      }
      return hash_ids(hash_mix(h, i.methods.size() * 2 + i.implicit), i.embeddeds);
    }
    case TypeKind::kUnion:
      for (const Term& t : std::span(key.terms, key.count))
        h = hash_mix(h, pair_of(t.tilde, t.type.raw));
      return hash_mix(h, key.count);
    case TypeKind::kBasic:
    case TypeKind::kNamed:
    case TypeKind::kTypeParam:
      break;
  }
  UNPARK_UNREACHABLE("a type that is not built from parts");
}

bool same(const StructField& a, const StructField& b) {
  return a.name == b.name && a.object == b.object && a.type == b.type && a.tag == b.tag &&
         a.embedded == b.embedded && a.package == b.package;
}
bool same(const InterfaceMethod& a, const InterfaceMethod& b) {
  return a.name == b.name && a.object == b.object && a.type == b.type && a.package == b.package;
}
template <typename T>
bool same_all(std::span<const T> a, std::span<const T> b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if constexpr (requires { a[i] == b[i]; }) {
      if (!(a[i] == b[i])) return false;
    } else if (!same(a[i], b[i])) {
      return false;
    }
  }
  return true;
}

bool same_key(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.sub != b.sub) return false;
  switch (a.kind) {
    case TypeKind::kArray:
      return a.elem == b.elem && a.length == b.length;
    case TypeKind::kSlice:
    case TypeKind::kPointer:
    case TypeKind::kMap:
    case TypeKind::kChan:
      return a.elem == b.elem && a.key == b.key;
    case TypeKind::kTuple:
      return same_all<TypeId>({a.list, a.count}, {b.list, b.count});
    case TypeKind::kStruct:
      return same_all<StructField>({a.fields, a.count}, {b.fields, b.count});
    case TypeKind::kSignature: {
      const Signature& s = *a.signature;
      const Signature& t = *b.signature;
      return s.params == t.params && s.results == t.results && s.variadic == t.variadic &&
             same_all<TypeId>(s.type_params, t.type_params);
    }
    case TypeKind::kInterface: {
      const Interface& i = *a.interface;
      const Interface& j = *b.interface;
      return i.implicit == j.implicit && same_all<InterfaceMethod>(i.methods, j.methods) &&
             same_all<TypeId>(i.embeddeds, j.embeddeds);
    }
    case TypeKind::kUnion:
      return same_all<Term>({a.terms, a.count}, {b.terms, b.count});
    case TypeKind::kBasic:
    case TypeKind::kNamed:
    case TypeKind::kTypeParam:
      break;  // never found by their parts
  }
  return false;
}

}  // namespace

struct TypeStore::Impl {
  std::array<Shard, kShards> shards;
  std::array<Kept, 16> kept;

  std::mutex mutex;  // guards what follows
  std::deque<Named> declared;
  std::deque<TypeParam> type_params;
  absl::flat_hash_map<uint64_t, std::span<const TypeId>> twins;

  // The type with this hash for which `equal` holds, or the one that `make` adds.
  template <typename Equal, typename Make>
  TypeId find_or_make(uint64_t h, const Equal& equal, const Make& make) {
    Shard& shard = shards[h >> 58];
    auto hash = static_cast<uint32_t>(h);
    for (;;) {
      uint64_t seen = shard.inserted.load(std::memory_order_acquire);
      const Table& table = *shard.table.load(std::memory_order_acquire);
      for (size_t i = hash & table.mask;; i = (i + 1) & table.mask) {
        uint64_t word = table.words[i].load(std::memory_order_acquire);
        if (word == 0) break;
        TypeId id{static_cast<uint32_t>(word) - 1};
        if (word >> 32 == hash && equal(id)) return id;
      }
      std::lock_guard<std::mutex> lock(shard.mutex);
      if (shard.inserted.load(std::memory_order_relaxed) != seen) continue;
      TypeId id = make(shard);
      shard.place(hash, id);
      return id;
    }
  }
};

TypeStore::TypeStore(Context& cx) : cx_(cx), impl_(std::make_unique<Impl>()) {
  for (uint32_t k = 0; k < kBasicCount; k++) {
    Type t;
    t.sub = static_cast<uint8_t>(k);
    t.shape = k;
    if (k == 0) t.flags = kHasInvalid;
    types_.add(t);
  }
  empty_tuple_ = tuple_of({});
  empty_interface_ = interface_of({}, {});
  // Different from the empty interface, so it is not looked up by its parts.
  static constexpr TypeSet kComparable{{}, true, false, {}};
  base::Arena& arena = impl_->kept[0].arena;
  const Interface* interface =
      new (arena.allocate(sizeof(Interface), alignof(Interface))) Interface;
  interface->type_set.store(&kComparable, std::memory_order_relaxed);
  Type t = types_[empty_interface_];
  t.flags = kStructural;
  t.interface = interface;
  comparable_interface_ = types_.add(t);
}
TypeStore::~TypeStore() = default;

uint64_t TypeStore::bytes() const {
  uint64_t total = types_.bytes();
  for (Shard& shard : impl_->shards) {
    std::lock_guard<std::mutex> lock(shard.mutex);
    total += shard.arena.bytes() + shard.nameds.size() * sizeof(Named);
    for (const auto& table : shard.tables) total += (table->mask + 1) * sizeof(uint64_t);
  }
  for (Kept& kept : impl_->kept) {
    std::lock_guard<std::mutex> lock(kept.mutex);
    total += kept.arena.bytes();
  }
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return total + impl_->declared.size() * sizeof(Named) +
         impl_->type_params.size() * sizeof(TypeParam);
}

const void* TypeStore::keep_bytes(const void* data, size_t size, size_t align) {
  if (size == 0) return nullptr;
  size_t thread = std::hash<std::thread::id>{}(std::this_thread::get_id());
  Kept& kept = impl_->kept[hash_mix(0, thread) % impl_->kept.size()];
  std::lock_guard<std::mutex> lock(kept.mutex);
  void* out = kept.arena.allocate(size, align);
  std::memcpy(out, data, size);
  return out;
}

TypeId TypeStore::intern(const Type& key) {
  return impl_->find_or_make(
      hash_key(key), [&](TypeId id) { return same_key(types_[id], key); },
      [&](Shard& shard) {
        Type t = key;
        uint32_t flags = t.flags;
        uint64_t shape = static_cast<uint64_t>(key.kind) << 8 | key.sub;
        auto part = [&](TypeId id) {
          const Type& p = types_[id];
          flags |= p.flags;
          shape = hash_mix(shape, p.shape);
        };
        auto parts = [&](std::span<const TypeId> ids) {
          for (TypeId id : ids) part(id);
        };
        switch (key.kind) {
          case TypeKind::kArray:
            if (key.length < 0) flags |= kStructural | kHasInvalid;
            part(key.elem);
            shape = hash_mix(shape, static_cast<uint64_t>(key.length));
            break;
          case TypeKind::kMap:
            part(key.key);
            part(key.elem);
            break;
          case TypeKind::kSlice:
          case TypeKind::kPointer:
          case TypeKind::kChan:
            part(key.elem);
            break;
          case TypeKind::kTuple:
            parts({key.list, key.count});
            t.list = shard.arena.copy(std::span(key.list, key.count)).data();
            break;
          case TypeKind::kStruct:
            for (const StructField& f : std::span(key.fields, key.count)) {
              flags |= kStructural;
              part(f.type);
              shape = hash_mix(shape, pair_of(f.name.raw, f.tag.raw) * 2 + f.embedded);
            }
            t.fields = shard.arena.copy(std::span(key.fields, key.count)).data();
            break;
          case TypeKind::kSignature: {
            Signature s = *key.signature;
            uint64_t outside = shape;
            part(s.params);
            part(s.results);
            shape = hash_mix(shape, s.variadic);
            if (!s.type_params.empty()) {
              flags |= kStructural;
              shape = outside;  // its own parameters may have any ids
              s.type_params = shard.arena.copy(s.type_params);
            }
            t.signature = shard.arena.make<Signature>(s);
            break;
          }
          case TypeKind::kInterface: {
            const Interface& i = *key.interface;
            uint64_t outside = shape;
            for (const InterfaceMethod& m : i.methods) part(m.type);
            parts(i.embeddeds);
            if (!i.methods.empty() || !i.embeddeds.empty()) flags |= kStructural;
            shape = outside;  // the type set decides, and it may be incomplete now
            auto* kept =
                new (shard.arena.allocate(sizeof(Interface), alignof(Interface))) Interface;
            kept->methods = shard.arena.copy(i.methods);
            kept->embeddeds = shard.arena.copy(i.embeddeds);
            kept->implicit = i.implicit;
            t.interface = kept;
            break;
          }
          case TypeKind::kUnion: {
            flags |= kStructural;
            uint64_t outside = shape;
            for (const Term& term : std::span(key.terms, key.count)) part(term.type);
            shape = outside;  // terms in another order mean the same
            t.terms = shard.arena.copy(std::span(key.terms, key.count)).data();
            break;
          }
          case TypeKind::kBasic:
          case TypeKind::kNamed:
          case TypeKind::kTypeParam:
            UNPARK_UNREACHABLE("a type that is not built from parts");
        }
        t.flags = static_cast<uint16_t>(flags);
        t.shape = static_cast<uint32_t>(shape);
        return types_.add(t);
      });
}

TypeId TypeStore::array_of(TypeId elem, int64_t length) {
  Type key;
  key.kind = TypeKind::kArray;
  key.elem = elem;
  key.length = length < 0 ? -1 : length;
  return intern(key);
}
TypeId TypeStore::slice_of(TypeId elem) {
  Type key;
  key.kind = TypeKind::kSlice;
  key.elem = elem;
  return intern(key);
}
TypeId TypeStore::pointer_to(TypeId elem) {
  Type key;
  key.kind = TypeKind::kPointer;
  key.elem = elem;
  return intern(key);
}
TypeId TypeStore::map_of(TypeId key_type, TypeId elem) {
  Type key;
  key.kind = TypeKind::kMap;
  key.key = key_type;
  key.elem = elem;
  return intern(key);
}
TypeId TypeStore::chan_of(ChanDir dir, TypeId elem) {
  Type key;
  key.kind = TypeKind::kChan;
  key.sub = static_cast<uint8_t>(dir);
  key.elem = elem;
  return intern(key);
}
TypeId TypeStore::tuple_of(std::span<const TypeId> types) {
  Type key;
  key.kind = TypeKind::kTuple;
  key.count = static_cast<uint32_t>(types.size());
  key.list = types.data();
  return intern(key);
}
TypeId TypeStore::signature_of(const Signature& signature) {
  Type key;
  key.kind = TypeKind::kSignature;
  key.signature = &signature;
  return intern(key);
}
TypeId TypeStore::struct_of(std::span<const StructField> fields) {
  Type key;
  key.kind = TypeKind::kStruct;
  key.count = static_cast<uint32_t>(fields.size());
  key.fields = fields.data();
  return intern(key);
}
TypeId TypeStore::interface_of(std::span<const InterfaceMethod> methods,
                               std::span<const TypeId> embeddeds, bool implicit) {
  Interface interface;
  interface.methods = methods;
  interface.embeddeds = embeddeds;
  interface.implicit = implicit && !embeddeds.empty();
  Type key;
  key.kind = TypeKind::kInterface;
  key.interface = &interface;
  return intern(key);
}
TypeId TypeStore::union_of(std::span<const Term> terms) {
  Type key;
  key.kind = TypeKind::kUnion;
  key.count = static_cast<uint32_t>(terms.size());
  key.terms = terms.data();
  return intern(key);
}

TypeId TypeStore::new_named(ObjectId object, Resolver* resolver) {
  Type t;
  t.kind = TypeKind::kNamed;
  std::lock_guard<std::mutex> lock(impl_->mutex);
  Named& named = impl_->declared.emplace_back();
  named.object = object;
  named.resolver = resolver;
  t.named = &named;
  // No shape but its kind: equal ids are found by comparing, and an origin is rarely an argument.
  t.shape = static_cast<uint32_t>(hash_mix(static_cast<uint64_t>(t.kind), object.raw));
  TypeId id = types_.add(t);
  named.origin = id;
  return id;
}

TypeId TypeStore::new_type_param(ObjectId object, uint32_t index) {
  Type t;
  t.kind = TypeKind::kTypeParam;
  t.flags = kHasTypeParam;
  std::lock_guard<std::mutex> lock(impl_->mutex);
  TypeParam& param = impl_->type_params.emplace_back();
  param.object = object;
  param.index = index;
  t.type_param = &param;
  t.shape = static_cast<uint32_t>(hash_mix(static_cast<uint64_t>(t.kind), object.raw));
  return types_.add(t);
}

void TypeStore::set_type_params(TypeId named_id, std::span<const TypeId> type_params) {
  named(named_id).type_params = keep(type_params);
}

TypeId TypeStore::instance_of(TypeId origin, std::span<const TypeId> args) {
  if (!is(origin, TypeKind::kNamed)) return kInvalidType;
  uint64_t h = hash_mix(static_cast<uint64_t>(TypeKind::kNamed), origin.raw);
  for (TypeId arg : args) h = hash_mix(h, types_[arg].shape);
  return impl_->find_or_make(
      h,
      [&](TypeId id) {
        const Type& t = types_[id];
        if (t.kind != TypeKind::kNamed) return false;
        const Named& n = *t.named;
        if (n.origin != origin || n.args.size() != args.size()) return false;
        for (size_t i = 0; i < args.size(); i++) {
          if (n.args[i] != args[i] && !identical(cx_, n.args[i], args[i])) return false;
        }
        return true;
      },
      [&](Shard& shard) {
        Type t;
        t.kind = TypeKind::kNamed;
        for (TypeId arg : args) t.flags |= types_[arg].flags;
        t.shape = static_cast<uint32_t>(h >> 32);
        Named& n = shard.nameds.emplace_back();
        n.object = named(origin).object;
        n.origin = origin;
        n.args = shard.arena.copy(args);
        t.named = &n;
        return types_.add(t);
      });
}

std::span<const TypeId> TypeStore::twins(std::span<const TypeId> type_params, uint32_t number) {
  if (type_params.empty()) return {};
  uint64_t key = pair_of(type_params[0].raw, number);
  std::vector<TypeId> ids;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    if (auto it = impl_->twins.find(key); it != impl_->twins.end()) return it->second;
    for (TypeId original : type_params) {
      TypeParam& param = impl_->type_params.emplace_back();
      param.object = type_param(original).object;
      param.index = type_param(original).index;
      param.twin_of = original;
      Type t = types_[original];
      t.type_param = &param;
      ids.push_back(types_.add(t));
    }
  }
  // Not under the lock: this may need a declaration that is not complete yet.
  for (size_t i = 0; i < ids.size(); i++) {
    TypeId constraint = type_param(type_params[i]).constraint;
    if (!constraint.exists()) continue;
    type_param(ids[i]).constraint = substitute(cx_, constraint, type_params, ids);
  }
  std::span<const TypeId> made = keep(std::span<const TypeId>(ids));
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->twins.try_emplace(key, made).first->second;
}

// How far a chain of declarations was followed, and whether it ended at one without right-hand
// side.
struct TypeStore::Progress {
  int steps = 0;
  bool incomplete = false;
};

TypeId TypeStore::compute_under(TypeId id) {
  Progress progress;
  return under_at(id, progress);
}

TypeId TypeStore::under_at(TypeId id, Progress& progress) {
  if (!is(id, TypeKind::kNamed)) return id;
  Named& n = named(id);
  uint32_t raw = n.underlying.load(std::memory_order_acquire);
  if (raw != TypeId::kNone) return TypeId{raw};
  if (++progress.steps > kMaxChain) return kInvalidType;
  TypeId under = kInvalidType;
  if (n.origin == id) {
    if (!n.rhs.exists() && n.resolver) n.resolver->resolve_type_name(n.object);
    if (!n.rhs.exists()) {
      progress.incomplete = true;
      return kInvalidType;
    }
    under = under_at(n.rhs, progress);
    if (is(under, TypeKind::kTypeParam)) under = kInvalidType;
  } else {
    TypeId generic = under_at(n.origin, progress);
    std::span<const TypeId> params = named(n.origin).type_params;
    if (!progress.incomplete && params.size() == n.args.size()) {
      under = substitute(cx_, generic, params, n.args);
    }
  }
  // What rests on an unfinished declaration is computed again when that is done.
  if (!progress.incomplete) n.underlying.store(under.raw, std::memory_order_release);
  return under;
}

TypeId TypeStore::constraint_interface(TypeId id) {
  TypeId constraint = type_param(id).constraint;
  if (!constraint.exists()) return empty_interface_;
  TypeId u = under(constraint);
  switch (kind(u)) {
    case TypeKind::kInterface:
      return u;
    case TypeKind::kTypeParam:
      return empty_interface_;
    default:
      return u == kInvalidType ? empty_interface_ : interface_of({}, {&constraint, 1}, true);
  }
}

}  // namespace unpark::types
