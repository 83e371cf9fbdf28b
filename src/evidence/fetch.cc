#include "evidence/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "evidence/byte_source.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

constexpr int kMaxRedirects = 5;

Patience patience_for(const FetchOptions& options, const Url& url) {
  double extra = 0;
  std::string_view seconds = parameter(url.query, "seconds");
  uint32_t asked = 0;
  if (std::from_chars(seconds.data(), seconds.data() + seconds.size(), asked).ec == std::errc()) {
    extra = std::min<double>(asked, 3600);
  }
  Patience out;
  out.connect_seconds = options.connect_seconds;
  out.idle_seconds = options.idle_seconds + extra;
  out.total_seconds = options.total_seconds + extra;
  out.end = Patience::Clock::now() + std::chrono::duration_cast<Patience::Clock::duration>(
                                         std::chrono::duration<double>(out.total_seconds));
  out.cancel = options.cancel;
  return out;
}

std::string request_for(const Url& url, const Credentials& credentials) {
  std::string target = url.query.empty() ? url.path : url.path + "?" + url.query;
  std::string out = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: unpark\r\nAccept: */*\r\n"
      "Accept-Encoding: gzip\r\nConnection: close\r\n",
      target, url.authority());
  if (credentials.exist()) out += fmt::format("Authorization: {}\r\n", credentials.authorization);
  return out + "\r\n";
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_same_host(const Url& from, const Url& to) {
  if (from.socket != to.socket || from.host != to.host || (from.tls && !to.tls)) return false;
  return from.port == to.port || from.tls != to.tls;
}

// The first line of a page of plain text, which Go's handlers put what is wrong into. Not shown
// when the server repeats the credentials, or it is not text.
std::string first_line(const Page& page, const Credentials& credentials) {
  constexpr size_t kMaxShown = 160;
  if (page.content_type != "text/plain") return {};
  std::string_view line = std::string_view(page.body).substr(0, page.body.find_first_of("\r\n"));
  if (line.empty() || line.size() > kMaxShown || credentials.is_in(page.body)) return {};
  for (char c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return {};
  }
  return fmt::format(" (\"{}\")", line);
}

std::string meaning_of(int status, bool had_credentials) {
  switch (status) {
    case 401:
      return had_credentials ? "the credentials were refused"
                             : "needs credentials: set UNPARK_HTTP_TOKEN, or UNPARK_HTTP_USER and "
                               "UNPARK_HTTP_PASSWORD, or give --auth-file";
    case 403:
      return had_credentials ? "these credentials may not see it"
                             : "may not be seen without credentials";
    case 404:
      return "no such page; does the service import net/http/pprof, and serve it at this address? "
             "If it is at another port or below another path, give that";
    case 405:
      return "the page does not answer GET";
    case 429:
      return "asked too often; try again later";
    default:
      break;
  }
  if (status >= 500) return "the server failed";
  return "no page";
}

Error refusal(const Response& response, const Credentials& credentials) {
  ErrorKind kind = ErrorKind::kIo;
  if (response.status == 404 || response.status == 405) kind = ErrorKind::kNotFound;
  if (response.status == 401 || response.status == 403) kind = ErrorKind::kPermission;
  if (response.status == 400 &&
      response.page.body.find("HTTP request to an HTTPS server") != std::string::npos) {
    return Error{kind, "400: the server speaks TLS; try https://"};
  }
  return Error{kind, fmt::format("{}: {}{}", response.status,
                                 meaning_of(response.status, credentials.exist()),
                                 first_line(response.page, credentials))};
}

// Undoes the compression that was only for the way.
std::optional<Error> decode(Response* response, uint64_t max_bytes) {
  const std::string& encoding = response->content_encoding;
  if (encoding.empty() || encoding == "identity") return std::nullopt;
  if (encoding != "gzip" && encoding != "x-gzip") {
    return Error{ErrorKind::kUnsupported, "the answer is compressed in a way nobody asked for"};
  }
  std::string packed = std::move(response->page.body);
  response->page.body.clear();
  std::string names;
  Result<std::unique_ptr<ByteSource>> source =
      decompressed(source_of(std::string_view(packed)), max_bytes, &names);
  if (!source) return source.error();
  Status read = read_all(**source, max_bytes, &response->page.body);
  if (!read && response->page.problem.empty()) response->page.problem = read.error().message;
  return std::nullopt;
}

Result<Response> exchange(const Url& url, const FetchOptions& options,
                          const Credentials& credentials, const Patience& patience) {
  Result<std::unique_ptr<Connection>> connection = connect_to(url, options.tls, patience);
  if (!connection) return connection.error();
  Status sent = (*connection)->write(request_for(url, credentials));
  if (!sent) return sent.error();
  Result<Response> response = read_response(**connection, options.max_bytes);
  if (!response) return response;
  if (response->status == 200) {
    if (std::optional<Error> error = decode(&*response, options.max_bytes)) return *error;
  }
  return response;
}

Error with_address(const Url& url, Error error) {
  error.message = fmt::format("{}: {}", url.shown(), error.message);
  return error;
}

// Where a redirect leads, when it may be followed.
Result<Url> next_of(const Url& url, const Response& response) {
  Result<Url> next = resolve(url, response.location);
  if (response.location.empty() || !next) {
    return Error{ErrorKind::kMalformed,
                 fmt::format("{}: redirects to an address that cannot be read", response.status)};
  }
  if (!is_same_host(url, *next)) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("{}: redirects to {}, which was not followed: {}; give the address "
                             "itself if it is right",
                             response.status, next->with("/", "").shown(),
                             url.tls && !next->tls ? "it is not secure" : "it is another server")};
  }
  return next;
}

}  // namespace

Result<Fetcher> Fetcher::create(const Url& url, const FetchOptions& options,
                                std::vector<std::string>* warnings) {
  Result<Credentials> credentials = credentials_for(url, options.auth_file, warnings);
  if (!credentials) return credentials.error();
  if (options.tls.insecure && url.tls) {
    warnings->push_back(fmt::format("the certificate of {} is not checked", url.authority()));
  }
  return Fetcher(options, std::move(*credentials));
}

Result<Page> Fetcher::get(const Url& url) const {
  Patience patience = patience_for(options_, url);
  Url at = url;
  for (int i = 0; i <= kMaxRedirects; i++) {
    Result<Response> response = exchange(at, options_, credentials_, patience);
    if (!response) return with_address(at, response.error());
    if (response->status == 200) return std::move(response->page);
    if (!is_redirect(response->status)) return with_address(at, refusal(*response, credentials_));
    Result<Url> next = next_of(at, *response);
    if (!next) return with_address(at, next.error());
    at = std::move(*next);
  }
  return Error{ErrorKind::kUnsupported, fmt::format("{}: redirects in a circle", url.shown())};
}

}  // namespace unpark::evidence
