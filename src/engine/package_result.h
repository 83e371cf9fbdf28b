// What the analysis of one package gives: all of it, so that a result from the cache can stand for
// an analysis.
#pragma once

#include <cstdint>
#include <vector>

#include "diag/finding.h"
#include "diag/results.h"
#include "diag/suppression.h"
#include "source/span.h"

namespace unpark::engine {

struct PackageResult {
  std::vector<diag::Finding> findings;
  std::vector<diag::PlacedSuppression> suppressions;
  std::vector<diag::Note> notes;          // syntax errors, what is not understood
  std::vector<source::FileId> generated;  // files with the mark of generated code
  uint32_t withheld = 0;                  // findings that rest on something unknown
  uint32_t functions = 0;                 // checked
  bool broken = false;                    // some part of it is not understood
  // The findings rest on more than the package and what it imports (RuleContext::look_beyond).
  bool beyond = false;
};

}  // namespace unpark::engine
