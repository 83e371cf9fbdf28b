#include "evidence/fetch.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "evidence/gzip.h"
#include "harness/http_server.h"
#include "harness/temp_dir.h"

namespace unpark::evidence {
namespace {

using testing::http_response;
using testing::HttpServer;
using testing::request_target;
using testing::TempDir;
using Peer = HttpServer::Peer;

constexpr std::string_view kText = "text/plain; charset=utf-8";

FetchOptions patient() {
  FetchOptions options;
  options.total_seconds = 30;
  options.max_bytes = 1 << 20;
  return options;
}

// For servers that make it wait.
FetchOptions hasty() {
  FetchOptions options = patient();
  options.connect_seconds = 0.5;
  options.idle_seconds = 0.4;
  options.total_seconds = 1.0;
  return options;
}

struct Got {
  base::Result<Page> page;
  double seconds;
  std::string error() const { return page ? "" : page.error().message; }
};

Got get(const std::string& address, const FetchOptions& options = patient()) {
  auto start = std::chrono::steady_clock::now();
  std::vector<std::string> warnings;
  base::Result<Url> url = parse_url(address);
  EXPECT_TRUE(url);
  base::Result<Fetcher> fetcher = Fetcher::create(*url, options, &warnings);
  if (!fetcher) return {fetcher.error(), 0};
  base::Result<Page> page = fetcher->get(*url);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return {std::move(page), took.count()};
}

// A server that always says the same.
HttpServer::Handler says(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer, const std::string&) { peer.send(bytes); };
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Fetch, GetsAPage) {
  std::string seen;
  HttpServer server([&](Peer& peer, const std::string& request) {
    seen = request;
    peer.send(http_response("200 OK", kText, "goroutine 1 [running]:\n"));
  });
  Got got = get(server.url() + "/debug/pprof/goroutine?debug=2");
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_EQ(got.page->body, "goroutine 1 [running]:\n");
  EXPECT_EQ(got.page->content_type, "text/plain");
  EXPECT_TRUE(got.page->problem.empty());
  EXPECT_TRUE(seen.starts_with("GET /debug/pprof/goroutine?debug=2 HTTP/1.1\r\n")) << seen;
  EXPECT_FALSE(has(seen, "Authorization"));
}

TEST(Fetch, ReadsChunksAndBodiesThatEndWithTheConnection) {
  HttpServer chunked(
      says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
           "chunked\r\n\r\n4\r\nabcd\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"));
  Got got = get(chunked.url());
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_EQ(got.page->body, "abcd0123456789");
  EXPECT_TRUE(got.page->problem.empty());

  HttpServer plain(says("HTTP/1.0 200 OK\n\nabcd"));
  Got other = get(plain.url());
  ASSERT_TRUE(other.page) << other.error();
  EXPECT_EQ(other.page->body, "abcd");
}

TEST(Fetch, KeepsWhatCameOfACutAnswer) {
  HttpServer server([](Peer& peer, const std::string& request) {
    bool chunked = has(request, "chunked");
    peer.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabcd"
                      : "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabcd");
  });
  for (const char* path : {"/length", "/chunked"}) {
    Got got = get(server.url() + path);
    ASSERT_TRUE(got.page) << got.error();
    EXPECT_EQ(got.page->body, "abcd");
    EXPECT_TRUE(has(got.page->problem, "ended after 4 bytes")) << got.page->problem;
  }
}

TEST(Fetch, UnpacksGzip) {
  std::string packed = gzip("hello hello hello");
  HttpServer server(says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                         std::to_string(packed.size()) + "\r\n\r\n" + packed));
  Got got = get(server.url());
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_EQ(got.page->body, "hello hello hello");

  HttpServer other(says("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxx"));
  EXPECT_TRUE(has(get(other.url()).error(), "compressed in a way")) << get(other.url()).error();
}

TEST(Fetch, BombsAndEndlessAnswersStopAtTheLimit) {
  std::string bomb = gzip(std::string(64 << 20, 'a'));
  ASSERT_LT(bomb.size(), 100'000u);
  HttpServer packed(says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb));
  Got got = get(packed.url());
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_LE(got.page->body.size(), 1u << 20);
  EXPECT_FALSE(got.page->problem.empty());

  HttpServer endless([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(100'000, 'a'))) continue;
  });
  got = get(endless.url());
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_EQ(got.page->body.size(), 1u << 20);
  EXPECT_TRUE(has(got.page->problem, "longer than 1048576 bytes")) << got.page->problem;
}

TEST(Fetch, HeadsThatDoNotEnd) {
  HttpServer line([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\nX: ");
    while (peer.send(std::string(100'000, 'a'))) continue;
  });
  EXPECT_TRUE(has(get(line.url()).error(), "line without an end")) << get(line.url()).error();

  HttpServer headers([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X: y\r\nX: y\r\nX: y\r\nX: y\r\n")) continue;
  });
  EXPECT_TRUE(has(get(headers.url()).error(), "not HTTP")) << get(headers.url()).error();

  HttpServer status(says("HTTP/1.1 200 " + std::string(2'000'000, 'a') + "\r\n\r\n"));
  EXPECT_TRUE(has(get(status.url()).error(), "line without an end"));

  HttpServer interim([](Peer& peer, const std::string&) {
    while (peer.send("HTTP/1.1 102 Processing\r\n\r\n")) continue;
  });
  EXPECT_TRUE(has(get(interim.url()).error(), "again and again"));
}

TEST(Fetch, HangingAndDrippingServersEndInTime) {
  HttpServer silent([](Peer& peer, const std::string&) { peer.hang(); });
  Got got = get(silent.url(), hasty());
  EXPECT_TRUE(has(got.error(), "waited 0.4 s for an answer")) << got.error();
  EXPECT_LT(got.seconds, 1.5);

  HttpServer drip([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.sleep_ms(100) && peer.send("X: y\r\n")) continue;
  });
  got = get(drip.url(), hasty());
  EXPECT_TRUE(has(got.error(), "not done after 1 s")) << got.error();
  EXPECT_LT(got.seconds, 2.0);

  HttpServer half([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcd");
    peer.hang();
  });
  got = get(half.url(), hasty());
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_EQ(got.page->body, "abcd");
  EXPECT_TRUE(has(got.page->problem, "waited 0.4 s")) << got.page->problem;
}

TEST(Fetch, UnreachableServers) {
  uint16_t port = HttpServer([](Peer&, const std::string&) {}).port();
  Got got = get("http://127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(has(got.error(), "cannot connect: Connection refused")) << got.error();

  got = get("http://no-such-host.invalid:6060", hasty());
  EXPECT_FALSE(got.page);
  EXPECT_TRUE(has(got.error(), "http://no-such-host.invalid:6060/: ")) << got.error();
  EXPECT_LT(got.seconds, 2.0);

  HttpServer closing([](Peer&, const std::string&) {});
  EXPECT_TRUE(has(get(closing.url()).error(), "without an answer")) << get(closing.url()).error();

  HttpServer other(says("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_TRUE(has(get(other.url()).error(), "not HTTP")) << get(other.url()).error();
}

TEST(Fetch, StopsWhenAsked) {
  std::atomic<bool> stop{false};
  FetchOptions options = patient();
  options.cancel = &stop;
  HttpServer silent([&](Peer& peer, const std::string&) {
    stop = true;
    peer.hang();
  });
  Got got = get(silent.url(), options);
  EXPECT_TRUE(has(got.error(), "stopped")) << got.error();
  EXPECT_LT(got.seconds, 5);
}

TEST(Fetch, ErrorPagesAreNamedByTheirStatus) {
  struct Case {
    const char* status;
    const char* expected;
    base::ErrorKind kind;
  } cases[] = {
      {"401 Unauthorized", "401: needs credentials: set UNPARK_HTTP_TOKEN",
       base::ErrorKind::kPermission},
      {"403 Forbidden", "403: may not be seen", base::ErrorKind::kPermission},
      {"404 Not Found", "404: no such page; does the service import net/http/pprof",
       base::ErrorKind::kNotFound},
      {"405 No", "405: the page does not answer GET", base::ErrorKind::kNotFound},
      {"500 Oops", "500: the server failed", base::ErrorKind::kIo},
      {"429 Slow", "429: asked too often", base::ErrorKind::kIo},
      {"204 Empty", "204: no page", base::ErrorKind::kIo},
  };
  for (const Case& c : cases) {
    HttpServer server(says(http_response(c.status, "text/html", "<html>no</html>")));
    Got got = get(server.url() + "/x");
    ASSERT_FALSE(got.page);
    EXPECT_TRUE(has(got.error(), c.expected)) << got.error();
    EXPECT_TRUE(got.error().starts_with(server.url() + "/x: ")) << got.error();
    EXPECT_EQ(got.page.error().kind, c.kind);
  }
  HttpServer reason(says(http_response("404 Not Found", kText, "Unknown profile\nmore")));
  EXPECT_TRUE(has(get(reason.url()).error(), "(\"Unknown profile\")"));
  HttpServer tls(says(http_response("400 Bad Request", kText,
                                    "Client sent an HTTP request to an HTTPS server.\n")));
  EXPECT_TRUE(has(get(tls.url()).error(), "try https://"));
  HttpServer endless([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 500 Oops\r\n\r\n");
    while (peer.send(std::string(1000, 'a'))) continue;
  });
  EXPECT_TRUE(has(get(endless.url()).error(), "500: the server failed"));
}

TEST(Fetch, RedirectsStayOnTheHost) {
  std::string elsewhere = "http://localhost:1/";
  HttpServer server([&](Peer& peer, const std::string& request) {
    std::string target = request_target(request);
    std::string to = target == "/a" ? "/b" : target == "/out" ? elsewhere : "/circle";
    if (target == "/port") to = "http://127.0.0.1:1/";
    if (target == "/bad") to = "gopher:x";
    if (target == "/b") {
      peer.send(http_response("200 OK", kText, "here"));
    } else {
      peer.send("HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n");
    }
  });
  EXPECT_EQ(get(server.url() + "/a").page->body, "here");
  EXPECT_TRUE(has(get(server.url() + "/out").error(), "redirects to http://localhost:1/"));
  EXPECT_TRUE(has(get(server.url() + "/port").error(), "it is another server"));
  EXPECT_TRUE(has(get(server.url() + "/circle").error(), "redirects in a circle"));
  EXPECT_TRUE(has(get(server.url() + "/bad").error(), "cannot be read"));
}

class FetchAuth : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const char* name : {"UNPARK_HTTP_TOKEN", "UNPARK_HTTP_USER", "UNPARK_HTTP_PASSWORD"}) {
      ::unsetenv(name);
    }
  }
  // The Authorization header that arrives.
  static std::string sent(const std::string& prefix, const FetchOptions& options) {
    std::string header;
    HttpServer server([&](Peer& peer, const std::string& request) {
      size_t at = request.find("Authorization: ");
      if (at != std::string::npos)
        header = request.substr(at + 15, request.find('\r', at) - at - 15);
      peer.send(http_response("200 OK", kText, "ok"));
    });
    Got got = get("http://" + prefix + server.url().substr(7), options);
    EXPECT_TRUE(got.page) << got.error();
    return header;
  }
};

TEST_F(FetchAuth, ComesFromTheFirstPlaceThatHasSome) {
  TempDir dir;
  FetchOptions options = patient();
  EXPECT_EQ(sent("", options), "");
  ::setenv("UNPARK_HTTP_USER", "u", 1);
  ::setenv("UNPARK_HTTP_PASSWORD", "p", 1);
  EXPECT_EQ(sent("", options), "Basic dTpw");
  ::setenv("UNPARK_HTTP_TOKEN", "tok", 1);
  EXPECT_EQ(sent("", options), "Bearer tok");
  EXPECT_EQ(sent("us%65r:pass@", options), "Basic dXNlcjpwYXNz");
  options.auth_file = dir.write("auth", "authorization:  Custom abc\n");
  EXPECT_EQ(sent("user:pass@", options), "Custom abc");
  options.auth_file = dir.write("auth", "bearer xyz\n");
  EXPECT_EQ(sent("", options), "bearer xyz");
}

TEST_F(FetchAuth, WarnsAndRefuses) {
  TempDir dir;
  std::string file = dir.write("auth", "Bearer s3cret\n");
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  std::vector<std::string> warnings;
  Url url = *parse_url("http://example.com/");
  ASSERT_TRUE(credentials_for(url, file, &warnings));
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_TRUE(has(warnings[0], "can be read by others"));
  EXPECT_TRUE(has(warnings[1], "over http"));
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  warnings.clear();
  ASSERT_TRUE(credentials_for(*parse_url("https://example.com/"), file, &warnings));
  ASSERT_TRUE(credentials_for(*parse_url("http://localhost:1/"), file, &warnings));
  EXPECT_TRUE(warnings.empty());

  for (std::string_view text : {"", "s3cret", "Bearer s3cret\nX: y", "Authorization:"}) {
    base::Result<Credentials> bad = credentials_for(url, dir.write("bad", text), &warnings);
    ASSERT_FALSE(bad) << text;
    EXPECT_FALSE(has(bad.error().message, "s3cret"));
  }
  ::setenv("UNPARK_HTTP_TOKEN", "s3cret\r\nX: y", 1);
  base::Result<Credentials> bad = credentials_for(url, "", &warnings);
  ASSERT_FALSE(bad);
  EXPECT_FALSE(has(bad.error().message, "s3cret"));
  EXPECT_FALSE(credentials_for(url, dir.file("absent"), &warnings));
}

// Whatever the server does, nothing it was told comes out.
TEST_F(FetchAuth, IsNeverShown) {
  HttpServer server([](Peer& peer, const std::string& request) {
    std::string target = request_target(request);
    if (target.starts_with("/echo")) {
      size_t at = request.find("Authorization: ");
      std::string header = request.substr(at, request.find('\r', at) - at);
      peer.send(http_response("500 " + header, kText, "bad header " + header));
    } else if (target.starts_with("/out")) {
      peer.send("HTTP/1.1 302 Found\r\nLocation: http://user:s3cret@localhost:1/?t=s3cret\r\n\r\n");
    } else if (target.starts_with("/401")) {
      peer.send(http_response("401 No", kText, "no"));
    }
  });
  std::string base = "http://user:s3cret@" + server.url().substr(7);
  for (const char* page :
       {"/echo?token=s3cret", "/out?token=s3cret", "/401?token=s3cret", "/none"}) {
    Got got = get(base + page);
    ASSERT_FALSE(got.page);
    EXPECT_FALSE(has(got.error(), "s3cret")) << got.error();
    EXPECT_FALSE(has(got.error(), "dXNlcjpzM2NyZXQ")) << got.error();
    EXPECT_FALSE(has(got.error(), "user")) << got.error();
  }
  EXPECT_TRUE(has(get(base + "/401").error(), "401: the credentials were refused"));
}

TEST(Fetch, UnixSockets) {
  TempDir dir;
  std::string path = dir.file("s");
  int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  std::string request(1000, '\0');
  std::thread server([&] {
    int fd = ::accept(listener, nullptr, nullptr);
    request.resize(static_cast<size_t>(std::max<ssize_t>(0, ::recv(fd, request.data(), 1000, 0))));
    std::string answer = http_response("200 OK", kText, "over a socket");
    EXPECT_EQ(::send(fd, answer.data(), answer.size(), 0), static_cast<ssize_t>(answer.size()));
    ::close(fd);
  });
  Got got = get("unix:" + path + ":/debug");
  server.join();
  ::close(listener);
  ASSERT_TRUE(got.page) << got.error();
  EXPECT_EQ(got.page->body, "over a socket");
  EXPECT_TRUE(has(request, "Host: localhost\r\n"));
  EXPECT_TRUE(has(get("unix:" + dir.file("absent")).error(), "No such file"));
}

}  // namespace
}  // namespace unpark::evidence
