#include "flow/receiving_call.h"

#include <algorithm>

#include "flow/way_count.h"

namespace unpark::flow {

namespace {

class Reader {
 public:
  Reader(Facts& facts, const ChannelFacts& channel, const ChannelOp& receive)
      : facts_(facts),
        c_(channel),
        receive_(receive),
        call_(c_.tracked.contexts[receive.context]) {}

  std::optional<ReceivingCall> run() {
    if (receive_.context == 0 || receive_.thread != 0 || receive_.deferred) return std::nullopt;
    if (call_.via != Context::kCall || call_.parent != 0 || call_.caller != c_.maker) {
      return std::nullopt;
    }
    if (facts_.static_callee(c_.maker, call_.at) != receive_.function) return std::nullopt;
    const FunctionFacts& f = facts_.of(receive_.function);
    std::vector<WayStep> steps;
    for (const ChannelOp& op : c_.ops) {
      if (op.kind != ChannelOpKind::kReceive) continue;
      if (op.context != receive_.context) {
        // Of a function that this one calls.
        for (uint32_t cx = op.context; cx != 0; cx = c_.tracked.contexts[cx].parent) {
          if (cx == receive_.context) return std::nullopt;
        }
        continue;
      }
      WayStep step{op.at, {}, 1};
      if (op.select_case >= 0) {
        step.edge = select_case_edge(f, op.at, op.select_case);
        if (!step.edge.exists() && op.can_leave) return std::nullopt;
      }
      steps.push_back(step);
    }
    WayCount count(facts_, receive_.function, f.cycles, steps);
    if (!count.bounded()) return std::nullopt;
    ReceivingCall out;
    out.at = call_.at;
    out.function = receive_.function;
    out.received = count.most();
    out.certain = f.returns && count.least() == out.received;
    if (!out.certain && out.received == 1) out.leaves_by = way_without(steps);
    return out;
  }

 private:
  ValueId way_without(const std::vector<WayStep>& steps) {
    for (const WayStep& step : steps) {
      if (!step.edge.exists()) continue;
      PathQuery query;
      query.from = step.at;
      query.avoid = [&](ValueId at) {
        return std::any_of(steps.begin(), steps.end(),
                           [&](const WayStep& s) { return s.at == at && !s.edge.exists(); });
      };
      std::vector<Edge> closed = impossible_cases(step.at);
      for (const WayStep& s : steps) {
        if (s.edge.exists()) closed.push_back(s.edge);
      }
      query.avoid_edge = [&](Edge e) {
        return std::find(closed.begin(), closed.end(), e) != closed.end();
      };
      if (find_path(facts_, receive_.function, query).found) return step.at;
    }
    return {};
  }

  // Those on channels that this call makes nil, or that belong to a context which never ends.
  std::vector<Edge> impossible_cases(ValueId select) {
    const FunctionFacts& f = facts_.of(receive_.function);
    const Body& body = *f.body;
    std::span<const ValueId> x = body.operands(select);
    std::vector<Edge> out;
    for (size_t i = 0; i < x.size(); i += 2) {
      const Value& channel = body[x[i]];
      bool never = false;
      if (channel.op == Op::kParameter) {
        ValueId given = argument(channel);
        const Body& maker = facts_.body(c_.maker);
        never =
            given.exists() && maker[given].op == Op::kConst && maker[given].aux == Value::kNoAux;
      } else if (channel.op == Op::kCall && channel.is(Value::kInvoke)) {
        const Value& on = body[body.operands(channel)[0]];
        ValueId given = on.op == Op::kParameter ? argument(on) : ValueId{};
        never = given.exists() && is_root_context(facts_, c_.maker, given);
      }
      if (!never) continue;
      Edge e = select_case_edge(f, select, static_cast<int32_t>(i / 2));
      if (e.exists()) out.push_back(e);
    }
    return out;
  }

  // In the maker; none when it cannot be told.
  ValueId argument(const Value& parameter) {
    const Body& maker = facts_.body(c_.maker);
    const Value& call = maker[call_.at];
    if (call.is(Value::kInvoke) || parameter.aux + 1 >= call.operand_count) return {};
    return maker.operands(call)[parameter.aux + 1];
  }

  Facts& facts_;
  const ChannelFacts& c_;
  const ChannelOp& receive_;
  const Context& call_;
};

}  // namespace

std::optional<ReceivingCall> receiving_call(Facts& facts, const ChannelFacts& channel,
                                            const ChannelOp& receive) {
  return Reader(facts, channel, receive).run();
}

}  // namespace unpark::flow
