// The idea: a search over the maker's control flow whose memory holds how many goroutines were
// started outside of loops, which starting loops were counted to their end, how many values were
// received, and which receiving loops were counted to their end. At a return the sums are compared;
// the first way on which provably fewer are received than sent, for some length that is possible,
// is the answer. Loops of unknown length are not left by counting on such a way, so what is not
// understood gives no answer.
//
// Sends that need not happen do not count: those of a select with another case, and, where several
// goroutines are started, those behind a condition that may choose one goroutine among them (an
// atomic flag, a sync.Once). A goroutine sends as many values as its longest way does.
#include "flow/shortfall.h"

#include <algorithm>

#include "types/predicates.h"

namespace unpark::flow {

namespace {

constexpr size_t kMaxStarts = 8;
constexpr size_t kMaxLoops = 8;
constexpr uint32_t kMaxCount = 15;
constexpr int64_t kMaxSends = 8;  // of one goroutine that are told apart

// Bits of the memory.
constexpr size_t kStarted = 0;       // kMaxStarts: this goroutine (or one of this loop) was started
constexpr size_t kCountedOut = 8;    // kMaxStarts: its loop was counted to the end
constexpr size_t kReceivedAll = 16;  // kMaxLoops: this receiving loop was counted to the end
constexpr size_t kOutside = 24;      // 4: receives outside of loops
constexpr size_t kInside = 28;       // 4: receives in the loop that is under way

uint32_t number_at(const PathMemory& m, size_t bit) {
  uint32_t n = 0;
  for (size_t i = 0; i < 4; i++) n |= uint32_t{m[bit + i]} << i;
  return n;
}
void set_number(PathMemory& m, size_t bit, uint32_t n) {
  n = std::min(n, kMaxCount);
  for (size_t i = 0; i < 4; i++) m[bit + i] = n >> i & 1;
}

// Sends of all goroutines of one start.
struct Start {
  ValueId at;
  uint32_t thread = 0;
  int64_t sends = 0;  // of one goroutine, at least
  ChannelOp last;     // the last of them
  bool in_loop = false;
  std::optional<CountedExit> loop;
  bool nested = false;  // the loop is inside another one: `loop` is the outer
};

struct ReceiveLoop {
  uint32_t component = 0;
  BlockId block;
  std::optional<CountedExit> exit;
};

class Search {
 public:
  Search(Facts& facts, const ChannelFacts& c, std::span<const ChannelFacts> all)
      : facts_(facts),
        c_(c),
        all_(all),
        f_(facts.of(c.maker)),
        body_(*f_.body),
        turn_(c.tracked.turn) {}

  Shortfall run() {
    Shortfall out;
    if (!c_.closed_world() || !collect()) return out;
    room_ = count_of(facts_, c_.maker, body_.operands(c_.made)[0]);
    if (!room_) return out;
    if (starts_.size() == 1 && !starts_[0].in_loop && starts_[0].sends == 1 && room_->is_number() &&
        room_->constant == 0) {
      return out;  // whether the one receive happens is another question
    }
    bool loops =
        std::any_of(starts_.begin(), starts_.end(), [](const Start& s) { return s.in_loop; });
    if (!loops && room_->is_number() && room_->constant == 0) {
      // A way without any receive: that the goroutine is abandoned needs no counting.
      without_receive_ = true;
      bool abandoned = search(false).found;
      without_receive_ = false;
      if (abandoned) return out;
    }
    out = search(false);
    if (!out.found) return out;
    out.several = starts_.size() > 1 || starts_[0].in_loop;
    // Is there a way on which enough is received?
    out.always = !search(true).found;
    return out;
  }

 private:
  struct Receive {
    ValueId at;
    Edge edge;  // of a select's case
    int loop;   // index into loops_, or -1
    source::Loc where;
  };

  bool collect() {
    for (const ChannelOp& op : c_.ops) {
      switch (op.kind) {
        case ChannelOpKind::kReceive: {
          if (op.thread != 0 || op.function != c_.maker || op.context != 0 || op.deferred) {
            return false;
          }
          Receive r{op.at, {}, -1, {body_.file_of(op.at), body_[op.at].span}};
          if (op.select_case >= 0) {
            r.edge = select_case_edge(f_, op.at, op.select_case);
            if (!r.edge.exists()) return false;
            uint32_t number = body_[op.at].aux + static_cast<uint32_t>(op.select_case);
            r.where.span = body_.select_cases[number].span;
          }
          BlockId block =
              r.edge.exists() ? body_[r.edge.from].succs[r.edge.succ] : body_[op.at].block;
          if (turn_.in_cycle[block.raw]) {
            r.loop = loop_of(block);
            if (r.loop < 0) return false;
          } else if (turn_.in_cycle[body_[op.at].block.raw]) {
            // The case leaves the loop: it receives once.
            r.loop = -1;
          }
          receives_.push_back(r);
          break;
        }
        case ChannelOpKind::kSend:
          if (op.thread == 0 || op.thread == Context::kUnknownThread) return false;
          break;
        case ChannelOpKind::kClose:
          if (op.thread == 0) return false;
          break;
        case ChannelOpKind::kLook:
          break;
      }
    }
    if (receives_.empty()) return false;
    for (uint32_t t = 1; t < c_.tracked.threads.size(); t++) {
      if (!collect_start(t)) return false;
    }
    collect_joins();
    std::sort(starts_.begin(), starts_.end(),
              [](const Start& a, const Start& b) { return a.at < b.at; });
    return !starts_.empty();
  }

  // Receives by which the maker may learn that the senders are done: from channels that others than
  // the senders feed or close, when they have waited for something.
  void collect_joins() {
    for (const ChannelFacts& other : all_) {
      if (other.made == c_.made) continue;
      if (ended_by_sender(other)) continue;
      bool of_senders = other.closed_world();
      for (const ChannelOp& op : other.ops) {
        if (op.kind != ChannelOpKind::kSend && op.kind != ChannelOpKind::kClose) continue;
        if (op.thread == Context::kUnknownThread) of_senders = false;
        if (!of_senders || op.thread == 0) continue;
        const Context& begin = other.tracked.contexts[other.tracked.threads[op.thread].context];
        bool sender = begin.caller == c_.maker &&
                      std::any_of(starts_.begin(), starts_.end(),
                                  [&](const Start& s) { return s.at == begin.at; });
        of_senders = sender || !waits(other, op);
      }
      if (of_senders) continue;
      for (const ChannelOp& op : other.ops) {
        if (op.kind != ChannelOpKind::kReceive || op.function != c_.maker) continue;
        if (op.select_case < 0) {
          joins_.push_back(op.at);
        } else {
          join_edges_.push_back(select_case_edge(f_, op.at, op.select_case));
        }
      }
    }
  }

  // The only sender closes it, when it is done as one may think: to have seen it closed is a join.
  bool ended_by_sender(const ChannelFacts& other) {
    if (starts_.size() != 1 || starts_[0].in_loop) return false;
    bool closes = false;
    for (const ChannelOp& op : other.ops) {
      if (op.kind != ChannelOpKind::kClose || op.thread == 0) continue;
      if (op.thread == Context::kUnknownThread) continue;
      const Context& begin = other.tracked.contexts[other.tracked.threads[op.thread].context];
      closes |= begin.caller == c_.maker && begin.at == starts_[0].at;
    }
    if (!closes) return false;
    bool sends = other.count(ChannelOpKind::kSend) > 0;
    for (const ChannelOp& op : other.ops) {
      if (op.kind != ChannelOpKind::kReceive || op.function != c_.maker) continue;
      if (op.ranges) {
        for (ValueId use : f_.uses_of(op.at)) {
          if (body_[use].op != Op::kExtract || body_[use].aux != 1) continue;
          for (ValueId branch : f_.uses_of(use)) {
            if (body_[branch].op == Op::kIf) join_edges_.push_back({body_[branch].block, 1});
          }
        }
      } else if (!sends && op.select_case < 0) {
        joins_.push_back(op.at);
      } else if (!sends) {
        join_edges_.push_back(select_case_edge(f_, op.at, op.select_case));
      }
    }
    return true;
  }

  // The goroutine that does this waits for something itself.
  bool waits(const ChannelFacts& other, const ChannelOp& op) {
    FunctionId function = op.function;
    for (uint32_t cx = op.context; cx != 0; cx = other.tracked.contexts[cx].parent) {
      const Body& body = facts_.body(function);
      for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
        const Value& v = body.values[i];
        if (v.op == Op::kRecv || v.op == Op::kSelect) return true;
        if (v.op == Op::kCall && called_name(function, ValueId{i}).starts_with("Wait")) return true;
      }
      function = other.tracked.contexts[cx].caller;
      if (other.tracked.contexts[cx].via == Context::kGo) return false;
    }
    return false;
  }

  // By convention of package testing and of loggers a function of such a name does not come back.
  bool may_not_return(ValueId at) const {
    if (body_[at].op != Op::kCall) return false;
    std::string_view name = called_name(c_.maker, at);
    return name.starts_with("FailNow") || name.starts_with("Fatal") || name.starts_with("Skip") ||
           name.starts_with("Panic") || name == "Exit";
  }

  // Of the function or method that is called, as it is declared; empty when that is not known.
  std::string_view called_name(FunctionId caller, ValueId call) const {
    const Value& v = facts_.body(caller)[call];
    types::ObjectId method;
    if (v.is(Value::kInvoke)) {
      method = types::ObjectId{v.aux};
    } else if (FunctionId callee = facts_.static_callee(caller, call); callee.exists()) {
      method = facts_.program()[callee].object;
    }
    types::Context& cx = facts_.context();
    return method.exists() ? cx.text(cx.objects[method].name) : std::string_view();
  }

  int loop_of(BlockId block) {
    uint32_t component = turn_.component[block.raw];
    for (size_t i = 0; i < loops_.size(); i++) {
      if (loops_[i].component == component) return static_cast<int>(i);
    }
    if (loops_.size() >= kMaxLoops) return -1;
    loops_.push_back({component, block, counted_exit(facts_, c_.maker, turn_, block)});
    return static_cast<int>(loops_.size() - 1);
  }

  bool collect_start(uint32_t t) {
    const Thread& thread = c_.tracked.threads[t];
    const Context& begin = c_.tracked.contexts[thread.context];
    Start s;
    s.thread = t;
    s.at = begin.at;
    bool here = begin.caller == c_.maker && begin.parent == 0;
    s.in_loop = here && turn_.in_cycle[body_[begin.at].block.raw];
    count_sends(s);
    if (s.sends == 0) return true;  // a helper that need not send
    if (!here || starts_.size() >= kMaxStarts) return false;
    if (s.in_loop) {
      BlockId block = body_[s.at].block;
      s.loop = counted_exit(facts_, c_.maker, turn_, block);
      // Started in each turn, and not in the loop that receives.
      if (!s.loop || !every_turn(s)) return false;
      for (const ReceiveLoop& l : loops_) {
        if (l.component == turn_.component[block.raw]) return false;
      }
    }
    starts_.push_back(s);
    return true;
  }

  // The loop cannot turn without starting the goroutine; in a loop inside the loop it may.
  bool every_turn(Start& s) {
    BlockId block = body_[s.at].block;
    BlockId head = s.loop->edge.from;
    uint32_t component = turn_.component[block.raw];
    auto inside = [&](BlockId b) {
      return turn_.in_cycle[b.raw] && turn_.component[b.raw] == component;
    };
    // From the head back to itself without the start.
    auto reaches = [&](BlockId from, BlockId without, BlockId to) {
      std::vector<bool> seen(body_.blocks.size());
      std::vector<BlockId> work{from};
      while (!work.empty()) {
        BlockId b = work.back();
        work.pop_back();
        for (BlockId next : facts_.successors(f_, b)) {
          if (!inside(next) || next == without) continue;
          if (next == to) return true;
          if (seen[next.raw]) continue;
          seen[next.raw] = true;
          work.push_back(next);
        }
      }
      return false;
    };
    s.nested = reaches(block, head, block);
    return s.nested || flow::every_turn(facts_, c_.maker, turn_, *s.loop, block);
  }

  // How many values a goroutine of this start sends, on its longest way.
  void count_sends(Start& s) {
    const Thread& thread = c_.tracked.threads[s.thread];
    bool several = thread.repeated || c_.tracked.threads.size() > 2;
    std::vector<ChannelOp> ops;
    for (const ChannelOp& op : c_.ops) {
      if (op.kind != ChannelOpKind::kSend || op.thread != s.thread || op.can_leave) continue;
      if (several && may_be_another(op)) continue;
      // A helper that asks whether it has sent before sends once, however often it is called.
      bool again = std::any_of(ops.begin(), ops.end(), [&](const ChannelOp& other) {
        return other.function == op.function && other.at == op.at && other.context != op.context;
      });
      if (!again || !behind_choice(op.function, op.at)) ops.push_back(op);
    }
    if (ops.empty()) return;
    s.last = ops.back();
    // Where all of them stand; else the function that the goroutine runs, with the calls in it.
    bool together = std::all_of(ops.begin(), ops.end(),
                                [&](const ChannelOp& op) { return op.context == ops[0].context; });
    uint32_t frame = together ? ops[0].context : thread.context;
    FunctionId function = ops[0].function;
    std::vector<ValueId> sends;  // at most as many as the memory has bits
    for (const ChannelOp& op : ops) {
      ValueId at = op.at;
      for (uint32_t cx = op.context; cx != frame && cx != 0;) {
        const Context& context = c_.tracked.contexts[cx];
        function = context.caller;
        at = context.at;
        cx = context.parent;
      }
      bool known = std::find(sends.begin(), sends.end(), at) != sends.end();
      if (!known && sends.size() < PathMemory().size()) sends.push_back(at);
    }
    int64_t most = std::min<int64_t>(static_cast<int64_t>(sends.size()), kMaxSends);
    for (int64_t wanted = most; wanted > 0; wanted--) {
      if (wanted == 1 || sends_along(function, frame, sends, wanted)) {
        s.sends = wanted;
        return;
      }
    }
  }

  // A way through the function, called as the frame says, with that many of the sends.
  bool sends_along(FunctionId function, uint32_t frame, const std::vector<ValueId>& sends,
                   int64_t wanted) {
    PathQuery query;
    const Body& body = facts_.body(function);
    query.visit = [&](PathMemory& m, ValueId at) {
      // Once each: how often a loop turns is not asked.
      auto it = std::find(sends.begin(), sends.end(), at);
      if (it != sends.end()) m[static_cast<size_t>(it - sends.begin())] = true;
      if (static_cast<int64_t>(m.count()) >= wanted) return Walk::kArrived;
      return body[at].op == Op::kReturn ? Walk::kBlocked : Walk::kGoOn;
    };
    query.cross = [&](PathMemory&, Edge e) { return !contradicts_call(body, frame, e); };
    return find_path(facts_, function, query).found;
  }

  // The edge asks whether a parameter is nil, and the call says otherwise.
  bool contradicts_call(const Body& body, uint32_t frame, Edge e) const {
    const Context& context = c_.tracked.contexts[frame];
    const Value& last = body.terminator(e.from);
    if (last.op != Op::kIf || !context.caller.exists()) return false;
    const Value& test = body[body.operands(last)[0]];
    if (test.op != Op::kBinary ||
        (test.sub != syntax::Token::kEql && test.sub != syntax::Token::kNeq)) {
      return false;
    }
    std::span<const ValueId> x = body.operands(test);
    const Value& parameter = body[x[0]];
    const Value& nil = body[x[1]];
    if (parameter.op != Op::kParameter || nil.op != Op::kConst || nil.aux != Value::kNoAux) {
      return false;
    }
    const Body& outer = facts_.body(context.caller);
    const Value& call = outer[context.at];
    if (call.is(Value::kInvoke) || parameter.aux + 1 >= call.operand_count) return false;
    if (!facts_.static_callee(context.caller, context.at).exists()) return false;
    const Value& given = outer[outer.operands(call)[parameter.aux + 1]];
    bool is_nil = given.op == Op::kConst && given.aux == Value::kNoAux;
    bool is_something =
        given.op == Op::kMakeInterface || given.op == Op::kMakeClosure || given.op == Op::kAlloc;
    if (!is_nil && !is_something) return false;
    bool asks_nil = (test.sub == syntax::Token::kEql) == (e.succ == 0);
    return asks_nil != is_nil;
  }

  // Behind a condition by which one goroutine of several may be chosen: anything but an error.
  bool may_be_another(const ChannelOp& op) {
    for (uint32_t cx = op.context;; cx = c_.tracked.contexts[cx].parent) {
      const Context& context = c_.tracked.contexts[cx];
      if (context.via == Context::kUnknown) return true;
      if (context.via == Context::kCall) {
        FunctionId callee = facts_.static_callee(context.caller, context.at);
        if (callee.exists() && facts_.intrinsic(callee).effect == Effect::kCalls) return true;
        if (behind_choice(context.caller, context.at)) return true;
      }
      if (context.via == Context::kGo || cx == 0) break;
    }
    return behind_choice(op.function, op.at);
  }

  bool behind_choice(FunctionId function, ValueId at) {
    const FunctionFacts& f = facts_.of(function);
    const Body& body = *f.body;
    BlockId block = body[at].block;
    // Conditions on which it depends whether control comes here: of all that can reach it, those
    // with a way that avoids it.
    for (uint32_t i = 0; i < body.blocks.size(); i++) {
      BlockId b{i};
      const Value& last = body.terminator(b);
      if (last.op != Op::kIf || !f.cycles.reachable[i] || b == block) continue;
      bool first = reaches(f, body[b].succs[0], block),
           second = reaches(f, body[b].succs[1], block);
      if (first == second) continue;
      if (!asks_error(body, body.operands(last)[0])) return true;
    }
    return false;
  }

  bool reaches(const FunctionFacts& f, BlockId from, BlockId to) const {
    if (from == to) return true;
    std::vector<bool> seen(f.body->blocks.size());
    std::vector<BlockId> work{from};
    seen[from.raw] = true;
    while (!work.empty()) {
      BlockId b = work.back();
      work.pop_back();
      for (BlockId next : facts_.successors(f, b)) {
        if (next == to) return true;
        if (seen[next.raw]) continue;
        seen[next.raw] = true;
        work.push_back(next);
      }
    }
    return false;
  }

  bool asks_error(const Body& body, ValueId condition) {
    const Value& c = body[condition];
    if (c.op != Op::kBinary || (c.sub != syntax::Token::kEql && c.sub != syntax::Token::kNeq)) {
      return false;
    }
    types::Context& cx = facts_.context();
    for (ValueId side : body.operands(c)) {
      types::TypeId t = body[side].type;
      if (!t.exists() || !cx.types.is(t, types::TypeKind::kNamed)) continue;
      const types::Object& o = cx.objects[cx.types.named(t).object];
      if (!o.package.exists() && cx.text(o.name) == "error") return true;
    }
    return false;
  }

  // --- the search ---

  Shortfall search(bool enough) {
    Shortfall out;
    PathQuery query;
    query.from = c_.made;
    query.visit = [&](PathMemory& m, ValueId at) { return visit(m, at, enough, out); };
    query.cross = [&](PathMemory& m, Edge e) { return cross(m, e); };
    out.path = find_path(facts_, c_.maker, query);
    out.found = out.path.found;
    if (!out.found) return out;
    for (const Receive& r : receives_) {
      if (std::find(out.receives.begin(), out.receives.end(), r.where) == out.receives.end()) {
        out.receives.push_back(r.where);
      }
    }
    return out;
  }

  Walk visit(PathMemory& m, ValueId at, bool enough, Shortfall& out) {
    for (size_t i = 0; i < starts_.size(); i++) {
      if (starts_[i].at == at) m[kStarted + i] = true;
    }
    for (const Receive& r : receives_) {
      if (r.at == at && !r.edge.exists()) receive(m, r);
    }
    if (std::find(joins_.begin(), joins_.end(), at) != joins_.end()) return Walk::kBlocked;
    if (may_not_return(at)) return Walk::kBlocked;
    bool ends = body_[at].op == Op::kReturn || at == c_.made;
    if (!ends) return Walk::kGoOn;
    return judge(m, enough, out) ? Walk::kArrived : Walk::kBlocked;
  }

  static void receive(PathMemory& m, const Receive& r) {
    size_t bit = r.loop < 0 ? kOutside : kInside;
    set_number(m, bit, number_at(m, bit) + 1);
  }

  bool cross(PathMemory& m, Edge e) {
    if (std::find(join_edges_.begin(), join_edges_.end(), e) != join_edges_.end()) return false;
    BlockId to = body_[e.from].succs[e.succ];
    for (size_t i = 0; i < starts_.size(); i++) {
      if (starts_[i].loop && starts_[i].loop->edge == e) {
        if (!m[kStarted + i]) return false;  // no turn: nothing is sent
        m[kCountedOut + i] = true;
      }
    }
    for (size_t i = 0; i < loops_.size(); i++) {
      const ReceiveLoop& l = loops_[i];
      bool leaves = turn_.same(e.from, l.block) && !turn_.same(to, l.block);
      if (!leaves) continue;
      if (l.exit && l.exit->edge == e) {
        m[kReceivedAll + i] = true;
        set_number(m, kInside, 0);
      } else {
        if (!leaves_for_a_reason(e)) return false;
        set_number(m, kOutside, number_at(m, kOutside) + number_at(m, kInside));
        set_number(m, kInside, 0);
      }
    }
    for (const Receive& r : receives_) {
      if (r.edge.exists() && r.edge == e) receive(m, r);
    }
    return true;
  }

  // Out of a receiving loop because of what was received or chosen, not because of a count.
  bool leaves_for_a_reason(Edge e) const {
    const Value& last = body_.terminator(e.from);
    if (last.op != Op::kIf) return true;
    ValueId v = body_.operands(last)[0];
    for (int depth = 0; depth < 6; depth++) {
      const Value& x = body_[v];
      std::span<const ValueId> in = body_.operands(x);
      switch (x.op) {
        case Op::kUnary:
          v = in[0];
          continue;
        case Op::kBinary: {
          const Value& chosen = body_[in[0]];
          if (chosen.op == Op::kExtract && body_[body_.operands(chosen)[0]].op == Op::kSelect) {
            return true;
          }
          bool constant = body_[in[1]].op == Op::kConst || body_[in[0]].op == Op::kConst;
          types::TypeId t = body_[in[0]].type;
          return constant && (!t.exists() || !types::is_numeric(facts_.context(),
                                                                facts_.context().types.under(t)));
        }
        case Op::kCall:
          return true;
        case Op::kRecv:
          return !x.is(Value::kCommaOk);
        case Op::kField:
        case Op::kLoad:
        case Op::kFieldAddr:
          v = in[0];
          continue;
        case Op::kAlloc:
          return true;
        default:
          return false;
      }
    }
    return false;
  }

  // Whether provably fewer (with `enough`: perhaps as many) are received than sent.
  bool judge(const PathMemory& m, bool enough, Shortfall& out) const {
    int64_t number = -room_->constant;  // sent and not received
    std::vector<std::pair<Symbol, int64_t>> symbols;
    bool nested = false, any = false;
    auto add = [&](const Count& c, int64_t times) {
      number += c.constant * times;
      if (c.is_number()) return;
      for (auto& [symbol, n] : symbols) {
        if (symbol == c.symbol) {
          n += times;
          return;
        }
      }
      symbols.push_back({c.symbol, times});
    };
    add({room_->symbol, 0}, -1);
    int64_t sent = 0;
    for (size_t i = 0; i < starts_.size(); i++) {
      if (!m[kStarted + i]) continue;
      const Start& s = starts_[i];
      any = true;
      if (!s.in_loop) {
        number += s.sends;
        sent += s.sends;
      } else if (m[kCountedOut + i]) {
        add(s.loop->turns, s.sends);
        nested |= s.nested;
        sent = s.nested || !s.loop->turns.is_number() || sent < 0
                   ? -1
                   : sent + s.loop->turns.constant * s.sends;
      } else {
        number += s.sends;  // one turn at least
        sent = -1;
      }
      out.send = s.last;
      out.start = s.at;
      out.loop = s.in_loop ? body_[s.at].block : BlockId{};
    }
    if (!any) return false;
    int64_t received = number_at(m, kOutside) + number_at(m, kInside);
    if (received >= kMaxCount || (without_receive_ && received > 0)) return false;
    number -= received;
    bool loops = false;
    for (size_t i = 0; i < loops_.size(); i++) {
      if (!m[kReceivedAll + i]) continue;
      add(loops_[i].exit->turns, -1);
      loops = true;
    }
    out.sent = sent;
    out.received = loops ? -1 : received;
    int64_t positive = 0, negative = 0;
    for (const auto& [symbol, n] : symbols) {
      positive += n > 0;
      negative += n < 0;
    }
    if (enough) return negative > 0 || (positive == 0 && number <= 0 && !nested);
    // Something that is not sent as often as it is received: nothing relates the two.
    if (negative > 0) return false;
    // As many turns as one likes, unless the function asks for the number.
    if (positive > 0) {
      for (const auto& [symbol, n] : symbols) {
        if (n > 0 && asked_for(symbol)) return false;
      }
      return true;
    }
    if (nested) {
      out.certain = false;
      return true;  // the loop inside turns twice
    }
    return number > 0;
  }

  // A test that the number is a certain one, other than zero.
  bool asked_for(const Symbol& symbol) const {
    for (uint32_t i = body_.first_instruction; i < body_.values.size(); i++) {
      const Value& v = body_.values[i];
      if (v.op != Op::kBinary || v.sub < syntax::Token::kEql) continue;
      if (v.sub != syntax::Token::kEql && v.sub != syntax::Token::kNeq) continue;
      std::span<const ValueId> in = body_.operands(v);
      types::TypeId t = body_[in[0]].type;
      if (!t.exists() || !types::is_integer(facts_.context(), facts_.context().types.under(t))) {
        continue;
      }
      std::optional<Count> a = count_of(facts_, c_.maker, in[0]);
      std::optional<Count> b = count_of(facts_, c_.maker, in[1]);
      if (!a || !b) continue;
      if (a->is_number()) std::swap(a, b);
      if (a->symbol == symbol && b->is_number() && b->constant - a->constant != 0) return true;
    }
    return false;
  }

  Facts& facts_;
  const ChannelFacts& c_;
  std::span<const ChannelFacts> all_;
  const FunctionFacts& f_;
  const Body& body_;
  const Cycles& turn_;
  std::optional<Count> room_;
  bool without_receive_ = false;
  std::vector<Receive> receives_;
  std::vector<ReceiveLoop> loops_;
  std::vector<Start> starts_;
  std::vector<ValueId> joins_;
  std::vector<Edge> join_edges_;
};

}  // namespace

Shortfall find_shortfall(Facts& facts, const ChannelFacts& channel,
                         std::span<const ChannelFacts> all) {
  return Search(facts, channel, all).run();
}

}  // namespace unpark::flow
