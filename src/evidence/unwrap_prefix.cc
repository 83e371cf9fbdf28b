#include "evidence/unwrap_prefix.h"

#include <algorithm>

namespace unpark::evidence {

namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

template <typename Is>
size_t run(std::string_view text, size_t at, Is is) {
  size_t end = at;
  while (end < text.size() && is(text[end])) end++;
  return end - at;
}

// The last blanks of a prefix: as they were learned, or fewer where columns are aligned.
size_t last_blanks(std::string_view learned, std::string_view line) {
  if (line.starts_with(learned)) return learned.size();
  return std::min(run(line, 0, [](char c) { return c == ' '; }), learned.size());
}

}  // namespace

std::optional<std::string_view> Prefix::strip(std::string_view line) const {
  std::string_view learned = text_;
  size_t bar = learned.find('|');
  bool named = bar != learned.npos;
  size_t i = 0, j = 0;
  while (i < learned.size()) {
    if (is_word(learned[i])) {
      size_t a = run(learned, i, is_word), b = run(line, j, is_word);
      if (b == 0) return std::nullopt;
      if (named && i < bar && learned.substr(i, a) != line.substr(j, b)) return std::nullopt;
      i += a;
      j += b;
    } else if (is_blank(learned[i])) {
      size_t a = run(learned, i, is_blank);
      bool last = i + a == learned.size();
      size_t b = last ? last_blanks(learned.substr(i), line.substr(j)) : run(line, j, is_blank);
      if (b == 0 && j < line.size() && i > 0) return std::nullopt;
      if (b == 0 && last && j < line.size()) return std::nullopt;
      i += a;
      j += b;
    } else {
      bool optional_quote = learned[i] == '"' && i + 1 == learned.size();
      if (j < line.size() && line[j] == learned[i]) {
        j++;
      } else if (!optional_quote) {
        return std::nullopt;
      }
      i++;
    }
  }
  return line.substr(j);
}

}  // namespace unpark::evidence
