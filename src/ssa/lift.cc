// Lifting: variables that are only loaded and stored become values (Cytron et al., "Efficiently
// computing static single assignment form", pruned).
//
// A variable is lifted when its Alloc is not on the heap and is used by nothing but loads and by
// stores to it. Results of functions with deferred calls stay in memory, since the recover block
// reads them at a time that no edge shows. Phis go where the iterated dominance frontier of the
// stores says, and only where the variable is live. A walk over the dominator tree then gives each
// load the value that reaches it. An Alloc in a loop makes a new variable each time, so it counts
// as a store of zero.
//
// Cost: the dominance frontiers, and per variable the blocks where it is live.
#include <algorithm>

#include "ssa/draft.h"
#include "ssa/graph.h"

namespace unpark::ssa {

namespace {

class Lifter {
 public:
  explicit Lifter(Draft& draft) : draft_(draft) {}

  void run() {
    find_variables();
    if (variables_.empty()) return;
    BlockGraph graph;
    graph.size = static_cast<uint32_t>(draft_.blocks.size());
    graph.recover = draft_.recover;
    graph.preds = [&](uint32_t b) -> std::span<const BlockId> { return draft_.blocks[b].preds; };
    graph.succs = [&](uint32_t b) -> std::span<const BlockId> { return draft_.blocks[b].succs; };
    tree_ = dominators_of(graph);
    find_frontiers();
    place_phis();
    rename();
    simplify_phis();
    for (ValueId& operand : draft_.operand_list) operand = resolve(operand);
    for (Assigned& a : draft_.assigned) a.value = resolve(a.value);
    for (DraftBlock& b : draft_.blocks) {
      std::erase_if(b.code, [&](ValueId v) { return v.raw < gone_.size() && gone_[v.raw]; });
    }
  }

 private:
  static constexpr uint32_t kNo = UINT32_MAX;

  struct Variable {
    ValueId alloc;
    TypeId type;
    std::vector<uint32_t> defined_in, used_in;  // blocks; used: before any store there
    uint32_t last_defined = kNo;
    uint32_t last_used = kNo;
  };
  struct Phi {
    ValueId value;
    uint32_t variable;
  };

  uint32_t variable_of(ValueId id) const {
    return id.exists() && id.raw < variable_.size() ? variable_[id.raw] : kNo;
  }
  ValueId resolve(ValueId id) {
    if (!id.exists() || id.raw >= forward_.size() || !forward_[id.raw].exists()) return id;
    ValueId to = id;
    while (to.raw < forward_.size() && forward_[to.raw].exists()) to = forward_[to.raw];
    while (id != to) {
      ValueId next = forward_[id.raw];
      forward_[id.raw] = to;
      id = next;
    }
    return to;
  }

  void find_variables() {
    variable_.assign(draft_.values.size(), kNo);
    std::vector<uint8_t> bad(draft_.values.size());
    if (draft_.recover.exists()) {
      for (ValueId r : draft_.results) bad[r.raw] = 1;
    }
    for (const DraftBlock& b : draft_.blocks) {
      for (ValueId id : b.code) {
        const Value& v = draft_[id];
        std::span<ValueId> operands = draft_.operands(id);
        for (size_t i = 0; i < operands.size(); i++) {
          if (!operands[i].exists()) continue;
          bool plain = i == 0 && (v.op == Op::kLoad || v.op == Op::kStore);
          if (!plain) bad[operands[i].raw] = 1;
        }
      }
    }
    for (uint32_t b = 0; b < draft_.blocks.size(); b++) {
      for (ValueId id : draft_.blocks[b].code) {
        const Value& v = draft_[id];
        if (v.op == Op::kAlloc && !v.is(Value::kHeap) && !bad[id.raw]) {
          variable_[id.raw] = static_cast<uint32_t>(variables_.size());
          Variable variable;
          variable.alloc = id;
          variables_.push_back(std::move(variable));
        }
      }
    }
    // The type of what is stored: that of a load or a store.
    for (uint32_t b = 0; b < draft_.blocks.size(); b++) {
      for (ValueId id : draft_.blocks[b].code) {
        const Value& v = draft_[id];
        uint32_t own = variable_of(id);
        if (own != kNo) define(own, b);
        if (v.op != Op::kLoad && v.op != Op::kStore) continue;
        uint32_t x = variable_of(draft_.operands(id)[0]);
        if (x == kNo) continue;
        if (v.op == Op::kStore) {
          define(x, b);
          if (!variables_[x].type.exists())
            variables_[x].type = draft_[draft_.operands(id)[1]].type;
        } else {
          variables_[x].type = v.type;
          Variable& variable = variables_[x];
          if (variable.last_defined != b && variable.last_used != b) {
            variable.last_used = b;
            variable.used_in.push_back(b);
          }
        }
      }
    }
  }

  void define(uint32_t x, uint32_t block) {
    Variable& variable = variables_[x];
    if (variable.last_defined == block) return;
    variable.last_defined = block;
    variable.defined_in.push_back(block);
  }

  void find_frontiers() {
    frontier_.resize(draft_.blocks.size());
    for (uint32_t b = 0; b < draft_.blocks.size(); b++) {
      const auto& preds = draft_.blocks[b].preds;
      if (preds.size() < 2) continue;
      BlockId stop = tree_.idom[b];
      for (BlockId p : preds) {
        for (BlockId at = p; at.exists() && at != stop; at = tree_.idom[at.raw]) {
          std::vector<uint32_t>& f = frontier_[at.raw];
          if (f.empty() || f.back() != b) f.push_back(b);
        }
      }
    }
  }

  void place_phis() {
    size_t blocks = draft_.blocks.size();
    phis_.resize(blocks);
    std::vector<uint32_t> live(blocks, kNo);
    std::vector<uint32_t> defines(blocks, kNo);
    std::vector<uint32_t> has_phi(blocks, kNo);
    std::vector<uint32_t> work;
    for (uint32_t x = 0; x < variables_.size(); x++) {
      Variable& variable = variables_[x];
      if (variable.used_in.empty() || variable.defined_in.size() < 2) continue;
      for (uint32_t b : variable.defined_in) defines[b] = x;
      work = variable.used_in;
      for (uint32_t b : work) live[b] = x;
      while (!work.empty()) {
        uint32_t b = work.back();
        work.pop_back();
        for (BlockId p : draft_.blocks[b].preds) {
          if (live[p.raw] == x || defines[p.raw] == x) continue;
          live[p.raw] = x;
          work.push_back(p.raw);
        }
      }
      work = variable.defined_in;
      while (!work.empty()) {
        uint32_t b = work.back();
        work.pop_back();
        for (uint32_t f : frontier_[b]) {
          if (has_phi[f] == x || live[f] != x) continue;
          has_phi[f] = x;
          add_phi(f, x);
          if (defines[f] != x) work.push_back(f);
        }
      }
    }
    for (uint32_t b = 0; b < blocks; b++) {
      std::vector<ValueId>& code = draft_.blocks[b].code;
      std::vector<ValueId> first;
      for (const Phi& phi : phis_[b]) first.push_back(phi.value);
      code.insert(code.begin(), first.begin(), first.end());
    }
  }

  void add_phi(uint32_t block, uint32_t x) {
    const Value& alloc = draft_[variables_[x].alloc];
    Value v;
    v.op = Op::kPhi;
    v.type = variables_[x].type;
    v.span = alloc.span;
    v.block = BlockId{block};
    v.aux = alloc.aux;
    std::vector<ValueId> operands(draft_.blocks[block].preds.size());
    phis_[block].push_back({draft_.add(v, operands), x});
  }

  ValueId zero(TypeId type) {
    auto [it, fresh] = zeros_.try_emplace(type, ValueId{});
    if (fresh) {
      Value v;
      v.op = Op::kConst;
      v.type = type;
      it->second = draft_.add(v, {});
    }
    return it->second;
  }

  void rename() {
    forward_.assign(draft_.values.size(), ValueId{});
    gone_.assign(draft_.values.size(), 0);
    current_.assign(variables_.size(), ValueId{});
    struct Frame {
      uint32_t block;
      uint32_t next_child;
      size_t undo;
    };
    std::vector<std::pair<uint32_t, ValueId>> undo;
    std::vector<Frame> stack;
    auto virtual_root = static_cast<uint32_t>(draft_.blocks.size());
    for (uint32_t r = tree_.first_child[virtual_root]; r < tree_.first_child[virtual_root + 1];
         r++) {
      stack.push_back({tree_.children[r].raw, kNo, 0});
      while (!stack.empty()) {
        Frame& top = stack.back();
        uint32_t b = top.block;
        if (top.next_child == kNo) {
          top.undo = undo.size();
          top.next_child = tree_.first_child[b];
          rename_block(b, undo);
        }
        if (top.next_child < tree_.first_child[b + 1]) {
          uint32_t child = tree_.children[top.next_child++].raw;
          stack.push_back({child, kNo, 0});
          continue;
        }
        while (undo.size() > top.undo) {
          current_[undo.back().first] = undo.back().second;
          undo.pop_back();
        }
        stack.pop_back();
      }
    }
  }

  void rename_block(uint32_t b, std::vector<std::pair<uint32_t, ValueId>>& undo) {
    auto set = [&](uint32_t x, ValueId v) {
      undo.emplace_back(x, current_[x]);
      current_[x] = v;
    };
    for (const Phi& phi : phis_[b]) set(phi.variable, phi.value);
    for (ValueId id : draft_.blocks[b].code) {
      Op op = draft_[id].op;
      uint32_t own = variable_of(id);
      if (own != kNo) {
        gone_[id.raw] = 1;
        if (variables_[own].type.exists()) set(own, zero(variables_[own].type));
        continue;
      }
      if (op != Op::kLoad && op != Op::kStore) continue;
      uint32_t x = variable_of(draft_.operands(id)[0]);
      if (x == kNo) continue;
      gone_[id.raw] = 1;
      if (op == Op::kLoad) {
        forward_[id.raw] = current_[x].exists() ? current_[x] : zero(variables_[x].type);
        continue;
      }
      ValueId value = resolve(draft_.operands(id)[1]);
      set(x, value);
      uint32_t local = draft_[variables_[x].alloc].aux;
      if (local != Value::kNoAux) draft_.assigned.push_back({value, LocalId{local}});
    }
    for (BlockId s : draft_.blocks[b].succs) {
      const auto& preds = draft_[s].preds;
      for (size_t p = 0; p < preds.size(); p++) {
        if (preds[p].raw != b) continue;
        for (const Phi& phi : phis_[s.raw]) {
          ValueId v = current_[phi.variable];
          if (!v.exists()) v = zero(variables_[phi.variable].type);
          draft_.operands(phi.value)[p] = v;
        }
      }
    }
  }

  // Phis of one value only.
  void simplify_phis() {
    forward_.resize(draft_.values.size());
    gone_.resize(draft_.values.size());
    for (int round = 0; round < 4; round++) {
      bool changed = false;
      for (std::vector<Phi>& list : phis_) {
        for (const Phi& phi : list) {
          if (gone_[phi.value.raw]) continue;
          ValueId only;
          bool same = true;
          for (ValueId operand : draft_.operands(phi.value)) {
            ValueId v = resolve(operand);
            if (v == phi.value || v == only) continue;
            if (only.exists()) {
              same = false;
              break;
            }
            only = v;
          }
          if (!same || !only.exists()) continue;
          forward_[phi.value.raw] = only;
          gone_[phi.value.raw] = 1;
          changed = true;
        }
      }
      if (!changed) break;
    }
  }

  Draft& draft_;
  Dominators tree_;
  std::vector<uint32_t> variable_;  // by value: which variable its Alloc is
  std::vector<Variable> variables_;
  std::vector<std::vector<uint32_t>> frontier_;
  std::vector<std::vector<Phi>> phis_;  // by block
  std::vector<ValueId> forward_;
  std::vector<uint8_t> gone_;
  std::vector<ValueId> current_;
  absl::flat_hash_map<TypeId, ValueId> zeros_;
};

}  // namespace

void lift(Draft& draft) { Lifter(draft).run(); }

}  // namespace unpark::ssa
