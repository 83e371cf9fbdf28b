#include "rules/trigger.h"

#include "base/check.h"
#include "syntax/walk.h"

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
      if (trigger->all >> bit & 1) without_[bit] |= rule;
    }
    if (trigger->gives) by_result_ |= rule;
    if (trigger->shows) by_node_ |= rule;
  }
}

void Triggers::select(
    RuleContext& cx, const types::BodySummary& seen,
    std::span<const std::pair<const syntax::Tree*, syntax::Ref<syntax::Node>>> roots,
    std::vector<const Rule*>& out) const {
  Set set = always_;
  for (size_t bit = 0; bit < std::size(by_bit_); bit++) {
    if (seen.has >> bit & 1) set |= by_bit_[bit];
  }
  Set left = by_result_ & ~set;
  for (uint32_t function : seen.functions) {
    if (!left) break;
    types::TypeId type = cx_.objects[types::ObjectId{function}].type;
    if (!type.exists() || !cx_.types.is(type, types::TypeKind::kSignature)) continue;
    for (types::TypeId result : cx_.types.tuple(cx_.types.signature(type).results)) {
      for (size_t r = 0; r < rules_.size(); r++) {
        if (left >> r & 1 && rules_[r]->trigger->gives(cx_, result)) set |= Set{1} << r;
      }
    }
    left &= ~set;
  }
  left = by_node_ & ~set;
  for (const auto& root : roots) {
    const syntax::Tree& tree = *root.first;
    syntax::walk(tree, root.second, [&](syntax::Ref<syntax::Node> n) {
      for (size_t r = 0; r < rules_.size(); r++) {
        if (left >> r & 1 && rules_[r]->trigger->shows(cx, tree, n)) left &= ~(Set{1} << r);
      }
      return left != 0;
    });
  }
  set |= by_node_ & ~left;
  for (size_t bit = 0; bit < std::size(by_bit_); bit++) {
    if (!(seen.has >> bit & 1)) set &= ~without_[bit];
  }
  out.clear();
  for (size_t r = 0; r < rules_.size(); r++) {
    if (set >> r & 1) out.push_back(rules_[r]);
  }
}

}  // namespace unpark::rules
