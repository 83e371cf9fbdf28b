// The pipeline of `unpark check`: from patterns to findings.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/worker_pool.h"
#include "diag/results.h"
#include "load/load.h"
#include "rules/rule.h"
#include "source/file_system.h"

namespace unpark::engine {

struct AnalyzeOptions {
  load::LoadOptions load;
  std::vector<const rules::Rule*> rules;  // those that run
  bool generated = false;                 // report in generated files too
  enum Print : uint8_t { kNothing, kTree, kTypes, kSsa, kFacts };
  Print print = kNothing;  // instead of checking, show this of the packages named
};

// CPU seconds of a pass, in the order of the passes.
struct PassTime {
  std::string name;
  double cpu = 0;
};

struct Counts {
  uint64_t packages = 0, files = 0, bytes = 0, nodes = 0;
  uint64_t types = 0, objects = 0, functions = 0, functions_checked = 0;
};

struct Analysis {
  diag::Results results;
  source::FileStore files;  // what the findings' places speak of
  std::vector<PassTime> times;
  Counts counts;
  std::string printed;  // what AnalyzeOptions::print asked for
  // Something that was asked for could not be analysed (the exit code is 2).
  bool incomplete = false;
};

// Fails only when nothing can be analysed at all. Any number of workers gives the same results.
base::Result<Analysis> analyze(const AnalyzeOptions& options, const source::FileSystem& files,
                               base::WorkerPool& workers);

}  // namespace unpark::engine
