// Dominators of a body's blocks (the algorithm of Cooper, Harvey and Kennedy). The recover
// block is dominated by the entry, where the results are made, and by nothing between.
#pragma once

#include <span>
#include <vector>

#include "ssa/body.h"

namespace unpark::ssa {

struct Dominators {
  std::vector<BlockId> idom;  // none for the entry
  // Of block b: [first_child[b], first_child[b + 1]). The entry stands at number blocks.size().
  std::vector<BlockId> children;
  std::vector<uint32_t> first_child;
  std::vector<uint32_t> enter, leave;  // times of a walk over the tree

  // True for a == b as well.
  bool dominates(BlockId a, BlockId b) const {
    return enter[a.raw] <= enter[b.raw] && leave[b.raw] <= leave[a.raw];
  }
};

// Linear in practice. All blocks must be reachable from the entry or recover.
Dominators dominators(const Body& body);

}  // namespace unpark::ssa
