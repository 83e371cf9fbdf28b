#include "syntax/directive.h"

#include <fmt/format.h>

namespace unpark::syntax {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

Span trim(std::string_view text, Span span) {
  while (span.begin < span.end && is_blank(text[span.begin])) span.begin++;
  while (span.begin < span.end && is_blank(text[span.end - 1])) span.end--;
  return span;
}

// What stands behind `word` at the start of the span, if that is the whole first word.
std::optional<Span> behind_word(std::string_view text, Span span, std::string_view word) {
  std::string_view line = text.substr(span.begin, span.size());
  if (!line.starts_with(word)) return std::nullopt;
  if (line.size() > word.size() && !is_blank(line[word.size()])) return std::nullopt;
  return trim(text, {span.begin + static_cast<uint32_t>(word.size()), span.end});
}

// A number in decimal digits that ends `text` behind a colon.
struct TrailingNumber {
  size_t colon;
  std::optional<uint32_t> value;  // none for what is no number from 1 to kMax
  bool is_number;
  static constexpr uint32_t kMax = 1u << 30;
};

std::optional<TrailingNumber> trailing_number(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  TrailingNumber out{colon, std::nullopt, colon + 1 < text.size()};
  uint64_t value = 0;
  bool too_large = false;
  for (char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9') {
      out.is_number = false;
      return out;
    }
    auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) too_large = true;
    value = value * 10 + digit;
  }
  // Numbers beyond 64 bits are no numbers to Go, which matters only for the first of two.
  if (too_large) out.is_number = false;
  if (out.is_number && value >= 1 && value <= TrailingNumber::kMax) {
    out.value = static_cast<uint32_t>(value);
  }
  return out;
}

}  // namespace

BuildLines build_lines(std::string_view text) {
  BuildLines out;
  std::vector<Span> plus_build;
  size_t plus_build_kept = 0;  // those before the last blank line of the header
  bool ended = false;          // behind something that is neither a blank line nor a `//` comment
  bool in_comment = false;     // of the other kind
  auto size = static_cast<uint32_t>(text.size());
  bool at_code = false;
  for (uint32_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < size && !at_code;) {
    size_t newline = text.find('\n', at);
    uint32_t end = newline == std::string_view::npos ? size : static_cast<uint32_t>(newline);
    Span line = trim(text, {at, end});
    at = end + 1;
    if (line.size() == 0) {
      if (!ended) plus_build_kept = plus_build.size();
      continue;
    }
    bool is_line_comment = text.substr(line.begin, line.size()).starts_with("//");
    if (!is_line_comment) ended = true;
    if (is_line_comment && !in_comment) {
      if (std::optional<Span> expression = behind_word(text, line, "//go:build")) {
        if (out.go_build) {
          out.has_second_go_build = true;
        } else {
          out.go_build = expression;
        }
      }
      if (!ended) {
        Span words = trim(text, {line.begin + 2, line.end});
        if (std::optional<Span> terms = behind_word(text, words, "+build")) {
          plus_build.push_back(*terms);
        }
      }
    }
    // The rest of the line may close a comment, open others, or start the code.
    for (Span rest = line; rest.size() > 0; rest = trim(text, rest)) {
      std::string_view left = text.substr(rest.begin, rest.size());
      if (in_comment) {
        size_t close = left.find("*/");
        if (close == std::string_view::npos) break;
        in_comment = false;
        rest.begin += static_cast<uint32_t>(close + 2);
      } else if (left.starts_with("//")) {
        break;
      } else if (left.starts_with("/*")) {
        in_comment = true;
        rest.begin += 2;
      } else {
        at_code = true;
        break;
      }
    }
  }
  plus_build.resize(plus_build_kept);
  out.plus_build = std::move(plus_build);
  return out;
}

std::optional<LineDirective> line_directive(std::string_view text, Span comment,
                                            std::optional<SyntaxError>* problem) {
  constexpr std::string_view kWord = "line ";
  std::string_view whole = text.substr(comment.begin, comment.size());
  if (whole.size() < 2 + kWord.size() || !whole.substr(2).starts_with(kWord)) return std::nullopt;
  bool is_block = whole[1] == '*';
  bool starts_line = comment.begin == 0 || text[comment.begin - 1] == '\n';
  if (!is_block && !starts_line) return std::nullopt;
  if (is_block && (whole.size() < 4 + kWord.size() || !whole.ends_with("*/"))) return std::nullopt;

  uint32_t begin = comment.begin + 2 + static_cast<uint32_t>(kWord.size());
  uint32_t end = is_block ? comment.end - 2 : comment.end;
  std::string_view place = text.substr(begin, end - begin);
  auto fail = [&](size_t at, std::string_view what) -> std::optional<LineDirective> {
    uint32_t from = begin + static_cast<uint32_t>(at);
    if (problem) *problem = SyntaxError{{from, end}, fmt::format("{} in a line directive", what)};
    return std::nullopt;
  };

  std::optional<TrailingNumber> last = trailing_number(place);
  if (!last) return std::nullopt;
  if (!last->is_number) return fail(last->colon + 1, "invalid line number");
  LineDirective out;
  std::optional<TrailingNumber> line = last;
  std::optional<TrailingNumber> before = trailing_number(place.substr(0, last->colon));
  if (before && before->is_number) {
    if (!last->value) return fail(last->colon + 1, "invalid column number");
    out.column = *last->value;
    line = before;
  }
  if (!line->value) return fail(line->colon + 1, "invalid line number");
  out.line = *line->value;
  out.file = {begin, begin + static_cast<uint32_t>(line->colon)};
  out.keeps_file = out.file.size() == 0 && out.column != 0;
  // A `//` comment speaks of the line behind it, the other kind of what follows at once.
  out.from = comment.end;
  if (!is_block) {
    size_t newline = text.find('\n', comment.end);
    out.from = static_cast<uint32_t>(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return out;
}

std::vector<LineDirective> line_directives(const Tree& tree) {
  std::vector<LineDirective> out;
  for (const Comment& comment : tree.comments) {
    if (std::optional<LineDirective> found = line_directive(tree.text(), comment.span)) {
      out.push_back(*found);
    }
  }
  return out;
}

std::vector<Pragma> pragmas(const Tree& tree) {
  constexpr std::string_view kNoLint = "nolint";
  auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  std::string_view text = tree.text();
  std::vector<Pragma> out;
  for (const Comment& comment : tree.comments) {
    Span span = comment.span;
    if (text[span.begin + 1] != '/') continue;
    auto at = [&](uint32_t i) { return i < span.end ? text[i] : '\0'; };
    uint32_t begin = span.begin + 2;
    uint32_t colon = begin;
    while (is_word(at(colon))) colon++;
    if (colon == begin) continue;
    Pragma pragma{span, {begin, colon}, {colon, colon}, {}};
    uint32_t end = colon;
    bool is_nolint = tree.text(pragma.tool) == kNoLint;
    if (at(colon) == ':' && (is_word(at(colon + 1)) || is_nolint)) {
      pragma.name.begin = end = colon + 1;
      while (end < span.end && !is_blank(text[end])) end++;
      pragma.name.end = end;
    } else if (!is_nolint || (colon < span.end && !is_blank(text[colon]))) {
      continue;
    }
    pragma.arguments = trim(text, {end, span.end});
    out.push_back(pragma);
  }
  return out;
}

bool is_generated(const Tree& tree) {
  constexpr std::string_view kPrefix = "// Code generated ";
  constexpr std::string_view kSuffix = " DO NOT EDIT.";
  for (const Comment& comment : tree.comments) {
    if (comment.span.begin > tree.package_begin) break;
    std::string_view rest = tree.text(comment.span);
    while (!rest.empty()) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.starts_with(kPrefix)) continue;
      if (line.substr(kPrefix.size()).ends_with(kSuffix)) return true;
    }
  }
  return false;
}

}  // namespace unpark::syntax
