#include "rules/goroutine/dead_select.h"

#include <algorithm>

namespace unpark::rules {

bool dead_select(RuleContext& cx, FunctionId function, const flow::ChannelOp& op, Orphan orphan) {
  const Value& select = cx.facts().body(op.function)[op.at];
  if (!select.is(Value::kBlocking)) return false;
  std::vector<bool> dead(select.operand_count / 2);
  for (const flow::ChannelFacts& c : cx.channels(function)) {
    if (!orphan(c)) continue;
    for (const flow::ChannelOp& other : c.ops) {
      if (other.kind == op.kind && other.function == op.function && other.at == op.at &&
          other.select_case >= 0) {
        dead[static_cast<size_t>(other.select_case)] = true;
      }
    }
  }
  return std::find(dead.begin(), dead.end(), false) == dead.end();
}

void label_other_cases(RuleContext& cx, diag::Finding& finding, const flow::ChannelFacts& reported,
                       const flow::ChannelOp& op, const std::string& text) {
  for (const flow::ChannelFacts& c : cx.channels(reported.maker)) {
    bool here =
        c.made != reported.made && std::any_of(c.ops.begin(), c.ops.end(), [&](const auto& o) {
          return o.function == op.function && o.at == op.at;
        });
    if (!here) continue;
    std::string name = cx.name_of_made(c.maker, c.made, "channel");
    finding.labels.push_back({cx.place(c.maker, c.made), diag::Message(text, diag::Code{name})});
  }
}

}  // namespace unpark::rules
