// The tables behind ssa::Program; internal to the room.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/concurrent_store.h"
#include "ssa/program.h"
#include "ssa/substitution.h"
#include "types/lookup.h"
#include "types/package.h"

namespace unpark::ssa {

// What makes two requests mean one function.
struct FunctionKey {
  FunctionKind kind = FunctionKind::kDeclared;
  uint32_t what = 0;                     // object or unit
  const types::Package* view = nullptr;  // of wrappers
  std::vector<TypeId> types;             // type arguments, or the receiver
};

struct FunctionKeyHash {
  types::Context* cx;
  size_t operator()(const FunctionKey& key) const;
};

struct FunctionKeyEqual {
  types::Context* cx;
  bool operator()(const FunctionKey& a, const FunctionKey& b) const;
};

struct FunctionEntry {
  enum State : uint8_t { kEmpty, kBuilding, kBuilt };

  Function function;
  std::unique_ptr<Body> body;
  std::atomic<uint8_t> state{kEmpty};          // of roots
  std::unique_ptr<Substitution> substitution;  // of instances, from the first build on
  const types::Package* view = nullptr;        // of wrappers and bound methods
  std::atomic<uint32_t> instances{0};          // of a generic function
};

struct Program::Impl {
  explicit Impl(types::Program& types);

  struct Shard {
    std::mutex mutex;
    absl::flat_hash_map<FunctionKey, FunctionId, FunctionKeyHash, FunctionKeyEqual> map;
    explicit Shard(types::Context& cx) : map(0, FunctionKeyHash{&cx}, FunctionKeyEqual{&cx}) {}
  };
  static constexpr size_t kShards = 64;

  // Type arguments given to generic identifiers, by identifier (File::instances grows while bodies
  // are checked on demand).
  struct InstanceIndex {
    size_t seen = 0;
    absl::flat_hash_map<uint32_t, uint32_t> by_ident;  // -> index in instances
  };
  struct FileInfo {
    types::UnitId unit;
    uint32_t index = 0;
  };

  base::ConcurrentStore<FunctionId, std::unique_ptr<FunctionEntry>> entries;
  std::vector<std::unique_ptr<Shard>> shards;
  absl::flat_hash_map<FileId, FileInfo> files;  // read-only after construction
  std::mutex instance_mutex;
  absl::flat_hash_map<const types::File*, InstanceIndex> instances;

  FunctionEntry& entry(FunctionId id) { return *entries[id]; }
  // The function of a key; `make` fills it in when it is new.
  template <typename Make>
  FunctionId intern(FunctionKey key, Make make) {
    Shard& shard = *shards[shards_hash(key) % kShards];
    std::lock_guard<std::mutex> lock(shard.mutex);
    if (auto it = shard.map.find(key); it != shard.map.end()) return it->second;
    auto made = std::make_unique<FunctionEntry>();
    make(*made);
    FunctionId id = entries.add(std::move(made));
    shard.map.emplace(std::move(key), id);
    return id;
  }
  size_t shards_hash(const FunctionKey& key) const { return FunctionKeyHash{&cx}(key) >> 7; }

  // What method_of() answered before.
  struct Dispatch {
    TypeId type;
    ObjectId method;
    const types::Package* view;
    friend bool operator==(const Dispatch&, const Dispatch&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Dispatch& d) {
      return H::combine(std::move(h), d.type, d.method, d.view);
    }
  };
  std::mutex dispatch_mutex;
  absl::flat_hash_map<Dispatch, FunctionId> dispatch;

  types::Context& cx;
};

// The type arguments of the declared type that `receiver` is or points to.
std::span<const TypeId> receiver_args(types::Context& cx, TypeId receiver);
// As method_of() finds it.
types::Found find_method(types::Context& cx, TypeId type, ObjectId method,
                         const types::Package* view, bool addressable);
// The type of a function with the receiver as its first parameter.
TypeId signature_with(types::Context& cx, TypeId receiver, TypeId signature);

// The instance recorded for an identifier, if any.
std::optional<types::Instance> instance_at(types::Program& types, Program::Impl& impl,
                                           const types::Package& package, const types::File& file,
                                           syntax::Ref<syntax::Ident> ident);

}  // namespace unpark::ssa
