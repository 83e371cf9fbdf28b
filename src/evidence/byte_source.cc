// Byte sources that have the bytes themselves. A file of ordinary size is copied, a larger one is
// read piece by piece. Neither is mapped: logs are rotated and dumps rewritten while somebody looks
// at them, a mapped file that shrinks ends the process, and reading through one buffer is no slower
// than faulting pages in once.
#include "evidence/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/os.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::FileKind;
using base::Result;
using base::Status;

namespace {

constexpr uint64_t kCopyUpTo = 32 << 20;

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes), rest_(bytes) {}
  explicit MemorySource(std::string bytes) : own_(std::move(bytes)), bytes_(own_), rest_(bytes_) {}

  Result<size_t> read(char* to, size_t size) override {
    size_t n = rest_.copy(to, size);
    rest_.remove_prefix(n);
    return n;
  }
  const std::string_view* whole() const override { return &bytes_; }

 private:
  std::string own_;
  std::string_view bytes_, rest_;
};

// An open file, a pipe, standard input.
class StreamSource : public ByteSource {
 public:
  StreamSource(std::FILE* file, bool owned) : file_(file), owned_(owned) {
    // Whoever reads has a buffer.
    std::setvbuf(file_, nullptr, _IONBF, 0);
  }
  ~StreamSource() override {
    if (owned_) std::fclose(file_);
  }

  Result<size_t> read(char* to, size_t size) override {
    if (ended_) return size_t{0};
    if (code_ != 0) return failure();
    errno = 0;
    size_t n = std::fread(to, 1, size, file_);
    if (n < size) {
      if (std::ferror(file_)) code_ = errno != 0 ? errno : EIO;
      ended_ = code_ == 0;
      if (n == 0 && code_ != 0) return failure();
    }
    return n;
  }

 private:
  Error failure() const {
    return {ErrorKind::kIo, std::string("cannot read on: ") + std::strerror(code_), 0};
  }

  std::FILE* file_;
  bool owned_;
  bool ended_ = false;
  int code_ = 0;
};

Error cannot_open(const std::string& path, int code) {
  ErrorKind kind = ErrorKind::kIo;
  if (code == ENOENT || code == ENOTDIR) kind = ErrorKind::kNotFound;
  if (code == EACCES || code == EPERM) kind = ErrorKind::kPermission;
  return Error{kind, "cannot open " + path + ": " + std::strerror(code), 0};
}

// Of "/dev/fd/63", which a shell makes of <(command): the pipe is open already, and opening it once
// more would wait for another writer.
std::optional<int> inherited(const std::string& path) {
  constexpr std::string_view kPrefix = "/dev/fd/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  int fd = 0;
  auto [end, error] = std::from_chars(path.data() + kPrefix.size(), path.data() + path.size(), fd);
  if (error != std::errc() || end != path.data() + path.size()) return std::nullopt;
  return fd;
}

// Until somebody has the pipe open for writing: then reading says that it must wait, or gives a
// byte. Of a pipe without writers it says that the end is reached.
std::optional<Error> wait_for_writer(int fd, double seconds, std::optional<char>* first) {
  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    char byte = 0;
    ssize_t n = ::read(fd, &byte, 1);
    if (n == 1) *first = byte;
    if (n == 1 || (n < 0 && errno == EAGAIN)) return std::nullopt;
    if (n < 0 && errno != EINTR) {
      return Error{ErrorKind::kIo, std::string("cannot be read: ") + std::strerror(errno), 0};
    }
    if (Clock::now() >= end) {
      return Error{ErrorKind::kLimit, "is a pipe into which nobody writes", 0};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

bool is_fifo(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
}

Result<std::unique_ptr<ByteSource>> open_pipe(const std::string& path, double seconds) {
  int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return cannot_open(path, errno);
  std::optional<char> first;
  std::optional<Error> error = wait_for_writer(fd, seconds, &first);
  std::FILE* file = nullptr;
  if (!error) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    file = ::fdopen(fd, "rb");
    if (!file) error = cannot_open(path, errno);
  }
  if (error) {
    ::close(fd);
    return *error;
  }
  auto source = std::make_unique<StreamSource>(file, true);
  if (first) std::ungetc(static_cast<unsigned char>(*first), file);
  return std::unique_ptr<ByteSource>(std::move(source));
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path, double pipe_seconds) {
  base::FileInfo info = base::file_info(path);
  if (info.kind == FileKind::kDirectory) {
    return Error{ErrorKind::kIo, "cannot read " + path + ": it is a directory", 0};
  }
  if (info.kind == FileKind::kRegular && info.size <= kCopyUpTo) {
    Result<std::string> bytes = base::read_file(path, kCopyUpTo);
    if (bytes) return std::unique_ptr<ByteSource>(new MemorySource(std::move(*bytes)));
    // It may have grown meanwhile.
    if (bytes.error().kind != ErrorKind::kTooLarge) return bytes.error();
  }
  std::optional<int> open = inherited(path);
  if (!open && info.kind == FileKind::kOther && is_fifo(path)) {
    return open_pipe(path, pipe_seconds);
  }
  std::FILE* file = open ? ::fdopen(::dup(*open), "rb") : std::fopen(path.c_str(), "rbe");
  if (!file) return cannot_open(path, errno);
  return std::unique_ptr<ByteSource>(new StreamSource(file, true));
}

std::unique_ptr<ByteSource> standard_input() {
  return std::make_unique<StreamSource>(stdin, false);
}

std::unique_ptr<ByteSource> source_of(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

Status read_all(ByteSource& source, uint64_t max_bytes, std::string* into) {
  auto too_large = [&] {
    return Error{ErrorKind::kTooLarge,
                 "it has more than " + std::to_string(max_bytes) + " bytes, the limit", max_bytes};
  };
  if (const std::string_view* all = source.whole()) {
    into->append(all->substr(0, max_bytes));
    if (all->size() > max_bytes) return too_large();
    return base::Ok{};
  }
  constexpr size_t kFirst = 64 << 10;
  uint64_t room = max_bytes;
  size_t used = into->size();
  auto end = [&](Status status) {
    into->resize(used);
    return status;
  };
  for (;;) {
    if (used == into->size()) into->resize(used + std::max(kFirst, used));
    // One byte more than there may be, to see whether there is one.
    size_t piece = static_cast<size_t>(std::min<uint64_t>(into->size() - used, room + 1));
    Result<size_t> n = source.read(into->data() + used, piece);
    if (!n) return end(n.error());
    used += static_cast<size_t>(std::min<uint64_t>(*n, room));
    if (*n > room) return end(too_large());
    if (*n == 0) return end(base::Ok{});
    room -= *n;
  }
}

}  // namespace unpark::evidence
