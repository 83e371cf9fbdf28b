// Loops that nothing leaves, and goroutines that are sure to end up in one.
//
// A loop is endless when control cannot get from it to anything but itself: no edge leads out, no
// call in it ends the goroutine or the process, now or perhaps. A way out that only an event can
// open which never happens (the receive of a channel that nobody closes) is none: the caller says
// which.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "flow/callers.h"
#include "flow/channel.h"

namespace unpark::flow {

struct Endless {
  FunctionId function;             // that has the loop
  std::vector<bool> blocks;        // the loop's
  ValueId waits;                   // where it blocks in each turn; none: nowhere that can be seen
  ValueId empty_select;            // instead of a loop: `select {}`
  std::vector<CallSite> calls;     // that lead from the goroutine's function to this one
  std::vector<FunctionId> frames;  // the functions of these calls, outermost first, then `function`
};

// An edge that control never takes.
using DeadEdge = std::function<bool(FunctionId, Edge)>;

// The endless loop that a call of the function enters: one in its own body that can be reached, or
// one in a function that every call of it calls. `dead` may be empty.
std::optional<Endless> find_endless(Facts& facts, FunctionId function, const DeadEdge& dead);

// A call of the function may end the process or the goroutine, or panic, looking a few calls deep.
bool may_exit(Facts& facts, FunctionId function);

// The `for`, or the label, that the loop begins with; none when the source has neither.
std::optional<source::Loc> loop_head(Facts& facts, const Endless& loop);

// The `for` of the innermost loop around an instruction.
std::optional<source::Loc> loop_around(Facts& facts, FunctionId function, ValueId at);

}  // namespace unpark::flow
