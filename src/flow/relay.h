// Workers: goroutines that are given values by one channel and send one value on another for each.
// How many they send in all does not depend on how they share the work: as many as they are given.
#pragma once

#include <optional>
#include <span>

#include "flow/channel.h"
#include "flow/trip_count.h"

namespace unpark::flow {

struct Relay {
  Count sent;      // by all goroutines of the start together, as a count of the maker
  ChannelOp send;  // where each of them sends
};

// The sends of this thread of the channel's are a relay: a loop over another channel, which ends
// only when that one is closed and in each turn sends once, whatever happens; nobody else receives
// from that other channel; and how many values it is given, on all ways, can be counted. `all`: the
// channels among which the other one is looked for.
std::optional<Relay> find_relay(Facts& facts, const ChannelFacts& channel, uint32_t thread,
                                std::span<const ChannelFacts> all);

}  // namespace unpark::flow
