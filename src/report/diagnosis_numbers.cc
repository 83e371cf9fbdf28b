#include "report/diagnosis_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "report/diagnosis_words.h"

namespace unpark::report {

using diagnose::Diagnosis;
using diagnose::Group;
using diagnose::GroupLook;
using diagnose::Look;
using diagnose::Term;

namespace {

constexpr size_t kMostLooks = 6;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr double kSecondsOfHour = 3600;

// The looks at the group's process, from the first to the last.
struct Span {
  int64_t change = 0;  // of the count
  std::optional<int64_t> ns;
};

Span span_of(const Diagnosis& diagnosis, const Group& group) {
  const Look* first = nullptr;
  const Look* last = nullptr;
  int64_t before = 0;
  Span span;
  for (size_t i = 0; i < std::min(diagnosis.looks.size(), group.looks.size()); i++) {
    if (diagnosis.looks[i].process != group.process) continue;
    int64_t count = static_cast<int64_t>(group.looks[i].count);
    last = &diagnosis.looks[i];
    if (first == nullptr) {
      first = last;
      before = count;
    }
    span.change = count - before;
  }
  if (first && first->time_ns && last->time_ns) span.ns = *last->time_ns - *first->time_ns;
  return span;
}

std::string counts_words(const Group& group, bool all) {
  std::string words;
  size_t first = group.looks.size() > kMostLooks && !all ? group.looks.size() - kMostLooks : 0;
  if (first > 0) words = number(group.looks[0].count) + " ... ";
  for (size_t i = first; i < group.looks.size(); i++) {
    words += fmt::format("{}{}", i == first ? "" : " -> ", number(group.looks[i].count));
  }
  return words;
}

// ", +100 in 5s, about 20 per second": what was seen, and what that is in a unit of its size.
std::string rate_words(const Diagnosis& diagnosis, const Group& group) {
  const diagnose::Growth& growth = group.growth;
  const auto [change, span] = span_of(diagnosis, group);
  std::string words;
  if (span && *span > 0 && change != 0) {
    words = fmt::format(", {} in {}", change_words(change), duration_text(*span));
  }
  if (growth.per_hour == 0) {
    if (growth.per_look == 0) return words;
    return words + fmt::format(", about {} per look", rounded(growth.per_look, 2));
  }
  double per_second = growth.per_hour / kSecondsOfHour;
  if (span && *span < 2 * kMinute && std::fabs(per_second) >= 1) {
    return words + fmt::format(", about {} per second", rounded(per_second, 2));
  }
  if (span && *span < 120 * kMinute && std::fabs(per_second) * 60 >= 1) {
    return words + fmt::format(", about {} per minute", rounded(per_second * 60, 2));
  }
  return words + fmt::format(", about {} per hour", rounded(growth.per_hour, 2));
}

bool is_constant(const Group& group) {
  return std::all_of(group.looks.begin(), group.looks.end(), [&](const GroupLook& look) {
    return look.count == group.looks.front().count;
  });
}

std::string term_words(const Group& group, const Term& term) {
  std::string_view name = term.name;
  if (name == "strength") {
    return fmt::format("strength {}", diagnose::name_of(group.strength));
  }
  if (name == "victims") return fmt::format("victims {}", amount(term.value));
  if (name == "waits for another group") return std::string(name);
  if (name == "growth per hour") return fmt::format("growth {} per hour", rounded(term.value, 3));
  if (name == "growth per look") return fmt::format("growth {} per look", rounded(term.value, 3));
  if (name == "chance") {
    return term.value < 0.001 ? "chance below 0.001"
                              : fmt::format("chance {}", rounded(term.value, 2));
  }
  if (name == "since base") {
    return change_words(static_cast<int64_t>(term.value)) + " since the base";
  }
  if (name == "bytes of one") {
    return bytes_text(static_cast<int64_t>(std::min(term.value, 9e18))) + " each";
  }
  if (name == "count") return count_of(static_cast<uint64_t>(term.value), "goroutine");
  if (name == "share") return fmt::format("{} % of all", rounded(term.value, 2));
  if (name == "age") return minutes_text(static_cast<uint64_t>(term.value)) + " old";
  return fmt::format("{} {}{}{}", name, amount(term.value), term.unit.empty() ? "" : " ",
                     term.unit);
}

// What a term says that another does not: a count that stays grows by nothing, and by no chance.
bool says_nothing(const Group& group, const Term& term) {
  if (term.name == "strength") return false;
  bool still = group.growth.per_hour == 0 && group.growth.per_look == 0;
  return term.value == 0 || (term.name == "chance" && still);
}

}  // namespace

std::string rounded(double value, int digits) {
  if (!std::isfinite(value) || value == 0) return amount(value);
  double unit = std::pow(10, std::floor(std::log10(std::fabs(value))) - (digits - 1));
  double whole = std::round(value / unit);
  return unit >= 1 ? amount(whole * unit) : fmt::format("{:.{}g}", whole * unit, digits);
}

std::string change_words(int64_t change) {
  return (change > 0 ? "+" : "") + amount(static_cast<double>(change));
}

std::string growth_words(const Diagnosis& diagnosis, const Group& group, bool all) {
  if (group.looks.size() < 2) return "";
  const GroupLook& last = group.looks.back();
  std::string words = is_constant(group) ? fmt::format("constant: {} in each of {} looks",
                                                       number(last.count), group.looks.size())
                                         : counts_words(group, all) + rate_words(diagnosis, group);
  if (!last.ids_known || last.survivors + last.births + last.deaths == 0) return words;
  if (last.births + last.deaths == 0) {
    return words + (last.survivors == 1 ? ", the same one" : ", the same ones");
  }
  return words + fmt::format("; since the look before {} still there, {} new, {} gone",
                             number(last.survivors), number(last.births), number(last.deaths));
}

std::string age_words(const Diagnosis& diagnosis, const Group& group) {
  const diagnose::Ages& ages = group.ages;
  if (ages.oldest_minutes.value_or(0) == 0) return "";
  uint64_t known = 0;
  for (uint64_t count : ages.count) known += count;
  bool at_least = ages.lower_bounds > 0 && ages.lower_bounds >= known;
  std::string words = at_least ? "oldest at least " : "oldest ";
  words += minutes_text(*ages.oldest_minutes);
  if (!diagnosis.looks.empty() && diagnosis.looks.back().time_ns) {
    int64_t since = *diagnosis.looks.back().time_ns - int64_t{*ages.oldest_minutes} * kMinute;
    words += fmt::format(" (since {}{})", time_text(since), at_least ? " or before" : "");
  }
  if (ages.median_minutes) {
    words += ", median ";
    words += *ages.median_minutes == 0 ? "below 1 min" : minutes_text(*ages.median_minutes);
  }
  if (ages.lower_bounds > 0 && !at_least) {
    words += fmt::format("; a lower bound for {}", number(ages.lower_bounds));
  }
  if (ages.unknown > 0) words += fmt::format("; not known for {}", number(ages.unknown));
  return words;
}

// What is multiplied, or is of the same, is told together.
std::string rank_words(const Group& group) {
  constexpr std::pair<std::string_view, std::string_view> kTogether[] = {
      {"growth per hour", "chance"}, {"growth per hour", "bytes of one"},
      {"growth per look", "chance"}, {"growth per look", "bytes of one"},
      {"chance", "bytes of one"},    {"count", "share"},
  };
  std::string words;
  std::string_view before;
  for (const Term& term : group.terms) {
    if (says_nothing(group, term)) continue;
    bool together = std::find(std::begin(kTogether), std::end(kTogether),
                              std::pair(before, term.name)) != std::end(kTogether);
    words += words.empty() ? "" : together ? ", " : "; ";
    words += term_words(group, term);
    before = term.name;
  }
  return words;
}

}  // namespace unpark::report
