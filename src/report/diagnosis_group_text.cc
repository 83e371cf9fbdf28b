#include "report/diagnosis_group_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/glyphs.h"

namespace unpark::report {

using diagnose::Edge;
using diagnose::Group;
using diagnose::Known;
using diagnose::Strength;
using evidence::Frame;

namespace {

constexpr size_t kMostFrames = 8;
constexpr size_t kMostEdges = 4;
constexpr size_t kMostLabels = 6;

Style style_of(Strength strength) {
  switch (strength) {
    case Strength::kProven:
    case Strength::kAlwaysBlocked:
    case Strength::kDeadlock:
      return Style::kError;
    case Strength::kGrowing:
    case Strength::kSurviving:
    case Strength::kOutlived:
    case Strength::kHung:
    case Strength::kOldAndMany:
      return Style::kWarning;
    case Strength::kNoticed:
    case Strength::kExpected:
      return Style::kInfo;
  }
  return Style::kPlain;
}

std::string_view words_of(Known known) {
  switch (known) {
    case Known::kAddress:
      return "both show the same object";
    case Known::kField:
      return "the object is part of the one whose method it runs";
    case Known::kStale:
      return "by an address that may be stale";
    case Known::kCreator:
      return "by who started whom";
    case Known::kFrames:
      return "by their stacks alone";
  }
  return "";
}

std::string_view words_of(evidence::RaceAccess::Kind kind) {
  switch (kind) {
    case evidence::RaceAccess::kRead:
      return "read";
    case evidence::RaceAccess::kWrite:
      return "write";
    case evidence::RaceAccess::kAtomicRead:
      return "atomic read";
    case evidence::RaceAccess::kAtomicWrite:
      return "atomic write";
    case evidence::RaceAccess::kUnknown:
      break;
  }
  return "access";
}

std::string who_accessed(const evidence::RaceAccess& access) {
  if (access.by_main) return "the main goroutine";
  return access.goroutine == 0 ? "a goroutine that is not named"
                               : fmt::format("goroutine {}", access.goroutine);
}

std::string probability_text(double p) {
  return p < 0.001 ? "less than 0.001" : fmt::format("{:.3f}", p);
}

}  // namespace

GroupWriter::GroupWriter(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                         const DiagnosisTextOptions& options)
    : evidence_(evidence),
      diagnosis_(diagnosis),
      options_(options),
      paint_(options.color),
      discretion_(options.redact) {}

std::string GroupWriter::frame_text(const Frame& frame) const {
  std::string_view function = evidence_.symbols.text(frame.function);
  std::string_view file = evidence_.symbols.text(frame.file);
  if ((frame.flags & evidence::kNoPlace) || file.empty()) {
    return printable(short_function(function));
  }
  return printable(fmt::format("{}:{} in {}", short_file(file, function, options_.working_dir),
                               frame.line, short_function(function)));
}

void GroupWriter::add_remark(std::string_view kind, std::string_view words,
                             std::string& out) const {
  Style style = kind == "help" ? Style::kHelp : Style::kBold;
  out += "   " + paint_(Style::kGutter, "= ") + paint_(style, fmt::format("{}: ", kind)) +
         printable(words) + "\n";
}

// The frame to change, then who called it.
void GroupWriter::add_stack(const Group& group, std::string& out) const {
  std::span<const evidence::FrameId> frames = evidence_.symbols[group.stack];
  std::string state = printable(state_words(group));
  if (frames.empty()) {
    out += "  " + paint_(Style::kGutter, "--> ") +
           fmt::format("a stack that the evidence does not show [{}]\n", state);
    return;
  }
  size_t shown = std::min<size_t>(group.blocking_frame, frames.size() - 1);
  out += "  " + paint_(Style::kGutter, "--> ") +
         paint_(Style::kBold, frame_text(evidence_.symbols[frames[shown]])) +
         fmt::format(" [{}]\n", state);
  size_t end = options_.all ? frames.size() : std::min(frames.size(), shown + 1 + kMostFrames);
  for (size_t i = shown + 1; i < end; i++) {
    const Frame& frame = evidence_.symbols[frames[i]];
    std::string words = frame.is_elision()
                            ? (frame.line == 0 ? std::string("frames that the dump leaves out")
                                               : count_of(frame.line, "frame") + " left out")
                            : "called from " + frame_text(frame);
    out += "   " + paint_(Style::kGutter, "| ") + words + "\n";
  }
  if (end < frames.size()) {
    out += "   " + paint_(Style::kGutter, "| ") +
           fmt::format("... and {}\n", count_of(frames.size() - end, "frame") + " further out");
  }
}

std::string GroupWriter::growth_text(const Group& group) const {
  std::string words;
  size_t first = group.looks.size() > 6 && !options_.all ? group.looks.size() - 6 : 0;
  if (first > 0) words = number(group.looks[0].count) + " ... ";
  for (size_t i = first; i < group.looks.size(); i++) {
    words += fmt::format("{}{}", i == first ? "" : " -> ", number(group.looks[i].count));
  }
  const diagnose::Growth& growth = group.growth;
  if (growth.per_hour != 0) {
    words += fmt::format(", {} per hour", amount(growth.per_hour));
  } else if (growth.per_look != 0) {
    words += fmt::format(", {} per look", amount(growth.per_look));
  }
  if (growth.tested && group.looks.size() >= 5) {
    words += "; probability that it is chance: " + probability_text(growth.probability);
  }
  const diagnose::GroupLook& last = group.looks.back();
  if (last.ids_known && last.survivors + last.births + last.deaths > 0) {
    words += fmt::format("; since the look before {} still there, {} new, {} gone",
                         number(last.survivors), number(last.births), number(last.deaths));
  }
  return words;
}

void GroupWriter::add_counts(const Group& group, std::string& out) const {
  if (group.leaked > 0) {
    add_remark("proof",
               fmt::format("the run time found that nothing can reach what {} of them wait for",
                           number(group.leaked)),
               out);
  }
  if (group.looks.size() > 1) add_remark("growth", growth_text(group), out);
  if (group.base_count) {
    int64_t change = static_cast<int64_t>(group.count) - *group.base_count;
    add_remark("base",
               fmt::format("{} there, {}{} here",
                           number(static_cast<uint64_t>(std::max<int64_t>(0, *group.base_count))),
                           change >= 0 ? "+" : "", amount(static_cast<double>(change))),
               out);
  }
}

void GroupWriter::add_ages(const Group& group, std::string& out) const {
  const diagnose::Ages& ages = group.ages;
  if (!ages.oldest_minutes) return;
  uint64_t known = 0;
  for (uint64_t count : ages.count) known += count;
  bool at_least = ages.lower_bounds > 0 && ages.lower_bounds >= known;
  std::string words = at_least ? "oldest at least " : "oldest ";
  words += minutes_text(*ages.oldest_minutes);
  if (!diagnosis_.looks.empty() && diagnosis_.looks.back().time_ns) {
    constexpr int64_t kMinute = 60'000'000'000;
    words += fmt::format(
        " (since {}{})",
        time_text(*diagnosis_.looks.back().time_ns - int64_t{*ages.oldest_minutes} * kMinute),
        at_least ? " or before" : "");
  }
  if (ages.median_minutes) words += ", median " + minutes_text(*ages.median_minutes);
  if (ages.lower_bounds > 0 && !at_least) {
    words += fmt::format("; a lower bound for {}", number(ages.lower_bounds));
  }
  if (ages.unknown > 0) words += fmt::format("; not known for {}", number(ages.unknown));
  add_remark("age", words, out);
}

std::string GroupWriter::goroutine_text(uint64_t goroutine, diagnose::GroupId group) const {
  std::string out = goroutine == 0 ? "goroutines" : fmt::format("goroutine {}", goroutine);
  if (group.exists()) out += fmt::format(" of #{}", group.raw + 1);
  return out;
}

std::string GroupWriter::waited_for(const Edge& edge) {
  std::string object = edge.object == 0 ? "" : discretion_.object(edge.object) + ", ";
  std::string who = goroutine_text(edge.to_goroutine, edge.to);
  switch (edge.role) {
    case Edge::kHolder:
      return fmt::format("{}held by {} ({})", object, who, words_of(edge.known));
    case Edge::kWaker:
      return fmt::format("{}which {} could end ({})", object.empty() ? "something, " : object, who,
                         words_of(edge.known));
    case Edge::kNotShown:
      return object + "somebody whom the evidence does not show";
    case Edge::kNobody:
      return object + "nobody: no goroutine in sight could end it";
    case Edge::kSelf:
      return fmt::format("{}which {} holds already ({})", object.empty() ? "a lock, " : object, who,
                         words_of(edge.known));
  }
  return "";
}

void GroupWriter::add_waits(size_t index, std::string& out) {
  size_t listed = 0;
  size_t more = 0;
  uint64_t held_up = 0;
  for (const Edge& edge : diagnosis_.edges) {
    bool here = edge.from.exists() && edge.from.raw == index;
    if (edge.role == Edge::kHolder && !here && edge.to.exists() && edge.to.raw == index) {
      held_up += edge.count;
    }
    if (!here) continue;
    if (listed == kMostEdges && !options_.all) {
      more++;
      continue;
    }
    listed++;
    std::string from =
        edge.from_goroutine == 0 ? "" : fmt::format("goroutine {} waits for ", edge.from_goroutine);
    std::string several = edge.count > 1 && edge.count != diagnosis_.groups[index].count
                              ? fmt::format(" (x{})", number(edge.count))
                              : "";
    add_remark("waits for", from + waited_for(edge) + several, out);
  }
  if (more > 0) add_remark("waits for", count_of(more, "more") + " like these", out);
  if (held_up > 0) {
    add_remark("holds up", count_of(held_up, "goroutine") + " of other groups", out);
  }
}

void GroupWriter::add_resources(const Group& group, std::string& out) const {
  std::string words;
  auto add = [&](std::string text) { words += (words.empty() ? "" : "; ") + text; };
  if (group.stack_bytes > 0) {
    add(fmt::format("at least {} of stacks", bytes_text(static_cast<int64_t>(group.stack_bytes))));
  }
  if (group.heap_bytes) {
    add(fmt::format("{} in use that its functions allocated", bytes_text(*group.heap_bytes)));
  }
  if (group.contention_ns) {
    add(fmt::format("{} of waiting for locks and channels at this place",
                    duration_text(*group.contention_ns)));
  }
  if (!words.empty()) add_remark("cost", words, out);
  if (group.locked_to_thread > 0) {
    add_remark("threads",
               fmt::format("{} hold a thread each (LockOSThread)", number(group.locked_to_thread)),
               out);
  }
}

void GroupWriter::add_labels(const Group& group, std::string& out) const {
  std::string words;
  size_t shown = 0;
  for (const auto& [label, count] : group.labels) {
    if (shown++ == kMostLabels && !options_.all) {
      words += ", ...";
      break;
    }
    std::string_view key = evidence_.symbols.text(label.key);
    std::string value = discretion_.label_value(key, evidence_.symbols.text(label.value));
    words += fmt::format("{}{}={} ({})", words.empty() ? "" : ", ", key, value, number(count));
  }
  if (!words.empty()) add_remark("labels", words, out);
}

void GroupWriter::add_terms(const Group& group, std::string& out) const {
  std::string words;
  for (const diagnose::Term& term : group.terms) {
    if (term.value == 0 && term.name != "strength") continue;
    std::string value = term.name == "strength" ? std::string(diagnose::name_of(group.strength))
                                                : amount(term.value);
    std::string_view unit = term.unit;
    if (term.value == 1 && unit.ends_with('s')) unit.remove_suffix(1);
    words += fmt::format("{}{} {}{}{}", words.empty() ? "" : ", ", term.name, value,
                         unit.empty() ? "" : " ", unit);
  }
  if (!words.empty()) add_remark("rank", words, out);
}

void GroupWriter::add_group(size_t index, std::string& out) {
  const Group& group = diagnosis_.groups[index];
  const diagnose::MechanismInfo& info = diagnose::info_of(group.mechanism);
  std::string rule = info.rule.empty() ? "" : fmt::format("{} ", info.rule);
  out += paint_(
      style_of(group.strength),
      fmt::format("#{} {}[{}{}]", index + 1, diagnose::name_of(group.strength), rule, info.name));
  out += paint_(Style::kBold, ": " + group_words(group)) + "\n";
  add_stack(group, out);
  if (group.created_by.exists()) {
    std::string words = frame_text(evidence_.symbols[group.created_by]);
    if (group.creators > 1) words += fmt::format(", by {} goroutines", number(group.creators));
    add_remark("started", words, out);
  }
  if (group.origin.exists()) {
    add_remark(
        "comes from",
        fmt::format(
            "{}, {} in use", frame_text(evidence_.symbols[group.origin]),
            count_of(static_cast<uint64_t>(std::max<int64_t>(0, group.origin_objects)), "object")),
        out);
  }
  add_counts(group, out);
  add_ages(group, out);
  add_waits(index, out);
  if (group.objects > 0 && group.count > 1) {
    add_remark("objects",
               group.shared_object != 0
                   ? "most wait at " + discretion_.object(group.shared_object)
                   : fmt::format("{} different ones: one for each request or connection, it seems",
                                 number(group.objects)),
               out);
  }
  add_resources(group, out);
  add_labels(group, out);
  add_terms(group, out);
  if (!group.benign.empty()) add_remark("expected", group.benign, out);
  if (!group.missing.empty()) add_remark("note", group.missing, out);
  if (!info.advice.empty()) add_remark("help", info.advice, out);
}

void GroupWriter::add_line(size_t index, std::string& out) {
  const Group& group = diagnosis_.groups[index];
  std::span<const evidence::FrameId> frames = evidence_.symbols[group.stack];
  std::string place = "a stack that the evidence does not show";
  if (!frames.empty()) {
    size_t shown = std::min<size_t>(group.blocking_frame, frames.size() - 1);
    place = frame_text(evidence_.symbols[frames[shown]]);
  }
  out += fmt::format("{:>5} {:>9} {}", fmt::format("#{}", index + 1), number(group.count), place);
  out += fmt::format(" [{}]", printable(state_words(group)));
  if (!group.benign.empty()) out += " " + paint_(Style::kInfo, printable(group.benign));
  out += "\n";
}

void GroupWriter::add_cycle(const diagnose::LockCycle& cycle, std::string& out) {
  std::string words;
  const Edge* last = nullptr;
  for (uint32_t index : cycle.edges) {
    if (index >= diagnosis_.edges.size()) continue;
    last = &diagnosis_.edges[index];
    words += words.empty() ? goroutine_text(last->from_goroutine, last->from) : ", which";
    words += fmt::format(" waits for {}, held by {}",
                         last->object == 0 ? "a lock" : discretion_.object(last->object),
                         goroutine_text(last->to_goroutine, last->to));
  }
  out += paint_(Style::kError, "deadlock") + paint_(Style::kBold, ": " + words) + "\n";
}

void GroupWriter::add_race_stack(evidence::StackId stack, std::string& out) const {
  if (evidence_.symbols[stack].empty()) {
    out += "   " + paint_(Style::kGutter, "|   ") + "the report does not have its stack\n";
  }
  size_t shown = 0;
  for (evidence::FrameId frame : evidence_.symbols[stack]) {
    if (shown++ == kMostFrames && !options_.all) {
      out += "   " + paint_(Style::kGutter, "|   ") + "...\n";
      break;
    }
    out += "   " + paint_(Style::kGutter, "|   ") + frame_text(evidence_.symbols[frame]) + "\n";
  }
}

void GroupWriter::add_race(const diagnose::RaceGroup& group, std::string& out) {
  const evidence::Race& race = evidence_.snapshots[group.snapshot].races[group.race];
  std::string words;
  for (size_t i = 0; i < race.accesses.size(); i++) {
    words += fmt::format("{}{} by {}", i == 0 ? "" : " and an earlier ",
                         words_of(race.accesses[i].kind), who_accessed(race.accesses[i]));
  }
  if (race.accesses.size() < 2)
    words += words.empty() ? "no access is shown" : "; the other is cut";
  out += paint_(Style::kError, "race") + paint_(Style::kBold, ": " + words) + "\n";
  for (size_t i = 0; i < race.accesses.size(); i++) {
    out += "   " + paint_(Style::kGutter, "| ") +
           fmt::format("{}{} by {}\n", i == 0 ? "" : "earlier ", words_of(race.accesses[i].kind),
                       who_accessed(race.accesses[i]));
    add_race_stack(race.accesses[i].stack, out);
  }
  for (const evidence::RaceCreation& creation : race.creations) {
    out += "   " + paint_(Style::kGutter, "| ") +
           fmt::format("goroutine {} ({}) was started\n", creation.goroutine,
                       creation.running ? "running" : "finished");
    add_race_stack(creation.stack, out);
  }
  if (!race.note.empty()) add_remark("note", discretion_.message(race.note), out);
  if (group.reports > 1) add_remark("reports", number(group.reports), out);
  add_remark("fingerprint", group.fingerprint, out);
}

}  // namespace unpark::report
