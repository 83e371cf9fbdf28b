#include "flow/channel.h"

#include <algorithm>

#include "types/constant.h"

namespace unpark::flow {

namespace {

std::optional<int64_t> constant_of(Facts& facts, const Body& body, ValueId v) {
  const Value& c = body[v];
  if (c.op == Op::kConvert || c.op == Op::kChangeType) {
    return constant_of(facts, body, body.operands(c)[0]);
  }
  if (c.op != Op::kConst) return std::nullopt;
  if (c.aux == Value::kNoAux) return 0;
  types::Context& cx = facts.context();
  return types::int64_value(cx.constant_pool.to_int(cx.constants[types::ConstId{c.aux}]));
}

// A comma-ok receive whose `ok` alone decides whether the loop around it goes on.
bool is_range(const FunctionFacts& facts, ValueId receive) {
  const Body& body = *facts.body;
  const Value& r = body[receive];
  if (r.op != Op::kRecv || !r.is(Value::kCommaOk) || !facts.repeats(receive)) return false;
  for (ValueId use : facts.uses_of(receive)) {
    const Value& extract = body[use];
    if (extract.op != Op::kExtract || extract.aux != 1) continue;
    for (ValueId test : facts.uses_of(use)) {
      const Value& branch = body[test];
      if (branch.op != Op::kIf || branch.block != r.block) continue;
      BlockId stay = body[branch.block].succs[0];
      BlockId leave = body[branch.block].succs[1];
      if (facts.cycles.same(stay, r.block) && !facts.cycles.same(leave, r.block)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<ValueId> made_channels(const Body& body) {
  constexpr size_t kMaxWork = 1 << 24;
  std::vector<ValueId> out;
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    if (body.values[i].op == Op::kMakeChan) out.push_back(ValueId{i});
    if (out.size() * body.blocks.size() > kMaxWork) break;
  }
  return out;
}

Edge closed_edge(const FunctionFacts& facts, ValueId receive) {
  const Body& body = *facts.body;
  for (ValueId use : facts.uses_of(receive)) {
    if (body[use].op != Op::kExtract || body[use].aux != 1) continue;
    for (ValueId branch : facts.uses_of(use)) {
      if (body[branch].op == Op::kIf) return {body[branch].block, 1};
    }
  }
  return {};
}

Edge select_case_edge(const FunctionFacts& facts, ValueId select, int32_t number) {
  const Body& body = *facts.body;
  // The chain compares component 0 with 0, 1, …; what is left at its end is the last alternative.
  ValueId chosen;
  for (ValueId use : facts.uses_of(select)) {
    if (body[use].op == Op::kExtract && body[use].aux == 0) chosen = use;
  }
  if (!chosen.exists()) return {};
  auto cases = static_cast<int32_t>(body[select].operand_count / 2);
  bool has_default = !body[select].is(Value::kBlocking);
  Edge last_else;
  int32_t compared = 0;
  for (ValueId use : facts.uses_of(chosen)) {
    const Value& test = body[use];
    if (test.op != Op::kBinary || test.sub != syntax::Token::kEql) return {};
    for (ValueId branch_id : facts.uses_of(use)) {
      const Value& branch = body[branch_id];
      if (branch.op != Op::kIf) return {};
      if (compared == number) return {branch.block, 0};
      last_else = {branch.block, 1};
    }
    compared++;
  }
  bool at_end =
      has_default ? number == -1 && compared == cases : number == compared && compared == cases - 1;
  return at_end ? last_else : Edge{};
}

namespace {

// By place in the source.
bool comes_before(Facts& facts, FunctionId f, ValueId v, FunctionId g, ValueId w) {
  const Body& x = facts.body(f);
  const Body& y = facts.body(g);
  if (x.file_of(v) != y.file_of(w)) return x.file_of(v) < y.file_of(w);
  return x[v].span < y[w].span;
}

std::vector<ChannelOp> operations(Facts& facts, const Tracked& tracked) {
  std::vector<ChannelOp> out;
  for (const Touch& touch : tracked.touches) {
    const FunctionFacts& f = facts.of(touch.function);
    const Body& body = *f.body;
    const Value& v = body[touch.at];
    const Context& cx = tracked.contexts[touch.context];
    ChannelOp op;
    op.function = touch.function;
    op.at = touch.at;
    op.context = touch.context;
    op.thread = cx.thread;
    bool here = touch.context == 0;
    op.repeated = cx.repeated || (here ? tracked.turn.in_cycle[v.block.raw] : f.repeats(touch.at));
    op.name = touch.value;
    op.deferred = cx.deferred || v.op == Op::kDefer;
    switch (v.op) {
      case Op::kSend:
        op.kind = ChannelOpKind::kSend;
        break;
      case Op::kRecv:
        op.kind = ChannelOpKind::kReceive;
        op.ranges = is_range(f, touch.at);
        break;
      case Op::kSelect: {
        std::span<const ValueId> x = body.operands(v);
        op.can_leave = x.size() > 2 || !v.is(Value::kBlocking);
        for (size_t i = 0; i < x.size(); i += 2) {
          if (x[i] != touch.value) continue;
          ChannelOp one = op;
          one.select_case = static_cast<int32_t>(i / 2);
          one.kind = x[i + 1].exists() ? ChannelOpKind::kSend : ChannelOpKind::kReceive;
          out.push_back(one);
        }
        continue;
      }
      case Op::kCall:
      case Op::kDefer:
      case Op::kGo: {
        auto builtin = static_cast<types::Builtin>(body[body.operands(v)[0]].aux);
        op.kind = builtin == types::Builtin::kClose ? ChannelOpKind::kClose : ChannelOpKind::kLook;
        break;
      }
      default:
        break;
    }
    out.push_back(op);
  }
  // By goroutine, then place in the source.
  std::sort(out.begin(), out.end(), [&](const ChannelOp& a, const ChannelOp& b) {
    if (a.thread != b.thread) return a.thread < b.thread;
    const Body& x = facts.body(a.function);
    const Body& y = facts.body(b.function);
    if (x.file_of(a.at) != y.file_of(b.at)) return x.file_of(a.at) < y.file_of(b.at);
    if (x[a.at].span != y[b.at].span) return x[a.at].span < y[b.at].span;
    return a.select_case < b.select_case;
  });
  return out;
}

}  // namespace

ChannelFacts channel_facts(Facts& facts, FunctionId function, ValueId made, Unknown unknown) {
  ChannelFacts out;
  out.maker = function;
  out.made = made;
  const Body& maker = facts.body(function);
  out.capacity = constant_of(facts, maker, maker.operands(made)[0]);
  out.tracked = track(facts, function, made, unknown);
  out.ops = operations(facts, out.tracked);
  return out;
}

ChannelFacts called_channel(Facts& facts, FunctionId function, ValueId call,
                            const ChannelFacts& there) {
  ChannelFacts out;
  out.maker = function;
  out.made = call;
  out.callee = there.maker;
  out.made_there = there.made;
  const Body& callee = facts.body(there.maker);
  const Body& body = facts.body(function);
  ValueId size = callee.operands(there.made)[0];
  if (size.raw < callee.param_count) {
    out.capacity = constant_of(facts, body, body.operands(call)[1 + size.raw]);
  } else {
    out.capacity = there.capacity;
  }
  out.tracked = track_result(facts, function, call, there.maker, there.made);
  if (out.tracked.result.exists()) out.ops = operations(facts, out.tracked);
  return out;
}

FieldChannels field_channels(Facts& facts, types::ObjectId field) {
  FieldChannels out;
  FieldTracked t = track_field(facts, field);
  out.known = t.tracked.escape == Escape::kNo;
  out.tracked = std::move(t.tracked);
  if (!out.known) return out;
  out.others_receive = t.others_receive;
  out.others_send = t.others_send;
  for (Made m : t.makes) {
    const Body& maker = facts.body(m.function);
    out.channels.push_back({m.function, m.at, constant_of(facts, maker, maker.operands(m.at)[0])});
  }
  std::sort(out.channels.begin(), out.channels.end(), [&](const auto& a, const auto& b) {
    return comes_before(facts, a.maker, a.made, b.maker, b.made);
  });
  out.ops = operations(facts, out.tracked);
  return out;
}

}  // namespace unpark::flow
