// The parts of the HTML page as they stand in src/report/html/, embedded when unpark is built
// (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace unpark::report {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;  // all scripts, joined

}  // namespace unpark::report
