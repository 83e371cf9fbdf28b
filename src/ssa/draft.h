// Draft: a body while it is being built; internal to the room. Blocks own lists of instructions, so
// that code can be added anywhere; finish() (finish.cc) lays them out flat.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ssa/body.h"

namespace unpark::ssa {

struct DraftBlock {
  std::vector<ValueId> code;
  absl::InlinedVector<BlockId, 2> preds;
  absl::InlinedVector<BlockId, 2> succs;
  FileId file;
  const char* name = "";
};

struct Draft {
  std::vector<Value> values;
  std::vector<ValueId> operand_list;
  std::vector<DraftBlock> blocks;
  std::vector<Local> locals;
  std::vector<Assigned> assigned;
  std::vector<SelectCase> select_cases;
  std::vector<ValueId> params;
  std::vector<ValueId> free_vars;
  std::vector<ValueId> results;  // allocs of the results
  // Uses of the first are uses of the second (which may be forwarded too).
  absl::flat_hash_map<ValueId, ValueId> forward;
  BlockId recover;
  bool has_defer = false;
  bool calls_recover = false;
  std::string incomplete;

  Value& operator[](ValueId id) { return values[id.raw]; }
  const Value& operator[](ValueId id) const { return values[id.raw]; }
  DraftBlock& operator[](BlockId id) { return blocks[id.raw]; }
  std::span<ValueId> operands(ValueId id) {
    const Value& v = values[id.raw];
    return {operand_list.data() + v.first_operand, v.operand_count};
  }

  ValueId add(Value v, std::span<const ValueId> operands) {
    v.first_operand = static_cast<uint32_t>(operand_list.size());
    v.operand_count = static_cast<uint32_t>(operands.size());
    operand_list.insert(operand_list.end(), operands.begin(), operands.end());
    values.push_back(v);
    return ValueId{static_cast<uint32_t>(values.size() - 1)};
  }
  ValueId resolve(ValueId id) const {
    while (id.exists()) {
      auto it = forward.find(id);
      if (it == forward.end()) break;
      id = it->second;
    }
    return id;
  }
};

// Removes blocks that cannot be reached, joins blocks that always follow each other.
void simplify_blocks(Draft& draft);

// Turns variables that need no memory into values and phis (lift.cc). `zero` gives the zero
// constant of a type.
void lift(Draft& draft);

// The finished body; numbers values and blocks anew. The draft is spent.
std::unique_ptr<Body> finish(Draft& draft);

}  // namespace unpark::ssa
