// The readable form of a body: stable, one line per instruction. For people and for golden tests.
#pragma once

#include <string>

#include "ssa/program.h"

namespace unpark::ssa {

// The header line, free variables, and blocks; literals inside are not printed.
std::string print(Program& program, FunctionId id);
// One instruction as it stands in print(), without the line end.
std::string print_value(Program& program, const Body& body, ValueId id);

}  // namespace unpark::ssa
