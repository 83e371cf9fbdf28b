// `unpark check`: static findings.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/os.h"
#include "cli/cache.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "diag/places.h"
#include "diag/suppression.h"
#include "engine/analyze.h"
#include "load/go_env.h"
#include "report/json.h"
#include "report/text.h"

namespace unpark::cli {

namespace {

struct CheckOptions {
  std::vector<std::string> patterns;
  bool tests = false;
  bool generated = false;
  bool exit_zero = false;
  bool timings = false;
  bool stats = false;
  bool no_cache = false;
  unsigned jobs = 0;
  uint64_t shuffle = 0;
  std::vector<std::string> tags, select, ignore;
  std::string goos, goarch, dir;
  std::string format = "text";
  std::string output;
  std::string color = "auto";
  std::string print;
};

bool matches(const rules::Rule& rule, const std::vector<std::string>& patterns) {
  for (const std::string& p : patterns) {
    if (diag::names_rule(p, rule.info->id, rule.info->name)) return true;
  }
  return false;
}

bool choose_rules(const CheckOptions& options, std::vector<const rules::Rule*>& out) {
  for (const std::vector<std::string>* patterns : {&options.select, &options.ignore}) {
    for (const std::string& p : *patterns) {
      bool known = false;
      for (const rules::Rule& rule : rules::all_rules()) {
        known |= diag::names_rule(p, rule.info->id, rule.info->name);
      }
      if (!known) {
        fmt::print(stderr, "unpark: no rule is named {}; see `unpark rules`\n", p);
        return false;
      }
    }
  }
  for (const rules::Rule& rule : rules::all_rules()) {
    if (!options.select.empty() && !matches(rule, options.select)) continue;
    if (!matches(rule, options.ignore)) out.push_back(&rule);
  }
  return true;
}

void print_timings(const engine::Analysis& analysis) {
  double total = 0;
  for (const engine::PassTime& t : analysis.times) total += t.depth == 0 ? t.cpu : 0;
  for (const engine::PassTime& t : analysis.times) {
    std::string name = std::string(2 * t.depth, ' ') + t.name;
    fmt::print(stderr, "{:<16} {:8.3f} s cpu {:5.1f} %\n", name, t.cpu,
               total > 0 ? 100 * t.cpu / total : 0.0);
  }
  fmt::print(stderr, "{:<16} {:8.3f} s cpu, peak memory {} MiB\n", "all", total,
             base::peak_memory_bytes() >> 20);
}

void print_stats(const engine::Counts& c) {
  fmt::print(stderr,
             "packages {}\nfiles {}\nbytes {}\nnodes {}\ntypes {}\nobjects {}\nfunctions {}\n"
             "functions checked {}\ndependency bodies read {}\npackages reused {}\n",
             c.packages, c.files, c.bytes, c.nodes, c.types, c.objects, c.functions,
             c.functions_checked, c.late_bodies, c.packages_reused);
}

bool write(const std::string& text, const std::string& path) {
  if (path.empty() || path == "-") {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
  }
  base::Status status = base::write_file_atomic(path, text);
  if (!status) fmt::print(stderr, "unpark: {}\n", status.error().message);
  return status.ok();
}

int check(const CheckOptions& options) {
  engine::AnalyzeOptions analyze;
  analyze.load.patterns = options.patterns;
  analyze.load.tests = options.tests;
  analyze.load.tags = options.tags;
  analyze.load.goos = options.goos;
  analyze.load.goarch = options.goarch;
  std::string dir = load::join_path(base::current_dir(), options.dir);
  analyze.load.dir = dir;
  analyze.generated = options.generated;
  constexpr std::pair<std::string_view, engine::AnalyzeOptions::Print> kPrints[] = {
      {"tree", engine::AnalyzeOptions::kTree},
      {"types", engine::AnalyzeOptions::kTypes},
      {"ssa", engine::AnalyzeOptions::kSsa},
      {"facts", engine::AnalyzeOptions::kFacts},
  };
  for (const auto& [name, print] : kPrints) {
    if (options.print == name) analyze.print = print;
  }
  analyze.time_rules = options.timings;
  if (!choose_rules(options, analyze.rules)) return kFailed;
  std::optional<engine::ResultCache> cache;
  if (!options.no_cache) cache = open_cache();
  if (cache) analyze.cache = &*cache;
  ProgressLine progress;
  if (ProgressLine::possible()) {
    analyze.progress = [&](const engine::Progress& p) { progress.show(p); };
  }
  base::WorkerPool workers(options.jobs, options.shuffle);
  source::RealFileSystem files;
  base::Result<engine::Analysis> result = engine::analyze(analyze, files, workers);
  progress.clear();
  if (!result) {
    fmt::print(stderr, "unpark: {}\n", result.error().message);
    return kFailed;
  }
  engine::Analysis& analysis = *result;
  if (analyze.print != engine::AnalyzeOptions::kNothing) {
    return write(analysis.printed, options.output) ? kClean : kFailed;
  }
  diag::Places places(analysis.files);
  bool good = true;
  if (options.format == "json") {
    good = write(report::render_json(analysis.results, places, dir), options.output);
  } else {
    report::TextOptions text;
    text.working_dir = dir;
    bool terminal = options.output.empty() && base::is_terminal(1) && !base::env_var("NO_COLOR");
    text.color = options.color == "always" || (options.color == "auto" && terminal);
    good = write(report::findings_text(analysis.results, places, text), options.output);
    std::string notes = report::notes_text(analysis.results, places, text);
    std::fwrite(notes.data(), 1, notes.size(), stderr);
    std::string summary = report::summary_text(analysis.results);
    std::fwrite(summary.data(), 1, summary.size(), stderr);
  }
  if (!analysis.cache_trouble.empty()) {
    fmt::print(stderr,
               "unpark: results cannot be kept for the next run: {}; set UNPARK_CACHE to another "
               "directory, or to off\n",
               analysis.cache_trouble);
  }
  if (options.timings) print_timings(analysis);
  if (options.stats) print_stats(analysis.counts);
  // The process ends here, and what it holds with it.
  [[maybe_unused]] static const auto* const kSpent =
      new std::shared_ptr<void>(std::move(analysis.spent));
  if (!good || analysis.incomplete) return kFailed;
  return analysis.results.findings.empty() || options.exit_zero ? kClean : kFindings;
}

}  // namespace

Run add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Find faults in Go packages without running them");
  command->add_option("patterns", options->patterns,
                      "Packages as the go command names them: ./..., import paths, directories");
  command->add_flag("--tests", options->tests, "Check test files too");
  command->add_flag("--generated", options->generated, "Report in generated files too");
  command->add_flag("--exit-zero", options->exit_zero, "Exit with 0 even when there are findings");
  command->add_flag("--timings", options->timings, "Print the CPU time of each pass and its parts");
  command->add_flag("--stats", options->stats, "Print exact counts");
  command->add_flag("--no-cache", options->no_cache,
                    "Neither use the results of earlier runs nor keep those of this one");
  command->add_option("-j,--jobs", options->jobs, "Number of threads (default: one per processor)");
  // For tests: work is done in an order that the seed says, and the output must not show it.
  command->add_option("--shuffle", options->shuffle)->group("");
  // One argument each, or the patterns behind them would count as theirs.
  auto add_list = [command](std::string name, std::vector<std::string>& to, std::string text) {
    command->add_option(std::move(name), to, std::move(text))
        ->delimiter(',')
        ->allow_extra_args(false);
  };
  add_list("--tags", options->tags, "Build tags");
  add_list("--select", options->select, "Run only these rules (id, name, or UP1*)");
  add_list("--ignore", options->ignore, "Do not run these rules");
  command->add_option("--goos", options->goos, "Operating system to analyse for");
  command->add_option("--goarch", options->goarch, "Architecture to analyse for");
  command->add_option("-C", options->dir, "Directory in which patterns are meant");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_option("-o,--output", options->output, "Write the findings to this file");
  command->add_option("--print", options->print, "Show instead: tree, types, ssa or facts")
      ->check(CLI::IsMember({"tree", "types", "ssa", "facts"}));
  command->add_option("--color", options->color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  return [options] { return check(*options); };
}

}  // namespace unpark::cli
