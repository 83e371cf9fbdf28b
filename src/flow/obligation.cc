// Which calls give something to release, and what becomes of it. A call does by declaration (the
// protocol knows the function), or when the function that is called is seen to get such a thing
// itself and to leave it to its caller (owned_result). All that is known about a value comes from
// its holders in the function (holding.h): who may hold it (holding.cc), and the ways on which they
// lose it (holding_ways.cc).
//
// Functions are looked into kDepth calls deep; what stands below is "unknown", and a way that
// passes something unknown gives Outcome::kUnknown.
//
// Cost: per call that gives something, one Holding and a few path searches; what functions do is
// kept.
#include "flow/obligation.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <deque>

#include "flow/field_users.h"
#include "flow/holding.h"

namespace unpark::flow {

namespace {

constexpr uint8_t kDepth = 4;

}  // namespace

bool Obligations::idle(types::ObjectId field) {
  if (auto it = idle_.find(field); it != idle_.end()) return it->second;
  bool is = never_used(facts_, field);
  idle_.try_emplace(field, is);
  return is;
}

std::optional<Acquisition> Obligations::acquisition(const Protocol& protocol, FunctionId function,
                                                    ValueId call) {
  return acquisition(protocol, function, call, kDepth);
}

std::optional<Acquisition> Obligations::acquisition(const Protocol& protocol, FunctionId function,
                                                    ValueId call, uint8_t depth) {
  const Body& body = facts_.body(function);
  types::Context& cx = facts_.context();
  std::span<const types::TypeId> results = result_types(cx, body[call]);
  if (std::none_of(results.begin(), results.end(),
                   [&](types::TypeId t) { return protocol.carries(cx, t); })) {
    return std::nullopt;
  }
  Acquisition a;
  a.call = call;
  a.callee = facts_.static_callee(function, call);
  if (a.callee.exists() && protocol.exempt && protocol.exempt(facts_, a.callee)) {
    return std::nullopt;
  }
  if (std::optional<uint32_t> result = protocol.declared(facts_, function, call)) {
    a.result = *result;
    a.declared = true;
    return a;
  }
  if (!a.callee.exists() || depth == 0) return std::nullopt;
  if (facts_.intrinsic(a.callee).effect != Effect::kNone) return std::nullopt;
  std::optional<uint32_t> result =
      owned_result(protocol, a.callee, static_cast<uint8_t>(depth - 1));
  if (!result || *result >= results.size() || !protocol.carries(cx, results[*result])) {
    return std::nullopt;
  }
  a.result = *result;
  return a;
}

namespace {

// Nothing but what is in `good`. A result that may be nothing at all depends on something that the
// caller perhaps knows; only beside an error it says no more than the error.
bool only(const FunctionFacts& f, const absl::flat_hash_set<ValueId>& good, ValueId v, int depth) {
  const Body& body = *f.body;
  const Value& x = body[v];
  if (good.contains(v) && x.op != Op::kPhi) return true;
  if (depth == 0) return false;
  switch (x.op) {
    case Op::kChangeType:
      return only(f, good, body.operands(x)[0], depth - 1);
    case Op::kPhi:
      for (ValueId operand : body.operands(x)) {
        if (operand != v && !only(f, good, operand, depth - 1)) return false;
      }
      return true;
    case Op::kLoad: {
      ValueId variable = body.operands(x)[0];
      if (body[variable].op != Op::kAlloc) return false;
      for (ValueId use : f.uses_of(variable)) {
        if (body[use].op != Op::kStore || body.operands(use)[0] != variable) continue;
        ValueId in = body.operands(use)[1];
        if (in != v && body[in].op != Op::kConst && !only(f, good, in, depth - 1)) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

// The result that the function got from a call of its own and leaves to its caller to release: on
// some way it does so, and on the others it gives nothing in its place, nor what it has released.
std::optional<uint32_t> Obligations::owned_result(const Protocol& protocol, FunctionId function,
                                                  uint8_t depth) {
  Key key{function, {}, 0, protocol.id, depth};
  if (auto it = owned_.find(key); it != owned_.end()) return it->second;
  std::optional<uint32_t> found;
  const Body& body = facts_.body(function);
  if (body.incomplete.empty() && !body.blocks.empty()) {
    const FunctionFacts& f = facts_.of(function);
    std::vector<ValueId> returns;
    std::deque<Holding> holdings;
    for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
      ValueId at{i};
      if (!f.reaches(at)) continue;
      if (body[at].op == Op::kReturn) returns.push_back(at);
      if (body[at].op != Op::kCall) continue;
      std::optional<Acquisition> a = acquisition(protocol, function, at, depth);
      if (!a) continue;
      Holding& h = holdings.emplace_back(*this, protocol, function, uint8_t{2});
      if (!h.add_call(*a) || h.overflow()) holdings.pop_back();
    }
    absl::flat_hash_set<ValueId> good;
    for (const Holding& h : holdings) h.add_results(good);
    uint32_t results = returns.empty() ? 0 : body[returns[0]].operand_count;
    for (uint32_t r = 0; r < results && !found && !good.empty(); r++) {
      bool all = true;
      for (ValueId at : returns) {
        std::span<const ValueId> x = body.operands(at);
        bool fails = body[x[r]].op == Op::kConst && x.size() > r + 1 &&
                     body[x.back()].op != Op::kConst &&
                     body[x.back()].type == facts_.context().error_type;
        all = all && (fails || only(f, good, x[r], 6));
      }
      if (!all) continue;
      bool any = false, touched = false;
      for (Holding& h : holdings) {
        any = any || h.reaches_caller(r);
        touched = touched || h.reaches_caller_touched(r);
      }
      if (any && !touched) found = r;
    }
  }
  owned_.try_emplace(key, found);
  return found;
}

Outcome Obligations::follow(const Protocol& protocol, FunctionId function,
                            const Acquisition& acquisition) {
  Outcome out;
  out.kind = Outcome::kUnknown;
  const ssa::Function& fn = facts_.program()[function];
  types::Context& cx = facts_.context();
  // A return from these is the end of the process, or the start of the rest of it.
  bool returns_count = true;
  if (fn.kind == ssa::FunctionKind::kPackageInit) returns_count = false;
  if (fn.kind == ssa::FunctionKind::kDeclared && fn.object.exists() && !fn.receiver.exists()) {
    const types::Object& o = cx.objects[fn.object];
    std::string_view name = cx.text(o.name);
    if (name == "init") returns_count = false;
    if (name == "main" && o.package.exists() && cx.package(o.package).name == "main") {
      returns_count = false;
    }
  }
  Holding h(*this, protocol, function, kDepth);
  if (!h.add_call(acquisition) || h.overflow()) return out;
  out.unused = !h.root().exists() || facts_.of(function).uses_of(h.root()).empty();
  out.part_used = h.part_used();
  out.path = h.lost(true, returns_count);
  if (out.path.found) {
    out.kind = Outcome::kLost;
    bool round = h.goes_round() || h.cut_round(out.path);
    out.how = round ? Outcome::kGoesRound : Outcome::kLeaves;
    if (round) {
      out.jump = h.jump_round(out.path);
    } else if (h.root().exists()) {
      out.overwritten_by = h.overwritten(out.path);
    }
    if (!out.unused) {
      out.branch = h.decision(out.path, out.jump.exists() ? out.jump : out.path.end);
    }
    out.idle_field = h.idle_field();
    out.idle_store = h.idle_store();
    return out;
  }
  if (out.path.gave_up) return out;
  if (!h.met_unknown()) {
    out.kind = Outcome::kReleased;
    return out;
  }
  Path other = h.lost(false, returns_count);
  if (!other.found && !other.gave_up) out.kind = Outcome::kReleased;
  out.path = {};
  return out;
}

}  // namespace unpark::flow
