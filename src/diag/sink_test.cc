#include "diag/sink.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace unpark::diag {
namespace {

using source::FileBytes;
using source::FileId;
using source::Loc;

struct SinkTest : ::testing::Test {
  source::FileStore files;
  std::vector<KnownRule> rules = {{"UP1005", "abandoned-sender"},
                                  {"UP3001", "lost-cancel"},
                                  {"UP4004", "sync-value-copied", false}};
  Sink sink;

  FileId add_file(std::string path, std::string text) {
    return files.add({std::move(path), FileBytes(std::move(text))});
  }

  // The first place of `needle` in the file.
  Loc find(FileId file, std::string_view needle) {
    size_t at = files[file].text().find(needle);
    EXPECT_NE(at, std::string_view::npos) << needle;
    uint32_t begin = static_cast<uint32_t>(at);
    return {file, {begin, begin + static_cast<uint32_t>(needle.size())}};
  }

  Finding finding(Loc where, std::string rule = "UP1005", std::string words = "stuck") {
    Finding out;
    out.rule = std::move(rule);
    out.name = out.rule == "UP3001" ? "lost-cancel" : "abandoned-sender";
    out.where = where;
    out.message = Message(std::move(words));
    out.package = "p";
    return out;
  }

  // Adds every suppression among the line comments of the file.
  void add_suppressions(FileId file) {
    std::string_view text = files[file].text();
    for (size_t at = text.find("//"); at != std::string_view::npos;) {
      size_t end = std::min(text.find('\n', at), text.size());
      if (auto parsed = parse_suppression(text.substr(at, end - at))) {
        PlacedSuppression placed;
        placed.what = *parsed;
        placed.comment = {file, {static_cast<uint32_t>(at), static_cast<uint32_t>(end)}};
        placed.package = "p";
        sink.add(std::move(placed));
      }
      at = text.find("//", end);
    }
  }

  Results finish(SinkOptions options = {}) {
    options.rules = rules;
    Places places(files);
    return sink.finish(places, options);
  }

  // "RULE@line" of each, in order.
  std::vector<std::string> places_of(const Results& results) {
    Places places(files);
    std::vector<std::string> out;
    for (const Finding& f : results.findings) {
      out.push_back(f.rule + "@" + std::to_string(places.begin(f.where).line));
    }
    return out;
  }
};

using List = std::vector<std::string>;

TEST_F(SinkTest, OrderIsByPathOffsetRuleTextAndNotByArrival) {
  // File ids are against the order of paths.
  FileId late = add_file("/m/z.go", "aaaa\nbbbb\n");
  FileId early = add_file("/m/a.go", "aaaa\nbbbb\n");
  std::vector<Finding> all = {
      finding({early, {0, 1}}, "UP1005"), finding({early, {0, 1}}, "UP3001", "one"),
      finding({early, {0, 1}}, "UP3001", "two"), finding({early, {5, 6}}, "UP1005"),
      finding({late, {0, 1}}, "UP1005")};
  std::vector<std::string> expected;
  for (const Finding& f : all) expected.push_back(f.rule + f.message.format);
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  do {
    for (size_t i : order) sink.add(all[i]);
    Results results = finish();
    std::vector<std::string> got;
    for (const Finding& f : results.findings) got.push_back(f.rule + f.message.format);
    ASSERT_EQ(got, expected);
    EXPECT_EQ(files[results.findings[4].where.file].path, "/m/z.go");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(SinkTest, DoublesAreDroppedOthersAreNot) {
  FileId file = add_file("/m/a.go", "aaaa\nbbbb\n");
  Finding test_variant = finding({file, {0, 1}});
  test_variant.package = "p_test";
  sink.add(test_variant);
  sink.add(finding({file, {0, 1}}));
  sink.add(finding({file, {0, 2}}));
  sink.add(finding({file, {0, 1}}, "UP1005", "other words"));
  Results results = finish();
  ASSERT_EQ(results.findings.size(), 3u);
  for (const Finding& f : results.findings) EXPECT_EQ(f.package, "p");
}

TEST_F(SinkTest, CommentAtTheEndOfALineCoversThatLineOnly) {
  FileId file = add_file("/m/a.go",
                         "one() //unpark:ignore UP1005 -- drained elsewhere\n"
                         "two()\n");
  sink.add(finding(find(file, "one")));
  sink.add(finding(find(file, "two")));
  add_suppressions(file);
  Results results = finish();
  EXPECT_EQ(places_of(results), List{"UP1005@2"});
  ASSERT_EQ(results.accepted.size(), 1u);
  EXPECT_EQ(results.accepted[0].reason, "drained elsewhere");
}

TEST_F(SinkTest, CommentOnItsOwnLineCoversTheNextLineOfCode) {
  FileId file = add_file("/m/a.go",
                         "zero()\n"
                         "\t//unpark:ignore UP1005 -- drained elsewhere\n"
                         "\t// more to say\n"
                         "\tone()\n"
                         "\ttwo()\n");
  for (const char* call : {"zero", "one", "two"}) sink.add(finding(find(file, call)));
  add_suppressions(file);
  EXPECT_EQ(places_of(finish()), (List{"UP1005@1", "UP1005@5"}));
}

TEST_F(SinkTest, CommentInDocumentationCoversTheDeclaration) {
  std::string text =
      "//unpark:ignore lost-cancel -- ends with the process\n"
      "func f() {\n\tone()\n\ttwo()\n}\n"
      "func g() { three() }\n";
  FileId file = add_file("/m/a.go", text);
  for (const char* call : {"one", "two", "three"}) sink.add(finding(find(file, call), "UP3001"));
  sink.add(finding(find(file, "one")));
  PlacedSuppression placed;
  placed.what = *parse_suppression("//unpark:ignore lost-cancel -- ends with the process");
  placed.comment = {file, {0, 52}};
  uint32_t begin = find(file, "func f").span.begin;
  uint32_t end = find(file, "func g").span.begin;
  placed.declaration = {begin, end};
  sink.add(placed);
  EXPECT_EQ(places_of(finish()), (List{"UP1005@3", "UP3001@6"}));
}

TEST_F(SinkTest, OnlyTheNamedRules) {
  FileId file = add_file("/m/a.go",
                         "one() //unpark:ignore up1005,lost-cancel -- both\n"
                         "two() //unpark:ignore UP3* -- one family\n");
  for (const char* call : {"one", "two"}) {
    sink.add(finding(find(file, call), "UP1005"));
    sink.add(finding(find(file, call), "UP3001"));
  }
  add_suppressions(file);
  EXPECT_EQ(places_of(finish()), List{"UP1005@2"});
}

TEST_F(SinkTest, FormsOfOtherTools) {
  FileId file = add_file("/m/a.go",
                         "a1() //nolint\n"
                         "a2() //nolint:unpark\n"
                         "a3() //nolint:unpark,errcheck // why\n"
                         "a4() //nolint:errcheck\n"
                         "a5() //lint:ignore UP1005 known\n"
                         "a6() //lint:ignore SA1000 known\n");
  for (const char* call : {"a1", "a2", "a3", "a4", "a5", "a6"}) {
    sink.add(finding(find(file, call)));
  }
  add_suppressions(file);
  EXPECT_EQ(places_of(finish()), (List{"UP1005@4", "UP1005@6"}));
}

TEST_F(SinkTest, FileIgnoreCoversTheFile) {
  FileId file = add_file("/m/a.go", "one()\n//lint:file-ignore UP1005 imported\ntwo()\n");
  FileId other = add_file("/m/b.go", "one()\n");
  sink.add(finding(find(file, "one")));
  sink.add(finding(find(file, "two")));
  sink.add(finding(find(file, "two"), "UP3001"));
  sink.add(finding(find(other, "one")));
  add_suppressions(file);
  Results results = finish();
  EXPECT_EQ(places_of(results), (List{"UP3001@3", "UP1005@1"}));
  EXPECT_EQ(results.accepted.size(), 2u);
}

TEST_F(SinkTest, WithoutReasonItAcceptsNothingAndIsReported) {
  FileId file = add_file("/m/a.go",
                         "one() //unpark:ignore UP1005\n"
                         "two() //unpark:ignore\n"
                         "three() //lint:ignore UP1005\n");
  sink.add(finding(find(file, "one")));
  add_suppressions(file);
  Results results = finish();
  EXPECT_EQ(places_of(results), (List{"UP1005@1", "UP0001@1", "UP0001@2", "UP0001@3"}));
  EXPECT_EQ(results.findings[1].message.format,
            "this suppression gives no reason and does nothing");
  EXPECT_EQ(results.findings[2].message.format, "this suppression names no rule and does nothing");
}

TEST_F(SinkTest, UnknownRulesAreReported) {
  FileId file = add_file("/m/a.go", "one() //unpark:ignore UP1005,UP9999,lost-cansel -- why\n");
  sink.add(finding(find(file, "one")));
  add_suppressions(file);
  Results results = finish();
  ASSERT_EQ(places_of(results), List{"UP0002@1"});
  Places places(files);
  EXPECT_EQ(to_text(results.findings[0].message, places, file),
            "no rule is called `UP9999, lost-cansel`");
}

TEST_F(SinkTest, StaleOnesAreReportedByRule) {
  FileId file = add_file("/m/a.go",
                         "one() //unpark:ignore UP1005,UP3001 -- half of it\n"
                         "two() //unpark:ignore UP1005 -- nothing\n"
                         "three() //lint:ignore UP1005 nothing\n"
                         "four() //nolint\n"
                         "five() //nolint:all\n");
  sink.add(finding(find(file, "one")));
  add_suppressions(file);
  Results results = finish();
  EXPECT_EQ(places_of(results), (List{"UP0003@1", "UP0003@2", "UP0003@3"}));
  Places places(files);
  EXPECT_EQ(to_text(results.findings[0].message, places, file),
            "there is no finding of `UP3001` here to suppress");
}

TEST_F(SinkTest, StaleOnlyWhenTheRuleRanOnCompleteCode) {
  FileId file = add_file("/m/a.go",
                         "one() //unpark:ignore UP4004 -- this rule did not run\n"
                         "two() //nolint:unpark\n");
  add_suppressions(file);
  EXPECT_TRUE(finish().findings.empty());

  rules[2].ran = true;
  add_suppressions(file);
  EXPECT_EQ(places_of(finish()), (List{"UP0003@1", "UP0003@2"}));

  PlacedSuppression placed;
  placed.what = *parse_suppression("//unpark:ignore UP1005 -- the package lacks a dependency");
  placed.comment = find(file, "//unpark:ignore UP4004 -- this rule did not run");
  placed.complete = false;
  sink.add(placed);
  EXPECT_TRUE(finish().findings.empty());
}

TEST_F(SinkTest, GeneratedFilesAreLeftOutUnlessAskedFor) {
  FileId made = add_file("/m/gen.go", "one() //unpark:ignore UP3001 -- stale\n");
  FileId own = add_file("/m/own.go", "one()\n");
  auto fill = [&] {
    sink.mark_generated(made);
    sink.add(finding(find(made, "one")));
    sink.add(finding(find(own, "one")));
    add_suppressions(made);
  };
  fill();
  Results results = finish();
  EXPECT_EQ(results.in_generated, 1u);
  ASSERT_EQ(results.findings.size(), 1u);
  EXPECT_EQ(results.findings[0].where.file, own);

  fill();
  SinkOptions all;
  all.include_generated = true;
  results = finish(all);
  EXPECT_EQ(results.in_generated, 0u);
  EXPECT_EQ(results.findings.size(), 3u);  // with the stale suppression
}

TEST_F(SinkTest, BaselineTakesKnownFindingsOut) {
  FileId file = add_file("/m/a.go", "one()\ntwo()\n");
  Finding known = finding(find(file, "one"));
  known.site = {"p", "f", "send", 1};
  Finding fresh = finding(find(file, "two"));
  fresh.site = {"p", "f", "send", 2};
  Places places(files);
  Baseline baseline = make_baseline(std::vector<Finding>{known}, places, "/m");
  EXPECT_EQ(baseline.entries[0].file, "a.go");
  baseline.entries.push_back({"UP1005", "gone.go", "g", {"site/1:0123456789abcdef"}});
  sink.add(known);
  sink.add(fresh);
  SinkOptions options;
  options.baseline = &baseline;
  Results results = finish(options);
  EXPECT_EQ(places_of(results), List{"UP1005@2"});
  EXPECT_EQ(results.in_baseline, 1u);
  EXPECT_EQ(results.baseline_unused, 1u);
}

TEST_F(SinkTest, PlacesWithoutFileAndManyCommentLines) {
  sink.add(finding(Loc{}));
  std::string text;
  for (int i = 0; i < 20000; i++) text += "//nolint\n";
  FileId file = add_file("/m/a.go", text + "one()\n");
  sink.add(finding(find(file, "one")));
  add_suppressions(file);
  Results results = finish();
  ASSERT_EQ(results.findings.size(), 1u);
  EXPECT_FALSE(results.findings[0].where.file.exists());
  EXPECT_EQ(results.accepted.size(), 1u);
}

}  // namespace
}  // namespace unpark::diag
