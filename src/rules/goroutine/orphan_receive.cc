// Finds receives that nothing can ever wake: the channel is made here, everything that is done with it
// is seen, and nobody sends on it or closes it.
//
// Needs a closed world (flow/track.h): a channel that somebody else can reach is left alone. A select
// counts only when it has no other alternative.
#include "rules/context.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP1003",
    .name = "orphan-receive",
    .family = Family::kGoroutine,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a goroutine waits on a channel that nothing can send to or close",
    .why = "The receive parks the goroutine, and no code that can reach the channel ever sends a value "
           "or closes it. The goroutine, its stack and all it refers to stay until the process ends; "
           "one more with each call.",
    .advice = "close the channel, or send on it, on every path; or remove the wait",
    .dump = "goroutine state `chan receive` (or `chan receive (nil chan)` never), at the receive",
};

void check(RuleContext& cx, FunctionId function) {
  for (const flow::ChannelFacts& c : cx.channels(function)) {
    if (!c.closed_world()) continue;
    if (c.count(flow::ChannelOpKind::kSend) || c.count(flow::ChannelOpKind::kClose)) continue;
    for (const flow::ChannelOp& op : c.ops) {
      if (op.kind != flow::ChannelOpKind::kReceive || op.can_leave || op.thread == 0) continue;
      if (op.thread == flow::Context::kUnknownThread) continue;
      std::string name = cx.name_of_made(function, c.made, "channel");
      FunctionId at_function = op.function;
      ValueId at = op.at;
      // In a function that others call too, the fault is where the goroutine is started.
      const flow::Context& start = c.tracked.contexts[c.tracked.threads[op.thread].context];
      bool elsewhere = cx.declared(op.function) != cx.declared(function);
      if (elsewhere) {
        at_function = start.caller;
        at = start.at;
      }
      diag::Finding& f = cx.report(kInfo, at_function, at, elsewhere ? "go" : "recv");
      f.message = diag::Message("goroutine waits on {0}, but nothing can ever send to or close it",
                                diag::Code{name});
      f.labels.push_back({cx.place(function, c.made),
                          diag::Message("{0} made here, with no sender and no close",
                                        diag::Code{name})});
      if (elsewhere) {
        f.labels.push_back({cx.place(op.function, op.at),
                            diag::Message("{0} received from here", diag::Code{name})});
      }
      break;  // one finding for one channel
    }
  }
}

}  // namespace

Rule orphan_receive() { return {&kInfo, check}; }

}  // namespace unpark::rules
