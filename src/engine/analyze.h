// The pipeline of `unpark check`: from patterns to findings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/worker_pool.h"
#include "diag/results.h"
#include "engine/cache.h"
#include "load/load.h"
#include "rules/rule.h"
#include "source/file_system.h"

namespace unpark::engine {

// How far a pass is; total 0 when it is not counted.
struct Progress {
  std::string_view pass;
  size_t done = 0, total = 0;
};

struct AnalyzeOptions {
  load::LoadOptions load;
  std::vector<const rules::Rule*> rules;  // those that run
  bool generated = false;                 // report in generated files too
  bool every_function = false;            // call rules without their triggers: for tests
  enum Print : uint8_t { kNothing, kTree, kTypes, kSsa, kFacts };
  bool time_rules = false;             // tell the rules' times apart, which costs a little itself
  Print print = kNothing;              // instead of checking, show this of the packages named
  const ResultCache* cache = nullptr;  // of results of earlier runs; null: none
  // Called often, from any thread. Null: nobody watches.
  std::function<void(const Progress&)> progress;
};

// CPU seconds of a pass. The list of them is the tree of passes, a pass before its parts.
struct PassTime {
  std::string name;
  double cpu = 0;
  uint32_t depth = 0;  // 0: a pass; its parts are one deeper
};

struct Counts {
  uint64_t packages = 0, files = 0, bytes = 0, nodes = 0;
  uint64_t types = 0, objects = 0, functions = 0, functions_checked = 0;
  uint64_t late_bodies = 0;      // of functions in dependencies, read because a fact asked
  uint64_t packages_reused = 0;  // whose results are from the cache
};

struct Analysis {
  diag::Results results;
  source::FileStore files;  // what the findings' places speak of
  std::vector<PassTime> times;
  Counts counts;
  std::string printed;  // what AnalyzeOptions::print asked for
  // Something that was asked for could not be analysed (the exit code is 2).
  bool incomplete = false;
  std::string cache_trouble;  // why results could not be kept; empty when they could
  // Trees, types and the rest, which nothing above refers to. Taking millions of small things apart
  // is work for one thread: whoever is about to end the process need not.
  std::shared_ptr<void> spent;
};

// Fails only when nothing can be analysed at all. Any number of workers, and any state of the
// cache, gives the same results; of the counts, only packages, functions checked and packages
// reused say something about packages whose results were reused.
base::Result<Analysis> analyze(const AnalyzeOptions& options, const source::FileSystem& files,
                               base::WorkerPool& workers);

}  // namespace unpark::engine
