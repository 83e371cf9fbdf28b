// `--print`: what the passes made of a unit, as text for people.
#pragma once

#include <string>

#include "engine/analyze.h"
#include "flow/facts.h"

namespace unpark::engine {

std::string print_unit(AnalyzeOptions::Print what, flow::Facts& facts, types::UnitId unit);

}  // namespace unpark::engine
