// The JSON report, as docs/json.md describes it for its readers.
#pragma once

#include <string>
#include <string_view>

#include "diag/places.h"
#include "diag/results.h"

namespace unpark::report {

// One object and a newline. Text that is no UTF-8 has U+FFFD where it is broken.
std::string render_json(const diag::Results& results, diag::Places& places,
                        std::string_view working_dir);

}  // namespace unpark::report
