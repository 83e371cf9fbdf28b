// What the rules about channels say of one that a call gives (flow::ChannelFacts::by_call).
#pragma once

#include <string>

#include "flow/lifetime.h"
#include "rules/context.h"

namespace unpark::rules {

// Where a finding about an operation on it is said: at the operation, when that is in the function
// with the call, or when this call is all that the callee is there for; otherwise others may use
// what the callee gives as it should be, and the fault is that of the call.
struct SaidAt {
  FunctionId function;
  ValueId at;
  bool at_call = false;
  bool in_callee = false;
};

SaidAt said_at(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op);

// The variable that the call's result is put in, else the one that the callee knows it by.
std::string name_of_called(RuleContext& cx, const flow::ChannelFacts& c);

// Says where the channel is made (`text` takes its name), and which call or operation is meant
// where the finding is not there.
void label_called(RuleContext& cx, diag::Finding& finding, const flow::ChannelFacts& c,
                  const flow::ChannelOp& op, const SaidAt& said, const std::string& text,
                  const std::string& there);

// Whether that call comes once in the process, or in a test: goroutines that stay behind do not add
// up.
bool called_once(RuleContext& cx, const flow::ChannelFacts& c);

// The callee starts the goroutine that does `op` whenever it makes the channel.
bool callee_starts(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op);

// The goroutine cannot end without the send: nothing it asks leads around it, but for a loop that
// sends and may turn zero times. Otherwise what this use of the callee makes of it may be that it
// never sends.
bool surely_sends(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op);

// For Trigger::gives.
bool is_channel(types::Context& cx, types::TypeId type);

}  // namespace unpark::rules
