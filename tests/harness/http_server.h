// A server on the loopback that says what a test tells it to, right or wrong, byte by byte.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace unpark::testing {

class HttpServer {
 public:
  class Peer {
   public:
    virtual ~Peer() = default;
    // False when the client is gone or the server is stopping.
    virtual bool send(std::string_view bytes) = 0;
    // Waits until the client is gone or the server stops.
    virtual void hang() = 0;
    virtual bool sleep_ms(int ms) = 0;
    virtual int fd() const = 0;
  };
  // Gets the head of the request; the connection ends when it returns. `raw`: the handler is called
  // at once, and reads the request itself.
  using Handler = std::function<void(Peer&, const std::string& request)>;

  explicit HttpServer(Handler handler, bool raw = false);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  // "http://127.0.0.1:PORT"
  std::string url() const;
  int connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "HTTP/1.1 200 OK" with a length and the body.
std::string http_response(std::string_view status, std::string_view type, std::string_view body);
// The path and query of a request.
std::string request_target(const std::string& request);

}  // namespace unpark::testing
