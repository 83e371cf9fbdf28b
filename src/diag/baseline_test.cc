#include "diag/baseline.h"

#include <gtest/gtest.h>

#include "diag/fingerprint.h"

namespace unpark::diag {
namespace {

Finding sample(std::string function, uint32_t ordinal = 1) {
  Finding finding;
  finding.rule = "UP1005";
  finding.name = "abandoned-sender";
  finding.message = Message("{0} is stuck", Code{"ch"});
  finding.package = "example.com/m/pool";
  finding.function = function;
  finding.site = {finding.package, std::move(function), "send", ordinal};
  return finding;
}

TEST(Fingerprints, Kinds) {
  Finding finding = sample("Run");
  std::vector<std::string> site_only = fingerprints(finding);
  ASSERT_EQ(site_only.size(), 1u);
  EXPECT_TRUE(site_only[0].starts_with("site/1:"));
  EXPECT_EQ(site_only[0].size(), std::string("site/1:").size() + 16);

  finding.shape = 77;
  std::vector<std::string> both = fingerprints(finding);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0], site_only[0]);
  EXPECT_TRUE(both[1].starts_with("shape/1:"));

  finding.site = {};
  finding.shape.reset();
  std::vector<std::string> neither = fingerprints(finding);
  ASSERT_EQ(neither.size(), 1u);
  EXPECT_TRUE(neither[0].starts_with("text/1:"));
}

// These values are in users' files: a change here needs a new version.
TEST(Fingerprints, ValuesAreKept) {
  Finding finding = sample("Run");
  finding.shape = 77;
  EXPECT_EQ(fingerprints(finding),
            (std::vector<std::string>{"site/1:e92c7b211bf66889", "shape/1:111091ca91094303"}));
  finding.site = {};
  finding.shape.reset();
  EXPECT_EQ(fingerprints(finding), std::vector<std::string>{"text/1:b1d7d70ee5ea21a3"});
}

TEST(Fingerprints, DependOnEachPartOfTheSite) {
  Finding base = sample("Run");
  Finding moved = base;
  moved.where.span = {100, 120};
  moved.message = Message("other words");
  EXPECT_EQ(fingerprints(base), fingerprints(moved));

  Finding other = base;
  other.rule = "UP1006";
  EXPECT_NE(fingerprints(base), fingerprints(other));
  EXPECT_NE(fingerprints(base), fingerprints(sample("Run", 2)));
  EXPECT_NE(fingerprints(base), fingerprints(sample("Walk")));
  // Parts do not run together.
  Finding left = base;
  left.site = {"a", "bc", "send", 1};
  Finding right = base;
  right.site = {"ab", "c", "send", 1};
  EXPECT_NE(fingerprints(left), fingerprints(right));
}

TEST(SiteText, NamesEveryPart) {
  EXPECT_EQ(to_string(sample("(*Pool).Run.func1", 2).site),
            "example.com/m/pool.(*Pool).Run.func1:send#2");
  EXPECT_EQ(to_string(Site()), "");
}

TEST(BaselineFile, RoundTripIsSortedAndStable) {
  Baseline baseline;
  baseline.entries = {{"UP2", "b.go", "F", {"site/1:2"}}, {"UP1", "a.go", "\"G\"\n", {"x", "y"}}};
  std::string text = to_json(baseline);
  auto read = parse_baseline(text);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->entries.size(), 2u);
  EXPECT_EQ(read->entries[0].file, "a.go");
  EXPECT_EQ(read->entries[0].function, "\"G\"\n");
  EXPECT_EQ(read->entries[0].fingerprints, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(read->entries[1].rule, "UP2");
  EXPECT_EQ(to_json(*read), text);
}

TEST(BaselineFile, BadInputIsAnErrorWithWords) {
  struct Case {
    std::string text;
    std::string says;
  };
  for (const Case& c : std::vector<Case>{
           {"", "not JSON"},
           {"{", "not JSON"},
           {std::string(100000, '['), "not JSON"},
           {std::string("{\0}", 3), "not JSON"},
           {"[]", "not a JSON object"},
           {"{}", "no version"},
           {R"({"unparkBaseline": "1"})", "no version"},
           {R"({"unparkBaseline": 2, "findings": []})", "version 2"},
           {R"({"unparkBaseline": 1})", "no list of findings"},
           {R"({"unparkBaseline": 1, "findings": {}})", "no list of findings"},
           {R"({"unparkBaseline": 1, "findings": [3]})", "entry 0 is not an object"},
           {R"({"unparkBaseline": 1, "findings": [{"rule": 3}]})", "\"rule\" is not a string"},
           {R"({"unparkBaseline": 1, "findings": [{"rule": "UP1"}]})", "no list of fingerprints"},
           {R"({"unparkBaseline": 1, "findings": [{"fingerprints": []}]})",
            "no list of fingerprints"},
           {R"({"unparkBaseline": 1, "findings": [{"fingerprints": [1]}]})", "not a string"},
       }) {
    auto read = parse_baseline(c.text);
    ASSERT_FALSE(read) << c.text.substr(0, 80);
    EXPECT_NE(read.error().message.find(c.says), std::string::npos) << read.error().message;
  }
}

TEST(BaselineFile, BytesThatAreNoUtf8AreReplacedNotFatal) {
  Baseline baseline;
  baseline.entries = {{"UP1", "caf\xe9.go", "", {"site/1:2"}}};
  auto read = parse_baseline(to_json(baseline));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->entries[0].fingerprints, std::vector<std::string>{"site/1:2"});
}

TEST(BaselineMatch, AnyEqualFingerprintMatches) {
  Finding renamed = sample("Renamed");
  renamed.shape = 5;
  Finding original = sample("Run");
  original.shape = 5;
  Baseline baseline;
  baseline.entries = {{"UP1005", "", "", fingerprints(original)}};
  BaselineMatch matched = match(baseline, std::vector<Finding>{renamed});
  EXPECT_TRUE(matched.known[0]);
  EXPECT_EQ(matched.unused, 0u);

  renamed.shape = 6;
  matched = match(baseline, std::vector<Finding>{renamed});
  EXPECT_FALSE(matched.known[0]);
  EXPECT_EQ(matched.unused, 1u);
}

TEST(BaselineMatch, AnEntryForgivesOnceAndSitesGoFirst) {
  // The copy comes first, but the entry belongs to the finding at the entry's own site.
  Finding copy = sample("Copy");
  copy.shape = 5;
  Finding original = sample("Run");
  original.shape = 5;
  Baseline baseline;
  baseline.entries = {{"UP1005", "", "", fingerprints(original)}};
  BaselineMatch matched = match(baseline, std::vector<Finding>{copy, original});
  EXPECT_FALSE(matched.known[0]);
  EXPECT_TRUE(matched.known[1]);

  baseline.entries.push_back(baseline.entries[0]);
  matched = match(baseline, std::vector<Finding>{copy, original});
  EXPECT_TRUE(matched.known[0]);
  EXPECT_TRUE(matched.known[1]);
  EXPECT_EQ(matched.unused, 0u);
}

}  // namespace
}  // namespace unpark::diag
