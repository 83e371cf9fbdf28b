// Dominators of any graph of blocks; internal to the room.
#pragma once

#include <functional>
#include <span>

#include "ssa/dominance.h"

namespace unpark::ssa {

struct BlockGraph {
  uint32_t size = 0;
  BlockId recover;
  std::function<std::span<const BlockId>(uint32_t)> preds, succs;
};

Dominators dominators_of(const BlockGraph& graph);

}  // namespace unpark::ssa
