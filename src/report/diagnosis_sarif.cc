// What readers of SARIF want shapes what is written: a region of one line, because a change shows
// only what lies inside it; all four of its numbers; related locations linked from the message,
// because others are not shown; the number of a step in its text, because threads may be shown one
// after the other; no more than 100 frames of a stack, because files that are too large are
// refused.
#include "report/diagnosis_sarif.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "evidence/function_name.h"
#include "report/diagnosis_words.h"

namespace unpark::report {

namespace {

using diagnose::Diagnosis;
using diagnose::Group;
using evidence::Evidence;
using evidence::Frame;
using evidence::FrameId;
using evidence::Race;
using evidence::RaceAccess;
using evidence::StackId;
using Json = nlohmann::ordered_json;

constexpr size_t kMostFrames = 100;
constexpr size_t kMostResults = 5000;
constexpr std::string_view kRaceRule = "data-race";

std::string_view words_of(RaceAccess::Kind kind) {
  switch (kind) {
    case RaceAccess::kRead:
      return "read";
    case RaceAccess::kWrite:
      return "write";
    case RaceAccess::kAtomicRead:
      return "atomic read";
    case RaceAccess::kAtomicWrite:
      return "atomic write";
    case RaceAccess::kUnknown:
      break;
  }
  return "access";
}

std::string goroutine_words(const RaceAccess& access) {
  if (access.by_main) return "the main goroutine";
  return access.goroutine == 0 ? "a goroutine" : fmt::format("goroutine {}", access.goroutine);
}

// Bytes that may stand in a URI reference; all others are percent-encoded.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@:";
  std::string out;
  for (char c : path) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 kPlain.find(c) != std::string_view::npos;
    if (c == '\\') {
      out += '/';
    } else if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

class Writer {
 public:
  Writer(const Evidence& evidence, const Diagnosis& diagnosis, const SarifOptions& options)
      : evidence_(evidence), diagnosis_(diagnosis), options_(options), shown_(options.redact) {}

  Json write() {
    Json results = Json::array();
    for (const diagnose::RaceGroup& race : diagnosis_.races) {
      if (results.size() < kMostResults) results.push_back(race_result(race));
    }
    for (const Group& group : diagnosis_.groups) {
      bool told = is_finding(group) && results.size() < kMostResults;
      if (told && place_of(group).exists()) results.push_back(group_result(group));
    }
    Json driver = {{"name", "unpark"},
                   {"version", options_.version},
                   {"semanticVersion", options_.version},
                   {"rules", std::move(rules_)}};
    Json notifications = Json::array();
    for (const evidence::Input& input : evidence_.inputs) {
      if (input.error.empty()) continue;
      notifications.push_back(
          {{"level", "error"},
           {"message", {{"text", input.name + ": " + shown_.message(input.error)}}}});
    }
    Json invocation = {{"executionSuccessful", notifications.empty()},
                       {"toolExecutionNotifications", std::move(notifications)}};
    Json run = {{"tool", {{"driver", std::move(driver)}}},
                {"columnKind", "unicodeCodePoints"},
                {"automationDetails", {{"id", "unpark/diagnose/"}}},
                {"invocations", Json::array({std::move(invocation)})},
                {"results", std::move(results)}};
    return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({std::move(run)})}};
  }

 private:
  // The rule's place in the list, which gets it when it is not there yet.
  size_t rule_index(std::string_view id, std::string_view name, std::string_view summary,
                    std::string_view help, std::string_view level) {
    auto at = std::find(rule_ids_.begin(), rule_ids_.end(), id);
    size_t index = static_cast<size_t>(at - rule_ids_.begin());
    if (at != rule_ids_.end()) return index;
    rule_ids_.emplace_back(id);
    rules_.push_back({{"id", id},
                      {"name", name},
                      {"shortDescription", {{"text", summary}}},
                      {"fullDescription", {{"text", summary}}},
                      {"help", {{"text", help}, {"markdown", help}}},
                      {"defaultConfiguration", {{"level", level}}},
                      {"properties",
                       {{"tags", {"concurrency", "goroutines"}},
                        {"precision", "high"},
                        {"problem.severity", level}}}});
    return index;
  }

  Json location(FrameId id) const {
    const Frame& frame = evidence_.symbols[id];
    std::string_view function = evidence_.symbols.text(frame.function);
    std::string_view file = evidence_.symbols.text(frame.file);
    Json out;
    if (!file.empty()) {
      std::string path = short_file(file, function, options_.working_dir);
      uint32_t line = std::max<uint32_t>(1, frame.line);
      out["physicalLocation"] = {
          {"artifactLocation", {{"uri", uri_of(path)}}},
          {"region",
           {{"startLine", line}, {"startColumn", 1}, {"endLine", line}, {"endColumn", 2}}}};
    }
    out["logicalLocations"] = Json::array(
        {{{"fullyQualifiedName", evidence::canonical(function)}, {"kind", "function"}}});
    return out;
  }

  // The frame to show of a race's stack: the innermost of the user's own code.
  FrameId place_of(StackId stack) const {
    std::span<const FrameId> frames = evidence_.symbols[stack];
    for (FrameId frame : frames) {
      std::string_view name = evidence_.symbols.text(evidence_.symbols[frame].function);
      if (!evidence_.symbols[frame].is_elision() && !evidence::is_standard(name)) return frame;
    }
    return frames.empty() ? FrameId() : frames[0];
  }

  FrameId place_of(const Group& group) const {
    std::span<const FrameId> frames = evidence_.symbols[group.stack];
    if (frames.empty()) return group.created_by;
    return frames[std::min<size_t>(group.blocking_frame, frames.size() - 1)];
  }

  // The stack as steps, the outermost call first: that is the order of time.
  void add_steps(StackId stack, std::string_view words, size_t nesting, Json& steps) {
    std::span<const FrameId> frames = evidence_.symbols[stack];
    for (size_t i = std::min(frames.size(), kMostFrames); i-- > 0;) {
      if (evidence_.symbols[frames[i]].is_elision()) continue;
      Json where = location(frames[i]);
      step_++;
      std::string function =
          short_function(evidence_.symbols.text(evidence_.symbols[frames[i]].function));
      where["message"] = {{"text", i == 0 ? fmt::format("{}. {} in {}", step_, words, function)
                                          : fmt::format("{}. call in {}", step_, function)}};
      steps.push_back({{"location", std::move(where)},
                       {"executionOrder", step_},
                       {"nestingLevel", nesting + frames.size() - 1 - i},
                       {"importance", i == 0 ? "essential" : "unimportant"}});
    }
  }

  const evidence::RaceCreation* creation_of(const Race& race, const RaceAccess& access) const {
    for (const evidence::RaceCreation& creation : race.creations) {
      if (access.goroutine != 0 && creation.goroutine == access.goroutine) return &creation;
    }
    return nullptr;
  }

  Json race_result(const diagnose::RaceGroup& group) {
    const Race& race = evidence_.snapshots[group.snapshot].races[group.race];
    Json flows = Json::array();
    Json related = Json::array();
    std::string message = "data race:";
    step_ = 0;
    // The earlier access came second in the report and first in time.
    for (size_t i = race.accesses.size(); i-- > 0;) {
      Json steps = Json::array();
      const RaceAccess& access = race.accesses[i];
      std::string who = goroutine_words(access);
      if (const evidence::RaceCreation* creation = creation_of(race, access)) {
        add_steps(creation->stack, who + " is started", 0, steps);
        add_related(creation->stack, who + " started here", related);
      }
      std::string what = fmt::format("{} by {}", words_of(access.kind), who);
      add_steps(access.stack, what, 0, steps);
      if (!steps.empty()) flows.push_back({{"id", who}, {"locations", std::move(steps)}});
    }
    for (size_t i = 0; i < race.accesses.size(); i++) {
      const RaceAccess& access = race.accesses[i];
      std::string what = fmt::format("{} by {}", words_of(access.kind), goroutine_words(access));
      size_t id = add_related(access.stack, what, related);
      std::string link = id == 0 ? what : fmt::format("[{}]({})", what, id);
      message += fmt::format("{} {}", i == 0 ? "" : " and an earlier", link);
    }
    if (race.accesses.size() < 2) {
      message += race.accesses.empty() ? "" : ";";
      message += " the report does not show both accesses";
    }
    Json out;
    out["ruleId"] = kRaceRule;
    out["ruleIndex"] = rule_index(kRaceRule, "DataRace",
                                  "Two goroutines use the same memory at the same time, and at "
                                  "least one of them writes",
                                  "Let one goroutine own the data, or hold a lock around every "
                                  "access, or use sync/atomic for all of them.",
                                  "error");
    out["level"] = "error";
    out["message"] = {{"text", message}};
    FrameId place = race.accesses.empty() ? FrameId() : place_of(race.accesses[0].stack);
    out["locations"] = Json::array();
    if (place.exists()) out["locations"].push_back(location(place));
    out["relatedLocations"] = std::move(related);
    if (!flows.empty()) out["codeFlows"] = Json::array({{{"threadFlows", std::move(flows)}}});
    add_fingerprint(group.fingerprint, out);
    out["properties"] = {{"reports", group.reports}};
    return out;
  }

  // Gives its id, from 1; 0 when the stack has no place.
  size_t add_related(StackId stack, std::string_view words, Json& related) const {
    FrameId place = place_of(stack);
    if (!place.exists()) return 0;
    size_t id = related.size() + 1;
    Json one = {{"id", id}};
    one.update(location(place));
    one["message"] = {{"text", words}};
    related.push_back(std::move(one));
    return id;
  }

  Json group_result(const Group& group) {
    const diagnose::MechanismInfo& info = diagnose::info_of(group.mechanism);
    std::string_view level = group.strength <= diagnose::Strength::kDeadlock ? "error" : "warning";
    std::string_view id = info.rule.empty() ? info.name : info.rule;
    std::string summary = fmt::format("Goroutines that {}", info.what);
    std::string_view help = info.advice.empty() ? "Look at what they wait for." : info.advice;
    Json related = Json::array();
    std::string message =
        fmt::format("{} ({})", group_words(group), diagnose::name_of(group.strength));
    if (group.created_by.exists()) {
      Json started = {{"id", 1}};
      started.update(location(group.created_by));
      started["message"] = {{"text", "started here"}};
      related.push_back(std::move(started));
      message += ", [started here](1)";
    }
    if (!info.advice.empty()) message += fmt::format("; {}", info.advice);
    Json steps = Json::array();
    step_ = 0;
    add_steps(group.stack, state_words(group), 0, steps);
    Json out;
    out["ruleId"] = id;
    out["ruleIndex"] = rule_index(id, info.name, summary, help, level);
    out["level"] = level;
    out["message"] = {{"text", message}};
    out["locations"] = Json::array({location(place_of(group))});
    out["relatedLocations"] = std::move(related);
    if (!steps.empty()) {
      out["codeFlows"] =
          Json::array({{{"threadFlows", Json::array({{{"locations", std::move(steps)}}})}}});
    }
    add_fingerprint(group.fingerprint, out);
    out["properties"] = {{"count", group.count},
                         {"strength", diagnose::name_of(group.strength)},
                         {"mechanism", info.name}};
    return out;
  }

  // The first is ours; the second is the one that code scanning knows. It is made from the line's
  // text there; no text is at hand here, so that it stays the same as long as our own does.
  void add_fingerprint(const std::string& fingerprint, Json& out) {
    uint64_t hash = base::hash64(fingerprint);
    size_t occurrence = 1;
    while (!hashes_.insert({hash, occurrence}).second) occurrence++;
    out["partialFingerprints"] = {
        {"unpark/v1", fingerprint},
        {"primaryLocationLineHash", fmt::format("{:x}:{}", hash, occurrence)}};
  }

  const Evidence& evidence_;
  const Diagnosis& diagnosis_;
  const SarifOptions& options_;
  Discretion shown_;
  Json rules_ = Json::array();
  std::vector<std::string> rule_ids_;
  std::set<std::pair<uint64_t, size_t>> hashes_;
  size_t step_ = 0;
};

}  // namespace

std::string diagnosis_sarif(const Evidence& evidence, const Diagnosis& diagnosis,
                            const SarifOptions& options) {
  Json out = Writer(evidence, diagnosis, options).write();
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace unpark::report
