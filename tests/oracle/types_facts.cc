// Prints what the checker finds out about Go packages, one digest per declaration, as the Go
// program in tests/oracle/types does for go/types (its -new form: of a test variant only what the
// plain package does not declare).
//
//   types_facts [--dump=REGEX] [--jobs=N] [--shuffle=SEED] [--dir=DIR] [--no-tests]
//   [--quiet|--counts]
//               PATTERN...
//
// --shuffle checks in an order that the seed says: the output must not show it. --counts prints how
// many types, objects, nodes, declarations and facts there are, and no digests.
#include <fmt/format.h>

#include <cstdio>
#include <regex>
#include <string>
#include <vector>

#include "base/os.h"
#include "load/load.h"
#include "source/line_table.h"
#include "types/facts.h"
#include "types/units.h"

namespace {

using namespace unpark;

uint64_t fnv1a(std::string_view bytes) {
  uint64_t h = 0xCBF29CE484222325u;
  for (unsigned char c : bytes) h = (h ^ c) * 0x100000001B3u;
  return h;
}

std::string base_name(std::string_view path) {
  size_t slash = path.rfind('/');
  return std::string(path.substr(slash == std::string_view::npos ? 0 : slash + 1));
}

}  // namespace

int main(int argc, char** argv) {
  load::LoadOptions options;
  options.cgo = false;
  std::string dump;
  unsigned jobs = 0;
  uint64_t shuffle = 0;
  bool quiet = false;
  bool counts = false;
  types::UnitOptions unit_options;
  unit_options.dependency_bodies = true;
  for (int i = 1; i < argc; i++) {
    std::string_view arg = argv[i];
    if (arg.starts_with("--dump=")) {
      dump = arg.substr(7);
    } else if (arg.starts_with("--jobs=")) {
      jobs = static_cast<unsigned>(std::stoul(std::string(arg.substr(7))));
    } else if (arg.starts_with("--shuffle=")) {
      shuffle = std::stoull(std::string(arg.substr(10)));
    } else if (arg.starts_with("--dir=")) {
      options.dir = arg.substr(6);
    } else if (arg == "--no-tests") {
      options.tests = false;
    } else if (arg == "--quiet") {
      quiet = true;
    } else if (arg == "--counts") {
      counts = true;
    } else {
      options.patterns.emplace_back(arg);
    }
  }
  base::Interner names;
  base::WorkerPool workers(jobs, shuffle);
  source::RealFileSystem files;
  double t0 = base::cpu_seconds();
  auto loaded = load::load(options, files, workers, names);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    return 2;
  }
  load::Program program = std::move(*loaded);
  for (const load::Note& note : program.notes) {
    std::fprintf(stderr, "note: %s\n", note.message.c_str());
  }
  double t1 = base::cpu_seconds();
  types::Forest forest = types::parse_files(program, workers, names, unit_options);
  double t2 = base::cpu_seconds();
  types::Units units = types::make_units(program, forest, unit_options);
  types::Program typed(names, types::sizes_of(program.context.goarch));
  typed.check(std::move(units.specs), workers);
  double t3 = base::cpu_seconds();

  std::vector<std::string> out(units.origin.size());
  std::vector<uint64_t> facts(units.origin.size());
  std::vector<uint64_t> declarations(units.origin.size());
  std::regex wanted(dump);
  types::Context& cx = typed.context();
  if (!quiet) {
    workers.for_each(units.origin.size(), [&](size_t i, unsigned) {
      const types::Unit& unit = typed.unit(types::UnitId{static_cast<uint32_t>(i)});
      const types::Package& package = cx.package(unit.package);
      const load::Package& origin = program[units.origin[i].package];
      std::string variant = origin.import_path;
      if (units.origin[i].part == types::UnitPart::kTests) {
        variant += " [" + origin.import_path + ".test]";
      } else if (units.origin[i].part == types::UnitPart::kExternalTests) {
        variant += "_test [" + origin.import_path + ".test]";
      }
      types::CanonicalWriter writer(cx);
      for (const types::File& file : package.files) {
        source::LineTable lines(file.tree->text());
        std::string name = base_name(file.path);
        types::for_each_declaration(cx, package, file, writer, [&](const auto& d) {
          facts[i] += d.facts;
          declarations[i]++;
          auto at = lines.position(d.offset);
          if (counts) return;
          std::string line = fmt::format("{}\t{}:{}:{}\t{}\t{}\t{:016x}\n", variant, name, at.line,
                                         at.column, d.name, d.facts, fnv1a(d.text));
          if (!dump.empty()) {
            if (!std::regex_search(line, wanted)) return;
            out[i] += line;
            out[i] += d.text;
            return;
          }
          out[i] += line;
        });
      }
    });
  }
  uint64_t total = 0;
  uint64_t count = 0;
  for (size_t i = 0; i < out.size(); i++) {
    std::fwrite(out[i].data(), 1, out[i].size(), stdout);
    total += facts[i];
    count += declarations[i];
  }
  if (counts) {
    uint64_t nodes = 0;
    for (const auto& tree : forest) {
      if (tree) nodes += tree->node_count;
    }
    fmt::print("types {}\nobjects {}\nnodes {}\ndeclarations {}\nfacts {}\n", cx.types.size(),
               cx.objects.size(), nodes, count, total);
  }
  std::fprintf(stderr,
               "%llu facts in %llu declarations of %zu units; cpu: load %.2fs, parse %.2fs, check "
               "%.2fs; types %u, objects %u, peak %llu MiB\n",
               static_cast<unsigned long long>(total), static_cast<unsigned long long>(count),
               out.size(), t1 - t0, t2 - t1, t3 - t2, cx.types.size(), cx.objects.size(),
               static_cast<unsigned long long>(base::peak_memory_bytes() >> 20));
  return 0;
}
