// A loop counts when one of its ways out compares a phi with something that stays as it is, and all
// that comes to the phi from inside the loop is the phi plus (or minus) one. The length of a slice
// that the loop appends one element to counts likewise.
#include "flow/trip_count.h"

#include <algorithm>

#include "types/constant.h"

namespace unpark::flow {

namespace {

constexpr int kMaxDepth = 12;

class Reader {
 public:
  Reader(Facts& facts, FunctionId function)
      : facts_(facts), f_(facts.of(function)), body_(*f_.body) {}

  std::optional<Count> count(ValueId v, int depth = 0) {
    if (depth > kMaxDepth) return std::nullopt;
    const Value& x = body_[v];
    std::span<const ValueId> in = body_.operands(x);
    switch (x.op) {
      case Op::kConst:
        if (std::optional<int64_t> n = number(x)) return Count{{}, *n};
        return std::nullopt;
      case Op::kConvert:
      case Op::kChangeType:
        return count(in[0], depth + 1);
      case Op::kBinary: {
        if (x.sub == syntax::Token::kMul || x.sub == syntax::Token::kQuo) return scaled(x, depth);
        if (x.sub != syntax::Token::kAdd && x.sub != syntax::Token::kSub) return std::nullopt;
        std::optional<Count> a = count(in[0], depth + 1), b = count(in[1], depth + 1);
        if (!a || !b) return std::nullopt;
        if (x.sub == syntax::Token::kAdd && a->is_number()) std::swap(a, b);
        if (!b->is_number()) return std::nullopt;
        if (b->constant == INT64_MIN) return std::nullopt;
        int64_t c = x.sub == syntax::Token::kAdd ? b->constant : -b->constant;
        if (__builtin_add_overflow(a->constant, c, &a->constant)) return std::nullopt;
        return a;
      }
      case Op::kCall: {
        if (x.is(Value::kInvoke) || body_[in[0]].op != Op::kBuiltin) break;
        auto builtin = static_cast<types::Builtin>(body_[in[0]].aux);
        if (builtin == types::Builtin::kLen) return length(in[1], depth + 1);
        if (builtin == types::Builtin::kCap) return capacity(in[1], depth + 1);
        return std::nullopt;
      }
      default:
        break;
    }
    if (std::optional<Symbol> s = symbol(v, depth)) return Count{*s, 0};
    return std::nullopt;
  }

  // A product with a small number, or a quotient by one.
  std::optional<Count> scaled(const Value& x, int depth) {
    constexpr int64_t kMaxFactor = 16;
    std::span<const ValueId> in = body_.operands(x);
    std::optional<Count> a = count(in[0], depth + 1), b = count(in[1], depth + 1);
    if (!a || !b) return std::nullopt;
    bool product = x.sub == syntax::Token::kMul;
    if (product && a->is_number()) std::swap(a, b);
    if (!b->is_number() || b->constant < 1 || b->constant > kMaxFactor) return std::nullopt;
    int64_t by = b->constant;
    if (product) {
      if (a->per != 1 || a->times * by > kMaxFactor) return std::nullopt;
      if (__builtin_mul_overflow(a->constant, by, &a->constant)) return std::nullopt;
      if (!a->is_number()) a->times *= by;
      return a;
    }
    if (!a->is_number()) {
      if (Count::kUnit % (a->per * by) != 0) return std::nullopt;
      a->per *= by;
    }
    a->constant /= by;
    return a;
  }

  std::optional<Count> length(ValueId v, int depth) {
    v = resolve(v, depth);
    if (!v.exists()) return std::nullopt;
    const Value& x = body_[v];
    if (x.op == Op::kMakeSlice) return count(body_.operands(x)[0], depth + 1);
    if (x.op == Op::kConst && x.aux == Value::kNoAux) return Count{};
    if (x.op == Op::kSlice) {
      std::span<const ValueId> in = body_.operands(x);
      bool whole = !in[1].exists() && !in[2].exists();
      types::TypeStore& types = facts_.context().types;
      types::TypeId t = types.under(body_[in[0]].type);
      if (whole && types.is(t, types::TypeKind::kPointer)) {
        t = types.under(types.elem(t));
        if (types.is(t, types::TypeKind::kArray)) return Count{{}, types[t].length};
      }
      return std::nullopt;
    }
    std::optional<Symbol> s = symbol(v, depth);
    if (!s) return std::nullopt;
    s->length = true;
    return Count{*s, 0};
  }

  // All that comes to the phi, from outside the loop: one value; from inside: the phi and one more.
  struct Induction {
    ValueId start;
    int64_t step = 0;
  };
  std::optional<Induction> induction(ValueId phi, const Cycles& cycles) {
    const Value& p = body_[phi];
    if (p.op != Op::kPhi) return std::nullopt;
    Induction out;
    std::span<const BlockId> preds = body_.preds(p.block);
    std::span<const ValueId> in = body_.operands(p);
    for (size_t i = 0; i < in.size() && i < preds.size(); i++) {
      if (!cycles.same(preds[i], p.block)) {
        if (out.start.exists() && out.start != in[i]) return std::nullopt;
        out.start = in[i];
        continue;
      }
      int64_t step = step_of(in[i], phi);
      if (step == 0 || (out.step != 0 && step != out.step)) return std::nullopt;
      out.step = step;
    }
    if (!out.start.exists() || out.step == 0) return std::nullopt;
    return out;
  }

  std::optional<Count> turns(ValueId condition, bool leaves_if, const Cycles& cycles) {
    const Value& c = body_[condition];
    if (c.op == Op::kExtract && c.aux == 0 && !leaves_if) {
      const Value& next = body_[body_.operands(c)[0]];
      if (next.op != Op::kNext) return std::nullopt;
      const Value& range = body_[body_.operands(next)[0]];
      ValueId over = body_.operands(range)[0];
      types::TypeStore& types = facts_.context().types;
      if (!types.is(types.under(body_[over].type), types::TypeKind::kMap)) return std::nullopt;
      return length(over, 0);
    }
    if (c.op != Op::kBinary) return std::nullopt;
    ValueId left = body_.operands(c)[0], right = body_.operands(c)[1];
    syntax::Token op = leaves_if ? opposite(c.sub) : c.sub;  // it stays while this holds
    std::optional<Induction> i = varying(left, cycles);
    if (!i) {
      std::swap(left, right);
      op = mirrored(op);
      i = varying(left, cycles);
    }
    if (!i || !stays(right, cycles)) return std::nullopt;
    std::optional<Count> start = is_slice(i->start) ? length(i->start, 0) : count(i->start);
    std::optional<Count> bound = count(right);
    if (!start || !bound) return std::nullopt;
    using syntax::Token;
    bool up = i->step == 1 && (op == Token::kLss || op == Token::kLeq || op == Token::kNeq);
    bool down = i->step == -1 && (op == Token::kGtr || op == Token::kGeq || op == Token::kNeq);
    if (!up && !down) return std::nullopt;
    if (down) std::swap(start, bound);
    // From a number to what may be a symbol.
    if (!start->is_number()) return std::nullopt;
    bool inclusive = op == Token::kLeq || op == Token::kGeq;
    if (__builtin_sub_overflow(bound->constant, start->constant, &bound->constant)) {
      return std::nullopt;
    }
    bound->constant += inclusive;
    return bound;
  }

 private:
  std::optional<int64_t> number(const Value& c) {
    if (c.aux == Value::kNoAux) return 0;
    types::Context& cx = facts_.context();
    return types::int64_value(cx.constant_pool.to_int(cx.constants[types::ConstId{c.aux}]));
  }

  bool is_slice(ValueId v) {
    types::TypeStore& types = facts_.context().types;
    return types.is(types.under(body_[v].type), types::TypeKind::kSlice);
  }

  std::optional<Induction> varying(ValueId v, const Cycles& cycles) {
    const Value& x = body_[v];
    if (x.op == Op::kPhi) return is_slice(v) ? std::nullopt : induction(v, cycles);
    if (x.op == Op::kLoad) return in_memory(body_.operands(x)[0], cycles);
    if (x.op != Op::kCall || x.is(Value::kInvoke)) return std::nullopt;
    std::span<const ValueId> in = body_.operands(x);
    if (body_[in[0]].op != Op::kBuiltin ||
        static_cast<types::Builtin>(body_[in[0]].aux) != types::Builtin::kLen) {
      return std::nullopt;
    }
    return is_slice(in[1]) ? induction(in[1], cycles) : std::nullopt;
  }

  // The variable of a `for` that a closure captures: each turn has its own, which begins as a copy
  // of the last, and the phi says which one it is.
  std::optional<Induction> in_memory(ValueId phi, const Cycles& cycles) {
    const Value& p = body_[phi];
    if (p.op != Op::kPhi) return std::nullopt;
    Induction out;
    std::span<const BlockId> preds = body_.preds(p.block);
    std::span<const ValueId> in = body_.operands(p);
    for (size_t i = 0; i < in.size() && i < preds.size(); i++) {
      if (body_[in[i]].op != Op::kAlloc) return std::nullopt;
      bool inside = cycles.same(preds[i], p.block);
      for (ValueId use : f_.uses_of(in[i])) {
        const Value& u = body_[use];
        if (u.op != Op::kStore || body_.operands(u)[0] != in[i]) {
          if (u.op == Op::kMakeClosure && !only_read(FunctionId{u.aux}, body_.operands(u), in[i])) {
            return std::nullopt;
          }
          continue;
        }
        ValueId stored = body_.operands(u)[1];
        const Value& x = body_[stored];
        if (!inside) {
          if (out.start.exists() && out.start != stored) return std::nullopt;
          out.start = stored;
        } else if (x.op == Op::kLoad) {
          if (body_.operands(x)[0] != phi) return std::nullopt;
        } else {
          if (x.op != Op::kBinary || body_[body_.operands(x)[0]].op != Op::kLoad ||
              body_.operands(body_.operands(x)[0])[0] != in[i]) {
            return std::nullopt;
          }
          int64_t step = step_of(stored, body_.operands(x)[0]);
          if (step == 0 || (out.step != 0 && step != out.step)) return std::nullopt;
          out.step = step;
        }
      }
    }
    for (ValueId use : f_.uses_of(phi)) {
      const Value& u = body_[use];
      if (u.op == Op::kStore && body_.operands(u)[0] == phi) return std::nullopt;
      if (u.op == Op::kMakeClosure && !only_read(FunctionId{u.aux}, body_.operands(u), phi)) {
        return std::nullopt;
      }
    }
    if (!out.start.exists() || out.step == 0) return std::nullopt;
    return out;
  }

  int64_t step_of(ValueId v, ValueId phi) {
    const Value& x = body_[v];
    std::span<const ValueId> in = body_.operands(x);
    if (x.op == Op::kBinary && in[0] == phi && body_[in[1]].op == Op::kConst) {
      std::optional<int64_t> n = number(body_[in[1]]);
      if (n != 1) return 0;
      return x.sub == syntax::Token::kAdd ? 1 : x.sub == syntax::Token::kSub ? -1 : 0;
    }
    // One element appended.
    if (x.op == Op::kCall && !x.is(Value::kInvoke) && in.size() == 3 && in[1] == phi &&
        body_[in[0]].op == Op::kBuiltin &&
        static_cast<types::Builtin>(body_[in[0]].aux) == types::Builtin::kAppend) {
      std::optional<Count> added = length(in[2], 0);
      return added && added->is_number() && added->constant == 1 ? 1 : 0;
    }
    return 0;
  }

  // Computed outside the loop, or from what does not change.
  bool stays(ValueId v, const Cycles& cycles) {
    const Value& x = body_[v];
    if (!x.block.exists() || !cycles.in_cycle[x.block.raw]) return true;
    return count(v).has_value();
  }

  std::optional<Count> capacity(ValueId v, int depth) {
    v = resolve(v, depth);
    if (!v.exists() || body_[v].op != Op::kMakeChan) return std::nullopt;
    return count(body_.operands(v)[0], depth + 1);
  }

  // The value that a variable set once holds; the value itself otherwise.
  ValueId resolve(ValueId v, int depth) {
    for (; depth <= kMaxDepth; depth++) {
      const Value& x = body_[v];
      if (x.op == Op::kChangeType) {
        v = body_.operands(x)[0];
        continue;
      }
      if (x.op != Op::kLoad || body_[body_.operands(x)[0]].op != Op::kAlloc) return v;
      ValueId set = only_store(body_.operands(x)[0]);
      if (!set.exists()) return v;
      v = set;
    }
    return {};
  }

  // What is stored in a variable, when that happens once and nobody else can store there.
  ValueId only_store(ValueId alloc) {
    ValueId stored;
    for (ValueId use : f_.uses_of(alloc)) {
      const Value& u = body_[use];
      std::span<const ValueId> in = body_.operands(u);
      if (u.op == Op::kLoad) continue;
      if (u.op == Op::kStore && in[0] == alloc && !stored.exists()) {
        stored = in[1];
        continue;
      }
      if (u.op == Op::kMakeClosure && only_read(FunctionId{u.aux}, in, alloc)) continue;
      return {};
    }
    return stored;
  }

  bool only_read(FunctionId closure, std::span<const ValueId> captured, ValueId alloc) {
    const FunctionFacts& inner = facts_.of(closure);
    for (uint32_t i = 0; i < captured.size(); i++) {
      if (captured[i] != alloc) continue;
      for (ValueId use : inner.uses_of(ValueId{inner.body->param_count + i})) {
        if ((*inner.body)[use].op != Op::kLoad) return false;
      }
    }
    return true;
  }

  std::optional<Symbol> symbol(ValueId v, int depth) {
    Symbol s;
    for (; depth <= kMaxDepth; depth++) {
      const Value& x = body_[v];
      std::span<const ValueId> in = body_.operands(x);
      switch (x.op) {
        case Op::kParameter:
        case Op::kFreeVar:
          s.root = v;
          return s;
        case Op::kField:
          s.fields.push_back(x.aux);
          v = in[0];
          continue;
        case Op::kChangeType:
          v = in[0];
          continue;
        case Op::kFieldAddr:
          s.fields.push_back(x.aux);
          v = in[0];
          continue;
        case Op::kAlloc:
          if (!s.fields.empty()) return std::nullopt;
          if (ValueId set = only_store(v); set.exists()) {
            v = set;
            continue;
          }
          return std::nullopt;
        case Op::kLoad:
          if (body_[in[0]].op == Op::kAlloc) {  // a variable that a closure captures
            v = only_store(in[0]);
            if (!v.exists()) return std::nullopt;
            continue;
          }
          if (is_stored_to(in[0])) return std::nullopt;
          v = in[0];
          continue;
        case Op::kCall:
        case Op::kExtract:
        case Op::kLookup:
        case Op::kMakeMap:
          // Computed once; in a loop each turn has its own.
          if (!s.fields.empty() || f_.cycles.in_cycle[x.block.raw]) return std::nullopt;
          s.root = v;
          return s;
        case Op::kPhi: {
          // One of several, chosen once: not a choice among numbers.
          if (!s.fields.empty() || f_.cycles.in_cycle[x.block.raw]) return std::nullopt;
          bool numbers = std::all_of(in.begin(), in.end(),
                                     [&](ValueId each) { return body_[each].op == Op::kConst; });
          if (numbers) return std::nullopt;
          s.root = v;
          return s;
        }
        default:
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

  // The function stores at this address, or at one that may be the same.
  bool is_stored_to(ValueId address) {
    const Value& a = body_[address];
    if (a.op == Op::kAlloc) return false;  // only_store looks
    for (uint32_t i = body_.first_instruction; i < body_.values.size(); i++) {
      if (body_.values[i].op != Op::kStore) continue;
      ValueId to = body_.operands(ValueId{i})[0];
      if (to == address) return true;
      const Value& t = body_[to];
      if (a.op == Op::kFieldAddr && t.op == Op::kFieldAddr && t.aux == a.aux && t.type == a.type) {
        return true;
      }
    }
    return a.op != Op::kFieldAddr && a.op != Op::kFreeVar;
  }

  static syntax::Token opposite(syntax::Token t) {
    using syntax::Token;
    switch (t) {
      case Token::kLss:
        return Token::kGeq;
      case Token::kLeq:
        return Token::kGtr;
      case Token::kGtr:
        return Token::kLeq;
      case Token::kGeq:
        return Token::kLss;
      case Token::kEql:
        return Token::kNeq;
      case Token::kNeq:
        return Token::kEql;
      default:
        return t;
    }
  }
  static syntax::Token mirrored(syntax::Token t) {
    using syntax::Token;
    switch (t) {
      case Token::kLss:
        return Token::kGtr;
      case Token::kLeq:
        return Token::kGeq;
      case Token::kGtr:
        return Token::kLss;
      case Token::kGeq:
        return Token::kLeq;
      default:
        return t;
    }
  }

  Facts& facts_;
  const FunctionFacts& f_;
  const Body& body_;
};

}  // namespace

std::optional<Count> count_of(Facts& facts, FunctionId function, ValueId v) {
  return Reader(facts, function).count(v);
}

std::optional<Count> length_of(Facts& facts, FunctionId function, ValueId v) {
  return Reader(facts, function).length(v, 0);
}

std::optional<CountedExit> counted_exit(Facts& facts, FunctionId function, const Cycles& cycles,
                                        BlockId block) {
  const Body& body = facts.body(function);
  Reader reader(facts, function);
  for (uint32_t i = 0; i < body.blocks.size(); i++) {
    BlockId b{i};
    const Value& last = body.terminator(b);
    if (last.op != Op::kIf || !cycles.same(b, block)) continue;
    bool first_leaves = !cycles.same(body[b].succs[0], block);
    bool second_leaves = !cycles.same(body[b].succs[1], block);
    if (first_leaves == second_leaves) continue;
    std::optional<Count> n = reader.turns(body.operands(last)[0], first_leaves, cycles);
    if (n) return CountedExit{{b, first_leaves ? 0u : 1u}, *n};
  }
  return std::nullopt;
}

namespace {

// Where the cycle that the block is on is entered; none when that is in several places.
BlockId head_of(Facts& facts, const FunctionFacts& f, const Cycles& cycles, BlockId block) {
  BlockId head;
  for (uint32_t i = 0; i < f.body->blocks.size(); i++) {
    BlockId from{i};
    if (!cycles.reachable[i] || cycles.same(from, block)) continue;
    for (BlockId to : facts.successors(f, from)) {
      if (!cycles.same(to, block) || to == head) continue;
      if (head.exists()) return {};
      head = to;
    }
  }
  return head;
}

}  // namespace

std::optional<std::vector<LoopLevel>> loops_around(Facts& facts, FunctionId function,
                                                   const Cycles& cycles, BlockId block) {
  constexpr size_t kMaxNested = 6;
  const FunctionFacts& f = facts.of(function);
  std::vector<LoopLevel> out;
  Cycles now = cycles;
  while (now.in_cycle[block.raw]) {
    if (out.size() >= kMaxNested) return std::nullopt;
    LoopLevel level;
    level.head = head_of(facts, f, now, block);
    if (!level.head.exists()) return std::nullopt;
    level.exit = counted_exit(facts, function, now, block);
    level.only_exit = level.exit.has_value();
    for (uint32_t i = 0; i < f.body->blocks.size(); i++) {
      BlockId from{i};
      if (!now.same(from, block)) continue;
      std::span<const BlockId> succs = facts.successors(f, from);
      for (uint32_t k = 0; k < succs.size(); k++) {
        if (!now.same(succs[k], block) && !(level.exit && level.exit->edge == Edge{from, k})) {
          level.only_exit = false;
        }
      }
    }
    level.cycles = std::move(now);
    now = facts.cycles(f, level.head);
    out.push_back(std::move(level));
  }
  for (size_t i = 0; i < out.size(); i++) {
    if (!out[i].exit) continue;
    BlockId inner = i + 1 < out.size() ? out[i + 1].head : block;
    out[i].every_turn = every_turn(facts, function, out[i].cycles, *out[i].exit, inner);
  }
  return out;
}

bool every_turn(Facts& facts, FunctionId function, const Cycles& cycles, const CountedExit& exit,
                BlockId block) {
  const FunctionFacts& f = facts.of(function);
  BlockId head = exit.edge.from;
  if (block == head) return true;
  // From the head back to itself, round the block.
  std::vector<bool> seen(f.body->blocks.size());
  std::vector<BlockId> work{head};
  while (!work.empty()) {
    BlockId b = work.back();
    work.pop_back();
    for (BlockId next : facts.successors(f, b)) {
      if (next == block || !cycles.same(next, head)) continue;
      if (next == head) return false;
      if (!seen[next.raw]) work.push_back(next);
      seen[next.raw] = true;
    }
  }
  return true;
}

}  // namespace unpark::flow
