// The Go cases beside the rules: testdata/NAME/{bad,good,gaps}.go of every rule, checked one by
// one.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/os.h"
#include "engine/analyze.h"
#include "harness/go_cases.h"
#include "harness/std_source.h"
#include "load/mod_file.h"
#include "rules/rule.h"

namespace unpark::engine {
namespace {

namespace fs = std::filesystem;

// What the go.mod of the cases asks for.
std::string go_line(const std::string& dir) {
  source::RealFileSystem files;
  base::Result<source::FileBytes> bytes = files.read(dir + "/go.mod");
  if (!bytes) return {};
  return load::parse_mod_file(bytes->bytes(), load::ModRole::kMain).go_version;
}

class RuleCases : public ::testing::TestWithParam<const rules::Rule*> {};

TEST_P(RuleCases, AreAsTheirCommentsSay) {
  const rules::RuleInfo& info = *GetParam()->info;
  std::string dir = base::current_dir() + "/src/rules/" + std::string(name_of(info.family)) +
                    "/testdata/" + std::string(info.name);
  ASSERT_TRUE(fs::exists(dir + "/bad.go")) << dir;
  ASSERT_TRUE(fs::exists(dir + "/good.go")) << dir;
  std::string lacks = testing::lacks_std(go_line(dir));
  if (!lacks.empty()) GTEST_SKIP() << "these cases call newer functions: " << lacks;
  AnalyzeOptions options;
  options.load.dir = dir;
  options.rules = {GetParam()};
  source::RealFileSystem files;
  base::WorkerPool workers(1);
  base::Result<Analysis> analysis = analyze(options, files, workers);
  ASSERT_TRUE(analysis.ok()) << analysis.error().message;
  diag::Places places(analysis->files);
  size_t seen = 0;
  for (uint32_t f = 0; f < analysis->files.size(); f++) {
    source::FileId file{f};
    std::string_view path = analysis->files[file].path;
    if (!path.starts_with(dir + "/")) continue;
    seen++;
    for (const std::string& mismatch :
         testing::check_go_cases(file, analysis->results.findings, places)) {
      ADD_FAILURE() << path.substr(dir.size() + 1) << ": " << mismatch;
    }
  }
  EXPECT_GE(seen, 2u);
}

std::vector<const rules::Rule*> rule_list() {
  std::vector<const rules::Rule*> out;
  for (const rules::Rule& rule : rules::all_rules()) out.push_back(&rule);
  return out;
}

std::string test_name(const ::testing::TestParamInfo<const rules::Rule*>& info) {
  return std::string(info.param->info->id);
}

INSTANTIATE_TEST_SUITE_P(Rules, RuleCases, ::testing::ValuesIn(rule_list()), test_name);

}  // namespace
}  // namespace unpark::engine
