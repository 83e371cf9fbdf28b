// Globs: patterns of names, in which `*` stands for any text.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/signature.h"

namespace unpark::diagnose {

// Whether `*` in `pattern` can stand for texts that make it `text`. Linear but for the stars.
bool matches_glob(std::string_view pattern, std::string_view text);

// Many globs against the functions of many stacks: what a function matches is found out once, and
// most match nothing.
class FunctionGlobs {
 public:
  explicit FunctionGlobs(Signatures& signatures) : signatures_(signatures) {}

  // Its number, equal for equal texts. All are added before the first question.
  uint32_t add(std::string_view glob);

  // The numbers of the globs that the function's canonical name matches, in order.
  std::span<const uint32_t> of(uint32_t function);
  bool matches(uint32_t function, uint32_t glob);

  // Looks at all frames of a stack; then `some_matches` says whether one of them does.
  void look_at(evidence::StackId stack);
  bool some_matches(uint32_t glob) const { return seen_[glob]; }

 private:
  struct Range {
    bool known = false;
    uint32_t first = 0, count = 0;  // of matches_
  };
  void match(const Function& function, Range& range);

  Signatures& signatures_;
  std::vector<std::string> globs_;
  std::array<std::vector<uint32_t>, 256> by_first_;  // globs that begin with no star
  std::vector<uint32_t> by_any_;                     // and the others
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<Range> of_function_;
  std::vector<uint32_t> matches_;
  std::vector<bool> seen_;        // for each glob, in the stack looked at
  std::vector<uint32_t> marked_;  // in seen_
};

}  // namespace unpark::diagnose
