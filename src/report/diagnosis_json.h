// A diagnosis as JSON, as docs/diagnose_json.md describes it for its readers.
#pragma once

#include <string>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"
#include "report/json_writer.h"

namespace unpark::report {

struct DiagnosisJsonOptions {
  bool redact = true;   // no addresses, no values of labels
  size_t base_end = 0;  // snapshots before it are the base of a comparison
};

// One object and a newline, given to the sink in pieces: its memory does not grow with the report.
// Text that is no UTF-8 has U+FFFD where it is broken. False when the sink refused.
bool write_diagnosis_json(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                          const DiagnosisJsonOptions& options, const ReportSink& sink);
// The same as one text.
std::string diagnosis_json(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                           const DiagnosisJsonOptions& options);

}  // namespace unpark::report
