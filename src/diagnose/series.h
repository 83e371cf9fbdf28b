// Series: what became of the goroutines of each group from look to look of their process: which
// stayed, came and went, how the count grew, and how old they are.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills looks, growth, ages and base counts of the groups, arrived and stayed. Goroutines are
// followed by id, so by dumps only; counts by all looks of the process that the group's last look
// belongs to. Those of the base count where they are of that process.
void follow_groups(Model& model);

}  // namespace unpark::diagnose
