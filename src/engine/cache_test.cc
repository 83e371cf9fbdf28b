// Results of one run in the next: what is reused, what is not, and that nobody can tell by the
// findings.
#include "engine/cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utime.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/os.h"
#include "diag/places.h"
#include "engine/analyze.h"
#include "engine/result_codec.h"
#include "harness/temp_dir.h"
#include "report/json.h"
#include "rules/context.h"
#include "rules/rule.h"

namespace unpark::engine {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

constexpr std::string_view kLeak = R"(
func Leak(stop bool) int {
	answers := make(chan int)
	go func() { answers <- 1 }()
	if stop {
		return 0
	}
	return <-answers
}
)";

// A module: app imports both low and mid, mid imports low, alone imports nothing.
class Reused : public ::testing::Test {
 protected:
  Reused() : cache_(cache_dir_.path() + "/c", {1, 2}) {
    write("go.mod", "module example.com/m\n\ngo 1.22\n");
    write("low/low.go", "package low\n\nfunc Get() int { return 1 }\n");
    write("low/low_test.go", "package low\n\nfunc helper() int { return Get() }\n");
    write("mid/mid.go", "package mid\n\nimport \"example.com/m/low\"\n\nvar X = low.Get()\n" +
                            std::string(kLeak));
    write("app/app.go",
          "package app\n\nimport (\n\t\"example.com/m/low\"\n\t\"example.com/m/mid\"\n)\n\n"
          "var X = low.Get() + mid.X\n");
    write("alone/alone.go", "package alone\n" + std::string(kLeak));
    write("alone/linux.go", "//go:build special\n\npackage alone\n");
    for (const rules::Rule& rule : rules::all_rules()) options_.rules.push_back(&rule);
    options_.load.dir = tree_.path();
    options_.load.patterns = {"./..."};
    // A standard library that is soon read, and the same everywhere.
    cache_dir_.write("go/VERSION", "go1.22.0\n");
    cache_dir_.write("go/src/runtime/runtime.go", "package runtime\n");
    cache_dir_.write("go/src/os/os.go", "package os\n");
    cache_dir_.write("go/src/reflect/reflect.go", "package reflect\n");
    cache_dir_.write("go/src/testing/testing.go", "package testing\n");
    cache_dir_.write("go/src/testing/internal/testdeps/deps.go", "package testdeps\n");
    options_.load.goroot = cache_dir_.file("go");
    options_.load.environment = load::Environment{};
    options_.cache = &cache_;
  }

  void write(std::string_view name, std::string_view text) { tree_.write(name, text); }

  struct Ran {
    uint64_t reused = 0, packages = 0;
    std::string json;
  };
  Ran run_with(const AnalyzeOptions& options, unsigned jobs = 2) {
    source::RealFileSystem files;
    base::WorkerPool workers(jobs);
    base::Result<Analysis> analysis = analyze(options, files, workers);
    EXPECT_TRUE(analysis.ok());
    EXPECT_EQ(analysis->cache_trouble, "");
    diag::Places places(analysis->files);
    return {analysis->counts.packages_reused, analysis->results.coverage.packages_matched,
            report::render_json(analysis->results, places, tree_.path())};
  }
  // Runs with the cache and gives how many results it reused; without it the output is the same.
  uint64_t reused() {
    Ran with = run_with(options_);
    AnalyzeOptions fresh = options_;
    fresh.cache = nullptr;
    Ran without = run_with(fresh);
    EXPECT_EQ(without.reused, 0u);
    EXPECT_EQ(with.json, without.json);
    EXPECT_EQ(with.packages, 4u);
    last_ = with.json;
    return with.reused;
  }

  TempDir tree_, cache_dir_;
  ResultCache cache_;
  AnalyzeOptions options_;
  std::string last_;
};

TEST_F(Reused, AllWhenNothingChanged) {
  EXPECT_EQ(reused(), 0u);
  EXPECT_NE(last_.find("abandoned-sender"), std::string::npos);
  EXPECT_EQ(reused(), 4u);
  for (unsigned jobs : {1u, 2u, 7u}) EXPECT_EQ(run_with(options_, jobs).json, last_);
}

TEST_F(Reused, NotWhenAFileOfThePackageChanged) {
  reused();
  write("alone/alone.go", "package alone\n");
  EXPECT_EQ(reused(), 3u);
  EXPECT_EQ(reused(), 4u);
  // Back to what was analysed before: its result is still there.
  write("alone/alone.go", "package alone\n" + std::string(kLeak));
  EXPECT_EQ(reused(), 4u);
}

TEST_F(Reused, NotWhenAFileCameOrWent) {
  reused();
  write("alone/more.go", "package alone\n");
  EXPECT_EQ(reused(), 3u);
  fs::remove(tree_.file("alone/more.go"));
  EXPECT_EQ(reused(), 4u);
}

TEST_F(Reused, NotWhenADependencyChanged) {
  reused();
  write("low/low.go", "package low\n\nfunc Get() int { return 2 }\n");
  EXPECT_EQ(reused(), 1u);  // alone
  write("mid/mid.go", "package mid\n\nvar X = 1\n");
  EXPECT_EQ(reused(), 2u);  // alone and low
}

TEST_F(Reused, NotWhenATestFileChanged) {
  reused();
  write("low/low_test.go", "package low\n\nfunc helper() int { return 7 }\n" + std::string(kLeak));
  // Facts about the fields of a package come from its tests, too; all but alone import low.
  EXPECT_EQ(reused(), 1u);
  EXPECT_NE(last_.find("low/low_test.go"), std::string::npos);
  write("app/app_test.go", "package app\n");
  EXPECT_EQ(reused(), 3u);
  options_.load.tests = false;
  EXPECT_EQ(reused(), 1u);
  EXPECT_EQ(last_.find("low/low_test.go"), std::string::npos);
}

TEST_F(Reused, TestsThatImportEachOther) {
  write("alone/alone_test.go", "package alone\n\nimport _ \"example.com/m/app\"\n");
  write("app/app_test.go", "package app\n\nimport _ \"example.com/m/alone\"\n");
  EXPECT_EQ(reused(), 0u);
  EXPECT_EQ(reused(), 4u);
  write("alone/alone.go", "package alone\n");
  EXPECT_EQ(reused(), 2u);
  write("app/app_test.go", "package app\n");
  EXPECT_EQ(reused(), 2u);
  write("mid/mid.go", "package mid\n\nvar X = 1\n");
  EXPECT_EQ(reused(), 1u);  // low
}

TEST_F(Reused, NotWhenTheLanguageChanged) {
  reused();
  write("go.mod", "module example.com/m\n\ngo 1.21\n");
  EXPECT_EQ(reused(), 0u);
}

TEST_F(Reused, NotWithOtherFilesThroughTags) {
  reused();
  options_.load.tags = {"special"};
  EXPECT_EQ(reused(), 3u);
  options_.load.tags = {"other"};
  EXPECT_EQ(reused(), 4u);
}

TEST_F(Reused, NotForAnotherMachine) {
  options_.load.goos = "linux";
  options_.load.goarch = "amd64";
  reused();
  options_.load.goarch = "386";
  EXPECT_EQ(reused(), 0u);
}

TEST_F(Reused, NotWithOtherRulesOrAnotherProgram) {
  reused();
  std::vector<const rules::Rule*> all = options_.rules;
  options_.rules.pop_back();
  EXPECT_EQ(reused(), 0u);
  options_.rules = all;
  ResultCache other(cache_.dir(), {1, 3});
  options_.cache = &other;
  EXPECT_EQ(reused(), 0u);
}

TEST_F(Reused, NotWhenAPackageIsNoLongerLookedAtInFull) {
  reused();
  options_.load.patterns = {"./app"};
  EXPECT_EQ(run_with(options_).reused, 0u);
  EXPECT_EQ(run_with(options_).reused, 1u);
}

TEST_F(Reused, SuppressionsAndBrokenFilesAreFoundAgain) {
  write("alone/alone.go",
        "package alone\n\n//unpark:ignore UP1005 -- a test\nfunc Stale() {}\n\nfunc broken( {\n");
  write("mid/mid.go", "// Code generated by hand. DO NOT EDIT.\n\npackage mid\n\nvar X = 1\n" +
                          std::string(kLeak));
  reused();
  EXPECT_NE(last_.find("syntax error"), std::string::npos);
  EXPECT_EQ(reused(), 4u);
  options_.generated = true;
  EXPECT_EQ(reused(), 4u);
  EXPECT_NE(last_.find("mid/mid.go"), std::string::npos);
}

TEST_F(Reused, AMissingImportIsPartOfTheKey) {
  write("alone/alone.go", "package alone\n\nimport _ \"example.com/m/later\"\n");
  reused();
  EXPECT_EQ(reused(), 4u);
  write("later/later.go", "package later\n");
  Ran ran = run_with(options_);
  EXPECT_EQ(ran.packages, 5u);
  EXPECT_EQ(ran.reused, 3u);
}

// A rule of which the test says whom it asks.
const rules::RuleInfo kBeyondInfo{.id = "UP9999",
                                  .name = "test-beyond",
                                  .severity = {},
                                  .since = "",
                                  .summary = "",
                                  .why = "",
                                  .advice = "",
                                  .dump = ""};
void check_beyond(rules::RuleContext& cx, ssa::FunctionId function) {
  if (cx.package_path(function) == "example.com/m/low") cx.look_beyond();
}

TEST_F(Reused, WhatLooksBeyondItsImportsIsReusedOnlyInTheSameProgram) {
  rules::Rule beyond{&kBeyondInfo, check_beyond};
  options_.rules.push_back(&beyond);
  EXPECT_EQ(reused(), 0u);
  EXPECT_EQ(reused(), 4u);
  // Nothing that low imports, but it looked at everything.
  write("alone/alone.go", "package alone\n");
  EXPECT_EQ(reused(), 2u);
  EXPECT_EQ(reused(), 4u);
  // Here low is analysed again because it changed; that it looks around becomes known late.
  write("low/low_test.go", "package low\n");
  EXPECT_EQ(reused(), 1u);
  EXPECT_EQ(reused(), 4u);
}

// UP1001 speaks only of goroutines that are started again and again: who calls Start decides.
TEST_F(Reused, CallersInOtherPackagesCount) {
  constexpr std::string_view kMain = "package main\n\nimport \"example.com/m/low\"\n\n";
  write("low/low.go",
        "package low\n\nfunc Get() int { return 1 }\n\n"
        "func Start(c chan int) {\n\tgo func() {\n\t\tfor {\n\t\t\t<-c\n\t\t}\n\t}()\n}\n");
  write("app/app.go", std::string(kMain) + "func main() { low.Start(nil) }\n");
  reused();
  EXPECT_EQ(last_.find("UP1001"), std::string::npos);
  write("app/app.go", std::string(kMain) + "func main() {\n\tfor {\n\t\tlow.Start(nil)\n\t}\n}\n");
  EXPECT_EQ(reused(), 2u);
  EXPECT_NE(last_.find("UP1001"), std::string::npos);
  EXPECT_EQ(reused(), 4u);
  EXPECT_NE(last_.find("UP1001"), std::string::npos);
}

TEST_F(Reused, DamagedEntriesAreNotBelieved) {
  reused();
  std::vector<fs::path> entries;
  for (const fs::directory_entry& e : fs::recursive_directory_iterator(cache_.dir() + "/results")) {
    if (e.is_regular_file()) entries.push_back(e.path());
  }
  ASSERT_EQ(entries.size(), 4u);
  auto damage = [&](auto change) {
    for (const fs::path& path : entries) {
      std::string bytes = *base::read_file(path);
      change(bytes);
      std::ofstream(path, std::ios::binary) << bytes;
    }
    EXPECT_EQ(reused(), 0u);
    EXPECT_EQ(reused(), 4u);
  };
  damage([](std::string& bytes) { bytes.resize(bytes.size() / 2); });
  damage([](std::string& bytes) { bytes.clear(); });
  damage([](std::string& bytes) { bytes.back() ^= 1; });
  damage([](std::string& bytes) { bytes[7] ^= 2; });
  damage([](std::string& bytes) { bytes += 'x'; });
  damage([](std::string& bytes) { bytes[10] ^= 1; });
  // A whole entry under another's name.
  std::string first = *base::read_file(entries[0]);
  std::ofstream(entries[1], std::ios::binary) << first;
  EXPECT_EQ(reused(), 3u);
  // A directory in an entry's place.
  fs::remove(entries[2]);
  fs::create_directory(entries[2]);
  source::RealFileSystem files;
  base::WorkerPool workers(1);
  base::Result<Analysis> analysis = analyze(options_, files, workers);
  ASSERT_TRUE(analysis.ok());
  EXPECT_EQ(analysis->counts.packages_reused, 3u);
  EXPECT_NE(analysis->cache_trouble, "");
}

TEST_F(Reused, ByRunsAtTheSameTime) {
  AnalyzeOptions fresh = options_;
  fresh.cache = nullptr;
  std::string expected = run_with(fresh).json;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; i++) {
        EXPECT_EQ(run_with(options_, 1).json, expected);
        if (t == 0) {
          EXPECT_TRUE(cache_.clean().ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void set_age(const std::string& path, int64_t hours) {
  struct utimbuf times;
  times.actime = times.modtime =
      static_cast<time_t>(base::wall_clock_ns() / 1000000000 - hours * 3600);
  ASSERT_EQ(::utime(path.c_str(), &times), 0);
}

TEST(Cache, RemovesWhatWasNotUsedForLongest) {
  TempDir dir;
  ResultCache cache(dir.path(), {1, 1}, 3 * 4096);
  std::string text = "some bytes";
  auto key = [](uint64_t n) { return base::Hash128{n, n << 56}; };
  auto path = [&](uint64_t n) {
    for (const fs::directory_entry& e :
         fs::recursive_directory_iterator(dir.path() + "/results/0" + std::to_string(n))) {
      return e.path().string();
    }
    return std::string();
  };
  for (uint64_t n = 1; n <= 5; n++) {
    ASSERT_TRUE(cache.keep(key(n), text).ok());
    set_age(path(n), static_cast<int64_t>(100 - n));
  }
  EXPECT_EQ(*cache.find(key(1)), text);  // the oldest becomes the youngest
  std::string left_behind = path(4) + ".tmp123.0";
  std::ofstream(left_behind) << "half";
  set_age(left_behind, 3);
  std::string others = dir.write("results/04/README", "not ours");
  EXPECT_EQ(cache.contents().entries, 5u);
  EXPECT_EQ(cache.contents().bytes, 6 * 4096u);

  cache.trim();
  EXPECT_TRUE(cache.find(key(1)));
  EXPECT_FALSE(cache.find(key(2)));
  EXPECT_FALSE(cache.find(key(3)));
  EXPECT_TRUE(cache.find(key(4)));
  EXPECT_TRUE(cache.find(key(5)));
  EXPECT_FALSE(fs::exists(left_behind));
  EXPECT_EQ(cache.contents().bytes, 3 * 4096u);

  // Not twice a day.
  ASSERT_TRUE(cache.keep(key(2), text).ok());
  cache.trim();
  EXPECT_EQ(cache.contents().entries, 4u);
  set_age(dir.file("trimmed"), 25);
  cache.trim();
  EXPECT_EQ(cache.contents().entries, 3u);

  EXPECT_TRUE(cache.clean().ok());
  EXPECT_EQ(cache.contents().entries, 0u);
  EXPECT_TRUE(fs::exists(others));
  EXPECT_FALSE(fs::exists(dir.file("trimmed")));
}

TEST(Cache, OfADirectoryThatIsNotThereIsEmpty) {
  TempDir dir;
  ResultCache cache(dir.file("absent"), {1, 1});
  EXPECT_FALSE(cache.find({1, 2}));
  EXPECT_EQ(cache.contents().entries, 0u);
  EXPECT_TRUE(cache.clean().ok());
  EXPECT_FALSE(fs::exists(dir.file("absent")));
}

PackageResult everything() {
  source::Loc where{source::FileId{1}, {3, 9}};
  diag::Message message("{0} {1} {2} {3}", diag::Code{"x"}, diag::Words{"and"}, int64_t{-5}, where);
  PackageResult r;
  diag::Finding f;
  f.rule = "UP1";
  f.name = "name";
  f.severity = diag::Severity::kInfo;
  f.confidence = diag::Confidence::kProven;
  f.where = where;
  f.message = message;
  f.labels = {{where, message}, {{}, diag::Message("plain")}};
  f.notes = {message, message};
  f.advice = message;
  f.fixes = {{"title", true, {{where, "text"}, {{source::FileId{0}, {0, 0}}, ""}}}};
  f.package = "p";
  f.function = "f";
  f.site = {"p", "f", "send", 3};
  f.shape = UINT64_MAX;
  r.findings = {f, diag::Finding{}};
  diag::PlacedSuppression s;
  s.what = {diag::SuppressionForm::kLintIgnore,
            {"a", "b"},
            false,
            "why",
            diag::SuppressionFault::kNoReason};
  s.comment = where;
  s.declaration = source::Span{10, 20};
  s.package = "p";
  s.complete = false;
  r.suppressions = {s, {}};
  r.notes = {{message, where}};
  r.generated = {source::FileId{0}};
  r.withheld = 7;
  r.functions = 1u << 31;
  r.broken = true;
  r.beyond = true;
  return r;
}

TEST(ResultCodec, GivesBackWhatItWasGiven) {
  FileTable files(std::vector<uint32_t>{10, 20});
  PackageResult in = everything();
  std::string payload = *encode_payload(in, files);
  base::Result<PackageResult> out = decode_payload(payload, files);
  ASSERT_TRUE(out.ok()) << out.error().message;
  EXPECT_EQ(*encode_payload(*out, files), payload);
  const diag::Finding& f = out->findings.at(0);
  EXPECT_EQ(f.message, in.findings[0].message);
  EXPECT_EQ(f.labels.at(0).where, in.findings[0].labels[0].where);
  EXPECT_EQ(f.fixes.at(0).edits.at(0).text, "text");
  EXPECT_EQ(f.site, in.findings[0].site);
  EXPECT_EQ(f.shape, UINT64_MAX);
  EXPECT_EQ(f.confidence, diag::Confidence::kProven);
  EXPECT_FALSE(out->findings.at(1).shape);
  EXPECT_EQ(out->suppressions.at(0).what.rules, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(out->suppressions.at(0).declaration, (source::Span{10, 20}));
  EXPECT_EQ(out->functions, 1u << 31);
  EXPECT_TRUE(out->broken && out->beyond);

  FileTable fewer(std::vector<uint32_t>{10});
  EXPECT_FALSE(encode_payload(in, fewer));
  EXPECT_FALSE(decode_payload(payload, fewer));
  FileTable shorter(std::vector<uint32_t>{10, 8});
  EXPECT_FALSE(decode_payload(payload, shorter));
}

TEST(ResultCodec, ReadsTheSeedsOfTheFuzzer) {
  FileTable files(std::vector<uint32_t>{0, 100, 100000});
  std::string corpus = base::current_dir() + "/tests/fuzz/corpus/result/";
  for (const char* good : {"full", "empty"}) {
    std::string payload = *base::read_file(corpus + good);
    base::Result<PackageResult> result = decode_payload(payload, files);
    ASSERT_TRUE(result.ok()) << good << ": " << result.error().message;
    EXPECT_EQ(*encode_payload(*result, files), payload);
  }
  for (const char* bad : {"long_list", "long_number", "outside_its_file"}) {
    EXPECT_FALSE(decode_payload(*base::read_file(corpus + bad), files)) << bad;
  }
}

TEST(ResultCodec, RefusesEveryCutAndEveryFlip) {
  FileTable files(std::vector<uint32_t>{10, 20});
  std::string entry = seal_entry({{1, 2}, {3, 4}}, *encode_payload(everything(), files));
  base::Result<OpenedEntry> opened = open_entry(entry);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->head.key, (base::Hash128{1, 2}));
  EXPECT_EQ(opened->head.beyond, (base::Hash128{3, 4}));
  std::string payload(opened->payload);
  for (size_t size = 0; size < entry.size(); size++) {
    EXPECT_FALSE(open_entry(std::string_view(entry).substr(0, size))) << size;
  }
  for (size_t size = 0; size < payload.size(); size++) {
    EXPECT_FALSE(decode_payload(std::string_view(payload).substr(0, size), files)) << size;
  }
  for (size_t at = 0; at < entry.size(); at++) {
    std::string flipped = entry;
    flipped[at] ^= 4;
    base::Result<OpenedEntry> other = open_entry(flipped);
    EXPECT_TRUE(!other || other->head.key != opened->head.key ||
                other->head.beyond != opened->head.beyond)
        << at;
  }
}

TEST(ThisProgram, HasAName) {
  base::Hash128 name = this_program();
  EXPECT_NE(name, base::Hash128{});
  EXPECT_EQ(name, this_program());
}

}  // namespace
}  // namespace unpark::engine
