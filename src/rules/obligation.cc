#include "rules/obligation.h"

namespace unpark::rules {

void tell_loss(RuleContext& cx, FunctionId function, const flow::Outcome& outcome,
               const ObligationWords& words, diag::Finding& finding) {
  const Body& body = cx.facts().body(function);
  if (outcome.idle_store.exists()) {
    finding.labels.push_back(
        {cx.place(function, outcome.idle_store),
         diag::Message("stored here, in a field that nothing in the package ever uses")});
  }
  if (outcome.overwritten_by.exists() && words.in_variable) {
    finding.labels.push_back(
        {cx.place(function, outcome.overwritten_by),
         diag::Message("{0} gets another value here, and the first is lost", words.what)});
  }
  if (outcome.branch.exists()) {
    ValueId condition = body.operands(body.terminator(outcome.branch.from))[0];
    bool taken = outcome.branch.succ == 0;
    if (body.file_of(condition).exists()) {
      finding.labels.push_back(
          {cx.place(function, condition),
           diag::Message("on the way where this is {0}", diag::Words{taken ? "true" : "false"})});
    }
  }
  std::string without = " " + words.without + " " + words.before + "{0}";
  if (outcome.how == flow::Outcome::kGoesRound) {
    ValueId at = outcome.jump.exists() ? outcome.jump : outcome.path.end;
    finding.labels.push_back(
        {cx.place(function, at), diag::Message("the loop continues here" + without, words.what)});
  } else {
    finding.labels.push_back({cx.place(function, outcome.path.end),
                              diag::Message("returns here" + without, words.what)});
  }
}

bool in_test_file(RuleContext& cx, FunctionId function) {
  const ssa::Function& f = cx.program()[cx.declared(function)];
  const types::Package& package = cx.types().package(cx.program().types().unit(f.unit).package);
  return f.file_index < package.files.size() &&
         package.files[f.file_index].path.ends_with("_test.go");
}

}  // namespace unpark::rules
