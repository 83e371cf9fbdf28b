// Fetches pages over HTTP and HTTPS: gently, within limits, and without telling anybody the
// credentials.
//
// A server may be slow, hang, never stop, send something else than it says or send a bomb: a fetch
// ends within its limits and says what was wrong. Proxies of the environment are not used. Safe to
// use from several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evidence/fetch_auth.h"
#include "evidence/fetch_socket.h"
#include "evidence/fetch_url.h"

namespace unpark::evidence {

struct FetchOptions {
  double connect_seconds = 5;
  double idle_seconds = 30;  // in which the server sends nothing
  double total_seconds = 60;
  uint64_t max_bytes = 256 << 20;  // of a page, after decompression
  TlsOptions tls;
  std::string auth_file;
  const std::atomic<bool>* cancel = nullptr;  // true: stop, soon
};

struct Page {
  std::string content_type;  // lower case, without parameters
  std::string body;          // decompressed
  std::string problem;       // why `body` is only the beginning of the page; empty: it is whole
};

class Fetcher {
 public:
  // Finds the credentials; `warnings` are for whoever runs the program.
  static base::Result<Fetcher> create(const Url& url, const FetchOptions& options,
                                      std::vector<std::string>* warnings);

  // The page of `url`, which must be on the server that this was created for: credentials go along.
  // Redirects are followed on that host only, and never from https to http. Everything but status
  // 200 is a failure: kNotFound for 404 and 405, kPermission for 401 and 403. Messages begin with
  // the address, without credentials. `seconds=N` in the query adds N seconds to the time limits.
  base::Result<Page> get(const Url& url) const;

 private:
  Fetcher(FetchOptions options, Credentials credentials)
      : options_(std::move(options)), credentials_(std::move(credentials)) {}

  FetchOptions options_;
  Credentials credentials_;
};

// A server's answer. Exposed for tests.
struct Response {
  int status = 0;
  std::string location;
  std::string content_encoding;
  Page page;  // its body as sent
};

// Reads an answer to a GET request. Fails when there is no answer that can be understood; a body
// that breaks off, or is larger than `max_bytes`, is Page::problem. Of error pages only the
// beginning is read.
base::Result<Response> read_response(Connection& connection, uint64_t max_bytes);

}  // namespace unpark::evidence
