#include "engine/analyze.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/os.h"
#include "diag/places.h"
#include "diag/sink.h"
#include "engine/comments.h"
#include "engine/pass_clock.h"
#include "engine/print.h"
#include "engine/reuse.h"
#include "flow/facts.h"
#include "load/go_env.h"
#include "rules/context.h"
#include "rules/trigger.h"
#include "ssa/program.h"
#include "types/units.h"

namespace unpark::engine {

namespace {

constexpr std::string_view kSyntaxError = "syntax error: ";

// Slots of a worker's stopwatch; a rule's is kRules and its place in AnalyzeOptions::rules.
enum Slot : size_t { kTriggers, kSsa, kRules };

// What one worker checks with.
struct Checking {
  rules::RuleContext cx;
  Stopwatch watch;
  const std::vector<const rules::Rule*>* rules;  // that run

  size_t slot(const rules::Rule* rule) const {
    return kRules +
           static_cast<size_t>(std::find(rules->begin(), rules->end(), rule) - rules->begin());
  }
};

// What the rules say about a function. Findings that rest on something missing are withheld: those
// in a function of which a part is not understood, and those that come only when what such
// functions do out of sight is taken to be nothing.
void check_function(Checking& with, ssa::FunctionId function, bool understood,
                    const std::vector<const rules::Rule*>& rules, PackageResult& out) {
  rules::RuleContext& cx = with.cx;
  for (const rules::Rule* rule : rules) {
    size_t slot = with.watch.on() ? with.slot(rule) : 0;
    size_t first = cx.finding_count();
    if (understood) {
      rule->check(cx, function);
      with.watch.charge(slot);
      if (!cx.take_met_unknown()) continue;
    }
    size_t certain = cx.finding_count();
    cx.take_unknown_as(flow::Unknown::kHarmless);
    rule->check(cx, function);
    with.watch.charge(slot);
    cx.take_unknown_as(flow::Unknown::kEscapes);
    cx.take_met_unknown();
    size_t would_be = cx.finding_count() - certain;
    size_t sure = certain - first;
    if (would_be > sure) out.withheld += static_cast<uint32_t>(would_be - sure);
    cx.drop_findings_from(certain);
  }
}

// What is said of functions of which a part is not understood: the first, and how many more.
struct NotUnderstood {
  std::string reason;
  source::Loc where;
  uint32_t count = 0;

  diag::Note note() const {
    if (count == 1) {
      return {diag::Message("a part of this function is not understood: {0}", diag::Words{reason}),
              where};
    }
    return {diag::Message("a part of this function and of {1} more is not understood: {0}",
                          diag::Words{reason}, int64_t{count} - 1),
            where};
  }
};

// What the rules find in one unit.
PackageResult check_unit(flow::Facts& facts, Checking& with, types::UnitId unit,
                         const rules::Triggers& triggers, bool uses_c) {
  PackageResult out;
  rules::RuleContext& cx = with.cx;
  with.watch.skip();
  ssa::Program& program = facts.program();
  std::vector<const rules::Rule*> concerned;
  std::vector<ssa::FunctionId> work;
  NotUnderstood missing;
  auto check = [&](ssa::FunctionId function) {
    work.assign(1, function);
    for (size_t i = 0; i < work.size(); i++) {
      with.watch.skip();
      const ssa::Body& body = facts.body(work[i]);
      with.watch.charge(kSsa);
      const std::vector<ssa::FunctionId>& inner = program[work[i]].children;
      work.insert(work.end(), inner.begin(), inner.end());
      out.functions++;
      bool understood = body.incomplete.empty();
      if (!understood && missing.count++ == 0) {
        missing.reason = body.incomplete;
        missing.where = {program[work[i]].file, program[work[i]].span};
      }
      check_function(with, work[i], understood, concerned, out);
    }
  };
  const types::Unit& u = program.types().unit(unit);
  const types::Package& package = facts.context().package(u.package);
  using Root = std::pair<const syntax::Tree*, syntax::Ref<syntax::Node>>;
  for (const types::Declaration& d : package.declarations) {
    if (d.body == UINT32_MAX) continue;
    Root root{package.files[d.file].tree, d.node};
    with.watch.skip();
    triggers.select(cx, u.summaries[d.body], {&root, 1}, concerned);
    with.watch.charge(kTriggers);
    // What is not understood is looked at in any case, so that it can be said.
    bool unknown = u.summaries[d.body].has & types::BodySummary::kUnknown;
    if (!concerned.empty() || unknown) check(program.function_of(d.object));
  }
  types::BodySummary init = program.types().init_summary(unit);
  std::vector<Root> literals;
  for (const types::BodyTask& task : u.bodies) {
    const syntax::Tree* tree = package.files[task.file].tree;
    if (tree->is<syntax::FuncLit>(task.node)) literals.push_back({tree, task.node});
  }
  triggers.select(cx, init, literals, concerned);
  bool unknown = init.has & types::BodySummary::kUnknown;
  if (!concerned.empty() || unknown) check(program.package_init(unit));
  // Nobody expects names of C to be understood.
  if (missing.count && !uses_c) {
    out.broken = true;
    out.notes.push_back(missing.note());
  }
  out.findings = cx.take();
  out.withheld += cx.take_withheld();
  out.beyond = cx.take_beyond();
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

bool imports_c(const load::Package& package) {
  auto is_c = [](const load::Import& i) { return i.path == "C"; };
  return std::any_of(package.imports.begin(), package.imports.end(), is_c) ||
         std::any_of(package.test_imports.begin(), package.test_imports.end(), is_c) ||
         std::any_of(package.xtest_imports.begin(), package.xtest_imports.end(), is_c);
}

// A test ends soon, and takes with it what it left behind.
void soften_in_test(diag::Finding& finding, const source::FileStore& files) {
  if (finding.severity == diag::Severity::kError &&
      files[finding.where.file].path.ends_with("_test.go")) {
    finding.severity = diag::Severity::kWarning;
  }
}

// Adds what was found in a unit to what is known of its package.
void add_unit(PackageResult unit, PackageResult& to) {
  to.findings.insert(to.findings.end(), std::make_move_iterator(unit.findings.begin()),
                     std::make_move_iterator(unit.findings.end()));
  to.notes.insert(to.notes.end(), std::make_move_iterator(unit.notes.begin()),
                  std::make_move_iterator(unit.notes.end()));
  to.broken = to.broken || unit.broken;
  to.withheld += unit.withheld;
  to.functions += unit.functions;
  to.beyond = to.beyond || unit.beyond;
}

// What its files say by themselves: comments, syntax errors.
void read_files(const load::Package& package, const types::Forest& forest, PackageResult& out) {
  for (const std::vector<load::GoFile>* group :
       {&package.files, &package.test_files, &package.xtest_files}) {
    for (const load::GoFile& f : *group) {
      const syntax::Tree& tree = *forest[f.file.raw];
      out.broken = out.broken || !tree.errors.empty();
      add_comments(tree, f.file, package.import_path, out);
      for (const syntax::SyntaxError& e : tree.errors) {
        out.notes.push_back(
            {diag::Message("{0}", diag::Words{std::string(kSyntaxError) + e.message}),
             {f.file, e.span}});
      }
    }
  }
}

// Directories of packages of which something was left out.
std::set<std::string, std::less<>> lacking_files(const load::Program& program) {
  std::set<std::string, std::less<>> out;
  for (const load::Note& note : program.notes) {
    if (note.kind == load::NoteKind::kDirectory) out.insert(note.path);
    if (note.kind == load::NoteKind::kFile || note.kind == load::NoteKind::kMixedPackages) {
      out.emplace(load::parent_dir(note.path));
    }
  }
  return out;
}

// `said` has, by path, what was said about files that were parsed: the loader, which reads only
// their beginning, need not say it again.
void add_notes(const load::Program& program, std::string_view working_dir,
               const std::set<std::pair<std::string, std::string>>& said, diag::Sink& sink) {
  for (const load::Note& note : program.notes) {
    if (said.contains({note.path, note.message})) continue;
    std::string text;
    // Errors of the operating system name the file themselves.
    if (!note.path.empty() && note.message.find(note.path) == note.message.npos) {
      text = diag::display_path(note.path, working_dir);
      if (note.line) text += ":" + std::to_string(note.line);
      text += ": ";
    }
    text += note.message;
    if (!note.hint.empty()) text += "; " + note.hint;
    sink.add(diag::Note{diag::Message("{0}", diag::Words{std::move(text)}), {}});
  }
}

uint64_t weight_of(const types::Program& typed, types::UnitId unit) {
  uint64_t weight = 0;
  for (const types::BodyTask& body : typed.unit(unit).bodies) weight += body.weight;
  return weight;
}

// What the passes below make, each from what stands before it.
struct Made {
  types::Forest forest;
  std::unique_ptr<types::Program> typed;
  std::unique_ptr<ssa::Program> ssa;
  std::unique_ptr<flow::Facts> facts;
  std::vector<std::unique_ptr<Checking>> checking;
};

// The passes from syntax trees to findings, for these roots (indices into Program::roots). Whatever
// else the program holds is read as far as they need it.
void analyze_roots(const AnalyzeOptions& options, const load::Program& program,
                   const std::vector<uint32_t>& roots, base::Interner& names,
                   base::WorkerPool& workers, PassClock& clock, Results& results, Analysis& out) {
  auto progress = [&](std::string_view pass, size_t done, size_t total) {
    if (options.progress) options.progress({pass, done, total});
  };
  progress("parsing", 0, 0);
  out.spent.reset();
  auto made = std::make_shared<Made>();
  out.spent = made;
  types::UnitOptions unit_options;
  unit_options.dependency_bodies = false;
  types::Forest& forest = made->forest;
  forest = types::parse_files(program, workers, names, unit_options);
  clock.pass("parse");
  progress("checking types", 0, 0);
  types::Units units = types::make_units(program, forest, unit_options);
  made->typed = std::make_unique<types::Program>(names, types::sizes_of(program.context.goarch));
  types::Program& typed = *made->typed;
  typed.check(std::move(units.specs), workers, [&] { clock.part("declarations"); });
  clock.part("bodies");
  clock.pass("types");
  // From here trees and types are read-only.

  made->ssa = std::make_unique<ssa::Program>(typed);
  ssa::Program& ssa = *made->ssa;
  made->facts = std::make_unique<flow::Facts>(ssa);
  flow::Facts& facts = *made->facts;
  struct Job {
    types::UnitId unit;
    uint32_t root;
    uint64_t weight;  // bytes of source
  };
  std::vector<Job> jobs;
  for (uint32_t root : roots) {
    const types::PackageUnits& of = units.of_package[program.roots[root].raw];
    for (types::UnitId unit : {of.package, of.tests, of.external_tests}) {
      if (unit.exists()) jobs.push_back({unit, root, weight_of(typed, unit)});
    }
  }
  if (options.print != AnalyzeOptions::kNothing) {
    for (const Job& job : jobs) out.printed += print_unit(options.print, facts, job.unit);
    return;
  }
  std::vector<PackageResult> found(jobs.size());
  std::vector<std::unique_ptr<Checking>>& checking = made->checking;
  checking.resize(workers.jobs());
  for (auto& with : checking) {
    with = std::make_unique<Checking>(
        Checking{rules::RuleContext(facts), Stopwatch(), &options.rules});
    if (options.time_rules) with->watch.start(kRules + options.rules.size());
  }
  rules::Triggers triggers(typed, options.rules, options.every_function);
  // The largest first, so that no thread is left alone with it at the end.
  std::vector<size_t> order(jobs.size());
  for (size_t i = 0; i < order.size(); i++) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return jobs[a].weight != jobs[b].weight ? jobs[a].weight > jobs[b].weight : a < b;
  });
  std::atomic<size_t> done = 0;
  workers.for_each(jobs.size(), [&](size_t number, unsigned worker) {
    size_t i = order[number];
    found[i] = check_unit(facts, *checking[worker], jobs[i].unit, triggers,
                          imports_c(program[program.roots[jobs[i].root]]));
    progress("checking packages", done.fetch_add(1, std::memory_order_relaxed) + 1, jobs.size());
  });
  // A rule that asks who calls what must say so, or its findings would be reused where they no
  // longer hold.
  UNPARK_CHECK(!facts.asked_for_callers() ||
                   std::any_of(found.begin(), found.end(),
                               [](const PackageResult& unit) { return unit.beyond; }),
               "a rule asked for callers without RuleContext::look_beyond");
  for (uint32_t root : roots) {
    results[root].emplace();
    read_files(program[program.roots[root]], forest, *results[root]);
  }
  for (size_t i = 0; i < jobs.size(); i++) add_unit(std::move(found[i]), *results[jobs[i].root]);
  if (options.time_rules) {
    auto add = [&](std::string_view name, size_t slot) {
      double seconds = 0;
      for (const auto& with : checking) seconds += with->watch.seconds(slot);
      clock.add_part(std::string(name), seconds);
    };
    add("triggers", kTriggers);
    add("SSA", kSsa);
    for (size_t i = 0; i < options.rules.size(); i++) add(options.rules[i]->info->id, kRules + i);
  }
  clock.pass("rules");

  for (const std::unique_ptr<syntax::Tree>& tree : forest) {
    if (!tree) continue;
    out.counts.files++;
    out.counts.bytes += tree->text().size();
    out.counts.nodes += tree->node_count;
  }
  out.counts.types += typed.context().types.size();
  out.counts.objects += typed.object_count();
  out.counts.functions += ssa.function_count();
  out.counts.late_bodies += typed.late_body_count();
}

}  // namespace

base::Result<Analysis> analyze(const AnalyzeOptions& options, const source::FileSystem& files,
                               base::WorkerPool& workers) {
  PassClock clock;
  Analysis out;
  if (options.progress) options.progress({"loading", 0, 0});
  base::Interner names;
  base::Result<load::Program> loaded = load::load(options.load, files, workers, names);
  if (!loaded) return loaded.error();
  load::Program program = std::move(*loaded);
  clock.pass("load");

  bool print = options.print != AnalyzeOptions::kNothing;
  Reuse reuse(print ? nullptr : options.cache, program, options.rules, workers);
  Reuse::Found earlier = reuse.find(workers);
  Results& results = earlier.results;
  std::vector<uint32_t> missing;
  for (uint32_t i = 0; i < results.size(); i++) {
    if (!results[i]) missing.push_back(i);
  }
  out.counts.packages_reused = results.size() - missing.size();
  clock.pass("reuse");

  if (!missing.empty()) {
    // What looks at more than a package imports needs the program whole.
    std::vector<load::Package> whole;
    if (missing.size() < results.size() && !earlier.beyond) {
      whole = program.packages;
      narrow(program, missing);
    }
    analyze_roots(options, program, missing, names, workers, clock, results, out);
    if (print) return out;
    if (!whole.empty()) {
      program.packages = std::move(whole);
      std::vector<uint32_t> again;
      for (uint32_t i : missing) {
        if (results[i]->beyond) again.push_back(i);
      }
      if (!again.empty()) {
        analyze_roots(options, program, again, names, workers, clock, results, out);
      }
    }
    out.cache_trouble = reuse.keep(results, missing, workers);
  }

  diag::Sink sink;
  diag::Coverage coverage;
  std::set<std::string, std::less<>> lacking = lacking_files(program);
  std::set<std::pair<std::string, std::string>> said;
  for (uint32_t i = 0; i < results.size(); i++) {
    PackageResult& result = *results[i];
    coverage.packages_matched++;
    coverage.packages_analysed++;
    const load::Package& package = program[program.roots[i]];
    bool incomplete = result.broken || lacks_imports(package) || lacking.contains(package.dir);
    coverage.packages_incomplete += incomplete;
    coverage.findings_withheld += result.withheld;
    out.counts.functions_checked += result.functions;
    for (diag::Finding& f : result.findings) soften_in_test(f, program.files);
    sink.add(std::move(result.findings));
    for (diag::PlacedSuppression& s : result.suppressions) sink.add(std::move(s));
    for (diag::Note& note : result.notes) {
      const diag::Words* words = note.message.arguments.empty()
                                     ? nullptr
                                     : std::get_if<diag::Words>(&note.message.arguments[0]);
      if (words && words->text.starts_with(kSyntaxError)) {
        said.emplace(program.files[note.where.file].path, words->text.substr(kSyntaxError.size()));
      }
      sink.add(std::move(note));
    }
    for (source::FileId file : result.generated) sink.mark_generated(file);
  }
  add_notes(program, options.load.dir, said, sink);
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
  out.counts.packages = program.packages.size();
  out.files = std::move(program.files);
  clock.pass("report");
  out.times = clock.take();
  return out;
}

}  // namespace unpark::engine
