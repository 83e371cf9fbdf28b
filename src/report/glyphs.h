// Text as a terminal shows it: what each character is shown as, and how many columns it takes.
//
// Source text is not trusted: control characters and the marks that reorder text are shown by their
// code point ("<U+202E>"), broken UTF-8 as U+FFFD, a tab as four columns. Widths are those of
// single characters; sequences that a terminal joins to one picture are counted too wide.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace unpark::report {

struct Glyph {
  uint32_t byte = 0;   // where it begins in the text
  uint32_t width = 0;  // columns
  std::string shown;
};

std::vector<Glyph> glyphs(std::string_view text);

// The text on one line, safe to print. Line ends become blanks.
std::string printable(std::string_view text);

}  // namespace unpark::report
