// TLS over a connection, by OpenSSL.
#pragma once

#include <memory>
#include <string>

#include "evidence/fetch_socket.h"

namespace unpark::evidence {

// Makes the handshake and checks that the certificate is that of the host and trusted.
base::Result<std::unique_ptr<Connection>> secured(std::unique_ptr<Connection> connection,
                                                  const std::string& host,
                                                  const TlsOptions& options);

}  // namespace unpark::evidence
