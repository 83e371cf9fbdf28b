// Taking names apart needs no table: an import path holds none of "([{ ", so its last element
// begins behind the last slash before the first of these, and dots in that element are escaped, so
// the first dot there ends the package. What comes after is a matter of the compiler's habits.
#include "evidence/function_name.h"

#include <algorithm>
#include <array>

namespace unpark::evidence {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Where the bracket that opens at `at` closes, or npos. Struct tags inside type arguments are
// quoted, and hold what they like.
size_t closing(std::string_view text, size_t at) {
  int depth = 0;
  for (size_t i = at; i < text.size(); i++) {
    switch (text[i]) {
      case '"':
        for (i++; i < text.size() && text[i] != '"'; i++) {
          if (text[i] == '\\') i++;
        }
        break;
      case '(':
      case '[':
      case '{':
        depth++;
        break;
      case ')':
      case ']':
      case '}':
        if (--depth == 0) return i;
        break;
    }
  }
  return std::string_view::npos;
}

// Length of the number that ends `text`.
size_t digits_at_end(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[text.size() - 1 - n])) n++;
  return n;
}

// "func1", "gowrap2", "7", "init": no name of a method, but of something inside a function.
bool names_a_literal(std::string_view part) {
  part = part.substr(0, part.find('-'));
  size_t digits = digits_at_end(part);
  std::string_view word = part.substr(0, part.size() - digits);
  if (digits == 0) return false;
  return word.empty() || word == "func" || word == "gowrap" || word == "deferwrap";
}

// The first part of "a.b.c", with the brackets of its type arguments.
std::string_view first_part(std::string_view text) {
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '.') return text.substr(0, i);
    if (text[i] == '[') {
      i = closing(text, i);
      if (i == text.npos) break;
    }
  }
  return text;
}

void append_unescaped(std::string_view text, std::string* out) {
  auto hex = [](char c) {
    if (is_digit(c)) return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.find('%') == text.npos) {
    out->append(text);
    return;
  }
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out->push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else {
      out->push_back(text[i]);
    }
  }
}

// With every list of type arguments as "[...]".
void append_generic(std::string_view text, std::string* out) {
  if (text.find('[') == text.npos) {
    out->append(text);
    return;
  }
  for (size_t i = 0; i < text.size(); i++) {
    size_t end = text[i] == '[' ? closing(text, i) : text.npos;
    if (end == text.npos) {
      out->push_back(text[i]);
    } else {
      out->append("[...]");
      i = end;
    }
  }
}

bool strip_suffix(std::string_view* text, std::string_view suffix) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

// Without what the compiler appends for its wrappers: "-fm" of method values, ".gowrap1" and
// ".deferwrap1" of calls with arguments ("·dwrap·1" in Go 1.17).
std::string_view without_wrappers(std::string_view rest) {
  for (;;) {
    if (strip_suffix(&rest, "-fm")) continue;
    std::string_view word = rest.substr(0, rest.size() - digits_at_end(rest));
    if (word.size() == rest.size()) return rest;
    if (!strip_suffix(&word, ".gowrap") && !strip_suffix(&word, ".deferwrap") &&
        !strip_suffix(&word, "·dwrap·")) {
      return rest;
    }
    rest = word;
  }
}

std::string_view first_element(std::string_view path) { return path.substr(0, path.find('/')); }

}  // namespace

FunctionName split(std::string_view name) {
  FunctionName out;
  size_t path_end = std::min(name.find_first_of("([{ "), name.size());
  size_t slash = name.substr(0, path_end).rfind('/');
  size_t dot = name.find('.', slash == name.npos ? 0 : slash);
  // Of C functions, the assembler's entry points and what the linker makes for types, no package is
  // known.
  if (dot == name.npos || dot > path_end || name.starts_with("type:") ||
      name.starts_with("type..") || name.starts_with("go:")) {
    out.rest = name;
    return out;
  }
  out.package = name.substr(0, dot);
  out.rest = name.substr(dot + 1);
  if (out.rest.starts_with('(')) {
    size_t end = closing(out.rest, 0);
    if (end != out.rest.npos && end + 1 < out.rest.size() && out.rest[end + 1] == '.') {
      out.receiver = out.rest.substr(0, end + 1);
      out.rest.remove_prefix(end + 2);
    }
    return out;
  }
  std::string_view first = first_part(out.rest);
  if (first.empty() || first == "init" || first.size() == out.rest.size()) return out;
  std::string_view behind = out.rest.substr(first.size() + 1);
  std::string_view second = first_part(behind);
  // A function inside a function, which may be one that was inlined into itself.
  if (second.empty() || names_a_literal(second) || second == first) return out;
  out.receiver = first;
  out.rest = behind;
  return out;
}

std::string canonical(std::string_view name) {
  if (name == "runtime.gopanic") return "panic";
  FunctionName parts = split(name);
  std::string out;
  out.reserve(name.size());
  if (!parts.package.empty()) {
    append_unescaped(parts.package, &out);
    out.push_back('.');
  }
  if (!parts.receiver.empty()) {
    append_generic(parts.receiver, &out);
    out.push_back('.');
  }
  std::string_view rest = without_wrappers(parts.rest);
  if (rest.starts_with("glob..")) {
    out.append("init.");
    rest.remove_prefix(6);
  }
  append_generic(rest, &out);
  return out;
}

std::string package_of(std::string_view name) {
  std::string out;
  append_unescaped(split(name).package, &out);
  return out;
}

bool is_runtime(std::string_view name) {
  if (name == "panic") return true;
  std::string_view package = split(name).package;
  if (package == "runtime" || package.starts_with("runtime/internal/") ||
      package.starts_with("internal/runtime/")) {
    return true;
  }
  constexpr std::array<std::string_view, 12> kParts = {
      "internal/abi",         "internal/asan",           "internal/bytealg",
      "internal/chacha8rand", "internal/coverage/rtcov", "internal/cpu",
      "internal/goarch",      "internal/goexperiment",   "internal/goos",
      "internal/msan",        "internal/profilerecord",  "internal/stringslite"};
  return std::find(kParts.begin(), kParts.end(), package) != kParts.end();
}

bool is_standard(std::string_view name) {
  if (name == "panic") return true;
  std::string_view package = split(name).package;
  std::string_view first = first_element(package);
  if (first.find('.') != first.npos || first.find("%2e") != first.npos) return false;
  // "_" stands before packages outside of any root, "plugin/unnamed-" before plugins.
  return !first.empty() && first != "main" && first != "command-line-arguments" && first != "_" &&
         !package.starts_with("plugin/unnamed-");
}

}  // namespace unpark::evidence
