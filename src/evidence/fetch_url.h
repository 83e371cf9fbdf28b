// Addresses of pages: http, https and unix sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace unpark::evidence {

struct Url {
  bool tls = false;
  std::string host;  // without the brackets of IPv6
  uint16_t port = 80;
  std::string socket;          // path of a unix socket; host is then "localhost"
  std::string path = "/";      // as it goes over the wire, escapes included
  std::string query;           // the same, without "?"
  std::string user, password;  // of "user:password@", escapes decoded

  // As it may be shown: without user and password, and of the query only what pprof knows
  // ("debug=2"), since other parameters may be tokens.
  std::string shown() const;
  // "host:port", as it may be shown and as the Host header has it.
  std::string authority() const;
  // The same server and credentials, another page. An empty query keeps none.
  Url with(std::string_view other_path, std::string_view other_query) const;
};

// Whether the text begins with one of the known schemes ("http://", "https://", "unix:").
bool is_url(std::string_view text);

// "https://user:password@host:port/path?query"; without a scheme it is http; "unix:/run/app.sock",
// with ":/path" after the socket. A fragment is left out. Messages of failures do not show what
// could be a credential.
base::Result<Url> parse_url(std::string_view text);

// Where a Location header of a page leads.
base::Result<Url> resolve(const Url& from, std::string_view location);

// The value of a parameter of a query, undecoded; empty when it is not there.
std::string_view parameter(std::string_view query, std::string_view name);

}  // namespace unpark::evidence
