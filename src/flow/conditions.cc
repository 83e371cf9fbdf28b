// Conditions are compared by what they are made of: parameters, captured and local variables (of a
// struct: the field), globals, and functions that are called. Going up from the send to the
// channel's maker, what a function is given takes the place of its parameters and captured
// variables.
#include "flow/conditions.h"

#include <algorithm>

namespace unpark::flow {

bool can_reach(Facts& facts, const FunctionFacts& f, BlockId from, BlockId to) {
  if (from == to) return true;
  std::vector<bool> seen(f.body->blocks.size());
  std::vector<BlockId> work{from};
  seen[from.raw] = true;
  while (!work.empty()) {
    BlockId b = work.back();
    work.pop_back();
    for (BlockId next : facts.successors(f, b)) {
      if (next == to) return true;
      if (seen[next.raw]) continue;
      seen[next.raw] = true;
      work.push_back(next);
    }
  }
  return false;
}

namespace {

class SharedConditions {
 public:
  SharedConditions(Facts& facts, const ChannelFacts& channel) : facts_(facts), c_(channel) {}

  bool run(const ChannelOp& send, const Path& path) {
    // Upwards from the send to the maker, in each function what the way there depends on.
    std::vector<Root> roots;
    FunctionId function = send.function;
    ValueId at = send.at;
    uint32_t cx = send.context;
    while (cx != 0) {
      conditions_of(function, at, roots);
      const Context& context = c_.tracked.contexts[cx];
      roots = in_caller(function, context, roots);
      function = context.caller;
      at = context.at;
      cx = context.parent;
    }
    if (roots.empty()) return false;
    const Body& maker = facts_.body(c_.maker);
    std::vector<Root> asked;
    for (Edge e : path.branches) {
      const Value& last = maker.terminator(e.from);
      if (last.op == Op::kIf) add_roots(maker, maker.operands(last)[0], asked, 0);
    }
    return std::any_of(asked.begin(), asked.end(), [&](const Root& r) {
      return std::any_of(roots.begin(), roots.end(), [&](const Root& o) { return r.meets(o); });
    });
  }

 private:
  struct Root {
    enum Kind : uint8_t { kValue, kGlobal, kFunction, kMethod } kind = kValue;
    uint32_t id = 0;                 // of the value, or of the global, function or method
    uint32_t field = Value::kNoAux;  // of the struct there, when only that one is read
    friend bool operator==(const Root&, const Root&) = default;
    bool meets(const Root& other) const {
      bool apart = field != other.field && field != Value::kNoAux && other.field != Value::kNoAux;
      return kind == other.kind && id == other.id && !apart;
    }
  };

  void conditions_of(FunctionId function, ValueId at, std::vector<Root>& out) {
    const FunctionFacts& f = facts_.of(function);
    const Body& body = *f.body;
    BlockId block = body[at].block;
    for (uint32_t i = 0; i < body.blocks.size(); i++) {
      BlockId b{i};
      const Value& last = body.terminator(b);
      if (last.op != Op::kIf || !f.cycles.reachable[i] || b == block) continue;
      if (can_reach(facts_, f, body[b].succs[0], block) ==
          can_reach(facts_, f, body[b].succs[1], block)) {
        continue;
      }
      add_roots(body, body.operands(last)[0], out, 0);
    }
  }

  void add_roots(const Body& body, ValueId v, std::vector<Root>& out, int depth,
                 uint32_t field = Value::kNoAux) {
    if (depth > 8 || !v.exists()) return;
    const Value& x = body[v];
    Root r{x.op == Op::kGlobal ? Root::kGlobal : Root::kValue, x.op == Op::kGlobal ? x.aux : v.raw,
           field};
    switch (x.op) {
      case Op::kCall: {
        // What it gives is its own, but another call of the same function may give the same.
        const Value& callee = body[body.operands(x)[0]];
        if (x.is(Value::kInvoke)) {
          out.push_back({Root::kMethod, x.aux, Value::kNoAux});
        } else if (callee.op == Op::kFunction) {
          out.push_back({Root::kFunction, callee.aux, Value::kNoAux});
        } else if (callee.op == Op::kBuiltin) {
          for (ValueId operand : body.operands(x).subspan(1)) {
            add_roots(body, operand, out, depth + 1);
          }
        } else {
          add_roots(body, body.operands(x)[0], out, depth + 1);
        }
        return;
      }
      case Op::kParameter:
      case Op::kFreeVar:
      case Op::kAlloc:
      case Op::kGlobal:
        if (std::find(out.begin(), out.end(), r) == out.end()) out.push_back(r);
        return;
      case Op::kRecv:
      case Op::kSelect:
      case Op::kConst:
        return;
      case Op::kField:
      case Op::kFieldAddr:
        add_roots(body, body.operands(x)[0], out, depth + 1, x.aux);
        return;
      case Op::kLoad:
        add_roots(body, body.operands(x)[0], out, depth + 1, field);
        return;
      default:
        // A phi may come round to itself; the depth ends that.
        for (ValueId operand : body.operands(x)) add_roots(body, operand, out, depth + 1);
        return;
    }
  }

  std::vector<Root> in_caller(FunctionId function, const Context& context,
                              const std::vector<Root>& roots) {
    std::vector<Root> out;
    const Body& body = facts_.body(function);
    const Body& caller = facts_.body(context.caller);
    const Value& call = caller[context.at];
    if (!ssa::is_call(call.op) || call.is(Value::kInvoke)) return out;
    for (const Root& r : roots) {
      if (r.kind != Root::kValue) {
        out.push_back(r);
        continue;
      }
      const Value& x = body[ValueId{r.id}];
      if (x.op == Op::kParameter && x.aux + 1 < call.operand_count) {
        add_roots(caller, caller.operands(call)[x.aux + 1], out, 0, r.field);
      } else if (x.op == Op::kFreeVar) {
        // The closure is the callee, or an argument of what starts the goroutine.
        for (ValueId operand : caller.operands(call)) {
          const Value& closure = caller[operand];
          if (closure.op != Op::kMakeClosure || FunctionId{closure.aux} != function) continue;
          if (x.aux < closure.operand_count) {
            add_roots(caller, caller.operands(closure)[x.aux], out, 0, r.field);
          }
        }
      }
    }
    return out;
  }

  Facts& facts_;
  const ChannelFacts& c_;
};

}  // namespace

bool shares_condition(Facts& facts, const ChannelFacts& channel, const ChannelOp& send,
                      const Path& path) {
  return SharedConditions(facts, channel).run(send, path);
}

}  // namespace unpark::flow
