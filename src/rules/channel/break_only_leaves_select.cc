// Reports breaks that leave a select or a switch where the loop around it was meant; which ones
// those are is told in lost_break.cc.
//
// An error where it is certain what happens: the context stays done and the channel stays closed,
// so the select chooses the same case over and over. A warning where the signal may come once and
// be forgotten.
#include "rules/channel/lost_break.h"
#include "rules/context.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP2007",
    .name = "break-only-leaves-select",
    .family = Family::kChannel,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a break that leaves a select or switch where the loop around it was meant",
    .why =
        "In a case of a select or switch, `break` without a label ends the select or switch. The "
        "loop around it goes round again, so a goroutine that was told to stop does not; and if "
        "the "
        "signal stays, as that of a closed channel or of a context that is done does, the loop "
        "chooses the same case again and again and occupies a processor.",
    .advice = "",
    .dump =
        "goroutine state `select` or `runnable` at the select, long after it was told to end; in a "
        "CPU profile, time in `runtime.selectgo` below the function",
};

std::string_view story(LostBreak::Signal signal) {
  switch (signal) {
    case LostBreak::kContext:
      return "{0} stays ready once it is: the loop chooses this case again and again";
    case LostBreak::kClosed:
      return "a receive from {0} is ready at once when {0} is closed: the loop chooses this case "
             "again and again";
    case LostBreak::kDeadline:
      return "{0} fires once; after that the loop waits without a time limit";
    case LostBreak::kQuit:
    case LostBreak::kFailure:
    case LostBreak::kWord:
      return "";
  }
  return "";
}

void check(RuleContext& cx, FunctionId function) {
  for (const LostBreak& b : lost_breaks(cx, function)) {
    diag::Finding& f = cx.report(kInfo, function, b.at, "break", b.ordinal);
    diag::Words choice{b.select ? "select" : "switch"};
    // Told to end in a loop that cannot end: what else should the break do?
    bool told = b.signal == LostBreak::kQuit && b.select && b.endless;
    bool certain = told || b.signal == LostBreak::kContext || b.signal == LostBreak::kClosed;
    if (!certain) {
      f.severity = diag::Severity::kWarning;
      f.confidence = diag::Confidence::kMedium;
    }
    f.message = b.endless
                    ? diag::Message("{0} leaves the {1}, not the loop, which nothing else ends",
                                    diag::Code{"break"}, choice)
                    : diag::Message("{0} leaves the {1}, not the loop, which goes on",
                                    diag::Code{"break"}, choice);
    f.labels.push_back({b.loop, diag::Message("this loop goes round again")});
    if (std::string_view words = story(b.signal); !words.empty()) {
      f.notes.push_back(diag::Message(std::string(words), diag::Code{b.what}));
    }
    f.advice = b.last ? diag::Message("leave the loop with {0}", diag::Code{"return"})
                      : diag::Message("give the loop a label and leave it with {0}",
                                      diag::Code{"break LABEL"});
  }
}

}  // namespace

Rule break_only_leaves_select() {
  // A switch counts only in a loop that has no end.
  return {&kInfo, check,
          Trigger{.has = types::BodySummary::kSelect | types::BodySummary::kEndlessFor,
                  .all = types::BodySummary::kBreak}};
}

}  // namespace unpark::rules
