// Times: whether the ages of files are those of the looks in them.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills Model::times: the times of the evidence, without those of files when one of them cannot be
// true. Then the result says why, for a note: "they were written within 12ms of each other, ...".
// Wants Model::looks in the order of the arguments, with their ids.
std::string believe_times(Model& model);

}  // namespace unpark::diagnose
