#include "report/diagnosis_words.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <map>
#include <span>
#include <vector>

#include "evidence/function_name.h"
#include "evidence/redact.h"

namespace unpark::report {

namespace {

using diagnose::Diagnosis;
using diagnose::Group;
using diagnose::Strength;
using diagnose::Verdict;

// "v2", "v17": such an element says nothing without the one before it.
bool is_major_version(std::string_view element) {
  return element.size() > 1 && element[0] == 'v' &&
         element.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::string_view last_elements(std::string_view path, size_t count) {
  size_t at = path.size();
  while (count-- > 0) {
    if (at == 0) return path;
    size_t slash = path.find_last_of("/\\", at - 1);
    if (slash == std::string_view::npos) return path;
    at = slash;
  }
  return path.substr(at + 1);
}

std::string_view directory_of(std::string_view file) {
  size_t slash = file.find_last_of("/\\");
  return slash == std::string_view::npos ? std::string_view() : file.substr(0, slash);
}

// How many bytes at the end of `directory` are whole elements that end the import path, too.
size_t common_tail(std::string_view directory, std::string_view import_path) {
  size_t same = 0;
  size_t whole = 0;
  size_t most = std::min(directory.size(), import_path.size());
  while (same < most &&
         directory[directory.size() - same - 1] == import_path[import_path.size() - same - 1]) {
    same++;
    bool ends_here = same == directory.size() || directory[directory.size() - same - 1] == '/';
    bool ends_there =
        same == import_path.size() || import_path[import_path.size() - same - 1] == '/';
    if (ends_here && ends_there) whole = same;
  }
  return whole;
}

}  // namespace

std::string short_function(std::string_view name) {
  std::string text = evidence::canonical(name);
  evidence::FunctionName parts = evidence::split(text);
  if (parts.package.empty()) return text;
  std::string package = evidence::package_of(text);
  std::string_view last = last_elements(package, 1);
  if (is_major_version(last)) last = last_elements(package, 2);
  return std::string(last) + text.substr(parts.package.size());
}

std::string short_file(std::string_view file, std::string_view function,
                       std::string_view working_dir) {
  if (file.empty()) return "?";
  if (!working_dir.empty() && file.size() > working_dir.size() && file.starts_with(working_dir) &&
      file[working_dir.size()] == '/') {
    return std::string(file.substr(working_dir.size() + 1));
  }
  constexpr std::string_view kCache = "/pkg/mod/";
  if (size_t at = file.find(kCache); at != std::string_view::npos) {
    return std::string(file.substr(at + kCache.size()));
  }
  std::string_view directory = directory_of(file);
  size_t tail = common_tail(directory, evidence::package_of(function));
  if (tail > 0) return std::string(file.substr(directory.size() - tail));
  return std::string(last_elements(file, 2));
}

std::string number(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string amount(double value) {
  if (std::isnan(value)) return "?";
  std::string sign = value < 0 ? "-" : "";
  double size = std::fabs(value);
  if (size >= 1e18) return fmt::format("{}{:.2g}", sign, size);
  if (size >= 100 || size == std::floor(size)) {
    return sign + number(static_cast<uint64_t>(std::llround(size)));
  }
  return fmt::format("{}{:.3g}", sign, size);
}

std::string count_of(uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", number(count), one, count == 1 ? "" : "s");
}

std::string duration_text(int64_t ns) {
  if (ns < 0) return "-" + duration_text(ns == INT64_MIN ? INT64_MAX : -ns);
  int64_t seconds = ns / 1'000'000'000;
  if (ns < 1'000'000) return fmt::format("{}us", ns / 1000);
  if (ns < 1'000'000'000) return fmt::format("{}ms", ns / 1'000'000);
  if (seconds < 10 && ns % 1'000'000'000 != 0) {
    return fmt::format("{:.1f}s", static_cast<double>(ns) / 1e9);
  }
  if (seconds < 60) return fmt::format("{}s", seconds);
  int64_t minutes = seconds / 60;
  if (minutes < 60) {
    return seconds % 60 == 0 ? fmt::format("{}m", minutes)
                             : fmt::format("{}m{:02}s", minutes, seconds % 60);
  }
  int64_t hours = minutes / 60;
  if (hours < 48) {
    return minutes % 60 == 0 ? fmt::format("{}h", hours)
                             : fmt::format("{}h{:02}m", hours, minutes % 60);
  }
  return hours % 24 == 0 ? fmt::format("{}d", hours / 24)
                         : fmt::format("{}d{:02}h", hours / 24, hours % 24);
}

std::string minutes_text(uint64_t minutes) {
  if (minutes < 60) return fmt::format("{} min", minutes);
  constexpr uint64_t kMost = uint64_t{1} << 40;  // no overflow below
  return duration_text(static_cast<int64_t>(std::min(minutes, kMost / 1000)) * 60'000'000'000);
}

std::string bytes_text(int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = std::fabs(static_cast<double>(bytes));
  size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    unit++;
  }
  std::string sign = bytes < 0 ? "-" : "";
  return unit == 0 || size >= 100 ? fmt::format("{}{:.0f} {}", sign, size, kUnits[unit])
                                  : fmt::format("{}{:.1f} {}", sign, size, kUnits[unit]);
}

std::string time_text(int64_t ns) {
  int64_t seconds = ns / 1'000'000'000 - (ns % 1'000'000'000 < 0 ? 1 : 0);
  std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "?";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", parts);
}

// The table speaks of several; of one the verbs are others.
static std::string singular(std::string_view what) {
  constexpr std::pair<std::string_view, std::string_view> kStarts[] = {
      {"are senders", "is one of the senders"},
      {"are ", "is "},
      {"were ", "was "},
      {"wait", "waits"},
      {"stand", "stands"},
      {"accept", "accepts"},
      {"serve", "serves"},
      {"watch", "watches"},
      {"belong", "belongs"},
      {"run or are", "runs or is"},
  };
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"that they hold themselves", "that it holds itself"},
      {"locks that they hold from each other", "a lock whose holder waits for it"},
      {"members of", "a member of"},
      {"or wait for, timers", "or waits for, timers"},
      {"what they wait for", "what it waits for"},
  };
  std::string out(what);
  for (const auto& [plural, one] : kStarts) {
    if (!what.starts_with(plural)) continue;
    out.replace(0, plural.size(), one);
    break;
  }
  for (const auto& [plural, one] : kWords) {
    if (size_t at = out.find(plural); at != std::string::npos) out.replace(at, plural.size(), one);
  }
  return out;
}

std::string group_words(const Group& group) {
  std::string_view what = diagnose::info_of(group.mechanism).what;
  if (group.strength == Strength::kHung && group.mechanism == diagnose::Mechanism::kNone) {
    what = "stand where they were when their test ran out of time";
    if (group.count == 1) return "1 goroutine stands where its test ran out of time";
  }
  return fmt::format("{} {}", count_of(group.count, "goroutine"),
                     group.count == 1 ? singular(what) : std::string(what));
}

std::string state_words(const Group& group) {
  if (!group.states.empty() && !group.states[0].first.empty()) return group.states[0].first;
  if (group.reason != evidence::WaitReason::kNone) {
    return std::string(evidence::text_of(group.reason));
  }
  if (group.status != evidence::Status::kUnknown) {
    return std::string(evidence::text_of(group.status));
  }
  return "unknown";
}

// The loop at the root of a goroutine that serves a client's connection; empty: it is none.
static std::string_view connection_loop(const evidence::Evidence& evidence, const Group& group) {
  constexpr std::string_view kLoops[] = {"net/http.(*persistConn).readLoop",
                                         "net/http.(*persistConn).writeLoop"};
  for (evidence::FrameId frame : evidence.symbols[group.stack]) {
    std::string_view name = evidence.symbols.text(evidence.symbols[frame].function);
    for (std::string_view loop : kLoops) {
      if (name == loop) return loop;
    }
  }
  return "";
}

diagnose::GroupId other_half(const evidence::Evidence& evidence, const Diagnosis& diagnosis,
                             size_t group) {
  const Group& one = diagnosis.groups[group];
  std::string_view loop = connection_loop(evidence, one);
  if (loop.empty()) return {};
  for (size_t i = 0; i < group; i++) {
    const Group& other = diagnosis.groups[i];
    if (other.mechanism != one.mechanism || other.strength != one.strength) continue;
    std::string_view its = connection_loop(evidence, other);
    if (its.empty() || its == loop) continue;
    // A look may catch some connections with one of the two only.
    uint64_t apart = std::max(one.count, other.count) - std::min(one.count, other.count);
    if (apart <= 2 + other.count / 20) return diagnose::GroupId{static_cast<uint32_t>(i)};
  }
  return {};
}

bool is_undecided(const evidence::Evidence& evidence, const Diagnosis& diagnosis,
                  const Group& group) {
  constexpr uint64_t kMany = 20;
  auto looks = std::count_if(diagnosis.looks.begin(), diagnosis.looks.end(),
                             [&](const auto& look) { return look.process == group.process; });
  if (looks != 1 || group.strength != Strength::kNoticed) return false;
  if (group.count < kMany || group.mechanism == diagnose::Mechanism::kBusy) return false;
  // Whoever waits for other goroutines may pile up; what the standard library does else is load.
  if (evidence::kind_of(group.reason) == evidence::WaitKind::kSync) return true;
  std::span<const evidence::FrameId> frames = evidence.symbols[group.stack];
  if (group.blocking_frame >= frames.size()) return false;
  const evidence::Frame& frame = evidence.symbols[frames[group.blocking_frame]];
  if (frame.is_elision()) return false;
  return !evidence::is_standard(evidence.symbols.text(frame.function));
}

static std::string strengths_words(const Diagnosis& diagnosis) {
  std::array<uint64_t, static_cast<size_t>(Strength::kExpected) + 1> groups{};
  for (const Group& g : diagnosis.groups) groups[static_cast<size_t>(g.strength)]++;
  constexpr std::pair<Strength, std::string_view> kWords[] = {
      {Strength::kProven, "proven by the run time"},
      {Strength::kAlwaysBlocked, "blocked whatever happens"},
      {Strength::kDeadlock, "in a deadlock"},
      {Strength::kGrowing, "growing"},
      {Strength::kSurviving, "multiplying"},
      {Strength::kOutlived, "left over by tests"},
      {Strength::kHung, "of tests that ran out of time"},
      {Strength::kOldAndMany, "old and large"},
  };
  std::string out;
  for (const auto& [strength, words] : kWords) {
    uint64_t count = groups[static_cast<size_t>(strength)];
    if (count == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count_of(count, "group"), words);
  }
  return out;
}

// Of the last look at each process.
static uint64_t goroutines_at_last(const Diagnosis& diagnosis) {
  std::map<uint32_t, uint64_t> last;
  for (const diagnose::Look& look : diagnosis.looks) last[look.process] = look.goroutines;
  uint64_t sum = 0;
  for (const auto& [process, goroutines] : last) sum += goroutines;
  return sum;
}

std::string verdict_words(const Diagnosis& diagnosis) {
  std::string out(diagnose::name_of(diagnosis.verdict));
  std::string why;
  switch (diagnosis.verdict) {
    case Verdict::kLeak:
    case Verdict::kLikelyLeak:
    case Verdict::kHang:
      why = strengths_words(diagnosis);
      break;
    case Verdict::kSuspicious:
      why = strengths_words(diagnosis) + "; a second look would tell whether they ever end";
      break;
    case Verdict::kRaces:
      why = count_of(diagnosis.races.size(), "data race");
      if (!diagnosis.looks.empty()) why += ", no leak found";
      break;
    case Verdict::kNoLeakFound:
      if (!diagnosis.looks.empty()) {
        why = fmt::format("{} in {}", count_of(goroutines_at_last(diagnosis), "goroutine"),
                          count_of(diagnosis.looks.size(), "look"));
      }
      break;
    case Verdict::kNotEnough:
      why = !diagnosis.looks.empty()   ? "only goroutines that whoever printed them chose"
            : diagnosis.series.empty() ? "nothing in the evidence speaks of goroutines"
                                       : "only counters speak of goroutines";
      break;
  }
  if (!why.empty()) out += ": " + why;
  if (diagnosis.verdict != Verdict::kRaces && !diagnosis.races.empty()) {
    out += "; and " + count_of(diagnosis.races.size(), "data race");
  }
  return out;
}

std::string without_label_values(std::string_view metric) {
  size_t open = metric.find('{');
  return open == std::string_view::npos ? std::string(metric)
                                        : std::string(metric.substr(0, open)) + "{...}";
}

std::string Discretion::label_value(std::string_view key, std::string_view value) const {
  if (!redact_ || evidence::shows_label(key)) return std::string(value);
  return evidence::hidden_value(value);
}

std::string Discretion::object(uint64_t address) {
  if (!redact_) return fmt::format("0x{:x}", address);
  auto [at, added] = objects_.try_emplace(address, objects_.size() + 1);
  return fmt::format("object {}", at->second);
}

std::string Discretion::message(std::string_view text) const {
  return redact_ ? evidence::without_addresses(text) : std::string(text);
}

}  // namespace unpark::report
