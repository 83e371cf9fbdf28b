// Fixtures of tests/fixtures/load: a text file with many files in it.
//
//   run ./...                          what to load, in the root directory
//   run in=sub GOOS=windows ./... std  in a subdirectory, with environment variables
//   -- go.mod --                       from here to the next such line: the file go.mod
//   -- proxy/example.com/m@v1.0.0/go.mod --   a file of a module that a proxy serves
//
// `$ROOT` in files and environment values is the directory the fixture is unpacked to. Lines of the
// head that start with '#' are comments; `expect N` says how many packages must be compared at
// least, and `note KIND` that the loader must leave such a note.
#pragma once

#include <string>
#include <vector>

#include "oracle/load/go_list.h"

namespace unpark::oracle {

struct Fixture {
  std::string name;
  std::vector<Query> runs;
  size_t expect = 1;
  std::vector<std::string> notes;
};

// Unpacks a fixture below `root`, fills the module cache root/modcache from its proxy files with
// the go command, and gives what to run. Sets `failure` when that does not work.
Fixture unpack(const std::string& path, const std::string& root, std::string& failure);

}  // namespace unpark::oracle
