// Which findings are accepted by which suppressions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "diag/finding.h"
#include "diag/places.h"
#include "diag/suppression.h"

namespace unpark::diag {

struct SuppressResult {
  static constexpr uint32_t kNone = UINT32_MAX;
  // By finding: the first suppression that accepts it, or kNone.
  std::vector<uint32_t> accepted_by;
  // By suppression, by its rules as written: met a finding. A suppression without rules has one
  // entry.
  std::vector<std::vector<bool>> used;
};

// A suppression accepts the findings it names whose `where` begins in the code it covers. One pass
// over the text of each file that has a suppression on a line of its own, and a search through a
// file's suppressions for each of its findings.
SuppressResult suppress(std::span<const Finding> findings,
                        std::span<const PlacedSuppression> suppressions, Places& places);

}  // namespace unpark::diag
