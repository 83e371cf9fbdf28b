// Interner: one id for each distinct string, for the life of the interner.
//
// Thread-safe: the table is sharded by hash, an insert locks one shard, a reader of `text` locks
// nothing. Ids are dense but depend on the order in which threads meet the strings, so they must
// never decide an order that a user can see. The well-known names given at construction get the ids
// 0, 1, ….
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/id.h"

namespace unpark::base {

using NameId = Id<struct NameTag>;

class Interner {
 public:
  explicit Interner(std::span<const std::string_view> well_known = {});
  ~Interner();
  Interner(const Interner&) = delete;
  Interner& operator=(const Interner&) = delete;

  NameId intern(std::string_view text);
  // The id of a string that was interned before, or none.
  NameId find(std::string_view text) const;
  std::string_view text(NameId id) const;
  uint32_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unpark::base
