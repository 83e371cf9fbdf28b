// Classes: the mechanism that keeps a group, as the words, the frames, the creators and the shape
// of the group show it. Locks are not decided here: who holds them does (waits_for.h).
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills mechanism, request_path, shared_object and objects of every group.
void classify_groups(Model& model);

}  // namespace unpark::diagnose
