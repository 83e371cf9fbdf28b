#include "source/file_system.h"

#include <algorithm>
#include <iterator>

#include "base/hash.h"

namespace unpark::source {

using base::DirEntry;
using base::Error;
using base::ErrorKind;
using base::FileInfo;
using base::FileKind;
using base::Result;

namespace {

// A map is cheaper than a copy from some 256 KiB on. But a mapped file that an editor cuts short
// while it is read ends the process, so what people edit is copied.
constexpr uint64_t kMapFrom = 32 << 20;

}  // namespace

Result<FileBytes> RealFileSystem::read(const std::string& path) const {
  Result<std::string> text = base::read_file(path, kMapFrom);
  if (text) return FileBytes(std::move(*text));
  if (text.error().kind != ErrorKind::kTooLarge) return text.error();
  Result<base::MappedFile> file = base::map_file(path);
  if (!file) return file.error();
  return FileBytes(std::move(*file));
}

Result<std::vector<DirEntry>> RealFileSystem::list(const std::string& dir) const {
  return base::list_dir(dir);
}
FileInfo RealFileSystem::stat(const std::string& path) const { return base::file_info(path); }
Result<std::string> RealFileSystem::real_path(const std::string& path) const {
  return base::real_path(path);
}

void MemoryFileSystem::write(std::string path, std::string text) {
  files_.insert_or_assign(std::move(path), FileBytes(std::move(text)));
}

void MemoryFileSystem::remove(const std::string& path) { files_.erase(path); }

Result<FileBytes> MemoryFileSystem::read(const std::string& path) const {
  auto found = files_.find(path);
  if (found != files_.end()) return found->second;
  if (stat(path).kind == FileKind::kDirectory) {
    return Error{ErrorKind::kIo, "cannot read " + path + ": it is a directory", 0};
  }
  return Error{ErrorKind::kNotFound, "cannot open " + path + ": no such file", 0};
}

Result<std::vector<DirEntry>> MemoryFileSystem::list(const std::string& dir) const {
  std::string prefix = dir.ends_with('/') ? dir : dir + "/";
  std::vector<DirEntry> entries;
  for (auto it = files_.lower_bound(prefix); it != files_.end() && it->first.starts_with(prefix);
       ++it) {
    std::string_view rest = std::string_view(it->first).substr(prefix.size());
    size_t slash = rest.find('/');
    std::string name(rest.substr(0, slash));
    FileKind kind = slash == rest.npos ? FileKind::kRegular : FileKind::kDirectory;
    if (entries.empty() || entries.back().name != name) {
      entries.push_back({std::move(name), kind, false});
    }
  }
  if (entries.empty()) {
    return Error{ErrorKind::kNotFound, "cannot list " + dir + ": no such directory", 0};
  }
  // "a.go" sorts before "a/x" by path, but behind "a" by name.
  std::sort(entries.begin(), entries.end(),
            [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const DirEntry& a, const DirEntry& b) { return a.name == b.name; }),
                entries.end());
  return entries;
}

FileInfo MemoryFileSystem::stat(const std::string& path) const {
  FileInfo info;
  auto found = files_.find(path);
  if (found != files_.end()) {
    info.kind = FileKind::kRegular;
    info.size = found->second.bytes().size();
  } else {
    std::string prefix = path.ends_with('/') ? path : path + "/";
    auto below = files_.lower_bound(prefix);
    if (below == files_.end() || !below->first.starts_with(prefix)) return info;
    info.kind = FileKind::kDirectory;
  }
  info.inode = base::hash64(path);
  return info;
}

Result<std::string> MemoryFileSystem::real_path(const std::string& path) const {
  if (stat(path).kind != FileKind::kNone) return path;
  return Error{ErrorKind::kNotFound, "cannot resolve " + path + ": no such file", 0};
}

Result<FileBytes> OverlayFileSystem::read(const std::string& path) const {
  if (over_.stat(path).kind == FileKind::kRegular) return over_.read(path);
  return base_.read(path);
}

Result<std::vector<DirEntry>> OverlayFileSystem::list(const std::string& dir) const {
  Result<std::vector<DirEntry>> below = base_.list(dir);
  Result<std::vector<DirEntry>> above = over_.list(dir);
  if (!above) return below;
  if (!below) return above;
  // Of two entries with one name the overlay's comes first and stays.
  std::vector<DirEntry> entries;
  std::merge(above->begin(), above->end(), below->begin(), below->end(),
             std::back_inserter(entries),
             [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const DirEntry& a, const DirEntry& b) { return a.name == b.name; }),
                entries.end());
  return entries;
}

FileInfo OverlayFileSystem::stat(const std::string& path) const {
  FileInfo above = over_.stat(path);
  if (above.kind == FileKind::kRegular) return above;
  FileInfo below = base_.stat(path);
  return below.kind == FileKind::kNone ? above : below;
}

Result<std::string> OverlayFileSystem::real_path(const std::string& path) const {
  Result<std::string> below = base_.real_path(path);
  return below ? below : over_.real_path(path);
}

}  // namespace unpark::source
