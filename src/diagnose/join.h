// What heap, mutex and block profiles add: bytes and contention beside the groups, the line that
// makes what they serve, and timers and contexts that pile up without any goroutine.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills heap_bytes, heap_objects, contention_ns, contentions, origin and origin_objects, and adds
// groups that only heap profiles know. Before the groups are judged; those it adds are.
void join_profiles(Model& model);

// What would name the line where goroutines cannot: fills `missing`. After the groups are judged.
void say_what_is_missing(Model& model);

}  // namespace unpark::diagnose
