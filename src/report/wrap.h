// Lines for a terminal that is not as wide as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace unpark::report {

// The line, without its end, broken at blanks so that no part is wider than `width` columns; the
// parts after the first begin with `indent` blanks. Words that are wider stay whole: names are for
// copying. Escape sequences of colours take no columns. Width 0: as it is.
std::string wrapped(std::string_view line, size_t indent, size_t width);

}  // namespace unpark::report
