// Which rules are worth calling for a function: what the type checker saw in it
// (types::BodySummary) against what the rules wait for (Rule::trigger). A function that concerns no
// rule is not even lowered to SSA, unless another one asks for its body.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "rules/rule.h"
#include "types/program.h"

namespace unpark::rules {

class Triggers {
 public:
  // With `ignore`, every rule is worth calling for every function: for tests.
  Triggers(types::Program& program, std::span<const Rule* const> rules, bool ignore);

  // Those of the rules, in their order, that a function concerns; `roots`: its syntax.
  void select(RuleContext& cx, const types::BodySummary& seen,
              std::span<const std::pair<const syntax::Tree*, syntax::Ref<syntax::Node>>> roots,
              std::vector<const Rule*>& out) const;

 private:
  using Set = uint64_t;  // of rules, by place in rules_
  static constexpr size_t kMaxRules = 64;

  types::Context& cx_;
  std::vector<const Rule*> rules_;
  Set always_ = 0;
  Set by_bit_[16] = {};   // that a bit is enough for
  Set without_[16] = {};  // that a bit is needed for
  Set by_result_ = 0;     // that have Trigger::gives
  Set by_node_ = 0;       // that have Trigger::shows
};

}  // namespace unpark::rules
