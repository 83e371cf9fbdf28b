#include "evidence/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/os.h"

namespace unpark::evidence {
namespace {

constexpr const char* kVersions[] = {"go1.19.8",  "go1.20.12", "go1.22.4", "go1.23.1", "go1.24.6",
                                     "go1.25.14", "go1.26.7",  "go1.27.0", "go1.27.3"};

struct Reading {
  Evidence evidence;
  std::vector<std::string> foreign;
  explicit Reading(std::string_view text) {
    evidence.inputs.push_back({});
    MetricsReader reader(InputId(0), evidence);
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      if (!reader.take(line, at)) foreign.emplace_back(line);
      at = end + 1;
    }
    reader.finish();
  }
  const Metric* find(std::string_view name, size_t snapshot = 0) const {
    if (snapshot >= evidence.snapshots.size()) return nullptr;
    for (const Metric& metric : evidence.snapshots[snapshot].metrics) {
      if (evidence.symbols.text(metric.name) == name) return &metric;
    }
    return nullptr;
  }
  double value(std::string_view name, size_t snapshot = 0) const {
    const Metric* metric = find(name, snapshot);
    return metric == nullptr ? -1 : metric->value;
  }
};

std::string fixture(const std::string& version, const std::string& name) {
  base::Result<std::string> text =
      base::read_file("tests/evidence/fixtures/" + version + "/sched/" + name);
  EXPECT_TRUE(text) << version << " " << name;
  return text ? *text : "";
}

TEST(Metrics, ReadsTheTextFormatOfAllVersions) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    Reading r(fixture(version, "prometheus.txt"));
    EXPECT_TRUE(r.foreign.empty()) << r.foreign[0];
    ASSERT_EQ(r.evidence.snapshots.size(), 1u);
    EXPECT_EQ(r.evidence.snapshots[0].kind, SnapshotKind::kMetrics);
    EXPECT_EQ(r.evidence.snapshots[0].process.go_version, version);
    EXPECT_EQ(r.value("go_goroutines"), 152);
    EXPECT_EQ(r.find("go_sched_latencies_seconds_bucket"), nullptr);
    const Metric* odd = r.find("app_odd_labels");
    ASSERT_NE(odd, nullptr);
    EXPECT_TRUE(std::isnan(odd->value));
    std::vector<std::pair<std::string, std::string>> labels;
    for (const Label& label : r.evidence.symbols[odd->labels]) {
      labels.emplace_back(r.evidence.symbols.text(label.key), r.evidence.symbols.text(label.value));
    }
    std::vector<std::pair<std::string, std::string>> expected = {
        {"path", "C:\\dir"}, {"text", "say \"hi\"\nthere"}, {"u", "größe"}};
    EXPECT_EQ(labels, expected);
  }
}

TEST(Metrics, ReadsListingsOfRuntimeMetrics) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    Reading r(fixture(version, "metrics.txt"));
    EXPECT_TRUE(r.foreign.empty()) << r.foreign[0];
    EXPECT_GE(r.value("/sched/goroutines:goroutines"), 152);  // from 1.26 with the run time's own
    EXPECT_LE(r.value("/sched/goroutines:goroutines"), 160);
    EXPECT_GT(r.value("/memory/classes/heap/stacks:bytes"), 0);
    EXPECT_EQ(r.find("/gc/pauses:seconds"), nullptr) << "a distribution has no one value";
  }
  Reading other("/sched/goroutines:goroutines: 7\n/gc/heap/live:bytes = 12\n/sched/x:y=3\n");
  EXPECT_EQ(other.value("/sched/goroutines:goroutines"), 7);
  EXPECT_EQ(other.value("/gc/heap/live:bytes"), 12);
  EXPECT_EQ(other.value("/sched/x:y"), 3);
}

TEST(Metrics, ReadsOpenMetrics) {
  Reading r(
      "# TYPE process_start_time_seconds gauge\n"
      "# UNIT process_start_time_seconds seconds\n"
      "process_start_time_seconds 1.5e+09\n"
      "# TYPE app_requests counter\n"
      "app_requests_total{code=\"200\",} 12 1600000000.123 # {trace_id=\"x\"} 1 2\n"
      "app_requests_created 5\n"
      "# TYPE app_temperature gauge\n"
      "app_temperature -Inf\n"
      "# EOF\n");
  EXPECT_TRUE(r.foreign.empty());
  EXPECT_EQ(r.value("app_requests_total"), 12);
  EXPECT_TRUE(std::isinf(r.value("app_temperature")));
  EXPECT_EQ(r.evidence.snapshots[0].process.start_ns, 1'500'000'000'000'000'000);
}

TEST(Metrics, ScrapesAfterEachOtherAreSnapshots) {
  std::string one =
      "# TYPE go_goroutines gauge\ngo_goroutines 1\n# TYPE go_threads gauge\ngo_threads 4\n";
  std::string two = "# TYPE go_goroutines gauge\ngo_goroutines 2\n";
  Reading r(one + two);
  ASSERT_EQ(r.evidence.snapshots.size(), 2u);
  EXPECT_EQ(r.value("go_goroutines", 0), 1);
  EXPECT_EQ(r.value("go_threads", 0), 4);
  EXPECT_EQ(r.value("go_goroutines", 1), 2);
}

TEST(Metrics, LeavesOtherTextAlone) {
  std::string_view text =
      "count 12\nlistening on 8080\nmain.main()\nmain{x} 3\nf{a=\"b} 3\n# TYPE of thing\n"
      "# HELP me out\ngo_away now\ngo_goroutines 12 apples\n/usr/lib/go:1\n/sched/x 5\nabc{} \n# "
      "3\n"
      "created by net/http.(*Server).Serve\n\tserver.go:12 +0x1\n";
  Reading r(text);
  EXPECT_TRUE(r.evidence.snapshots.empty());
}

TEST(Metrics, KeepsNoMoreThanItShould) {
  std::string text;
  for (int i = 0; i < 260'000; i++) text += "x{a=\"b\"} 1\n";
  Reading r(text);
  EXPECT_EQ(r.evidence.snapshots[0].metrics.size(), 250'000u);
  ASSERT_EQ(r.evidence.inputs[0].notes.size(), 1u);
  EXPECT_NE(r.evidence.inputs[0].notes[0].message.find("10000 samples"), std::string::npos);
}

}  // namespace
}  // namespace unpark::evidence
