// The standard library that a test would read.
#pragma once

#include <string>
#include <string_view>

namespace unpark::testing {

// Why a test that needs the sources of Go `version` ("1.25") or newer cannot run here; empty: it
// can.
std::string lacks_std(std::string_view version);

}  // namespace unpark::testing
