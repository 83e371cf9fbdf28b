// The diagnosis as one HTML file that needs neither server nor network.
//
// The page carries its script, its style and its data; its Content-Security-Policy allows exactly
// these two pieces of code, by hash, and no request at all. Whatever the evidence holds, the file
// is valid UTF-8, below kMaxHtmlBytes, and the same bytes for the same input: what does not fit is
// left out from the end of the ranking, and the page says how much that is.
#pragma once

#include <cstddef>
#include <string>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"

namespace unpark::report {

inline constexpr size_t kMaxHtmlBytes = size_t{10} << 20;

struct HtmlOptions {
  bool redact = true;   // no addresses, no values of labels
  size_t base_end = 0;  // as given to diagnose(): snapshots before it are the base
};

std::string render_diagnosis_html(const evidence::Evidence& evidence,
                                  const diagnose::Diagnosis& diagnosis, const HtmlOptions& options);

}  // namespace unpark::report
