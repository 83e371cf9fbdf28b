// Looks: which snapshots show goroutines, in which order they were taken, and which of them are of
// one process.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills Model::looks, without groups, and Model::times. Snapshots before `base_end` are of the
// base.
//
// Looks are in the order of their times. Where a time is not known, or those of files are not
// believed (times.h), they are in the order of the arguments, unless ids of goroutines want another
// one; and dumps that have no time get those of profiles that count the same, one by one.
//
// A profile that was taken together with a dump of the same process is no look of its own: it would
// count everything twice and knows less. Nor is one of which it is not known whether it was taken
// before or after the dumps. What was not believed or left out is in Model::notes.
void find_looks(size_t base_end, Model& model);

}  // namespace unpark::diagnose
