#include "evidence/fetch_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool take_scheme(std::string_view& text, std::string_view scheme) {
  if (text.size() < scheme.size()) return false;
  for (size_t i = 0; i < scheme.size(); i++) {
    if (lower(text[i]) != scheme[i]) return false;
  }
  text.remove_prefix(scheme.size());
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Bytes that must not stand in a request line, blanks and line ends above all, are escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '<' || c == '>') {
      out += fmt::format("%{:02X}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

Error malformed(std::string_view what) {
  return Error{ErrorKind::kMalformed,
               fmt::format("the address {}; it should look like http://host:6060", what)};
}

bool is_host_char(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// "host", "host:port", "[::1]:port"
std::optional<Error> parse_host(std::string_view text, Url* url) {
  std::string_view port;
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == text.npos) return malformed("has a \"[\" without its \"]\"");
    url->host = text.substr(1, end - 1);
    if (url->host.find_first_not_of("0123456789abcdefABCDEF:.%") != std::string::npos) {
      return malformed("has something else than an IPv6 address in brackets");
    }
    text.remove_prefix(end + 1);
    if (!text.empty() && text[0] != ':') return malformed("has something after \"]\"");
    if (!text.empty()) port = text.substr(1);
  } else {
    size_t colon = text.find(':');
    url->host = text.substr(0, colon);
    for (char c : url->host) {
      if (!is_host_char(c)) return malformed("has a host name with a character it cannot have");
    }
    if (colon != text.npos) port = text.substr(colon + 1);
  }
  if (url->host.empty()) return malformed("has no host");
  if (url->host.find_first_not_of("0123456789") == std::string::npos) {
    return malformed("has a number in place of a host: a port alone");
  }
  for (char& c : url->host) c = lower(c);
  url->port = url->tls ? 443 : 80;
  if (port.empty()) return std::nullopt;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url->port);
  if (error != std::errc() || end != port.data() + port.size() || url->port == 0) {
    return malformed("has a port that is not a number from 1 to 65535");
  }
  return std::nullopt;
}

void set_page(std::string_view text, Url* url) {
  text = text.substr(0, text.find('#'));
  size_t question = text.find('?');
  url->path = escaped(text.substr(0, question));
  if (!url->path.starts_with('/')) url->path.insert(0, 1, '/');
  url->query = question == text.npos ? std::string() : escaped(text.substr(question + 1));
}

// "user:password@"
void take_user(std::string_view& authority, Url* url) {
  size_t at = authority.rfind('@');
  if (at == authority.npos) return;
  std::string_view user = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  size_t colon = user.find(':');
  url->user = percent_decoded(user.substr(0, colon));
  if (colon != user.npos) url->password = percent_decoded(user.substr(colon + 1));
}

// "/run/app.sock" or "/run/app.sock:/debug/pprof/"
Result<Url> parse_unix(std::string_view text) {
  if (text.starts_with("//")) text.remove_prefix(2);
  Url url;
  size_t colon = text.find(":/");
  url.socket = text.substr(0, colon);
  url.host = "localhost";
  if (url.socket.empty()) return malformed("names no socket: unix:/path/of/socket");
  set_page(colon == text.npos ? std::string_view() : text.substr(colon + 1), &url);
  return url;
}

}  // namespace

bool is_url(std::string_view text) {
  std::string_view rest = text;
  return take_scheme(rest, "http://") || take_scheme(rest, "https://") ||
         take_scheme(rest, "unix:");
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (take_scheme(text, "unix:")) return parse_unix(text);
  if (take_scheme(text, "https://")) {
    url.tls = true;
  } else if (!take_scheme(text, "http://") && text.find("://") != text.npos) {
    return malformed("has a scheme that is not http or https");
  }
  size_t end = text.find_first_of("/?#");
  std::string_view authority = text.substr(0, end);
  take_user(authority, &url);
  if (std::optional<Error> error = parse_host(authority, &url)) return *error;
  set_page(end == text.npos ? std::string_view() : text.substr(end), &url);
  return url;
}

Result<Url> resolve(const Url& from, std::string_view location) {
  std::string_view rest = location;
  if (take_scheme(rest, "http://") || take_scheme(rest, "https://")) return parse_url(location);
  if (location.starts_with("//")) {
    return parse_url(fmt::format("{}:{}", from.tls ? "https" : "http", location));
  }
  Url url = from;
  url.query.clear();
  if (location.starts_with('/')) {
    set_page(location, &url);
  } else if (location.find(':') < location.find_first_of("/?#")) {
    return malformed("has a scheme that is not http or https");
  } else {
    std::string folder = from.path.substr(0, from.path.rfind('/') + 1);
    set_page(folder + std::string(location), &url);
  }
  return url;
}

std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') {
      return part.substr(name.size() + 1);
    }
  }
  return {};
}

std::string Url::authority() const {
  std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port == (tls ? 443 : 80)) return name;
  return fmt::format("{}:{}", name, port);
}

std::string Url::shown() const {
  std::string out = socket.empty() ? fmt::format("{}://{}", tls ? "https" : "http", authority())
                                   : fmt::format("unix:{}:", socket);
  out += path;
  std::string kept;
  for (std::string_view name : {"debug", "gc", "seconds"}) {
    std::string_view value = parameter(query, name);
    if (value.empty() || value.find_first_not_of("0123456789") != value.npos) continue;
    kept += fmt::format("{}{}={}", kept.empty() ? "" : "&", name, value);
  }
  return kept.empty() ? out : out + "?" + kept;
}

Url Url::with(std::string_view other_path, std::string_view other_query) const {
  Url out = *this;
  out.path = other_path;
  out.query = other_query;
  return out;
}

}  // namespace unpark::evidence
