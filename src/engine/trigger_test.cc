// What rules wait for (rules::Trigger) saves work and changes nothing: the same findings when every
// rule is called for every function.
#include <gtest/gtest.h>

#include "base/os.h"
#include "engine/analyze.h"
#include "report/text.h"

namespace unpark::engine {
namespace {

std::string findings(const std::vector<std::string>& patterns, bool every_function,
                     uint64_t& checked) {
  AnalyzeOptions options;
  options.load.patterns = patterns;
  options.load.tests = true;
  options.load.dir = base::current_dir();
  options.generated = true;
  options.every_function = every_function;
  for (const rules::Rule& rule : rules::all_rules()) options.rules.push_back(&rule);
  source::RealFileSystem files;
  base::WorkerPool workers(2);
  base::Result<Analysis> analysis = analyze(options, files, workers);
  if (!analysis) return "";
  checked = analysis->counts.functions_checked;
  diag::Places places(analysis->files);
  return report::findings_text(analysis->results, places, {}) +
         std::to_string(analysis->results.coverage.findings_withheld) + " withheld\n";
}

void expect_same(const std::vector<std::string>& patterns) {
  uint64_t few = 0, all = 0;
  std::string with = findings(patterns, false, few);
  if (few == 0) GTEST_SKIP() << "there are no sources of the standard library";
  EXPECT_EQ(with, findings(patterns, true, all));
  EXPECT_NE(with.find("[UP"), std::string::npos) << "there is nothing to compare";
  EXPECT_LT(few, all) << "triggers save nothing";
}

TEST(Trigger, ChangesNothing) { expect_same({"net/http/...", "bufio", "crypto/tls"}); }
TEST(SlowTrigger, ChangesNothingInTheStandardLibrary) { expect_same({"std", "cmd"}); }

}  // namespace
}  // namespace unpark::engine
