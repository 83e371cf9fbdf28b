// The last step of a build: values and blocks are laid out flat, in the order that body.h promises.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <tuple>

#include "ssa/draft.h"

namespace unpark::ssa {

std::unique_ptr<Body> finish(Draft& draft) {
  auto body = std::make_unique<Body>();
  std::vector<ValueId> now(draft.values.size());
  std::vector<ValueId> order;
  auto place = [&](ValueId id) {
    now[id.raw] = ValueId{static_cast<uint32_t>(order.size())};
    order.push_back(id);
  };
  for (ValueId id : draft.params) place(id);
  for (ValueId id : draft.free_vars) place(id);
  body->param_count = static_cast<uint32_t>(draft.params.size());
  body->free_var_count = static_cast<uint32_t>(draft.free_vars.size());

  if (!draft.has_defer) {
    for (DraftBlock& b : draft.blocks) {
      std::erase_if(b.code, [&](ValueId id) { return draft[id].op == Op::kRunDefers; });
    }
  }
  absl::flat_hash_map<std::tuple<Op, TypeId, uint32_t>, ValueId> placeless;
  for (const DraftBlock& b : draft.blocks) {
    for (ValueId id : b.code) {
      for (ValueId operand : draft.operands(id)) {
        if (!operand.exists() || now[operand.raw].exists()) continue;
        const Value& v = draft[operand];
        if (is_instruction(v.op) || v.op == Op::kParameter || v.op == Op::kFreeVar) continue;
        auto [it, fresh] = placeless.try_emplace({v.op, v.type, v.aux}, ValueId{});
        if (fresh) {
          place(operand);
          it->second = now[operand.raw];
        } else {
          now[operand.raw] = it->second;
        }
      }
    }
  }
  body->first_instruction = static_cast<uint32_t>(order.size());
  for (const DraftBlock& b : draft.blocks) {
    for (ValueId id : b.code) place(id);
  }

  body->values.reserve(order.size());
  for (ValueId id : order) {
    Value v = draft[id];
    auto first = static_cast<uint32_t>(body->operand_list.size());
    for (ValueId operand : draft.operands(id)) {
      body->operand_list.push_back(operand.exists() ? now[operand.raw] : ValueId{});
    }
    v.first_operand = first;
    if (!is_instruction(v.op)) v.block = BlockId{};
    body->values.push_back(v);
  }
  for (uint32_t i = 0; i < draft.blocks.size(); i++) {
    const DraftBlock& from = draft.blocks[i];
    Block b;
    b.first = now[from.code[0].raw];
    b.count = static_cast<uint32_t>(from.code.size());
    b.first_pred = static_cast<uint32_t>(body->pred_list.size());
    b.pred_count = static_cast<uint32_t>(from.preds.size());
    for (size_t s = 0; s < from.succs.size() && s < 2; s++) b.succs[s] = from.succs[s];
    b.file = from.file;
    b.name = from.name;
    body->pred_list.insert(body->pred_list.end(), from.preds.begin(), from.preds.end());
    body->blocks.push_back(b);
  }
  for (Assigned a : draft.assigned) {
    ValueId value = a.value.exists() ? now[a.value.raw] : ValueId{};
    if (!value.exists()) continue;
    Op op = body->values[value.raw].op;
    bool named = is_instruction(op) || op == Op::kParameter || op == Op::kFreeVar;
    if (named) body->assigned.push_back({value, a.local});
  }
  auto key = [](const Assigned& a) { return std::pair(a.value, a.local); };
  std::sort(body->assigned.begin(), body->assigned.end(),
            [&](const Assigned& a, const Assigned& b) { return key(a) < key(b); });
  body->assigned.erase(
      std::unique(body->assigned.begin(), body->assigned.end(),
                  [&](const Assigned& a, const Assigned& b) { return key(a) == key(b); }),
      body->assigned.end());
  body->locals = std::move(draft.locals);
  body->select_cases = std::move(draft.select_cases);
  body->recover = draft.recover;
  body->has_defer = draft.has_defer;
  body->calls_recover = draft.calls_recover;
  body->incomplete = std::move(draft.incomplete);
  body->operand_list.shrink_to_fit();
  body->pred_list.shrink_to_fit();
  body->blocks.shrink_to_fit();
  body->locals.shrink_to_fit();
  body->assigned.shrink_to_fit();
  return body;
}

uint64_t Body::bytes() const {
  return sizeof(Body) + values.capacity() * sizeof(Value) +
         operand_list.capacity() * sizeof(ValueId) + blocks.capacity() * sizeof(Block) +
         pred_list.capacity() * sizeof(BlockId) + locals.capacity() * sizeof(Local) +
         assigned.capacity() * sizeof(Assigned) + select_cases.capacity() * sizeof(SelectCase) +
         incomplete.capacity();
}

}  // namespace unpark::ssa
