// On what it depends whether control comes somewhere.
#pragma once

#include "flow/channel.h"
#include "flow/paths.h"

namespace unpark::flow {

// There is a way from one block to the other (or they are the same), whatever is asked on it.
bool can_reach(Facts& facts, const FunctionFacts& f, BlockId from, BlockId to);

// Whether a send happens depends on something that the maker asks on that path, too: the two may
// never go together.
bool shares_condition(Facts& facts, const ChannelFacts& channel, const ChannelOp& send,
                      const Path& path);

}  // namespace unpark::flow
