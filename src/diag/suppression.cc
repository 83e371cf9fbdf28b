#include "diag/suppression.h"

#include <algorithm>
#include <cctype>

namespace unpark::diag {

static constexpr std::string_view kBlanks = " \t\r";

static std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

static char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

static bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Takes `word` off the front of `text` when a blank, one of `ends`, or nothing follows it.
static bool take_word(std::string_view& text, std::string_view word, std::string_view ends = "") {
  if (!text.starts_with(word)) return false;
  std::string_view rest = text.substr(word.size());
  if (!rest.empty() && kBlanks.find(rest[0]) == std::string_view::npos &&
      ends.find(rest[0]) == std::string_view::npos) {
    return false;
  }
  text = rest;
  return true;
}

// The non-empty pieces of `text` between any of the characters in `separators`.
static std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> pieces;
  size_t begin = 0;
  while ((begin = text.find_first_not_of(separators, begin)) != std::string_view::npos) {
    size_t end = std::min(text.find_first_of(separators, begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

static Suppression parse_ignore(std::string_view rest) {
  Suppression out;
  out.form = SuppressionForm::kIgnore;
  size_t dashes = rest.find("--");
  // Without dashes the words behind the first blank are prose, not rules.
  std::string_view rules = trim(rest.substr(0, dashes));
  if (dashes == std::string_view::npos) rules = rules.substr(0, rules.find_first_of(kBlanks));
  for (std::string_view rule : split(rules, ", \t")) out.rules.emplace_back(rule);
  if (dashes != std::string_view::npos) out.reason = trim(rest.substr(dashes + 2));
  if (out.rules.empty()) {
    out.fault = SuppressionFault::kNoRule;
  } else if (out.reason.empty()) {
    out.fault = SuppressionFault::kNoReason;
  }
  return out;
}

static std::optional<Suppression> parse_nolint(std::string_view rest) {
  Suppression out;
  out.form = SuppressionForm::kNolint;
  size_t why = rest.find("//");
  if (why != std::string_view::npos) {
    out.reason = trim(rest.substr(why + 2));
    rest = rest.substr(0, why);
  }
  if (!rest.starts_with(':')) {
    out.by_name = false;
    return out;
  }
  bool all = false;
  bool ours = false;
  for (std::string_view linter : split(rest.substr(1), ",")) {
    linter = trim(linter);
    linter = linter.substr(0, linter.find_first_of(kBlanks));
    ours = ours || equal_ignoring_case(linter, "unpark");
    all = all || equal_ignoring_case(linter, "all");
  }
  if (!ours && !all) return std::nullopt;
  out.by_name = ours;
  return out;
}

static bool looks_like_our_id(std::string_view pattern) {
  return pattern.size() > 2 && equal_ignoring_case(pattern.substr(0, 2), "UP") &&
         pattern.substr(2).find_first_not_of("0123456789*") == std::string_view::npos;
}

static std::optional<Suppression> parse_lint(std::string_view rest, SuppressionForm form) {
  Suppression out;
  out.form = form;
  rest = trim(rest);
  size_t blank = std::min(rest.find_first_of(kBlanks), rest.size());
  bool all = false;
  for (std::string_view check : split(rest.substr(0, blank), ",")) {
    if (check == "*") all = true;
    if (looks_like_our_id(check)) out.rules.emplace_back(check);
  }
  if (out.rules.empty() && !all) return std::nullopt;
  out.by_name = !out.rules.empty();
  if (all) out.rules.clear();
  out.reason = trim(rest.substr(blank));
  if (out.reason.empty()) {
    // Without our ids in it, the fault is another tool's to report.
    if (!out.by_name) return std::nullopt;
    out.fault = SuppressionFault::kNoReason;
  }
  return out;
}

std::optional<Suppression> parse_suppression(std::string_view comment) {
  if (!comment.starts_with("//")) return std::nullopt;
  std::string_view text = comment.substr(2);
  if (take_word(text, "unpark:ignore")) return parse_ignore(text);
  if (take_word(text, "lint:ignore")) return parse_lint(text, SuppressionForm::kLintIgnore);
  if (take_word(text, "lint:file-ignore")) {
    return parse_lint(text, SuppressionForm::kLintFileIgnore);
  }
  text = trim(text);
  if (take_word(text, "nolint", ":/")) return parse_nolint(text);
  return std::nullopt;
}

bool names_rule(std::string_view pattern, std::string_view id, std::string_view name) {
  if (pattern.ends_with('*')) {
    std::string_view prefix = pattern.substr(0, pattern.size() - 1);
    return equal_ignoring_case(prefix, id.substr(0, prefix.size()));
  }
  return equal_ignoring_case(pattern, id) || equal_ignoring_case(pattern, name);
}

}  // namespace unpark::diag
