// Selects that wait only for channels nobody will ever meet them on; shared by the rules for orphan
// receives and sends.
#pragma once

#include <string>

#include "rules/context.h"

namespace unpark::rules {

// Whether nothing ever answers an operation on this channel.
using Orphan = bool (*)(const flow::ChannelFacts&);

// The select at `op` has no default, and each of its cases does `op.kind` on an orphan of
// `function`.
bool dead_select(RuleContext& cx, FunctionId function, const flow::ChannelOp& op, Orphan orphan);

// Labels where the other channels of such a select are made; `text` takes the channel's name.
void label_other_cases(RuleContext& cx, diag::Finding& finding, const flow::ChannelFacts& reported,
                       const flow::ChannelOp& op, const std::string& text);

}  // namespace unpark::rules
