// Operating-system calls the program needs: files, directories, environment. Everything that
// touches the machine goes through here (or evidence/process), so the rest is portable C++20.
//
// Paths are bytes as the system gives them. Errors say what was tried on which path and why it
// failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unpark::base {

// The bytes of a file, mapped read-only while this lives. Empty files map to an empty view.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

enum class FileKind : uint8_t { kNone, kRegular, kDirectory, kOther };

struct FileInfo {
  FileKind kind = FileKind::kNone;  // of what a symbolic link points to; kNone: does not exist
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
};

struct DirEntry {
  std::string name;
  FileKind kind = FileKind::kNone;  // links followed; kNone for a dangling link
  bool is_link = false;
};

// Regular files only; a directory, device or pipe is an error. `max_size` guards against giants.
Result<MappedFile> map_file(const std::string& path, uint64_t max_size = UINT64_MAX);
Result<std::string> read_file(const std::string& path, uint64_t max_size = UINT64_MAX);
// Sorted by name, without "." and "..".
Result<std::vector<DirEntry>> list_dir(const std::string& path);
FileInfo file_info(const std::string& path);
Result<std::string> real_path(const std::string& path);
Status make_dirs(const std::string& path);
// Writes beside the target and renames over it, so that readers see the old bytes or the new.
Status write_file_atomic(const std::string& path, std::string_view bytes);
// The same piece by piece. The target stays as it is until commit().
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  // What was not committed is gone.
  ~AtomicFile();

  Status write(std::string_view bytes);
  Status commit();

 private:
  AtomicFile(std::string path, std::string temp, int fd);

  std::string path_, temp_;
  int fd_ = -1;
};

Status remove_file(const std::string& path);
// An empty directory.
Status remove_dir(const std::string& path);
// Sets the time of the last change to now.
Status touch_file(const std::string& path);
// The file of this program, to be read only: it stays that of the running program when another is
// put in its place. Empty when the system does not say.
std::string executable_path();
// Nanoseconds since 1970.
int64_t wall_clock_ns();

std::optional<std::string> env_var(const char* name);
std::string current_dir();
bool is_terminal(int fd);
// Of the terminal; 0 where there is none, or it does not say.
uint32_t terminal_columns(int fd);

// Seconds of CPU this process, or the calling thread, has used, and the process's peak resident
// memory in bytes.
double cpu_seconds();
double thread_cpu_seconds();
uint64_t peak_memory_bytes();

}  // namespace unpark::base
