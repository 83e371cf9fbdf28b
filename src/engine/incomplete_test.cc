// Packages of which something is missing: what is found all the same, what is withheld and counted,
// and what is said about it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "diag/places.h"
#include "engine/analyze.h"
#include "harness/temp_dir.h"
#include "rules/rule.h"

namespace unpark::engine {
namespace {

using testing::TempDir;

// A certain leak, whatever else is missing.
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

class Incomplete : public ::testing::Test {
 protected:
  Incomplete() {
    write("go.mod", "module example.com/m\n\ngo 1.22\n");
    // A standard library that is soon read, and the same everywhere.
    goroot_.write("VERSION", "go1.22.0\n");
    goroot_.write("src/runtime/runtime.go", "package runtime\n");
    goroot_.write("src/os/os.go", "package os\n");
    goroot_.write("src/reflect/reflect.go", "package reflect\n");
    goroot_.write("src/runtime/cgo/cgo.go", "package cgo\n");
    goroot_.write("src/syscall/syscall.go", "package syscall\n");
  }

  void write(std::string_view path, std::string_view text) { tree_.write(path, text); }

  const diag::Results& check() {
    AnalyzeOptions options;
    for (const rules::Rule& rule : rules::all_rules()) options.rules.push_back(&rule);
    options.load.dir = tree_.path();
    options.load.patterns = {"./..."};
    options.load.goroot = goroot_.path();
    options.load.environment = load::Environment{};
    options.load.cgo = true;
    source::RealFileSystem files;
    base::WorkerPool workers(2);
    base::Result<Analysis> made = analyze(options, files, workers);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    analysis_ = std::move(*made);
    return analysis_.results;
  }

  bool says(std::string_view text) {
    diag::Places places(analysis_.files);
    for (const diag::Note& n : analysis_.results.notes) {
      if (diag::to_text(n.message, places, n.where.file).find(text) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  TempDir tree_, goroot_;
  Analysis analysis_;
};

TEST_F(Incomplete, NothingMissingNothingWithheld) {
  write("p/p.go", "package p\n" + std::string(kLeak));
  const diag::Results& r = check();
  EXPECT_EQ(r.findings.size(), 1u);
  EXPECT_EQ(r.coverage.packages_incomplete, 0u);
  EXPECT_EQ(r.coverage.findings_withheld, 0u);
  EXPECT_FALSE(analysis_.incomplete);
}

TEST_F(Incomplete, MissingImportKeepsTheFindingsOfOtherFunctions) {
  write("p/p.go", "package p\n\nimport \"example.com/gone\"\n" + std::string(kLeak) +
                      "\nfunc Use() { gone.Do() }\n");
  write("q/q.go",
        "package q\n\nimport \"example.com/m/p\"\n\nvar X = p.Leak(true)\n" + std::string(kLeak));
  const diag::Results& r = check();
  EXPECT_EQ(r.findings.size(), 2u);
  EXPECT_EQ(r.coverage.packages_analysed, 2u);
  EXPECT_EQ(r.coverage.packages_incomplete, 1u);
  EXPECT_EQ(r.coverage.findings_withheld, 0u);
  EXPECT_TRUE(says("example.com/gone"));
  EXPECT_TRUE(analysis_.incomplete);
}

// What the missing function does with the channel nobody can know.
TEST_F(Incomplete, FindingInAFunctionWithAMissingPartIsWithheld) {
  write("p/p.go", R"(package p

import "example.com/gone"

func Leak(stop bool) int {
	answers := make(chan int)
	go func() { answers <- 1 }()
	if stop {
		return 0
	}
	gone.Do()
	return <-answers
}
)");
  const diag::Results& r = check();
  EXPECT_TRUE(r.findings.empty());
  EXPECT_EQ(r.coverage.packages_incomplete, 1u);
  EXPECT_EQ(r.coverage.findings_withheld, 1u);
}

// The leak is in a function that is understood, the channel goes through one that is not.
TEST_F(Incomplete, FindingWhoseStoryCrossesAMissingPartIsWithheld) {
  write("p/p.go", R"(package p

import "example.com/gone"

func Leak(stop bool) int {
	answers := make(chan int)
	go send(answers)
	if stop {
		return 0
	}
	return <-answers
}

func send(c chan int) {
	c <- 1
	gone.Do()
}
)");
  const diag::Results& r = check();
  EXPECT_TRUE(r.findings.empty());
  EXPECT_EQ(r.coverage.findings_withheld, 1u);
}

TEST_F(Incomplete, TypeErrorCountsAndIsNamed) {
  write("p/p.go", "package p\n" + std::string(kLeak) +
                      "\nfunc Broken() int {\n\tx := nowhere\n\treturn x\n}\n");
  const diag::Results& r = check();
  EXPECT_EQ(r.findings.size(), 1u);
  EXPECT_EQ(r.coverage.packages_analysed, 1u);
  EXPECT_EQ(r.coverage.packages_incomplete, 1u);
  EXPECT_TRUE(says("not understood"));
  EXPECT_TRUE(analysis_.incomplete);
}

// Names of C are opaque, and nobody expects otherwise.
TEST_F(Incomplete, CgoIsNoComplaint) {
  write("p/p.go", "package p\n\nimport \"C\"\n" + std::string(kLeak) + "\nfunc F() { C.f() }\n");
  const diag::Results& r = check();
  EXPECT_EQ(r.findings.size(), 1u);
  EXPECT_EQ(r.coverage.packages_incomplete, 0u);
  EXPECT_FALSE(says("not understood"));
}

}  // namespace
}  // namespace unpark::engine
