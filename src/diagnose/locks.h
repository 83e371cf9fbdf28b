// Who holds which lock, as far as a dump shows it.
//
// A goroutine that waits for a mutex prints the mutex's address, as the receiver of the method it
// stands in. Holders print nothing, but:
//   - a goroutine past the line where others wait for the lock, in the same function, on the same
//     object, has taken it (and may have let go of it since);
//   - a goroutine that runs a method on the object which contains the lock may hold it;
//   - so may one to which that object was given;
//   - a goroutine in the function that a sync.Once runs holds the lock of that Once.
// The strongest of these that applies to anybody decides; goroutines that wait for the same lock
// are none, unless they are past the line, or nobody else is left. Past the line is not enough
// where somebody else is in a method of the same object.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "diagnose/lock_waiters.h"
#include "diagnose/model.h"

namespace unpark::diagnose {

struct LockHolder {
  uint32_t goroutine = 0;
  Known known = Known::kFrames;
  bool past_the_line = false;
  bool runs = false;  // not blocked: it will let go
};

// The holders that one lock's waiters have in common, and for some waiters themselves.
struct LockState {
  std::vector<LockWaiter> waiters;  // of one lock, in order of id
  std::vector<LockHolder> holders;  // all of the strongest kind that applies
  bool anybody_else = false;  // other goroutines are in the code or the objects around the lock
  // Some may hold it, and nothing tells which.
  bool suspects = false;
  // Everybody who could hold any lock of the look waits for one: nobody is left to let go of it.
  bool all_wait = false;
  bool certain = false;  // the holder holds it now, and has not just held it
};

// Of all locks waited for in a look with addresses or without.
std::vector<LockState> find_locks(Model& model, const LookWork& look);

// Whether the goroutine has a frame that lets go of a lock.
bool is_unlocking(Signatures& signatures, evidence::StackId stack);

}  // namespace unpark::diagnose
