#include "base/os.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace unpark::base {

namespace {

Error system_error(const char* verb, const std::string& path, int code) {
  ErrorKind kind = ErrorKind::kIo;
  if (code == ENOENT || code == ENOTDIR) kind = ErrorKind::kNotFound;
  if (code == EACCES || code == EPERM) kind = ErrorKind::kPermission;
  return {kind, std::string("cannot ") + verb + " " + path + ": " + std::strerror(code), 0};
}

// Closes what it holds.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

int open_retry(const std::string& path, int flags, mode_t mode = 0) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  return FileKind::kOther;
}

// An open regular file and its size. O_NONBLOCK keeps a pipe without a writer from blocking us
// before we have seen that it is a pipe.
struct OpenFile {
  int fd = -1;
  uint64_t size = 0;
};

Result<OpenFile> open_regular(const std::string& path, uint64_t max_size) {
  Fd fd(open_retry(path, O_RDONLY | O_NONBLOCK));
  if (fd.get() < 0) return system_error("open", path, errno);
  struct stat st;
  if (::fstat(fd.get(), &st) != 0) return system_error("stat", path, errno);
  if (!S_ISREG(st.st_mode)) {
    const char* what = S_ISDIR(st.st_mode) ? "it is a directory" : "it is not a regular file";
    return Error{ErrorKind::kIo, "cannot read " + path + ": " + what, 0};
  }
  auto size = static_cast<uint64_t>(st.st_size);
  if (size > max_size) {
    return Error{ErrorKind::kTooLarge,
                 "cannot read " + path + ": it has " + std::to_string(size) +
                     " bytes, the limit is " + std::to_string(max_size),
                 0};
  }
  return OpenFile{fd.release(), size};
}

}  // namespace

MappedFile::MappedFile(MappedFile&& other) noexcept : data_(other.data_), size_(other.size_) {
  other.data_ = nullptr;
  other.size_ = 0;
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<char*>(data_), size_);
}

Result<MappedFile> map_file(const std::string& path, uint64_t max_size) {
  Result<OpenFile> file = open_regular(path, max_size);
  if (!file) return file.error();
  Fd fd(file->fd);
  if (file->size == 0) return MappedFile();
  void* at = ::mmap(nullptr, file->size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (at == MAP_FAILED) return system_error("map", path, errno);
  return MappedFile(static_cast<const char*>(at), file->size);
}

Result<std::string> read_file(const std::string& path, uint64_t max_size) {
  Result<OpenFile> file = open_regular(path, max_size);
  if (!file) return file.error();
  Fd fd(file->fd);
  // The size is a hint: files of /proc say 0, and a file may grow while it is read.
  std::string bytes;
  size_t used = 0;
  bytes.resize(std::min<uint64_t>(file->size, max_size) + 1);
  for (;;) {
    ssize_t n = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0) {
      if (errno == EINTR) continue;
      return system_error("read", path, errno);
    }
    if (n == 0) break;
    used += static_cast<size_t>(n);
    // Less than there was room for, and all that the size promised: that was the end.
    if (used == file->size && used < bytes.size()) break;
    if (used > max_size) {
      return Error{
          ErrorKind::kTooLarge,
          "cannot read " + path + ": it has more than " + std::to_string(max_size) + " bytes", 0};
    }
    if (used == bytes.size()) bytes.resize(bytes.size() * 2 + 4096);
  }
  bytes.resize(used);
  return bytes;
}

Result<std::vector<DirEntry>> list_dir(const std::string& path) {
  DIR* dir = ::opendir(path.c_str());
  if (!dir) return system_error("list", path, errno);
  std::vector<DirEntry> entries;
  for (;;) {
    errno = 0;
    dirent* entry = ::readdir(dir);
    if (!entry) break;
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    DirEntry out{std::string(name), FileKind::kOther, entry->d_type == DT_LNK};
    if (entry->d_type == DT_REG) {
      out.kind = FileKind::kRegular;
    } else if (entry->d_type == DT_DIR) {
      out.kind = FileKind::kDirectory;
    } else if (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) {
      struct stat st;
      if (entry->d_type == DT_UNKNOWN &&
          ::fstatat(::dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        out.is_link = S_ISLNK(st.st_mode);
      }
      bool there = ::fstatat(::dirfd(dir), entry->d_name, &st, 0) == 0;
      out.kind = there ? kind_of(st.st_mode) : FileKind::kNone;
    }
    entries.push_back(std::move(out));
  }
  int code = errno;
  ::closedir(dir);
  if (code != 0) return system_error("list", path, code);
  std::sort(entries.begin(), entries.end(),
            [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  return entries;
}

FileInfo file_info(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0) return {};
  FileInfo info;
  info.kind = kind_of(st.st_mode);
  info.size = static_cast<uint64_t>(st.st_size);
#ifdef __APPLE__
  info.mtime_ns = int64_t{st.st_mtimespec.tv_sec} * 1000000000 + st.st_mtimespec.tv_nsec;
#else
  info.mtime_ns = int64_t{st.st_mtim.tv_sec} * 1000000000 + st.st_mtim.tv_nsec;
#endif
  info.device = static_cast<uint64_t>(st.st_dev);
  info.inode = static_cast<uint64_t>(st.st_ino);
  return info;
}

Result<std::string> real_path(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (!resolved) return system_error("resolve", path, errno);
  std::string out(resolved);
  std::free(resolved);
  return out;
}

Status make_dirs(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string prefix = path.substr(0, slash);
    if (!prefix.empty() && ::mkdir(prefix.c_str(), 0777) != 0) {
      int code = errno;
      if (file_info(prefix).kind != FileKind::kDirectory) {
        return system_error("make the directory", prefix, code);
      }
    }
    if (slash == std::string::npos) return Ok{};
  }
}

AtomicFile::AtomicFile(std::string path, std::string temp, int fd)
    : path_(std::move(path)), temp_(std::move(temp)), fd_(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temp_(std::exchange(other.temp_, std::string())),
      fd_(std::exchange(other.fd_, -1)) {}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temp_.empty()) ::unlink(temp_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  // Another process or thread may be writing the same target: each takes a name nobody has.
  for (int attempt = 0;; attempt++) {
    std::string temp = path + ".tmp" + std::to_string(::getpid()) + "." + std::to_string(attempt);
    int fd = open_retry(temp, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd >= 0) return AtomicFile(path, std::move(temp), fd);
    if (errno != EEXIST || attempt == 1000) return system_error("create", temp, errno);
  }
}

Status AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("write", temp_, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Ok{};
}

Status AtomicFile::commit() {
  if (::close(std::exchange(fd_, -1)) != 0) return system_error("write", temp_, errno);
  if (::rename(temp_.c_str(), path_.c_str()) != 0) {
    return system_error("rename a new file to", path_, errno);
  }
  temp_.clear();
  return Ok{};
}

Status write_file_atomic(const std::string& path, std::string_view bytes) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return file.error();
  if (Status written = file->write(bytes); !written) return written;
  return file->commit();
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return system_error("remove", path, errno);
  return Ok{};
}

Status remove_dir(const std::string& path) {
  if (::rmdir(path.c_str()) != 0) return system_error("remove", path, errno);
  return Ok{};
}

Status touch_file(const std::string& path) {
  if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) != 0) {
    return system_error("touch", path, errno);
  }
  return Ok{};
}

std::string executable_path() {
#ifdef __linux__
  return "/proc/self/exe";
#else
  return "";
#endif
}

int64_t wall_clock_ns() {
  struct timespec now;
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

std::optional<std::string> env_var(const char* name) {
  const char* value = std::getenv(name);
  if (!value) return std::nullopt;
  return std::string(value);
}

std::string current_dir() {
  char* dir = ::getcwd(nullptr, 0);
  if (!dir) return "/";
  std::string out(dir);
  std::free(dir);
  return out;
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

uint32_t terminal_columns(int fd) {
  struct winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

double cpu_seconds() {
  struct rusage usage;
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double thread_cpu_seconds() {
  timespec t{};
  if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return 0;
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

uint64_t peak_memory_bytes() {
  struct rusage usage;
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return static_cast<uint64_t>(usage.ru_maxrss);
#else
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

}  // namespace unpark::base
