// Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm". Blocks get postorder numbers; the
// immediate dominator of a block is where the walks up from its predecessors meet, repeated until
// nothing changes (twice, for the graphs that Go gives). A virtual root stands above entry and
// recover.
#include "ssa/dominance.h"

#include "ssa/graph.h"

namespace unpark::ssa {

Dominators dominators_of(const BlockGraph& graph) {
  uint32_t n = graph.size;
  uint32_t root = n;  // virtual
  // Reverse postorder by an explicit stack.
  std::vector<uint32_t> order;  // postorder
  std::vector<uint32_t> number(n + 1, UINT32_MAX);
  std::vector<uint8_t> seen(n);
  struct Frame {
    uint32_t block;
    uint32_t next;
  };
  std::vector<Frame> stack;
  std::vector<uint32_t> roots{0};
  if (graph.recover.exists()) roots.insert(roots.begin(), graph.recover.raw);
  for (uint32_t r : roots) {
    if (r >= n || seen[r]) continue;
    seen[r] = 1;
    stack.push_back({r, 0});
    while (!stack.empty()) {
      Frame& top = stack.back();
      std::span<const BlockId> succs = graph.succs(top.block);
      if (top.next < succs.size()) {
        uint32_t s = succs[top.next++].raw;
        if (!seen[s]) {
          seen[s] = 1;
          stack.push_back({s, 0});
        }
      } else {
        number[top.block] = static_cast<uint32_t>(order.size());
        order.push_back(top.block);
        stack.pop_back();
      }
    }
  }
  number[root] = static_cast<uint32_t>(order.size());

  std::vector<uint32_t> idom(n + 1, UINT32_MAX);
  idom[root] = root;
  // Above the entry the virtual root, above recover the entry.
  auto given = [&](uint32_t b) {
    if (b == 0) return root;
    return graph.recover.exists() && b == graph.recover.raw ? 0u : UINT32_MAX;
  };
  auto meet = [&](uint32_t a, uint32_t b) {
    while (a != b) {
      while (number[a] < number[b]) a = idom[a];
      while (number[b] < number[a]) b = idom[b];
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = order.size(); i-- > 0;) {
      uint32_t b = order[i];
      uint32_t best = given(b);
      for (BlockId p : graph.preds(b)) {
        if (idom[p.raw] == UINT32_MAX || number[p.raw] == UINT32_MAX) continue;
        best = best == UINT32_MAX ? p.raw : meet(best, p.raw);
      }
      if (best != idom[b]) {
        idom[b] = best;
        changed = true;
      }
    }
  }

  Dominators out;
  out.idom.resize(n);
  out.first_child.assign(n + 2, 0);
  for (uint32_t b = 0; b < n; b++) {
    if (idom[b] == UINT32_MAX) continue;
    if (idom[b] != root) out.idom[b] = BlockId{idom[b]};
    out.first_child[idom[b] + 1]++;
  }
  for (uint32_t b = 0; b <= n; b++) out.first_child[b + 1] += out.first_child[b];
  out.children.resize(out.first_child[n + 1]);
  std::vector<uint32_t> at(out.first_child.begin(), out.first_child.end() - 1);
  for (uint32_t b = 0; b < n; b++) {
    if (idom[b] != UINT32_MAX) out.children[at[idom[b]]++] = BlockId{b};
  }
  out.enter.assign(n, 0);
  out.leave.assign(n, 0);
  uint32_t clock = 0;
  stack.clear();
  stack.push_back({root, out.first_child[root]});
  while (!stack.empty()) {
    Frame& top = stack.back();
    if (top.next < out.first_child[top.block + 1]) {
      uint32_t child = out.children[top.next++].raw;
      out.enter[child] = ++clock;
      stack.push_back({child, out.first_child[child]});
    } else {
      if (top.block != root) out.leave[top.block] = ++clock;
      stack.pop_back();
    }
  }
  return out;
}

Dominators dominators(const Body& body) {
  BlockGraph graph;
  graph.size = static_cast<uint32_t>(body.blocks.size());
  graph.recover = body.recover;
  graph.preds = [&](uint32_t b) { return body.preds(BlockId{b}); };
  graph.succs = [&](uint32_t b) { return body.succs(BlockId{b}); };
  return dominators_of(graph);
}

}  // namespace unpark::ssa
