// Build constraints: `//go:build` expressions and the older `// +build` lines
// (https://pkg.go.dev/cmd/go#hdr-Build_constraints).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unpark::load {

// An expression over tags. Nodes stand behind their operands; the last one is the root.
class Constraint {
 public:
  enum class Op : uint8_t { kTag, kNot, kAnd, kOr };
  struct Node {
    Op op;
    uint32_t x = 0, y = 0;
    std::string tag;
  };

  bool empty() const { return nodes_.empty(); }
  // An empty constraint holds.
  bool holds(const std::function<bool(std::string_view)>& tag) const;
  // The least N for which go1.N follows from the expression, taking every tag and its opposite as
  // possible; none when no release follows.
  std::optional<uint32_t> min_go_minor() const;

  uint32_t add(Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }

 private:
  std::vector<Node> nodes_;
};

// The expression behind "//go:build". At most 1000 operators and tags.
base::Result<Constraint> parse_go_build(std::string_view expression);
// The terms behind "// +build"; terms that cannot be understood count as the tag "ignore".
Constraint parse_plus_build(std::string_view terms);

// The constraints in a file's text before its package clause.
struct FileConstraints {
  std::vector<Constraint> all;           // all must hold
  std::optional<uint32_t> min_go_minor;  // from the //go:build line
  std::string error;                     // what is wrong with the //go:build line
};

// Reads the comments at the top of a Go file (or of an assembly file).
FileConstraints read_constraints(std::string_view text);

}  // namespace unpark::load
