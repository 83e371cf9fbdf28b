// Are there ways through a function on which fewer values are received from a channel than the
// goroutines it has started send? Counts both along each way: a number, or a length plus a number
// (flow/trip_count.h).
//
// One answer for the rules that speak of it: a shortfall of several goroutines, of one that sends
// several values while the function leaves early, of one that sends more than anybody receives.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "flow/channel.h"
#include "flow/paths.h"
#include "flow/trip_count.h"

namespace unpark::flow {

struct Shortfall {
  bool found = false;
  bool several = false;  // the sends are those of several goroutines
  bool always = false;   // no way out of the function receives enough
  bool certain = true;   // false: only for some numbers, which nothing relates to each other
  Path path;             // the way out that receives too little
  ChannelOp send;        // one that is stranded
  ValueId start;         // of its goroutine, in the maker
  BlockId loop;          // that starts it; none: outside of loops
  std::vector<source::Loc> receives;  // all that there are
  int64_t sent = 0, received = 0;     // where both are numbers; of `sent` -1: it is not
};

// The channel stays in sight, its buffer is counted, and only its maker receives: in its own body,
// or in functions that it calls and that receive a certain number of values. Or nobody receives.
// `all`: the channels that the maker makes; `called`, which is asked at need: those that its calls
// give. A way on which another goroutine says that it is done
// is left aside: what it has waited for is not asked.
using CalledChannels = std::function<std::span<const ChannelFacts>()>;
Shortfall find_shortfall(Facts& facts, const ChannelFacts& channel,
                         std::span<const ChannelFacts> all, const CalledChannels& called = {});

}  // namespace unpark::flow
