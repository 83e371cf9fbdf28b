// Note: something the loader could not use or find, and what to do about it. The run goes on
// without it; nothing here is a fault of the analysed code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unpark::load {

enum class NoteKind : uint8_t {
  kNoGoroot,          // no Go installation: the standard library is missing
  kNewerGo,           // a go.mod asks for a newer Go than any installed
  kModFile,           // a line of go.mod or go.work cannot be read
  kNoModule,          // a directory outside any module
  kMissingModule,     // a module is not in the module cache
  kMissingDirectory,  // a replace or use directory is absent
  kMissingPackage,    // no module provides an import path
  kAmbiguousImport,   // more than one does
  kVendor,            // vendor/modules.txt contradicts go.mod
  kNoMatch,           // a pattern matched no packages
  kNoGoFiles,         // a package without Go files for this build
  kFile,              // a file that cannot be read or whose header cannot be parsed
  kMixedPackages,     // two packages in one directory
  kImportCycle,
  kDirectory,  // a directory that cannot be listed
};
// As "missing-module"; stable, for machine-readable output.
std::string_view name_of(NoteKind kind);

struct Note {
  NoteKind kind = NoteKind::kFile;
  std::string message;  // what is wrong, lower case, no final period
  std::string hint;     // what to do; may be empty
  std::string path;     // the file or directory it is about; may be empty
  uint32_t line = 0;    // in that file; 0: none

  friend bool operator==(const Note&, const Note&) = default;
};

}  // namespace unpark::load
