#include "report/diagnosis_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "report/diagnosis_words.h"

namespace unpark::report {

namespace {

using diagnose::Diagnosis;
using diagnose::Edge;
using diagnose::Group;
using evidence::Evidence;
using evidence::Snapshot;
using Json = nlohmann::ordered_json;

std::string_view name_of(evidence::Note::Kind kind) {
  constexpr std::string_view kNames[] = {"cut",      "lost",    "mangled", "mixed",
                                         "mismatch", "unknown", "instead", "limit"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view name_of(Edge::Role role) {
  constexpr std::string_view kNames[] = {"holder", "waker", "not shown", "nobody", "self"};
  return kNames[static_cast<size_t>(role)];
}

std::string_view name_of(evidence::RaceAccess::Kind kind) {
  constexpr std::string_view kNames[] = {"read", "write", "atomic read", "atomic write", "unknown"};
  return kNames[static_cast<size_t>(kind)];
}

// JSON has no infinities.
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json time_or_null(const std::optional<int64_t>& ns) { return ns ? Json(time_text(*ns)) : Json(); }

class Writer {
 public:
  Writer(const Evidence& evidence, const Diagnosis& diagnosis, const DiagnosisJsonOptions& options)
      : evidence_(evidence), diagnosis_(diagnosis), options_(options), shown_(options.redact) {}

  Json write() {
    Json out;
    out["verdict"] = diagnose::name_of(diagnosis_.verdict);
    out["summary"] = verdict_words(diagnosis_);
    out["inputs"] = list(evidence_.inputs.size(), [&](size_t i) { return input(i); });
    out["looks"] = list(diagnosis_.looks.size(), [&](size_t i) { return look(i); });
    out["restarts"] = diagnosis_.restarts;
    out["notes"] = diagnosis_.notes;
    out["groups"] = list(diagnosis_.groups.size(), [&](size_t i) { return group(i); });
    out["waitsFor"] = list(diagnosis_.edges.size(), [&](size_t i) { return edge(i); });
    out["deadlocks"] =
        list(diagnosis_.cycles.size(), [&](size_t i) { return Json(diagnosis_.cycles[i].edges); });
    out["races"] = list(diagnosis_.races.size(), [&](size_t i) { return race(i); });
    out["series"] = list(diagnosis_.series.size(), [&](size_t i) { return series(i); });
    out["nextSteps"] = diagnosis_.next_steps;
    return out;
  }

 private:
  template <typename Item>
  static Json list(size_t size, Item item) {
    Json out = Json::array();
    for (size_t i = 0; i < size; i++) out.push_back(item(i));
    return out;
  }

  Json input(size_t index) {
    const evidence::Input& in = evidence_.inputs[index];
    Json out;
    out["name"] = in.name;
    Json snapshots = Json::array();
    uint64_t goroutines = 0;
    std::string_view kind, version;
    bool base = false;
    for (size_t i = 0; i < evidence_.snapshots.size(); i++) {
      const Snapshot& s = evidence_.snapshots[i];
      if (s.input.raw != index) continue;
      if (kind.empty()) kind = text_of(s.kind);
      if (version.empty()) version = s.process.go_version;
      goroutines += s.goroutine_count();
      base |= i < options_.base_end;
      snapshots.push_back(snapshot(s));
    }
    out["kind"] = kind.empty() ? Json() : Json(kind);
    out["what"] = in.what;
    out["goVersion"] = version.empty() ? Json() : Json(version);
    out["goroutines"] = goroutines;
    out["base"] = base;
    out["bytes"] = in.bytes;
    out["snapshots"] = std::move(snapshots);
    out["notes"] = list(in.notes.size(), [&](size_t i) {
      return Json{{"kind", name_of(in.notes[i].kind)},
                  {"message", shown_.message(in.notes[i].message)}};
    });
    out["error"] = in.error.empty() ? Json() : Json(shown_.message(in.error));
    return out;
  }

  Json snapshot(const Snapshot& s) {
    Json out;
    out["kind"] = text_of(s.kind);
    out["time"] = time_or_null(s.time_ns);
    out["timeIsOwn"] = s.time_is_own;
    out["goVersion"] = s.process.go_version.empty() ? Json() : Json(s.process.go_version);
    out["goroutines"] = s.goroutine_count();
    out["claimedGoroutines"] = s.claimed_total ? Json(*s.claimed_total) : Json();
    out["cut"] = s.cut;
    out["message"] = shown_.message(s.message);
    return out;
  }

  Json look(size_t index) {
    const diagnose::Look& look = diagnosis_.looks[index];
    return {{"input", evidence_.snapshots[look.snapshot].input.raw},
            {"snapshot", snapshot_in_input(look.snapshot)},
            {"time", time_or_null(look.time_ns)},
            {"goroutines", look.goroutines},
            {"process", look.process},
            {"program", look.program},
            {"cut", look.cut},
            {"partial", look.partial}};
  }

  // Its place in the list of snapshots of its input.
  size_t snapshot_in_input(uint32_t snapshot) const {
    size_t before = 0;
    for (uint32_t i = 0; i < snapshot; i++) {
      before += evidence_.snapshots[i].input == evidence_.snapshots[snapshot].input;
    }
    return before;
  }

  Json frame(evidence::FrameId id) {
    const evidence::Frame& frame = evidence_.symbols[id];
    if (frame.is_elision()) return {{"leftOut", frame.line}};
    Json out = {{"function", evidence_.symbols.text(frame.function)},
                {"file", evidence_.symbols.text(frame.file)},
                {"line", frame.line}};
    if (frame.flags & evidence::kInlined) out["inlined"] = true;
    return out;
  }

  Json stack(evidence::StackId id) {
    Json out = Json::array();
    for (evidence::FrameId f : evidence_.symbols[id]) out.push_back(frame(f));
    return out;
  }

  Json group(size_t index) {
    const Group& g = diagnosis_.groups[index];
    const diagnose::MechanismInfo& info = diagnose::info_of(g.mechanism);
    Json out;
    out["rank"] = index + 1;
    out["count"] = g.count;
    out["state"] = state_words(g);
    out["stack"] = stack(g.stack);
    out["blockingFrame"] = g.blocking_frame;
    out["createdBy"] = g.created_by.exists() ? frame(g.created_by) : Json();
    out["mechanism"] = info.name;
    out["what"] = group_words(g);
    out["rule"] = info.rule;
    out["strength"] = diagnose::name_of(g.strength);
    out["ranking"] = list(g.terms.size(), [&](size_t i) {
      return Json{{"term", g.terms[i].name},
                  {"value", number_or_null(g.terms[i].value)},
                  {"unit", g.terms[i].unit}};
    });
    out["advice"] = info.advice;
    out["site"] = g.site;
    out["fingerprint"] = g.fingerprint;
    out["expected"] = g.benign.empty() ? Json() : Json(g.benign);
    out["missing"] = g.missing;
    add_numbers(g, out);
    return out;
  }

  void add_numbers(const Group& g, Json& out) {
    out["states"] = list(g.states.size(), [&](size_t i) {
      return Json{{"state", g.states[i].first}, {"count", g.states[i].second}};
    });
    out["stacks"] = g.stacks;
    out["creators"] = g.creators;
    out["leaked"] = g.leaked;
    out["lockedToThread"] = g.locked_to_thread;
    out["goroutines"] = g.examples;
    out["looks"] = list(g.looks.size(), [&](size_t i) {
      const diagnose::GroupLook& look = g.looks[i];
      Json one = {{"count", look.count}};
      if (look.ids_known) {
        one["survivors"] = look.survivors;
        one["births"] = look.births;
        one["deaths"] = look.deaths;
      }
      return one;
    });
    out["growth"] = growth(g.growth);
    out["ages"] = ages(g.ages);
    out["process"] = g.process;
    out["baseCount"] = g.base_count ? Json(*g.base_count) : Json();
    out["stackBytes"] = g.stack_bytes;
    out["heapBytes"] = g.heap_bytes ? Json(*g.heap_bytes) : Json();
    out["heapObjects"] = g.heap_objects ? Json(*g.heap_objects) : Json();
    out["origin"] = g.origin.exists() ? frame(g.origin) : Json();
    out["originObjects"] = g.origin_objects;
    out["contentionNs"] = g.contention_ns ? Json(*g.contention_ns) : Json();
    out["contentions"] = g.contentions ? Json(*g.contentions) : Json();
    out["labels"] = list(g.labels.size(), [&](size_t i) {
      std::string_view key = evidence_.symbols.text(g.labels[i].first.key);
      std::string_view value = evidence_.symbols.text(g.labels[i].first.value);
      return Json{
          {"key", key}, {"value", shown_.label_value(key, value)}, {"count", g.labels[i].second}};
    });
    out["sharedObject"] = object(g.shared_object);
    out["objects"] = g.objects;
  }

  Json growth(const diagnose::Growth& g) {
    if (!g.tested) return Json();
    return {{"perHour", number_or_null(g.per_hour)},
            {"perLook", number_or_null(g.per_look)},
            {"probability", number_or_null(g.probability)},
            {"significant", g.significant},
            {"total", g.total}};
  }

  Json ages(const diagnose::Ages& ages) {
    constexpr std::string_view kBuckets[] = {"under1min", "under10min", "under1h",
                                             "under6h",   "under24h",   "over24h"};
    Json out;
    for (size_t i = 0; i < ages.count.size(); i++) out[std::string(kBuckets[i])] = ages.count[i];
    out["unknown"] = ages.unknown;
    out["lowerBounds"] = ages.lower_bounds;
    out["oldestMinutes"] = ages.oldest_minutes ? Json(*ages.oldest_minutes) : Json();
    out["medianMinutes"] = ages.median_minutes ? Json(*ages.median_minutes) : Json();
    return out;
  }

  Json object(uint64_t address) { return address == 0 ? Json() : Json(shown_.object(address)); }

  static Json end_of_edge(diagnose::GroupId group, uint64_t goroutine) {
    if (!group.exists() && goroutine == 0) return Json();
    return {{"rank", group.exists() ? Json(group.raw + 1) : Json()},
            {"goroutine", goroutine == 0 ? Json() : Json(goroutine)}};
  }

  Json edge(size_t index) {
    const Edge& e = diagnosis_.edges[index];
    bool answered = e.role != Edge::kNotShown && e.role != Edge::kNobody;
    return {{"from", end_of_edge(e.from, e.from_goroutine)},
            {"role", name_of(e.role)},
            {"to", answered ? end_of_edge(e.to, e.to_goroutine) : Json()},
            {"known", answered ? Json(diagnose::name_of(e.known)) : Json()},
            {"object", object(e.object)},
            {"count", e.count}};
  }

  Json race(size_t index) {
    const diagnose::RaceGroup& group = diagnosis_.races[index];
    const Snapshot& snapshot = evidence_.snapshots[group.snapshot];
    const evidence::Race& race = snapshot.races[group.race];
    Json out;
    out["fingerprint"] = group.fingerprint;
    out["reports"] = group.reports;
    out["input"] = snapshot.input.raw;
    out["offset"] = race.offset;
    out["accesses"] = list(race.accesses.size(), [&](size_t i) {
      const evidence::RaceAccess& access = race.accesses[i];
      return Json{{"kind", name_of(access.kind)},
                  {"earlier", i > 0},
                  {"main", access.by_main},
                  {"goroutine", access.goroutine == 0 ? Json() : Json(access.goroutine)},
                  {"object", object(access.address)},
                  {"stack", stack(access.stack)}};
    });
    out["creations"] = list(race.creations.size(), [&](size_t i) {
      const evidence::RaceCreation& creation = race.creations[i];
      return Json{{"goroutine", creation.goroutine},
                  {"running", creation.running},
                  {"stack", stack(creation.stack)}};
    });
    out["note"] = shown_.message(race.note);
    return out;
  }

  Json series(size_t index) {
    const diagnose::Series& s = diagnosis_.series[index];
    Json out;
    out["name"] = options_.redact ? without_label_values(s.name) : s.name;
    out["points"] = list(s.points.size(), [&](size_t i) {
      return Json{{"time", time_text(s.points[i].first)},
                  {"value", number_or_null(s.points[i].second)}};
    });
    out["growth"] = growth(s.growth);
    return out;
  }

  const Evidence& evidence_;
  const Diagnosis& diagnosis_;
  const DiagnosisJsonOptions& options_;
  Discretion shown_;
};

}  // namespace

std::string diagnosis_json(const Evidence& evidence, const Diagnosis& diagnosis,
                           const DiagnosisJsonOptions& options) {
  Json out = Writer(evidence, diagnosis, options).write();
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace unpark::report
