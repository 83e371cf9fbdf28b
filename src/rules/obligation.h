// How a lost obligation is told: the same labels for every rule that finds one.
#pragma once

#include <string>

#include "diag/finding.h"
#include "flow/obligation.h"
#include "rules/context.h"

namespace unpark::rules {

// What the labels call things: "`cancel`" is called, "the body of `resp`" is closed.
struct ObligationWords {
  diag::Argument what;       // `cancel`
  std::string before;        // words before it: "", "the body of "
  std::string without;       // "without calling", "without closing"
  bool in_variable = false;  // `what` is a variable, which can be given another value
};

// Adds the way on which it is lost.
void tell_loss(RuleContext& cx, FunctionId function, const flow::Outcome& outcome,
               const ObligationWords& words, diag::Finding& finding);

// What the function's calls give that somebody has to release: calls `visit` with each, in order.
template <typename Visit>
void for_each_acquisition(RuleContext& cx, const flow::Protocol& protocol, FunctionId function,
                          Visit visit) {
  flow::Facts& facts = cx.facts();
  const Body& body = facts.body(function);
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    ValueId at{i};
    if (body[at].op != Op::kCall) continue;
    std::optional<flow::Acquisition> a = cx.obligations().acquisition(protocol, function, at);
    if (a && facts.of(function).reaches(at)) visit(*a);
  }
}

// The place is in a file of tests.
bool in_test_file(RuleContext& cx, FunctionId function);

}  // namespace unpark::rules
