// How often loops turn, as far as that can be said in advance: a number, or a number that stands
// for the length of something, plus a number.
//
// Two counts with the same symbol are equal whenever the loops run: a symbol is a value that does
// not change (a parameter, a variable that is set once, a field that the function does not set), or
// the length of such a value.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "flow/channel.h"

namespace unpark::flow {

struct Symbol {
  ValueId root;  // none: the count is a plain number
  absl::InlinedVector<uint32_t, 4> fields;
  bool length = false;
  friend bool operator==(const Symbol&, const Symbol&) = default;
};

// symbol * times / per + constant, the quotient rounded down. Of a quotient the constant may be off
// by one: it is what it is for large symbols that can be relied on.
struct Count {
  static constexpr int64_t kUnit = 2520;  // every `per` divides it

  Symbol symbol;
  int64_t constant = 0;
  int64_t times = 1;
  int64_t per = 1;
  bool is_number() const { return !symbol.root.exists(); }
};

// What an integer value of the function is; none when it cannot be said.
std::optional<Count> count_of(Facts& facts, FunctionId function, ValueId v);
// What its length is.
std::optional<Count> length_of(Facts& facts, FunctionId function, ValueId v);

// Leaving a loop because it has counted to the end.
struct CountedExit {
  Edge edge;
  Count turns;
};

// Of the loop that `block` lies on, in these cycles: the way out by counting; none when the loop
// does not count, or counts in a way that is not understood.
std::optional<CountedExit> counted_exit(Facts& facts, FunctionId function, const Cycles& cycles,
                                        BlockId block);

// The loop cannot turn without coming through `block`.
bool every_turn(Facts& facts, FunctionId function, const Cycles& cycles, const CountedExit& exit,
                BlockId block);

// One of the loops around a block.
struct LoopLevel {
  BlockId head;
  Cycles cycles;  // on which it is
  std::optional<CountedExit> exit;
  // Each turn comes through the head of the next loop inside, or through the block itself.
  bool every_turn = false;
  bool only_exit = false;  // there is no way out but by counting

  // The number of turns, when it is the same whenever the loop runs.
  std::optional<int64_t> number() const {
    if (!exit || !every_turn || !exit->turns.is_number()) return std::nullopt;
    return exit->turns.constant > 0 ? exit->turns.constant : 0;
  }
};

// The loops around a block, among these cycles, outermost first; none when one of them can be
// entered in several places.
std::optional<std::vector<LoopLevel>> loops_around(Facts& facts, FunctionId function,
                                                   const Cycles& cycles, BlockId block);

}  // namespace unpark::flow
