#include "load/dir_cache.h"

#include <algorithm>

namespace unpark::load {

using base::DirEntry;
using base::FileKind;

const DirEntry* Listing::find(std::string_view name) const {
  auto at = std::lower_bound(entries.begin(), entries.end(), name,
                             [](const DirEntry& e, std::string_view n) { return e.name < n; });
  return at != entries.end() && at->name == name ? &*at : nullptr;
}

bool Listing::has_file(std::string_view name) const {
  const DirEntry* entry = find(name);
  return entry && entry->kind != FileKind::kDirectory && entry->kind != FileKind::kNone;
}

bool Listing::has_go_files() const {
  return std::any_of(entries.begin(), entries.end(), [](const DirEntry& e) {
    return e.kind == FileKind::kRegular && e.name.ends_with(".go");
  });
}

const Listing& DirCache::list(const std::string& dir) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = listings_.find(dir);
    if (found != listings_.end()) return *found->second;
  }
  auto listing = std::make_unique<Listing>();
  base::Result<std::vector<DirEntry>> entries = files_.list(dir);
  if (entries) {
    listing->exists = true;
    listing->entries = std::move(*entries);
  } else if (entries.error().kind != base::ErrorKind::kNotFound) {
    listing->exists = true;
    listing->error = entries.error().message;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  return *listings_.try_emplace(dir, std::move(listing)).first->second;
}

}  // namespace unpark::load
