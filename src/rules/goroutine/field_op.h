// What the rules about orphan channels and loops say of the channels of a field; see
// flow::FieldChannels.
#pragma once

#include <string>

#include "flow/lifetime.h"
#include "rules/context.h"

namespace unpark::rules {

// An operation on the channels of a field, and where to speak of it: there, unless it stands in a
// function that others call, too; then where that is given the channel.
struct FieldOp {
  const flow::FieldChannels* field = nullptr;
  const flow::ChannelOp* op = nullptr;
  FunctionId function;
  ValueId at;
  std::string name;

  bool handed_on() const { return function != op->function || at != op->at; }
};

// Where to speak of an operation on a channel that one function makes and holds in a field, when
// `hopeless` holds of all that the package does with the field: then the fault is not that of the
// one function.
enum class FieldFault : uint8_t {
  kNo,    // it is, or another function that does the same is spoken of here
  kHere,  // at the operation
  kSaid,  // it is among what is said of the field
};

FieldFault fault_of_field(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op,
                          bool (*hopeless)(const flow::FieldChannels&));

FieldOp field_op(RuleContext& cx, const flow::FieldChannels& field, const flow::ChannelOp& op);

// Neither the function nor all that makes such channels is in test files: what is made for a test
// need not work.
bool outside_tests(RuleContext& cx, const FieldOp& op);

// How often what the operation stands in begins to run.
flow::Lifetime lifetime(RuleContext& cx, const FieldOp& op);

// Says where the channels are made (`text` takes their name), and where the operation is when the
// finding is elsewhere.
void label_field(RuleContext& cx, diag::Finding& finding, const FieldOp& op,
                 const std::string& text, const std::string& there);

}  // namespace unpark::rules
