// Which types hold a value that must not be copied once it is in use: a lock, a counter, an atomic.
#pragma once

#include <absl/container/flat_hash_map.h>

#include "types/package.h"

namespace unpark::rules {

// Memoises; one a thread.
class SyncTypes {
 public:
  explicit SyncTypes(types::Context& cx) : cx_(cx) {}

  // What a value of type `t` holds that must not be copied: `t` itself, or the type of a field or
  // element, at any depth but never through a pointer. None when there is nothing of that kind.
  // A type of the packages sync and sync/atomic is given as such, not by what is inside of it; of
  // others any type counts whose pointers have the methods Lock and Unlock and whose values have
  // not.
  types::TypeId held_by(types::TypeId t) { return look(t, 0); }
  // It holds no state (an empty struct, an array without elements): it only asks not to be copied.
  bool is_mark(types::TypeId held) { return is_empty(held, 0); }

 private:
  types::TypeId look(types::TypeId t, int depth);
  bool is_locker(types::TypeId t);
  bool is_empty(types::TypeId t, int depth);
  bool belongs_to_sync(types::TypeId t) const;

  types::Context& cx_;
  absl::flat_hash_map<types::TypeId, types::TypeId> known_;
};

}  // namespace unpark::rules
