#include "diagnose/lines.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "diagnose/growth.h"

namespace unpark::diagnose {

namespace {

using evidence::Snapshot;
using evidence::SnapshotKind;

constexpr std::string_view kStart = "process_start_time_seconds";
constexpr std::string_view kMetrics[] = {
    "go_threads",
    "process_open_fds",
    "process_resident_memory_bytes",
    "go_memstats_heap_inuse_bytes",
    "go_memstats_heap_objects",
    "go_memstats_stack_inuse_bytes",
    "memstats.HeapInuse",
    "memstats.HeapObjects",
    "memstats.StackInuse",
};

struct Line {
  std::vector<std::pair<std::optional<int64_t>, double>> points;
};

bool is_wanted(std::string_view name) {
  return counts_goroutines(name) ||
         std::find(std::begin(kMetrics), std::end(kMetrics), name) != std::end(kMetrics);
}

// Metrics with labels are several lines; only those without are counted here.
void add_metrics(const Model& model, const Snapshot& s, std::map<std::string, Line>& lines,
                 double& started) {
  const auto& symbols = model.evidence.symbols;
  for (const evidence::Metric& m : s.metrics) {
    if (symbols.text(m.name) != kStart || m.value == started) continue;
    if (started != 0) lines.clear();
    started = m.value;
  }
  for (const evidence::Metric& m : s.metrics) {
    std::string_view name = symbols.text(m.name);
    if (m.labels.exists() || !is_wanted(name) || !(m.value >= 0)) continue;
    lines[std::string(name)].points.emplace_back(model.time_of(s), m.value);
  }
}

// `process`: that of the trace, as a part of names; empty when there is only one.
void add_schedule(const Snapshot& s, const std::string& process,
                  std::map<std::string, Line>& lines) {
  std::string goroutines = "goroutines (schedtrace" + process + ")";
  std::string threads = "threads (schedtrace" + process + ")";
  // The clock counts from the start of the process, so a reader begins a new snapshot with another
  // process: what was before is of one that has ended.
  lines.erase(goroutines);
  lines.erase(threads);
  for (const evidence::SchedLine& line : s.sched) {
    int64_t at = line.ms * 1'000'000;
    if (line.threads >= 0) lines[threads].points.emplace_back(at, line.threads);
    if (!line.detailed) continue;
    double live = 0;
    for (const auto& state : line.states) {
      if (state.status != evidence::Status::kDead) live += state.count;
    }
    lines[goroutines].points.emplace_back(at, live);
  }
}

size_t inputs_with_schedule(const Model& model) {
  std::set<uint32_t> inputs;
  for (const Snapshot& s : model.evidence.snapshots) {
    if (s.kind == SnapshotKind::kSched) inputs.insert(s.input.raw);
  }
  return inputs.size();
}

Series series_of(const std::string& name, const Line& line) {
  Series out;
  out.name = name;
  std::vector<double> values;
  std::vector<std::optional<int64_t>> times;
  for (const auto& [time, value] : line.points) {
    out.points.emplace_back(time.value_or(static_cast<int64_t>(out.points.size())), value);
    values.push_back(value);
    times.push_back(time);
  }
  out.growth = growth_of(values, times);
  return out;
}

}  // namespace

bool counts_goroutines(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower.find("goroutine") != std::string::npos && lower.find("created") == std::string::npos;
}

std::vector<Series> lines_of_growth(const Model& model) {
  std::map<std::string, Line> lines, schedules;
  double started = 0;
  // Each input has a clock of its own: of one process, or of one of several.
  size_t traces = inputs_with_schedule(model);
  for (const Snapshot& s : model.evidence.snapshots) {
    if (s.kind == SnapshotKind::kMetrics || s.kind == SnapshotKind::kExpvar) {
      add_metrics(model, s, lines, started);
    }
    if (s.kind != SnapshotKind::kSched) continue;
    const std::string& input = model.evidence.inputs[s.input.raw].name;
    add_schedule(s, traces > 1 ? ", " + input : "", schedules);
  }
  lines.merge(schedules);
  std::vector<Series> out;
  for (const auto& [name, line] : lines) {
    if (!line.points.empty()) out.push_back(series_of(name, line));
  }
  return out;
}

}  // namespace unpark::diagnose
