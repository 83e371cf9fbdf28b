// What to bring for a better answer.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Most useful first.
std::vector<std::string> next_steps(const Model& model, const Diagnosis& diagnosis);

}  // namespace unpark::diagnose
