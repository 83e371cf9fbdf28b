// Package patterns and import paths (https://pkg.go.dev/cmd/go#hdr-Package_lists_and_patterns).
#pragma once

#include <string>
#include <string_view>

namespace unpark::load {

// A pattern with "..." against import paths or directories. A final "/..." also matches nothing,
// and
// "..." reaches into a directory named vendor only when the pattern names one.
class Pattern {
 public:
  explicit Pattern(std::string text);
  bool matches(std::string_view name) const;
  // Whether something below the directory `name` could match.
  bool can_match_below(std::string_view name) const;

 private:
  std::string text_;    // with vendor elements marked
  std::string prefix_;  // up to the first "..."
  bool wild_ = false;
  bool final_dots_ = false;   // ends in "/..."
  bool vendor_dots_ = false;  // ends in "/vendor/..."
};

// "./x", "../x", ".", "..", or an absolute path.
bool is_local_pattern(std::string_view pattern);
// The first element has no dot: reserved for the standard library.
bool is_std_import_path(std::string_view path);
// Letters, digits and -._~+ in non-empty elements that are not all dots.
bool is_valid_import_path(std::string_view path);
// Elements of `prefix` are the first elements of `path`.
bool has_path_prefix(std::string_view path, std::string_view prefix);
// Joins two slash-separated paths, either of which may be empty.
std::string join_import_path(std::string_view a, std::string_view b);

}  // namespace unpark::load
