#include "report/diagnosis_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "evidence/function_name.h"
#include "report/diagnosis_group_text.h"
#include "report/diagnosis_inputs.h"
#include "report/diagnosis_numbers.h"
#include "report/diagnosis_tree.h"
#include "report/diagnosis_words.h"
#include "report/glyphs.h"
#include "report/paint.h"
#include "report/wrap.h"

namespace unpark::report {

using diagnose::Diagnosis;
using diagnose::Group;
using diagnose::Look;
using diagnose::Strength;
using diagnose::Verdict;
using evidence::Evidence;
using evidence::Snapshot;

namespace {

constexpr size_t kMostGroups = 20;  // in full
constexpr size_t kMostLines = 10;   // of groups in one line each
constexpr size_t kMostRaces = 20;
constexpr size_t kMostSeries = 10;

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLeak:
    case Verdict::kHang:
    case Verdict::kRaces:
      return Style::kError;
    case Verdict::kLikelyLeak:
    case Verdict::kSuspicious:
    case Verdict::kNotEnough:
      return Style::kWarning;
    case Verdict::kNoLeakFound:
      return Style::kHelp;
  }
  return Style::kPlain;
}

std::string go_versions(const Evidence& evidence) {
  std::string out;
  std::set<std::string> seen;
  for (const Snapshot& s : evidence.snapshots) {
    const std::string& version = s.process.go_version;
    if (version.empty() || !seen.insert(version).second) continue;
    out += (out.empty() ? "" : ", ") + printable(version);
  }
  return out;
}

class Page {
 public:
  Page(const Evidence& evidence, const Diagnosis& diagnosis, const DiagnosisTextOptions& options)
      : evidence_(evidence),
        diagnosis_(diagnosis),
        options_(options),
        paint_(options.color),
        groups_(evidence, diagnosis, options) {}

  std::string write() {
    add_verdict();
    add_looks();
    out_ += inputs_text(evidence_, options_);
    add_series();
    add_crashes();
    add_groups();
    add_cycles();
    add_races();
    add_quiet_groups();
    if (options_.tree) add_tree();
    add_next_steps();
    return std::move(out_);
  }

 private:
  void add_row(std::string_view row, size_t indent) {
    out_ += wrapped(row, indent, options_.width) + "\n";
  }

  void add_verdict() {
    std::string verdict = verdict_words(diagnosis_);
    size_t name = diagnose::name_of(diagnosis_.verdict).size();
    add_row(paint_(style_of(diagnosis_.verdict), verdict.substr(0, name)) +
                paint_(Style::kBold, verdict.substr(name)),
            2);
  }

  void add_looks() {
    const std::vector<Look>& looks = diagnosis_.looks;
    if (looks.empty()) return;
    std::set<uint32_t> processes;
    for (const Look& look : looks) processes.insert(look.process);
    std::string words = count_of(looks.size(), "look") + " at ";
    words += processes.size() == 1 ? "one process" : number(processes.size()) + " processes";
    if (looks.size() > 1 && looks.front().time_ns && looks.back().time_ns) {
      words += " over " + duration_text(*looks.back().time_ns - *looks.front().time_ns);
    }
    if (std::string versions = go_versions(evidence_); !versions.empty()) words += ", " + versions;
    words += ":";
    size_t first = looks.size() > kMostLines && !options_.all ? looks.size() - kMostLines : 0;
    if (first > 0) words += " ...";
    for (size_t i = first; i < looks.size(); i++) {
      bool goes_on = i > 0 && looks[i].process == looks[i - 1].process;
      words += fmt::format("{} {}{}",
                           i == 0    ? ""
                           : goes_on ? " ->"
                                     : ",",
                           number(looks[i].goroutines), looks[i].cut ? " (cut)" : "");
    }
    add_row("evidence: " + words + " goroutines", 2);
    if (diagnosis_.restarts > 0) {
      add_row("evidence: the process was restarted " + count_of(diagnosis_.restarts, "time") +
                  " in between, or another instance answered",
              2);
    }
    for (const std::string& note : diagnosis_.notes) add_row("evidence: " + note, 2);
  }

  // Counters that rise, and those that would tell and do not.
  void add_series() {
    size_t listed = 0;
    for (const diagnose::Series& series : diagnosis_.series) {
      if (series.points.empty() || (!series.growth.tested && !options_.all)) continue;
      if (listed++ == kMostSeries && !options_.all) break;
      const diagnose::Growth& growth = series.growth;
      std::string name = options_.redact ? without_label_values(series.name) : series.name;
      std::string words =
          fmt::format("{}: {} -> {}", printable(name), amount(series.points.front().second),
                      amount(series.points.back().second));
      if (growth.per_hour != 0) {
        words += fmt::format(", about {} per hour", rounded(growth.per_hour, 2));
      }
      if (growth.tested) words += growth.significant ? ", growing" : ", no steady growth";
      add_row("counter: " + words, 2);
    }
  }

  // What the process said last, and where it was then.
  void add_crashes() {
    Discretion discretion(options_.redact);
    for (const Snapshot& s : evidence_.snapshots) {
      if (s.message.empty()) continue;
      add_row(paint_(Style::kError, "ended by") +
                  paint_(Style::kBold, ": " + printable(discretion.message(s.message))),
              2);
      for (const evidence::Goroutine& g : s.goroutines) {
        if (!(g.flags & evidence::kCrashing)) continue;
        std::string place = groups_.place_of_crash(g);
        if (!place.empty()) add_row("  in goroutine " + std::to_string(g.id) + ": " + place, 4);
        break;
      }
    }
  }

  void add_groups() {
    size_t listed = 0;
    size_t more = 0;
    for (size_t i = 0; i < diagnosis_.groups.size(); i++) {
      if (!is_suspect(diagnosis_.groups[i])) continue;
      if (listed == kMostGroups && !options_.all) {
        more++;
        continue;
      }
      listed++;
      out_ += "\n";
      groups_.add_group(i, out_);
    }
    if (more > 0) {
      out_ += fmt::format("\n... and {} like these; --all shows them\n", count_of(more, "group"));
    }
  }

  void add_cycles() {
    if (!diagnosis_.cycles.empty()) out_ += "\n";
    for (const diagnose::LockCycle& cycle : diagnosis_.cycles) groups_.add_cycle(cycle, out_);
  }

  void add_races() {
    size_t listed = 0;
    for (const diagnose::RaceGroup& race : diagnosis_.races) {
      if (listed++ == kMostRaces && !options_.all) {
        out_ += fmt::format("\n... and {}; --all shows them\n",
                            count_of(diagnosis_.races.size() - kMostRaces, "race"));
        break;
      }
      out_ += "\n";
      groups_.add_race(race, out_);
    }
  }

  void add_quiet_groups() {
    auto undecided = [&](const Group& g) { return is_undecided(evidence_, diagnosis_, g); };
    add_lines("one look cannot tell whether these pile up; look again", undecided);
    add_lines("without suspicion",
              [&](const Group& g) { return g.strength == Strength::kNoticed && !undecided(g); });
    add_lines("expected", [](const Group& g) { return g.strength == Strength::kExpected; });
  }

  template <typename Which>
  void add_lines(std::string_view title, Which which) {
    size_t groups = 0;
    uint64_t goroutines = 0;
    for (const Group& group : diagnosis_.groups) {
      if (!which(group)) continue;
      groups++;
      goroutines += group.count;
    }
    if (groups == 0) return;
    out_ += "\n";
    add_row(
        paint_(Style::kBold, fmt::format("{}:", title)) +
            fmt::format(" {} in {}", count_of(goroutines, "goroutine"), count_of(groups, "group")),
        2);
    size_t listed = 0;
    for (size_t i = 0; i < diagnosis_.groups.size(); i++) {
      if (!which(diagnosis_.groups[i])) continue;
      if (listed++ == kMostLines && !options_.all) {
        out_ += fmt::format("      ... and {}; --all shows them\n",
                            count_of(groups - kMostLines, "group"));
        break;
      }
      groups_.add_line(i, out_);
    }
  }

  void add_tree() {
    std::string tree = diagnosis_tree(evidence_, diagnosis_, options_);
    if (!tree.empty()) out_ += "\n" + tree;
  }

  void add_next_steps() {
    if (diagnosis_.next_steps.empty()) return;
    out_ += "\n" + paint_(Style::kHelp, "for a better answer:") + "\n";
    for (const std::string& step : diagnosis_.next_steps) add_row("  - " + printable(step), 4);
  }

  const Evidence& evidence_;
  const Diagnosis& diagnosis_;
  const DiagnosisTextOptions& options_;
  Paint paint_;
  GroupWriter groups_;
  std::string out_;
};

}  // namespace

std::string diagnosis_text(const Evidence& evidence, const Diagnosis& diagnosis,
                           const DiagnosisTextOptions& options) {
  return Page(evidence, diagnosis, options).write();
}

}  // namespace unpark::report
