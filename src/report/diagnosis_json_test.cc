// The JSON report: what stands in it, and that docs/diagnose_json.md tells of every key.
#include "report/diagnosis_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/os.h"
#include "report/diagnosis_test_case.h"

namespace unpark::report {
namespace {

using Json = nlohmann::json;

Json json_of(const DiagnosisCase& c, const DiagnosisJsonOptions& options = {}) {
  return Json::parse(diagnosis_json(c.evidence, c.diagnosis, options), nullptr, false);
}

void collect_keys(const Json& json, std::set<std::string>& keys) {
  for (auto& [key, value] : json.items()) {
    if (json.is_object()) keys.insert(key);
    if (value.is_structured()) collect_keys(value, keys);
  }
}

TEST(DiagnosisJson, TopLevel) {
  DiagnosisCase c;
  Json json = json_of(c);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["verdict"], "leak");
  EXPECT_EQ(json["summary"], "leak: 2 groups in a deadlock, 1 group growing; and 1 data race");
  EXPECT_EQ(json["nextSteps"], Json({"a heap profile of the same process"}));
  EXPECT_EQ(json["deadlocks"], Json::parse("[[1, 2]]"));
  EXPECT_EQ(json["looks"].size(), 2u);
  EXPECT_EQ(json["looks"][1]["input"], 1);
  EXPECT_EQ(json["looks"][1]["time"], "2023-11-14T22:23:20Z");
  EXPECT_EQ(json["looks"][1]["cut"], true);
}

TEST(DiagnosisJson, Inputs) {
  DiagnosisCase c;
  Json inputs = json_of(c, {.redact = true, .base_end = 1})["inputs"];
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(inputs[0]["kind"], "goroutine dump");
  EXPECT_EQ(inputs[0]["goVersion"], "go1.26.7");
  EXPECT_EQ(inputs[0]["goroutines"], 105);
  EXPECT_EQ(inputs[0]["base"], true);
  EXPECT_EQ(inputs[1]["base"], false);
  EXPECT_EQ(inputs[1]["notes"],
            Json::parse(R"([{"kind": "cut", "message": "the end is missing behind 0x0"}])"));
  EXPECT_EQ(inputs[1]["error"], nullptr);
  EXPECT_EQ(inputs[2]["error"], "cannot read on: Input/output error");
}

TEST(DiagnosisJson, Groups) {
  DiagnosisCase c;
  Json groups = json_of(c)["groups"];
  ASSERT_EQ(groups.size(), 4u);
  const Json& leak = groups[0];
  EXPECT_EQ(leak["rank"], 1);
  EXPECT_EQ(leak["count"], 400);
  EXPECT_EQ(leak["state"], "chan send");
  EXPECT_EQ(leak["mechanism"], "abandoned-sender");
  EXPECT_EQ(leak["rule"], "UP1005");
  EXPECT_EQ(leak["strength"], "growing");
  EXPECT_EQ(leak["site"], "example.com/shop/quote.Handler.func1.1:send#?");
  EXPECT_EQ(leak["stack"], Json::parse(R"([{"function": "example.com/shop/quote.Handler.func1.1",
                                            "file": "/build/shop/quote/quote.go", "line": 32}])"));
  EXPECT_EQ(leak["createdBy"]["line"], 30);
  EXPECT_EQ(leak["ranking"][1],
            Json::parse(R"({"term": "growth per hour", "value": 1800.0, "unit": "goroutines/h"})"));
  EXPECT_EQ(leak["looks"][1],
            Json::parse(R"({"count": 400, "survivors": 100, "births": 300, "deaths": 0})"));
  EXPECT_EQ(leak["looks"][0], Json::parse(R"({"count": 100})"));
  EXPECT_EQ(leak["growth"]["perHour"], 1800.0);
  EXPECT_EQ(leak["ages"]["under10min"], 10);
  EXPECT_EQ(leak["baseCount"], nullptr);
  EXPECT_EQ(leak["sharedObject"], "object 1");
  EXPECT_EQ(groups[1]["growth"], nullptr);
  EXPECT_EQ(groups[1]["createdBy"], nullptr);
  EXPECT_EQ(groups[3]["expected"], "a server that waits for connections");
  EXPECT_EQ(groups[3]["state"], "IO wait");
}

TEST(DiagnosisJson, EdgesAnswerAlsoWithNobodyAndNotShown) {
  DiagnosisCase c;
  diagnose::Edge hidden;
  hidden.from = diagnose::GroupId{0};
  hidden.role = diagnose::Edge::kNotShown;
  c.diagnosis.edges.push_back(hidden);
  Json edges = json_of(c)["waitsFor"];
  ASSERT_EQ(edges.size(), 4u);
  EXPECT_EQ(edges[0], Json::parse(R"({"from": {"rank": 1, "goroutine": null}, "role": "nobody",
      "to": null, "known": null, "object": "object 1", "count": 400})"));
  EXPECT_EQ(edges[1], Json::parse(R"({"from": {"rank": 2, "goroutine": 21}, "role": "holder",
      "to": {"rank": 3, "goroutine": 22}, "known": "field", "object": "object 2", "count": 1})"));
  EXPECT_EQ(edges[2]["known"], "stale-address");
  EXPECT_EQ(edges[3]["role"], "not shown");
  EXPECT_EQ(edges[3]["to"], nullptr);
}

TEST(DiagnosisJson, Races) {
  DiagnosisCase c;
  Json races = json_of(c)["races"];
  ASSERT_EQ(races.size(), 1u);
  EXPECT_EQ(races[0]["fingerprint"], "race/1:123456789abcdef0");
  EXPECT_EQ(races[0]["reports"], 3);
  EXPECT_EQ(races[0]["accesses"][0]["kind"], "write");
  EXPECT_EQ(races[0]["accesses"][0]["main"], true);
  EXPECT_EQ(races[0]["accesses"][1]["goroutine"], 8);
  EXPECT_EQ(races[0]["accesses"][1]["earlier"], true);
  EXPECT_EQ(races[0]["accesses"][1]["stack"][0]["line"], 89);
  EXPECT_EQ(races[0]["creations"][0]["running"], false);
}

TEST(DiagnosisJson, PrivateThingsAreShownOnlyWhenAskedFor) {
  DiagnosisCase c;
  c.diagnosis.series.push_back({"logins{user=\"alice\"}", {{c.kTime, 1.0}}, {}});
  std::string hidden = diagnosis_json(c.evidence, c.diagnosis, {});
  for (const char* secret : {"alice", "0xc000"}) {
    EXPECT_EQ(hidden.find(secret), std::string::npos) << secret;
  }
  Json shown = json_of(c, {.redact = false, .base_end = 0});
  EXPECT_EQ(shown["groups"][0]["labels"][0]["value"], "alice@example.com");
  EXPECT_EQ(shown["groups"][0]["sharedObject"], "0xc000123456");
  EXPECT_EQ(shown["series"][0]["name"], "logins{user=\"alice\"}");
}

TEST(DiagnosisJson, WhatJsonCannotSay) {
  DiagnosisCase c;
  c.diagnosis.groups[0].growth.per_hour = std::numeric_limits<double>::infinity();
  c.diagnosis.groups[0].states[0].first = "\xff\xfe";
  Json json = json_of(c);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["groups"][0]["growth"]["perHour"], nullptr);
  EXPECT_EQ(json["groups"][0]["state"], "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(DiagnosisJson, SameBytesEachTime) {
  DiagnosisCase a, b;
  EXPECT_EQ(diagnosis_json(a.evidence, a.diagnosis, {}),
            diagnosis_json(b.evidence, b.diagnosis, {}));
}

TEST(DiagnosisJson, NothingAtAll) {
  evidence::Evidence evidence;
  Json json = Json::parse(diagnosis_json(evidence, {}, {}), nullptr, false);
  EXPECT_EQ(json["verdict"], "not enough evidence");
  for (const char* list : {"inputs", "looks", "groups", "waitsFor", "races", "series"}) {
    EXPECT_EQ(json[list], Json::array()) << list;
  }
}

TEST(DiagnosisJson, EveryKeyIsDocumented) {
  auto page = base::read_file("docs/diagnose_json.md");
  ASSERT_TRUE(page.ok());
  DiagnosisCase c;
  c.diagnosis.series.push_back({"goroutines", {{c.kTime, 1.0}}, {true, 1, 1, 0.5, false, 1}});
  evidence::Symbols& s = c.evidence.symbols;
  c.diagnosis.groups[3].stack =
      c.stack({c.evidence.symbols.frame({s.string("f"), s.string("g"), 1, evidence::kInlined}),
               c.evidence.symbols.frame({s.string(""), s.string(""), 50, evidence::kElision})});
  std::set<std::string> keys;
  collect_keys(json_of(c), keys);
  EXPECT_GT(keys.size(), 60u);
  for (const std::string& key : keys) {
    EXPECT_NE(page->find("`" + key + "`"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace unpark::report
