// What a Go program publishes at /debug/vars: one JSON object.
#pragma once

#include <string_view>

#include "evidence/snapshot.h"

namespace unpark::evidence {

// Adds a kExpvar snapshot: every number in the object and the objects inside it, named by the
// dotted path of its keys ("memstats.HeapAlloc"). False, and nothing added, when the bytes are not
// one JSON object, or it has neither `memstats` nor `cmdline`.
bool read_expvar(std::string_view bytes, InputId input, Evidence& evidence);

}  // namespace unpark::evidence
