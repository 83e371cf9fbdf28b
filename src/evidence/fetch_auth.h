// Credentials for a server: where they come from, and how to keep them out of messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evidence/fetch_url.h"

namespace unpark::evidence {

struct Credentials {
  std::string authorization;         // value of the Authorization header; empty: none
  std::vector<std::string> secrets;  // what must not be seen in any message

  bool exist() const { return !authorization.empty(); }
  bool is_in(std::string_view text) const;
};

// The first of: the file (one line: "Authorization: ...", "Bearer ..." or "Basic ..."), the user
// and password of the address, $UNPARK_HTTP_TOKEN, $UNPARK_HTTP_USER with $UNPARK_HTTP_PASSWORD.
// Warnings tell of files that others can read and of credentials that go over the network in the
// clear.
base::Result<Credentials> credentials_for(const Url& url, const std::string& auth_file,
                                          std::vector<std::string>* warnings);

}  // namespace unpark::evidence
