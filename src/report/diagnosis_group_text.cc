#include "report/diagnosis_group_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "evidence/function_name.h"
#include "report/diagnosis_numbers.h"
#include "report/glyphs.h"
#include "report/wrap.h"

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

std::string GroupWriter::place_of_crash(const evidence::Goroutine& goroutine) const {
  for (evidence::FrameId id : evidence_.symbols[goroutine.stack]) {
    const Frame& frame = evidence_.symbols[id];
    if (frame.is_elision() || evidence::is_runtime(evidence_.symbols.text(frame.function)))
      continue;
    return frame_text(frame);
  }
  return "";
}

void GroupWriter::add_row(std::string_view row, size_t indent, std::string& out) const {
  out += wrapped(row, indent, options_.width) + "\n";
}

void GroupWriter::add_stack_row(std::string_view words, std::string& out) const {
  add_row("   " + paint_(Style::kGutter, "| ") + std::string(words), 7, out);
}

void GroupWriter::add_remark(std::string_view kind, std::string_view words,
                             std::string& out) const {
  if (words.empty()) return;
  Style style = kind == "help" ? Style::kHelp : Style::kBold;
  add_row("   " + paint_(Style::kGutter, "= ") + paint_(style, fmt::format("{}: ", kind)) +
              printable(words),
          5, out);
}

// The frame to change, then who called it.
void GroupWriter::add_stack(const Group& group, std::string& out) const {
  std::span<const evidence::FrameId> frames = evidence_.symbols[group.stack];
  std::string arrow = "  " + paint_(Style::kGutter, "--> ");
  std::string state = printable(state_words(group));
  if (frames.empty()) {
    add_row(fmt::format("{}a stack that the evidence does not show [{}]", arrow, state), 6, out);
    return;
  }
  size_t shown = std::min<size_t>(group.blocking_frame, frames.size() - 1);
  add_row(arrow + paint_(Style::kBold, frame_text(evidence_.symbols[frames[shown]])) +
              fmt::format(" [{}]", state),
          6, out);
  size_t all = options_.all ? frames.size() : without_start_of_goroutine(frames, shown + 1);
  size_t end = options_.all ? all : std::min(all, shown + 1 + kMostFrames);
  for (size_t i = shown + 1; i < end; i++) {
    const Frame& frame = evidence_.symbols[frames[i]];
    add_stack_row(!frame.is_elision() ? "called from " + frame_text(frame)
                  : frame.line == 0   ? "frames that the dump leaves out"
                                      : count_of(frame.line, "frame") + " left out",
                  out);
  }
  if (end < all) {
    add_stack_row(fmt::format("... and {} further out", count_of(all - end, "frame")), out);
  }
}

// How many frames there are without those of the run time that start every goroutine.
size_t GroupWriter::without_start_of_goroutine(std::span<const evidence::FrameId> frames,
                                               size_t least) const {
  size_t end = frames.size();
  while (end > least) {
    const Frame& frame = evidence_.symbols[frames[end - 1]];
    if (frame.is_elision() || !evidence::is_runtime(evidence_.symbols.text(frame.function))) break;
    end--;
  }
  return end;
}

void GroupWriter::add_counts(const Group& group, std::string& out) const {
  if (group.leaked > 0) {
    add_remark("proof",
               fmt::format("the run time found that nothing can reach what {} of them wait for",
                           number(group.leaked)),
               out);
  }
  add_remark("growth", growth_words(diagnosis_, group, options_.all), out);
  if (group.base_count) {
    int64_t change = static_cast<int64_t>(group.count) - *group.base_count;
    add_remark("base",
               fmt::format("{} there, {}{} here",
                           number(static_cast<uint64_t>(std::max<int64_t>(0, *group.base_count))),
                           change == 0 ? "+" : "", change_words(change)),
               out);
  }
  add_remark("age", age_words(diagnosis_, group), out);
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
  if (group.heap_bytes.value_or(0) != 0) {
    add(fmt::format("{} in use that its functions allocated", bytes_text(*group.heap_bytes)));
  }
  if (group.contention_ns.value_or(0) != 0) {
    add(fmt::format("{} of waiting for locks and channels at this place",
                    duration_text(*group.contention_ns)));
  }
  add_remark("cost", words, out);
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
  add_remark("labels", words, out);
}

// The line that a heap profile names.
void GroupWriter::add_origin(const Group& group, std::string& out) const {
  if (!group.origin.exists()) return;
  uint64_t objects = static_cast<uint64_t>(std::max<int64_t>(0, group.origin_objects));
  add_remark("comes from",
             fmt::format("{}, by the heap profile: {} in use",
                         frame_text(evidence_.symbols[group.origin]), count_of(objects, "object")),
             out);
}

// What makes the group what it is called, and what to do.
void GroupWriter::add_reasons(size_t index, std::string& out) {
  const Group& group = diagnosis_.groups[index];
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
  add_remark("rank", rank_words(group), out);
  add_remark("expected", group.benign, out);
  if (!group.origin.exists()) add_remark("note", group.missing, out);
  add_remark("help", diagnose::info_of(group.mechanism).advice, out);
}

void GroupWriter::add_group(size_t index, std::string& out) {
  const Group& group = diagnosis_.groups[index];
  const diagnose::MechanismInfo& info = diagnose::info_of(group.mechanism);
  diagnose::GroupId half = other_half(evidence_, diagnosis_, index);
  std::string rule = info.rule.empty() ? "" : fmt::format("{} ", info.rule);
  std::string what = half.exists() ? fmt::format("{} of the same connections as #{}",
                                                 count_of(group.count, "goroutine"), half.raw + 1)
                                   : group_words(group);
  add_row(paint_(style_of(group.strength),
                 fmt::format("#{} {}[{}{}]", index + 1, diagnose::name_of(group.strength), rule,
                             info.name)) +
              paint_(Style::kBold, ": " + what),
          3, out);
  add_stack(group, out);
  if (group.created_by.exists()) {
    std::string words = frame_text(evidence_.symbols[group.created_by]);
    if (group.creators > 1) words += fmt::format(", by {} goroutines", number(group.creators));
    add_remark("started", words, out);
  }
  if (half.exists()) {
    add_resources(group, out);
    add_remark("rank", rank_words(group), out);
    return;
  }
  add_origin(group, out);
  add_counts(group, out);
  add_reasons(index, out);
}

void GroupWriter::add_line(size_t index, std::string& out) {
  const Group& group = diagnosis_.groups[index];
  std::span<const evidence::FrameId> frames = evidence_.symbols[group.stack];
  std::string place = "a stack that the evidence does not show";
  if (!frames.empty()) {
    size_t shown = std::min<size_t>(group.blocking_frame, frames.size() - 1);
    place = frame_text(evidence_.symbols[frames[shown]]);
  }
  constexpr size_t kBefore = 5 + 1 + 9 + 1;  // as here
  std::string row = fmt::format("{:>5} {:>9} {} [{}]", fmt::format("#{}", index + 1),
                                number(group.count), place, printable(state_words(group)));
  if (!group.benign.empty()) row += " " + paint_(Style::kInfo, printable(group.benign));
  add_row(row, kBefore, out);
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
  add_row(paint_(Style::kError, "deadlock") + paint_(Style::kBold, ": " + words), 3, out);
}

void GroupWriter::add_race_stack(evidence::StackId stack, std::string& out) const {
  if (evidence_.symbols[stack].empty()) {
    add_stack_row("  the report does not have its stack", out);
  }
  size_t shown = 0;
  for (evidence::FrameId frame : evidence_.symbols[stack]) {
    if (shown++ == kMostFrames && !options_.all) {
      add_stack_row("  ...", out);
      break;
    }
    add_stack_row("  " + frame_text(evidence_.symbols[frame]), out);
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
  add_row(paint_(Style::kError, "race") + paint_(Style::kBold, ": " + words), 3, out);
  for (size_t i = 0; i < race.accesses.size(); i++) {
    add_stack_row(fmt::format("{}{} by {}", i == 0 ? "" : "earlier ",
                              words_of(race.accesses[i].kind), who_accessed(race.accesses[i])),
                  out);
    add_race_stack(race.accesses[i].stack, out);
  }
  for (const evidence::RaceCreation& creation : race.creations) {
    add_stack_row(fmt::format("goroutine {} ({}) was started", creation.goroutine,
                              creation.running ? "running" : "finished"),
                  out);
    add_race_stack(creation.stack, out);
  }
  add_remark("note", discretion_.message(race.note), out);
  if (group.reports > 1) add_remark("reports", number(group.reports), out);
  add_remark("fingerprint", group.fingerprint, out);
}

}  // namespace unpark::report
