// Which Go files of a directory belong to a build, and what their headers say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/interner.h"
#include "load/build_context.h"
#include "load/dir_cache.h"
#include "load/note.h"
#include "source/source_file.h"

namespace unpark::load {

// The package clause and the imports of a file.
struct FileHeader {
  std::string package_name;
  std::vector<std::string_view> imports;  // parts of the text, as written, "C" included
  std::string error;                      // the first thing wrong, empty when nothing is
  uint32_t error_offset = 0;
};
FileHeader read_header(std::string_view text, base::Interner& names);

struct ScannedFile {
  std::string name;
  source::FileBytes bytes;
  std::vector<std::string_view> imports;  // into bytes
  std::optional<uint32_t> min_go_minor;   // from //go:build
  bool cgo = false;
};

struct ScannedPackage {
  std::string name;                // empty when no file says one
  std::vector<ScannedFile> files;  // by name
  std::vector<ScannedFile> test_files;
  std::vector<ScannedFile> xtest_files;
  std::vector<std::string> ignored;  // Go files left out by constraints, by name
  std::vector<Note> notes;
  bool only_tests = false;  // there are tests, nothing else, and tests were not asked for

  bool empty() const { return files.empty() && test_files.empty() && xtest_files.empty(); }
};

struct ScanOptions {
  bool tests = true;  // give _test.go files
  // When not null: just these files, whatever their names and constraints say.
  const std::vector<std::string>* only = nullptr;
};

// Reads a directory's Go files as far as their imports. Thread-safe.
ScannedPackage scan_package(const std::string& dir, DirCache& dirs, const BuildContext& context,
                            base::Interner& names, const ScanOptions& options);

}  // namespace unpark::load
