#include "load/pattern.h"

#include <algorithm>
#include <vector>

namespace unpark::load {

namespace {

constexpr char kVendor = '\0';

// Marks "vendor" elements, except a last one, by a byte that no path holds.
std::string mark_vendor(std::string_view path) {
  std::string out;
  while (true) {
    size_t slash = path.find('/');
    std::string_view element = path.substr(0, slash);
    if (slash == path.npos) {
      out += element;
      return out;
    }
    if (element == "vendor") {
      out += kVendor;
    } else {
      out += element;
    }
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

// `pattern` with "..." for any text without a vendor mark. Greedy with one point to come back to,
// the usual way for a pattern of stars: linear in practice, the product of the lengths at worst.
bool glob(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0;
  size_t star_p = pattern.npos, star_n = 0;
  while (true) {
    if (pattern.substr(p).starts_with("...")) {
      p += 3;
      star_p = p;
      star_n = n;
      continue;
    }
    if (p == pattern.size() && n == name.size()) return true;
    if (p < pattern.size() && n < name.size() && pattern[p] == name[n]) {
      p++;
      n++;
      continue;
    }
    if (star_p == pattern.npos || star_n >= name.size() || name[star_n] == kVendor) return false;
    n = ++star_n;
    p = star_p;
  }
}

}  // namespace

Pattern::Pattern(std::string text) {
  size_t dots = text.find("...");
  wild_ = dots != text.npos;
  prefix_ = text.substr(0, dots);
  text_ = mark_vendor(text);
  constexpr std::string_view kVendorDots("/\0/...", 6);
  if (text_.ends_with(kVendorDots) || text_ == kVendorDots.substr(1)) {
    vendor_dots_ = true;
  } else if (text_.ends_with("/...")) {
    final_dots_ = true;
  }
}

bool Pattern::matches(std::string_view name) const {
  if (name.find(kVendor) != name.npos) return false;
  std::string marked = mark_vendor(name);
  if (glob(text_, marked)) return true;
  if (final_dots_) return glob(std::string_view(text_).substr(0, text_.size() - 4), marked);
  if (vendor_dots_) {
    return glob(text_.substr(0, text_.size() - 5) + "vendor", marked);
  }
  return false;
}

bool Pattern::can_match_below(std::string_view name) const {
  if (name.size() <= prefix_.size() && has_path_prefix(prefix_, name)) return true;
  return wild_ && name.starts_with(prefix_);
}

bool is_local_pattern(std::string_view p) {
  return p == "." || p == ".." || p.starts_with("./") || p.starts_with("../") || p.starts_with("/");
}

bool is_std_import_path(std::string_view path) {
  std::string_view first = path.substr(0, path.find('/'));
  return first.find('.') == first.npos;
}

bool is_valid_import_path(std::string_view path) {
  if (path.empty() || path[0] == '-' || path[0] == '/' || path.back() == '/') return false;
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view element = path.substr(0, slash);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    if (element.empty() || element.back() == '.') return false;
    for (char c : element) {
      bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || c == '~' || c == '+';
      if (!good) return false;
    }
  }
  return true;
}

bool has_path_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return true;
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

std::string join_import_path(std::string_view a, std::string_view b) {
  if (a.empty()) return std::string(b);
  if (b.empty()) return std::string(a);
  return std::string(a) + "/" + std::string(b);
}

}  // namespace unpark::load
