// What the run-time functions at the top of a stack were, of which a debug=1 profile prints the
// addresses and hides the names.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evidence/wait_reason.h"

namespace unpark::evidence {

// The addresses before the first one that has a name.
struct HiddenFrames {
  uint64_t pcs[3] = {};  // the first three, leaf first
  uint32_t count = 0;
};

// For each, what it says its goroutine waits for: kNone when it cannot be told. `records` are those
// of one profile.
std::vector<WaitReason> waits_of_hidden(std::span<const HiddenFrames> records);

}  // namespace unpark::evidence
