// Reuse: which packages need no analysis because an earlier run's results hold, and keeping this
// run's for the next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/worker_pool.h"
#include "engine/cache.h"
#include "engine/digest.h"
#include "engine/package_result.h"
#include "load/load.h"
#include "rules/rule.h"

namespace unpark::engine {

// By index into load::Program::roots; none while it is not known.
using Results = std::vector<std::optional<PackageResult>>;

class Reuse {
 public:
  // Finds nothing and keeps nothing when `cache` is null. `program` must outlive this; its packages
  // may be narrowed meanwhile.
  Reuse(const ResultCache* cache, const load::Program& program,
        const std::vector<const rules::Rule*>& rules, base::WorkerPool& workers);

  struct Found {
    Results results;  // none where an analysis is needed
    // Some of those looked at more than what they import, the last time.
    bool beyond = false;
  };
  Found find(base::WorkerPool& workers) const;

  // Keeps the results of these roots (indices). Gives why it could not, once, or nothing.
  std::string keep(const Results& results, const std::vector<uint32_t>& roots,
                   base::WorkerPool& workers) const;

 private:
  const ResultCache* cache_;
  const load::Program& program_;
  Digests digests_;
};

// Takes out of the program what the analysis of these roots (indices into Program::roots) does not
// need: the files and imports of packages that neither they nor their tests lead to. Ids stay as
// they are.
void narrow(load::Program& program, const std::vector<uint32_t>& roots);

}  // namespace unpark::engine
