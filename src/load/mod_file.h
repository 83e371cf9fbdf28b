// go.mod and go.work (https://go.dev/ref/mod#go-mod-file, #workspaces).
//
// Reading never fails: a line that cannot be understood becomes an error of the file and the rest
// is read on. Linear in the length of the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace unpark::load {

struct ModError {
  uint32_t line = 0;
  std::string message;
};

struct ModuleVersion {
  std::string path;
  std::string version;  // empty: any version of it, or a directory, or a main module

  friend auto operator<=>(const ModuleVersion&, const ModuleVersion&) = default;
};

// "path@version", or the path alone when there is no version.
std::string to_string(const ModuleVersion& module);

struct Require {
  ModuleVersion module;
  bool indirect = false;
  uint32_t line = 0;
};

struct Replace {
  ModuleVersion from;  // without a version: every version
  ModuleVersion to;    // without a version: a directory, absolute or relative to the file's
  uint32_t line = 0;
};

struct Setting {
  std::string key, value;
};

struct ModFile {
  std::string module_path;
  std::string go_version;  // empty without a go line
  std::string toolchain;   // "go1.22.1", "default", or empty
  std::vector<Require> requires_;
  std::vector<Replace> replaces;
  std::vector<ModuleVersion> excludes;
  std::vector<std::string> tools;
  std::vector<std::string> ignores;
  std::vector<Setting> godebug;
  std::vector<ModError> errors;
};

struct WorkUse {
  std::string dir;  // as written
  uint32_t line = 0;
};

struct WorkFile {
  std::string go_version;
  std::string toolchain;
  std::vector<WorkUse> uses;
  std::vector<Replace> replaces;
  std::vector<Setting> godebug;
  std::vector<ModError> errors;
};

enum class ModRole : uint8_t {
  kMain,
  // Directives that only count in the main module (replace, exclude, ...) are left out, and unknown
  // ones are no error: a dependency may be written for a newer Go.
  kDependency,
};

ModFile parse_mod_file(std::string_view text, ModRole role);
WorkFile parse_work_file(std::string_view text);

// True for "./x", "../x", ".", ".." and absolute paths: a replacement by a directory.
bool is_directory_path(std::string_view path);

}  // namespace unpark::load
