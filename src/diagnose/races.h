// Race reports: the same race reported again is one race.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Two reports are of one race when both accesses are of the same kinds at the same places, in
// either order. Fingerprints leave lines out: those of the same functions are numbered.
std::vector<RaceGroup> group_races(Model& model);

}  // namespace unpark::diagnose
