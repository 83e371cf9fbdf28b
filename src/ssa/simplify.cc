// Blocks that nothing leads to go, and with them their edges into others. A block that always
// follows one other is appended to it; a block that only jumps on is skipped. What is left is
// numbered anew, in the order in which the builder made it (the order of the source).
#include <algorithm>

#include "ssa/draft.h"

namespace unpark::ssa {

namespace {

bool starts_with_phi(const Draft& draft, const DraftBlock& b) {
  return !b.code.empty() && draft[b.code[0]].op == Op::kPhi;
}

// Uses of forwarded values become uses of what they stand for; the forwarded ones go.
void apply_forwards(Draft& draft) {
  if (draft.forward.empty()) return;
  for (ValueId& operand : draft.operand_list) operand = draft.resolve(operand);
  for (ValueId& result : draft.results) result = draft.resolve(result);
  for (Assigned& a : draft.assigned) a.value = draft.resolve(a.value);
  for (DraftBlock& b : draft.blocks) {
    std::erase_if(b.code, [&](ValueId v) { return draft.forward.contains(v); });
  }
  draft.forward.clear();
}

std::vector<uint8_t> reachable(const Draft& draft) {
  std::vector<uint8_t> seen(draft.blocks.size());
  std::vector<uint32_t> work{0};
  if (draft.recover.exists()) work.push_back(draft.recover.raw);
  for (uint32_t b : work) seen[b] = 1;
  while (!work.empty()) {
    uint32_t b = work.back();
    work.pop_back();
    for (BlockId s : draft.blocks[b].succs) {
      if (seen[s.raw]) continue;
      seen[s.raw] = 1;
      work.push_back(s.raw);
    }
  }
  return seen;
}

// Removes edges from blocks that are not in `live`; phis that are left with one operand are
// forwarded.
void drop_edges(Draft& draft, const std::vector<uint8_t>& live) {
  for (uint32_t i = 0; i < draft.blocks.size(); i++) {
    DraftBlock& b = draft.blocks[i];
    if (!live[i]) {
      b.code.clear();
      b.preds.clear();
      b.succs.clear();
      continue;
    }
    size_t kept = 0;
    for (size_t p = 0; p < b.preds.size(); p++) kept += live[b.preds[p].raw];
    if (kept != b.preds.size()) {
      for (ValueId id : b.code) {
        if (draft[id].op != Op::kPhi) break;
        std::span<ValueId> operands = draft.operands(id);
        uint32_t at = 0;
        for (size_t p = 0; p < operands.size(); p++) {
          if (live[b.preds[p].raw]) operands[at++] = operands[p];
        }
        draft[id].operand_count = at;
      }
      auto end =
          std::remove_if(b.preds.begin(), b.preds.end(), [&](BlockId p) { return !live[p.raw]; });
      b.preds.erase(end, b.preds.end());
    }
    if (b.preds.size() != 1) continue;
    for (ValueId id : b.code) {
      if (draft[id].op != Op::kPhi) break;
      ValueId only = draft.resolve(draft.operands(id)[0]);
      if (only != id) draft.forward[id] = only;
    }
  }
}

void replace(absl::InlinedVector<BlockId, 2>& list, BlockId from, BlockId to) {
  for (BlockId& b : list) {
    if (b == from) b = to;
  }
}

// Appends to each block what always and only follows it.
void fuse(Draft& draft) {
  for (uint32_t i = 0; i < draft.blocks.size(); i++) {
    for (;;) {
      DraftBlock& b = draft.blocks[i];
      if (b.code.empty() || b.succs.size() != 1) break;
      BlockId next = b.succs[0];
      if (next.raw == i || next.raw == 0 || next == draft.recover) break;
      DraftBlock& s = draft[next];
      if (s.preds.size() != 1 || s.file != b.file || starts_with_phi(draft, s)) break;
      b.code.pop_back();
      b.code.insert(b.code.end(), s.code.begin(), s.code.end());
      b.succs = s.succs;
      for (BlockId after : b.succs) replace(draft[after].preds, next, BlockId{i});
      s.code.clear();
      s.preds.clear();
      s.succs.clear();
    }
  }
}

// Blocks that only jump: who came to them goes where they lead.
void skip_empty(Draft& draft) {
  for (uint32_t i = 1; i < draft.blocks.size(); i++) {
    DraftBlock& b = draft.blocks[i];
    BlockId self{i};
    if (b.code.size() != 1 || draft[b.code[0]].op != Op::kJump || self == draft.recover) continue;
    BlockId to = b.succs[0];
    if (to == self || b.preds.empty() || starts_with_phi(draft, draft[to])) continue;
    if (std::find(b.preds.begin(), b.preds.end(), self) != b.preds.end()) continue;
    DraftBlock& target = draft[to];
    auto at = std::find(target.preds.begin(), target.preds.end(), self);
    target.preds.erase(at);
    absl::InlinedVector<BlockId, 2> preds = b.preds;
    for (BlockId p : preds) {
      // A block that comes twice stands twice among the predecessors.
      DraftBlock& from = draft[p];
      auto edge = std::find(from.succs.begin(), from.succs.end(), self);
      if (edge == from.succs.end()) continue;
      *edge = to;
      target.preds.push_back(p);
    }
    b.code.clear();
    b.preds.clear();
    b.succs.clear();
  }
}

void renumber(Draft& draft) {
  std::vector<BlockId> now(draft.blocks.size());
  std::vector<DraftBlock> kept;
  for (uint32_t i = 0; i < draft.blocks.size(); i++) {
    if (draft.blocks[i].code.empty()) continue;
    now[i] = BlockId{static_cast<uint32_t>(kept.size())};
    kept.push_back(std::move(draft.blocks[i]));
  }
  for (uint32_t i = 0; i < kept.size(); i++) {
    for (BlockId& p : kept[i].preds) p = now[p.raw];
    for (BlockId& s : kept[i].succs) s = now[s.raw];
    for (ValueId id : kept[i].code) draft[id].block = BlockId{i};
  }
  if (draft.recover.exists()) draft.recover = now[draft.recover.raw];
  draft.blocks = std::move(kept);
}

}  // namespace

void simplify_blocks(Draft& draft) {
  apply_forwards(draft);
  drop_edges(draft, reachable(draft));
  apply_forwards(draft);
  skip_empty(draft);
  fuse(draft);
  renumber(draft);
}

}  // namespace unpark::ssa
