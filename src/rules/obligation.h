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

// The place is in a file of tests.
bool in_test_file(RuleContext& cx, FunctionId function);

}  // namespace unpark::rules
