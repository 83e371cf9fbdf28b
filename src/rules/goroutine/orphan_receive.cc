// Finds receives that nothing can ever wake: the channel is made here, everything that is done with
// it is seen, and nobody sends on it or closes it.
//
// Needs a closed world (flow/track.h): a channel that somebody else can reach is left alone. A
// select counts when it has no other alternative, or only such ones.
//
// A channel that the callee of a call makes and returns is judged like one that is made at the
// call.
//
// The channels of an unexported field are judged by all that the package does with the field: no
// send and no close at all, and a receive that has no alternative. Where that runs once in the
// process it is somebody's way to wait for ever.
#include <algorithm>

#include "rules/context.h"
#include "rules/goroutine/called_channel.h"
#include "rules/goroutine/dead_select.h"
#include "rules/goroutine/field_op.h"
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
    .why =
        "The receive parks the goroutine, and no code that can reach the channel ever sends a "
        "value "
        "or closes it. The goroutine, its stack and all it refers to stay until the process ends; "
        "one more with each call.",
    .advice = "close the channel, or send on it, on every path; or remove the wait",
    .dump = "goroutine state `chan receive` (or `chan receive (nil chan)` never), at the receive",
};

// Nothing can ever send to it or close it.
bool orphan(const flow::ChannelFacts& c) {
  return c.closed_world() && !c.count(flow::ChannelOpKind::kSend) &&
         !c.count(flow::ChannelOpKind::kClose);
}

void check_fields(RuleContext& cx, FunctionId function) {
  for (const flow::FieldChannels* c : cx.field_channels(function)) {
    if (c->others_send || c->count(flow::ChannelOpKind::kSend) ||
        c->count(flow::ChannelOpKind::kClose)) {
      continue;
    }
    for (const flow::ChannelOp& op : c->ops) {
      if (op.kind != flow::ChannelOpKind::kReceive || op.can_leave) continue;
      FieldOp at = field_op(cx, *c, op);
      if (!outside_tests(cx, at) || lifetime(cx, at) == flow::Lifetime::kOnce) continue;
      diag::Finding& f = cx.report(kInfo, at.function, at.at, at.handed_on() ? "handed" : "recv");
      f.message = diag::Message("this waits on {0}, but nothing can ever send to or close it",
                                diag::Code{at.name});
      label_field(cx, f, at, "{0} made here; this package neither sends to it nor closes it",
                  "{0} received from here");
      break;  // one finding for one field
    }
  }
}

// Channels that a call gives.
void check_calls(RuleContext& cx, FunctionId function) {
  for (const flow::ChannelFacts& c : cx.called_channels(function)) {
    if (!orphan(c)) continue;
    for (const flow::ChannelOp& op : c.ops) {
      if (op.kind != flow::ChannelOpKind::kReceive || op.can_leave) continue;
      if (op.thread == flow::Context::kUnknownThread) continue;
      if (op.thread == 0 && cx.name_of_made(function, c.tracked.result, "").empty()) continue;
      if (op.thread != 0 && called_once(cx, c)) continue;
      SaidAt said = said_at(cx, c, op);
      diag::Finding& f = cx.report(kInfo, said.function, said.at, said.at_call ? "call" : "recv");
      f.message = diag::Message(said.at_call ? "{0}, which this call gives, is waited for, but "
                                               "nothing can ever send to or close it"
                                             : "this waits on {0}, but nothing can ever send to or "
                                               "close it",
                                diag::Code{name_of_called(cx, c)});
      label_called(cx, f, c, op, said, "{0} made here, with no sender and no close",
                   "{0} received from here");
      break;
    }
  }
}

void check(RuleContext& cx, FunctionId function) {
  check_calls(cx, function);
  check_fields(cx, function);
  std::vector<std::pair<FunctionId, ValueId>> reported;
  for (const flow::ChannelFacts& c : cx.channels(function)) {
    if (!orphan(c)) continue;
    for (const flow::ChannelOp& op : c.ops) {
      if (op.kind != flow::ChannelOpKind::kReceive) continue;
      if (op.thread == flow::Context::kUnknownThread) continue;
      if (op.can_leave && !dead_select(cx, function, op, orphan)) continue;
      // `<-make(chan T)` is a way to wait for ever on purpose.
      if (op.thread == 0 && cx.name_of_made(function, c.made, "").empty()) continue;
      std::pair<FunctionId, ValueId> key{op.function, op.at};
      if (std::find(reported.begin(), reported.end(), key) != reported.end()) break;
      reported.push_back(key);
      std::string name = cx.name_of_made(function, c.made, "channel");
      FunctionId at_function = op.function;
      ValueId at = op.at;
      // In a function that others call too, the fault is where the goroutine is started.
      const flow::Context& start = c.tracked.contexts[c.tracked.threads[op.thread].context];
      bool elsewhere = op.thread != 0 && cx.declared(op.function) != cx.declared(function);
      if (elsewhere) {
        at_function = start.caller;
        at = start.at;
      }
      diag::Finding& f = cx.report(kInfo, at_function, at, elsewhere ? "go" : "recv");
      f.message = diag::Message("this waits on {0}, but nothing can ever send to or close it",
                                diag::Code{name});
      f.labels.push_back(
          {cx.place(function, c.made),
           diag::Message("{0} made here, with no sender and no close", diag::Code{name})});
      if (op.can_leave)
        label_other_cases(cx, f, c, op, "{0} made here, with no sender and no close");
      if (elsewhere) {
        f.labels.push_back(
            {cx.place(op.function, op.at),
             diag::Message("{0} received from here",
                           diag::Code{cx.name_of_operand(op.function, op.name, name)})});
      }
      break;  // one finding for one channel
    }
  }
}

}  // namespace

Rule orphan_receive() {
  return {&kInfo, check, Trigger{.has = types::BodySummary::kMakeChan, .gives = is_channel}};
}

}  // namespace unpark::rules
