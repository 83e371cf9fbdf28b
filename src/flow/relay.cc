// The idea: a worker's turn is one receive from the channel of work and one send of a result. Where
// that holds for each turn of each worker, and nobody else takes work, results are as many as work
// is given, and work is given in a loop that counts. That loop may stand in the maker, in a
// goroutine that the maker starts, or in the function that makes the channel of work; its count is
// then turned into one of the maker's by what is captured or passed.
#include "flow/relay.h"

#include <algorithm>
#include <vector>

#include "flow/paths.h"

namespace unpark::flow {

namespace {

class Finder {
 public:
  Finder(Facts& facts, const ChannelFacts& results, uint32_t thread)
      : facts_(facts),
        results_(results),
        thread_(thread),
        begin_(results.tracked.contexts[results.tracked.threads[thread].context]) {}

  std::optional<Relay> run(std::span<const ChannelFacts> all) {
    const ChannelOp* send = only_send();
    if (!send || begin_.caller != results_.maker || begin_.parent != 0) return std::nullopt;
    for (const ChannelFacts& work : all) {
      if (work.made == results_.made || !work.closed_world()) continue;
      ValueId receive = worker_receive(work, send->function);
      if (!receive.exists() || !one_send_each_turn(*send, receive)) continue;
      if (std::optional<Count> given = given_to(work)) return Relay{*given, *send};
    }
    return std::nullopt;
  }

 private:
  // All that these goroutines do on the channel, in the function that they run.
  const ChannelOp* only_send() const {
    const ChannelOp* out = nullptr;
    for (const ChannelOp& op : results_.ops) {
      if (op.thread != thread_ || op.kind == ChannelOpKind::kLook) continue;
      bool plain = op.kind == ChannelOpKind::kSend && !op.can_leave && !op.deferred &&
                   op.context == results_.tracked.threads[thread_].context;
      if (!plain) {
        // That a worker closes it, when it is done with its last turn, changes no count.
        if (op.kind == ChannelOpKind::kClose) continue;
        return nullptr;
      }
      if (out) return nullptr;
      out = &op;
    }
    return out;
  }

  // The one receive of these goroutines, when all receives from the channel of work are theirs.
  ValueId worker_receive(const ChannelFacts& work, FunctionId worker) const {
    ValueId out;
    for (const ChannelOp& op : work.ops) {
      if (op.kind != ChannelOpKind::kReceive) continue;
      if (!op.ranges || op.function != worker || op.thread == Context::kUnknownThread) return {};
      const Thread& thread = work.tracked.threads[op.thread];
      const Context& begin = work.tracked.contexts[thread.context];
      bool theirs =
          begin.caller == begin_.caller && begin.at == begin_.at && op.context == thread.context;
      if (!theirs || (out.exists() && out != op.at)) return {};
      out = op.at;
    }
    return out;
  }

  // From the receive back to it: once through the send; and out of the loop only by the channel's
  // being closed.
  bool one_send_each_turn(const ChannelOp& send, ValueId receive) const {
    const FunctionFacts& f = facts_.of(send.function);
    const Body& body = *f.body;
    BlockId head = body[receive].block, sends = body[send.at].block;
    if (!f.cycles.in_cycle[head.raw] || !f.cycles.same(head, sends)) return false;
    Edge closed = closed_edge(f, receive);
    if (!closed.exists() || closed.from != head || sends == head) return false;
    for (uint32_t i = 0; i < body.blocks.size(); i++) {
      BlockId from{i};
      if (!f.cycles.same(from, head)) continue;
      for (uint32_t s = 0; s < 2; s++) {
        BlockId to = body[from].succs[s];
        bool out = to.exists() && !f.cycles.same(to, head);
        if (out && !(Edge{from, s} == closed)) return false;
      }
    }
    return !reaches(f, body[head].succs[0], head, sends) &&  // a turn that sends nothing
           !sends_again(f, sends, head);
  }

  // From block to block, inside the loop, without coming through the third.
  static bool reaches(const FunctionFacts& f, BlockId from, BlockId to, BlockId avoiding) {
    const Body& body = *f.body;
    std::vector<bool> seen(body.blocks.size());
    std::vector<BlockId> todo{from};
    while (!todo.empty()) {
      BlockId b = todo.back();
      todo.pop_back();
      if (b == avoiding || seen[b.raw]) continue;
      if (b == to) return true;
      seen[b.raw] = true;
      for (BlockId next : body[b].succs) {
        if (next.exists() && f.cycles.same(next, to)) todo.push_back(next);
      }
    }
    return false;
  }

  static bool sends_again(const FunctionFacts& f, BlockId sends, BlockId head) {
    for (BlockId next : (*f.body)[sends].succs) {
      if (next.exists() && f.cycles.same(next, head) && reaches(f, next, sends, head)) return true;
    }
    return false;
  }

  // How many values are sent on the channel of work, when that is the same on all ways.
  std::optional<Count> given_to(const ChannelFacts& work) const {
    const ChannelOp* send = nullptr;
    for (const ChannelOp& op : work.ops) {
      if (op.kind != ChannelOpKind::kSend) continue;
      if (send || op.can_leave || op.deferred || op.thread == Context::kUnknownThread) {
        return std::nullopt;
      }
      send = &op;
    }
    if (!send) return std::nullopt;
    const FunctionFacts& f = facts_.of(send->function);
    BlockId block = (*f.body)[send->at].block;
    if (!f.cycles.in_cycle[block.raw]) return std::nullopt;
    std::optional<std::vector<LoopLevel>> around =
        loops_around(facts_, send->function, f.cycles, block);
    if (!around || around->size() != 1) return std::nullopt;
    const LoopLevel& loop = around->front();
    if (!loop.exit || !loop.every_turn || !loop.only_exit) return std::nullopt;
    if (send->context == 0 && send->function == results_.maker) {
      if (avoids(results_.maker, loop.head, begin_.at)) return std::nullopt;
      return loop.exit->turns;
    }
    if (avoids(send->function, loop.head, {})) return std::nullopt;
    return in_maker(work, *send, loop.exit->turns);
  }

  // A way through the function that comes by the instruction (none: any way) and not to the loop.
  bool avoids(FunctionId function, BlockId head, ValueId by) const {
    const Body& body = facts_.body(function);
    auto way = [&](ValueId from, ValueId to) {
      PathQuery query;
      query.from = from;
      query.avoid = [&](ValueId at) { return body[at].block == head; };
      if (to.exists()) query.arrives = [to](ValueId at) { return at == to; };
      Path path = find_path(facts_, function, query);
      if (path.gave_up) return true;
      return path.found && (!to.exists() || path.end == to);
    };
    return by.exists() ? way({}, by) && way(by, {}) : way({}, {});
  }

  // The count of a function that the maker calls or starts once for the channel of work, in terms
  // of the maker.
  std::optional<Count> in_maker(const ChannelFacts& work, const ChannelOp& send,
                                Count count) const {
    const Context& context = work.tracked.contexts[send.context];
    ValueId call;
    if (work.by_call() && send.context == kCallee && send.function == work.callee) {
      call = work.made;
    } else if (send.thread != 0 && context.via == Context::kGo && context.parent == 0 &&
               context.caller == results_.maker && !context.repeated &&
               !work.tracked.threads[send.thread].repeated) {
      call = context.at;
      if (avoids_start(call)) return std::nullopt;
    } else {
      return std::nullopt;
    }
    if (count.is_number()) return count;
    if (!count.symbol.fields.empty()) return std::nullopt;
    ValueId given = outside(send.function, call, count.symbol.root);
    if (!given.exists()) return std::nullopt;
    std::optional<Count> there = count.symbol.length ? length_of(facts_, results_.maker, given)
                                                     : count_of(facts_, results_.maker, given);
    if (!there) return std::nullopt;
    if (count.times != 1 || count.per != 1) return std::nullopt;
    there->constant += count.constant;
    return there;
  }

  // Work is not given on all ways on which the workers are started.
  bool avoids_start(ValueId giver) const {
    const Body& body = facts_.body(results_.maker);
    return avoids(results_.maker, body[giver].block, begin_.at);
  }

  // What a parameter, or a captured variable, of the callee is in the maker.
  ValueId outside(FunctionId callee, ValueId call, ValueId inside) const {
    const Body& body = facts_.body(results_.maker);
    const Body& inner = facts_.body(callee);
    const Value& root = inner[inside];
    const Value& c = body[call];
    if (c.is(Value::kInvoke)) return {};
    if (root.op == Op::kParameter) {
      std::span<const ValueId> in = body.operands(c);
      return root.aux + 1 < in.size() ? in[root.aux + 1] : ValueId{};
    }
    if (root.op != Op::kFreeVar) return {};
    const Value& closure = body[body.operands(c)[0]];
    if (closure.op != Op::kMakeClosure || FunctionId{closure.aux} != callee) return {};
    std::span<const ValueId> captured = body.operands(closure);
    uint32_t number = inside.raw - inner.param_count;
    return number < captured.size() ? captured[number] : ValueId{};
  }

  Facts& facts_;
  const ChannelFacts& results_;
  uint32_t thread_;
  const Context& begin_;
};

}  // namespace

std::optional<Relay> find_relay(Facts& facts, const ChannelFacts& channel, uint32_t thread,
                                std::span<const ChannelFacts> all) {
  return Finder(facts, channel, thread).run(all);
}

}  // namespace unpark::flow
