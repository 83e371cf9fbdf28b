// Connections to a server: TCP, unix sockets, and TLS over them. Every wait ends: with the patience
// of the one call, with that of the whole fetch, or when the caller does not want it any more.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evidence/fetch_url.h"

namespace unpark::evidence {

struct Patience {
  using Clock = std::chrono::steady_clock;

  Clock::time_point end;       // of everything
  double connect_seconds = 5;  // for finding the host, and again for connecting
  double idle_seconds = 30;    // in which nothing moves
  double total_seconds = 60;   // what `end` was made of, for messages
  const std::atomic<bool>* cancel = nullptr;
};

struct TlsOptions {
  std::string ca_file;  // PEM; empty: those of the system
  bool insecure = false;
};

class Connection {
 public:
  virtual ~Connection() = default;
  // At least one byte; 0 when the other side has ended.
  virtual base::Result<size_t> read(char* to, size_t size) = 0;
  virtual base::Status write(std::string_view bytes) = 0;
};

// Messages say what went wrong, without the address.
base::Result<std::unique_ptr<Connection>> connect_to(const Url& url, const TlsOptions& tls,
                                                     const Patience& patience);

}  // namespace unpark::evidence
