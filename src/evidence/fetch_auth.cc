#include "evidence/fetch_auth.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>
#include <utility>

#include "base/os.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

constexpr uint64_t kMaxFile = 64 << 10;

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; k++) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; k++) {
      out.push_back(i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=');
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  if (text.size() < start.size()) return false;
  for (size_t i = 0; i < start.size(); i++) {
    if ((text[i] | 0x20) != (start[i] | 0x20)) return false;
  }
  return true;
}

// A header's value must stay on its line.
bool fits_header(std::string_view value) {
  for (char c : value) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return false;
  }
  return true;
}

Result<Credentials> of_header(std::string_view value, std::string_view from) {
  Credentials out;
  if (!fits_header(value)) {
    return Error{
        ErrorKind::kMalformed,
        fmt::format("the credentials of {} have a line break or another control character", from)};
  }
  out.authorization = value;
  out.secrets.emplace_back(value);
  size_t blank = value.find(' ');
  if (blank != value.npos) out.secrets.emplace_back(trimmed(value.substr(blank)));
  return out;
}

Result<Credentials> of_user(const std::string& user, const std::string& password,
                            std::string_view from) {
  Result<Credentials> out = of_header("Basic " + base64(user + ":" + password), from);
  if (out && !password.empty()) out->secrets.push_back(password);
  return out;
}

Result<Credentials> of_file(const std::string& path, std::vector<std::string>* warnings) {
  Result<std::string> text = base::read_file(path, kMaxFile);
  if (!text) return text.error();
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    warnings->push_back(fmt::format("{} can be read by others; chmod 600 it", path));
  }
  std::string_view line = trimmed(*text);
  constexpr std::string_view kHeader = "Authorization:";
  if (starts_with_ignoring_case(line, kHeader)) line = trimmed(line.substr(kHeader.size()));
  bool known = starts_with_ignoring_case(line, "Bearer ") ||
               starts_with_ignoring_case(line, "Basic ") || trimmed(*text).size() != line.size();
  if (line.empty() || !known) {
    return Error{
        ErrorKind::kMalformed,
        fmt::format("{} should have one line: \"Authorization: ...\" or \"Bearer ...\"", path)};
  }
  return of_header(line, path);
}

Result<Credentials> of_environment() {
  if (std::optional<std::string> token = base::env_var("UNPARK_HTTP_TOKEN")) {
    if (!token->empty()) return of_header("Bearer " + *token, "$UNPARK_HTTP_TOKEN");
  }
  std::string user = base::env_var("UNPARK_HTTP_USER").value_or("");
  std::string password = base::env_var("UNPARK_HTTP_PASSWORD").value_or("");
  if (user.empty() && password.empty()) return Credentials();
  return of_user(user, password, "$UNPARK_HTTP_USER and $UNPARK_HTTP_PASSWORD");
}

bool is_local(const Url& url) {
  return !url.socket.empty() || url.host == "localhost" || url.host == "::1" ||
         url.host.starts_with("127.");
}

}  // namespace

bool Credentials::is_in(std::string_view text) const {
  for (const std::string& secret : secrets) {
    if (!secret.empty() && text.find(secret) != text.npos) return true;
  }
  return false;
}

Result<Credentials> credentials_for(const Url& url, const std::string& auth_file,
                                    std::vector<std::string>* warnings) {
  Result<Credentials> out = !auth_file.empty() ? of_file(auth_file, warnings)
                            : url.user.empty() && url.password.empty()
                                ? of_environment()
                                : of_user(url.user, url.password, "the address");
  if (out && out->exist() && !url.tls && !is_local(url)) {
    warnings->push_back(
        fmt::format("the credentials go to {} over http, where everybody on the way can read them",
                    url.authority()));
  }
  return out;
}

}  // namespace unpark::evidence
