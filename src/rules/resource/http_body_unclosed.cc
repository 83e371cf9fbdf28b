// Finds response bodies that are lost: on some way through the function that got the response its
// body is neither closed nor given to anybody (flow/obligation.h). Responses come from net/http's
// clients, from methods of interfaces that take a request and give a response, and from functions
// that are seen to hand a response of theirs to their caller.
//
// A body that is read to its end (io.ReadAll, io.Copy) gives its connection back by itself and is
// not reported; nor are answers that have no body: to HEAD requests, and with status 204 or 304. In
// files of tests only bodies that the function looks at are reported.
#include "flow/obligation.h"
#include "rules/context.h"
#include "rules/obligation.h"
#include "rules/rule.h"
#include "types/constant.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP6001",
    .name = "http-body-unclosed",
    .family = Family::kResource,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "the body of an HTTP response is not closed on every way out",
    .why =
        "Until its body is closed or read to the end a response keeps its connection: two "
        "goroutines and a socket on this side, more on the other. The connection is not used "
        "again, "
        "and each further request opens a new one.",
    .advice = "`defer resp.Body.Close()` directly behind the check of the error",
    .dump =
        "pairs of goroutines in `net/http.(*persistConn).readLoop` (select) and `writeLoop` "
        "(select), two for each response",
};

bool is_named(types::Context& cx, types::TypeId type, std::string_view package,
              std::string_view name) {
  if (!cx.types.is(type, types::TypeKind::kPointer)) return false;
  types::TypeId t = cx.types.elem(type);
  if (!cx.types.is(t, types::TypeKind::kNamed)) return false;
  const types::Object& o = cx.objects[cx.types.named(t).object];
  return cx.text(o.name) == name && o.package.exists() && cx.package(o.package).path == package;
}

bool is_response(types::Context& cx, types::TypeId type) {
  return is_named(cx, type, "net/http", "Response");
}

// Of net/http: package, receiver and name in one.
std::string_view http_name(flow::Facts& facts, FunctionId callee, std::string_view& receiver) {
  const ssa::Function& f = facts.program()[callee];
  if (f.kind != ssa::FunctionKind::kDeclared || !f.object.exists()) return {};
  types::Context& cx = facts.context();
  const types::Object& o = cx.objects[f.object];
  if (!o.package.exists() || cx.package(o.package).path != "net/http") return {};
  receiver = {};
  types::TypeId t = f.receiver;
  if (t.exists() && cx.types.is(t, types::TypeKind::kPointer)) t = cx.types.elem(t);
  if (t.exists() && cx.types.is(t, types::TypeKind::kNamed)) {
    receiver = cx.text(cx.objects[cx.types.named(t).object].name);
  }
  return cx.text(o.name);
}

// The value is a request made here with the method HEAD.
bool is_head(flow::Facts& facts, FunctionId function, ValueId request) {
  const flow::FunctionFacts& f = facts.of(function);
  const Body& body = *f.body;
  const Value* v = &body[request];
  if (v->op == Op::kLoad) {
    ValueId variable = body.operands(*v)[0];
    ValueId in;
    for (ValueId use : f.uses_of(variable)) {
      if (body[use].op != Op::kStore || body.operands(use)[0] != variable) continue;
      if (in.exists()) return false;
      in = body.operands(use)[1];
    }
    if (!in.exists()) return false;
    v = &body[in];
  }
  if (v->op != Op::kExtract || v->aux != 0) return false;
  ValueId call = body.operands(*v)[0];
  if (body[call].op != Op::kCall) return false;
  FunctionId callee = facts.static_callee(function, call);
  if (!callee.exists()) return false;
  std::string_view receiver;
  std::string_view name = http_name(facts, callee, receiver);
  size_t argument = name == "NewRequest" ? 1 : name == "NewRequestWithContext" ? 2 : 0;
  if (argument == 0 || !receiver.empty()) return false;
  const Value& method = body[body.operands(call)[argument]];
  if (method.op != Op::kConst || method.aux == Value::kNoAux) return false;
  types::Context& cx = facts.context();
  return cx.constants[types::ConstId{method.aux}].string_value() == "HEAD";
}

std::optional<uint32_t> declared(flow::Facts& facts, FunctionId caller, ValueId call) {
  const Body& body = facts.body(caller);
  const Value& v = body[call];
  types::Context& cx = facts.context();
  if (v.is(Value::kInvoke)) {
    // Do and RoundTrip, by whatever name the interface goes.
    if (v.operand_count != 2) return std::nullopt;
    if (!is_named(cx, body[body.operands(v)[1]].type, "net/http", "Request")) return std::nullopt;
    if (!cx.types.is(v.type, types::TypeKind::kTuple)) return std::nullopt;
    std::span<const types::TypeId> results = cx.types.tuple(v.type);
    if (results.size() != 2 || !is_response(cx, results[0]) || results[1] != cx.error_type) {
      return std::nullopt;
    }
    if (is_head(facts, caller, body.operands(v)[1])) return std::nullopt;
    return 0;
  }
  FunctionId callee = facts.static_callee(caller, call);
  if (!callee.exists()) return std::nullopt;
  std::string_view receiver;
  std::string_view name = http_name(facts, callee, receiver);
  bool simple = name == "Get" || name == "Post" || name == "PostForm";
  if (receiver.empty() && simple) return 0;
  if (receiver == "Client" && simple) return 0;
  if ((receiver == "Client" && name == "Do") || (receiver == "Transport" && name == "RoundTrip")) {
    if (v.operand_count == 3 && is_head(facts, caller, body.operands(v)[2])) return std::nullopt;
    return 0;
  }
  return std::nullopt;
}

// Of net/http itself and of the fake recorder: what they give holds no connection, or another
// function of theirs closes it.
bool exempt(flow::Facts& facts, FunctionId callee) {
  std::string_view receiver;
  std::string_view name = http_name(facts, callee, receiver);
  return name == "Head" || name == "ReadResponse";
}

// The value of http.NoBody, as an interface.
bool is_no_body(flow::Facts& facts, const Body& body, ValueId v) {
  while (body[v].op == Op::kMakeInterface || body[v].op == Op::kLoad) v = body.operands(v)[0];
  if (body[v].op != Op::kGlobal) return false;
  types::Context& cx = facts.context();
  const types::Object& o = cx.objects[types::ObjectId{body[v].aux}];
  return cx.text(o.name) == "NoBody" && o.package.exists() &&
         cx.package(o.package).path == "net/http";
}

// resp.StatusCode == 204, resp.Body == http.NoBody: there is no body.
ValueId no_body(flow::Facts& facts, const Body& body, ValueId a, ValueId b) {
  if (is_no_body(facts, body, b)) return a;
  if (is_no_body(facts, body, a)) return b;
  if (body[a].op == Op::kConst) std::swap(a, b);
  if (body[a].op != Op::kLoad || body[b].op != Op::kConst) return {};
  if (body[b].aux == Value::kNoAux) return {};
  const Value& field = body[body.operands(a)[0]];
  if (field.op != Op::kFieldAddr) return {};
  ValueId response = body.operands(field)[0];
  types::Context& cx = facts.context();
  if (!is_response(cx, body[response].type)) return {};
  types::TypeId type = cx.types.under(cx.types.elem(body[response].type));
  if (cx.text(cx.types.fields(type)[field.aux].name) != "StatusCode") return {};
  std::optional<int64_t> status =
      types::int64_value(cx.constant_pool.to_int(cx.constants[types::ConstId{body[b].aux}]));
  if (status != 204 && status != 304) return {};
  return response;
}

constexpr flow::Protocol kProtocol = {
    .id = 2,
    .part = "Body",
    .method = "Close",
    .read_is_enough = true,
    .context_ends_it = false,
    .declared = declared,
    .exempt = exempt,
    .carries = is_response,
    .nothing_if_equal = no_body,
};

// Where the only value of a local variable comes from, if `v` reads one.
ValueId origin(const flow::FunctionFacts& f, ValueId v) {
  const Body& body = *f.body;
  if (body[v].op != Op::kLoad) return v;
  for (ValueId use : f.uses_of(body.operands(v)[0])) {
    if (body[use].op == Op::kStore && body.operands(use)[1] != v) return body.operands(use)[1];
  }
  return v;
}

// What is stored in fields of a struct that is made here: calls `visit` with name and value.
template <typename Visit>
void for_each_field(types::Context& cx, const flow::FunctionFacts& f, ValueId made, Visit visit) {
  const Body& body = *f.body;
  types::TypeId type = cx.types.under(cx.types.elem(body[made].type));
  for (ValueId use : f.uses_of(made)) {
    if (body[use].op != Op::kFieldAddr) continue;
    for (ValueId store : f.uses_of(use)) {
      if (body[store].op != Op::kStore || body.operands(store)[0] != use) continue;
      visit(cx.text(cx.types.fields(type)[body[use].aux].name), body.operands(store)[1]);
    }
  }
}

// A literal that gives a connection which no other function gave it: one in memory.
bool makes_connections(flow::Facts& facts, FunctionId function, ValueId dial) {
  const Value& v = facts.body(function)[dial];
  if (v.op != Op::kMakeClosure && v.op != Op::kFunction) return false;
  FunctionId literal{v.aux};
  const Body& body = facts.body(literal);
  if (!body.incomplete.empty()) return false;
  types::Context& cx = facts.context();
  auto is_connection = [&](types::TypeId t) {
    if (cx.types.is(t, types::TypeKind::kPointer)) t = cx.types.elem(t);
    if (!cx.types.is(t, types::TypeKind::kNamed)) return false;
    const types::Object& o = cx.objects[cx.types.named(t).object];
    return cx.text(o.name) == "Conn" || (o.package.exists() && cx.package(o.package).path == "net");
  };
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    const Value& call = body[ValueId{i}];
    if (call.op != Op::kCall) continue;
    if (!cx.types.is(call.type, types::TypeKind::kTuple)) {
      if (is_connection(call.type)) return false;
      continue;
    }
    for (types::TypeId t : cx.types.tuple(call.type)) {
      if (is_connection(t)) return false;
    }
  }
  return true;
}

// The transport is one of net/http that is made here and dials into memory.
bool dials_memory(flow::Facts& facts, FunctionId function, ValueId transport) {
  const flow::FunctionFacts& f = facts.of(function);
  types::Context& cx = facts.context();
  transport = origin(f, transport);
  if (!is_named(cx, (*f.body)[transport].type, "net/http", "Transport")) return false;
  bool out = false;
  for_each_field(cx, f, transport, [&](std::string_view name, ValueId value) {
    bool dials = name == "Dial" || name == "DialContext";
    out |= dials && makes_connections(facts, function, value);
  });
  return out;
}

// The client or transport is made here, and does not come to a network. `any`: so is a client whose
// transport is not net/http's: tests do so to answer from memory.
bool has_fake_transport(flow::Facts& facts, FunctionId function, ValueId call, bool any) {
  const flow::FunctionFacts& f = facts.of(function);
  const Body& body = *f.body;
  if (body[call].is(Value::kInvoke) || body[call].operand_count < 2) return false;
  types::Context& cx = facts.context();
  ValueId client = origin(f, body.operands(call)[1]);
  if (dials_memory(facts, function, client)) return true;
  if (!is_named(cx, body[client].type, "net/http", "Client")) return false;
  bool out = false;
  for_each_field(cx, f, client, [&](std::string_view name, ValueId value) {
    if (name != "Transport" || body[value].op != Op::kMakeInterface) return;
    ValueId transport = body.operands(value)[0];
    bool theirs = is_named(cx, body[transport].type, "net/http", "Transport");
    out |= theirs ? dials_memory(facts, function, transport) : any;
  });
  return out;
}

void check_call(RuleContext& cx, FunctionId function, const flow::Acquisition& a) {
  const flow::FunctionFacts& f = cx.facts().of(function);
  const Body& body = *f.body;
  flow::Outcome outcome = cx.obligations().follow(kProtocol, function, a);
  if (outcome.kind == flow::Outcome::kReleased) return;
  if (outcome.kind == flow::Outcome::kUnknown) {
    cx.withhold();
    return;
  }
  bool test = in_test_file(cx, function);
  // The servers of tests mostly answer without a body, and then there is nothing to close.
  if ((test && !outcome.part_used) || has_fake_transport(cx.facts(), function, a.call, test)) {
    cx.withhold();
    return;
  }
  ValueId value = a.call;
  for (ValueId use : f.uses_of(a.call)) {
    if (body[use].op == Op::kExtract && body[use].aux == a.result) value = use;
  }
  std::string name = cx.name_of_made(function, value, "_");
  diag::Finding& finding = cx.report(kInfo, function, a.call, "call");
  if (test) finding.severity = diag::Severity::kWarning;
  ObligationWords words;
  words.without = "without closing";
  if (name == "_") {
    words.what = diag::Words{"the body"};
    finding.message = diag::Message("the response is thrown away and its body is never closed");
  } else {
    words.before = "the body of ";
    words.what = diag::Code{name};
    words.in_variable = true;
    if (outcome.how == flow::Outcome::kGoesRound) {
      finding.message = diag::Message("the body of {0} is not closed in every turn of the loop",
                                      diag::Code{name});
    } else {
      finding.message =
          diag::Message("the body of {0} is not closed on every way out of here", diag::Code{name});
    }
  }
  tell_loss(cx, function, outcome, words, finding);
}

void check(RuleContext& cx, FunctionId function) {
  for_each_acquisition(cx, kProtocol, function,
                       [&](const flow::Acquisition& a) { check_call(cx, function, a); });
}

}  // namespace

Rule http_body_unclosed() { return {&kInfo, check, Trigger{.gives = is_response}}; }

}  // namespace unpark::rules
