// Facts about single functions that every analysis starts from: who uses a value, where control
// cannot go on, which blocks lie on cycles. Computed once per function, on demand, from any thread.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "flow/intrinsics.h"
#include "flow/stop_filter.h"
#include "ssa/body.h"
#include "ssa/program.h"

namespace unpark::flow {

using ssa::BlockId;
using ssa::Body;
using ssa::FunctionId;
using ssa::Op;
using ssa::Value;
using ssa::ValueId;

// Which blocks lie on cycles of the control flow, and on which: blocks of one cycle share a number.
struct Cycles {
  std::vector<bool> reachable;
  std::vector<bool> in_cycle;
  std::vector<uint32_t> component;

  bool same(BlockId a, BlockId b) const {
    return in_cycle[a.raw] && in_cycle[b.raw] && component[a.raw] == component[b.raw];
  }
};

struct FunctionFacts {
  const Body* body = nullptr;
  // The instructions that have a value as an operand, in order: uses[first_use[v], first_use[v+1]).
  std::vector<uint32_t> first_use;
  std::vector<ValueId> uses;
  // Of what control can reach, knowing which calls never return.
  Cycles cycles;
  // The call in a block behind which control never comes; none for most blocks.
  std::vector<ValueId> stops_at;
  bool returns = false;  // control can reach a return

  std::span<const ValueId> uses_of(ValueId v) const {
    return {uses.data() + first_use[v.raw], first_use[v.raw + 1] - first_use[v.raw]};
  }
  bool reaches(ValueId instruction) const {
    BlockId b = (*body)[instruction].block;
    if (!b.exists()) return true;
    ValueId stop = stops_at[b.raw];
    return cycles.reachable[b.raw] && !(stop.exists() && stop < instruction);
  }
  bool repeats(ValueId instruction) const {
    BlockId b = (*body)[instruction].block;
    return b.exists() && cycles.in_cycle[b.raw];
  }
};

class CallerIndex;
class FieldUsers;

class Facts {
 public:
  explicit Facts(ssa::Program& program);
  ~Facts();

  ssa::Program& program() { return program_; }
  types::Context& context() { return program_.context(); }

  const FunctionFacts& of(FunctionId function);
  const Body& body(FunctionId function) { return program_.body(function); }

  // The function that a call, go or defer certainly runs; none for calls through interfaces and of
  // function values that are not made here.
  FunctionId static_callee(FunctionId caller, ValueId call);
  // What a function does by declaration rather than by its body.
  Intrinsic intrinsic(FunctionId function);
  // No call of it comes back: it ends the process or the goroutine, or runs for ever. Looks `depth`
  // calls deep, so that the answer does not depend on who asks first (functions may call each other
  // in circles).
  bool never_returns(FunctionId function, uint32_t depth);
  // The cycles that do not go through `without` (none: all): what may happen several times before
  // control comes there again.
  Cycles cycles(const FunctionFacts& facts, BlockId without) const;
  // Who calls whom in the whole program (flow/callers.h); made when it is first asked for.
  CallerIndex& callers();
  bool asked_for_callers() const { return callers_ != nullptr; }
  // Who touches which field (flow/field_users.h).
  FieldUsers& field_users() { return *field_users_; }
  // Successors of a block that control can take.
  std::span<const BlockId> successors(const FunctionFacts& facts, BlockId block) const;

 private:
  ValueId stop_in(FunctionId function, const Body& body, BlockId block, uint32_t depth);
  std::unique_ptr<FunctionFacts> compute(FunctionId function);
  Cycles cycles_from(const FunctionFacts& facts, BlockId start, BlockId without) const;

  ssa::Program& program_;
  StopFilter stop_filter_{*this};
  IntrinsicTable intrinsics_;
  std::once_flag callers_once_;
  std::unique_ptr<CallerIndex> callers_;
  std::unique_ptr<FieldUsers> field_users_;
  std::mutex mutex_;
  absl::flat_hash_map<FunctionId, std::unique_ptr<FunctionFacts>> facts_;
  absl::flat_hash_map<FunctionId, Intrinsic> intrinsic_of_;
  absl::flat_hash_map<std::pair<FunctionId, uint32_t>, bool> never_returns_;  // and how deep
};

// The value is context.Background() or context.TODO().
bool is_root_context(Facts& facts, FunctionId function, ValueId v);

}  // namespace unpark::flow
