// Builds the SSA form of every function of the named packages and their tests, of the instances of
// generic functions that they use, and of the methods of every type that becomes an interface
// value; verifies each body, and prints counts, times and what the verifier rejects.
//
//   ssa_verify [--jobs=N] [--dir=DIR] [--deps] [--no-tests] [--incomplete] [--print=NAME]
//              [--init-order] [--tree=DIR] PATTERN...
//
// --deps builds the functions of dependencies too. --incomplete lists the bodies that stand for
// less than the source. --print=NAME prints functions by name. --init-order prints nothing but in
// which order the packages set their variables, as oracle/ssa/init_order.go does it with go/types.
// --tree=DIR takes every Go file below DIR as a program of its own, broken Go or not; the packages
// that the patterns name (std, say) are there for them to import, without bodies.
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/os.h"
#include "load/load.h"
#include "ssa/init_order.h"
#include "ssa/print.h"
#include "ssa/program.h"
#include "ssa/verify.h"
#include "syntax/literal.h"
#include "syntax/parser.h"
#include "types/lookup.h"
#include "types/units.h"

namespace {

using namespace unpark;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Totals {
  std::atomic<uint64_t> functions{0}, external{0}, incomplete{0}, blocks{0}, instructions{0},
      values{0}, bytes{0}, rejected{0};
};

// Adds a unit for each Go file below `root`; what it imports is found among the units by path.
void add_single_files(const std::string& root, const source::FileSystem& files,
                      base::Interner& names, load::Program& program, types::Units& units,
                      std::deque<syntax::Tree>& trees) {
  absl::flat_hash_map<std::string, types::UnitId> by_path;
  for (size_t i = 0; i < program.packages.size(); i++) {
    by_path[program.packages[i].import_path] = units.of_package[i].package;
  }
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".go") paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    auto bytes = files.read(path);
    if (!bytes) continue;
    source::FileId id = program.files.add({path, std::move(*bytes)});
    trees.push_back(syntax::parse(program.files[id].text(), names));
    syntax::Tree& tree = trees.back();
    types::UnitSpec spec;
    spec.path = path.substr(root.size());
    spec.name = tree.package_name.exists() ? names.text(tree[tree.package_name].name) : "p";
    spec.files.push_back({id, program.files[id].path, &tree, types::GoVersion{26}});
    for (syntax::Ref<syntax::ImportSpec> import : tree.imports) {
      if (!tree[import].path.exists()) continue;
      auto imported = syntax::string_value(tree.text(tree.span(tree[import].path)));
      auto it = imported ? by_path.find(*imported) : by_path.end();
      if (it != by_path.end() && *imported != "unsafe") {
        spec.imports.emplace_back(*imported, it->second);
      }
    }
    units.specs.push_back(std::move(spec));
  }
}

void print_init_order(types::Program& typed, const std::vector<types::UnitId>& units) {
  types::Context& cx = typed.context();
  for (types::UnitId unit : units) {
    std::string line;
    for (const ssa::Initializer& init : ssa::initializers(typed, unit)) {
      if (!line.empty()) line += ';';
      bool first = true;
      for (ssa::ObjectId v : init.variables) {
        if (!first) line += ',';
        first = false;
        line += cx.text(cx.objects[v].name);
      }
    }
    if (!line.empty()) fmt::print("{}\t{}\n", cx.package(typed.unit(unit).package).path, line);
  }
}

}  // namespace

int main(int argc, char** argv) {
  load::LoadOptions load_options;
  unsigned jobs = 0;
  bool deps = false;
  bool show_incomplete = false;
  bool init_order = false;
  std::vector<std::string> trees;
  std::vector<std::string> to_print;
  for (int i = 1; i < argc; i++) {
    std::string_view arg = argv[i];
    if (arg.starts_with("--jobs=")) {
      jobs = static_cast<unsigned>(std::stoul(std::string(arg.substr(7))));
    } else if (arg.starts_with("--dir=")) {
      load_options.dir = arg.substr(6);
    } else if (arg == "--deps") {
      deps = true;
    } else if (arg == "--no-tests") {
      load_options.tests = false;
    } else if (arg == "--incomplete") {
      show_incomplete = true;
    } else if (arg == "--init-order") {
      init_order = true;
      load_options.tests = false;
    } else if (arg.starts_with("--tree=")) {
      trees.emplace_back(arg.substr(7));
      load_options.tests = false;
    } else if (arg.starts_with("--print=")) {
      to_print.emplace_back(arg.substr(8));
    } else if (arg.starts_with("--")) {
      fmt::print(stderr, "ssa_verify: unknown option {}\n", arg);
      return 2;
    } else {
      load_options.patterns.emplace_back(arg);
    }
  }
  auto start = std::chrono::steady_clock::now();
  base::WorkerPool workers(jobs);
  base::Interner names;
  source::RealFileSystem files;
  auto loaded = load::load(load_options, files, workers, names);
  if (!loaded) {
    fmt::print(stderr, "ssa_verify: {}\n", loaded.error().message);
    return 2;
  }
  if (loaded->packages.empty()) {
    fmt::print(stderr, "ssa_verify: no packages\n");
    return 2;
  }
  types::UnitOptions unit_options;
  unit_options.dependency_bodies = deps;
  if (!trees.empty()) {
    for (load::Package& package : loaded->packages) package.is_root = false;
  }
  types::Forest forest = types::parse_files(*loaded, workers, names, unit_options);
  types::Units units = types::make_units(*loaded, forest, unit_options);
  std::deque<syntax::Tree> single_trees;
  for (const std::string& tree : trees) {
    add_single_files(tree, files, names, *loaded, units, single_trees);
  }
  std::vector<types::UnitId> wanted;
  for (uint32_t u = 0; u < units.specs.size(); u++) {
    if (units.specs[u].bodies) wanted.push_back(types::UnitId{u});
  }
  types::Program typed(names, types::sizes_of(loaded->context.goarch));
  typed.check(std::move(units.specs), workers);
  if (init_order) {
    print_init_order(typed, wanted);
    return 0;
  }
  fmt::print("types: {:.2f} s\n", seconds_since(start));

  start = std::chrono::steady_clock::now();
  // Of broken Go the program itself rejects what is not well formed.
  ssa::Program program(typed, {.verify = !trees.empty()});
  types::Context& cx = typed.context();
  for (types::UnitId u : wanted) program.functions_of(u);

  Totals totals;
  std::mutex mutex;
  absl::flat_hash_set<types::TypeId> seen;  // types whose method sets were asked for
  std::vector<std::string> rejected;
  std::vector<std::string> incomplete;
  std::atomic<uint64_t> verify_ns{0};
  auto one = [&](ssa::FunctionId id) {
    const ssa::Function& fn = program[id];
    for (types::TypeId t : fn.type_args) {
      if (cx.types.has_type_param(t)) return;  // stands for its origin
    }
    const ssa::Body& body = program.body(id);
    totals.functions++;
    if (fn.kind == ssa::FunctionKind::kDeclared && fn.external) {
      totals.external++;
      return;
    }
    if (!body.incomplete.empty()) {
      totals.incomplete++;
      std::lock_guard<std::mutex> lock(mutex);
      incomplete.push_back(program.name_of(id) + ": " + body.incomplete);
    }
    totals.blocks += body.blocks.size();
    totals.values += body.values.size();
    totals.instructions += body.values.size() - body.first_instruction;
    totals.bytes += body.bytes();
    auto before = std::chrono::steady_clock::now();
    std::vector<std::string> wrong = ssa::verify(program, id);
    auto spent = std::chrono::steady_clock::now() - before;
    verify_ns +=
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
    if (!wrong.empty()) {
      totals.rejected++;
      std::lock_guard<std::mutex> lock(mutex);
      rejected.insert(rejected.end(), wrong.begin(), wrong.end());
    }
    const types::Package* view = nullptr;
    if (fn.unit.exists()) {
      const types::Package& package = cx.package(typed.unit(fn.unit).package);
      view = package.base ? &package : typed.unit(fn.unit).view;
    }
    for (const ssa::Value& v : body.values) {
      if (v.op != ssa::Op::kMakeInterface) continue;
      types::TypeId t = body[body.operands(v)[0]].type;
      if (cx.types.has_type_param(t)) continue;
      {
        std::lock_guard<std::mutex> lock(mutex);
        if (!seen.insert(t).second) continue;
      }
      for (const types::Method& m : types::method_set(cx, view, t)) {
        program.method_of(t, m.found.object, view);
      }
    }
  };
  uint32_t done = 0;
  while (done < program.function_count()) {
    uint32_t end = program.function_count();
    constexpr uint32_t kBlock = 64;
    uint32_t first = done;
    workers.for_each((end - first + kBlock - 1) / kBlock, [&](size_t block, unsigned) {
      auto begin = first + static_cast<uint32_t>(block) * kBlock;
      for (uint32_t i = begin; i < std::min(end, begin + kBlock); i++) one(ssa::FunctionId{i});
    });
    done = end;
  }
  for (uint32_t i = 0; i < program.function_count() && !to_print.empty(); i++) {
    std::string name = program.name_of(ssa::FunctionId{i});
    for (const std::string& wanted_name : to_print) {
      if (name == wanted_name || name.starts_with(wanted_name + "$")) {
        fmt::print("{}\n", ssa::print(program, ssa::FunctionId{i}));
      }
    }
  }
  double total = seconds_since(start);
  std::sort(rejected.begin(), rejected.end());
  std::sort(incomplete.begin(), incomplete.end());
  if (show_incomplete) {
    for (const std::string& line : incomplete) fmt::print("incomplete: {}\n", line);
  }
  constexpr size_t kShown = 60;
  for (size_t i = 0; i < std::min(rejected.size(), kShown); i++) fmt::print("{}\n", rejected[i]);
  fmt::print(
      "functions {} (without body {}, incomplete {}), blocks {}, instructions {}, values {}, "
      "{:.1f} MiB\nbuild and verify: {:.2f} s (verify {:.2f} s of CPU), peak memory {:.0f} MiB\n"
      "rejected {}\n",
      totals.functions.load(), totals.external.load(), totals.incomplete.load(),
      totals.blocks.load(), totals.instructions.load(), totals.values.load(),
      static_cast<double>(totals.bytes.load()) / (1 << 20), total,
      static_cast<double>(verify_ns.load()) / 1e9,
      static_cast<double>(base::peak_memory_bytes()) / (1 << 20), totals.rejected.load());
  return totals.rejected.load() == 0 ? 0 : 1;
}
