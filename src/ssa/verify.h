// The verifier: what must hold of every body, checked after every build in tests.
#pragma once

#include <string>
#include <vector>

#include "ssa/program.h"

namespace unpark::ssa {

// What does not hold, each as "function: block, value: words"; empty for a good body. Builds the
// body if need be, checks only this function (not the literals inside). Time linear in the body.
std::vector<std::string> verify(Program& program, FunctionId id);
// The same for a body that is not the function's yet.
std::vector<std::string> verify(Program& program, FunctionId id, const Body& body);

}  // namespace unpark::ssa
