// Finds goroutines that send their result to a function which may have returned without receiving it.
//
// The channel is unbuffered, made here and fully seen; the goroutine's send has no other alternative; the
// function that started the goroutine is the only receiver. If the function's control flow has a way from
// the start of the goroutine to a return (or to making the channel anew in a loop) that meets no receive,
// the send on that way blocks for ever.
//
// Silent when a deferred function receives, when the receive happens in other goroutines or callees
// (there it may or may not run), and for channels with a buffer.
#include "flow/paths.h"
#include "rules/context.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP1005",
    .name = "abandoned-sender",
    .family = Family::kGoroutine,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a goroutine sends to a function that may already have returned",
    .why = "When the function leaves early (a timeout, a cancelled context, an error) nobody receives any "
           "more. The goroutine then waits in its send until the process ends, one more with each call "
           "that takes the early exit.",
    .advice = "give the channel room for the goroutine's sends (`make(chan T, 1)`), or let the goroutine "
              "choose between the send and a done channel",
    .dump = "many goroutines in state `chan send` at the same line, created by the function that left",
};

using flow::ChannelFacts;
using flow::ChannelOp;
using flow::ChannelOpKind;

// The start of the goroutine, when the maker itself starts it, once.
ValueId start_in_maker(const ChannelFacts& c, const ChannelOp& send) {
  const flow::Thread& thread = c.tracked.threads[send.thread];
  const flow::Context& begin = c.tracked.contexts[thread.context];
  if (begin.caller != c.maker || begin.parent != 0) return {};
  return begin.at;
}

void check_channel(RuleContext& cx, const ChannelFacts& c) {
  if (!c.closed_world() || !c.capacity || *c.capacity != 0) return;
  const flow::FunctionFacts& facts = cx.facts().of(c.maker);
  bool receives = false;
  for (const ChannelOp& op : c.ops) {
    if (op.kind == ChannelOpKind::kClose && op.thread == 0) return;  // a send would panic, not wait
    if (op.kind != ChannelOpKind::kReceive) continue;
    if (op.thread != 0 || op.function != c.maker || op.context != 0 || op.deferred) return;
    receives = true;
  }
  if (!receives) return;
  auto receives_at = [&](ValueId at) {
    for (const ChannelOp& op : c.ops) {
      if (op.kind == ChannelOpKind::kReceive && op.at == at && op.select_case < 0) return true;
    }
    return false;
  };
  std::vector<flow::Edge> receive_edges;
  for (const ChannelOp& op : c.ops) {
    if (op.kind != ChannelOpKind::kReceive || op.select_case < 0) continue;
    flow::Edge edge = flow::select_case_edge(facts, op.at, op.select_case);
    if (!edge.exists()) return;  // which way receives cannot be told
    receive_edges.push_back(edge);
  }
  for (const ChannelOp& send : c.ops) {
    if (send.kind != ChannelOpKind::kSend || send.can_leave || send.deferred) continue;
    if (send.thread == 0 || send.thread == flow::Context::kUnknownThread) continue;
    ValueId start = start_in_maker(c, send);
    if (!start.exists()) continue;
    // Several goroutines on one channel are a matter of counting (fan-in-shortfall).
    bool channel_per_turn = facts.repeats(c.made);
    if (facts.repeats(start) && !channel_per_turn) continue;
    flow::PathQuery query;
    query.from = start;
    query.avoid = receives_at;
    query.avoid_edge = [&](flow::Edge e) {
      return std::find(receive_edges.begin(), receive_edges.end(), e) != receive_edges.end();
    };
    query.arrives = [&](ValueId at) { return at == c.made; };
    flow::Path path = flow::find_path(cx.facts(), c.maker, query);
    if (!path.found) continue;
    std::string name = cx.name_of_made(c.maker, c.made, "channel");
    bool elsewhere = cx.declared(send.function) != cx.declared(c.maker);
    FunctionId at_function = elsewhere ? c.maker : send.function;
    ValueId at = elsewhere ? start : send.at;
    diag::Finding& f = cx.report(kInfo, at_function, at, elsewhere ? "go" : "send");
    f.message = diag::Message(
        "goroutine that sends on unbuffered {0} is stranded when this function leaves early",
        diag::Code{name});
    f.labels.push_back(
        {cx.place(c.maker, c.made), diag::Message("{0} made here, without a buffer", diag::Code{name})});
    if (elsewhere) {
      f.labels.push_back(
          {cx.place(send.function, send.at), diag::Message("{0} sent on here", diag::Code{name})});
    } else {
      f.labels.push_back({cx.place(c.maker, start), diag::Message("goroutine started here")});
    }
    bool again = path.end == c.made;
    f.labels.push_back(
        {cx.place(c.maker, path.end),
         again ? diag::Message("the next turn makes a new channel, without a receive from {0}",
                               diag::Code{name})
               : diag::Message("returns here without receiving from {0}", diag::Code{name})});
    return;  // one finding for one channel
  }
}

void check(RuleContext& cx, FunctionId function) {
  for (const ChannelFacts& c : cx.channels(function)) check_channel(cx, c);
}

}  // namespace

Rule abandoned_sender() { return {&kInfo, check}; }

}  // namespace unpark::rules
