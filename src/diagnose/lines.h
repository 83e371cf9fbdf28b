// Lines of growth that have no stacks: goroutine counts and what else speaks of leaks, from
// scheduler traces, expvar and Prometheus metrics. Good for triage, never for a verdict of a leak.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Only those of the process that was seen last: after a restart counts begin anew.
std::vector<Series> lines_of_growth(const Model& model);

// Whether a line counts goroutines, not memory or threads.
bool counts_goroutines(std::string_view name);

}  // namespace unpark::diagnose
