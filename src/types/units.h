// From loaded packages to typed ones: parsing, and cutting packages and their tests into units.
#pragma once

#include <memory>
#include <vector>

#include "base/interner.h"
#include "base/worker_pool.h"
#include "load/load.h"
#include "syntax/tree.h"
#include "types/program.h"

namespace unpark::types {

// The syntax trees of all files of a load::Program, by FileId.
using Forest = std::vector<std::unique_ptr<syntax::Tree>>;

struct UnitOptions {
  // Keep the function bodies of packages that no pattern named; else they are not even parsed.
  bool dependency_bodies = false;
};

// Parses every file, each on its own, all cores.
Forest parse_files(const load::Program& program, base::WorkerPool& workers, base::Interner& names,
                   const UnitOptions& options);

enum class UnitPart : uint8_t { kPackage, kTests, kExternalTests };

// The units of each package; `tests` and `external_tests` are none where there are none.
struct PackageUnits {
  UnitId package, tests, external_tests;
};
struct Units {
  std::vector<UnitSpec> specs;
  std::vector<PackageUnits> of_package;  // by load::PackageId
  struct Origin {
    load::PackageId package;
    UnitPart part;
  };
  std::vector<Origin> origin;  // by UnitId
};
// `forest` must outlive what is made of the units.
Units make_units(const load::Program& program, Forest& forest, const UnitOptions& options);

// Word size and alignment of the gc compiler for an architecture, by GOARCH.
Sizes sizes_of(std::string_view goarch);

}  // namespace unpark::types
