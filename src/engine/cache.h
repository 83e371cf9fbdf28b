// ResultCache: results of packages in a directory of the user's, from run to run.
//
// DIR/results/ab/<30 hex digits> is the entry of the key that begins with ab. Entries appear by
// rename, so that readers see whole ones; whoever finds none, a foreign or a damaged one, analyses.
// Any number of runs may use one directory at once without locks. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace unpark::engine {

class ResultCache {
 public:
  static constexpr uint64_t kDefaultLimit = 512ull << 20;

  // `dir` need not exist. `analyser` names the program whose results these are.
  ResultCache(std::string dir, base::Hash128 analyser, uint64_t limit = kDefaultLimit)
      : dir_(std::move(dir)), analyser_(analyser), limit_(limit) {}

  base::Hash128 analyser() const { return analyser_; }
  const std::string& dir() const { return dir_; }

  // The bytes kept under a key, and a mark that they were used today.
  std::optional<std::string> find(base::Hash128 key) const;
  base::Status keep(base::Hash128 key, std::string_view bytes) const;

  struct Contents {
    uint64_t entries = 0;
    uint64_t bytes = 0;  // as they take up space
  };
  Contents contents() const;
  // Removes what was not used for longest until less than the limit is left, and what writers that
  // died left behind. The first call of a day looks, further ones return at once.
  void trim() const;
  // Removes all entries; nothing in the directory that is not the cache's.
  base::Status clean() const;

 private:
  std::string entry_path(base::Hash128 key) const;

  std::string dir_;
  base::Hash128 analyser_;
  uint64_t limit_;
};

// What names this very program: the hash of its executable. Zero when that cannot be read; then
// nothing may be cached.
base::Hash128 this_program();

}  // namespace unpark::engine
