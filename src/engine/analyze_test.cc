// The pipeline on files that exist only here.
#include "engine/analyze.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "diag/message.h"
#include "diag/places.h"

namespace unpark::engine {
namespace {

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

// Files that are there and cannot be read, whoever asks.
class Locked : public source::MemoryFileSystem {
 public:
  base::Result<source::FileBytes> read(const std::string& path) const override {
    if (locked.contains(path)) {
      return base::Error{base::ErrorKind::kPermission,
                         "cannot open " + path + ": Permission denied", 0};
    }
    return source::MemoryFileSystem::read(path);
  }
  base::Result<std::vector<base::DirEntry>> list(const std::string& dir) const override {
    if (locked.contains(dir)) {
      return base::Error{base::ErrorKind::kPermission, "cannot list " + dir + ": Permission denied",
                         0};
    }
    return source::MemoryFileSystem::list(dir);
  }

  std::set<std::string> locked;
};

class Analyze : public ::testing::Test {
 protected:
  Analyze() {
    for (const char* package :
         {"runtime", "os", "reflect", "testing", "testing/internal/testdeps"}) {
      std::string path = package;
      std::string name = path.substr(path.rfind('/') + 1);
      files_.write("/go/src/" + path + "/" + name + ".go", "package " + name + "\n");
    }
    files_.write("/go/VERSION", "go1.22.0\n");
    files_.write("/m/go.mod", "module example.com/m\n\ngo 1.22\n");
    files_.write("/m/a/a.go", "package a\n" + std::string(kLeak));
    files_.write("/m/b/b.go", "package b\n" + std::string(kLeak));
    files_.write("/m/b/more.go", "package b\n");
    options_.load.dir = "/m";
    options_.load.patterns = {"./..."};
    options_.load.goroot = "/go";
    options_.load.environment = load::Environment{};
    for (const rules::Rule& rule : rules::all_rules()) options_.rules.push_back(&rule);
  }

  Analysis run(unsigned jobs = 1) {
    base::WorkerPool workers(jobs);
    base::Result<Analysis> analysis = analyze(options_, files_, workers);
    EXPECT_TRUE(analysis.ok());
    return std::move(*analysis);
  }
  std::string notes(Analysis& analysis) {
    diag::Places places(analysis.files);
    std::string out;
    for (const diag::Note& note : analysis.results.notes) {
      out += diag::to_text(note.message, places, note.where.file) + "\n";
    }
    return out;
  }

  Locked files_;
  AnalyzeOptions options_;
};

TEST_F(Analyze, FilesThatMayNotBeReadAreLeftOut) {
  Analysis sound = run();
  EXPECT_EQ(sound.results.findings.size(), 2u);
  EXPECT_FALSE(sound.incomplete) << notes(sound);

  files_.locked = {"/m/b/more.go"};
  Analysis analysis = run();
  EXPECT_EQ(analysis.results.findings.size(), 2u);
  EXPECT_TRUE(analysis.incomplete);
  EXPECT_EQ(analysis.results.coverage.packages_incomplete, 1u);
  EXPECT_EQ(notes(analysis), "cannot open /m/b/more.go: Permission denied; the file is left out\n");
}

TEST_F(Analyze, DirectoriesThatMayNotBeListedAreSaid) {
  files_.locked = {"/m/b"};
  Analysis analysis = run();
  EXPECT_EQ(analysis.results.findings.size(), 1u);
  EXPECT_TRUE(analysis.incomplete);
  EXPECT_NE(notes(analysis).find("cannot list /m/b: Permission denied"), std::string::npos)
      << notes(analysis);
}

TEST_F(Analyze, InTestsErrorsAreWarnings) {
  files_.write("/m/a/leak_test.go", "package a_test\n" + std::string(kLeak));
  options_.load.tests = true;
  options_.load.patterns = {"./a"};
  Analysis analysis = run();
  std::vector<std::pair<std::string, diag::Severity>> found;
  for (const diag::Finding& f : analysis.results.findings) {
    found.emplace_back(analysis.files[f.where.file].path, f.severity);
  }
  std::vector<std::pair<std::string, diag::Severity>> wanted = {
      {"/m/a/a.go", diag::Severity::kError}, {"/m/a/leak_test.go", diag::Severity::kWarning}};
  EXPECT_EQ(found, wanted);
}

TEST_F(Analyze, ProgressCountsEveryPackage) {
  std::mutex mutex;
  std::set<std::string> passes;
  std::set<size_t> counts;
  options_.progress = [&](const Progress& progress) {
    std::lock_guard<std::mutex> lock(mutex);
    passes.emplace(progress.pass);
    EXPECT_LE(progress.done, progress.total);
    if (progress.total > 0) counts.insert(progress.done);
  };
  run(3);
  EXPECT_EQ(counts, (std::set<size_t>{1, 2}));
  EXPECT_EQ(passes,
            (std::set<std::string>{"loading", "parsing", "checking types", "checking packages"}));
}

}  // namespace
}  // namespace unpark::engine
