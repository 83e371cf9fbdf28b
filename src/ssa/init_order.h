// In which order the variables of a package are initialised; internal to the room.
#pragma once

#include <vector>

#include "ssa/program.h"

namespace unpark::ssa {

// One initialisation `a, b = value`.
struct Initializer {
  types::UnitId unit;  // whose file it is in: the package's own unit, or its test overlay
  uint32_t file_index = 0;
  std::vector<ObjectId> variables;  // those that are declared together; more than one for a call
  syntax::Ref<syntax::Expr> value;
};

// The initialisers of a unit (with the package that it overlays) in the order of spec: "Package
// initialization". Checks the bodies of functions that they refer to.
std::vector<Initializer> initializers(types::Program& program, types::UnitId unit);

}  // namespace unpark::ssa
