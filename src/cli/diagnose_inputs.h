// Gathers the evidence that the arguments of `unpark diagnose` name.
#pragma once

#include <cstddef>

#include "cli/diagnose_options.h"
#include "evidence/snapshot.h"

namespace unpark::cli {

struct Gathered {
  size_t base_end = 0;   // snapshots before it are of --base
  bool complete = true;  // false: standard error says what could not be done
};

// What cannot be read is an input with an error.
Gathered gather(const DiagnoseArguments& arguments, const DiagnoseSettings& settings,
                evidence::Evidence& evidence);

}  // namespace unpark::cli
