#include "report/diagnosis_json.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/diagnosis_words.h"

namespace unpark::report {

namespace {

using diagnose::Diagnosis;
using diagnose::Edge;
using diagnose::Group;
using evidence::Evidence;
using evidence::Snapshot;

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

class Writer {
 public:
  Writer(const Evidence& evidence, const Diagnosis& diagnosis, const DiagnosisJsonOptions& options,
         const ReportSink& sink)
      : evidence_(evidence),
        diagnosis_(diagnosis),
        options_(options),
        shown_(options.redact),
        out_(sink) {}

  bool write() {
    out_.begin_object();
    out_.field("verdict", diagnose::name_of(diagnosis_.verdict));
    out_.field("summary", verdict_words(diagnosis_));
    list("inputs", evidence_.inputs.size(), [&](size_t i) { input(i); });
    list("looks", diagnosis_.looks.size(), [&](size_t i) { look(i); });
    out_.field("restarts", diagnosis_.restarts);
    values("notes", diagnosis_.notes);
    list("groups", diagnosis_.groups.size(), [&](size_t i) { group(i); });
    list("waitsFor", diagnosis_.edges.size(), [&](size_t i) { edge(i); });
    list("deadlocks", diagnosis_.cycles.size(), [&](size_t i) { cycle(i); });
    list("races", diagnosis_.races.size(), [&](size_t i) { race(i); });
    list("series", diagnosis_.series.size(), [&](size_t i) { series(i); });
    values("nextSteps", diagnosis_.next_steps);
    out_.end_object();
    return out_.finish();
  }

 private:
  template <typename Item>
  void list(std::string_view name, size_t size, Item item) {
    out_.key(name);
    out_.begin_array();
    for (size_t i = 0; i < size; i++) item(i);
    out_.end_array();
  }
  template <typename T>
  void values(std::string_view name, const std::vector<T>& items) {
    list(name, items.size(), [&](size_t i) { item(items[i]); });
  }
  void item(const std::string& text) { out_.value(std::string_view(text)); }
  void item(uint64_t number) { out_.value(number); }

  void field_or_null(std::string_view name, std::string_view text) {
    out_.key(name);
    if (text.empty()) {
      out_.null();
    } else {
      out_.value(text);
    }
  }
  void time(std::string_view name, const std::optional<int64_t>& ns) {
    field_or_null(name, ns ? time_text(*ns) : std::string());
  }
  void object(std::string_view name, uint64_t address) {
    field_or_null(name, address == 0 ? std::string() : shown_.object(address));
  }

  void input(size_t index) {
    const evidence::Input& in = evidence_.inputs[index];
    std::vector<const Snapshot*> snapshots;
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
      snapshots.push_back(&s);
    }
    out_.begin_object();
    out_.field("name", in.name);
    field_or_null("kind", kind);
    out_.field("what", in.what);
    field_or_null("goVersion", version);
    out_.field("goroutines", goroutines);
    out_.field("base", base);
    out_.field("bytes", in.bytes);
    list("snapshots", snapshots.size(), [&](size_t i) { snapshot(*snapshots[i]); });
    list("notes", in.notes.size(), [&](size_t i) {
      out_.begin_object();
      out_.field("kind", name_of(in.notes[i].kind));
      out_.field("message", shown_.message(in.notes[i].message));
      out_.end_object();
    });
    out_.key("error");
    if (in.error.empty()) {
      out_.null();
    } else {
      out_.value(std::string_view(shown_.message(in.error)));
    }
    out_.end_object();
  }

  void snapshot(const Snapshot& s) {
    out_.begin_object();
    out_.field("kind", text_of(s.kind));
    time("time", s.time_ns);
    out_.field("timeIsOwn", s.time_is_own);
    field_or_null("goVersion", s.process.go_version);
    out_.field("goroutines", s.goroutine_count());
    out_.field("claimedGoroutines", s.claimed_total);
    out_.field("cut", s.cut);
    out_.field("message", shown_.message(s.message));
    out_.end_object();
  }

  void look(size_t index) {
    const diagnose::Look& look = diagnosis_.looks[index];
    out_.begin_object();
    out_.field("input", evidence_.snapshots[look.snapshot].input.raw);
    out_.field("snapshot", snapshot_in_input(look.snapshot));
    time("time", look.time_ns);
    out_.field("goroutines", look.goroutines);
    out_.field("process", look.process);
    out_.field("program", look.program);
    out_.field("cut", look.cut);
    out_.field("partial", look.partial);
    out_.end_object();
  }

  // Its place in the list of snapshots of its input.
  size_t snapshot_in_input(uint32_t snapshot) const {
    size_t before = 0;
    for (uint32_t i = 0; i < snapshot; i++) {
      before += evidence_.snapshots[i].input == evidence_.snapshots[snapshot].input;
    }
    return before;
  }

  void frame(evidence::FrameId id) {
    const evidence::Frame& frame = evidence_.symbols[id];
    out_.begin_object();
    if (frame.is_elision()) {
      out_.field("leftOut", frame.line);
    } else {
      out_.field("function", evidence_.symbols.text(frame.function));
      out_.field("file", evidence_.symbols.text(frame.file));
      out_.field("line", frame.line);
      if (frame.flags & evidence::kInlined) out_.field("inlined", true);
    }
    out_.end_object();
  }
  void frame(std::string_view name, evidence::FrameId id) {
    if (!id.exists()) return out_.null_field(name);
    out_.key(name);
    frame(id);
  }

  void stack(evidence::StackId id) {
    std::span<const evidence::FrameId> frames = evidence_.symbols[id];
    list("stack", frames.size(), [&](size_t i) { frame(frames[i]); });
  }

  void group(size_t index) {
    const Group& g = diagnosis_.groups[index];
    const diagnose::MechanismInfo& info = diagnose::info_of(g.mechanism);
    out_.begin_object();
    out_.field("rank", index + 1);
    out_.field("count", g.count);
    out_.field("state", state_words(g));
    stack(g.stack);
    out_.field("blockingFrame", g.blocking_frame);
    frame("createdBy", g.created_by);
    out_.field("mechanism", info.name);
    out_.field("what", group_words(g));
    out_.field("rule", info.rule);
    out_.field("strength", diagnose::name_of(g.strength));
    list("ranking", g.terms.size(), [&](size_t i) {
      out_.begin_object();
      out_.field("term", g.terms[i].name);
      out_.field("value", g.terms[i].value);
      out_.field("unit", g.terms[i].unit);
      out_.end_object();
    });
    out_.field("advice", info.advice);
    out_.field("site", g.site);
    out_.field("fingerprint", g.fingerprint);
    field_or_null("expected", g.benign);
    out_.field("missing", g.missing);
    numbers(g);
    out_.end_object();
  }

  void numbers(const Group& g) {
    list("states", g.states.size(), [&](size_t i) {
      out_.begin_object();
      out_.field("state", g.states[i].first);
      out_.field("count", g.states[i].second);
      out_.end_object();
    });
    out_.field("stacks", g.stacks);
    out_.field("creators", g.creators);
    out_.field("leaked", g.leaked);
    out_.field("lockedToThread", g.locked_to_thread);
    values("goroutines", g.examples);
    list("looks", g.looks.size(), [&](size_t i) { group_look(g.looks[i]); });
    growth(g.growth);
    ages(g.ages);
    out_.field("process", g.process);
    out_.field("baseCount", g.base_count);
    out_.field("stackBytes", g.stack_bytes);
    out_.field("heapBytes", g.heap_bytes);
    out_.field("heapObjects", g.heap_objects);
    frame("origin", g.origin);
    out_.field("originObjects", g.origin_objects);
    out_.field("contentionNs", g.contention_ns);
    out_.field("contentions", g.contentions);
    list("labels", g.labels.size(), [&](size_t i) {
      std::string_view key = evidence_.symbols.text(g.labels[i].first.key);
      std::string_view value = evidence_.symbols.text(g.labels[i].first.value);
      out_.begin_object();
      out_.field("key", key);
      out_.field("value", shown_.label_value(key, value));
      out_.field("count", g.labels[i].second);
      out_.end_object();
    });
    object("sharedObject", g.shared_object);
    out_.field("objects", g.objects);
  }

  void group_look(const diagnose::GroupLook& look) {
    out_.begin_object();
    out_.field("count", look.count);
    if (look.ids_known) {
      out_.field("survivors", look.survivors);
      out_.field("births", look.births);
      out_.field("deaths", look.deaths);
    }
    out_.end_object();
  }

  void growth(const diagnose::Growth& g) {
    if (!g.tested) return out_.null_field("growth");
    out_.key("growth");
    out_.begin_object();
    out_.field("perHour", g.per_hour);
    out_.field("perLook", g.per_look);
    out_.field("probability", g.probability);
    out_.field("significant", g.significant);
    out_.field("total", g.total);
    out_.end_object();
  }

  void ages(const diagnose::Ages& ages) {
    constexpr std::string_view kBuckets[] = {"under1min", "under10min", "under1h",
                                             "under6h",   "under24h",   "over24h"};
    out_.key("ages");
    out_.begin_object();
    for (size_t i = 0; i < ages.count.size(); i++) out_.field(kBuckets[i], ages.count[i]);
    out_.field("unknown", ages.unknown);
    out_.field("lowerBounds", ages.lower_bounds);
    out_.field("oldestMinutes", ages.oldest_minutes);
    out_.field("medianMinutes", ages.median_minutes);
    out_.end_object();
  }

  void goroutine(uint64_t id) {
    out_.key("goroutine");
    if (id == 0) {
      out_.null();
    } else {
      out_.value(id);
    }
  }

  void end_of_edge(std::string_view name, diagnose::GroupId group, uint64_t id) {
    if (!group.exists() && id == 0) return out_.null_field(name);
    out_.key(name);
    out_.begin_object();
    if (group.exists()) {
      out_.field("rank", group.raw + 1);
    } else {
      out_.null_field("rank");
    }
    goroutine(id);
    out_.end_object();
  }

  void edge(size_t index) {
    const Edge& e = diagnosis_.edges[index];
    bool answered = e.role != Edge::kNotShown && e.role != Edge::kNobody;
    out_.begin_object();
    end_of_edge("from", e.from, e.from_goroutine);
    out_.field("role", name_of(e.role));
    if (answered) {
      end_of_edge("to", e.to, e.to_goroutine);
    } else {
      out_.null_field("to");
    }
    field_or_null("known", answered ? diagnose::name_of(e.known) : std::string_view());
    object("object", e.object);
    out_.field("count", e.count);
    out_.end_object();
  }

  void cycle(size_t index) {
    out_.begin_array();
    for (uint32_t edge : diagnosis_.cycles[index].edges) out_.value(edge);
    out_.end_array();
  }

  void race(size_t index) {
    const diagnose::RaceGroup& group = diagnosis_.races[index];
    const Snapshot& snapshot = evidence_.snapshots[group.snapshot];
    const evidence::Race& race = snapshot.races[group.race];
    out_.begin_object();
    out_.field("fingerprint", group.fingerprint);
    out_.field("reports", group.reports);
    out_.field("input", snapshot.input.raw);
    out_.field("offset", race.offset);
    list("accesses", race.accesses.size(), [&](size_t i) { access(race.accesses[i], i > 0); });
    list("creations", race.creations.size(), [&](size_t i) {
      const evidence::RaceCreation& creation = race.creations[i];
      out_.begin_object();
      out_.field("goroutine", creation.goroutine);
      out_.field("running", creation.running);
      stack(creation.stack);
      out_.end_object();
    });
    out_.field("note", shown_.message(race.note));
    out_.end_object();
  }

  void access(const evidence::RaceAccess& access, bool earlier) {
    out_.begin_object();
    out_.field("kind", name_of(access.kind));
    out_.field("earlier", earlier);
    out_.field("main", access.by_main);
    goroutine(access.goroutine);
    object("object", access.address);
    stack(access.stack);
    out_.end_object();
  }

  void series(size_t index) {
    const diagnose::Series& s = diagnosis_.series[index];
    out_.begin_object();
    out_.field("name", options_.redact ? without_label_values(s.name) : s.name);
    list("points", s.points.size(), [&](size_t i) {
      out_.begin_object();
      out_.field("time", time_text(s.points[i].first));
      out_.field("value", s.points[i].second);
      out_.end_object();
    });
    growth(s.growth);
    out_.end_object();
  }

  const Evidence& evidence_;
  const Diagnosis& diagnosis_;
  const DiagnosisJsonOptions& options_;
  Discretion shown_;
  JsonWriter out_;
};

}  // namespace

bool write_diagnosis_json(const Evidence& evidence, const Diagnosis& diagnosis,
                          const DiagnosisJsonOptions& options, const ReportSink& sink) {
  return Writer(evidence, diagnosis, options, sink).write();
}

std::string diagnosis_json(const Evidence& evidence, const Diagnosis& diagnosis,
                           const DiagnosisJsonOptions& options) {
  std::string out;
  write_diagnosis_json(evidence, diagnosis, options, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  return out;
}

}  // namespace unpark::report
