// Finds loops that end only when their channel is closed, over channels that nobody closes: the
// channel is made here, everything that is done with it is seen (flow/track.h), and there is no
// close at all, or the only closes stand in the function that made the channel and a way out of it
// passes none of them.
//
// A channel that the callee of a call makes and returns is judged like one that is made at the
// call, as a warning.
//
// The channels of an unexported field are judged by all that the package does with the field: no
// close at all. That is an error where the loop begins again and again, a warning where it may
// begin for each object; a loop that begins once in the process may go on as long as that.
//
// A loop that can also end otherwise (a break, a return, a panic in it) is left alone, and so are
// closes in deferred functions, in other goroutines and in callees: whether those run is not asked.
#include <algorithm>

#include "flow/paths.h"
#include "rules/context.h"
#include "rules/goroutine/called_channel.h"
#include "rules/goroutine/field_op.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP1007",
    .name = "range-never-closed",
    .family = Family::kGoroutine,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a loop over a channel that ends only when the channel is closed, which nobody does",
    .why =
        "`for v := range c` returns to its receive after each value and ends when `c` is closed. "
        "When "
        "the last value has been sent and nobody closes the channel, the goroutine waits in that "
        "receive until the process ends.",
    .advice =
        "close the channel when the last value has been sent: `defer close(c)` in the only sender",
    .dump = "goroutine state `chan receive`, at the line of the `for`",
};

using flow::ChannelFacts;
using flow::ChannelOp;
using flow::ChannelOpKind;

// The loop around the receive has no other way out than the one taken when the channel is closed.
bool ends_only_by_close(flow::Facts& facts, const ChannelOp& op) {
  const flow::FunctionFacts& f = facts.of(op.function);
  const Body& body = *f.body;
  BlockId loop = body[op.at].block;
  uint32_t exits = 0;
  for (uint32_t i = 0; i < body.blocks.size(); i++) {
    BlockId block{i};
    if (!f.cycles.same(block, loop)) continue;
    if (f.stops_at[i].exists()) return false;
    for (BlockId to : facts.successors(f, block)) exits += !f.cycles.same(to, loop);
    Op last = body.terminator(block).op;
    if (last == Op::kReturn || last == Op::kPanic) return false;
  }
  return exits == 1;
}

// A way out of the maker that passes no close, when all closes stand there; the return where it
// ends.
ValueId return_without_close(RuleContext& cx, const ChannelFacts& c, const ChannelOp& loop) {
  for (const ChannelOp& op : c.ops) {
    if (op.kind != ChannelOpKind::kClose) continue;
    if (op.thread != 0 || op.context != 0 || op.deferred || op.function != c.maker) return {};
  }
  const flow::Context& begin = c.tracked.contexts[c.tracked.threads[loop.thread].context];
  if (loop.thread == 0 || begin.caller != c.maker || begin.parent != 0) return {};
  flow::PathQuery query;
  query.from = c.made;
  query.arrives = [&](ValueId at) { return at == begin.at; };
  query.avoid = [&](ValueId at) {
    return std::any_of(c.ops.begin(), c.ops.end(), [&](const ChannelOp& op) {
      return op.kind == ChannelOpKind::kClose && op.at == at;
    });
  };
  // Closed before the goroutine starts: it ends at once.
  if (flow::find_path(cx.facts(), c.maker, query).end != begin.at) return {};
  query.from = begin.at;
  query.arrives = {};
  return flow::find_path(cx.facts(), c.maker, query).end;
}

void check_fields(RuleContext& cx, FunctionId function) {
  for (const flow::FieldChannels* c : cx.field_channels(function)) {
    if (c->others_send || c->count(ChannelOpKind::kClose) || !c->count(ChannelOpKind::kSend)) {
      continue;
    }
    for (const ChannelOp& op : c->ops) {
      if (!op.ranges || op.deferred || !ends_only_by_close(cx.facts(), op)) continue;
      FieldOp at = field_op(cx, *c, op);
      if (!outside_tests(cx, at)) continue;
      flow::Lifetime life = lifetime(cx, at);
      if (life == flow::Lifetime::kOnce) continue;
      diag::Finding& f = cx.report(kInfo, at.function, at.at, at.handed_on() ? "handed" : "recv");
      if (life != flow::Lifetime::kMany) {
        f.severity = diag::Severity::kWarning;
        f.confidence = diag::Confidence::kMedium;
      }
      f.message = diag::Message("the loop over {0} ends only when {0} is closed, and {1}",
                                diag::Code{at.name}, diag::Words{"nobody closes it"});
      label_field(cx, f, at, "{0} made here; this package never closes it",
                  "{0} received from here");
      break;
    }
  }
}

// Channels that a call gives. Where a sender goes on for ever, so may the loop.
void check_calls(RuleContext& cx, FunctionId function) {
  for (const ChannelFacts& c : cx.called_channels(function)) {
    if (c.count(ChannelOpKind::kClose) || !c.count(ChannelOpKind::kSend)) continue;
    bool endless = std::any_of(c.ops.begin(), c.ops.end(), [&](const ChannelOp& op) {
      return op.kind == ChannelOpKind::kSend && !cx.facts().of(op.function).returns;
    });
    if (endless) continue;
    for (const ChannelOp& op : c.ops) {
      if (!op.ranges || op.thread == flow::Context::kUnknownThread || op.deferred) continue;
      if (!ends_only_by_close(cx.facts(), op)) continue;
      if (op.thread != 0 && called_once(cx, c)) continue;
      SaidAt said = said_at(cx, c, op);
      diag::Finding& f = cx.report(kInfo, said.function, said.at, said.at_call ? "call" : "recv");
      f.severity = diag::Severity::kWarning;
      f.confidence = diag::Confidence::kMedium;
      f.message = diag::Message("the loop over {0} ends only when {0} is closed, and {1}",
                                diag::Code{name_of_called(cx, c)}, diag::Words{"nobody closes it"});
      label_called(cx, f, c, op, said, "{0} made here", "{0} received from here");
      break;
    }
  }
}

void check(RuleContext& cx, FunctionId function) {
  check_calls(cx, function);
  check_fields(cx, function);
  for (const ChannelFacts& c : cx.channels(function)) {
    if (!c.closed_world() || !c.count(ChannelOpKind::kSend)) continue;
    bool closes = c.count(ChannelOpKind::kClose) > 0;
    for (const ChannelOp& op : c.ops) {
      if (!op.ranges || op.thread == flow::Context::kUnknownThread || op.deferred) continue;
      if (!ends_only_by_close(cx.facts(), op)) continue;
      ValueId skipped;
      if (closes) {
        skipped = return_without_close(cx, c, op);
        if (!skipped.exists()) continue;
      }
      std::string name = cx.name_of_made(c.maker, c.made, "channel");
      bool elsewhere = cx.declared(op.function) != cx.declared(c.maker);
      const flow::Context* start = &c.tracked.contexts[op.context];
      while (elsewhere && start->caller.exists() &&
             cx.declared(start->caller) != cx.declared(c.maker)) {
        start = &c.tracked.contexts[start->parent];
      }
      FunctionId at_function = elsewhere ? start->caller : op.function;
      ValueId at = elsewhere ? start->at : op.at;
      diag::Finding& f = cx.report(kInfo, at_function, at, elsewhere ? "go" : "recv");
      f.message =
          diag::Message("the loop over {0} ends only when {0} is closed, and {1}", diag::Code{name},
                        diag::Words{closes ? "one way out of this function does not close it"
                                           : "nobody closes it"});
      f.labels.push_back(
          {cx.place(c.maker, c.made), diag::Message("{0} made here", diag::Code{name})});
      if (elsewhere) {
        std::string inner = cx.name_of_operand(op.function, op.name, name);
        f.labels.push_back({cx.place(op.function, op.at),
                            diag::Message("{0} received from here", diag::Code{inner})});
      }
      if (closes) {
        f.labels.push_back({cx.place(c.maker, skipped),
                            diag::Message("returns here without closing {0}", diag::Code{name})});
      }
      break;  // one finding for one channel
    }
  }
}

}  // namespace

Rule range_never_closed() {
  return {&kInfo, check, Trigger{.has = types::BodySummary::kMakeChan, .gives = is_channel}};
}

}  // namespace unpark::rules
