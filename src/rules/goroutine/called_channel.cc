#include "rules/goroutine/called_channel.h"

#include <algorithm>

#include "flow/callers.h"
#include "flow/paths.h"

namespace unpark::rules {

namespace {

// No call of the function but one can be.
bool has_one_caller(RuleContext& cx, FunctionId function) {
  const ssa::Function& f = cx.program()[function];
  if (!f.object.exists() || f.origin.exists()) return false;
  if (cx.types().exported(cx.types().objects[f.object].name)) return false;
  cx.look_beyond();
  const flow::Callers& callers = cx.facts().callers().of(function);
  return callers.calls.size() == 1 && callers.taken.empty();
}

}  // namespace

SaidAt said_at(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op) {
  if (cx.declared(op.function) == cx.declared(c.maker)) return {op.function, op.at};
  if (cx.declared(op.function) == c.callee && has_one_caller(cx, c.callee)) {
    return {op.function, op.at, false, true};
  }
  return {c.maker, c.made, true};
}

std::string name_of_called(RuleContext& cx, const flow::ChannelFacts& c) {
  std::string name;
  if (is_channel(cx.types(), cx.facts().body(c.maker)[c.tracked.result].type)) {
    name = cx.name_of_made(c.maker, c.tracked.result, "");
  }
  return name.empty() ? cx.name_of_made(c.callee, c.made_there, "channel") : name;
}

void label_called(RuleContext& cx, diag::Finding& finding, const flow::ChannelFacts& c,
                  const flow::ChannelOp& op, const SaidAt& said, const std::string& text,
                  const std::string& there) {
  std::string inner = cx.name_of_made(c.callee, c.made_there, "channel");
  finding.labels.push_back(
      {cx.place(c.callee, c.made_there), diag::Message(text, diag::Code{inner})});
  if (said.at_call) {
    finding.labels.push_back(
        {cx.place(op.function, op.at),
         diag::Message(there, diag::Code{cx.name_of_operand(op.function, op.name, inner)})});
  } else {
    finding.labels.push_back(
        {cx.place(c.maker, c.made),
         diag::Message("{0} comes from this call", diag::Code{name_of_called(cx, c)})});
  }
}

bool called_once(RuleContext& cx, const flow::ChannelFacts& c) {
  cx.look_beyond();
  return flow::lifetime_of(cx.facts(), c.maker, c.made) == flow::Lifetime::kOnce;
}

bool callee_starts(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op) {
  const flow::Context& begin = c.tracked.contexts[c.tracked.threads[op.thread].context];
  if (begin.parent != flow::kCallee || begin.caller != c.callee) return false;
  flow::PathQuery query;
  query.from = c.made_there;
  query.avoid = [&](ValueId at) { return at == begin.at; };
  flow::Path p = flow::find_path(cx.facts(), c.callee, query);
  return !p.found && !p.gave_up;
}

bool surely_sends(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op) {
  if (op.context != c.tracked.threads[op.thread].context || op.deferred) return false;
  const flow::FunctionFacts& f = cx.facts().of(op.function);
  std::vector<ValueId> sends;
  for (const flow::ChannelOp& o : c.ops) {
    if (o.kind == flow::ChannelOpKind::kSend && o.context == op.context && !o.can_leave) {
      sends.push_back(o.at);
    }
  }
  flow::PathQuery query;
  query.avoid = [&](ValueId at) {
    return std::find(sends.begin(), sends.end(), at) != sends.end();
  };
  query.avoid_edge = [&](flow::Edge e) {
    BlockId to = (*f.body)[e.from].succs[e.succ];
    return std::any_of(sends.begin(), sends.end(), [&](ValueId send) {
      BlockId loop = (*f.body)[send].block;
      return f.cycles.same(e.from, loop) && !f.cycles.same(to, loop);
    });
  };
  flow::Path p = flow::find_path(cx.facts(), op.function, query);
  return !p.found && !p.gave_up;
}

bool is_channel(types::Context& cx, types::TypeId type) {
  return cx.types.is(cx.types.under(type), types::TypeKind::kChan);
}

}  // namespace unpark::rules
