// What a run hands to the renderers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diag/finding.h"
#include "diag/message.h"
#include "source/span.h"

namespace unpark::diag {

// Something to know about the run itself: a missing dependency, a limit that was met.
struct Note {
  Message message;
  source::Loc where;  // may name no file
};

// A finding that a suppression accepted.
struct Accepted {
  Finding finding;
  std::string reason;   // empty when the form asks for none
  source::Loc comment;  // of the suppression
};

// How much of what was asked for was done.
struct Coverage {
  uint32_t packages_matched = 0;
  uint32_t packages_analysed = 0;
  uint32_t packages_incomplete = 0;  // analysed with something missing
  uint32_t findings_withheld = 0;    // rest on something unknown, and are not shown
};

struct Results {
  std::vector<Finding> findings;   // by path, offset, rule, text; no doubles
  std::vector<Accepted> accepted;  // in the same order
  std::vector<Note> notes;         // in the order given
  Coverage coverage;
  uint32_t in_baseline = 0;      // findings left out because a baseline knows them
  uint32_t baseline_unused = 0;  // entries of the baseline that met no finding
  uint32_t in_generated = 0;     // findings left out because they are in generated files
};

}  // namespace unpark::diag
