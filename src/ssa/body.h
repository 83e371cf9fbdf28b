// Body: the SSA form of one function. Read-only once it is built.
//
// Layout: values[0, param_count) are the parameters, the next free_var_count the free variables,
// then constants, globals, functions and builtins, each distinct one once; from first_instruction
// on the instructions, block after block in block order. Block 0 is the entry and has no
// predecessors. All blocks can be reached, from the entry or from the recover block.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/interner.h"
#include "ssa/value.h"

namespace unpark::ssa {

struct Block {
  ValueId first;       // its instructions: [first, first + count)
  uint32_t count = 0;  // phis first, a terminator last
  uint32_t first_pred = 0;
  uint32_t pred_count = 0;
  BlockId succs[2];  // kJump has one, kIf has two (perhaps the same block twice), others none
  FileId file;       // the spans of its instructions are in this file
  const char* name;  // what it was made for: "entry", "for.body", "select.case", …
};

// A declared variable of the function (parameters and results too), or one that the lowering made.
struct Local {
  base::NameId name;  // as declared; of the others a word such as "range.index"
  ObjectId object;    // none for those
};

// The variable was assigned the value (or declared with it). Said for variables that need no
// memory; for others there are the stores.
struct Assigned {
  ValueId value;
  LocalId local;
};

struct SelectCase {
  Span span;  // of the communication
  bool send = false;
};

struct Body {
  std::vector<Value> values;
  std::vector<ValueId> operand_list;
  std::vector<Block> blocks;
  std::vector<BlockId> pred_list;
  std::vector<Local> locals;
  std::vector<Assigned> assigned;  // sorted by value, then local
  std::vector<SelectCase> select_cases;

  uint32_t param_count = 0;
  uint32_t free_var_count = 0;
  uint32_t first_instruction = 0;

  // Where control continues when a deferred function has recovered a panic of this activation and
  // the deferred calls are done: it returns the results as they are then. None in functions without
  // deferred calls. No block leads to it.
  BlockId recover;
  bool has_defer = false;      // it, or the body of a range-over-func loop in it, defers calls
  bool calls_recover = false;  // calls the builtin recover
  // Not empty: why the body stands for less than the source says (code that does not type-check,
  // …). Such a body still passes the verifier, but what follows the bad place is missing.
  std::string incomplete;

  const Value& operator[](ValueId id) const { return values[id.raw]; }
  const Block& operator[](BlockId id) const { return blocks[id.raw]; }
  const Local& operator[](LocalId id) const { return locals[id.raw]; }
  std::span<const ValueId> operands(const Value& v) const {
    return {operand_list.data() + v.first_operand, v.operand_count};
  }
  std::span<const ValueId> operands(ValueId id) const { return operands(values[id.raw]); }
  std::span<const Value> instructions(BlockId id) const {
    return {values.data() + blocks[id.raw].first.raw, blocks[id.raw].count};
  }
  std::span<const BlockId> preds(BlockId id) const {
    return {pred_list.data() + blocks[id.raw].first_pred, blocks[id.raw].pred_count};
  }
  std::span<const BlockId> succs(BlockId id) const {
    const Block& b = blocks[id.raw];
    return {b.succs, b.succs[1].exists() ? 2u : b.succs[0].exists() ? 1u : 0u};
  }
  const Value& terminator(BlockId id) const {
    const Block& b = blocks[id.raw];
    return values[b.first.raw + b.count - 1];
  }
  // The file of an instruction's span; none for values without a place.
  FileId file_of(ValueId id) const {
    BlockId block = values[id.raw].block;
    return block.exists() ? blocks[block.raw].file : FileId{};
  }
  uint64_t bytes() const;
};

}  // namespace unpark::ssa
