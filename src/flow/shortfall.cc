// The idea: a search over the maker's control flow whose memory holds how many goroutines were
// started outside of loops, which starting loops were counted to their end, how many values were
// received, and which receiving loops were counted to their end. At a return the sums are compared;
// the first way on which provably fewer are received than sent, for some length that is possible,
// is the answer. Loops of unknown length are not left by counting on such a way, so what is not
// understood gives no answer.
//
// How many values a goroutine sends is counted along its own ways (flow/way_count.h). When no way
// of the maker receives as many as its longest way sends, the two cannot agree. When some do, a way
// of the maker on which too few are received may be the one that goes with a shorter way of the
// goroutine (an error instead of two results), so there only what every way sends is counted; but
// for ways of the maker that ask nothing of what they receive, nor what the goroutine asks (a
// time-out).
//
// Sends that need not happen do not count: those of a select with another case, and, where several
// goroutines are started, those behind a condition that may choose one goroutine among them (an
// atomic flag, a sync.Once). That each of several has an error to send is believed.
#include "flow/shortfall.h"

#include <algorithm>

#include "flow/conditions.h"
#include "flow/receiving_call.h"
#include "flow/relay.h"
#include "flow/way_count.h"
#include "types/predicates.h"

namespace unpark::flow {

namespace {

constexpr size_t kMaxStarts = 8;
constexpr size_t kMaxLoops = 8;
constexpr uint32_t kMaxCount = 15;
constexpr size_t kMaxSends = 32;  // of one goroutine that are told apart

// Bits of the memory.
constexpr size_t kStarted = 0;       // kMaxStarts: this goroutine (or one of this loop) was started
constexpr size_t kCountedOut = 8;    // kMaxStarts: its loop was counted to the end
constexpr size_t kReceivedAll = 16;  // kMaxLoops: this receiving loop was counted to the end
constexpr size_t kOutside = 24;      // 4: receives outside of loops
constexpr size_t kInside = 28;       // 4: receives in the loop that is under way
constexpr size_t kUnlimited = 32;    // receives in a loop that is not understood

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
  int64_t most = 0;  // that one goroutine sends
  int64_t least = 0;
  size_t places = 0;  // where it sends
  ChannelOp last;     // the last of them
  bool in_loop = false;
  std::optional<CountedExit> loop;
  bool nested = false;  // in a loop inside of it that turns an unknown number of times
};

struct ReceiveLoop {
  uint32_t component = 0;
  BlockId block;
  std::optional<CountedExit> exit;
  int64_t in_turn = 1;  // receives, at most
  bool bounded = true;  // so many, and not more
};

class Search {
 public:
  Search(Facts& facts, const ChannelFacts& c, std::span<const ChannelFacts> all,
         const CalledChannels& called)
      : facts_(facts),
        c_(c),
        all_(all),
        called_(called),
        f_(facts.of(c.maker)),
        body_(*f_.body),
        turn_(c.tracked.turn) {}

  Shortfall run() {
    Shortfall out;
    if (!c_.closed_world() || !collect()) return out;
    room_ = count_of(facts_, c_.maker, body_.operands(c_.made)[0]);
    if (!room_) return out;
    several_ = starts_.size() > 1 || starts_[0].in_loop;
    if (!several_ && starts_[0].most == 1 && room_->is_number() && room_->constant == 0) {
      return out;  // whether the one receive happens is another question
    }
    bool loops =
        std::any_of(starts_.begin(), starts_.end(), [](const Start& s) { return s.in_loop; });
    if (!loops && !receives_.empty() && room_->is_number() && room_->constant == 0) {
      // A way without any receive: that the goroutine is abandoned needs no counting.
      without_receive_ = true;
      bool abandoned = search(false).found;
      without_receive_ = false;
      if (abandoned) return out;
    }
    out = search(false);
    out.several = several_;
    if (!out.found || several_) return out;
    // Is there a way on which enough is received?
    out.always = receives_.empty() || !search(true).found;
    if (out.always) return out;
    every_way_ = true;
    out = search(false);
    if (out.found) return out;
    every_way_ = false;
    blind_ = true;
    out = search(false);
    for (const ChannelOp& op : c_.ops) {
      if (op.kind != ChannelOpKind::kSend || !out.found) continue;
      if (shares_condition(facts_, c_, op, out.path)) out.found = false;
    }
    return out;
  }

 private:
  struct Receive {
    ValueId at;
    Edge edge;  // of a select's case
    int loop;   // index into loops_, or -1
    int64_t n;  // values
    source::Loc where;
  };

  bool collect() {
    for (const ChannelOp& op : c_.ops) {
      switch (op.kind) {
        case ChannelOpKind::kReceive: {
          if (op.thread != 0 || op.deferred) return false;
          Receive r{op.at, {}, -1, 1, {}};
          if (op.context != 0) {
            std::optional<ReceivingCall> call = receiving_call(facts_, c_, op);
            if (!call) return false;
            bool known = std::any_of(receives_.begin(), receives_.end(),
                                     [&](const Receive& other) { return other.at == call->at; });
            if (known) break;
            r.at = call->at;
            r.n = call->received;
          }
          r.where = {body_.file_of(r.at), body_[r.at].span};
          if (op.context == 0 && op.select_case >= 0) {
            r.edge = select_case_edge(f_, op.at, op.select_case);
            if (!r.edge.exists()) return false;
            uint32_t number = body_[op.at].aux + static_cast<uint32_t>(op.select_case);
            r.where.span = body_.select_cases[number].span;
          }
          BlockId block =
              r.edge.exists() ? body_[r.edge.from].succs[r.edge.succ] : body_[r.at].block;
          if (turn_.in_cycle[block.raw]) {
            r.loop = loop_of(block);
            if (r.loop < 0) return false;
          }
          // A case that leaves the loop receives once.
          receives_.push_back(r);
          break;
        }
        case ChannelOpKind::kSend:
          // Without receives these only make it worse.
          if (op.thread == 0 || op.thread == Context::kUnknownThread) {
            if (received()) return false;
          }
          break;
        case ChannelOpKind::kClose:
          if (op.thread == 0) return false;
          break;
        case ChannelOpKind::kLook:
          break;
      }
    }
    for (size_t i = 0; i < loops_.size(); i++) count_turn(i);
    for (uint32_t t = 1; t < c_.tracked.threads.size(); t++) {
      if (!collect_start(t)) return false;
    }
    if (received()) collect_joins();
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
        if (Edge closed = closed_edge(f_, op.at); closed.exists()) join_edges_.push_back(closed);
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

  bool received() const { return c_.count(ChannelOpKind::kReceive) > 0; }

  // How many values one turn of the loop receives.
  void count_turn(size_t loop) {
    std::vector<WayStep> steps;
    for (const Receive& r : receives_) {
      if (r.loop == static_cast<int>(loop)) steps.push_back({r.at, r.edge, r.n});
    }
    WayCount count(facts_, c_.maker, turn_, steps);
    loops_[loop].in_turn = count.most_in_turn();
    loops_[loop].bounded = count.bounded_in_turn();
  }

  int loop_of(BlockId block) {
    uint32_t component = turn_.component[block.raw];
    for (size_t i = 0; i < loops_.size(); i++) {
      if (loops_[i].component == component) return static_cast<int>(i);
    }
    if (loops_.size() >= kMaxLoops) return -1;
    loops_.push_back({component, block, counted_exit(facts_, c_.maker, turn_, block), 1, true});
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
    bool relays = s.most == 0 && count_relay(s);
    if (s.most == 0) return true;  // a helper that need not send
    if (starts_.size() >= kMaxStarts) return false;
    if (relays) {
      // Counted as a whole.
    } else if (!here) {
      if (!start_in_callee(s, begin)) return false;
    } else if (s.in_loop) {
      BlockId block = body_[s.at].block;
      std::optional<std::vector<LoopLevel>> around = loops_around(facts_, c_.maker, turn_, block);
      // Started in each turn, and not in the loop that receives.
      if (!around || !turns_of(s, *around)) return false;
      for (const ReceiveLoop& l : loops_) {
        if (l.component == turn_.component[block.raw]) return false;
      }
    }
    starts_.push_back(s);
    return true;
  }

  // Workers whose sends cannot be told from another's, but who together send what they are given.
  bool count_relay(Start& s) {
    std::optional<Relay> relay = find_relay(facts_, c_, s.thread, all_);
    if (!relay && called_) relay = find_relay(facts_, c_, s.thread, called_());
    if (!relay) return false;
    s.most = s.least = 1;
    s.places = 1;
    s.last = relay->send;
    s.in_loop = true;
    s.loop = CountedExit{{}, relay->sent};
    return true;
  }

  // The loops around a start: one that counts, with others inside of it.
  static bool turns_of(Start& s, const std::vector<LoopLevel>& around) {
    if (!around[0].exit || !around[0].every_turn) return false;
    s.loop = around[0].exit;
    Count all = s.loop->turns;
    for (size_t i = 1; i < around.size(); i++) {
      const LoopLevel& inner = around[i];
      bool counts =
          inner.exit && inner.every_turn && (all.is_number() || inner.exit->turns.is_number());
      if (!counts) {
        s.nested = true;
        return true;
      }
      Count more = inner.exit->turns;
      if (all.is_number()) std::swap(all, more);
      constexpr int64_t kMaxTurns = 16;
      if (more.constant < 1 || more.constant > kMaxTurns || all.per != 1 ||
          all.times * more.constant > kMaxTurns) {
        s.nested = true;
        return true;
      }
      all.constant *= more.constant;
      if (!all.is_number()) all.times *= more.constant;
    }
    s.loop->turns = all;
    return true;
  }

  // Started by a function that the maker calls once, on all its ways.
  bool start_in_callee(Start& s, const Context& begin) {
    const Context& call = c_.tracked.contexts[begin.parent];
    if (call.via != Context::kCall || call.parent != 0 || call.caller != c_.maker) return false;
    if (call.thread != 0 || turn_.in_cycle[body_[call.at].block.raw]) return false;
    if (facts_.static_callee(c_.maker, call.at) != begin.caller) return false;
    for (const Start& other : starts_) {
      if (other.at == call.at) return false;
    }
    const FunctionFacts& f = facts_.of(begin.caller);
    s.at = call.at;
    BlockId block = (*f.body)[begin.at].block;
    ValueId passed = begin.at;
    if (f.cycles.in_cycle[block.raw]) {
      std::optional<std::vector<LoopLevel>> around =
          loops_around(facts_, begin.caller, f.cycles, block);
      if (!around || around->size() != 1 || !turns_of(s, *around)) return false;
      s.in_loop = true;
      // Its number is none of this function's: nothing here is equal to it.
      if (!s.loop->turns.is_number()) {
        s.loop->turns = Count{.symbol = {.root = call.at, .fields = {UINT32_MAX}}};
      }
      s.loop->edge = {};
      const ssa::Block& head = (*f.body)[(*around)[0].head];
      passed = ValueId{head.first.raw + head.count - 1};
    }
    WayStep step{passed, {}, 1};
    return WayCount(facts_, begin.caller, f.cycles, {&step, 1}).least() == 1;
  }

  // How many values a goroutine of this start sends.
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
    if (ops.empty() || ops.size() > kMaxSends) return;
    s.places = ops.size();
    // Where all of them stand; else the function that the goroutine runs, with the calls in it.
    bool together = std::all_of(ops.begin(), ops.end(),
                                [&](const ChannelOp& op) { return op.context == ops[0].context; });
    uint32_t frame = together ? ops[0].context : thread.context;
    FunctionId function = ops[0].function;
    std::vector<WayStep> steps, certain;
    for (const ChannelOp& op : ops) {
      Position p{op.function, op.at, op.context};
      bool always = climb(p, frame);
      function = p.function;
      auto add = [](std::vector<WayStep>& to, ValueId at) {
        bool known =
            std::any_of(to.begin(), to.end(), [&](const WayStep& w) { return w.at == at; });
        if (!known) to.push_back({at, {}, 1});
      };
      add(steps, p.at);
      if (always) add(certain, p.at);
    }
    auto count = [&](const std::vector<WayStep>& of) {
      return WayCount(facts_, function, facts_.of(function).cycles, of,
                      [&](Edge e) { return !contradicts_call(facts_.body(function), frame, e); });
    };
    s.most = count(steps).most();
    s.last = last_of(ops, s.most);
    s.least = count(certain).least();
    Position p{function, {}, frame};
    if (frame != thread.context) {
      const Context& context = c_.tracked.contexts[frame];
      p = {context.caller, context.at, context.parent};
      if (!happens(frame) || !climb(p, thread.context) || !passed_always(p)) s.least = 0;
    }
  }

  // The send that finds no room, when they are made one after the other; the last one otherwise.
  const ChannelOp& last_of(const std::vector<ChannelOp>& ops, int64_t most) const {
    if (received() || !c_.capacity || most < static_cast<int64_t>(ops.size())) return ops.back();
    auto room = static_cast<size_t>(*c_.capacity);
    return room < ops.size() ? ops[room] : ops.back();
  }

  struct Position {
    FunctionId function;
    ValueId at;
    uint32_t context = 0;
  };

  // To the calls by which the position is reached, up to that context. False: the way up may be
  // another one, so that this need not happen.
  bool climb(Position& p, uint32_t frame) {
    bool always = true;
    while (p.context != frame && p.context != 0) {
      always = always && passed_always(p) && happens(p.context);
      const Context& context = c_.tracked.contexts[p.context];
      p = {context.caller, context.at, context.parent};
    }
    return always;
  }

  bool passed_always(const Position& p) {
    WayStep step{p.at, {}, 1};
    return WayCount(facts_, p.function, facts_.of(p.function).cycles, {&step, 1}).least() >= 1;
  }

  // The function is certainly called at the place that is its context's.
  bool happens(uint32_t cx) {
    const Context& context = c_.tracked.contexts[cx];
    if (context.via == Context::kDefer) return true;
    if (context.via != Context::kCall) return false;
    FunctionId callee = facts_.static_callee(context.caller, context.at);
    return callee.exists() && facts_.intrinsic(callee).effect != Effect::kCalls;
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
      bool first = can_reach(facts_, f, body[b].succs[0], block),
           second = can_reach(facts_, f, body[b].succs[1], block);
      if (first == second) continue;
      if (!asks_own_error(body, body.operands(last)[0])) return true;
    }
    return false;
  }

  // Of an error that was not there when the goroutine was started: it can be another in each.
  bool asks_own_error(const Body& body, ValueId condition) {
    const Value& c = body[condition];
    if (c.op != Op::kBinary || (c.sub != syntax::Token::kEql && c.sub != syntax::Token::kNeq)) {
      return false;
    }
    types::Context& cx = facts_.context();
    for (ValueId side : body.operands(c)) {
      if (body[side].op == Op::kLoad && body[body.operands(side)[0]].op == Op::kFreeVar) continue;
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
    enough_ = enough;
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
      if (starts_[i].at != at) continue;
      m[kStarted + i] = true;
      if (starts_[i].loop && !starts_[i].loop->edge.exists()) m[kCountedOut + i] = true;
    }
    for (const Receive& r : receives_) {
      if (r.at == at && !r.edge.exists()) receive(m, r);
    }
    if (std::find(joins_.begin(), joins_.end(), at) != joins_.end()) return Walk::kBlocked;
    if (may_not_return(at)) return Walk::kBlocked;
    bool ends = receives_.empty() || body_[at].op == Op::kReturn || at == c_.made;
    if (!ends) return Walk::kGoOn;
    if (judge(m, enough, out)) return Walk::kArrived;
    return receives_.empty() && body_[at].op != Op::kReturn ? Walk::kGoOn : Walk::kBlocked;
  }

  static void receive(PathMemory& m, const Receive& r) {
    size_t bit = r.loop < 0 ? kOutside : kInside;
    set_number(m, bit, number_at(m, bit) + static_cast<uint32_t>(std::min<int64_t>(r.n, 15)));
  }

  bool cross(PathMemory& m, Edge e) {
    if (std::find(join_edges_.begin(), join_edges_.end(), e) != join_edges_.end()) return false;
    BlockId to = body_[e.from].succs[e.succ];
    if (!enough_ && bounds_length(e)) return false;
    if (blind_) {
      const Value& last = body_.terminator(e.from);
      if (last.op == Op::kIf && was_received(body_.operands(last)[0], 0)) return false;
    }
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
      if (l.exit && l.exit->edge == e && l.bounded) {
        m[kReceivedAll + i] = true;
        set_number(m, kInside, 0);
      } else if ((l.exit && l.exit->edge == e) || !leaves_for_a_reason(e, l)) {
        if (!enough_) return false;
        m[kUnlimited] = true;
      } else {
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
  bool leaves_for_a_reason(Edge e, const ReceiveLoop& loop) const {
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
          if (may_be_sentinel()) return false;
          if (is_received(in[0], loop, 0)) return body_[in[1]].op == Op::kConst;
          bool constant = body_[in[1]].op == Op::kConst || body_[in[0]].op == Op::kConst;
          types::TypeId t = body_[in[0]].type;
          return constant && (!t.exists() || !types::is_numeric(facts_.context(),
                                                                facts_.context().types.under(t)));
        }
        case Op::kCall:
          return !may_be_sentinel();
        case Op::kRecv:
          return !x.is(Value::kCommaOk) && !may_be_sentinel();
        case Op::kField:
        case Op::kLoad:
        case Op::kFieldAddr:
          v = in[0];
          continue;
        case Op::kAlloc:
          return !may_be_sentinel();
        default:
          return false;
      }
    }
    return false;
  }

  // One goroutine that sends in several places may say by what it sends that it is the last.
  bool may_be_sentinel() const { return !several_ && starts_[0].places > 1; }

  // Something that was received may have a part in the value.
  bool was_received(ValueId v, int depth) const {
    constexpr int kDeep = 8;
    if (!v.exists()) return false;
    if (depth > kDeep) return true;
    const Value& x = body_[v];
    bool received = std::any_of(receives_.begin(), receives_.end(), [&](const Receive& r) {
      if (!r.edge.exists()) return r.at == v;
      return x.op == Op::kExtract && x.aux > 0 && body_.operands(x)[0] == r.at;
    });
    if (received) return true;
    if (x.op == Op::kSelect) return false;  // which case it chose
    if (x.op == Op::kAlloc) {
      for (ValueId use : f_.uses_of(v)) {
        const Value& u = body_[use];
        if (u.op == Op::kStore && was_received(body_.operands(u)[1], depth + 1)) return true;
        if (u.op == Op::kFieldAddr || u.op == Op::kIndexAddr) {
          for (ValueId inner : f_.uses_of(use)) {
            if (body_[inner].op == Op::kStore &&
                was_received(body_.operands(inner)[1], depth + 1)) {
              return true;
            }
          }
        }
      }
      return false;
    }
    std::span<const ValueId> in = body_.operands(x);
    return std::any_of(in.begin(), in.end(),
                       [&](ValueId each) { return was_received(each, depth + 1); });
  }

  // Made of a value that was received in the loop.
  bool is_received(ValueId v, const ReceiveLoop& loop, int depth) const {
    const Value& x = body_[v];
    if (depth > 6 || !x.block.exists() || !turn_.same(x.block, loop.block)) return false;
    if (x.op == Op::kRecv) {
      return !x.is(Value::kCommaOk) && std::any_of(receives_.begin(), receives_.end(),
                                                   [&](const Receive& r) { return r.at == v; });
    }
    if (x.op == Op::kExtract) {
      const Value& select = body_[body_.operands(x)[0]];
      return select.op == Op::kSelect && x.aux > 1;
    }
    if (x.op != Op::kField && x.op != Op::kConvert && x.op != Op::kChangeType &&
        !(x.op == Op::kCall && body_[body_.operands(x)[0]].op == Op::kBuiltin)) {
      return false;
    }
    std::span<const ValueId> in = body_.operands(x);
    return is_received(in[x.op == Op::kCall ? 1 : 0], loop, depth + 1);
  }

  // Whether provably fewer (with `enough`: perhaps as many) are received than sent.
  bool judge(const PathMemory& m, bool enough, Shortfall& out) const {
    int64_t number = -room_->constant;                // sent and not received
    std::vector<std::pair<Symbol, int64_t>> symbols;  // times Count::kUnit
    bool nested = false, any = false, rounded = false;
    auto add = [&](const Count& c, int64_t times) {
      number += c.constant * times;
      if (c.is_number()) return;
      rounded |= c.per != 1;
      int64_t factor = Count::kUnit / c.per * c.times * times;
      for (auto& [symbol, n] : symbols) {
        if (symbol == c.symbol) {
          n += factor;
          return;
        }
      }
      symbols.push_back({c.symbol, factor});
    };
    add({room_->symbol, 0, room_->times, room_->per}, -1);
    int64_t sent = 0;
    for (size_t i = 0; i < starts_.size(); i++) {
      if (!m[kStarted + i]) continue;
      const Start& s = starts_[i];
      int64_t sends = sends_of(s);
      if (sends == 0) continue;
      any = true;
      if (!s.in_loop) {
        number += sends;
        if (sent >= 0) sent += sends;
      } else if (m[kCountedOut + i]) {
        add(s.loop->turns, sends);
        nested |= s.nested;
        sent = s.nested || !s.loop->turns.is_number() || sent < 0
                   ? -1
                   : sent + s.loop->turns.constant * sends;
      } else {
        number += sends;  // one turn at least
        sent = -1;
      }
      out.send = s.last;
      out.start = s.at;
      out.loop = s.in_loop && s.loop->edge.exists() ? body_[s.at].block : BlockId{};
    }
    if (!any) return false;
    if (m[kUnlimited]) return enough;
    int64_t received = number_at(m, kOutside) + number_at(m, kInside);
    if (received >= kMaxCount || (without_receive_ && received > 0)) return false;
    number -= received;
    bool loops = false;
    for (size_t i = 0; i < loops_.size(); i++) {
      if (!m[kReceivedAll + i]) continue;
      add(loops_[i].exit->turns, -loops_[i].in_turn);
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
    if (rounded && !symbols.empty()) return false;
    if (nested && number > 0) return true;
    if (nested && !symbols.empty()) {
      out.certain = false;
      return true;  // the loop inside turns twice
    }
    return number > 0;
  }

  // The edge is taken only while a number of starts is small: it is not as large as one likes then.
  bool bounds_length(Edge e) {
    const Value& last = body_.terminator(e.from);
    if (last.op != Op::kIf) return false;
    const Value& test = body_[body_.operands(last)[0]];
    if (test.op != Op::kBinary) return false;
    using syntax::Token;
    bool holds = e.succ == 0;
    bool below = test.sub == Token::kLss || test.sub == Token::kLeq;
    bool above = test.sub == Token::kGtr || test.sub == Token::kGeq;
    bool equal = test.sub == Token::kEql, other = test.sub == Token::kNeq;
    if (!below && !above && !equal && !other) return false;
    std::span<const ValueId> in = body_.operands(test);
    types::TypeId t = body_[in[0]].type;
    if (!t.exists() || !types::is_integer(facts_.context(), facts_.context().types.under(t))) {
      return false;
    }
    std::optional<Count> a = count_of(facts_, c_.maker, in[0]);
    std::optional<Count> b = count_of(facts_, c_.maker, in[1]);
    if (!a || !b || a->is_number() == b->is_number()) return false;
    const Symbol& symbol = a->is_number() ? b->symbol : a->symbol;
    bool counted = std::any_of(starts_.begin(), starts_.end(), [&](const Start& start) {
      return start.loop && start.loop->turns.symbol == symbol;
    });
    if (!counted) return false;
    if (a->is_number()) std::swap(below, above);
    return below ? holds : above ? !holds : equal ? holds : !holds;
  }

  // How many sends of one goroutine are to be received.
  int64_t sends_of(const Start& s) const {
    if (!several_) return every_way_ ? s.least : s.most;
    return s.most <= 1 ? s.most : std::max<int64_t>(s.least, 1);
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
  const CalledChannels& called_;
  const FunctionFacts& f_;
  const Body& body_;
  const Cycles& turn_;
  std::optional<Count> room_;
  bool several_ = false;    // goroutines
  bool every_way_ = false;  // only what a goroutine sends on all its ways
  bool blind_ = false;      // ways that ask nothing of what they receive
  bool enough_ = false;     // the search is for a way on which enough is received
  bool without_receive_ = false;
  std::vector<Receive> receives_;
  std::vector<ReceiveLoop> loops_;
  std::vector<Start> starts_;
  std::vector<ValueId> joins_;
  std::vector<Edge> join_edges_;
};

}  // namespace

Shortfall find_shortfall(Facts& facts, const ChannelFacts& channel,
                         std::span<const ChannelFacts> all, const CalledChannels& called) {
  return Search(facts, channel, all, called).run();
}

}  // namespace unpark::flow
