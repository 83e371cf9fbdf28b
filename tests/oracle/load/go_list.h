// `go list -e -deps -test -json` and the comparison of what it says with a loaded program.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/load.h"

namespace unpark::oracle {

struct Listed {
  std::string name, dir, for_test;
  bool standard = false;
  bool root = false;  // not only a dependency
  std::string error;
  std::optional<std::string> module_path, module_version, module_go, replace_path, replace_version;
  std::vector<std::string> go_files, cgo_files, test_files, xtest_files, ignored;
  std::vector<std::string> imports;
  std::map<std::string, std::string> import_map;
};

struct Query {
  std::string dir;
  std::vector<std::string> patterns;
  bool tests = true;
  load::Environment environment;
};

// The environment for both sides: nothing of the user's settings, no network.
load::Environment base_environment();
// Path of a `go` to compare with; empty when there is none.
std::string go_command();
// By import path, with the variants' suffixes. Sets `failure` when the command could not run.
std::map<std::string, Listed> go_list(const Query& query, std::string& failure);
// Runs the go command with arguments; gives its output and errors when it fails.
std::optional<std::string> run_go(const Query& query, const std::vector<std::string>& arguments);

struct Comparison {
  size_t packages = 0;
  std::vector<std::string> differences;
  std::vector<load::Note> notes;
};
Comparison compare(const Query& query);

}  // namespace unpark::oracle
