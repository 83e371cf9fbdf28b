#include "engine/cache.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/os.h"

namespace unpark::engine {

namespace {

constexpr int64_t kHour = int64_t{3600} * 1000000000;
constexpr int64_t kDay = 24 * kHour;
constexpr uint64_t kMaxEntry = 64 << 20;
// Files take up whole blocks.
constexpr uint64_t kBlock = 4096;

bool is_hex(std::string_view name, size_t size) {
  return name.size() == size && name.find_first_not_of("0123456789abcdef") == name.npos;
}

std::string hex(base::Hash128 hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (uint64_t word : {hash.hi, hash.lo}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(word >> shift) & 15];
  }
  return out;
}

struct Found {
  std::string path;
  base::FileInfo info;
  bool is_entry = false;  // else what a writer left behind
};

// All of ours below `results`, in the order of their paths.
std::vector<Found> walk(const std::string& results) {
  std::vector<Found> out;
  base::Result<std::vector<base::DirEntry>> shards = base::list_dir(results);
  if (!shards) return out;
  for (const base::DirEntry& shard : *shards) {
    if (shard.is_link || shard.kind != base::FileKind::kDirectory || !is_hex(shard.name, 2)) {
      continue;
    }
    std::string dir = results + "/" + shard.name;
    base::Result<std::vector<base::DirEntry>> files = base::list_dir(dir);
    if (!files) continue;
    for (const base::DirEntry& file : *files) {
      bool is_entry = is_hex(file.name, 30);
      bool is_rest = file.name.size() > 30 &&
                     is_hex(std::string_view(file.name).substr(0, 30), 30) &&
                     file.name.compare(30, 4, ".tmp") == 0;
      if (!is_entry && !is_rest) continue;
      std::string path = dir + "/" + file.name;
      base::FileInfo info = base::file_info(path);
      if (info.kind == base::FileKind::kRegular) out.push_back({std::move(path), info, is_entry});
    }
  }
  return out;
}

uint64_t space(const base::FileInfo& info) { return (info.size + kBlock - 1) / kBlock * kBlock; }

}  // namespace

std::string ResultCache::entry_path(base::Hash128 key) const {
  std::string name = hex(key);
  return dir_ + "/results/" + name.substr(0, 2) + "/" + name.substr(2);
}

std::optional<std::string> ResultCache::find(base::Hash128 key) const {
  std::string path = entry_path(key);
  base::Result<std::string> bytes = base::read_file(path, kMaxEntry);
  if (!bytes) return std::nullopt;
  // Once an hour is often enough to know what was used lately. Where it fails the entry is still
  // good.
  if (base::wall_clock_ns() - base::file_info(path).mtime_ns > kHour) {
    (void)base::touch_file(path);
  }
  return std::move(*bytes);
}

base::Status ResultCache::keep(base::Hash128 key, std::string_view bytes) const {
  if (bytes.size() > kMaxEntry) return base::Ok{};
  std::string path = entry_path(key);
  // The directory may not be there yet, or no longer: another run may remove everything meanwhile.
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; i++) {
    base::Status written = base::write_file_atomic(path, bytes);
    if (written || written.error().kind != base::ErrorKind::kNotFound) return written;
    base::Status made = base::make_dirs(path.substr(0, path.rfind('/')));
    if (!made && i + 1 == kTries) return made;
  }
  return base::Ok{};  // whoever empties the cache all the time does not want this result either
}

ResultCache::Contents ResultCache::contents() const {
  Contents out;
  for (const Found& found : walk(dir_ + "/results")) {
    out.entries += found.is_entry;
    out.bytes += space(found.info);
  }
  return out;
}

void ResultCache::trim() const {
  std::string stamp = dir_ + "/trimmed";
  int64_t now = base::wall_clock_ns();
  base::FileInfo last = base::file_info(stamp);
  if (last.kind == base::FileKind::kRegular && now - last.mtime_ns < kDay) return;
  if (!base::write_file_atomic(stamp, "")) return;
  std::vector<Found> all = walk(dir_ + "/results");
  uint64_t total = 0;
  std::erase_if(all, [&](const Found& found) {
    if (!found.is_entry) {
      if (now - found.info.mtime_ns > kHour) (void)base::remove_file(found.path);
      return true;
    }
    total += space(found.info);
    return false;
  });
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return std::tie(a.info.mtime_ns, a.path) < std::tie(b.info.mtime_ns, b.path);
  });
  for (const Found& found : all) {
    if (total <= limit_) break;
    (void)base::remove_file(found.path);
    total -= space(found.info);
  }
}

base::Status ResultCache::clean() const {
  std::string results = dir_ + "/results";
  base::Status out = base::Ok{};
  auto drop = [&](const base::Status& status) {
    // Another run may have been faster.
    if (!status && status.error().kind != base::ErrorKind::kNotFound && out) out = status;
  };
  for (const Found& found : walk(results)) drop(base::remove_file(found.path));
  base::Result<std::vector<base::DirEntry>> shards = base::list_dir(results);
  if (shards) {
    // Directories that others put something into stay.
    for (const base::DirEntry& shard : *shards) {
      if (is_hex(shard.name, 2)) (void)base::remove_dir(results + "/" + shard.name);
    }
    (void)base::remove_dir(results);
  }
  drop(base::remove_file(dir_ + "/trimmed"));
  (void)base::remove_dir(dir_);
  return out;
}

base::Hash128 this_program() {
  base::Result<base::MappedFile> file = base::map_file(base::executable_path());
  if (!file) return {};
  return base::hash128(file->bytes());
}

}  // namespace unpark::engine
