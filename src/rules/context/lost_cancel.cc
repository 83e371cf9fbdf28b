// Finds cancel functions that are lost: on some way through the function that made the context the
// cancel function is neither called nor given to anybody (flow/obligation.h), or it is put in a
// field that nothing ever calls. Functions that hand the cancel function of a context on to their
// caller count as constructors themselves.
//
// Silent when the context is derived from one that the same function cancels (the end of that one
// is the end of both), in main and init (the context lives as long as the process), and wherever
// the function goes out of sight. A context with a deadline of its own is a warning: its end comes
// by itself.
#include "flow/obligation.h"
#include "rules/context.h"
#include "rules/obligation.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP3001",
    .name = "lost-cancel",
    .family = Family::kContext,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a cancel function is not called on every way out",
    .why =
        "A context that is never cancelled stays registered with its parent, and its timer or the "
        "goroutine that waits for its end stays with it, until the parent ends or the deadline "
        "passes. With a parent that never ends that is for ever.",
    .advice = "call it with `defer` directly behind the call that gives it",
    .dump =
        "goroutines in `context.(*cancelCtx).propagateCancel` or `signal.NotifyContext` that never "
        "go away, or a heap full of context children and timers",
};

struct Constructor {
  std::string_view package;
  std::string_view name;
  uint32_t result;
  bool deadline;  // the context ends by itself
};
constexpr Constructor kConstructors[] = {
    {"context", "WithCancel", 1, false},      {"context", "WithCancelCause", 1, false},
    {"context", "WithTimeout", 1, true},      {"context", "WithTimeoutCause", 1, true},
    {"context", "WithDeadline", 1, true},     {"context", "WithDeadlineCause", 1, true},
    {"os/signal", "NotifyContext", 1, false},
};

const Constructor* constructor(flow::Facts& facts, FunctionId callee) {
  if (!callee.exists()) return nullptr;
  const ssa::Function& f = facts.program()[callee];
  if (f.kind != ssa::FunctionKind::kDeclared || !f.object.exists() || f.receiver.exists()) {
    return nullptr;
  }
  types::Context& cx = facts.context();
  const types::Object& o = cx.objects[f.object];
  if (!o.package.exists()) return nullptr;
  std::string_view name = cx.text(o.name);
  for (const Constructor& c : kConstructors) {
    if (c.name == name && cx.package(o.package).path == c.package) return &c;
  }
  return nullptr;
}

std::optional<uint32_t> declared(flow::Facts& facts, FunctionId caller, ValueId call) {
  const Constructor* c = constructor(facts, facts.static_callee(caller, call));
  if (!c) return std::nullopt;
  return c->result;
}

// func() and func(error).
bool carries(types::Context& cx, types::TypeId type) {
  types::TypeId t = cx.types.under(type);
  if (!cx.types.is(t, types::TypeKind::kSignature)) return false;
  const types::Signature& s = cx.types.signature(t);
  if (!cx.types.tuple(s.results).empty()) return false;
  std::span<const types::TypeId> params = cx.types.tuple(s.params);
  return params.empty() || (params.size() == 1 && params[0] == cx.error_type);
}

constexpr flow::Protocol kProtocol = {
    .id = 1,
    .part = {},
    .method = {},
    .read_is_enough = false,
    .context_ends_it = true,
    .declared = declared,
    .exempt = nullptr,
    .carries = carries,
    .nothing_if_equal = nullptr,
};

// The call of a constructor that a context comes from, in the same function.
ValueId made_by(flow::Facts& facts, FunctionId function, ValueId context) {
  const flow::FunctionFacts& f = facts.of(function);
  const Body& body = *f.body;
  for (int steps = 0; steps < 16; steps++) {
    const Value& v = body[context];
    std::span<const ValueId> x = body.operands(v);
    switch (v.op) {
      case Op::kChangeType:
      case Op::kChangeInterface:
      case Op::kMakeInterface:
        context = x[0];
        continue;
      case Op::kExtract:
        if (v.aux == 0 && body[x[0]].op == Op::kCall) {
          if (constructor(facts, facts.static_callee(function, x[0]))) return x[0];
        }
        return {};
      case Op::kPhi:
        for (ValueId operand : x) {
          if (operand == context || body[operand].op == Op::kPhi) continue;
          if (ValueId made = made_by(facts, function, operand); made.exists()) return made;
        }
        return {};
      case Op::kLoad: {
        // From a variable, or a field of the same struct.
        std::vector<ValueId> places = {x[0]};
        if (body[x[0]].op == Op::kFieldAddr) {
          for (ValueId use : f.uses_of(body.operands(x[0])[0])) {
            if (body[use].op == Op::kFieldAddr && body[use].aux == body[x[0]].aux) {
              places.push_back(use);
            }
          }
        } else if (body[x[0]].op != Op::kAlloc) {
          return {};
        }
        for (ValueId place : places) {
          for (ValueId use : f.uses_of(place)) {
            if (body[use].op != Op::kStore || body.operands(use)[0] != place) continue;
            ValueId in = body.operands(use)[1];
            if (body[in].op != Op::kExtract) continue;
            if (ValueId made = made_by(facts, function, in); made.exists()) return made;
          }
        }
        return {};
      }
      case Op::kCall: {
        // context.WithValue and whatever else takes a context first and gives one.
        if (x.size() < 2 || body[x[1]].type != v.type) return {};
        context = x[1];
        continue;
      }
      default:
        return {};
    }
  }
  return {};
}

bool is_context(types::Context& cx, types::TypeId type) {
  if (!cx.types.is(type, types::TypeKind::kNamed)) return false;
  const types::Object& o = cx.objects[cx.types.named(type).object];
  return cx.text(o.name) == "Context" && o.package.exists() &&
         cx.package(o.package).path == "context";
}

// What a method called Context gives, of a request, a stream and the like.
bool is_of_request(RuleContext& cx, FunctionId function, ValueId v) {
  const Body& body = cx.facts().body(function);
  if (body[v].op != Op::kCall) return false;
  types::Context& types = cx.types();
  types::ObjectId method;
  if (body[v].is(Value::kInvoke)) {
    method = types::ObjectId{body[v].aux};
  } else {
    FunctionId callee = cx.facts().static_callee(function, v);
    if (callee.exists()) method = cx.program()[callee].object;
  }
  return method.exists() && types.objects[method].is(types::Object::kMethod) &&
         types.text(types.objects[method].name) == "Context";
}

// The context itself is only put somewhere, if anything.
bool only_kept(const flow::FunctionFacts& f, ValueId call) {
  const Body& body = *f.body;
  for (ValueId context : f.uses_of(call)) {
    if (body[context].op != Op::kExtract || body[context].aux != 0) continue;
    for (ValueId use : f.uses_of(context)) {
      if (body[use].op != Op::kStore) return false;
      const Value& to = body[body.operands(use)[0]];
      if (to.op != Op::kFieldAddr) return false;
    }
  }
  return true;
}

std::string name_of_callee(RuleContext& cx, FunctionId callee) {
  types::Context& types = cx.types();
  const ssa::Function& f = cx.program()[callee];
  if (!f.object.exists()) return "this call";
  const types::Object& o = types.objects[f.object];
  std::string name(types.text(o.name));
  if (!o.is(types::Object::kMethod) && o.package.exists()) {
    name = types.package(o.package).name + "." + name;
  }
  return name;
}

void check_call(RuleContext& cx, FunctionId function, const flow::Acquisition& a) {
  flow::Facts& facts = cx.facts();
  const flow::FunctionFacts& f = facts.of(function);
  const Body& body = *f.body;
  flow::Outcome outcome = cx.obligations().follow(kProtocol, function, a);
  if (outcome.kind == flow::Outcome::kReleased) return;
  if (outcome.kind == flow::Outcome::kUnknown) {
    cx.withhold();
    return;
  }
  const Constructor* made = constructor(facts, a.callee);
  std::span<const ValueId> x = body.operands(a.call);
  if (made && body[x[1]].op == Op::kConst) return;  // a nil parent: it panics
  for (size_t i = 1; i < x.size(); i++) {
    if (!is_context(cx.types(), body[x[i]].type)) continue;
    ValueId parent = made_by(facts, function, x[i]);
    if (parent.exists() && parent != a.call) {
      cx.withhold();  // it ends with its parent, which is looked at by itself
      return;
    }
  }
  if (made && !made->deadline && made->name != "NotifyContext" &&
      flow::is_root_context(facts, function, x[1]) && only_kept(f, a.call)) {
    return;  // registered with nobody and waited for by nobody: the collector takes it
  }
  ValueId value = a.call;
  for (ValueId use : f.uses_of(a.call)) {
    if (body[use].op == Op::kExtract && body[use].aux == a.result) value = use;
  }
  std::string name = cx.name_of_made(function, value, "_");
  std::string_view noun = made && made->name == "NotifyContext" ? "stop" : "cancel";
  diag::Finding& finding = cx.report(kInfo, function, a.call, "call");
  // A request or stream ends its context itself.
  bool bounded = made && (made->deadline || is_of_request(cx, function, x[1]));
  if (bounded || !made || in_test_file(cx, function)) {
    finding.severity = diag::Severity::kWarning;
    finding.confidence = bounded ? diag::Confidence::kHigh : diag::Confidence::kMedium;
  }
  std::string callee = name_of_callee(cx, a.callee);
  ObligationWords words;
  words.without = "without calling";
  bool thrown_away = name == "_";
  if (thrown_away) {
    words.what = diag::Words{"the " + std::string(noun) + " function"};
    finding.message = diag::Message("the {0} function that {1} gives is thrown away",
                                    diag::Words{std::string(noun)}, diag::Code{callee});
  } else {
    words.what = diag::Code{name};
    words.in_variable = true;
    std::string what = "the " + std::string(noun) + " function {0}";
    if (outcome.idle_field.exists()) {
      finding.message =
          diag::Message(what + " is kept in a field that nothing ever calls", diag::Code{name});
    } else if (outcome.unused) {
      finding.message = diag::Message(what + " is never called", diag::Code{name});
    } else if (outcome.how == flow::Outcome::kGoesRound) {
      finding.message =
          diag::Message(what + " is not called in every turn of the loop", diag::Code{name});
    } else {
      finding.message =
          diag::Message(what + " is not called on every way out of here", diag::Code{name});
    }
  }
  tell_loss(cx, function, outcome, words, finding);
}

void check(RuleContext& cx, FunctionId function) {
  if (cx.program()[function].kind == ssa::FunctionKind::kPackageInit) return;
  for_each_acquisition(cx, kProtocol, function,
                       [&](const flow::Acquisition& a) { check_call(cx, function, a); });
}

}  // namespace

Rule lost_cancel() { return {&kInfo, check, Trigger{.gives = carries}}; }

}  // namespace unpark::rules
