// OpenSSL works on two buffers in memory and never sees the socket: then all waiting is that of the
// connection below, with its patience, and no write raises a signal.
#include "evidence/fetch_tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Ok;
using base::Result;
using base::Status;

namespace {

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, ContextFree>;
using Ssl = std::unique_ptr<SSL, SslFree>;

// The reason of the first error in OpenSSL's queue, which is emptied.
std::string take_reason() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "an error without a name" : reason;
}

bool is_ip_address(const std::string& host) {
  in6_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

class TlsConnection : public Connection {
 public:
  TlsConnection(std::unique_ptr<Connection> below, Context context, Ssl ssl)
      : below_(std::move(below)), context_(std::move(context)), ssl_(std::move(ssl)) {}

  Status handshake(const std::string& host) {
    return drive([&] { return SSL_connect(ssl_.get()); }, host);
  }

  Result<size_t> read(char* to, size_t size) override {
    size_t got = 0;
    bool ended = false;
    Status status = drive(
        [&] {
          int result = SSL_read_ex(ssl_.get(), to, size, &got);
          ended = result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN;
          return ended ? 1 : result;
        },
        {});
    if (!status) return status.error();
    return ended ? size_t{0} : got;
  }

  Status write(std::string_view bytes) override {
    size_t written = 0;
    Status status =
        drive([&] { return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written); }, {});
    if (!status) return status;
    return flush();
  }

 private:
  // Repeats a step of OpenSSL's, moving bytes between its buffers and the socket, until it is done.
  template <typename Step>
  Status drive(Step step, const std::string& host) {
    while (true) {
      ERR_clear_error();
      int result = step();
      int code = result > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
      Status flushed = flush();
      if (result > 0) return flushed;
      if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) return failure(host);
      if (!flushed) return flushed;
      Status filled = fill();
      if (!filled) return filled;
    }
  }

  Status flush() {
    char buffer[16 << 10];
    int n;
    while ((n = BIO_read(SSL_get_wbio(ssl_.get()), buffer, sizeof buffer)) > 0) {
      Status written = below_->write({buffer, static_cast<size_t>(n)});
      if (!written) return written;
    }
    return Ok{};
  }

  Status fill() {
    char buffer[16 << 10];
    Result<size_t> n = below_->read(buffer, sizeof buffer);
    if (!n) return n.error();
    if (*n == 0) {
      return Error{ErrorKind::kTruncated, "the connection ended in the middle of TLS"};
    }
    BIO_write(SSL_get_rbio(ssl_.get()), buffer, static_cast<int>(*n));
    return Ok{};
  }

  Error failure(const std::string& host) const {
    long verified = SSL_get_verify_result(ssl_.get());
    std::string reason = take_reason();
    if (verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) == SSL_VERIFY_PEER) {
      return Error{ErrorKind::kPermission,
                   fmt::format("the certificate of {} is not trusted ({}); name its authority with "
                               "--ca-file, or see whether the address is right",
                               host, X509_verify_cert_error_string(verified))};
    }
    if (reason == "wrong version number" || reason == "packet length too long" ||
        reason == "http request") {
      return Error{ErrorKind::kUnsupported, "the server does not speak TLS there; try http://"};
    }
    return Error{ErrorKind::kIo, fmt::format("TLS failed: {}", reason)};
  }

  std::unique_ptr<Connection> below_;
  Context context_;
  Ssl ssl_;
};

Status configure(SSL_CTX* context, const TlsOptions& options) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (options.insecure) return Ok{};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return Ok{};
  }
  if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    return Error{ErrorKind::kMalformed, fmt::format("{} has no certificates that can be read: {}",
                                                    options.ca_file, take_reason())};
  }
  return Ok{};
}

Ssl ssl_for(SSL_CTX* context, const std::string& host) {
  Ssl ssl(SSL_new(context));
  if (!ssl) return ssl;
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);
  if (in == nullptr || out == nullptr) return nullptr;
  // Empty means: more is to come.
  BIO_set_mem_eof_return(in, -1);
  if (is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    SSL_set1_host(ssl.get(), host.c_str());
  }
  return ssl;
}

}  // namespace

Result<std::unique_ptr<Connection>> secured(std::unique_ptr<Connection> connection,
                                            const std::string& host, const TlsOptions& options) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Error{ErrorKind::kIo, fmt::format("TLS failed: {}", take_reason())};
  Status configured = configure(context.get(), options);
  if (!configured) return configured.error();
  Ssl ssl = ssl_for(context.get(), host);
  if (!ssl) return Error{ErrorKind::kIo, fmt::format("TLS failed: {}", take_reason())};
  auto out =
      std::make_unique<TlsConnection>(std::move(connection), std::move(context), std::move(ssl));
  Status status = out->handshake(host);
  if (!status) return status.error();
  return std::unique_ptr<Connection>(std::move(out));
}

}  // namespace unpark::evidence
