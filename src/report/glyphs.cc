#include "report/glyphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "report/width_table.h"

namespace unpark::report {

namespace {

constexpr uint32_t kTabColumns = 4;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Decoded {
  uint32_t code_point = 0;
  uint32_t size = 1;
  bool valid = false;
};

}  // namespace

// The first character of a text that is not empty. Overlong forms, surrogates and values beyond
// U+10FFFF are invalid, and then only one byte is taken.
static Decoded decode(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  uint32_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
  uint32_t value = lead & (0xFFu >> (size + 1));
  for (uint32_t i = 1; i < size; i++) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
    return {};
  return {value, size, true};
}

static bool contains(std::span<const CodePointRange> ranges, uint32_t code_point) {
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), code_point,
      [](uint32_t value, const CodePointRange& range) { return value < range.first; });
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

// Characters that move the cursor, reorder what is around them, or are not characters.
static bool must_be_named(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::vector<Glyph> glyphs(std::string_view text) {
  std::vector<Glyph> out;
  for (uint32_t at = 0; at < text.size();) {
    Decoded c = decode(text.substr(at));
    if (!c.valid) {
      out.push_back({at, 1, std::string(kReplacement)});
    } else if (c.code_point == '\t') {
      out.push_back({at, kTabColumns, std::string(kTabColumns, ' ')});
    } else if (must_be_named(c.code_point)) {
      std::string name = fmt::format("<U+{:04X}>", c.code_point);
      uint32_t width = static_cast<uint32_t>(name.size());
      out.push_back({at, width, std::move(name)});
    } else {
      uint32_t width = contains(kZeroWidth, c.code_point)     ? 0
                       : contains(kDoubleWidth, c.code_point) ? 2
                                                              : 1;
      out.push_back({at, width, std::string(text.substr(at, c.size))});
    }
    at += c.size;
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (Glyph& glyph : glyphs(text)) {
    char first = text[glyph.byte];
    if (first == '\n' || first == '\t' || first == '\r') {
      out += ' ';
    } else {
      out += glyph.shown;
    }
  }
  return out;
}

}  // namespace unpark::report
