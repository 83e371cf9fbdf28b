// What was read for a diagnosis, and what of it could not be read, in few lines.
#pragma once

#include <string>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"
#include "report/diagnosis_text.h"

namespace unpark::report {

// A line for each input where they are few; for the pages of a process, and the files of a
// directory that has many, one line says how many there are of each kind. Then why the others could
// not be read, and what to know about those that were: what several inputs have to say is said
// once.
std::string inputs_text(const evidence::Evidence& evidence, const DiagnosisTextOptions& options);

// For standard error: why inputs could not be read, a line each.
std::string input_errors_text(const evidence::Evidence& evidence,
                              const DiagnosisTextOptions& options);
// What to know about those that were read.
std::string input_notes_text(const evidence::Evidence& evidence,
                             const DiagnosisTextOptions& options);

}  // namespace unpark::report
