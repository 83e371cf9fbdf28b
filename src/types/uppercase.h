// Upper-case letters decide which identifiers are exported (spec: "Exported identifiers").
#pragma once

#include <cstdint>

namespace unpark::types {

// True for the code points of Unicode category Lu.
bool is_uppercase(uint32_t code_point);

}  // namespace unpark::types
