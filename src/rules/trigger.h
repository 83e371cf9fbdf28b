// Which rules are worth calling for a function: what the type checker saw in it
// (types::BodySummary) against what the rules wait for (Rule::trigger). A function that concerns no
// rule is not even lowered to SSA, unless another one asks for its body.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <span>
#include <vector>

#include "rules/rule.h"
#include "types/program.h"

namespace unpark::rules {

class Triggers {
 public:
  // With `ignore`, every rule is worth calling for every function: for tests.
  Triggers(types::Program& program, std::span<const Rule* const> rules, bool ignore);

  // Those of the rules, in their order, that a body with this in it concerns.
  void select(const types::BodySummary& seen, std::vector<const Rule*>& out) const;

 private:
  using Set = uint64_t;  // of rules, by place in rules_
  static constexpr size_t kMaxRules = 64;

  types::Context& cx_;
  std::vector<const Rule*> rules_;
  Set always_ = 0;
  Set by_bit_[16] = {};
  absl::flat_hash_map<types::NameId, Set> by_name_;
};

}  // namespace unpark::rules
