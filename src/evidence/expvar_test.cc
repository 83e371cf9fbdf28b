#include "evidence/expvar.h"

#include <gtest/gtest.h>

#include <string>

#include "base/os.h"

namespace unpark::evidence {
namespace {

constexpr const char* kVersions[] = {"go1.19.8",  "go1.20.12", "go1.22.4", "go1.23.1", "go1.24.6",
                                     "go1.25.14", "go1.26.7",  "go1.27.0", "go1.27.3"};

struct Reading {
  Evidence evidence;
  bool ok;
  explicit Reading(std::string_view text) {
    evidence.inputs.push_back({});
    ok = read_expvar(text, InputId(0), evidence);
  }
  double value(std::string_view name) const {
    for (const Metric& metric : evidence.snapshots[0].metrics) {
      if (evidence.symbols.text(metric.name) == name) return metric.value;
    }
    return -1;
  }
};

TEST(Expvar, ReadsAllVersions) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    base::Result<std::string> text =
        base::read_file(std::string("tests/evidence/fixtures/") + version + "/sched/expvar.json");
    ASSERT_TRUE(text);
    Reading r(*text);
    ASSERT_TRUE(r.ok);
    ASSERT_EQ(r.evidence.snapshots.size(), 1u);
    EXPECT_EQ(r.evidence.snapshots[0].kind, SnapshotKind::kExpvar);
    EXPECT_EQ(r.evidence.snapshots[0].process.binary, "./sched");
    EXPECT_EQ(r.value("goroutines"), 152);
    EXPECT_EQ(r.value("byCode.200"), 7);
    EXPECT_GT(r.value("memstats.HeapAlloc"), 0);
    EXPECT_EQ(r.value("memstats.PauseNs"), -1);
  }
}

TEST(Expvar, NumbersThatJsonDoesNotHave) {
  Reading r(R"({"cmdline":["/bin/a b","-token=x"],"nan":NaN,"inf":+Inf,"low":-Inf,)"
            R"("text":"NaN \" +Inf","n":3,"deep":{"er":-2.5}})");
  ASSERT_TRUE(r.ok);
  EXPECT_EQ(r.value("n"), 3);
  EXPECT_EQ(r.value("deep.er"), -2.5);
  EXPECT_EQ(r.evidence.snapshots[0].metrics.size(), 2u);
  EXPECT_EQ(r.evidence.snapshots[0].process.binary, "/bin/a b");
}

TEST(Expvar, RefusesWhatItIsNot) {
  for (std::string_view text :
       {"", "{", "[1]", "{}", "null", R"({"memstats":1})", R"({"cmdline":"x"})",
        R"({"cmdline":[]} {"cmdline":[]})", R"({"cmdline":[],})", R"({"level":"info","n":1})"}) {
    SCOPED_TRACE(text);
    Reading r(text);
    EXPECT_FALSE(r.ok);
    EXPECT_TRUE(r.evidence.snapshots.empty());
  }
}

TEST(Expvar, DepthAndSizeAreBounded) {
  std::string deep = R"({"cmdline":[],"a":)";
  for (int i = 0; i < 500; i++) deep += R"({"b":)";
  deep += "1" + std::string(500, '}') + "}";
  Reading below(deep);
  EXPECT_TRUE(below.ok);
  EXPECT_TRUE(below.evidence.snapshots[0].metrics.empty());

  std::string deeper = R"({"cmdline":[],"a":)" + std::string(100'000, '[');
  EXPECT_FALSE(Reading(deeper).ok);

  std::string many = R"({"cmdline":[])";
  for (int i = 0; i < 100'010; i++) many += ",\"k" + std::to_string(i) + "\":1";
  Reading full(many + "}");
  ASSERT_TRUE(full.ok);
  EXPECT_EQ(full.evidence.snapshots[0].metrics.size(), 100'000u);
  EXPECT_EQ(full.evidence.inputs[0].notes.size(), 1u);
}

}  // namespace
}  // namespace unpark::evidence
