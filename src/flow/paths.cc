// Breadth first over (block, what is known of branch conditions, the asker's memory).
//
// A condition is known from the branch that was taken; it is forgotten when control comes again to
// where one of its operands is computed. Conditions that dominate the start are known from the
// beginning. What is known of a value is known of the phi that takes it: of `ok := a && b` with an
// `if ok` behind it, too.
//
// Two expressions of one shape are one thing (the same field read twice, the same function called
// twice with the same arguments), unless the function itself stores where they read. That another
// goroutine or a callee may change the field between two reads is not asked: so some paths are
// missed, and none is made up.
//
// Only tests that can be met again are remembered; without that the states of a long function are
// the product of all its branches.
#include "flow/paths.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "ssa/dominance.h"
#include "types/constant.h"

namespace unpark::flow {

namespace {

constexpr size_t kMaxStates = 20000;
constexpr size_t kMaxKnown = 12;
constexpr int kMaxShape = 12;  // how deep expressions are compared

// A test in normal form: `value` itself, or value == other.
struct Test {
  ValueId value;
  ValueId other;  // none: the bool `value`
  friend bool operator==(Test, Test) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Test& t) {
    return H::combine(std::move(h), t.value, t.other);
  }
};
struct Known {
  Test test;    // of the representatives
  Test actual;  // of the values that were tested
  bool truth;
};

// Which expressions of a function are the same, and which tests may be met twice.
class Shapes {
 public:
  Shapes(Facts& facts, FunctionId function)
      : facts_(facts), f_(facts.of(function)), body_(*f_.body) {
    for (uint32_t i = body_.first_instruction; i < body_.values.size(); i++) {
      if (body_.values[i].op == Op::kStore) stores_[same(body_.operands(ValueId{i})[0])]++;
    }
    same_.clear();  // loads were taken for what they read: now it is known which do change
    know_stores_ = true;
    absl::flat_hash_map<ValueId, uint32_t> count;
    for (uint32_t b = 0; b < body_.blocks.size(); b++) {
      const Value& last = body_.terminator(BlockId{b});
      if (last.op != Op::kIf) continue;
      bool truth = true;
      Test t = normal(body_.operands(last)[0], truth);
      // In a loop a test is met again; what is computed in the same loop is forgotten by then.
      BlockId made = body_[t.value].block;
      bool again = f_.cycles.in_cycle[b] && !(made.exists() && f_.cycles.same(made, BlockId{b}));
      count[same(t.value)] += again ? 2 : 1;
      add_phi_tests(t);
    }
    for (const auto& [value, n] : count) {
      if (n > 1) relevant_.insert(value);
    }
  }

  // The condition without negations, as a test.
  Test normal(ValueId condition, bool& truth) const {
    const Value* v = &body_[condition];
    while (v->op == Op::kUnary && v->sub == syntax::Token::kNot) {
      condition = body_.operands(*v)[0];
      v = &body_[condition];
      truth = !truth;
    }
    if (v->op == Op::kBinary && (v->sub == syntax::Token::kEql || v->sub == syntax::Token::kNeq)) {
      if (v->sub == syntax::Token::kNeq) truth = !truth;
      ValueId a = body_.operands(*v)[0], b = body_.operands(*v)[1];
      if (body_[a].op == Op::kConst) std::swap(a, b);
      return {a, b};
    }
    return {condition, {}};
  }

  bool relevant(const Test& same_test) const { return relevant_.contains(same_test.value); }

  // The tests that are made of a phi, or of a phi that takes it.
  const std::vector<ValueId>* tests_of_phi(ValueId phi) const {
    auto it = phi_tests_.find(phi);
    return it == phi_tests_.end() ? nullptr : &it->second;
  }

  Test same(const Test& t) { return {same(t.value), t.other.exists() ? same(t.other) : ValueId{}}; }

  // The first value of the same shape.
  ValueId same(ValueId v, int depth = 0) {
    const Value& x = body_[v];
    if (x.op == Op::kConst) return same_constant(v);
    if (!has_shape(x) || depth > kMaxShape) return v;
    if (auto it = same_.find(v); it != same_.end()) return it->second;
    std::vector<uint32_t> key = {static_cast<uint32_t>(x.op),
                                 static_cast<uint32_t>(x.sub) << 16 | x.flags, x.aux};
    for (ValueId operand : body_.operands(x)) {
      key.push_back(operand.exists() ? same(operand, depth + 1).raw : ValueId::kNone);
    }
    if (x.op == Op::kLoad && know_stores_ && changes(ValueId{key[3]})) {
      same_[v] = v;
      return v;
    }
    ValueId first = shapes_.try_emplace(std::move(key), v).first->second;
    same_[v] = first;
    return first;
  }

  // What a test of `t.value` against `t.other` gives by the nature of the values alone.
  std::optional<bool> decided(const Test& t) {
    const Value& v = body_[t.value];
    if (!t.other.exists()) {
      if (v.op == Op::kConst) return bool_constant(v);
      return std::nullopt;
    }
    const Value& other = body_[t.other];
    if (v.op == Op::kConst && other.op == Op::kConst) {
      if (same_constant(t.value) == same_constant(t.other)) return true;
      // The zero value has no number to compare.
      if (v.aux == Value::kNoAux || other.aux == Value::kNoAux) return std::nullopt;
      return false;
    }
    if (other.op == Op::kConst && other.aux == Value::kNoAux && never_nil(t.value)) return false;
    return std::nullopt;
  }

 private:
  static bool has_shape(const Value& v) {
    switch (v.op) {
      case Op::kLoad:
      case Op::kFieldAddr:
      case Op::kField:
      case Op::kIndexAddr:
      case Op::kIndex:
      case Op::kLookup:
      case Op::kBinary:
      case Op::kUnary:
      case Op::kChangeType:
      case Op::kChangeInterface:
      case Op::kConvert:
      case Op::kExtract:
      case Op::kCall:
        return true;
      default:
        return false;
    }
  }

  // A constant may stand in a body several times.
  ValueId same_constant(ValueId v) {
    const Value& x = body_[v];
    if (x.aux == Value::kNoAux) return v;
    std::string text = types::exact_text(facts_.context().constants[types::ConstId{x.aux}]);
    return constants_.try_emplace({x.type, std::move(text)}, v).first->second;
  }

  // The function stores at the address: two loads may differ. A variable that is set once has one
  // value.
  bool changes(ValueId address) {
    auto it = stores_.find(address);
    if (it == stores_.end()) return false;
    return body_[address].op != Op::kAlloc || it->second > 1;
  }

  std::optional<bool> bool_constant(const Value& v) const {
    if (v.aux == Value::kNoAux) return false;
    const types::Constant& c = facts_.context().constants[types::ConstId{v.aux}];
    if (c.kind() != types::ConstantKind::kBool) return std::nullopt;
    return c.bool_value();
  }

  bool never_nil(ValueId value) {
    const Value& v = body_[value];
    switch (v.op) {
      case Op::kAlloc:
      case Op::kMakeClosure:
      case Op::kMakeInterface:
      case Op::kMakeMap:
      case Op::kMakeChan:
      case Op::kMakeSlice:
      case Op::kFunction:
      case Op::kGlobal:
        return true;
      case Op::kChangeType:
      case Op::kChangeInterface:
        return never_nil(body_.operands(v)[0]);
      case Op::kLoad:
        // An error kept in a package-level variable is there to be compared with.
        return body_[body_.operands(v)[0]].op == Op::kGlobal &&
               v.type == facts_.context().error_type;
      case Op::kCall:
        if (!v.is(Value::kInvoke) && body_[body_.operands(v)[0]].op == Op::kFunction) {
          FunctionId callee{body_[body_.operands(v)[0]].aux};
          return facts_.intrinsic(callee).effect == Effect::kMakesError;
        }
        return false;
      default:
        return false;
    }
  }

  void add_phi_tests(const Test& t) {
    if (body_[t.value].op != Op::kPhi) return;
    std::vector<ValueId> work = {t.value};
    while (!work.empty()) {
      ValueId phi = work.back();
      work.pop_back();
      std::vector<ValueId>& list = phi_tests_[phi];
      if (std::find(list.begin(), list.end(), t.other) != list.end()) continue;
      list.push_back(t.other);
      relevant_.insert(phi);
      for (ValueId x : body_.operands(phi)) {
        if (body_[x].op == Op::kPhi) work.push_back(x);
        bool truth = true;
        relevant_.insert(same(t.other.exists() ? x : normal(x, truth).value));
      }
    }
  }

  Facts& facts_;
  const FunctionFacts& f_;
  const Body& body_;
  bool know_stores_ = false;
  absl::flat_hash_map<ValueId, uint32_t> stores_;
  absl::flat_hash_map<ValueId, ValueId> same_;
  absl::flat_hash_map<std::vector<uint32_t>, ValueId> shapes_;
  absl::flat_hash_map<std::pair<types::TypeId, std::string>, ValueId> constants_;
  absl::flat_hash_set<ValueId> relevant_;
  absl::flat_hash_map<ValueId, std::vector<ValueId>> phi_tests_;
};

class Search {
 public:
  Search(Facts& facts, FunctionId function, const PathQuery& query)
      : facts_(facts),
        f_(facts.of(function)),
        body_(*f_.body),
        query_(query),
        shapes_(facts, function) {}

  Path run() {
    if (body_.blocks.empty()) return {};
    BlockId start = query_.from.exists() ? body_[query_.from].block : BlockId{0};
    State first;
    first.block = start;
    first.memory = query_.memory;
    first.known = dominating(start);
    // The rest of the start's block.
    uint32_t begin = query_.from.exists() ? query_.from.raw + 1 : body_[start].first.raw;
    if (Path p = walk_block(first, begin, -1); p.found) return p;
    push_successors(first, -1);
    while (!queue_.empty()) {
      if (nodes_.size() > kMaxStates) {
        Path p;
        p.gave_up = true;
        return p;
      }
      int at = queue_.front();
      queue_.pop_front();
      State state = nodes_[static_cast<size_t>(at)].state;
      if (Path p = walk_block(state, body_[state.block].first.raw, at); p.found) return p;
      push_successors(state, at);
    }
    return {};
  }

 private:
  struct State {
    BlockId block;
    std::vector<Known> known;
    PathMemory memory;
  };
  struct Node {
    State state;
    int parent;
    Edge edge;
  };

  // Looks at the instructions of a block from `from` on; sets blocked_ when the path ends here.
  Path walk_block(State& state, uint32_t from, int node) {
    const ssa::Block& block = body_[state.block];
    uint32_t end = block.first.raw + block.count;
    blocked_ = false;
    for (uint32_t i = from; i < end; i++) {
      ValueId at{i};
      if (query_.arrives && query_.arrives(at)) return done(at, node);
      if (query_.visit) {
        Walk w = query_.visit(state.memory, at);
        if (w == Walk::kArrived) return done(at, node);
        blocked_ = w == Walk::kBlocked;
      }
      blocked_ = blocked_ || (query_.avoid && query_.avoid(at));
      blocked_ = blocked_ || f_.stops_at[state.block.raw] == at;
      if (blocked_) return {};
      if (body_[at].op == Op::kReturn) return done(at, node);
    }
    return {};
  }

  Path done(ValueId end, int node) const {
    Path p;
    p.found = true;
    p.end = end;
    if (node >= 0) {
      const ssa::Block& from = body_[nodes_[static_cast<size_t>(node)].edge.from];
      p.last_jump = ValueId{from.first.raw + from.count - 1};
    }
    for (int n = node; n >= 0; n = nodes_[static_cast<size_t>(n)].parent) {
      Edge e = nodes_[static_cast<size_t>(n)].edge;
      p.edges.push_back(e);
      if (body_[e.from].succs[1].exists()) p.branches.push_back(e);
    }
    std::reverse(p.edges.begin(), p.edges.end());
    std::reverse(p.branches.begin(), p.branches.end());
    return p;
  }

  void push_successors(const State& state, int node) {
    if (blocked_) return;
    std::span<const BlockId> succs = facts_.successors(f_, state.block);
    const Value& last = body_.terminator(state.block);
    for (uint32_t i = 0; i < succs.size(); i++) {
      Edge edge{state.block, i};
      if (query_.avoid_edge && query_.avoid_edge(edge)) continue;
      State next{succs[i], state.known, state.memory};
      if (last.op == Op::kIf && !learn(next.known, body_.operands(last)[0], i == 0)) continue;
      if (query_.cross && !query_.cross(next.memory, edge)) continue;
      enter(next.known, edge);
      uint64_t key = succs[i].raw;
      for (const Known& k : next.known) {
        key = key * 1000003 + k.test.value.raw * 31u + k.test.other.raw * 7u + k.truth;
      }
      key = key * 1000003 + std::hash<PathMemory>()(next.memory);
      if (!seen_.insert(key).second) continue;
      nodes_.push_back({std::move(next), node, edge});
      queue_.push_back(static_cast<int>(nodes_.size() - 1));
    }
  }

  bool is_literal(ValueId v) const {
    return body_[v].op == Op::kConst && body_[v].aux != Value::kNoAux;
  }

  // What the known tests say of another one.
  std::optional<bool> implied(const std::vector<Known>& known, const Test& actual) {
    if (std::optional<bool> decided = shapes_.decided(actual)) return decided;
    Test t = shapes_.same(actual);
    for (const Known& k : known) {
      if (k.test == t) return k.truth;
      // It equals another constant.
      if (k.test.value == t.value && k.truth && t.other.exists() && k.test.other.exists() &&
          is_literal(t.other) && is_literal(k.test.other)) {
        return false;
      }
    }
    return std::nullopt;
  }

  // Adds what a branch says; false when it contradicts what is known.
  bool learn(std::vector<Known>& known, ValueId condition, bool truth) {
    Test actual = shapes_.normal(condition, truth);
    if (std::optional<bool> is = implied(known, actual)) return *is == truth;
    add(known, actual, truth);
    return true;
  }

  void add(std::vector<Known>& known, const Test& actual, bool truth) {
    Test t = shapes_.same(actual);
    if (known.size() < kMaxKnown && shapes_.relevant(t)) known.push_back({t, actual, truth});
  }

  // Control enters a block: what is computed there is computed anew, and the phis take what the
  // edge brings.
  void enter(std::vector<Known>& known, Edge edge) {
    BlockId block = body_[edge.from].succs[edge.succ];
    std::vector<std::pair<Test, bool>> brought;
    uint32_t pred = UINT32_MAX;
    for (uint32_t i = 0; i < body_[block].count; i++) {
      ValueId phi{body_[block].first.raw + i};
      if (body_[phi].op != Op::kPhi) break;
      const std::vector<ValueId>* tests = shapes_.tests_of_phi(phi);
      if (!tests) continue;
      if (pred == UINT32_MAX) pred = pred_index(body_, edge);
      ValueId operand = body_.operands(phi)[pred];
      for (ValueId other : *tests) {
        bool truth = true;
        Test of_operand = other.exists() ? Test{operand, other} : shapes_.normal(operand, truth);
        if (std::optional<bool> is = implied(known, of_operand)) {
          brought.push_back({{phi, other}, *is == truth});
        }
      }
    }
    auto stale = [&](ValueId v) { return v.exists() && body_[v].block == block; };
    std::erase_if(known,
                  [&](const Known& k) { return stale(k.actual.value) || stale(k.actual.other); });
    for (const auto& [test, truth] : brought) add(known, test, truth);
  }

  std::vector<Known> dominating(BlockId start) {
    std::vector<Known> known;
    if (start.raw == 0) return known;
    ssa::Dominators dom = ssa::dominators(body_);
    for (BlockId b = start; b.exists();) {
      BlockId up = dom.idom[b.raw];
      if (!up.exists()) break;
      const Value& last = body_.terminator(up);
      if (last.op == Op::kIf && body_.preds(b).size() == 1) {
        bool truth = body_[up].succs[0] == b;
        if (body_[up].succs[0] != body_[up].succs[1]) learn(known, body_.operands(last)[0], truth);
      }
      b = up;
    }
    return known;
  }

  Facts& facts_;
  const FunctionFacts& f_;
  const Body& body_;
  const PathQuery& query_;
  Shapes shapes_;
  std::vector<Node> nodes_;
  std::deque<int> queue_;
  absl::flat_hash_set<uint64_t> seen_;
  bool blocked_ = false;
};

}  // namespace

uint32_t pred_index(const Body& body, Edge edge) {
  std::span<const BlockId> preds = body.preds(body[edge.from].succs[edge.succ]);
  // An `if` may lead to one block on both ways.
  bool second = edge.succ == 1 && body[edge.from].succs[0] == body[edge.from].succs[1];
  for (uint32_t i = 0; i < preds.size(); i++) {
    if (preds[i] != edge.from) continue;
    if (!second) return i;
    second = false;
  }
  return 0;
}

Path find_path(Facts& facts, FunctionId function, const PathQuery& query) {
  return Search(facts, function, query).run();
}

}  // namespace unpark::flow
