#include "flow/facts.h"

#include <algorithm>

#include "flow/callers.h"
#include "flow/field_users.h"
#include "types/predicates.h"

namespace unpark::flow {

namespace {

// How many calls deep a function is looked for that never returns.
constexpr uint32_t kCallDepth = 4;

}  // namespace

Facts::Facts(ssa::Program& program)
    : program_(program), field_users_(std::make_unique<FieldUsers>(*this)) {}
Facts::~Facts() = default;

CallerIndex& Facts::callers() {
  std::call_once(callers_once_, [&] { callers_ = std::make_unique<CallerIndex>(*this); });
  return *callers_;
}

const FunctionFacts& Facts::of(FunctionId function) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (auto it = facts_.find(function); it != facts_.end()) return *it->second;
  }
  std::unique_ptr<FunctionFacts> made = compute(function);
  std::lock_guard<std::mutex> lock(mutex_);
  // Another thread may have computed the same; the first stays.
  return *facts_.try_emplace(function, std::move(made)).first->second;
}

FunctionId Facts::static_callee(FunctionId caller, ValueId call) {
  const Body& b = body(caller);
  const Value& v = b[call];
  if (v.is(Value::kInvoke) || v.operand_count == 0) return {};
  const Value& target = b[b.operands(v)[0]];
  if (target.op == Op::kFunction || target.op == Op::kMakeClosure) return FunctionId{target.aux};
  return {};
}

Intrinsic Facts::intrinsic(FunctionId function) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (auto it = intrinsic_of_.find(function); it != intrinsic_of_.end()) return it->second;
  }
  Intrinsic found;
  const ssa::Function& f = program_[function];
  if (f.object.exists() && f.kind != ssa::FunctionKind::kBoundMethod) {
    types::Context& cx = context();
    const types::Object& o = cx.objects[f.object];
    std::string_view receiver;
    if (o.is(types::Object::kMethod) && o.extra != UINT32_MAX) {
      types::TypeId t{o.extra};
      if (cx.types.is(t, types::TypeKind::kPointer)) t = cx.types.elem(t);
      if (cx.types.is(t, types::TypeKind::kNamed)) {
        receiver = cx.text(cx.objects[cx.types.named(t).object].name);
      }
    }
    if (o.package.exists()) {
      found = intrinsics_.find(cx.package(o.package).path, receiver, cx.text(o.name));
    }
  }
  std::lock_guard<std::mutex> lock(mutex_);
  intrinsic_of_.try_emplace(function, found);
  return found;
}

bool Facts::never_returns(FunctionId function, uint32_t depth) {
  if (intrinsic(function).effect == Effect::kNeverReturns) return true;
  if (!stop_filter_.may_stop(function, depth)) return false;
  std::pair<FunctionId, uint32_t> key{function, depth};
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (auto it = never_returns_.find(key); it != never_returns_.end()) return it->second;
  }
  const Body& b = body(function);
  bool never = !b.blocks.empty() && b.incomplete.empty() && !b.recover.exists();
  std::vector<bool> seen(b.blocks.size());
  std::vector<BlockId> work;
  if (never) {
    seen[0] = true;
    work.push_back(BlockId{0});
  }
  while (never && !work.empty()) {
    BlockId block = work.back();
    work.pop_back();
    if (stop_in(function, b, block, depth).exists()) continue;
    if (b.terminator(block).op == Op::kReturn) never = false;
    for (BlockId to : b.succs(block)) {
      if (!seen[to.raw]) work.push_back(to);
      seen[to.raw] = true;
    }
  }
  std::lock_guard<std::mutex> lock(mutex_);
  never_returns_.try_emplace(key, never);
  return never;
}

// The first call in a block that never comes back.
ValueId Facts::stop_in(FunctionId function, const Body& b, BlockId block, uint32_t depth) {
  for (uint32_t k = 0; k < b[block].count; k++) {
    ValueId at{b[block].first.raw + k};
    if (b[at].op != Op::kCall) continue;
    FunctionId callee = static_callee(function, at);
    if (!callee.exists()) continue;
    bool stops = depth > 0 ? never_returns(callee, depth - 1)
                           : intrinsic(callee).effect == Effect::kNeverReturns;
    if (stops) return at;
  }
  return {};
}

std::span<const BlockId> Facts::successors(const FunctionFacts& facts, BlockId block) const {
  if (facts.stops_at[block.raw].exists()) return {};
  const ssa::Block& b = (*facts.body)[block];
  size_t n = b.succs[1].exists() ? 2 : b.succs[0].exists() ? 1 : 0;
  return {b.succs, n};
}

std::unique_ptr<FunctionFacts> Facts::compute(FunctionId function) {
  auto facts = std::make_unique<FunctionFacts>();
  const Body& b = body(function);
  facts->body = &b;

  // Uses, in the order of the instructions.
  size_t values = b.values.size();
  facts->first_use.assign(values + 1, 0);
  for (uint32_t i = b.first_instruction; i < values; i++) {
    for (ValueId x : b.operands(ValueId{i})) {
      if (x.exists()) facts->first_use[x.raw + 1]++;
    }
  }
  for (size_t i = 1; i <= values; i++) facts->first_use[i] += facts->first_use[i - 1];
  facts->uses.resize(facts->first_use[values]);
  std::vector<uint32_t> next(facts->first_use.begin(), facts->first_use.end() - 1);
  for (uint32_t i = b.first_instruction; i < values; i++) {
    for (ValueId x : b.operands(ValueId{i})) {
      if (x.exists()) facts->uses[next[x.raw]++] = ValueId{i};
    }
  }

  size_t blocks = b.blocks.size();
  facts->stops_at.resize(blocks);
  for (uint32_t i = 0; i < blocks; i++) {
    facts->stops_at[i] = stop_in(function, b, BlockId{i}, kCallDepth);
  }
  if (blocks == 0) return facts;

  facts->cycles = cycles(*facts, {});
  for (uint32_t i = 0; i < blocks; i++) {
    if (!facts->cycles.reachable[i] || facts->stops_at[i].exists()) continue;
    const ssa::Block& block = b.blocks[i];
    if (b.values[block.first.raw + block.count - 1].op == Op::kReturn) facts->returns = true;
  }
  return facts;
}

Cycles Facts::cycles(const FunctionFacts& facts, BlockId without) const {
  if (facts.body->blocks.empty()) return {};
  // Only what lies behind `without` matters, and edges back to it do not count.
  return cycles_from(facts, without.exists() ? without : BlockId{0}, without);
}

Cycles Facts::cycles_from(const FunctionFacts& facts, BlockId start, BlockId without) const {
  Cycles out;
  size_t blocks = facts.body->blocks.size();
  out.reachable.assign(blocks, false);
  out.in_cycle.assign(blocks, false);
  out.component.assign(blocks, 0);
  // Strongly connected components of what the entry reaches (Tarjan, with an explicit stack).
  struct Frame {
    uint32_t block;
    uint32_t at = 0;
  };
  std::vector<uint32_t> index(blocks, 0), low(blocks, 0);
  std::vector<bool> on_stack(blocks, false);
  std::vector<uint32_t> stack;
  std::vector<Frame> frames;
  uint32_t counter = 0, components = 0;
  auto enter = [&](uint32_t block) {
    index[block] = low[block] = ++counter;
    out.reachable[block] = true;
    stack.push_back(block);
    on_stack[block] = true;
    frames.push_back({block});
  };
  enter(start.raw);
  while (!frames.empty()) {
    Frame& f = frames.back();
    std::span<const BlockId> succs = successors(facts, BlockId{f.block});
    if (f.at < succs.size()) {
      uint32_t to = succs[f.at++].raw;
      if (without.exists() && to == without.raw) continue;
      if (to == f.block) out.in_cycle[to] = true;
      if (!index[to]) {
        enter(to);
      } else if (on_stack[to]) {
        low[f.block] = std::min(low[f.block], index[to]);
      }
      continue;
    }
    uint32_t done = f.block;
    frames.pop_back();
    if (!frames.empty()) low[frames.back().block] = std::min(low[frames.back().block], low[done]);
    if (low[done] != index[done]) continue;
    components++;
    bool several = stack.back() != done;
    for (;;) {
      uint32_t member = stack.back();
      stack.pop_back();
      on_stack[member] = false;
      out.component[member] = components;
      if (several) out.in_cycle[member] = true;
      if (member == done) break;
    }
  }
  return out;
}

bool is_root_context(Facts& facts, FunctionId function, ValueId v) {
  const Body& body = facts.body(function);
  if (body[v].op != Op::kCall || body[v].operand_count != 1) return false;
  FunctionId callee = facts.static_callee(function, v);
  if (!callee.exists() || !facts.program()[callee].object.exists()) return false;
  types::Context& cx = facts.context();
  const types::Object& o = cx.objects[facts.program()[callee].object];
  if (!o.package.exists() || cx.package(o.package).path != "context") return false;
  return cx.text(o.name) == "Background" || cx.text(o.name) == "TODO";
}

}  // namespace unpark::flow
