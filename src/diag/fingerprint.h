// Fingerprints: what a baseline knows a finding by.
#pragma once

#include <string>
#include <vector>

#include "diag/finding.h"

namespace unpark::diag {

// Each is "KIND/VERSION:16 hex digits", strongest first: "site/1" (rule and site), "shape/1" (rule
// and shape), or, for a finding with neither, "text/1" (rule, package, function and message
// format). Equal on every machine. Whoever changes how one is made raises its version.
std::vector<std::string> fingerprints(const Finding& finding);

}  // namespace unpark::diag
