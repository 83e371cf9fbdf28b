#include "rules/trigger.h"

#include "base/check.h"

namespace unpark::rules {

Triggers::Triggers(types::Program& program, std::span<const Rule* const> rules, bool ignore)
    : cx_(program.context()), rules_(rules.begin(), rules.end()) {
  UNPARK_CHECK(rules.size() <= kMaxRules, "more rules than bits");
  for (size_t r = 0; r < rules_.size(); r++) {
    Set rule = Set{1} << r;
    const std::optional<Trigger>& trigger = rules_[r]->trigger;
    if (!trigger || ignore) {
      always_ |= rule;
      continue;
    }
    for (size_t bit = 0; bit < std::size(by_bit_); bit++) {
      if (trigger->has >> bit & 1) by_bit_[bit] |= rule;
    }
    for (std::string_view name : trigger->functions) by_name_[cx_.names.intern(name)] |= rule;
  }
}

void Triggers::select(const types::BodySummary& seen, std::vector<const Rule*>& out) const {
  Set set = always_;
  for (size_t bit = 0; bit < std::size(by_bit_); bit++) {
    if (seen.has >> bit & 1) set |= by_bit_[bit];
  }
  if (!by_name_.empty()) {
    for (uint32_t function : seen.functions) {
      auto it = by_name_.find(cx_.objects[types::ObjectId{function}].name);
      if (it != by_name_.end()) set |= it->second;
    }
  }
  out.clear();
  for (size_t r = 0; r < rules_.size(); r++) {
    if (set >> r & 1) out.push_back(rules_[r]);
  }
}

}  // namespace unpark::rules
