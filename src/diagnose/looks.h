// Looks: which snapshots show goroutines, in which order they were taken, and which of them are of
// one process.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills Model::looks, without groups. Snapshots before `base_end` are of the base.
//
// Processes are told apart by build id and start time where the evidence has them, by the largest
// goroutine id (it never falls while a process lives), and by ids that two looks share but that
// were started at different places. A profile that was taken together with a dump of the same
// process is no look of its own: it would count everything twice and knows less.
void find_looks(size_t base_end, Model& model);

}  // namespace unpark::diagnose
