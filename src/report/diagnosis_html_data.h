// The data of the HTML page: one JSON object. Strings, frames and stacks stand in tables, once
// each, and everything else names them by index.
#pragma once

#include <cstddef>
#include <string>

#include "report/diagnosis_html.h"

namespace unpark::report {

// What the page shows at most. What does not fit is counted in the object's `omitted`.
struct HtmlLimits {
  size_t groups = 5000;
  size_t stack_nodes = 200'000;  // of the flame graph
  size_t looks = 240;
  size_t edges = 4000;
  size_t races = 1000;
  size_t rows = 1000;  // of every other list
  size_t text = 400;   // bytes of one string

  HtmlLimits half() const {
    return {groups / 2, stack_nodes / 2, looks / 2 + 1, edges / 2,
            races / 2,  rows / 2,        text / 2 + 8};
  }
};

std::string diagnosis_html_data(const evidence::Evidence& evidence,
                                const diagnose::Diagnosis& diagnosis, const HtmlOptions& options,
                                const HtmlLimits& limits);

}  // namespace unpark::report
