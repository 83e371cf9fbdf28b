#include "diag/suppress.h"

#include <algorithm>
#include <unordered_map>

namespace unpark::diag {

namespace {

// The bytes of one file that a suppression covers.
struct Covered {
  uint32_t suppression;
  source::Span bytes;
};

// For each line of a file, the next line that is not only a line comment. Built backwards in one
// pass, since a comment may be followed by any number of others.
class NextCode {
 public:
  NextCode(source::FileId file, Places& places) {
    uint32_t count = places.lines(file).line_count();
    next_.resize(count + 2, count + 1);
    for (uint32_t line = count; line > 0; line--) {
      std::string_view text = places.line(file, line);
      size_t first = text.find_first_not_of(" \t");
      bool comment = first != std::string_view::npos && text.substr(first).starts_with("//");
      next_[line] = comment ? next_[line + 1] : line;
    }
  }

  // `line` itself when it is code or blank.
  uint32_t at_or_after(uint32_t line) const {
    return next_[std::min<size_t>(line, next_.size() - 1)];
  }

 private:
  std::vector<uint32_t> next_;
};

bool alone_on_line(const PlacedSuppression& suppression, Places& places) {
  source::FileId file = suppression.comment.file;
  uint32_t begin = suppression.comment.span.begin;
  uint32_t line_start = places.lines(file).line_start(places.begin(suppression.comment).line);
  std::string_view before = places.text(file).substr(line_start, begin - line_start);
  return before.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

static std::unordered_map<source::FileId, std::vector<Covered>> cover(
    std::span<const PlacedSuppression> suppressions, Places& places) {
  std::unordered_map<source::FileId, std::vector<Covered>> covered;
  std::unordered_map<source::FileId, NextCode> next_code;
  for (uint32_t i = 0; i < suppressions.size(); i++) {
    const PlacedSuppression& suppression = suppressions[i];
    if (suppression.what.fault != SuppressionFault::kNone) continue;
    source::FileId file = suppression.comment.file;
    std::vector<Covered>& in_file = covered[file];
    if (suppression.what.form == SuppressionForm::kLintFileIgnore) {
      in_file.push_back({i, {0, UINT32_MAX}});
      continue;
    }
    const source::LineTable& lines = places.lines(file);
    uint32_t line = places.begin(suppression.comment).line;
    in_file.push_back({i, {lines.line_start(line), lines.line_start(line + 1)}});
    if (suppression.declaration) {
      in_file.push_back({i, *suppression.declaration});
    } else if (alone_on_line(suppression, places)) {
      auto [next, is_new] = next_code.try_emplace(file, file, places);
      uint32_t code = next->second.at_or_after(line + 1);
      in_file.push_back({i, {lines.line_start(code), lines.line_start(code + 1)}});
    }
  }
  return covered;
}

SuppressResult suppress(std::span<const Finding> findings,
                        std::span<const PlacedSuppression> suppressions, Places& places) {
  SuppressResult out;
  out.accepted_by.resize(findings.size(), SuppressResult::kNone);
  for (const PlacedSuppression& suppression : suppressions) {
    out.used.emplace_back(std::max<size_t>(suppression.what.rules.size(), 1));
  }
  std::unordered_map<source::FileId, std::vector<Covered>> covered = cover(suppressions, places);
  for (size_t f = 0; f < findings.size(); f++) {
    const Finding& finding = findings[f];
    auto in_file = covered.find(finding.where.file);
    if (in_file == covered.end()) continue;
    uint32_t at = finding.where.span.begin;
    for (const Covered& range : in_file->second) {
      if (at < range.bytes.begin || at >= range.bytes.end) continue;
      const std::vector<std::string>& rules = suppressions[range.suppression].what.rules;
      bool accepts = rules.empty();
      if (rules.empty()) out.used[range.suppression][0] = true;
      for (size_t r = 0; r < rules.size(); r++) {
        if (!names_rule(rules[r], finding.rule, finding.name)) continue;
        out.used[range.suppression][r] = true;
        accepts = true;
      }
      if (accepts && out.accepted_by[f] == SuppressResult::kNone) {
        out.accepted_by[f] = range.suppression;
      }
    }
  }
  return out;
}

}  // namespace unpark::diag
