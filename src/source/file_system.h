// FileSystem: where files come from. The real one, one in memory for tests, and an overlay that
// puts unsaved editor buffers over another.
//
// Paths are absolute and clean. Every call may be made from several threads at once; writers of a
// MemoryFileSystem or an OverlayFileSystem must be alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/os.h"
#include "base/result.h"
#include "source/source_file.h"

namespace unpark::source {

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual base::Result<FileBytes> read(const std::string& path) const = 0;
  // Sorted by name, without "." and ".."; links are followed for the kind.
  virtual base::Result<std::vector<base::DirEntry>> list(const std::string& dir) const = 0;
  // Kind kNone when there is nothing.
  virtual base::FileInfo stat(const std::string& path) const = 0;
  // With symbolic links resolved.
  virtual base::Result<std::string> real_path(const std::string& path) const = 0;
};

// The machine's files. Small files are copied, large ones mapped: a map costs more than a copy for
// a few pages, and the number of maps a process may have is limited.
class RealFileSystem : public FileSystem {
 public:
  base::Result<FileBytes> read(const std::string& path) const override;
  base::Result<std::vector<base::DirEntry>> list(const std::string& dir) const override;
  base::FileInfo stat(const std::string& path) const override;
  base::Result<std::string> real_path(const std::string& path) const override;
};

// Files that exist only here. Directories exist where files do.
class MemoryFileSystem : public FileSystem {
 public:
  void write(std::string path, std::string text);
  void remove(const std::string& path);

  base::Result<FileBytes> read(const std::string& path) const override;
  base::Result<std::vector<base::DirEntry>> list(const std::string& dir) const override;
  base::FileInfo stat(const std::string& path) const override;
  base::Result<std::string> real_path(const std::string& path) const override;

 private:
  std::map<std::string, FileBytes, std::less<>> files_;
};

// `base` with some files replaced or added. The base must outlive the overlay.
class OverlayFileSystem : public FileSystem {
 public:
  explicit OverlayFileSystem(const FileSystem& base) : base_(base) {}
  void write(std::string path, std::string text) { over_.write(std::move(path), std::move(text)); }
  void remove(const std::string& path) { over_.remove(path); }

  base::Result<FileBytes> read(const std::string& path) const override;
  base::Result<std::vector<base::DirEntry>> list(const std::string& dir) const override;
  base::FileInfo stat(const std::string& path) const override;
  base::Result<std::string> real_path(const std::string& path) const override;

 private:
  const FileSystem& base_;
  MemoryFileSystem over_;
};

}  // namespace unpark::source
