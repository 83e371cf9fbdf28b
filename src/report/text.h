// Findings for people: the way a modern compiler shows its errors.
//
//   error[UP1005 abandoned-sender]: message
//     --> quote/quote.go:34:4
//      |
//   31 |     answers := make(chan answer)
//      |                ----------------- a label
//   ...
//   34 |     answers <- answer{price, err}
//      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//      = note: an assumption
//      = help: the advice
//
// Labels stand in their lines. When reading down the page would not tell the story in its order,
// because it goes back or through several files, they are numbered.
#pragma once

#include <cstdint>
#include <string>

#include "diag/places.h"
#include "diag/results.h"

namespace unpark::report {

struct TextOptions {
  std::string working_dir;  // paths are shown relative to it
  bool color = false;
  uint32_t max_columns = 120;  // of source text
};

// Each finding and an empty line.
std::string findings_text(const diag::Results& results, diag::Places& places,
                          const TextOptions& options);
// A line each.
std::string notes_text(const diag::Results& results, diag::Places& places,
                       const TextOptions& options);
// One line that counts findings, packages, and what was left out.
std::string summary_text(const diag::Results& results);

}  // namespace unpark::report
