#include "evidence/fetch_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "evidence/fetch_tls.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Ok;
using base::Result;
using base::Status;

namespace {

// How long a cancellation may go unnoticed.
constexpr std::chrono::milliseconds kSlice(100);

Patience::Clock::time_point after(double seconds) {
  return Patience::Clock::now() + std::chrono::duration_cast<Patience::Clock::duration>(
                                      std::chrono::duration<double>(seconds));
}

Error system_error(std::string_view what, int code) {
  return Error{ErrorKind::kIo, fmt::format("{}: {}", what, std::strerror(code))};
}

bool is_cancelled(const Patience& patience) { return patience.cancel && patience.cancel->load(); }

Error cancelled() { return Error{ErrorKind::kLimit, "stopped"}; }

Error out_of_patience(const Patience& patience, double idle_seconds, std::string_view what) {
  if (Patience::Clock::now() >= patience.end) {
    return Error{ErrorKind::kLimit,
                 fmt::format("not done after {} s in all; the last wait was for {}",
                             patience.total_seconds, what)};
  }
  return Error{ErrorKind::kLimit, fmt::format("waited {} s for {} in vain", idle_seconds, what)};
}

// Until the descriptor is ready.
Status wait_for(int fd, short events, double seconds, const Patience& patience,
                std::string_view what) {
  Patience::Clock::time_point end = std::min(after(seconds), patience.end);
  while (true) {
    if (is_cancelled(patience)) return cancelled();
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Patience::Clock::now());
    if (left.count() <= 0) return out_of_patience(patience, seconds, what);
    pollfd poll_fd{fd, events, 0};
    int ready = ::poll(&poll_fd, 1, static_cast<int>(std::min(left, kSlice).count()));
    if (ready > 0) return Ok{};
    if (ready < 0 && errno != EINTR) return system_error("poll", errno);
  }
}

class Socket : public Connection {
 public:
  Socket(int fd, const Patience& patience) : fd_(fd), patience_(patience) {}
  ~Socket() override { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Status connect(const sockaddr* address, socklen_t size, double seconds) {
    if (::connect(fd_, address, size) == 0) return Ok{};
    // A unix socket whose queue is full says EAGAIN and is not going to connect.
    if (errno != EINPROGRESS) return system_error("cannot connect", errno);
    Status ready = wait_for(fd_, POLLOUT, seconds, patience_, "the connection");
    if (!ready) return ready.error();
    int code = 0;
    socklen_t length = sizeof code;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &length) != 0) code = errno;
    if (code != 0) return system_error("cannot connect", code);
    return Ok{};
  }

  Result<size_t> read(char* to, size_t size) override {
    while (true) {
      // The total is looked at even when bytes keep coming.
      if (is_cancelled(patience_)) return cancelled();
      if (Patience::Clock::now() >= patience_.end) return out_of_patience(patience_, 0, "bytes");
      ssize_t n = ::recv(fd_, to, size, 0);
      if (n >= 0) return static_cast<size_t>(n);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return system_error("cannot read", errno);
      Status ready = wait_for(fd_, POLLIN, patience_.idle_seconds, patience_, "an answer");
      if (!ready) return ready.error();
    }
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        bytes.remove_prefix(static_cast<size_t>(n));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return system_error("cannot write", errno);
      Status ready = wait_for(fd_, POLLOUT, patience_.idle_seconds, patience_, "the request to go");
      if (!ready) return ready.error();
    }
    return Ok{};
  }

 private:
  int fd_;
  Patience patience_;
};

Result<std::unique_ptr<Socket>> make_socket(int family, const Patience& patience) {
  int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return system_error("cannot make a socket", errno);
  return std::make_unique<Socket>(fd, patience);
}

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

// What a thread that looks up a name leaves. The thread may outlive who waits for it: the C library
// has no time limit for it, so it owns its part.
struct Lookup {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  int code = 0;
  std::vector<Address> addresses;
};

void look_up(const std::string& host, const std::string& port, Lookup* lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  std::vector<Address> addresses;
  for (addrinfo* info = list; info != nullptr; info = info->ai_next) {
    if (info->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address address;
    std::memcpy(&address.bytes, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    addresses.push_back(address);
  }
  if (list != nullptr) ::freeaddrinfo(list);
  std::lock_guard lock(lookup->mutex);
  lookup->code = code;
  lookup->addresses = std::move(addresses);
  lookup->done = true;
  lookup->done_changed.notify_all();
}

Result<std::vector<Address>> addresses_of(const Url& url, const Patience& patience) {
  auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, host = url.host, port = std::to_string(url.port)] {
    look_up(host, port, lookup.get());
  }).detach();
  Patience::Clock::time_point end = std::min(after(patience.connect_seconds), patience.end);
  std::unique_lock lock(lookup->mutex);
  while (!lookup->done) {
    if (is_cancelled(patience)) return cancelled();
    if (Patience::Clock::now() >= end) {
      return out_of_patience(patience, patience.connect_seconds, "the address of the host");
    }
    lookup->done_changed.wait_for(lock, kSlice);
  }
  if (lookup->code != 0) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("no such host: {}", ::gai_strerror(lookup->code))};
  }
  if (lookup->addresses.empty()) return Error{ErrorKind::kNotFound, "the host has no address"};
  return lookup->addresses;
}

// Tries the addresses one after the other, each with a fair share of the time.
Result<std::unique_ptr<Socket>> connect_tcp(const Url& url, const Patience& patience) {
  constexpr size_t kMaxAddresses = 8;
  Patience::Clock::time_point end = after(patience.connect_seconds);
  Result<std::vector<Address>> addresses = addresses_of(url, patience);
  if (!addresses) return addresses.error();
  if (addresses->size() > kMaxAddresses) addresses->resize(kMaxAddresses);
  std::optional<Error> last;
  for (size_t i = 0; i < addresses->size(); i++) {
    const Address& address = (*addresses)[i];
    Result<std::unique_ptr<Socket>> socket = make_socket(address.bytes.ss_family, patience);
    if (!socket) {
      last = socket.error();
      continue;
    }
    double left = std::chrono::duration<double>(end - Patience::Clock::now()).count();
    double share = std::max(left, 0.1) / static_cast<double>(addresses->size() - i);
    Status connected =
        (*socket)->connect(reinterpret_cast<const sockaddr*>(&address.bytes), address.size, share);
    if (connected) return std::move(*socket);
    last = connected.error();
    if (is_cancelled(patience)) break;
  }
  return *last;
}

Result<std::unique_ptr<Socket>> connect_unix(const Url& url, const Patience& patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (url.socket.size() >= sizeof address.sun_path) {
    return Error{
        ErrorKind::kUnsupported,
        fmt::format("the path of a unix socket has at most {} bytes", sizeof address.sun_path - 1)};
  }
  std::memcpy(address.sun_path, url.socket.data(), url.socket.size());
  Result<std::unique_ptr<Socket>> socket = make_socket(AF_UNIX, patience);
  if (!socket) return socket.error();
  Status connected = (*socket)->connect(reinterpret_cast<const sockaddr*>(&address), sizeof address,
                                        patience.connect_seconds);
  if (!connected) return connected.error();
  return socket;
}

}  // namespace

Result<std::unique_ptr<Connection>> connect_to(const Url& url, const TlsOptions& tls,
                                               const Patience& patience) {
  Result<std::unique_ptr<Socket>> socket =
      url.socket.empty() ? connect_tcp(url, patience) : connect_unix(url, patience);
  if (!socket) return socket.error();
  std::unique_ptr<Connection> connection = std::move(*socket);
  if (!url.tls) return connection;
  return secured(std::move(connection), url.host, tls);
}

}  // namespace unpark::evidence
