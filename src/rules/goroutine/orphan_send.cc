// Finds sends that nobody will ever receive: the channel is made here, everything that is done with it
// is seen, nobody receives from it, and its buffer does not hold all that is sent.
//
// Needs a closed world (flow/track.h) and a constant capacity. A select counts only when it has no other
// alternative.
#include "rules/context.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP1004",
    .name = "orphan-send",
    .family = Family::kGoroutine,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a goroutine sends on a channel that nobody receives from",
    .why = "A send on a channel without room parks the goroutine until somebody receives. Nobody who can "
           "reach this channel does, so the goroutine and all it refers to stay until the process ends.",
    .advice = "receive the value, or make the channel's buffer as large as the number of sends",
    .dump = "goroutine state `chan send`, at the send",
};

void check(RuleContext& cx, FunctionId function) {
  for (const flow::ChannelFacts& c : cx.channels(function)) {
    if (!c.closed_world() || !c.capacity) continue;
    if (c.count(flow::ChannelOpKind::kReceive)) continue;
    // Sends fill the buffer in the order they are met; the first that finds no room is reported. Only
    // sends of one goroutine that happen once each can be counted so.
    int64_t room = *c.capacity;
    for (const flow::ChannelOp& op : c.ops) {
      if (op.kind != flow::ChannelOpKind::kSend || op.can_leave || op.thread == 0) continue;
      if (op.thread == flow::Context::kUnknownThread) continue;
      bool unbounded = op.repeated || c.tracked.threads[op.thread].repeated;
      if (*c.capacity > 0 && (unbounded || room > 0)) {
        room--;
        continue;
      }
      std::string name = cx.name_of_made(function, c.made, "channel");
      const flow::Context& start = c.tracked.contexts[c.tracked.threads[op.thread].context];
      bool elsewhere = cx.declared(op.function) != cx.declared(function);
      FunctionId at_function = elsewhere ? start.caller : op.function;
      ValueId at = elsewhere ? start.at : op.at;
      diag::Finding& f = cx.report(kInfo, at_function, at, elsewhere ? "go" : "send");
      f.message = diag::Message("goroutine will block sending on {0}: nobody receives from it",
                                diag::Code{name});
      f.labels.push_back({cx.place(function, c.made),
                          diag::Message("{0} made here, with no receiver", diag::Code{name})});
      if (elsewhere) {
        f.labels.push_back({cx.place(op.function, op.at),
                            diag::Message("{0} sent on here", diag::Code{name})});
      }
      break;
    }
  }
}

}  // namespace

Rule orphan_send() { return {&kInfo, check}; }

}  // namespace unpark::rules
