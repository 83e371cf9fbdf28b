// pprof profiles: the protobuf form, unpacked. Go's own of all kinds, and those of others.
#pragma once

#include <string_view>

#include "evidence/snapshot.h"

namespace unpark::evidence {

// Whether these are the first bytes of such a profile, 64 of them or all there are.
bool looks_like_pprof(std::string_view first_bytes);

// Adds a snapshot with what the profile holds; what is damaged in it is in the input's notes. False
// when the bytes are no profile, or nothing in them could be told: then the input's error says why,
// and no snapshot was added. Goroutine profiles fill `goroutines`, others `samples`. Memory is
// bounded by the size of the input, whatever it claims.
bool read_pprof(std::string_view bytes, InputId input, Evidence& evidence);

}  // namespace unpark::evidence
