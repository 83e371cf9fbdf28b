#include "load/version.h"

#include <algorithm>

namespace unpark::load {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Cuts a decimal number without leading zeros off the front; empty when there is none.
std::string_view cut_number(std::string_view& text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) n++;
  if (n == 0 || (n > 1 && text[0] == '0')) return {};
  std::string_view number = text.substr(0, n);
  text.remove_prefix(n);
  return number;
}

int sign(int order) { return (order > 0) - (order < 0); }

// Decimal numbers of any length without leading zeros; an absent one is less than zero.
int compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return sign(a.compare(b));
}

struct GoVersion {
  std::string_view major, minor, patch, kind, pre;
};

std::optional<GoVersion> parse_go(std::string_view text) {
  GoVersion v;
  v.major = cut_number(text);
  if (v.major.empty()) return std::nullopt;
  if (text.empty()) {
    v.minor = v.patch = "0";
    return v;
  }
  if (text[0] != '.') return std::nullopt;
  text.remove_prefix(1);
  v.minor = cut_number(text);
  if (v.minor.empty()) return std::nullopt;
  if (text.empty()) {
    // Before Go 1.21 the first release of a line had no patch number.
    if (compare_numbers(v.minor, "21") < 0) v.patch = "0";
    return v;
  }
  if (text[0] == '.') {
    text.remove_prefix(1);
    v.patch = cut_number(text);
    if (v.patch.empty() || !text.empty()) return std::nullopt;
    return v;
  }
  size_t letters = 0;
  while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') letters++;
  if (letters == 0) return std::nullopt;
  v.kind = text.substr(0, letters);
  text.remove_prefix(letters);
  if (text.empty()) return v;
  v.pre = cut_number(text);
  if (v.pre.empty() || !text.empty()) return std::nullopt;
  return v;
}

struct Semver {
  std::string_view major, minor, patch, pre, build;
  bool complete = false;
};

bool is_ident_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

// Cuts "-a.b" or "+a.b" off the front. Numeric parts of a prerelease have no leading zeros.
bool cut_idents(std::string_view& text, bool prerelease, std::string_view& out) {
  size_t i = 1;
  size_t start = 1;
  auto good = [&](size_t end) {
    std::string_view part = text.substr(start, end - start);
    if (part.empty()) return false;
    bool number = std::all_of(part.begin(), part.end(), is_digit);
    return !(prerelease && number && part.size() > 1 && part[0] == '0');
  };
  while (i < text.size() && (is_ident_char(text[i]) || text[i] == '.')) {
    if (text[i] == '.') {
      if (!good(i)) return false;
      start = i + 1;
    }
    i++;
  }
  if (!good(i)) return false;
  out = text.substr(0, i);
  text.remove_prefix(i);
  return true;
}

std::optional<Semver> parse_semver(std::string_view text) {
  if (text.empty() || text[0] != 'v') return std::nullopt;
  text.remove_prefix(1);
  Semver v;
  v.major = cut_number(text);
  if (v.major.empty()) return std::nullopt;
  v.minor = v.patch = "0";
  if (text.empty()) return v;
  if (text[0] != '.') return std::nullopt;
  text.remove_prefix(1);
  v.minor = cut_number(text);
  if (v.minor.empty()) return std::nullopt;
  if (text.empty()) return v;
  if (text[0] != '.') return std::nullopt;
  text.remove_prefix(1);
  v.patch = cut_number(text);
  if (v.patch.empty()) return std::nullopt;
  v.complete = true;
  if (!text.empty() && text[0] == '-' && !cut_idents(text, true, v.pre)) return std::nullopt;
  if (!text.empty() && text[0] == '+' && !cut_idents(text, false, v.build)) return std::nullopt;
  if (!text.empty()) return std::nullopt;
  return v;
}

std::string_view next_ident(std::string_view& text) {
  size_t dot = text.find('.');
  std::string_view ident = text.substr(0, dot);
  text = dot == text.npos ? std::string_view() : text.substr(dot + 1);
  return ident;
}

int compare_prereleases(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (a.empty()) return 1;
  if (b.empty()) return -1;
  a.remove_prefix(1);
  b.remove_prefix(1);
  while (!a.empty() && !b.empty()) {
    std::string_view x = next_ident(a);
    std::string_view y = next_ident(b);
    if (x == y) continue;
    bool x_number = std::all_of(x.begin(), x.end(), is_digit);
    bool y_number = std::all_of(y.begin(), y.end(), is_digit);
    if (x_number != y_number) return x_number ? -1 : 1;
    return x_number ? compare_numbers(x, y) : sign(x.compare(y));
  }
  return a.empty() ? (b.empty() ? 0 : -1) : 1;
}

}  // namespace

int compare_go_versions(std::string_view a, std::string_view b) {
  std::optional<GoVersion> x = parse_go(a);
  std::optional<GoVersion> y = parse_go(b);
  if (!x || !y) return static_cast<int>(x.has_value()) - static_cast<int>(y.has_value());
  if (int c = compare_numbers(x->major, y->major)) return c;
  if (int c = compare_numbers(x->minor, y->minor)) return c;
  if (int c = compare_numbers(x->patch, y->patch)) return c;
  if (int c = sign(x->kind.compare(y->kind))) return c;
  return compare_numbers(x->pre, y->pre);
}

bool is_go_version(std::string_view text) { return parse_go(text).has_value(); }

std::optional<LangVersion> lang_of(std::string_view go_version) {
  std::optional<GoVersion> v = parse_go(go_version);
  if (!v || v->major.size() > 4 || v->minor.size() > 4) return std::nullopt;
  auto number = [](std::string_view digits) {
    uint16_t n = 0;
    for (char c : digits) n = static_cast<uint16_t>(n * 10 + (c - '0'));
    return n;
  };
  return LangVersion{number(v->major), number(v->minor)};
}

std::string to_string(LangVersion lang) {
  return std::to_string(lang.major) + "." + std::to_string(lang.minor);
}

bool is_semver(std::string_view version) { return parse_semver(version).has_value(); }

bool is_canonical_semver(std::string_view version) {
  std::optional<Semver> v = parse_semver(version);
  return v && v->complete && (v->build.empty() || v->build == "+incompatible");
}

int compare_semver(std::string_view a, std::string_view b) {
  std::optional<Semver> x = parse_semver(a);
  std::optional<Semver> y = parse_semver(b);
  if (!x || !y) return static_cast<int>(x.has_value()) - static_cast<int>(y.has_value());
  if (int c = compare_numbers(x->major, y->major)) return c;
  if (int c = compare_numbers(x->minor, y->minor)) return c;
  if (int c = compare_numbers(x->patch, y->patch)) return c;
  return compare_prereleases(x->pre, y->pre);
}

}  // namespace unpark::load
