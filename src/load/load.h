// Loading: from patterns as `go list` takes them to the packages, files and imports of a program,
// without running the go command.
//
// What is selected and how imports resolve equals `go list -deps -test` (tests/oracle/load compares
// them). Whatever is missing or broken becomes a note and the run goes on with the rest. Beyond the
// go command: a directory above several modules, or in another module than the working directory's,
// is loaded with the settings of each module of its own.
//
// A package has three groups of files: its own, the tests inside it, and the tests outside it
// (package p_test). Tests are an overlay; variants.h names what the go command compiles for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/interner.h"
#include "base/result.h"
#include "base/worker_pool.h"
#include "load/build_context.h"
#include "load/go_env.h"
#include "load/mod_file.h"
#include "load/note.h"
#include "load/version.h"
#include "source/file_store.h"
#include "source/file_system.h"
#include "source/span.h"

namespace unpark::load {

using PackageId = base::Id<struct PackageTag>;
using ModuleId = base::Id<struct ModuleTag>;

struct LoadOptions {
  std::string dir;                    // working directory, absolute; empty: the process's
  std::vector<std::string> patterns;  // empty: the package in `dir`
  bool tests = true;                  // read the tests of the packages that the patterns name
  std::vector<std::string> tags;      // as -tags
  std::string goos, goarch;           // empty: from the environment, else this machine's
  std::optional<bool> cgo;            // none: from the environment, else as the go command decides
  std::string goroot;                 // empty: found as find_goroot() says
  std::string mod_mode;               // as -mod
  std::string mod_file;               // as -modfile
  // Instead of the process environment when given.
  std::optional<Environment> environment;
};

struct Module {
  std::string path, version;  // a main module has no version
  std::string dir;            // empty when vendored
  std::string mod_file;       // may be empty
  std::string go_version;     // its go line; empty when it has none
  ModuleVersion replaced_by;  // empty path: not replaced
  bool is_main = false;
};

struct GoFile {
  std::string name;  // without directory
  source::FileId file;
  LangVersion lang;  // of the module, or what its //go:build line asks for
  bool cgo = false;  // imports "C"
};

struct Import {
  std::string path;   // as written
  PackageId package;  // none when missing, and for "C"
};

struct Package {
  std::string import_path;  // "vendor/golang.org/x/..." inside the standard library
  std::string name;
  std::string dir;
  ModuleId module;  // none in the standard library
  uint32_t workspace =
      0;  // packages of one workspace see each other; the standard library is shared
  LangVersion lang;
  bool is_std = false;
  bool is_root = false;  // a pattern named it
  // Test files are read only for roots, and only when the options say so.
  std::vector<GoFile> files, test_files, xtest_files;  // by name
  // Go files left out by constraints, names only; for packages that are no roots without tests.
  std::vector<std::string> ignored_files;
  std::vector<Import> imports, test_imports, xtest_imports;  // by path, each once
  // What cgo and the linker add: runtime, runtime/cgo, syscall, unsafe.
  std::vector<Import> implied_imports;
};

struct Program {
  BuildContext context;
  std::vector<Package> packages;  // by import path, then workspace; PackageId is the index
  std::vector<Module> modules;    // ModuleId is the index
  source::FileStore files;
  std::vector<PackageId> roots;         // in the order of packages
  std::vector<PackageId> import_order;  // every package behind those it imports; tests do not count
  // What every generated test program imports besides the packages it tests, and what the linker
  // adds to it; empty when no test was loaded.
  std::vector<Import> test_main_imports, test_main_implied;
  std::vector<Note> notes;  // sorted and each once

  const Package& operator[](PackageId id) const { return packages[id.raw]; }
  const Module& operator[](ModuleId id) const { return modules[id.raw]; }
  // The package of this path, the first workspace's if there are several; none when absent.
  PackageId find(std::string_view import_path) const;
};

// Fails only when nothing can be loaded at all. Any number of workers gives the same program, but
// for the ids of interned names.
base::Result<Program> load(const LoadOptions& options, const source::FileSystem& files,
                           base::WorkerPool& workers, base::Interner& names);

}  // namespace unpark::load
