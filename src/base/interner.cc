// Open-addressing tables of ids, 64 of them chosen by the high bits of the hash, each with its own
// lock and arena. An entry keeps 32 bits of the hash, so a probe that misses rarely touches the
// text.
#include "base/interner.h"

#include <array>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/arena.h"
#include "base/concurrent_store.h"
#include "base/hash.h"

namespace unpark::base {

namespace {

struct Entry {
  uint32_t hash = 0;
  NameId id;
};

struct alignas(64) Shard {
  mutable std::shared_mutex mutex;
  std::vector<Entry> table = std::vector<Entry>(64);
  uint32_t used = 0;
  Arena arena;
};

}  // namespace

struct Interner::Impl {
  std::array<Shard, 64> shards;
  ConcurrentStore<NameId, std::string_view> texts;

  NameId probe(const Shard& shard, uint32_t hash, std::string_view text) const {
    size_t mask = shard.table.size() - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      const Entry& entry = shard.table[i];
      if (!entry.id.exists()) return {};
      if (entry.hash == hash && texts[entry.id] == text) return entry.id;
    }
  }
  static void place(std::vector<Entry>& table, Entry entry) {
    size_t mask = table.size() - 1;
    size_t i = entry.hash & mask;
    while (table[i].id.exists()) i = (i + 1) & mask;
    table[i] = entry;
  }
};

Interner::Interner(std::span<const std::string_view> well_known) : impl_(std::make_unique<Impl>()) {
  for (std::string_view name : well_known) intern(name);
}
Interner::~Interner() = default;

NameId Interner::intern(std::string_view text) {
  uint64_t h = hash64(text);
  Shard& shard = impl_->shards[h >> 58];
  auto hash = static_cast<uint32_t>(h);
  {
    std::shared_lock<std::shared_mutex> lock(shard.mutex);
    NameId found = impl_->probe(shard, hash, text);
    if (found.exists()) return found;
  }
  std::lock_guard<std::shared_mutex> lock(shard.mutex);
  NameId found = impl_->probe(shard, hash, text);
  if (found.exists()) return found;
  if (shard.used * 2 >= shard.table.size()) {
    std::vector<Entry> bigger(shard.table.size() * 2);
    for (const Entry& entry : shard.table) {
      if (entry.id.exists()) Impl::place(bigger, entry);
    }
    shard.table = std::move(bigger);
  }
  NameId id = impl_->texts.add(shard.arena.copy(text));
  Impl::place(shard.table, {hash, id});
  shard.used++;
  return id;
}

NameId Interner::find(std::string_view text) const {
  uint64_t h = hash64(text);
  const Shard& shard = impl_->shards[h >> 58];
  std::shared_lock<std::shared_mutex> lock(shard.mutex);
  return impl_->probe(shard, static_cast<uint32_t>(h), text);
}

std::string_view Interner::text(NameId id) const { return impl_->texts[id]; }
uint32_t Interner::size() const { return impl_->texts.size(); }

}  // namespace unpark::base
