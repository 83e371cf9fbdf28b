// The ways through a function on which the value is lost, or comes to the caller: a path search
// (paths.h) that carries the set of holders which really hold the value there. Phis take it over on
// the edge that brings it, a variable gives it up when something else is stored in it. The way ends
// where an event meets a holder that holds. Tests of the error that came with the value, and of
// holders against nil, are decided.
//
// A way that passes something unknown is no proof. Nor is one on which the error was given to
// somebody while nothing showed that the value is there: perhaps an error was wanted.
//
// A way that comes to the call again has lost the value of the round before, unless a variable or a
// phi that is used later still holds it.
//
// Cost: that of the path search; each step looks at what happens at one instruction only.
#include <algorithm>
#include <string_view>

#include "flow/field_users.h"
#include "flow/holding.h"
#include "ssa/dominance.h"

namespace unpark::flow {

namespace {

bool holds_nil(const Value& v) { return v.op == Op::kConst && v.aux == Value::kNoAux; }

}  // namespace

// --- questions ---

PathQuery Holding::base_query() {
  stand();
  PathQuery query;
  query.from = from_;
  query.memory = initial_;
  return query;
}

Path Holding::lost(bool strict, bool returns_count) {
  met_unknown_ = false;
  goes_round_ = false;
  PathQuery query = base_query();
  query.visit = [this, strict, returns_count](PathMemory& m, ValueId at) {
    if (fails_test(at)) return Walk::kBlocked;
    if (at == call_) {
      if (next_round_releases()) {
        met_unknown_ = true;
        if (strict) return Walk::kBlocked;
      }
      bool expected = expects_error(m);
      if (!survives(m)) {
        if (expected) {
          met_unknown_ = true;
          if (strict) return Walk::kBlocked;
        }
        goes_round_ = true;
        return Walk::kArrived;
      }
    }
    if (std::optional<Does> done = step(m, at)) {
      if (*done != Does::kUnknown) return Walk::kBlocked;
      met_unknown_ = true;
      if (strict) return Walk::kBlocked;
    }
    if (body_[at].op != Op::kReturn) return Walk::kGoOn;
    if (expects_error(m)) {
      met_unknown_ = true;
      if (strict) return Walk::kBlocked;
    }
    return returns_count ? Walk::kGoOn : Walk::kBlocked;
  };
  query.cross = [this, strict](PathMemory& m, Edge e) { return cross(m, e, strict); };
  return find_path(facts_, function_, query);
}

bool Holding::reaches_caller(uint32_t index) {
  PathQuery query = base_query();
  query.visit = [this, index](PathMemory& m, ValueId at) {
    if (at == call_ && !survives(m)) return Walk::kBlocked;
    if (body_[at].op == Op::kReturn) {
      bool gives = index < body_[at].operand_count && holds_result(m, body_.operands(at)[index]);
      return gives ? Walk::kArrived : Walk::kBlocked;
    }
    return step(m, at) ? Walk::kBlocked : Walk::kGoOn;
  };
  query.cross = [this](PathMemory& m, Edge e) { return cross(m, e, true); };
  return find_path(facts_, function_, query).found;
}

bool Holding::reaches_caller_touched(uint32_t index) {
  PathQuery query = base_query();
  query.visit = [this, index](PathMemory& m, ValueId at) {
    if (at == call_ && !survives(m)) return Walk::kBlocked;
    if (body_[at].op == Op::kReturn) {
      bool gives = index < body_[at].operand_count && m.test(kTouched) &&
                   holds_result(m, body_.operands(at)[index]);
      return gives ? Walk::kArrived : Walk::kBlocked;
    }
    if (step(m, at)) m.set(kTouched);
    return Walk::kGoOn;
  };
  query.cross = [this](PathMemory& m, Edge e) { return cross(m, e, false); };
  Path p = find_path(facts_, function_, query);
  return p.found || p.gave_up;
}

// --- one instruction ---

std::optional<Holding::Does> Holding::step(PathMemory& m, ValueId instruction) {
  auto it = at_.find(instruction);
  if (it == at_.end()) return std::nullopt;
  const At& at = it->second;
  std::optional<Does> done;
  auto add = [&](Does d) {
    if (!done || *done == Does::kUnknown) done = d;
  };
  if (at.ends) return Does::kRelease;
  for (const Event& e : at.events) {
    if (m.test(e.bit)) add(e.does);
  }
  for (uint16_t bit : at.shows_error) {
    if (m.test(bit)) m.set(kErrorShown);
  }
  for (uint16_t bit : at.reads) {
    if (m.test(bit)) m.set(kKnownGood);
  }
  PathMemory old = m;
  for (uint16_t bit : at.defines) m.reset(bit);
  for (Flow f : at.derives) {
    if (old.test(f.from)) m.set(f.to);
  }
  for (uint16_t bit : at.clears) m.reset(bit);
  for (Flow f : at.stores) {
    if (!old.test(f.from)) continue;
    m.set(f.to);
    if (auto s = stands_.find({instruction, f.to}); s != stands_.end()) add(s->second);
  }
  return done;
}

bool Holding::expects_error(const PathMemory& m) {
  return m.test(kErrorShown) && !m.test(kKnownGood);
}

bool Holding::fails_test(ValueId at) const {
  const Value& v = body_[at];
  if (v.op != Op::kCall) return false;
  if (v.is(Value::kInvoke)) {
    types::Context& cx = facts_.context();
    const types::Object& method = cx.objects[types::ObjectId{v.aux}];
    if (!method.package.exists() || cx.package(method.package).path != "testing") return false;
    std::string_view name = cx.text(method.name);
    return name.starts_with("Error") || name.starts_with("Fatal") || name.starts_with("Fail") ||
           name.starts_with("Skip");
  }
  FunctionId callee = facts_.static_callee(function_, at);
  return callee.exists() && facts_.intrinsic(callee).effect == Effect::kFailsTest;
}

bool Holding::live(const PathMemory& m, ValueId v, bool error) const {
  auto it = holder_of_.find(v);
  if (it == holder_of_.end()) return false;
  for (uint32_t i : it->second) {
    const Holder& h = holders_[i];
    if (h.error == error && h.cells == 0 && m.test(h.bit)) return true;
  }
  return false;
}

bool Holding::is_error(const PathMemory& m, ValueId v) const {
  if (live(m, v, true)) return true;
  const Value& load = body_[v];
  if (error_fields_.empty() || load.op != Op::kLoad) return false;
  const Value& address = body_[body_.operands(load)[0]];
  return address.op == Op::kFieldAddr && error_fields_.contains(field_of(facts_, body_, address));
}

bool Holding::depends_on_error(const PathMemory& m, ValueId v) const {
  const Value* call = &body_[v];
  if (call->op == Op::kBinary) {
    for (ValueId x : body_.operands(*call)) {
      if (is_error(m, x)) return true;
    }
  }
  if (call->op == Op::kExtract) call = &body_[body_.operands(*call)[0]];
  if (call->op != Op::kCall) return false;
  for (ValueId x : body_.operands(*call)) {
    if (body_[x].op == Op::kChangeInterface) x = body_.operands(x)[0];
    if (is_error(m, x)) return true;
  }
  return false;
}

bool Holding::holds_result(const PathMemory& m, ValueId v) const {
  auto it = holder_of_.find(v);
  if (it == holder_of_.end()) return false;
  for (uint32_t i : it->second) {
    if (is_result(holders_[i]) && m.test(holders_[i].bit)) return true;
  }
  return false;
}

// --- one edge ---

bool Holding::cross(PathMemory& m, Edge e, bool strict) {
  if (std::find(end_edges_.begin(), end_edges_.end(), e) != end_edges_.end()) return false;
  const Value& last = body_.terminator(e.from);
  if (last.op == Op::kIf && body_[e.from].succs[0] != body_[e.from].succs[1]) {
    if (!possible(m, body_.operands(last)[0], e.succ == 0, strict)) return false;
  }
  BlockId to = body_[e.from].succs[e.succ];
  auto bits = phi_bits_.find(to);
  if (bits == phi_bits_.end()) return true;
  PathMemory old = m;
  for (uint16_t bit : bits->second) m.reset(bit);
  uint32_t pred = pred_index(body_, e);
  for (const PhiFlow& f : phi_flows_[to]) {
    if (f.operand == pred && old.test(f.flow.from)) m.set(f.flow.to);
  }
  return true;
}

bool Holding::possible(PathMemory& m, ValueId condition, bool truth, bool strict) {
  const Value* v = &body_[condition];
  while (v->op == Op::kUnary && v->sub == syntax::Token::kNot) {
    condition = body_.operands(*v)[0];
    v = &body_[condition];
    truth = !truth;
  }
  bool guess = false;  // what the test says rests on the error in a way that is not known
  if (v->op == Op::kBinary && (v->sub == syntax::Token::kEql || v->sub == syntax::Token::kNeq)) {
    bool equal = truth == (v->sub == syntax::Token::kEql);
    std::span<const ValueId> x = body_.operands(*v);
    for (int i = 0; i < 2; i++) {
      ValueId side = x[static_cast<size_t>(i)];
      bool with_nil = holds_nil(body_[x[static_cast<size_t>(1 - i)]]);
      if (is_error(m, side)) {
        if (equal != with_nil) return false;
        if (with_nil) m.set(kKnownGood);
      }
      if (with_nil && equal && live(m, side, false)) return false;
      if (with_nil && !equal && context_errors_.contains(side)) return false;
      guess |= depends_on_error(m, side);
    }
    if (equal && protocol_.nothing_if_equal) {
      ValueId of = protocol_.nothing_if_equal(facts_, body_, x[0], x[1]);
      if (of.exists() && live(m, of, false)) return false;
    }
  } else if (condition == ok_) {
    return truth;
  } else if (v->op == Op::kExtract && body_[body_.operands(*v)[0]].op == Op::kTypeAssert) {
    // The error has a type: it is not nil.
    if (truth && is_error(m, body_.operands(body_.operands(*v)[0])[0])) return false;
  } else if (depends_on_error(m, condition)) {
    FunctionId callee =
        v->op == Op::kCall ? facts_.static_callee(function_, condition) : FunctionId{};
    if (callee.exists() && facts_.intrinsic(callee).effect == Effect::kReads) {
      if (truth) return false;  // errors.Is and the like
    } else {
      guess = true;
    }
  }
  if (!guess || m.test(kKnownGood)) return true;
  met_unknown_ = true;
  return !strict;
}

// --- rounds of a loop ---

bool Holding::next_round_releases() {
  if (!next_round_) {
    next_round_ = false;
    BlockId loop = body_[call_].block;
    ssa::Dominators dom = ssa::dominators(body_);
    for (const auto& [at, what] : at_) {
      BlockId block = body_[at].block;
      bool own = std::any_of(what.events.begin(), what.events.end(),
                             [&](const Event& e) { return !error_bits_.test(e.bit); });
      if (!own || !f_.cycles.same(block, loop)) continue;
      if (block == loop ? at < call_ : !dom.dominates(loop, block)) next_round_ = true;
    }
  }
  return *next_round_;
}

void Holding::stand() {
  if (stood_) return;
  stood_ = true;
  for (const Cell& cell : cells_) {
    for (const Standing& s : standing_) {
      if (s.event.bit != cell.bit || !comes_before(s.at, cell)) continue;
      Does does = s.now ? Does::kUnknown : s.event.does;
      auto [it, fresh] = stands_.try_emplace({cell.store, cell.bit}, does);
      if (!fresh && it->second == Does::kUnknown) it->second = does;
    }
  }
}

bool Holding::comes_before(ValueId at, const Cell& cell) const {
  BlockId made = body_[cell.variable].block, target = body_[cell.store].block;
  BlockId start = body_[at].block;
  if (start == target && at < cell.store && !(start == made && at < cell.variable)) return true;
  std::vector<bool> seen(body_.blocks.size());
  std::vector<BlockId> work = {start};
  while (!work.empty()) {
    BlockId b = work.back();
    work.pop_back();
    for (BlockId to : body_.succs(b)) {
      if (to == made || seen[to.raw]) continue;
      if (to == target) return true;
      seen[to.raw] = true;
      work.push_back(to);
    }
  }
  return false;
}

bool Holding::survives(PathMemory& m) {
  bool any = false;
  for (uint16_t bit = 0; bit < bits_.size(); bit++) {
    if (!m.test(bit)) continue;
    const Holder& h = holders_[bits_[bit]];
    bool stays =
        !h.error && (h.cells > 0 || (body_[h.value].op == Op::kPhi && used_later(h.value)));
    if (!stays) m.reset(bit);
    any |= stays;
  }
  m.set(kKnownGood);
  return any;
}

bool Holding::used_later(ValueId phi) const {
  BlockId made = body_[phi].block;
  std::vector<bool> seen(body_.blocks.size());
  std::vector<std::pair<BlockId, ValueId>> work = {{body_[call_].block, call_}};
  while (!work.empty()) {
    auto [block, after] = work.back();
    work.pop_back();
    uint32_t first = after.exists() ? after.raw + 1 : body_[block].first.raw;
    for (ValueId use : f_.uses_of(phi)) {
      const Value& v = body_[use];
      if (v.op == Op::kPhi) {
        std::span<const BlockId> preds = body_.preds(v.block);
        for (uint32_t i = 0; i < preds.size(); i++) {
          if (preds[i] == block && body_.operands(v)[i] == phi) return true;
        }
      } else if (v.block == block && use.raw >= first) {
        return true;
      }
    }
    for (BlockId to : body_.succs(block)) {
      if (to == made || seen[to.raw]) continue;
      seen[to.raw] = true;
      work.push_back({to, {}});
    }
  }
  return false;
}

// --- about a way that was found ---

ValueId Holding::overwritten(const Path& path) const {
  for (const ssa::Assigned& mine : body_.assigned) {
    if (mine.value != root_) continue;
    absl::flat_hash_set<ValueId> others;  // what else is assigned to the variable
    for (const ssa::Assigned& a : body_.assigned) {
      if (a.local == mine.local && !holder_of_.contains(a.value)) others.insert(a.value);
    }
    for (Edge e : path.edges) {
      BlockId to = body_[e.from].succs[e.succ];
      for (uint32_t i = 0; i < body_[to].count; i++) {
        ValueId at{body_[to].first.raw + i};
        if (at == path.end) break;
        if (body_[at].op == Op::kPhi || at == root_) continue;
        if (others.contains(at)) return at;
      }
    }
  }
  for (Edge e : path.edges) {
    BlockId to = body_[e.from].succs[e.succ];
    for (uint32_t i = 0; i < body_[to].count; i++) {
      ValueId at{body_[to].first.raw + i};
      if (at == path.end) break;
      auto it = at_.find(at);
      if (body_[at].op != Op::kStore || it == at_.end() || !it->second.stores.empty()) continue;
      if (holds_nil(body_[body_.operands(at)[1]])) continue;
      for (uint16_t bit : it->second.clears) {
        if (!error_bits_.test(bit)) return at;
      }
    }
  }
  return {};
}

Edge Holding::decision(const Path& path, ValueId end) const {
  ssa::Dominators dom = ssa::dominators(body_);
  for (size_t i = path.branches.size(); i-- > 0;) {
    Edge e = path.branches[i];
    BlockId to = body_[e.from].succs[e.succ];
    if (body_.preds(to).size() != 1 || !dom.dominates(to, body_[end].block)) continue;
    ValueId condition = body_.operands(body_.terminator(e.from))[0];
    while (body_[condition].op == Op::kUnary) condition = body_.operands(condition)[0];
    bool own = false;
    for (ValueId x : body_.operands(condition)) {
      own |= x.exists() && holder_of_.contains(x);
    }
    if (!own && body_[condition].op != Op::kPhi) return e;
  }
  return {};
}

bool Holding::cut_round(Path& path) const {
  for (size_t i = 0; i < path.edges.size(); i++) {
    if (body_[path.edges[i].from].succs[path.edges[i].succ] != body_[call_].block) continue;
    path.edges.resize(i + 1);
    path.branches.clear();
    for (Edge e : path.edges) {
      if (body_[e.from].succs[1].exists()) path.branches.push_back(e);
    }
    path.end = call_;
    return true;
  }
  return false;
}

ValueId Holding::jump_round(const Path& path) const {
  ssa::Dominators dom = ssa::dominators(body_);
  size_t i = path.edges.size();
  while (i-- > 0) {
    Edge e = path.edges[i];
    if (!dom.dominates(body_[e.from].succs[e.succ], e.from)) continue;
    // The lowering's own block behind the loop's body says nothing.
    while (i > 0 && std::string_view(body_[path.edges[i].from].name).ends_with(".post")) i--;
    e = path.edges[i];
    return ValueId{body_[e.from].first.raw + body_[e.from].count - 1};
  }
  return path.last_jump;
}

}  // namespace unpark::flow
