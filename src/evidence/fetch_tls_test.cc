#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "evidence/fetch.h"
#include "harness/http_server.h"
#include "harness/temp_dir.h"

namespace unpark::evidence {
namespace {

using testing::http_response;
using testing::HttpServer;
using testing::TempDir;
using Peer = HttpServer::Peer;

// A key, and a certificate for `name` ("IP:127.0.0.1") that it signed itself.
struct Identity {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, void (*)(X509*)> certificate{X509_new(), X509_free};

  explicit Identity(const std::string& name) {
    X509* c = certificate.get();
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
    X509_gmtime_adj(X509_getm_notBefore(c), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c), 3600);
    X509_set_pubkey(c, key.get());
    X509_NAME* subject = X509_get_subject_name(c);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(c, subject);
    add_extension(NID_subject_alt_name, name);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    EXPECT_GT(X509_sign(c, key.get(), EVP_sha256()), 0);
  }

  void add_extension(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    ASSERT_NE(extension, nullptr);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::string pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate.get());
    char* data = nullptr;
    long size = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<size_t>(size));
    BIO_free(bio);
    return out;
  }

  // Answers one request over TLS; without the closing words of TLS where `cut`.
  HttpServer::Handler handler(std::string answer, bool cut = false) const {
    return [this, answer, cut](Peer& peer, const std::string&) {
      SSL_CTX* context = SSL_CTX_new(TLS_server_method());
      SSL_CTX_use_certificate(context, certificate.get());
      SSL_CTX_use_PrivateKey(context, key.get());
      SSL* ssl = SSL_new(context);
      SSL_set_fd(ssl, peer.fd());
      char buffer[4096];
      if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer, sizeof buffer) > 0) {
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
        if (!cut) SSL_shutdown(ssl);
      }
      SSL_free(ssl);
      SSL_CTX_free(context);
    };
  }
};

// OpenSSL's server, unlike our client, writes with write(2).
class FetchTls : public ::testing::Test {
 protected:
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int) = SIG_DFL;
};

FetchOptions patient() {
  FetchOptions options;
  options.total_seconds = 30;
  return options;
}

base::Result<Page> get(const HttpServer& server, const FetchOptions& options,
                       std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> ignored;
  base::Result<Url> url = parse_url("https://127.0.0.1:" + std::to_string(server.port()) + "/x");
  base::Result<Fetcher> fetcher =
      Fetcher::create(*url, options, warnings == nullptr ? &ignored : warnings);
  if (!fetcher) return fetcher.error();
  return fetcher->get(*url);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(FetchTls, TrustsOnlyWhatItIsTold) {
  TempDir dir;
  Identity identity("IP:127.0.0.1");
  HttpServer server(identity.handler(http_response("200 OK", "text/plain", "secure")), true);

  base::Result<Page> page = get(server, patient());
  ASSERT_FALSE(page);
  EXPECT_TRUE(has(page.error().message, "the certificate of 127.0.0.1 is not trusted"))
      << page.error().message;
  EXPECT_TRUE(has(page.error().message, "--ca-file"));

  FetchOptions options = patient();
  options.tls.ca_file = dir.write("ca.pem", identity.pem());
  page = get(server, options);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->body, "secure");

  options = patient();
  options.tls.insecure = true;
  std::vector<std::string> warnings;
  page = get(server, options, &warnings);
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(has(warnings[0], "is not checked"));

  options = patient();
  options.tls.ca_file = dir.write("none.pem", "no certificate");
  page = get(server, options);
  ASSERT_FALSE(page);
  EXPECT_TRUE(has(page.error().message, "no certificates that can be read"))
      << page.error().message;
}

TEST_F(FetchTls, ACertificateOfAnotherHost) {
  TempDir dir;
  Identity identity("DNS:other.example");
  HttpServer server(identity.handler(http_response("200 OK", "text/plain", "x")), true);
  FetchOptions options = patient();
  options.tls.ca_file = dir.write("ca.pem", identity.pem());
  base::Result<Page> page = get(server, options);
  ASSERT_FALSE(page);
  EXPECT_TRUE(has(page.error().message, "is not trusted (IP address mismatch)"))
      << page.error().message;
}

TEST_F(FetchTls, AnAnswerThatBreaksOff) {
  TempDir dir;
  Identity identity("IP:127.0.0.1");
  HttpServer server(identity.handler("HTTP/1.1 200 OK\r\n\r\nabcd", true), true);
  FetchOptions options = patient();
  options.tls.ca_file = dir.write("ca.pem", identity.pem());
  base::Result<Page> page = get(server, options);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->body, "abcd");
  EXPECT_FALSE(page->problem.empty()) << "anybody on the way could have cut it there";

  HttpServer whole(identity.handler("HTTP/1.1 200 OK\r\n\r\nabcd"), true);
  page = get(whole, options);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(page->problem.empty()) << page->problem;
}

TEST_F(FetchTls, ServersWithoutTls) {
  HttpServer plain(
      [](Peer& peer, const std::string&) { peer.send("HTTP/1.0 400 Bad Request\r\n\r\n"); }, true);
  base::Result<Page> page = get(plain, patient());
  ASSERT_FALSE(page);
  EXPECT_TRUE(has(page.error().message, "does not speak TLS")) << page.error().message;

  HttpServer silent(
      [](Peer&, const std::string&) { std::this_thread::sleep_for(std::chrono::seconds(2)); },
      true);
  FetchOptions hasty = patient();
  hasty.idle_seconds = 1;
  page = get(silent, hasty);
  ASSERT_FALSE(page);
  EXPECT_TRUE(has(page.error().message, "waited 1 s for an answer")) << page.error().message;

  HttpServer closing([](Peer&, const std::string&) {}, true);
  page = get(closing, patient());
  ASSERT_FALSE(page);
}

}  // namespace
}  // namespace unpark::evidence
