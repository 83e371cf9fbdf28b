#include "diag/sink.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>

#include "diag/suppress.h"

namespace unpark::diag {

namespace {

// What orders a finding, and with the package left out, what makes it a double.
struct Key {
  std::string_view path;
  source::Span span;
  std::string rule;
  std::string text;
  std::string package;

  auto identity() const { return std::tie(path, span, rule, text); }
  friend bool operator<(const Key& a, const Key& b) {
    return std::tuple_cat(a.identity(), std::tie(a.package)) <
           std::tuple_cat(b.identity(), std::tie(b.package));
  }
};

}  // namespace

// Sorted, and of equal ones only the first. A package and its test variant report the same code
// twice.
static std::vector<Finding> sort_and_drop_doubles(std::vector<Finding> findings, Places& places) {
  std::vector<Key> keys;
  keys.reserve(findings.size());
  for (const Finding& finding : findings) {
    keys.push_back({places.path(finding.where.file), finding.where.span, finding.rule,
                    to_text(finding.message, places, finding.where.file), finding.package});
  }
  std::vector<size_t> order(findings.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&keys](size_t a, size_t b) {
    if (keys[a] < keys[b]) return true;
    return !(keys[b] < keys[a]) && a < b;
  });
  std::vector<Finding> out;
  out.reserve(findings.size());
  for (size_t i = 0; i < order.size(); i++) {
    if (i > 0 && keys[order[i]].identity() == keys[order[i - 1]].identity()) continue;
    out.push_back(std::move(findings[order[i]]));
  }
  return out;
}

static Finding about(const PlacedSuppression& suppression, std::string_view rule,
                     std::string_view name, Message message) {
  Finding finding;
  finding.rule = rule;
  finding.name = name;
  finding.severity = Severity::kWarning;
  finding.confidence = Confidence::kHigh;
  finding.where = suppression.comment;
  finding.message = std::move(message);
  finding.package = suppression.package;
  return finding;
}

static Finding malformed(const PlacedSuppression& suppression) {
  bool no_rule = suppression.what.fault == SuppressionFault::kNoRule;
  Finding finding = about(suppression, kSuppressionMalformed, "suppression-malformed",
                          Message(no_rule ? "this suppression names no rule and does nothing"
                                          : "this suppression gives no reason and does nothing"));
  finding.advice = suppression.what.form == SuppressionForm::kIgnore
                       ? Message("write {0}", Code{"//unpark:ignore RULE -- reason"})
                       : Message("write the reason behind the rules");
  return finding;
}

// The written rules, of those whose index `keep` accepts, as one piece of code.
template <typename Keep>
static std::string join_rules(const Suppression& suppression, Keep keep) {
  std::string out;
  for (size_t i = 0; i < suppression.rules.size(); i++) {
    if (!keep(i)) continue;
    if (!out.empty()) out += ", ";
    out += suppression.rules[i];
  }
  return out;
}

// Every rule that `pattern` means ran, and there is one.
static bool all_ran(std::string_view pattern, std::span<const KnownRule> rules) {
  bool any = false;
  for (const KnownRule& rule : rules) {
    if (!names_rule(pattern, rule.id, rule.name)) continue;
    if (!rule.ran) return false;
    any = true;
  }
  return any;
}

static bool is_known(std::string_view pattern, std::span<const KnownRule> rules) {
  return std::any_of(rules.begin(), rules.end(), [&](const KnownRule& rule) {
    return names_rule(pattern, rule.id, rule.name);
  });
}

static void judge(const PlacedSuppression& suppression, const std::vector<bool>& used,
                  std::span<const KnownRule> rules, std::vector<Finding>& out) {
  const Suppression& what = suppression.what;
  if (what.fault != SuppressionFault::kNone) {
    out.push_back(malformed(suppression));
    return;
  }
  std::string unknown = join_rules(what, [&](size_t i) { return !is_known(what.rules[i], rules); });
  if (!unknown.empty()) {
    out.push_back(about(suppression, kSuppressionUnknownRule, "suppression-unknown-rule",
                        Message("no rule is called {0}", Code{unknown})));
  }
  if (!suppression.complete || !what.by_name) return;
  if (what.rules.empty()) {
    if (!used[0] && all_ran("*", rules)) {
      out.push_back(about(suppression, kSuppressionStale, "suppression-stale",
                          Message("there is no finding here to suppress")));
    }
    return;
  }
  std::string stale =
      join_rules(what, [&](size_t i) { return !used[i] && all_ran(what.rules[i], rules); });
  if (!stale.empty()) {
    out.push_back(about(suppression, kSuppressionStale, "suppression-stale",
                        Message("there is no finding of {0} here to suppress", Code{stale})));
  }
}

void Sink::add(std::vector<Finding> findings) {
  findings_.insert(findings_.end(), std::make_move_iterator(findings.begin()),
                   std::make_move_iterator(findings.end()));
}

Results Sink::finish(Places& places, const SinkOptions& options) {
  Results out;
  out.notes = std::exchange(notes_, {});
  std::vector<Finding> findings = sort_and_drop_doubles(std::exchange(findings_, {}), places);
  std::vector<PlacedSuppression> suppressions = std::exchange(suppressions_, {});

  if (!options.include_generated) {
    out.in_generated = static_cast<uint32_t>(std::erase_if(
        findings, [this](const Finding& f) { return generated_.contains(f.where.file); }));
    std::erase_if(suppressions, [this](const PlacedSuppression& s) {
      return generated_.contains(s.comment.file);
    });
  }
  generated_.clear();

  SuppressResult suppressed = suppress(findings, suppressions, places);
  std::vector<Finding> open;
  for (size_t i = 0; i < findings.size(); i++) {
    uint32_t by = suppressed.accepted_by[i];
    if (by == SuppressResult::kNone) {
      open.push_back(std::move(findings[i]));
    } else {
      out.accepted.push_back(
          {std::move(findings[i]), suppressions[by].what.reason, suppressions[by].comment});
    }
  }
  for (size_t i = 0; i < suppressions.size(); i++) {
    judge(suppressions[i], suppressed.used[i], options.rules, open);
  }
  out.findings = sort_and_drop_doubles(std::move(open), places);

  if (options.baseline != nullptr) {
    BaselineMatch matched = match(*options.baseline, out.findings);
    std::vector<Finding> fresh;
    for (size_t i = 0; i < out.findings.size(); i++) {
      if (!matched.known[i]) fresh.push_back(std::move(out.findings[i]));
    }
    out.in_baseline = static_cast<uint32_t>(out.findings.size() - fresh.size());
    out.baseline_unused = matched.unused;
    out.findings = std::move(fresh);
  }
  return out;
}

}  // namespace unpark::diag
