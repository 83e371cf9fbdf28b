// Digests of packages: what a package's result depends on, in 128 bits, so that an equal digest
// means an equal result (docs/decisions/0010-result-cache.md).
#pragma once

#include <vector>

#include "base/hash.h"
#include "base/worker_pool.h"
#include "load/load.h"
#include "rules/rule.h"

namespace unpark::engine {

struct Digests {
  // By index into load::Program::roots: the package and its tests, all that these import with the
  // tests that were loaded of it, the rules and the settings.
  std::vector<base::Hash128> roots;
  // All of the above together.
  base::Hash128 all;
};

// `analyser` names the program that analyses. Costs about what reading the files once more from
// memory costs.
Digests digest_roots(const load::Program& program, const std::vector<const rules::Rule*>& rules,
                     base::Hash128 analyser, base::WorkerPool& workers);

}  // namespace unpark::engine
