// The wait-for graph: who waits for whom, from the addresses that dumps print, and from who started
// whom. Nothing is claimed beyond what shows it (Known); "not shown" and "nobody" are answers.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills edges and cycles from the last look that has addresses or ids, and in_cycle, contended and
// the mechanisms of groups that wait for locks and wait groups. Ids in edges are indices of
// Model::groups.
void find_waits(Model& model);

// For groups that are suspected and have no edge: that the evidence does not show who should wake
// them, or that nobody can.
void answer_the_rest(Model& model);

}  // namespace unpark::diagnose
