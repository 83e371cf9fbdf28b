// Members of wait groups: who keeps the goroutines waiting that wait for one.
//
// A goroutine that waits prints the group's address. Members are
//   - goroutines that were given that address, or run the call of a singleflight.Group that the
//     waiter shares;
//   - goroutines that the waiter has started, in a function that is still on its stack where there
//     are such: the group is mostly a variable of that function;
//   - goroutines started beside the waiter by the same function, where that is the user's:
//     `go func() { wg.Wait(); close(results) }()`.
// What the standard library starts for the goroutine is none. In profiles, which know no creators,
// the name of a function literal says in which function it stands.
#pragma once

#include <cstdint>
#include <vector>

#include "diagnose/model.h"

namespace unpark::diagnose {

struct WaitGroupWaiter {
  uint32_t goroutine = 0;         // in the snapshot
  uint64_t object = 0;            // the group's address; 0: not shown
  std::vector<uint32_t> members;  // in order of the snapshot; empty: not known
  Known known = Known::kCreator;
};

// Of all that wait for a group in a look at goroutines with ids.
std::vector<WaitGroupWaiter> find_members(Model& model, const LookWork& look);

// The same for groups that only profiles show, as edges between groups.
void find_members_by_names(Model& model);

}  // namespace unpark::diagnose
