#include "harness/http_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace unpark::testing {

struct HttpServer::State {
  Handler handler;
  bool raw = false;
  int listener = -1;
  uint16_t port = 0;
  std::atomic<bool> stopping{false};
  std::atomic<int> connections{0};
  std::mutex mutex;
  std::vector<std::thread> threads;
  std::thread acceptor;

  void serve(int fd);
  void accept_all();
};

namespace {

class SocketPeer : public HttpServer::Peer {
 public:
  SocketPeer(int fd, const std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}

  bool send(std::string_view bytes) override {
    while (!bytes.empty()) {
      pollfd wait{fd_, POLLOUT, 0};
      if (stopping_) return false;
      if (::poll(&wait, 1, 20) <= 0) continue;
      ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  void hang() override {
    while (sleep_ms(20)) continue;
  }

  bool sleep_ms(int ms) override {
    pollfd wait{fd_, POLLIN, 0};
    for (int waited = 0; waited < ms; waited += 20) {
      if (stopping_ || ::poll(&wait, 1, std::min(20, ms - waited)) > 0) return false;
    }
    return !stopping_;
  }

  int fd() const override { return fd_; }

 private:
  int fd_;
  const std::atomic<bool>& stopping_;
};

}  // namespace

void HttpServer::State::serve(int fd) {
  SocketPeer peer(fd, stopping);
  std::string request;
  while (!raw && request.find("\r\n\r\n") == std::string::npos) {
    pollfd wait{fd, POLLIN, 0};
    if (stopping) break;
    if (::poll(&wait, 1, 20) <= 0) continue;
    char buffer[4096];
    ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    request.append(buffer, static_cast<size_t>(n));
  }
  handler(peer, request);
  // What the client still sends must not turn into a reset that takes the answer away.
  ::shutdown(fd, SHUT_WR);
  ::close(fd);
}

void HttpServer::State::accept_all() {
  while (!stopping) {
    pollfd wait{listener, POLLIN, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    connections++;
    std::lock_guard lock(mutex);
    threads.emplace_back([this, fd] { serve(fd); });
  }
}

HttpServer::HttpServer(Handler handler, bool raw) : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  state_->raw = raw;
  state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(state_->listener, generic, size) != 0 || ::listen(state_->listener, 16) != 0 ||
      ::getsockname(state_->listener, generic, &size) != 0) {
    std::abort();
  }
  state_->port = ntohs(address.sin_port);
  state_->acceptor = std::thread([this] { state_->accept_all(); });
}

HttpServer::~HttpServer() {
  state_->stopping = true;
  state_->acceptor.join();
  for (std::thread& thread : state_->threads) thread.join();
  ::close(state_->listener);
}

uint16_t HttpServer::port() const { return state_->port; }

std::string HttpServer::url() const { return fmt::format("http://127.0.0.1:{}", state_->port); }

int HttpServer::connections() const { return state_->connections; }

std::string http_response(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status,
                     type, body.size(), body);
}

std::string request_target(const std::string& request) {
  size_t first = request.find(' ');
  if (first == std::string::npos) return {};
  size_t second = request.find(' ', first + 1);
  return request.substr(first + 1, second - first - 1);
}

}  // namespace unpark::testing
