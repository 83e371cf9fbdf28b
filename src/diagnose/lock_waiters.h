// Who waits for a lock in a dump, for which one, and in which object it lies.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "diagnose/model.h"

namespace unpark::diagnose {

// The function in which sync.Once holds its lock: while it calls what it was given, and for no
// longer.
inline constexpr std::string_view kOnce = "sync.(*Once).doSlow";

// A goroutine that waits for a lock.
struct LockWaiter {
  uint32_t goroutine = 0;  // in the snapshot
  uint64_t lock = 0;       // its address; 0: not shown
  uint64_t owner = 0;      // the object that contains it; 0: not shown
  bool lock_is_exact = true;
  uint32_t function = UINT32_MAX;  // of the frame that asked for the lock
  uint32_t line = 0;
  uint32_t frame = 0;
  bool shared = false;   // of a kind that several readers can hold
  bool of_once = false;  // the lock of a sync.Once

  // What is waited for: the lock, or where its address is not shown, something in its owner.
  uint64_t object() const { return lock != 0 ? lock : owner; }
};

// In order of the snapshot.
std::vector<LockWaiter> find_lock_waiters(Model& model, const LookWork& look);

// What a dump prints of what a goroutine's functions were given.
std::span<const evidence::Argument> arguments_of(const evidence::Snapshot& s,
                                                 const evidence::Goroutine& g);

// Whether a word can be an address on Go's heap: above a program's text where it is not relocated,
// below where it is.
bool is_heap_address(uint64_t word);

}  // namespace unpark::diagnose
