// Growing slices as the runtime does. Internal to the stepper.
#pragma once

#include "ssa/step/machine.h"

namespace unpark::ssa::step {

// Gives `s` room for `more` elements behind its length, with the capacity that the runtime would
// choose. False: a panic is under way.
bool grow_slice(Machine& m, const Layout& element, GoSlice& s, int64_t more);

}  // namespace unpark::ssa::step
