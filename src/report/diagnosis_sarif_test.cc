// SARIF: its structure, as the standard and code scanning ask for it.
#include "report/diagnosis_sarif.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "report/diagnosis_test_case.h"

namespace unpark::report {
namespace {

using Json = nlohmann::json;

const SarifOptions kOptions = {.working_dir = "/build/shop", .version = "1.2.3", .redact = true};

Json sarif_of(const DiagnosisCase& c) {
  return Json::parse(diagnosis_sarif(c.evidence, c.diagnosis, kOptions), nullptr, false);
}

void expect_place(const Json& location) {
  ASSERT_TRUE(location.contains("physicalLocation")) << location;
  const Json& where = location["physicalLocation"];
  std::string uri = where["artifactLocation"]["uri"];
  EXPECT_FALSE(uri.empty());
  EXPECT_NE(uri[0], '/');
  const Json& region = where["region"];
  EXPECT_GE(region["startLine"], 1);
  EXPECT_GE(region["startColumn"], 1);
  EXPECT_EQ(region["endLine"], region["startLine"]);
  EXPECT_GT(region["endColumn"], region["startColumn"]);
}

TEST(DiagnosisSarif, EveryResultIsWhole) {
  DiagnosisCase c;
  Json sarif = sarif_of(c);
  EXPECT_EQ(sarif["version"], "2.1.0");
  ASSERT_EQ(sarif["runs"].size(), 1u);
  const Json& run = sarif["runs"][0];
  const Json& driver = run["tool"]["driver"];
  EXPECT_EQ(driver["semanticVersion"], "1.2.3");
  std::set<std::string> ids, hashes;
  for (const Json& rule : driver["rules"]) {
    EXPECT_TRUE(ids.insert(rule["id"]).second) << "a rule twice";
    EXPECT_NE(rule["id"], rule["name"]);
    EXPECT_FALSE(std::string(rule["help"]["text"]).empty());
    EXPECT_FALSE(std::string(rule["shortDescription"]["text"]).empty());
  }
  ASSERT_EQ(run["results"].size(), 4u) << "a race and three groups; the pool is no result";
  for (const Json& result : run["results"]) {
    EXPECT_EQ(driver["rules"][size_t{result["ruleIndex"]}]["id"], result["ruleId"]);
    EXPECT_FALSE(std::string(result["message"]["text"]).empty());
    ASSERT_EQ(result["locations"].size(), 1u);
    expect_place(result["locations"][0]);
    std::set<size_t> related;
    for (const Json& location : result["relatedLocations"]) {
      expect_place(location);
      related.insert(location["id"].get<size_t>());
    }
    // Every link of the message leads to one.
    std::string text = result["message"]["text"];
    size_t links = 0;
    for (size_t at = 0; (at = text.find("](", at)) != std::string::npos; at++) {
      EXPECT_TRUE(related.count(std::stoul(text.substr(at + 2)))) << text;
      links++;
    }
    EXPECT_EQ(links > 0, !related.empty());
    size_t step = 0;
    for (const Json& flow : result["codeFlows"][0]["threadFlows"]) {
      for (const Json& one : flow["locations"]) {
        EXPECT_EQ(one["executionOrder"], ++step);
        EXPECT_EQ(std::string(one["location"]["message"]["text"]).find(std::to_string(step) + ". "),
                  0u);
        expect_place(one["location"]);
      }
    }
    EXPECT_GT(step, 0u);
    std::string hash = result["partialFingerprints"]["primaryLocationLineHash"];
    EXPECT_TRUE(hashes.insert(hash).second) << "one fingerprint for two results";
  }
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], false) << "an input could not be read";
}

TEST(DiagnosisSarif, RaceTellsBothAccessesAndTheStart) {
  DiagnosisCase c;
  Json result = sarif_of(c)["runs"][0]["results"][0];
  EXPECT_EQ(result["ruleId"], "data-race");
  EXPECT_EQ(result["message"]["text"],
            "data race: [write by the main goroutine](2) and an earlier [read by goroutine 8](3)");
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["region"]["startLine"], 92);
  const Json& flows = result["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(flows.size(), 2u) << "one for each goroutine";
  EXPECT_EQ(flows[0]["id"], "goroutine 8");
  ASSERT_EQ(flows[0]["locations"].size(), 2u) << "its start, its access";
  EXPECT_EQ(flows[0]["locations"][0]["location"]["message"]["text"],
            "1. goroutine 8 is started in main.main");
  EXPECT_EQ(flows[0]["locations"][1]["location"]["message"]["text"],
            "2. read by goroutine 8 in main.main.func1");
  EXPECT_EQ(flows[1]["locations"][0]["location"]["message"]["text"],
            "3. write by the main goroutine in main.main");
  EXPECT_EQ(result["partialFingerprints"]["unpark/v1"], "race/1:123456789abcdef0");
  EXPECT_EQ(result["properties"]["reports"], 3);
}

TEST(DiagnosisSarif, EmptyListsAreLists) {
  evidence::Evidence evidence;
  Json sarif = Json::parse(diagnosis_sarif(evidence, {}, kOptions), nullptr, false);
  EXPECT_EQ(sarif["runs"][0]["results"], Json::array());
  EXPECT_EQ(sarif["runs"][0]["tool"]["driver"]["rules"], Json::array());
  EXPECT_EQ(sarif["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

TEST(DiagnosisSarif, RacesOfWhichPiecesAreMissing) {
  DiagnosisCase c;
  evidence::Race race;
  c.evidence.snapshots[2].races.push_back(race);
  race.accesses.push_back({evidence::RaceAccess::kRead, false, 0, 7, {}});
  c.evidence.snapshots[2].races.push_back(race);
  c.diagnosis.races = {{2, 1, 1, "race/1:a"}, {2, 2, 1, "race/1:b"}};
  c.diagnosis.groups.clear();
  Json results = sarif_of(c)["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0]["message"]["text"], "data race: the report does not show both accesses");
  EXPECT_EQ(results[0]["locations"], Json::array());
  EXPECT_EQ(results[1]["message"]["text"],
            "data race: read by goroutine 7; the report does not show both accesses");
}

TEST(DiagnosisSarif, PathsAreUriReferencesAndNothingIsPrivate) {
  DiagnosisCase c;
  c.diagnosis.groups[0].stack = c.stack({c.frame("main.f", "/build/shop/a b/\xc3\xa9#1.go", 3)});
  std::string text = diagnosis_sarif(c.evidence, c.diagnosis, kOptions);
  EXPECT_NE(text.find("\"a%20b/%C3%A9%231.go\""), std::string::npos);
  for (const char* secret : {"alice", "0xc000"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace unpark::report
