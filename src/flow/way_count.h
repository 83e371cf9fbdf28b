// How many of some operations a way through a function passes: at most, and at least.
//
// Sends on both sides of an `if` are one send, a send in a loop that turns three times is three.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "flow/paths.h"
#include "flow/trip_count.h"

namespace unpark::flow {

// An operation to count: an instruction, or an edge (of a select's case).
struct WayStep {
  ValueId at;
  Edge edge;           // if it exists, `at` does not count
  int64_t weight = 1;  // how many operations it stands for
};

class WayCount {
 public:
  static constexpr int64_t kMax = 1000;

  // `cycles`: the loops that there are. `feasible`: edges that can be taken; may be empty.
  WayCount(Facts& facts, FunctionId function, const Cycles& cycles, std::span<const WayStep> steps,
           std::function<bool(Edge)> feasible = {});

  // Each step once at most, but for loops whose number of turns is a number: they turn to their
  // end.
  int64_t most() const;
  // On ways to a return; where there is none, on ways that go round for the first time.
  int64_t least() const;
  // Of loops whose number of turns is not known, one turn was counted: it may be more.
  bool bounded() const { return bounded_; }

  // As most(), of one turn of the outermost loop around the steps.
  int64_t most_in_turn() const;
  bool bounded_in_turn() const { return bounded_in_turn_; }

 private:
  struct Step {
    WayStep step;
    int64_t total = 1;            // all turns of all loops around
    int64_t in_turn = 1;          // without those of the outermost
    std::vector<uint32_t> heads;  // bits of the loops around
  };
  struct Loop {
    BlockId head;
    const Cycles* cycles;
    std::optional<CountedExit> exit;
    bool turns = false;  // a number of times, at least once
  };

  int64_t most(int64_t Step::* weight) const;
  bool way_with(int64_t wanted, int64_t Step::* weight) const;
  bool way_below(int64_t wanted) const;
  static void count(PathMemory& m, const Step& s, int64_t Step::* weight);
  void pass(PathMemory& m, ValueId at, int64_t Step::* weight) const;
  PathQuery query(int64_t Step::* weight) const;

  Facts& facts_;
  FunctionId function_;
  const FunctionFacts& f_;
  std::vector<std::unique_ptr<std::vector<LoopLevel>>> levels_;
  std::vector<Step> steps_;
  std::vector<Loop> loops_;
  std::function<bool(Edge)> feasible_;
  bool bounded_ = true;
  bool bounded_in_turn_ = true;
};

}  // namespace unpark::flow
