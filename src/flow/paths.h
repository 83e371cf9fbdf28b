// Is there a way through a function that avoids something? A search over its control flow that
// knows which way branches went before: two tests of the same thing cannot differ.
#pragma once

#include <bitset>
#include <functional>
#include <vector>

#include "flow/channel.h"
#include "flow/facts.h"

namespace unpark::flow {

// What the asker remembers along a way, in bits whose meaning is the asker's. Ways that come to a
// block with different memories are different ways.
using PathMemory = std::bitset<128>;

enum class Walk : uint8_t { kGoOn, kBlocked, kArrived };

struct PathQuery {
  // Where to start: behind this instruction; none: at the start of the function.
  ValueId from;
  // An instruction or an edge that must not be on the path.
  std::function<bool(ValueId)> avoid;
  std::function<bool(Edge)> avoid_edge;
  // Where the path may end besides a return: it is done when this says so of an instruction.
  std::function<bool(ValueId)> arrives;

  // With a memory: called for each instruction, and for each edge (false: it cannot be taken).
  PathMemory memory;
  std::function<Walk(PathMemory&, ValueId)> visit;
  std::function<bool(PathMemory&, Edge)> cross;
};

struct Path {
  bool found = false;
  bool gave_up = false;     // too much to search: that there is no path is not certain
  ValueId end;              // the return, or what `arrives` or `visit` accepted
  ValueId last_jump;        // the terminator that led to the block of `end`; none: it began there
  std::vector<Edge> edges;  // all edges taken, in order
  std::vector<Edge> branches;  // the conditional ones
};

// The path with the fewest blocks. Gives up (not found) beyond a bound on the states visited: for
// functions with very many branches the answer "none" may be wrong, never the answer "this one".
Path find_path(Facts& facts, FunctionId function, const PathQuery& query);

// The place of the edge's origin among the predecessors of its target: which operand of the phis
// there is taken.
uint32_t pred_index(const Body& body, Edge edge);

}  // namespace unpark::flow
