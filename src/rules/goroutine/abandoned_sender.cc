// Finds goroutines that send their result to a function which may have returned without receiving
// it.
//
// The channel is unbuffered, made here and fully seen; the goroutine's send has no other
// alternative; the function that started the goroutine is the only receiver. If the function's
// control flow has a way from the start of the goroutine to a return (or to making the channel anew
// in a loop) that meets no receive, the send on that way blocks for ever.
//
// A receive in a loop counts the loop as one: that the loop turns zero times, or leaves by
// counting, is no way around it (the sends are counted alike). Leaving it by another case of its
// select is.
//
// A goroutine that sends in a loop is stranded, too, when a `range` over the channel is left before
// the channel is closed.
//
// A goroutine that sends several values, with a buffer for some of them or without, is stranded
// where fewer are received on one way than on another (flow/shortfall.h).
//
// A call of a function that receives counts as a receive (flow/receiving_call.h), unless the
// function may give up: it chooses another case of its select and returns. Then the call is no
// receive where nothing behind it receives either.
//
// A channel that the callee of a call makes and returns, as its one result, is judged like one that
// is made at the call, when the callee always starts the goroutine: a generator whose loop is left.
//
// Silent when a deferred function receives, and when the receive happens in other goroutines or
// deeper in callees; when the send depends on a condition that the function asks, too.
#include <algorithm>

#include "flow/conditions.h"
#include "flow/paths.h"
#include "flow/receiving_call.h"
#include "flow/shortfall.h"
#include "rules/context.h"
#include "rules/goroutine/called_channel.h"
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
    .why =
        "When the function leaves early (a timeout, a cancelled context, an error) nobody receives "
        "any "
        "more. The goroutine then waits in its send until the process ends, one more with each "
        "call "
        "that takes the early exit.",
    .advice =
        "give the channel room for the goroutine's sends (`make(chan T, 1)`), or let the goroutine "
        "choose between the send and a done channel",
    .dump =
        "many goroutines in state `chan send` at the same line, created by the function that left",
};

using flow::ChannelFacts;
using flow::ChannelOp;
using flow::ChannelOpKind;

// The start of the goroutine, when the maker itself starts it, once, or what it calls for the
// channel does so.
ValueId start_in_maker(const ChannelFacts& c, const ChannelOp& send) {
  const flow::Thread& thread = c.tracked.threads[send.thread];
  const flow::Context& begin = c.tracked.contexts[thread.context];
  if (c.by_call() && begin.parent == flow::kCallee && begin.caller == c.callee) return c.made;
  if (begin.caller != c.maker || begin.parent != 0) return {};
  return begin.at;
}

// Whether a branch asks which case a select chose.
bool asks_select(const Body& body, BlockId block) {
  const Value& branch = body.terminator(block);
  if (branch.op != Op::kIf) return false;
  const Value& test = body[body.operands(branch)[0]];
  if (test.op != Op::kBinary) return false;
  const Value& chosen = body[body.operands(test)[0]];
  return chosen.op == Op::kExtract && body[body.operands(chosen)[0]].op == Op::kSelect;
}

class Check {
 public:
  Check(RuleContext& cx, const ChannelFacts& c)
      : cx_(cx), c_(c), facts_(cx.facts().of(c.maker)), body_(*facts_.body) {}

  void run() {
    if (!c_.closed_world() || !c_.capacity) return;
    if (!unbuffered() && !c_.by_call()) sends_more();
  }

 private:
  // One goroutine sends more values than there is room for, and is heard to the end on other ways
  // only.
  void sends_more() {
    flow::Shortfall s = flow::find_shortfall(cx_.facts(), c_, cx_.channels(c_.maker));
    if (s.found && !s.several && !s.always) report(s.send, s.start, s.path, false);
  }

  // Whether something was said of a channel without a buffer.
  bool unbuffered() {
    if (*c_.capacity != 0) return false;
    if (!collect_receives()) return false;
    for (const ChannelOp& send : c_.ops) {
      if (send.kind != ChannelOpKind::kSend || send.can_leave || send.deferred) continue;
      if (send.thread == 0 || send.thread == flow::Context::kUnknownThread) continue;
      ValueId start = start_in_maker(c_, send);
      // Several goroutines on one channel are a matter of counting (fan-in-shortfall).
      if (!start.exists() || c_.tracked.threads[send.thread].repeated) continue;
      if (start == c_.made && !(gives_one_result() && callee_starts(cx_, c_, send))) continue;
      add_other_answers(start);
      flow::Path path = leaves_behind(start);
      if (path.found && !flow::shares_condition(cx_.facts(), c_, send, path)) {
        report(send, start, path, false);
        return true;
      }
      if (!send.repeated) continue;
      for (const ChannelOp& op : receives_) {
        if (!op.ranges) continue;
        path = leaves_early(op.at);
        if (!path.found) continue;
        report(send, start, path, true);
        return true;
      }
    }
    return false;
  }

  // Nothing that it gives besides says how the call went.
  bool gives_one_result() const {
    return !cx_.types().types.is(body_[c_.made].type, types::TypeKind::kTuple);
  }

  // False when there is none, or when which ways receive cannot be told.
  bool collect_receives() {
    for (const ChannelOp& op : c_.ops) {
      if (op.kind == ChannelOpKind::kClose && op.thread == 0) return false;  // it would panic
      if (op.kind != ChannelOpKind::kReceive) continue;
      if (op.thread != 0 || op.deferred) return false;
      if (op.context != 0) {
        std::optional<flow::ReceivingCall> call = flow::receiving_call(cx_.facts(), c_, op);
        if (!call) return false;
        calls_.push_back(*call);
        continue;
      }
      receives_.push_back(op);
      if (op.select_case < 0) continue;
      flow::Edge edge = flow::select_case_edge(facts_, op.at, op.select_case);
      if (!edge.exists()) return false;
      receive_edges_.push_back(edge);
    }
    std::erase_if(calls_, [&](const flow::ReceivingCall& call) {
      bool gives_up = call.leaves_by.exists() && !receives_behind(call.at) && !other_answer(call);
      if (gives_up) gives_up_.push_back(call);
      return gives_up;
    });
    return !receives_.empty() || !calls_.empty() || !gives_up_.empty();
  }

  // The other case is that of a channel which is made here, too: it may be an answer.
  bool other_answer(const flow::ReceivingCall& call) const {
    for (const ChannelFacts& c : cx_.channels(c_.maker)) {
      if (c.made == c_.made) continue;
      for (const ChannelOp& op : c.ops) {
        if (op.function == call.function && op.at == call.leaves_by) return true;
      }
    }
    return false;
  }

  // After the call, in the same turn, something may be received.
  bool receives_behind(ValueId call) const {
    auto is_call = [](const std::vector<flow::ReceivingCall>& list, ValueId at) {
      return std::any_of(list.begin(), list.end(),
                         [&](const flow::ReceivingCall& c) { return c.at == at; });
    };
    flow::PathQuery query;
    query.from = call;
    query.visit = [&](flow::PathMemory&, ValueId at) {
      bool receives = std::any_of(receives_.begin(), receives_.end(),
                                  [&](const ChannelOp& op) { return op.at == at; });
      if (receives || is_call(calls_, at) || is_call(gives_up_, at)) return flow::Walk::kArrived;
      bool ends = at == c_.made || body_[at].op == Op::kReturn;
      return ends ? flow::Walk::kBlocked : flow::Walk::kGoOn;
    };
    flow::Path p = flow::find_path(cx_.facts(), c_.maker, query);
    return p.found || p.gave_up;
  }

  // None of the sends comes behind the close of another channel: it says as much as a value.
  bool ends(const ChannelOp& close) const {
    if (close.deferred) return true;
    for (const ChannelOp& op : c_.ops) {
      if (op.kind != ChannelOpKind::kSend || op.function != close.function) continue;
      flow::PathQuery query;
      query.from = close.at;
      query.visit = [&](flow::PathMemory&, ValueId at) {
        if (at == op.at) return flow::Walk::kArrived;
        bool over = cx_.facts().body(op.function)[at].op == Op::kReturn;
        return over ? flow::Walk::kBlocked : flow::Walk::kGoOn;
      };
      if (flow::find_path(cx_.facts(), op.function, query).found) return false;
    }
    return true;
  }

  // What the same goroutine sends on other channels may come instead: to receive that will do.
  void add_other_answers(ValueId start) {
    others_.clear();
    other_edges_.clear();
    for (const ChannelFacts& c : cx_.channels(c_.maker)) {
      if (c.made == c_.made) continue;
      bool same_sender = false;
      for (const ChannelOp& op : c.ops) {
        if (op.thread == 0) continue;
        if (op.kind != ChannelOpKind::kSend && !(op.kind == ChannelOpKind::kClose && ends(op))) {
          continue;
        }
        if (op.thread == flow::Context::kUnknownThread) continue;
        same_sender |= start_in_maker(c, op) == start;
      }
      if (!same_sender) continue;
      for (const ChannelOp& op : c.ops) {
        if (op.kind != ChannelOpKind::kReceive || op.function != c_.maker) continue;
        if (op.select_case < 0) {
          others_.push_back(op.at);
        } else {
          other_edges_.push_back(flow::select_case_edge(facts_, op.at, op.select_case));
        }
      }
    }
  }

  bool receives_at(ValueId at) const {
    for (const ChannelOp& op : receives_) {
      if (op.at == at && op.select_case < 0) return true;
    }
    for (const flow::ReceivingCall& call : calls_) {
      if (call.at == at) return true;
    }
    return std::find(others_.begin(), others_.end(), at) != others_.end();
  }
  bool receives_on(flow::Edge edge) const {
    if (std::find(receive_edges_.begin(), receive_edges_.end(), edge) != receive_edges_.end()) {
      return true;
    }
    if (std::find(other_edges_.begin(), other_edges_.end(), edge) != other_edges_.end())
      return true;
    // Out of a loop that receives, other than by another case of a select.
    BlockId to = body_[edge.from].succs[edge.succ];
    for (const ChannelOp& op : receives_) {
      BlockId block = body_[op.at].block;
      if (c_.tracked.turn.same(edge.from, block) && !c_.tracked.turn.same(to, block)) {
        return !asks_select(body_, edge.from);
      }
    }
    return false;
  }

  flow::Path leaves_behind(ValueId start) const {
    flow::PathQuery query;
    query.from = start;
    query.avoid = [&](ValueId at) { return receives_at(at); };
    query.avoid_edge = [&](flow::Edge e) { return receives_on(e); };
    query.arrives = [&](ValueId at) { return at == c_.made; };
    return flow::find_path(cx_.facts(), c_.maker, query);
  }

  // From a range over the channel out of the function, without the channel being closed.
  flow::Path leaves_early(ValueId range) const {
    flow::Edge closed = flow::closed_edge(facts_, range);
    if (!closed.exists()) return {};
    flow::PathQuery query;
    query.from = range;
    query.avoid = [&](ValueId at) { return receives_at(at); };
    query.avoid_edge = [&](flow::Edge e) { return e == closed; };
    return flow::find_path(cx_.facts(), c_.maker, query);
  }

  // Of a goroutine that a callee starts for the channel it gives.
  void report_call(const ChannelOp& send, const flow::Path& path, bool early) {
    bool certain = surely_sends(cx_, c_, send);
    if (!certain && called_once(cx_, c_)) return;
    SaidAt said = said_at(cx_, c_, send);
    diag::Finding& f = cx_.report(kInfo, said.function, said.at, said.at_call ? "call" : "send");
    if (early || !certain) {
      f.severity = diag::Severity::kWarning;
      f.confidence = diag::Confidence::kMedium;
    }
    std::string name = name_of_called(cx_, c_);
    f.message = diag::Message(
        said.at_call ? "this call starts a goroutine that sends on unbuffered {0} and is stranded "
                       "when this function leaves early"
                     : "goroutine that sends on unbuffered {0} is stranded when the function that "
                       "receives leaves early",
        diag::Code{name});
    label_called(cx_, f, c_, send, said, "{0} made here, without a buffer", "{0} sent on here");
    bool again = path.end == c_.made;
    ValueId at = again && path.last_jump.exists() ? path.last_jump : path.end;
    f.labels.push_back({cx_.place(c_.maker, at),
                        again ? diag::Message("the loop continues here without receiving from {0}",
                                              diag::Code{name})
                              : diag::Message("returns here, and nobody receives from {0} any more",
                                              diag::Code{name})});
  }

  void report(const ChannelOp& send, ValueId start, const flow::Path& path, bool early) {
    if (start == c_.made) {
      report_call(send, path, early);
      return;
    }
    std::string name = cx_.name_of_made(c_.maker, c_.made, "channel");
    bool elsewhere = cx_.declared(send.function) != cx_.declared(c_.maker);
    FunctionId at_function = elsewhere ? c_.maker : send.function;
    diag::Finding& f =
        cx_.report(kInfo, at_function, elsewhere ? start : send.at, elsewhere ? "go" : "send");
    if (early) {  // unless the goroutine has just sent its last value
      f.severity = diag::Severity::kWarning;
      f.confidence = diag::Confidence::kMedium;
    }
    bool room = *c_.capacity > 0;
    f.message = diag::Message(
        room ? "goroutine that sends on {0} is stranded when this function leaves early"
             : "goroutine that sends on unbuffered {0} is stranded when this function leaves early",
        diag::Code{name});
    f.labels.push_back(
        {cx_.place(c_.maker, c_.made),
         room ? diag::Message("{0} made here, with room for fewer values than are sent",
                              diag::Code{name})
              : diag::Message("{0} made here, without a buffer", diag::Code{name})});
    if (elsewhere) {
      std::string inner = cx_.name_of_operand(send.function, send.name, name);
      f.labels.push_back({cx_.place(send.function, send.at),
                          diag::Message("{0} sent on here", diag::Code{inner})});
    } else {
      f.labels.push_back({cx_.place(c_.maker, start), diag::Message("goroutine started here")});
    }
    for (const flow::ReceivingCall& call : gives_up_) {
      f.labels.push_back(
          {cx_.place(c_.maker, call.at),
           diag::Message("this may come back without having received from {0}", diag::Code{name})});
    }
    if (path.end == c_.made) {
      ValueId from = path.last_jump.exists() ? path.last_jump : path.end;
      f.labels.push_back(
          {cx_.place(c_.maker, from),
           diag::Message("the loop continues here without receiving from {0}", diag::Code{name})});
    } else {
      f.labels.push_back(
          {cx_.place(c_.maker, path.end),
           early || room
               ? diag::Message("returns here, and nobody receives from {0} any more",
                               diag::Code{name})
               : diag::Message("returns here without receiving from {0}", diag::Code{name})});
    }
  }

  RuleContext& cx_;
  const ChannelFacts& c_;
  const flow::FunctionFacts& facts_;
  const Body& body_;
  std::vector<ChannelOp> receives_;
  std::vector<flow::Edge> receive_edges_;
  std::vector<flow::ReceivingCall> calls_;     // of functions that receive
  std::vector<flow::ReceivingCall> gives_up_;  // that may come back without
  std::vector<ValueId> others_;
  std::vector<flow::Edge> other_edges_;
};

void check(RuleContext& cx, FunctionId function) {
  for (const ChannelFacts& c : cx.channels(function)) Check(cx, c).run();
  for (const ChannelFacts& c : cx.called_channels(function)) Check(cx, c).run();
}

}  // namespace

Rule abandoned_sender() {
  return {&kInfo, check, Trigger{.has = types::BodySummary::kMakeChan, .gives = is_channel}};
}

}  // namespace unpark::rules
