#include "flow/endless.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "syntax/walk.h"

namespace unpark::flow {

namespace {

constexpr size_t kMaxCalls = 5;   // from the goroutine's function to the loop
constexpr int kExitDepth = 4;     // calls deep, in a package
constexpr int kExitBudget = 300;  // functions looked into for one question

// Dependencies are not looked into: what a library does inside is not this loop's business.
bool in_sight(const ssa::Program& program, FunctionId function) {
  return !program[function].external && !program[function].late;
}

class ExitSearch {
 public:
  explicit ExitSearch(Facts& facts) : facts_(facts), program_(facts.program()) {}

  // `depth` calls more may be looked into.
  bool run(FunctionId function, int depth) {
    if (!in_sight(program_, function) || facts_.intrinsic(function).effect != Effect::kNone) {
      return facts_.intrinsic(function).effect == Effect::kNeverReturns;
    }
    if (depth < 0 || !seen_.insert(function).second) return false;
    if (seen_.size() > kExitBudget) return true;
    const FunctionFacts& f = facts_.of(function);
    const Body& body = *f.body;
    if (!body.incomplete.empty()) return true;
    bool recovers = body.recover.exists();
    for (uint32_t b = 0; b < body.blocks.size(); b++) {
      if (!f.cycles.reachable[b]) continue;
      // A call that never returns may be an endless loop; that is no exit.
      if (ValueId stop = f.stops_at[b]; stop.exists()) {
        FunctionId callee = facts_.static_callee(function, stop);
        if (facts_.intrinsic(callee).effect == Effect::kNeverReturns || depth == 0) return true;
      }
      if (body.terminator(BlockId{b}).op == Op::kPanic && !f.stops_at[b].exists() && !recovers) {
        return true;
      }
    }
    for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
      if (body.values[i].op != Op::kCall || !f.reaches(ValueId{i})) continue;
      FunctionId callee = facts_.static_callee(function, ValueId{i});
      if (!callee.exists()) continue;
      bool near = program_[callee].unit == program_[function].unit;
      if (run(callee, near ? depth - 1 : std::min(depth - 1, 1))) return true;
    }
    return false;
  }

 private:
  Facts& facts_;
  ssa::Program& program_;
  absl::flat_hash_set<FunctionId> seen_;
};

class Search {
 public:
  Search(Facts& facts, const DeadEdge& dead) : facts_(facts), dead_(dead) {}

  std::optional<Endless> run(FunctionId function) {
    if (!in_sight(facts_.program(), function) || calls_.size() > kMaxCalls) return std::nullopt;
    if (std::find(frames_.begin(), frames_.end(), function) != frames_.end()) return std::nullopt;
    const FunctionFacts& f = facts_.of(function);
    if (!f.body->incomplete.empty() || f.body->blocks.empty()) return std::nullopt;
    frames_.push_back(function);
    std::optional<Endless> found = own_loop(function, f);
    if (!found) found = in_callee(function, f);
    frames_.pop_back();
    return found;
  }

 private:
  std::optional<Endless> own_loop(FunctionId function, const FunctionFacts& f) {
    const Body& body = *f.body;
    std::vector<uint32_t> looked;
    for (uint32_t b = 0; b < body.blocks.size(); b++) {
      if (!f.cycles.reachable[b]) continue;
      if (body.terminator(BlockId{b}).op == Op::kUnreachable && !f.stops_at[b].exists()) {
        ValueId select = empty_select(body, BlockId{b});
        if (select.exists()) {
          Endless e = made(function);
          e.empty_select = select;
          return e;
        }
      }
      if (!f.cycles.in_cycle[b]) continue;
      uint32_t component = f.cycles.component[b];
      if (std::find(looked.begin(), looked.end(), component) != looked.end()) continue;
      looked.push_back(component);
      // Where the loop is entered.
      Endless e = made(function);
      e.blocks.assign(body.blocks.size(), false);
      if (!stays(function, f, component, e.blocks)) continue;
      if (exits_in_calls(function, f, e)) continue;
      return e;
    }
    return std::nullopt;
  }

  static ValueId empty_select(const Body& body, BlockId block) {
    const ssa::Block& b = body[block];
    for (uint32_t i = b.first.raw; i < b.first.raw + b.count; i++) {
      const Value& v = body.values[i];
      if (v.op == Op::kSelect && v.operand_count == 0 && v.is(Value::kBlocking)) return ValueId{i};
    }
    return {};
  }

  Endless made(FunctionId function) const {
    Endless e;
    e.function = function;
    e.calls = calls_;
    e.frames = frames_;
    return e;
  }

  // What control reaches in the component along live edges; false when some such edge leads out.
  bool stays(FunctionId function, const FunctionFacts& f, uint32_t component,
             std::vector<bool>& blocks) {
    const Body& body = *f.body;
    auto inside = [&](BlockId b) {
      return f.cycles.in_cycle[b.raw] && f.cycles.component[b.raw] == component;
    };
    std::vector<BlockId> work;
    for (uint32_t b = 0; b < body.blocks.size(); b++) {
      if (!inside(BlockId{b})) continue;
      bool entry = b == 0;
      for (BlockId p : body.preds(BlockId{b})) {
        entry |= !inside(p) && f.cycles.reachable[p.raw] && !f.stops_at[p.raw].exists();
      }
      if (!entry) continue;
      blocks[b] = true;
      work.push_back(BlockId{b});
    }
    while (!work.empty()) {
      BlockId b = work.back();
      work.pop_back();
      std::span<const BlockId> succs = facts_.successors(f, b);
      for (uint32_t i = 0; i < succs.size(); i++) {
        if (dead_ && dead_(function, {b, i})) continue;
        if (!inside(succs[i])) return false;
        if (!blocks[succs[i].raw]) work.push_back(succs[i]);
        blocks[succs[i].raw] = true;
      }
    }
    return true;
  }

  // Looks at what the loop does; notes where it waits.
  bool exits_in_calls(FunctionId function, const FunctionFacts& f, Endless& e) {
    const Body& body = *f.body;
    bool recovers = body.recover.exists();
    for (FunctionId frame : frames_) recovers |= facts_.body(frame).recover.exists();
    for (uint32_t b = 0; b < body.blocks.size(); b++) {
      if (!e.blocks[b]) continue;
      const ssa::Block& block = body.blocks[b];
      for (uint32_t i = block.first.raw; i < block.first.raw + block.count; i++) {
        const Value& v = body.values[i];
        bool waits = v.op == Op::kRecv || (v.op == Op::kSelect && v.is(Value::kBlocking)) ||
                     v.op == Op::kSend;
        if (waits && !e.waits.exists()) e.waits = ValueId{i};
        // To send on a closed channel is a panic, and a way to end such a loop.
        if (recovers && v.op == Op::kSend) return true;
        if (v.op != Op::kCall) continue;
        FunctionId callee = facts_.static_callee(function, ValueId{i});
        if (callee.exists() && may_exit(facts_, callee)) return true;
      }
    }
    return false;
  }

  // A call that no way through the function avoids.
  std::optional<Endless> in_callee(FunctionId function, const FunctionFacts& f) {
    const Body& body = *f.body;
    for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
      ValueId at{i};
      if (body.values[i].op != Op::kCall || !f.reaches(at)) continue;
      FunctionId callee = facts_.static_callee(function, at);
      if (!callee.exists() || facts_.intrinsic(callee).effect != Effect::kNone) continue;
      if (!unavoidable(f, body.values[i].block)) continue;
      calls_.push_back({function, at});
      std::optional<Endless> found = run(callee);
      calls_.pop_back();
      if (found) return found;
    }
    return std::nullopt;
  }

  bool unavoidable(const FunctionFacts& f, BlockId without) const {
    const Body& body = *f.body;
    if (without.raw == 0) return true;
    std::vector<bool> seen(body.blocks.size());
    std::vector<BlockId> work{BlockId{0}};
    seen[0] = true;
    while (!work.empty()) {
      BlockId b = work.back();
      work.pop_back();
      std::span<const BlockId> succs = facts_.successors(f, b);
      // It returns, panics or stops.
      if (succs.empty()) return false;
      for (BlockId to : succs) {
        if (to == without || seen[to.raw]) continue;
        seen[to.raw] = true;
        work.push_back(to);
      }
    }
    return true;
  }

  Facts& facts_;
  const DeadEdge& dead_;
  std::vector<CallSite> calls_;
  std::vector<FunctionId> frames_;
};

}  // namespace

std::optional<Endless> find_endless(Facts& facts, FunctionId function, const DeadEdge& dead) {
  return Search(facts, dead).run(function);
}

bool may_exit(Facts& facts, FunctionId function) {
  return ExitSearch(facts).run(function, kExitDepth);
}

std::optional<source::Loc> loop_head(Facts& facts, const Endless& loop) {
  ssa::Program& program = facts.program();
  const Body& body = facts.body(loop.function);
  const ssa::Function& f = program[loop.function];
  const types::Package& package = program.context().package(program.types().unit(f.unit).package);
  if (f.external || f.late || !f.node.exists() || f.file_index >= package.files.size())
    return std::nullopt;
  const syntax::Tree& tree = *package.files[f.file_index].tree;
  // The smallest statement that begins a loop and holds all of the loop's instructions.
  uint32_t begin = UINT32_MAX, end = 0;
  for (uint32_t b = 0; b < body.blocks.size(); b++) {
    if (loop.blocks.empty() || !loop.blocks[b]) continue;
    const ssa::Block& block = body.blocks[b];
    for (uint32_t i = block.first.raw; i < block.first.raw + block.count; i++) {
      source::Span s = body.values[i].span;
      // The jump back has the span of the whole loop.
      Op op = body.values[i].op;
      if (s.size() == 0 || op == Op::kPhi || ssa::is_terminator(op)) continue;
      begin = std::min(begin, s.begin);
      end = std::max(end, s.end);
    }
  }
  std::optional<source::Span> best;
  uint32_t word = 0;
  // First loops without a condition around everything; then (goto) the label before the beginning.
  for (bool whole : {true, false}) {
    syntax::walk(tree, f.node, [&](syntax::Ref<syntax::Node> n) {
      source::Span s = tree.span(n);
      bool label = tree.is<syntax::LabeledStmt>(n);
      bool loops = label || (tree.is<syntax::ForStmt>(n) &&
                             !(whole && tree.get<syntax::ForStmt>(n).cond.exists()));
      if (loops && s.begin <= begin && s.end >= (whole ? end : begin) &&
          (!best || s.size() < best->size())) {
        best = s;
        word = label ? tree.span(tree.get<syntax::LabeledStmt>(n).label).size() : 3;  // for
      }
      return true;
    });
    if (best) break;
  }
  if (!best) return std::nullopt;
  return source::Loc{f.file, {best->begin, best->begin + word}};
}

std::optional<source::Loc> loop_around(Facts& facts, FunctionId function, ValueId at) {
  ssa::Program& program = facts.program();
  const ssa::Function& f = program[function];
  const types::Package& package = program.context().package(program.types().unit(f.unit).package);
  if (f.external || f.late || !f.node.exists() || f.file_index >= package.files.size()) {
    return std::nullopt;
  }
  const syntax::Tree& tree = *package.files[f.file_index].tree;
  source::Span inner = facts.body(function)[at].span;
  std::optional<source::Span> best;
  syntax::walk(tree, f.node, [&](syntax::Ref<syntax::Node> n) {
    source::Span s = tree.span(n);
    if (s.begin > inner.begin || s.end < inner.end) return false;
    if (tree.is<syntax::ForStmt>(n) || tree.is<syntax::RangeStmt>(n)) best = s;
    return true;
  });
  if (!best) return std::nullopt;
  return source::Loc{f.file, {best->begin, best->begin + 3}};
}

}  // namespace unpark::flow
