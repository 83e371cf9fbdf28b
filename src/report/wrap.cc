#include "report/wrap.h"

#include "report/glyphs.h"

namespace unpark::report {

// Columns of a word that may hold escape sequences as Paint writes them.
static size_t columns(std::string_view word) {
  size_t sum = 0;
  while (!word.empty()) {
    size_t escape = word.find('\033');
    for (const Glyph& glyph : glyphs(word.substr(0, escape))) sum += glyph.width;
    if (escape == word.npos) break;
    size_t end = word.find('m', escape);
    word.remove_prefix(end == word.npos ? word.size() : end + 1);
  }
  return sum;
}

std::string wrapped(std::string_view line, size_t indent, size_t width) {
  if (width == 0 || columns(line) <= width) return std::string(line);
  size_t start = line.find_first_not_of(' ');
  if (start == line.npos) return std::string(line);
  std::string out(line.substr(0, start));
  size_t at = start;  // columns of the part so far
  bool first = true;
  for (std::string_view rest = line.substr(start); !rest.empty();) {
    size_t blanks = rest.find_first_not_of(' ');
    if (blanks == rest.npos) break;
    size_t end = rest.find(' ', blanks);
    std::string_view word = rest.substr(blanks, end == rest.npos ? end : end - blanks);
    size_t wide = columns(word);
    if (!first && at + blanks + wide > width) {
      out += '\n';
      out.append(indent, ' ');
      at = indent;
    } else {
      out.append(blanks, ' ');
      at += blanks;
    }
    out += word;
    at += wide;
    first = false;
    rest.remove_prefix(blanks + word.size());
  }
  return out;
}

}  // namespace unpark::report
