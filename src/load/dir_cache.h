// DirCache: directory listings, each read once a run. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "source/file_system.h"

namespace unpark::load {

struct Listing {
  std::vector<base::DirEntry> entries;  // sorted
  bool exists = false;
  std::string error;  // why it cannot be listed, though it is there

  const base::DirEntry* find(std::string_view name) const;
  bool has_file(std::string_view name) const;
  // Whether there is any Go file, whatever its build constraints.
  bool has_go_files() const;
};

class DirCache {
 public:
  explicit DirCache(const source::FileSystem& files) : files_(files) {}

  // Good for the life of the cache.
  const Listing& list(const std::string& dir);
  const source::FileSystem& files() const { return files_; }

 private:
  const source::FileSystem& files_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Listing>> listings_;
};

}  // namespace unpark::load
