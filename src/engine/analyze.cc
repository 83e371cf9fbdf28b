#include "engine/analyze.h"

#include <algorithm>

#include "base/os.h"
#include "diag/sink.h"
#include "engine/comments.h"
#include "engine/print.h"
#include "flow/facts.h"
#include "rules/context.h"
#include "ssa/program.h"
#include "types/units.h"

namespace unpark::engine {

namespace {

// Names the time since the last call.
class Clock {
 public:
  void pass(std::string name) {
    double now = base::cpu_seconds();
    times_.push_back({std::move(name), now - last_});
    last_ = now;
  }
  std::vector<PassTime> take() { return std::move(times_); }

 private:
  double last_ = base::cpu_seconds();
  std::vector<PassTime> times_;
};

// What the rules found in one unit.
struct UnitFindings {
  std::vector<diag::Finding> findings;
  uint32_t withheld = 0;
  uint32_t functions = 0;
};

UnitFindings check_unit(flow::Facts& facts, rules::RuleContext& cx, types::UnitId unit,
                        const std::vector<const rules::Rule*>& selected) {
  UnitFindings out;
  std::vector<ssa::FunctionId> work = facts.program().functions_of(unit);
  for (size_t i = 0; i < work.size(); i++) {
    const ssa::Body& body = facts.body(work[i]);
    const std::vector<ssa::FunctionId>& inner = facts.program()[work[i]].children;
    work.insert(work.end(), inner.begin(), inner.end());
    out.functions++;
    if (!body.incomplete.empty()) continue;  // what a rule would say might rest on what is missing
    for (const rules::Rule* rule : selected) rule->check(cx, work[i]);
  }
  out.findings = cx.take();
  out.withheld = cx.take_withheld();
  cx.forget();
  return out;
}

// Whether something that the package needs is missing.
bool lacks_imports(const load::Package& package) {
  auto missing = [](const std::vector<load::Import>& imports) {
    return std::any_of(imports.begin(), imports.end(),
                       [](const load::Import& i) { return !i.package.exists() && i.path != "C"; });
  };
  return missing(package.imports) || missing(package.test_imports) ||
         missing(package.xtest_imports);
}

void add_notes(const load::Program& program, diag::Sink& sink) {
  for (const load::Note& note : program.notes) {
    std::string text = note.path;
    if (note.line) text += ":" + std::to_string(note.line);
    if (!text.empty()) text += ": ";
    text += note.message;
    if (!note.hint.empty()) text += "; " + note.hint;
    sink.add(diag::Note{diag::Message("{0}", diag::Words{std::move(text)}), {}});
  }
}

}  // namespace

base::Result<Analysis> analyze(const AnalyzeOptions& options, const source::FileSystem& files,
                               base::WorkerPool& workers) {
  Clock clock;
  base::Interner names;
  base::Result<load::Program> loaded = load::load(options.load, files, workers, names);
  if (!loaded) return loaded.error();
  load::Program program = std::move(*loaded);
  clock.pass("load");

  types::UnitOptions unit_options;
  unit_options.dependency_bodies = false;
  types::Forest forest = types::parse_files(program, workers, names, unit_options);
  clock.pass("parse");
  types::Units units = types::make_units(program, forest, unit_options);
  types::Program typed(names, types::sizes_of(program.context.goarch));
  typed.check(std::move(units.specs), workers);
  clock.pass("types");
  // From here trees and types are read-only.

  ssa::Program ssa(typed);
  flow::Facts facts(ssa);
  std::vector<types::UnitId> wanted;
  for (uint32_t u = 0; u < units.origin.size(); u++) {
    if (program[units.origin[u].package].is_root) wanted.push_back(types::UnitId{u});
  }
  if (options.print != AnalyzeOptions::kNothing) {
    Analysis shown;
    for (types::UnitId unit : wanted) shown.printed += print_unit(options.print, facts, unit);
    return shown;
  }
  std::vector<UnitFindings> found(wanted.size());
  std::vector<std::unique_ptr<rules::RuleContext>> contexts(workers.jobs());
  for (auto& cx : contexts) cx = std::make_unique<rules::RuleContext>(facts);
  workers.for_each(wanted.size(), [&](size_t i, unsigned worker) {
    found[i] = check_unit(facts, *contexts[worker], wanted[i], options.rules);
  });
  clock.pass("rules");

  Analysis out;
  diag::Sink sink;
  diag::Coverage coverage;
  for (size_t i = 0; i < wanted.size(); i++) {
    sink.add(std::move(found[i].findings));
    coverage.findings_withheld += found[i].withheld;
    out.counts.functions_checked += found[i].functions;
  }
  for (const load::Package& package : program.packages) {
    if (!package.is_root) continue;
    coverage.packages_matched++;
    bool incomplete = lacks_imports(package);
    bool broken = false;
    auto look = [&](const std::vector<load::GoFile>& group) {
      for (const load::GoFile& f : group) {
        const syntax::Tree& tree = *forest[f.file.raw];
        broken |= !tree.errors.empty();
        add_comments(tree, f.file, package.import_path, sink);
        for (const syntax::SyntaxError& e : tree.errors) {
          sink.add(diag::Note{diag::Message("{0}", diag::Words{"syntax error: " + e.message}),
                              {f.file, e.span}});
        }
      }
    };
    look(package.files);
    look(package.test_files);
    look(package.xtest_files);
    coverage.packages_analysed++;
    if (incomplete || broken) coverage.packages_incomplete++;
  }
  add_notes(program, sink);
  std::vector<diag::KnownRule> known;
  for (const rules::Rule& rule : rules::all_rules()) {
    bool ran = std::any_of(options.rules.begin(), options.rules.end(),
                           [&](const rules::Rule* r) { return r->info == rule.info; });
    known.push_back({std::string(rule.info->id), std::string(rule.info->name), ran});
  }
  diag::Places places(program.files);
  diag::SinkOptions sink_options;
  sink_options.rules = known;
  sink_options.include_generated = options.generated;
  out.results = sink.finish(places, sink_options);
  out.results.coverage = coverage;
  out.incomplete =
      coverage.packages_incomplete > 0 || coverage.packages_matched == 0 || !program.notes.empty();
  for (const std::unique_ptr<syntax::Tree>& tree : forest) {
    if (!tree) continue;
    out.counts.files++;
    out.counts.bytes += tree->text().size();
    out.counts.nodes += tree->node_count;
  }
  out.counts.packages = program.packages.size();
  out.counts.types = typed.context().types.size();
  out.counts.objects = typed.object_count();
  out.counts.functions = ssa.function_count();
  out.files = std::move(program.files);
  clock.pass("report");
  out.times = clock.take();
  return out;
}

}  // namespace unpark::engine
