// Finds goroutines that can never return: what they run, or a function that it certainly calls, has
// a loop that nothing leaves (flow/endless.h).
//
// That is a fault where such goroutines add up, so the severity is that of the place that starts
// them (flow/lifetime.h): an error where it runs again and again, a warning where it runs for each
// object or whenever another module calls, an error there, too, when the object has a method that
// promises an end and cannot bring it. Workers of the process, started once from main, an init
// function, a package variable or behind a sync.Once of the package, are no fault; neither is
// anything in test files, nor what nobody can be seen to call.
//
// Silent where another rule says more: a loop that waits for an orphan channel (orphan-receive,
// orphan-send), one with a break that leaves only a select (break-only-leaves-select), and one that
// reads, accepts or decodes and goes on after errors: there the fault is the error that is passed
// over.
#include <algorithm>
#include <string>

#include "flow/endless.h"
#include "flow/lifetime.h"
#include "rules/channel/lost_break.h"
#include "rules/context.h"
#include "rules/rule.h"
#include "types/lookup.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP1001",
    .name = "goroutine-no-exit",
    .family = Family::kGoroutine,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a goroutine that is started again and again and can never return",
    .why =
        "No way leads out of its loop: no return, no break, no panic, and nothing outside can end "
        "it. "
        "Each time the function runs one more such goroutine stays, with its stack, its timers and "
        "all "
        "it refers to, until the process ends.",
    .advice =
        "let the loop return when a context or a done channel ends: `case <-ctx.Done(): return`",
    .dump =
        "many goroutines created at the same `go` statement, their number only ever grows; they "
        "wait "
        "in "
        "the loop's receive, select or sleep",
};

using flow::ChannelFacts;
using flow::ChannelOp;
using flow::ChannelOpKind;
using flow::Lifetime;

// An instruction that starts a goroutine, and what that runs.
struct Spawn {
  ValueId at;
  FunctionId target;
  bool wrapped = false;  // by a function that starts what it is given
};

FunctionId function_value(const Body& body, ValueId v) {
  while (body[v].op == Op::kChangeType) v = body.operands(v)[0];
  const Value& x = body[v];
  return x.op == Op::kFunction || x.op == Op::kMakeClosure ? FunctionId{x.aux} : FunctionId{};
}

class Check {
 public:
  Check(RuleContext& cx, FunctionId function)
      : cx_(cx), facts_(cx.facts()), function_(function), body_(facts_.body(function)) {}

  void run() {
    for (uint32_t i = body_.first_instruction; i < body_.values.size(); i++) {
      const Value& v = body_.values[i];
      if (v.op != Op::kGo && v.op != Op::kCall) continue;
      look(ValueId{i}, v);
    }
  }

 private:
  struct DeadCase {
    FunctionId function;
    flow::Edge edge;
    const ChannelFacts* channel;
    bool met = false;  // on the way through the loop that is being looked at
  };

  void look(ValueId at, const Value& v) {
    FunctionId callee = facts_.static_callee(function_, at);
    if (!callee.exists()) return;
    if (v.op == Op::kGo) {
      judge({at, callee});
      return;
    }
    std::span<const ValueId> x = body_.operands(v);
    for (uint32_t i = 1; i < x.size(); i++) {
      if (!x[i].exists()) continue;
      FunctionId target = function_value(body_, x[i]);
      if (!target.exists()) continue;
      flow::Intrinsic intrinsic = facts_.intrinsic(callee);
      if (intrinsic.effect == flow::Effect::kSpawns) {
        if (intrinsic.argument == i - 1) judge({at, target});
      } else if (intrinsic.effect == flow::Effect::kNone) {
        judge({at, target, true}, callee, i - 1);
      }
    }
  }

  void judge(const Spawn& spawn, FunctionId wrapper = {}, uint32_t parameter = 0) {
    if (!facts_.of(function_).reaches(spawn.at)) return;
    for (DeadCase& d : dead_cases_) d.met = false;
    std::optional<flow::Endless> loop = flow::find_endless(facts_, spawn.target, dead());
    if (!loop || said_elsewhere(*loop)) return;
    if (spawn.wrapped &&
        flow::parameter_use(facts_, wrapper, parameter) != flow::ParameterUse::kSpawns) {
      return;
    }
    cx_.look_beyond();
    Lifetime life = flow::lifetime_of(facts_, function_, spawn.at);
    // A goroutine that does nothing is of no use to anybody, however often it is started.
    bool idle = loop->empty_select.exists();
    if (life == Lifetime::kUnknown && idle) life = Lifetime::kObject;
    if (life < Lifetime::kObject) return;
    if (life == Lifetime::kObject && !idle && stands_alone(spawn)) return;
    report(spawn, *loop, life);
  }

  // Works on nothing that the function was given or has made: it serves something that exists once.
  bool stands_alone(const Spawn& spawn) const {
    for (ValueId x : body_.operands(spawn.at)) {
      const Value& v = body_[x];
      switch (v.op) {
        case Op::kFunction:
        case Op::kConst:
        case Op::kGlobal:
          continue;
        case Op::kLoad:
          if (body_[body_.operands(v)[0]].op == Op::kGlobal) continue;
          return false;
        case Op::kMakeClosure: {
          bool global = true;
          for (ValueId captured : body_.operands(v)) {
            const Value& c = body_[captured];
            global &= c.op == Op::kGlobal || c.op == Op::kConst ||
                      (c.op == Op::kLoad && body_[body_.operands(c)[0]].op == Op::kGlobal);
          }
          if (global) continue;
          return false;
        }
        default:
          return false;
      }
    }
    return true;
  }

  // Cases of selects that wait for what never comes: those of channels that the functions around
  // the go statement make, keep in sight, and never send on or close.
  const flow::DeadEdge& dead() {
    if (dead_) return dead_;
    dead_ = [this](FunctionId function, flow::Edge edge) {
      if (!dead_known_) collect_dead();
      for (DeadCase& d : dead_cases_) {
        if (d.function == function && d.edge == edge) return d.met = true;
      }
      return false;
    };
    return dead_;
  }

  void collect_dead() {
    dead_known_ = true;
    for (FunctionId f = function_; f.exists(); f = cx_.program()[f].parent) {
      for (const ChannelFacts& c : cx_.channels(f)) {
        if (!c.closed_world() || c.count(ChannelOpKind::kSend) || c.count(ChannelOpKind::kClose)) {
          continue;
        }
        for (const ChannelOp& op : c.ops) {
          if (op.kind != ChannelOpKind::kReceive || op.select_case < 0) continue;
          flow::Edge edge = flow::select_case_edge(facts_.of(op.function), op.at, op.select_case);
          if (edge.exists()) dead_cases_.push_back({op.function, edge, &c});
        }
      }
    }
  }

  // The loop's fault has a name of its own.
  bool said_elsewhere(const flow::Endless& loop) {
    if (loop.empty_select.exists()) return false;
    const Body& body = facts_.body(loop.function);
    for (uint32_t b = 0; b < body.blocks.size(); b++) {
      if (!loop.blocks[b]) continue;
      const ssa::Block& block = body.blocks[b];
      if (exit_is_lost(cx_, loop.function, block.first)) return true;
      for (uint32_t i = block.first.raw; i < block.first.raw + block.count; i++) {
        const Value& v = body.values[i];
        if (v.op == Op::kCall && is_stream_call(loop.function, body, ValueId{i})) return true;
        if ((v.op == Op::kRecv || v.op == Op::kSend) &&
            waits_for_orphan(loop.function, ValueId{i})) {
          return true;
        }
      }
    }
    return false;
  }

  bool waits_for_orphan(FunctionId function, ValueId at) {
    for (FunctionId f = function_; f.exists(); f = cx_.program()[f].parent) {
      for (const ChannelFacts& c : cx_.channels(f)) {
        if (!c.closed_world()) continue;
        bool receives = c.count(ChannelOpKind::kReceive) > 0;
        bool feeds = c.count(ChannelOpKind::kSend) + c.count(ChannelOpKind::kClose) > 0;
        for (const ChannelOp& op : c.ops) {
          if (op.function != function || op.at != at) continue;
          if (op.kind == ChannelOpKind::kReceive && !feeds) return true;
          if (op.kind == ChannelOpKind::kSend && !receives) return true;
        }
      }
    }
    return false;
  }

  // Takes the next thing from a stream and tells by an error when there is none any more.
  bool is_stream_call(FunctionId function, const Body& body, ValueId at) {
    const Value& v = body[at];
    types::Context& cx = cx_.types();
    types::ObjectId method;
    if (v.is(Value::kInvoke)) {
      method = types::ObjectId{v.aux};
    } else if (FunctionId callee = facts_.static_callee(function, at); callee.exists()) {
      method = cx_.program()[callee].object;
    }
    if (!method.exists()) return false;
    std::string_view name = cx.text(cx.objects[method].name);
    bool takes = name.starts_with("Read") || name.starts_with("Recv") ||
                 name.starts_with("Accept") || name == "Next" || name == "Decode" ||
                 name == "Receive" || name == "FetchMessage" || name == "Scan";
    if (!takes || !v.type.exists()) return false;
    types::TypeId last = v.type;
    if (cx.types.is(last, types::TypeKind::kTuple)) {
      if (cx.types.tuple(last).empty()) return false;
      last = cx.types.tuple(last).back();
    }
    if (!cx.types.is(last, types::TypeKind::kNamed)) return false;
    const types::Object& o = cx.objects[cx.types.named(last).object];
    return !o.package.exists() && cx.text(o.name) == "error";
  }

  // The type that the function around the go statement belongs to, or makes.
  types::TypeId object_type() {
    FunctionId declared = cx_.declared(function_);
    const ssa::Function& f = cx_.program()[declared];
    types::Context& cx = cx_.types();
    auto named = [&](types::TypeId t) {
      if (cx.types.is(t, types::TypeKind::kPointer)) t = cx.types.elem(t);
      return cx.types.is(t, types::TypeKind::kNamed) ? t : types::TypeId{};
    };
    if (f.receiver.exists()) return named(f.receiver);
    if (!f.signature.exists() || !cx.types.is(f.signature, types::TypeKind::kSignature)) return {};
    for (types::TypeId t : cx.types.tuple(cx.types.signature(f.signature).results)) {
      types::TypeId n = named(t);
      if (!n.exists()) continue;
      const types::Object& o = cx.objects[cx.types.named(n).object];
      if (o.package.exists() && cx.package(o.package).path == cx_.package_path(declared)) return n;
    }
    return {};
  }

  // Its method that promises to end what it has started.
  std::string ending_method(types::TypeId type) {
    if (!type.exists()) return "";
    types::Context& cx = cx_.types();
    for (types::ObjectId m : cx.types.named(cx.types.named(type).origin).methods) {
      std::string_view name = cx.text(cx.objects[m].name);
      if (name == "Close" || name == "Stop" || name == "Shutdown") return std::string(name);
    }
    return "";
  }

  void report(const Spawn& spawn, const flow::Endless& loop, Lifetime life) {
    diag::Finding& f = cx_.report(kInfo, function_, spawn.at, "go");
    types::TypeId type = object_type();
    std::string ending = life == Lifetime::kObject ? ending_method(type) : "";
    if (life == Lifetime::kObject && ending.empty()) {
      f.severity = diag::Severity::kWarning;
      f.confidence = diag::Confidence::kMedium;
    }
    if (!ending.empty()) {
      std::string name(
          cx_.types().text(cx_.types().objects[cx_.types().types.named(type).object].name));
      f.message = diag::Message("this goroutine can never return, and {0} of {1} does not end it",
                                diag::Code{ending}, diag::Code{name});
    } else {
      f.message = diag::Message(
          "this goroutine can never return: {0}",
          diag::Words{loop.empty_select.exists() ? "it waits in a select without cases"
                                                 : "nothing leaves its loop"});
    }
    for (const flow::CallSite& c : loop.calls) {
      if (cx_.program()[c.function].kind == ssa::FunctionKind::kBoundMethod) continue;
      f.labels.push_back({cx_.place(c.function, c.at), diag::Message("calls what has the loop")});
    }
    if (loop.empty_select.exists()) {
      f.labels.push_back(
          {cx_.place(loop.function, loop.empty_select), diag::Message("waits here for ever")});
      return;
    }
    if (std::optional<source::Loc> head = flow::loop_head(facts_, loop)) {
      f.labels.push_back({*head, diag::Message("the loop that nothing leaves")});
    }
    for (const DeadCase& d : dead_cases_) {
      if (!d.met || d.function != loop.function) continue;
      std::string name = cx_.name_of_made(d.channel->maker, d.channel->made, "channel");
      f.labels.push_back({cx_.place(d.channel->maker, d.channel->made),
                          diag::Message("{0} made here: nobody sends on it or closes it, so its "
                                        "case is never taken",
                                        diag::Code{name})});
    }
    if (loop.waits.exists()) {
      f.labels.push_back({cx_.place(loop.function, loop.waits), diag::Message("waits here")});
    }
  }

  RuleContext& cx_;
  flow::Facts& facts_;
  FunctionId function_;
  const Body& body_;
  flow::DeadEdge dead_;
  bool dead_known_ = false;
  std::vector<DeadCase> dead_cases_;
};

void check(RuleContext& cx, FunctionId function) { Check(cx, function).run(); }

}  // namespace

Rule goroutine_no_exit() {
  return {&kInfo, check,
          Trigger{.has = types::BodySummary::kGo | types::BodySummary::kPassesFunction}};
}

}  // namespace unpark::rules
