// Finds sends that nobody will ever receive: the channel is made here, everything that is done with
// it is seen, nobody receives from it, and its buffer does not hold all that is sent.
//
// Needs a closed world (flow/track.h) and a constant capacity. A select counts when it has no other
// alternative, or only such ones on channels without a buffer.
//
// A channel without a buffer that the callee of a call makes and returns is judged like one that is
// made at the call, unless the callee's goroutine may end without the send.
//
// The channels of an unexported field are judged by all that the package does with the field: when
// they have no buffer, a send that has no alternative, and no receive at all.
//
// Where values are received, but on no way as many as one goroutine sends (flow/shortfall.h), it is
// the same fault.
#include <algorithm>

#include "flow/shortfall.h"
#include "rules/context.h"
#include "rules/goroutine/called_channel.h"
#include "rules/goroutine/dead_select.h"
#include "rules/goroutine/field_op.h"
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
    .why =
        "A send on a channel without room parks the goroutine until somebody receives. Nobody who "
        "can "
        "reach this channel does, so the goroutine and all it refers to stay until the process "
        "ends.",
    .advice = "receive the value, or make the channel's buffer as large as the number of sends",
    .dump = "goroutine state `chan send`, at the send",
};

// Nobody receives, and there is no room for a single value.
bool full_orphan(const flow::ChannelFacts& c) {
  return c.closed_world() && c.capacity == 0 && !c.count(flow::ChannelOpKind::kReceive);
}

// One goroutine sends more values than its maker receives on any way, and than there is room for;
// or nobody receives, and several goroutines do.
void check_counts(RuleContext& cx, const flow::ChannelFacts& c) {
  if (!c.count(flow::ChannelOpKind::kSend)) return;
  bool received = c.count(flow::ChannelOpKind::kReceive) > 0;
  flow::Shortfall s = flow::find_shortfall(cx.facts(), c, cx.channels(c.maker));
  if (!s.found) return;
  if (received && (s.several || !s.always || s.sent < 0 || s.received < 0)) return;
  std::string name = cx.name_of_made(c.maker, c.made, "channel");
  bool elsewhere = cx.declared(s.send.function) != cx.declared(c.maker);
  diag::Finding& f = cx.report(kInfo, elsewhere ? c.maker : s.send.function,
                               elsewhere ? s.start : s.send.at, elsewhere ? "go" : "send");
  if (!s.certain) {
    f.severity = diag::Severity::kWarning;
    f.confidence = diag::Confidence::kMedium;
  }
  if (received) {
    f.message = diag::Message(
        "goroutine will block sending on {0}: it can send {1} values, and {2} are received",
        diag::Code{name}, diag::Words{std::to_string(s.sent)},
        diag::Words{std::to_string(s.received)});
  } else {
    f.message = diag::Message("goroutine will block sending on {0}: nobody receives from it",
                              diag::Code{name});
  }
  f.labels.push_back({cx.place(c.maker, c.made),
                      received ? diag::Message("{0} made here", diag::Code{name})
                               : diag::Message("{0} made here, with no receiver and room for fewer "
                                               "values than are sent",
                                               diag::Code{name})});
  if (elsewhere) {
    f.labels.push_back(
        {cx.place(s.send.function, s.send.at),
         diag::Message("{0} sent on here",
                       diag::Code{cx.name_of_operand(s.send.function, s.send.name, name)})});
  }
  for (source::Loc r : s.receives) {
    f.labels.push_back({r, diag::Message("receives from {0} here", diag::Code{name})});
  }
}

// Nobody receives from the field, and there is no room for a single value.
bool hopeless(const flow::FieldChannels& c) {
  if (c.others_receive || c.count(flow::ChannelOpKind::kReceive)) return false;
  return std::all_of(c.channels.begin(), c.channels.end(),
                     [](const auto& made) { return made.capacity == 0; });
}

void check_fields(RuleContext& cx, FunctionId function) {
  for (const flow::FieldChannels* c : cx.field_channels(function)) {
    if (!hopeless(*c)) continue;
    for (const flow::ChannelOp& op : c->ops) {
      if (op.kind != flow::ChannelOpKind::kSend || op.can_leave) continue;
      FieldOp at = field_op(cx, *c, op);
      if (!outside_tests(cx, at)) continue;
      diag::Finding& f = cx.report(kInfo, at.function, at.at, at.handed_on() ? "handed" : "send");
      f.message = diag::Message("this will block sending on {0}: nobody receives from it",
                                diag::Code{at.name});
      label_field(cx, f, at, "{0} made here; this package never receives from it",
                  "{0} sent on here");
      break;
    }
  }
}

// Channels that a call gives.
void check_calls(RuleContext& cx, FunctionId function) {
  for (const flow::ChannelFacts& c : cx.called_channels(function)) {
    if (!full_orphan(c)) continue;
    for (const flow::ChannelOp& op : c.ops) {
      if (op.kind != flow::ChannelOpKind::kSend || op.can_leave || op.thread == 0) continue;
      if (op.thread == flow::Context::kUnknownThread || !surely_sends(cx, c, op)) continue;
      SaidAt said = said_at(cx, c, op);
      diag::Finding& f = cx.report(kInfo, said.function, said.at, said.at_call ? "call" : "send");
      f.message = diag::Message(
          said.at_call ? "this call starts a goroutine that will block sending on {0}: nobody "
                         "receives from it"
                       : "goroutine will block sending on {0}: nobody receives from it",
          diag::Code{name_of_called(cx, c)});
      label_called(cx, f, c, op, said, "{0} made here, without a buffer", "{0} sent on here");
      break;
    }
  }
}

void check(RuleContext& cx, FunctionId function) {
  check_calls(cx, function);
  check_fields(cx, function);
  std::vector<std::pair<FunctionId, ValueId>> reported;
  for (const flow::ChannelFacts& c : cx.channels(function)) {
    if (!full_orphan(c)) {
      check_counts(cx, c);
      continue;
    }
    for (const flow::ChannelOp& op : c.ops) {
      if (op.kind != flow::ChannelOpKind::kSend || op.thread == 0) continue;
      if (op.thread == flow::Context::kUnknownThread) continue;
      if (op.can_leave && !dead_select(cx, function, op, full_orphan)) continue;
      std::pair<FunctionId, ValueId> key{op.function, op.at};
      if (std::find(reported.begin(), reported.end(), key) != reported.end()) break;
      reported.push_back(key);
      std::string name = cx.name_of_made(function, c.made, "channel");
      const flow::Context& start = c.tracked.contexts[c.tracked.threads[op.thread].context];
      bool elsewhere = cx.declared(op.function) != cx.declared(function);
      // What the function starts itself, if by a method value, is its own affair.
      uint32_t begins = c.tracked.threads[op.thread].context;
      const flow::Context& own = c.tracked.contexts[op.context];
      bool bound = own.parent == begins && own.caller.exists() &&
                   cx.program()[own.caller].kind == ssa::FunctionKind::kBoundMethod;
      bool started_here =
          (op.context == begins || bound) && cx.declared(start.caller) == cx.declared(function);
      FieldFault fault =
          elsewhere && !started_here ? fault_of_field(cx, c, op, hopeless) : FieldFault::kNo;
      if (fault == FieldFault::kSaid) break;
      elsewhere = elsewhere && fault == FieldFault::kNo;
      FunctionId at_function = elsewhere ? start.caller : op.function;
      ValueId at = elsewhere ? start.at : op.at;
      diag::Finding& f = cx.report(kInfo, at_function, at, elsewhere ? "go" : "send");
      f.message = diag::Message("goroutine will block sending on {0}: nobody receives from it",
                                diag::Code{name});
      f.labels.push_back({cx.place(function, c.made),
                          diag::Message("{0} made here, with no receiver", diag::Code{name})});
      if (op.can_leave) label_other_cases(cx, f, c, op, "{0} made here, with no receiver");
      if (elsewhere) {
        f.labels.push_back({cx.place(op.function, op.at),
                            diag::Message("{0} sent on here", diag::Code{cx.name_of_operand(
                                                                  op.function, op.name, name)})});
      }
      break;
    }
  }
}

}  // namespace

Rule orphan_send() {
  return {&kInfo, check, Trigger{.has = types::BodySummary::kMakeChan, .gives = is_channel}};
}

}  // namespace unpark::rules
