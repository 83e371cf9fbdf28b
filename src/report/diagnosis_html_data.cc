// The page's data is written front to back, with the tables that everything names last.
//
// What may be shown is for Discretion to say; words of argument lists are not on the page at all.
#include "report/diagnosis_html_data.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "report/diagnosis_words.h"
#include "report/html_json.h"
#include "report/html_tables.h"

namespace unpark::report {

using diagnose::Diagnosis;
using diagnose::Edge;
using diagnose::Group;
using evidence::Snapshot;
using evidence::SnapshotKind;

namespace {

// How many goroutines have a stack, now and in the base.
struct Row {
  evidence::StackId stack;
  evidence::FrameId created_by;
  uint64_t count = 0, base = 0;
};

class Page {
 public:
  Page(const evidence::Evidence& evidence, const Diagnosis& diagnosis, const HtmlOptions& options,
       const HtmlLimits& limits)
      : evidence_(evidence),
        diagnosis_(diagnosis),
        options_(options),
        limits_(limits),
        discretion_(options.redact),
        tables_(evidence.symbols, limits.text) {}

  std::string write();

 private:
  void write_head();
  void write_inputs();
  void write_snapshots();
  void write_looks();
  void write_groups();
  void write_group(const Group& group);
  void write_group_evidence(const Group& group);
  void write_ages(const diagnose::Ages& ages);
  void write_growth(const diagnose::Growth& growth);
  void write_edges();
  void write_races();
  void write_access(const evidence::RaceAccess& access);
  void write_series();
  void write_flame();
  void write_omitted();

  std::vector<size_t> shown_looks() const;
  const Snapshot* now() const;
  const Snapshot* base() const;
  void add_rows(const Snapshot& snapshot, bool is_base, std::vector<Row>& rows);

  void text(std::string_view words) { out_.value(tables_.text(words)); }
  void text_field(std::string_view name, std::string_view words) {
    if (words.empty()) return;
    out_.key(name);
    text(words);
  }
  template <typename T>
  void field_unless(std::string_view name, const T& what, const T& usual) {
    if (what != usual) out_.field(name, what);
  }
  template <typename T>
  void optional_field(std::string_view name, const std::optional<T>& what) {
    if (what) out_.field(name, *what);
  }

  const evidence::Evidence& evidence_;
  const Diagnosis& diagnosis_;
  const HtmlOptions& options_;
  const HtmlLimits& limits_;
  Discretion discretion_;
  HtmlTables tables_;
  HtmlJson out_;
  size_t omitted_stacks_ = 0;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, size_t> row_index_;
};

}  // namespace

// What stands behind the first `mark`; all of it when there is none.
static std::string_view after(std::string_view words, std::string_view mark) {
  size_t at = words.find(mark);
  return at == words.npos ? words : words.substr(at + mark.size());
}

void Page::write_head() {
  out_.field("verdict", diagnose::name_of(diagnosis_.verdict));
  out_.field("restarts", diagnosis_.restarts);
  out_.field("redacted", options_.redact);
  out_.key("why");
  text(after(verdict_words(diagnosis_), ": "));
  out_.key("nextSteps");
  out_.open('[');
  for (const std::string& step : diagnosis_.next_steps) text(step);
  out_.close(']');
}

void Page::write_inputs() {
  out_.key("inputs");
  out_.open('[');
  for (const evidence::Input& input :
       std::span(evidence_.inputs).first(std::min(evidence_.inputs.size(), limits_.rows))) {
    out_.open('{');
    out_.key("name");
    text(input.name);
    out_.key("what");
    text(input.what);
    out_.field("bytes", input.bytes);
    text_field("error", input.error);
    out_.key("notes");
    out_.open('[');
    for (const evidence::Note& note :
         std::span(input.notes).first(std::min(input.notes.size(), limits_.rows))) {
      text(discretion_.message(note.message));
    }
    out_.close(']');
    out_.close('}');
  }
  out_.close(']');
}

void Page::write_snapshots() {
  out_.key("snapshots");
  out_.open('[');
  for (const Snapshot& snapshot :
       std::span(evidence_.snapshots).first(std::min(evidence_.snapshots.size(), limits_.rows))) {
    out_.open('{');
    out_.key("kind");
    text(evidence::text_of(snapshot.kind));
    out_.field("input", snapshot.input.exists() ? int64_t{snapshot.input.raw} : -1);
    if (snapshot.time_ns) out_.field("ms", *snapshot.time_ns / 1'000'000);
    field_unless("goroutines", snapshot.goroutine_count(), uint64_t{0});
    optional_field("claimed", snapshot.claimed_total);
    field_unless("samples", snapshot.samples.size(), size_t{0});
    field_unless("races", snapshot.races.size(), size_t{0});
    field_unless("cut", snapshot.cut, false);
    text_field("go", snapshot.process.go_version);
    text_field("binary", snapshot.process.binary);
    text_field("build", snapshot.process.build_id);
    text_field("message", discretion_.message(snapshot.message));
    out_.close('}');
  }
  out_.close(']');
}

// The looks whose numbers the page shows: all, or so many of them, evenly, first and last among
// them.
std::vector<size_t> Page::shown_looks() const {
  size_t all = diagnosis_.looks.size();
  size_t most = std::max<size_t>(limits_.looks, 2);
  std::vector<size_t> shown;
  for (size_t i = 0; i < std::min(all, most); i++) {
    shown.push_back(all <= most ? i : i * (all - 1) / (most - 1));
  }
  return shown;
}

void Page::write_looks() {
  out_.key("looks");
  out_.open('[');
  for (size_t i : shown_looks()) {
    const diagnose::Look& look = diagnosis_.looks[i];
    out_.open('{');
    out_.field("snapshot", look.snapshot);
    if (look.time_ns) out_.field("ms", *look.time_ns / 1'000'000);
    out_.field("n", look.goroutines);
    field_unless("process", look.process, 0u);
    field_unless("cut", look.cut, false);
    out_.close('}');
  }
  out_.close(']');
  out_.field("lookCount", diagnosis_.looks.size());
}

void Page::write_ages(const diagnose::Ages& ages) {
  out_.key("ages");
  out_.open('{');
  out_.key("n");
  out_.open('[');
  for (uint64_t count : ages.count) out_.value(count);
  out_.close(']');
  field_unless("unknown", ages.unknown, uint64_t{0});
  field_unless("atLeast", ages.lower_bounds, uint64_t{0});
  optional_field("oldest", ages.oldest_minutes);
  optional_field("median", ages.median_minutes);
  out_.close('}');
}

void Page::write_growth(const diagnose::Growth& growth) {
  out_.key("growth");
  out_.open('{');
  field_unless("tested", growth.tested, false);
  field_unless("perHour", growth.per_hour, 0.0);
  field_unless("perLook", growth.per_look, 0.0);
  field_unless("p", growth.probability, 1.0);
  field_unless("significant", growth.significant, false);
  field_unless("total", growth.total, int64_t{0});
  out_.close('}');
}

void Page::write_group_evidence(const Group& group) {
  out_.key("states");
  out_.open('[');
  for (size_t i = 0; i < std::min<size_t>(group.states.size(), 8); i++) {
    text(discretion_.message(group.states[i].first));
    out_.value(group.states[i].second);
  }
  out_.close(']');
  out_.key("labels");
  out_.open('[');
  for (size_t i = 0; i < std::min<size_t>(group.labels.size(), 12); i++) {
    const auto& [label, count] = group.labels[i];
    text(evidence_.symbols.text(label.key));
    text(discretion_.label_value(evidence_.symbols.text(label.key),
                                 evidence_.symbols.text(label.value)));
    out_.value(count);
  }
  out_.close(']');
  out_.key("ids");
  out_.open('[');
  for (size_t i = 0; i < std::min<size_t>(group.examples.size(), 10); i++) {
    out_.value(group.examples[i]);
  }
  out_.close(']');
  out_.key("terms");
  out_.open('[');
  for (const diagnose::Term& term : group.terms) {
    text(term.name);
    out_.value(term.value);
    text(term.unit);
  }
  out_.close(']');
  if (group.shared_object != 0) text_field("object", discretion_.object(group.shared_object));
  field_unless("objects", group.objects, uint64_t{0});
}

void Page::write_group(const Group& group) {
  out_.open('{');
  out_.field("stack", tables_.node(group.stack));
  out_.field("at", group.blocking_frame);
  out_.field("creator", tables_.frame(group.created_by));
  field_unless("stacks", group.stacks, 1u);
  field_unless("creators", group.creators, 0u);
  out_.key("does");  // without "4,310 goroutines"
  text(after(after(group_words(group), " "), " "));
  out_.key("reason");
  text(group.reason == evidence::WaitReason::kNone ? evidence::text_of(group.status)
                                                   : evidence::text_of(group.reason));
  out_.field("n", group.count);
  field_unless("leaked", group.leaked, uint64_t{0});
  field_unless("locked", group.locked_to_thread, uint64_t{0});
  out_.key("looks");
  out_.open('[');
  for (size_t i : shown_looks()) out_.value(i < group.looks.size() ? group.looks[i].count : 0);
  out_.close(']');
  if (!group.looks.empty() && group.looks.back().ids_known) {
    const diagnose::GroupLook& last = group.looks.back();
    out_.key("life");
    out_.open('[');
    for (uint64_t count : {last.survivors, last.births, last.deaths}) out_.value(count);
    out_.close(']');
  }
  write_growth(group.growth);
  write_ages(group.ages);
  optional_field("base", group.base_count);
  field_unless("stackBytes", group.stack_bytes, uint64_t{0});
  optional_field("heapBytes", group.heap_bytes);
  optional_field("heapObjects", group.heap_objects);
  if (group.origin.exists()) {
    out_.field("origin", tables_.frame(group.origin));
    out_.field("originObjects", group.origin_objects);
  }
  optional_field("contentionNs", group.contention_ns);
  optional_field("contentions", group.contentions);
  write_group_evidence(group);
  out_.field("mechanism", static_cast<int>(group.mechanism));
  out_.field("strength", static_cast<int>(group.strength));
  field_unless("undecided", is_undecided(evidence_, diagnosis_, group), false);
  text_field("benign", group.benign);
  text_field("missing", group.missing);
  text_field("site", group.site);
  text_field("fingerprint", group.fingerprint);
  out_.close('}');
}

void Page::write_groups() {
  size_t shown = std::min(diagnosis_.groups.size(), limits_.groups);
  out_.key("groups");
  out_.open('[');
  for (size_t i = 0; i < shown; i++) write_group(diagnosis_.groups[i]);
  out_.close(']');

  size_t last = 0;
  for (size_t i = 0; i < shown; i++) {
    last = std::max(last, static_cast<size_t>(diagnosis_.groups[i].mechanism));
  }
  out_.key("mechanisms");
  out_.open('[');
  for (size_t i = 0; i <= last; i++) {
    const diagnose::MechanismInfo& info = info_of(static_cast<diagnose::Mechanism>(i));
    out_.open('{');
    out_.field("name", info.name);
    out_.field("rule", info.rule);
    out_.field("what", info.what);
    out_.field("advice", info.advice);
    out_.close('}');
  }
  out_.close(']');
}

// Edges of groups that are shown, those of cycles first; then the cycles, by the edges' new
// numbers.
void Page::write_edges() {
  size_t groups = std::min(diagnosis_.groups.size(), limits_.groups);
  std::vector<uint32_t> order;
  for (const diagnose::LockCycle& cycle : diagnosis_.cycles) {
    order.insert(order.end(), cycle.edges.begin(), cycle.edges.end());
  }
  for (uint32_t i = 0; i < diagnosis_.edges.size(); i++) order.push_back(i);
  absl::flat_hash_map<uint32_t, size_t> number;
  out_.key("edges");
  out_.open('[');
  for (uint32_t i : order) {
    if (number.size() >= limits_.edges) break;
    if (i >= diagnosis_.edges.size()) continue;
    const Edge& edge = diagnosis_.edges[i];
    bool to_shown = !edge.to.exists() || edge.to.raw < groups;
    if (!edge.from.exists() || edge.from.raw >= groups || !to_shown) continue;
    if (!number.try_emplace(i, number.size()).second) continue;
    out_.open('{');
    out_.field("from", edge.from.raw);
    field_unless("fromId", edge.from_goroutine, uint64_t{0});
    constexpr std::string_view kRoles[] = {"holder", "waker", "not shown", "nobody", "self"};
    out_.field("role", kRoles[edge.role]);
    if (edge.to.exists()) out_.field("to", edge.to.raw);
    field_unless("toId", edge.to_goroutine, uint64_t{0});
    if (edge.object != 0) text_field("object", discretion_.object(edge.object));
    out_.field("known", diagnose::name_of(edge.known));
    field_unless("n", edge.count, 1u);
    out_.close('}');
  }
  out_.close(']');
  out_.key("cycles");
  out_.open('[');
  for (const diagnose::LockCycle& cycle : diagnosis_.cycles) {
    bool whole = std::all_of(cycle.edges.begin(), cycle.edges.end(),
                             [&](uint32_t edge) { return number.contains(edge); });
    if (!whole) continue;
    out_.open('[');
    for (uint32_t edge : cycle.edges) out_.value(number[edge]);
    out_.close(']');
  }
  out_.close(']');
}

void Page::write_access(const evidence::RaceAccess& access) {
  constexpr std::string_view kKinds[] = {"read", "write", "atomic read", "atomic write", "access"};
  out_.open('{');
  out_.field("kind", kKinds[access.kind]);
  field_unless("main", access.by_main, false);
  field_unless("goroutine", access.goroutine, uint64_t{0});
  if (access.address != 0) text_field("object", discretion_.object(access.address));
  out_.field("stack", tables_.node(access.stack));
  out_.close('}');
}

void Page::write_races() {
  out_.key("races");
  out_.open('[');
  size_t shown = std::min(diagnosis_.races.size(), limits_.races);
  for (const diagnose::RaceGroup& group : std::span(diagnosis_.races).first(shown)) {
    const evidence::Race& race = evidence_.snapshots[group.snapshot].races[group.race];
    out_.open('{');
    out_.field("n", group.reports);
    text_field("fingerprint", group.fingerprint);
    text_field("note", discretion_.message(race.note));
    out_.key("accesses");
    out_.open('[');
    for (const evidence::RaceAccess& access : race.accesses) write_access(access);
    out_.close(']');
    out_.key("creations");
    out_.open('[');
    for (const evidence::RaceCreation& creation : race.creations) {
      out_.open('{');
      out_.field("goroutine", creation.goroutine);
      out_.field("running", creation.running);
      out_.field("stack", tables_.node(creation.stack));
      out_.close('}');
    }
    out_.close(']');
    out_.close('}');
  }
  out_.close(']');
}

void Page::write_series() {
  out_.key("series");
  out_.open('[');
  size_t shown = std::min(diagnosis_.series.size(), limits_.rows);
  for (const diagnose::Series& series : std::span(diagnosis_.series).first(shown)) {
    out_.open('{');
    out_.key("name");
    text(options_.redact ? without_label_values(series.name) : series.name);
    write_growth(series.growth);
    out_.key("points");
    out_.open('[');
    size_t all = series.points.size();
    size_t most = std::max<size_t>(limits_.looks * 2, 2);
    for (size_t i = 0; i < std::min(all, most); i++) {
      const auto& [ns, value] = series.points[all <= most ? i : i * (all - 1) / (most - 1)];
      out_.value(ns / 1'000'000);
      out_.value(value);
    }
    out_.close(']');
    out_.close('}');
  }
  out_.close(']');
}

static bool has_goroutines(const Snapshot& snapshot) {
  return snapshot.kind == SnapshotKind::kGoroutineDump || snapshot.kind == SnapshotKind::kCrash ||
         snapshot.kind == SnapshotKind::kGoroutineProfile;
}

// What the flame graph shows: the last look at all goroutines, or at least at the leaked ones.
const Snapshot* Page::now() const {
  const std::vector<diagnose::Look>& looks = diagnosis_.looks;
  for (size_t i = looks.size(); i-- > 0;) {
    const Snapshot& snapshot = evidence_.snapshots[looks[i].snapshot];
    if (has_goroutines(snapshot)) return &snapshot;
  }
  return looks.empty() ? nullptr : &evidence_.snapshots[looks.back().snapshot];
}

// What it can be compared with: the base, or the first of several looks.
const Snapshot* Page::base() const {
  for (size_t i = std::min(options_.base_end, evidence_.snapshots.size()); i-- > 0;) {
    if (has_goroutines(evidence_.snapshots[i])) return &evidence_.snapshots[i];
  }
  for (const diagnose::Look& look : diagnosis_.looks) {
    const Snapshot& snapshot = evidence_.snapshots[look.snapshot];
    if (has_goroutines(snapshot)) return &snapshot == now() ? nullptr : &snapshot;
  }
  return nullptr;
}

void Page::add_rows(const Snapshot& snapshot, bool is_base, std::vector<Row>& rows) {
  for (const evidence::Goroutine& goroutine : snapshot.goroutines) {
    std::pair<uint32_t, uint32_t> key(goroutine.stack.raw, goroutine.created_by.raw);
    auto [at, is_new] = row_index_.try_emplace(key, rows.size());
    if (is_new) rows.push_back({goroutine.stack, goroutine.created_by});
    (is_base ? rows[at->second].base : rows[at->second].count) += goroutine.count;
  }
}

// Quadruples of node, creator, count, count in the base. The most frequent stacks come first, and
// so are whole; where room ends, others join the stack whose beginning they share.
void Page::write_flame() {
  std::vector<Row> rows;
  const Snapshot* last = now();
  const Snapshot* first = base();
  if (last) add_rows(*last, false, rows);
  if (first) add_rows(*first, true, rows);
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    if (a.count + a.base != b.count + b.base) return a.count + a.base > b.count + b.base;
    return std::pair(a.stack, a.created_by) < std::pair(b.stack, b.created_by);
  });
  struct Quad {
    int64_t node, creator;
    uint64_t count, base;
  };
  std::vector<Quad> quads;
  absl::flat_hash_map<std::pair<int64_t, int64_t>, size_t> index;
  for (const Row& row : rows) {
    size_t whole = std::min(evidence_.symbols[row.stack].size(), HtmlTables::kMaxDepth);
    bool full = tables_.node_count() + whole > limits_.stack_nodes;
    int64_t node = tables_.node(row.stack, limits_.stack_nodes);
    int64_t creator = full ? -1 : tables_.frame(row.created_by);
    auto [at, is_new] = index.try_emplace({node, creator}, quads.size());
    if (is_new) quads.push_back({node, creator, 0, 0});
    quads[at->second].count += row.count;
    quads[at->second].base += row.base;
    omitted_stacks_ += full;
  }
  out_.key("flame");
  out_.open('{');
  field_unless("base", first != nullptr, false);
  out_.field("baseIsFirstLook", first && first - evidence_.snapshots.data() >=
                                             static_cast<int64_t>(options_.base_end));
  out_.key("rows");
  out_.open('[');
  for (const Quad& quad : quads) {
    out_.value(quad.node);
    out_.value(quad.creator);
    out_.value(quad.count);
    out_.value(quad.base);
  }
  out_.close(']');
  out_.close('}');
}

void Page::write_omitted() {
  auto beyond = [](size_t all, size_t limit) { return all > limit ? all - limit : 0; };
  uint64_t goroutines = 0;
  for (size_t i = limits_.groups; i < diagnosis_.groups.size(); i++) {
    goroutines += diagnosis_.groups[i].count;
  }
  out_.key("omitted");
  out_.open('{');
  out_.field("groups", beyond(diagnosis_.groups.size(), limits_.groups));
  out_.field("goroutines", goroutines);
  out_.field("stacks", omitted_stacks_);
  out_.field("edges", beyond(diagnosis_.edges.size(), limits_.edges));
  out_.field("races", beyond(diagnosis_.races.size(), limits_.races));
  out_.field("series", beyond(diagnosis_.series.size(), limits_.rows));
  out_.field("inputs", beyond(evidence_.inputs.size(), limits_.rows));
  out_.close('}');
}

std::string Page::write() {
  out_.open('{');
  write_head();
  write_inputs();
  write_snapshots();
  write_looks();
  write_groups();
  write_edges();
  write_races();
  write_series();
  write_flame();
  write_omitted();
  tables_.write(out_);
  out_.close('}');
  return out_.take();
}

std::string diagnosis_html_data(const evidence::Evidence& evidence, const Diagnosis& diagnosis,
                                const HtmlOptions& options, const HtmlLimits& limits) {
  return Page(evidence, diagnosis, options, limits).write();
}

}  // namespace unpark::report
