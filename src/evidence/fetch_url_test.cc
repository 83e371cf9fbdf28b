#include "evidence/fetch_url.h"

#include <gtest/gtest.h>

#include <string>

namespace unpark::evidence {
namespace {

Url url_of(std::string_view text) {
  base::Result<Url> url = parse_url(text);
  EXPECT_TRUE(url) << text;
  return url ? *url : Url();
}

TEST(FetchUrl, TakesAddressesApart) {
  Url url = url_of("HTTPS://us%40er:p%3Aw@Example.com:8443/a/b?debug=2&token=s3cret#top");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.user, "us@er");
  EXPECT_EQ(url.password, "p:w");
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.query, "debug=2&token=s3cret");
  EXPECT_EQ(url.shown(), "https://example.com:8443/a/b?debug=2");

  EXPECT_EQ(url_of("localhost:6060").shown(), "http://localhost:6060/");
  EXPECT_EQ(url_of("http://host").port, 80);
  EXPECT_EQ(url_of("https://host/").shown(), "https://host/");
  EXPECT_EQ(url_of("http://host?x=1").query, "x=1");
  EXPECT_EQ(url_of("http://host/a b\"").path, "/a%20b%22");
  EXPECT_EQ(url_of("http://[::1]:6060/x").authority(), "[::1]:6060");
  EXPECT_EQ(url_of("http://a@b@host/").user, "a@b");

  Url socket = url_of("unix:/run/app.sock:/debug/pprof/");
  EXPECT_EQ(socket.socket, "/run/app.sock");
  EXPECT_EQ(socket.path, "/debug/pprof/");
  EXPECT_EQ(socket.shown(), "unix:/run/app.sock:/debug/pprof/");
  EXPECT_EQ(url_of("unix:///run/app.sock").path, "/");
}

TEST(FetchUrl, NamesWhatIsWrongAndNoSecret) {
  for (std::string_view text :
       {"", "http://", "http://user:s3cret@", "http://user:s3cret@host:port/", "http://h:0",
        "h:65536", "ftp://user:s3cret@host/", "http://[::1", "http://[s3cret]/", "http://[::1]x/",
        "http://a b/", "unix:", "http://user:s3cret@ho\"st/", "6060", "http://6060/"}) {
    SCOPED_TRACE(text);
    base::Result<Url> url = parse_url(text);
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().message.find("s3cret"), std::string::npos) << url.error().message;
    EXPECT_NE(url.error().message.find("http://host:6060"), std::string::npos);
  }
}

TEST(FetchUrl, KnowsSchemes) {
  EXPECT_TRUE(is_url("http://x"));
  EXPECT_TRUE(is_url("Https://x"));
  EXPECT_TRUE(is_url("unix:/x"));
  EXPECT_FALSE(is_url("dump.txt"));
  EXPECT_FALSE(is_url("httpd.log"));
}

TEST(FetchUrl, ResolvesRedirects) {
  Url from = url_of("https://user:pw@host:1/a/b?x=1");
  EXPECT_EQ(resolve(from, "/c?debug=1")->shown(), "https://host:1/c?debug=1");
  EXPECT_EQ(resolve(from, "c")->shown(), "https://host:1/a/c");
  EXPECT_EQ(resolve(from, "//other/d")->shown(), "https://other/d");
  EXPECT_EQ(resolve(from, "http://other:9/d")->shown(), "http://other:9/d");
  EXPECT_FALSE(resolve(from, "javascript:alert(1)"));
}

TEST(FetchUrl, FindsParameters) {
  EXPECT_EQ(parameter("debug=2&seconds=5", "seconds"), "5");
  EXPECT_EQ(parameter("xdebug=2", "debug"), "");
  EXPECT_EQ(parameter("debug", "debug"), "");
  EXPECT_EQ(parameter("", "debug"), "");
}

}  // namespace
}  // namespace unpark::evidence
