// Strengths: how sure it is that a group is leaked. The bar is that a busy but healthy service has
// no leak: thousands of connections, pools at their size, pollers that wait for months.
//
// From one look, only what the run time, memory or the wait-for graph proves is more than
// suspicious. From several, growth counts: it must be significant, and those that came must have
// stayed. What the world outside ends (network, timers) is never sure, except for listeners and
// connections of clients, whose mechanism is known.
#pragma once

#include "diagnose/benign.h"
#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills strength and benign of every group, and settles mechanisms that only suspicion justifies.
void judge_groups(const std::vector<BenignPattern>& benign, Model& model);

}  // namespace unpark::diagnose
