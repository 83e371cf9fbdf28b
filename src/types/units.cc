#include "types/units.h"

#include <algorithm>

#include "syntax/parser.h"

namespace unpark::types {

namespace {

template <typename Visit>
void for_each_file(const load::Program& program, Visit visit) {
  for (const load::Package& package : program.packages) {
    for (const load::GoFile& f : package.files) visit(package, f);
    for (const load::GoFile& f : package.test_files) visit(package, f);
    for (const load::GoFile& f : package.xtest_files) visit(package, f);
  }
}

}  // namespace

Forest parse_files(const load::Program& program, base::WorkerPool& workers, base::Interner& names,
                   const UnitOptions& options) {
  struct Job {
    source::FileId file;
    bool skip_bodies;
    size_t size;
  };
  std::vector<Job> jobs;
  for_each_file(program, [&](const load::Package& package, const load::GoFile& f) {
    jobs.push_back({f.file, !package.is_root && !options.dependency_bodies,
                    program.files[f.file].text().size()});
  });
  // Large files first; equal ones by id, so the order is the same each time.
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return a.size != b.size ? a.size > b.size : a.file < b.file;
  });
  Forest forest(program.files.size());
  workers.for_each(jobs.size(), [&](size_t i, unsigned) {
    syntax::ParseOptions parse_options;
    parse_options.skip_bodies = jobs[i].skip_bodies;
    std::unique_ptr<syntax::Tree>& tree = forest[jobs[i].file.raw];
    tree = std::make_unique<syntax::Tree>(
        syntax::parse(program.files[jobs[i].file].text(), names, parse_options));
  });
  return forest;
}

Units make_units(const load::Program& program, Forest& forest, const UnitOptions& options) {
  Units units;
  auto file_specs = [&](const std::vector<load::GoFile>& files, UnitSpec& spec) {
    for (const load::GoFile& f : files) {
      const source::SourceFile& file = program.files[f.file];
      spec.files.push_back({f.file, file.path, forest[f.file.raw].get(), GoVersion{f.lang.minor}});
      spec.weight += file.text().size();
    }
  };
  auto add = [&](uint32_t package, UnitPart part, const std::vector<load::GoFile>& files) {
    const load::Package& p = program.packages[package];
    UnitSpec spec;
    spec.path = p.import_path;
    spec.name = p.name;
    if (part == UnitPart::kExternalTests) {
      spec.path += "_test";
      spec.name += "_test";
    }
    spec.bodies = p.is_root || options.dependency_bodies;
    file_specs(files, spec);
    UnitId id{static_cast<uint32_t>(units.specs.size())};
    units.specs.push_back(std::move(spec));
    units.origin.push_back({load::PackageId{package}, part});
    return id;
  };
  units.of_package.resize(program.packages.size());
  for (uint32_t i = 0; i < program.packages.size(); i++) {
    const load::Package& p = program.packages[i];
    PackageUnits& of = units.of_package[i];
    bool is_unsafe = p.is_std && p.import_path == "unsafe";
    of.package = add(i, UnitPart::kPackage, is_unsafe ? std::vector<load::GoFile>{} : p.files);
    if (!p.test_files.empty()) {
      of.tests = add(i, UnitPart::kTests, p.test_files);
      units.specs[of.tests.raw].base = of.package;
    }
    if (!p.xtest_files.empty()) {
      of.external_tests = add(i, UnitPart::kExternalTests, p.xtest_files);
      units.specs[of.external_tests.raw].view = of.tests;
    }
  }
  for (uint32_t i = 0; i < program.packages.size(); i++) {
    const load::Package& p = program.packages[i];
    const PackageUnits& of = units.of_package[i];
    auto link = [&](UnitId unit, const std::vector<load::Import>& imports) {
      if (!unit.exists()) return;
      for (const load::Import& import : imports) {
        // The checker makes package unsafe itself; its file is documentation.
        if (!import.package.exists() || import.path == "unsafe") continue;
        UnitId to = units.of_package[import.package.raw].package;
        // External tests see the package they test together with its in-package tests.
        if (unit == of.external_tests && import.package.raw == i && of.tests.exists())
          to = of.tests;
        units.specs[unit.raw].imports.emplace_back(import.path, to);
      }
    };
    link(of.package, p.imports);
    link(of.tests, p.test_imports);
    link(of.external_tests, p.xtest_imports);
  }
  return units;
}

Sizes sizes_of(std::string_view goarch) {
  constexpr std::string_view kWords32[] = {"386", "arm", "mips", "mipsle"};
  bool small = std::find(std::begin(kWords32), std::end(kWords32), goarch) != std::end(kWords32);
  return small ? Sizes{4, 4} : Sizes{8, 8};
}

}  // namespace unpark::types
