#include "evidence/unwrap_prefix.h"

#include <algorithm>
#include <utility>

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

// Where the word before a bar stands.
std::pair<size_t, size_t> name_of(std::string_view learned) {
  size_t bar = learned.find('|');
  if (bar == learned.npos || bar == 0) return {0, 0};
  size_t last = learned.find_last_not_of(" \t", bar - 1);
  if (last == learned.npos) return {0, 0};
  size_t blank = learned.find_last_of(" \t", last);
  return {blank == learned.npos ? 0 : blank + 1, last + 1};
}

std::optional<std::string_view> strip_prefix(std::string_view learned, std::string_view line) {
  auto [name, name_end] = name_of(learned);
  size_t i = 0, j = 0;
  while (i < learned.size()) {
    if (is_word(learned[i])) {
      size_t a = run(learned, i, is_word), b = run(line, j, is_word);
      if (b == 0) return std::nullopt;
      bool named = i >= name && i < name_end;
      if (named && learned.substr(i, a) != line.substr(j, b)) return std::nullopt;
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
      if (j < line.size() && line[j] == learned[i]) {
        j++;
      } else if (learned[i] != '"') {
        return std::nullopt;
      }
      i++;
    }
  }
  // A word alone is no line with nothing behind its prefix.
  if (j == line.size() && j > learned.size() + 4) return std::nullopt;
  return line.substr(j);
}

}  // namespace

std::optional<std::string_view> Prefix::strip(std::string_view line) const {
  return strip_prefix(text_, line);
}

std::optional<std::string_view> Prefix::shorten(std::string_view line,
                                                bool (*accept)(std::string_view rest)) {
  size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  std::string_view text = line.substr(indent);
  std::string_view learned = text_;
  auto fits = [&](std::string_view part, std::string_view whole) {
    std::optional<std::string_view> rest = strip_prefix(part, whole);
    if (rest && (rest->size() == whole.size() || !accept(*rest))) rest.reset();
    return rest;
  };
  std::optional<std::string_view> rest;
  size_t at = std::min(learned.find_first_not_of(" \t"), learned.size());
  while (!rest && (at = learned.find_first_of(" \t", at)) != learned.npos) {
    at = learned.find_first_not_of(" \t", at);
    if (at == learned.npos) break;
    rest = fits(learned.substr(at), text);
  }
  at = learned.find_last_not_of(" \t");
  while (!rest && at != learned.npos && (at = learned.find_last_of(" \t", at)) != learned.npos) {
    rest = fits(learned.substr(0, at + 1), line);
    at = learned.find_last_not_of(" \t", at);
  }
  if (rest) text_ = line.substr(0, line.size() - rest->size());
  return rest;
}

}  // namespace unpark::evidence
