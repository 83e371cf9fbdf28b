// Breadth first over (block, what is known of branch conditions). A condition is known from the
// branch that was taken; it is forgotten when control comes again to where one of its operands is
// computed. Conditions that dominate the start are known from the beginning.
#include "flow/paths.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <deque>

#include "ssa/dominance.h"

namespace unpark::flow {

namespace {

constexpr size_t kMaxStates = 20000;
constexpr size_t kMaxKnown = 12;

// A test in normal form: `value` itself, or value == other.
struct Test {
  ValueId value;
  ValueId other;  // none: the bool `value`
  friend bool operator==(Test, Test) = default;
};
struct Known {
  Test test;
  bool truth;
  friend bool operator==(const Known&, const Known&) = default;
};

class Search {
 public:
  Search(Facts& facts, FunctionId function, const PathQuery& query)
      : facts_(facts), f_(facts.of(function)), body_(*f_.body), query_(query) {}

  Path run() {
    BlockId start = body_[query_.from].block;
    State first;
    first.block = start;
    first.known = dominating(start);
    // The rest of the start's block.
    if (Path p = walk_block(first, query_.from.raw + 1, -1); p.found) return p;
    push_successors(first, -1);
    while (!queue_.empty()) {
      if (nodes_.size() > kMaxStates) return {};
      int at = queue_.front();
      queue_.pop_front();
      State state = nodes_[static_cast<size_t>(at)].state;
      uint32_t begin = body_[state.block].first.raw;
      forget(state.known, state.block);
      if (Path p = walk_block(state, begin, at); p.found) return p;
      push_successors(state, at);
    }
    return {};
  }

 private:
  struct State {
    BlockId block;
    std::vector<Known> known;
  };
  struct Node {
    State state;
    int parent;
    Edge edge;
  };

  // Looks at the instructions of a block from `from` on; sets blocked_ when the path ends here.
  Path walk_block(const State& state, uint32_t from, int node) {
    const ssa::Block& block = body_[state.block];
    uint32_t end = block.first.raw + block.count;
    blocked_ = false;
    for (uint32_t i = from; i < end; i++) {
      ValueId at{i};
      if (query_.arrives && query_.arrives(at)) return done(at, node);
      if (query_.avoid && query_.avoid(at)) {
        blocked_ = true;
        return {};
      }
      if (f_.stops_at[state.block.raw] == at) {
        blocked_ = true;
        return {};
      }
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
      if (body_[e.from].succs[1].exists()) p.branches.push_back(e);
    }
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
      State next{succs[i], state.known};
      if (last.op == Op::kIf && !learn(next.known, body_.operands(last)[0], i == 0)) continue;
      uint64_t key = succs[i].raw;
      for (const Known& k : next.known) {
        key = key * 1000003 + k.test.value.raw * 31u + k.test.other.raw * 7u + k.truth;
      }
      if (!seen_.insert(key).second) continue;
      nodes_.push_back({std::move(next), node, edge});
      queue_.push_back(static_cast<int>(nodes_.size() - 1));
    }
  }

  // Adds what a branch says; false when it contradicts what is known.
  bool learn(std::vector<Known>& known, ValueId condition, bool truth) const {
    const Value* v = &body_[condition];
    while (v->op == Op::kUnary && v->sub == syntax::Token::kNot) {
      condition = body_.operands(*v)[0];
      v = &body_[condition];
      truth = !truth;
    }
    if (v->op == Op::kConst) {
      return true;
    }
    Test test{condition, {}};
    if (v->op == Op::kBinary && (v->sub == syntax::Token::kEql || v->sub == syntax::Token::kNeq)) {
      test = {body_.operands(*v)[0], body_.operands(*v)[1]};
      if (v->sub == syntax::Token::kNeq) truth = !truth;
    }
    for (const Known& k : known) {
      if (k.test == test) return k.truth == truth;
    }
    if (known.size() < kMaxKnown) known.push_back({test, truth});
    return true;
  }

  // Control enters a block: what is computed there is computed anew.
  void forget(std::vector<Known>& known, BlockId block) const {
    auto stale = [&](ValueId v) { return v.exists() && body_[v].block == block; };
    std::erase_if(known,
                  [&](const Known& k) { return stale(k.test.value) || stale(k.test.other); });
  }

  std::vector<Known> dominating(BlockId start) const {
    std::vector<Known> known;
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
  std::vector<Node> nodes_;
  std::deque<int> queue_;
  absl::flat_hash_set<uint64_t> seen_;
  bool blocked_ = false;
};

}  // namespace

Path find_path(Facts& facts, FunctionId function, const PathQuery& query) {
  return Search(facts, function, query).run();
}

}  // namespace unpark::flow
