// Is there a way through a function that avoids something? A search over its control flow that
// knows which way branches went before: two tests of the same value cannot differ.
#pragma once

#include <functional>
#include <vector>

#include "flow/channel.h"
#include "flow/facts.h"

namespace unpark::flow {

struct PathQuery {
  // Where to start: behind this instruction.
  ValueId from;
  // An instruction or an edge that must not be on the path.
  std::function<bool(ValueId)> avoid;
  std::function<bool(Edge)> avoid_edge;
  // Where the path may end besides a return: it is done when this says so of an instruction.
  std::function<bool(ValueId)> arrives;
};

struct Path {
  bool found = false;
  ValueId end;        // the return, or what `arrives` accepted
  ValueId last_jump;  // the terminator that led to the block of `end`; none: it began there
  std::vector<Edge> branches;  // the conditional edges taken, in order
};

// The path with the fewest blocks. Gives up (not found) beyond a bound on the states visited: for
// functions with very many branches the answer "none" may be wrong, never the answer "this one".
Path find_path(Facts& facts, FunctionId function, const PathQuery& query);

}  // namespace unpark::flow
