// A diagnosis as SARIF 2.1.0, for code scanning: a result for each data race, with a thread flow
// for each of its goroutines (where it was started, then its access), and one for each group of
// goroutines that the verdict rests on.
#pragma once

#include <string>
#include <string_view>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"

namespace unpark::report {

struct SarifOptions {
  std::string working_dir;  // files below it are named relative to it
  std::string_view version;
  bool redact = true;
};

std::string diagnosis_sarif(const evidence::Evidence& evidence,
                            const diagnose::Diagnosis& diagnosis, const SarifOptions& options);

}  // namespace unpark::report
