// Functions that a channel's maker calls to receive from it: how many values, and whether such a
// function may give up and come back without one.
#pragma once

#include <optional>

#include "flow/channel.h"

namespace unpark::flow {

struct ReceivingCall {
  ValueId at;  // in the maker
  FunctionId function;
  int64_t received = 0;  // at most
  bool certain = false;  // and never less
  // The select in which it may choose another case and then return without having received; only
  // when it receives one value.
  ValueId leaves_by;
};

// The call of the maker that the receive is made in; none when the receive is deeper than that, in
// a function that may not be called, or in a loop that turns an unknown number of times.
std::optional<ReceivingCall> receiving_call(Facts& facts, const ChannelFacts& channel,
                                            const ChannelOp& receive);

}  // namespace unpark::flow
