// What terminals, editors and web pages do to single characters of a line, and undoing it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unpark::evidence {

// How many lines had what.
struct MarkCounts {
  uint64_t line_ends = 0;  // CR LF, "^M"
  uint64_t zeros = 0;      // NUL bytes
  uint64_t colours = 0;    // terminal sequences
  uint64_t octal = 0;      // "#011" for a tab
  uint64_t html = 0;       // entities and tags
  uint64_t markdown = 0;   // links, escapes, "(_T)"
};

// Takes out NUL bytes, terminal sequences, byte order marks, CR at the end, and, if asked for, HTML
// entities and tags. The result is `line` or in `buffer`.
std::string_view clean_marks(std::string_view line, bool html, std::string* buffer,
                             MarkCounts* counts);

// Markdown in lines of a stack: links round numbers, backslashes, a pointer receiver whose star has
// become emphasis: "(_T)" and "(T)" are always "(*T)".
std::string_view repair_markdown(std::string_view line, std::string* buffer, MarkCounts* counts);

// Escapes of JSON and Go strings, also \u pairs; what is none stays.
void unescape(std::string_view text, std::string* to);

}  // namespace unpark::evidence
