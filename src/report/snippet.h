// Source excerpts: the lines that a finding speaks of, with marks under the exact code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diag/places.h"
#include "report/paint.h"
#include "source/span.h"

namespace unpark::report {

struct Mark {
  source::Span span;
  bool primary = false;  // carets, in the colour of the finding; others have dashes
  std::string words;     // shown behind the mark
};

struct SnippetOptions {
  uint32_t gutter = 1;         // digits of the widest line number
  uint32_t max_columns = 120;  // of source text; longer lines are cut around their marks
  Style primary = Style::kError;
};

// Lines of one file that hold the marks, with a bar in front and the marks beneath. Marks of one
// line stand one under another, in the given order. A mark over several lines is drawn under the
// first. A gap of up to two lines is shown, a longer one is cut.
std::string snippet(source::FileId file, const std::vector<Mark>& marks, diag::Places& places,
                    const SnippetOptions& options, const Paint& paint);

}  // namespace unpark::report
