// The idea: Lifetime is ordered, and a function runs as often as the most frequent of its callers.
// A walk up the static calls with a memo; a function that is met while its own callers are being
// asked adds nothing (recursion does not make things more frequent). Values of functions are
// followed to what happens to them in the function that has them: called, deferred, started, given
// to something that calls it. Any other use gives kUnknown.
#include "flow/lifetime.h"

#include <absl/container/inlined_vector.h>

#include <algorithm>

#include "ssa/dominance.h"

namespace unpark::flow {

namespace {

constexpr int kMaxDepth = 40;
constexpr int kMaxParameterDepth = 3;

// A variable that a guard may stand in: a package variable, a parameter or a captured variable, and
// the fields on the way.
struct Slot {
  enum Root : uint8_t { kNone, kGlobal, kOther };
  Root root = kNone;
  uint32_t id = 0;
  absl::InlinedVector<uint32_t, 4> fields;
  friend bool operator==(const Slot&, const Slot&) = default;
};

Slot slot_of(const Body& body, ValueId v) {
  Slot s;
  for (int steps = 0; steps < 12; steps++) {
    const Value& x = body[v];
    switch (x.op) {
      case Op::kFieldAddr:
      case Op::kField:
        s.fields.push_back(x.aux);
        v = body.operands(x)[0];
        continue;
      case Op::kLoad:
      case Op::kChangeType:
        v = body.operands(x)[0];
        continue;
      case Op::kGlobal:
        s.root = Slot::kGlobal;
        s.id = x.aux;
        return s;
      case Op::kParameter:
      case Op::kFreeVar:
        s.root = Slot::kOther;
        s.id = v.raw;
        return s;
      default:
        return {};
    }
  }
  return {};
}

class Walk {
 public:
  Walk(Facts& facts, CallerIndex& callers)
      : facts_(facts), program_(facts.program()), callers_(callers) {}

  Lifetime at(FunctionId function, ValueId instruction) {
    if (in_test(function)) return Lifetime::kOnce;
    Guard guard = guard_of(function, instruction);
    if (guard == Guard::kPackage) return Lifetime::kOnce;
    Lifetime life = of(function);
    if (in_open_loop(function, instruction)) life = Lifetime::kMany;
    if (guard == Guard::kObject) life = std::min(life, Lifetime::kObject);
    return life;
  }

 private:
  enum class Guard : uint8_t { kNone, kObject, kPackage };

  Lifetime of(FunctionId function) {
    function = CallerIndex::origin_of(program_, function);
    if (auto it = memo_.find(function); it != memo_.end()) return it->second;
    if (depth_ > kMaxDepth) return Lifetime::kUnknown;
    memo_[function] = Lifetime::kOnce;
    depth_++;
    Lifetime life = compute(function);
    depth_--;
    memo_[function] = life;
    return life;
  }

  Lifetime compute(FunctionId function) {
    const ssa::Function& f = program_[function];
    if (f.kind == ssa::FunctionKind::kPackageInit || in_test(function)) return Lifetime::kOnce;
    if (is_http_handler(facts_, function)) return Lifetime::kMany;
    types::Context& cx = facts_.context();
    const types::Package& package = cx.package(program_.types().unit(f.unit).package);
    bool exported = false;
    if (f.kind == ssa::FunctionKind::kDeclared) {
      const types::Object& o = cx.objects[f.object];
      std::string_view name = cx.text(o.name);
      bool plain = !o.is(types::Object::kMethod);
      if (plain && (name == "init" || (name == "main" && package.name == "main"))) {
        return Lifetime::kOnce;
      }
      exported = !name.empty() && (name[0] >= 'A' && name[0] <= 'Z') && importable(package);
    }
    Lifetime life = Lifetime::kOnce;
    bool called = false;
    const Callers& callers = callers_.of(function);
    for (const CallSite& c : callers.calls) {
      if (in_test(c.function)) continue;
      called = true;
      const ssa::Function& by = program_[c.function];
      bool wrapper = by.kind == ssa::FunctionKind::kMethodWrapper ||
                     by.kind == ssa::FunctionKind::kBoundMethod;
      Lifetime caller = wrapper ? of(c.function) : at(c.function, c.at);
      // The object that the method is called for exists once.
      if (caller == Lifetime::kObject && f.receiver.exists()) {
        const Body& body = facts_.body(c.function);
        std::span<const ValueId> x = body.operands(c.at);
        if (x.size() > 1 && slot_of(body, x[1]).root == Slot::kGlobal) caller = Lifetime::kOnce;
      }
      life = std::max(life, caller);
    }
    for (const CallSite& c : callers.taken) {
      if (in_test(c.function)) continue;
      called = true;
      life = std::max(life, taken(function, c));
    }
    if (called) return life;
    return exported ? Lifetime::kObject : Lifetime::kUnknown;
  }

  // Code outside of what is analysed can import it.
  static bool importable(const types::Package& package) {
    if (package.name == "main") return false;
    std::string_view path = package.path;
    return path != "internal" && !path.starts_with("internal/") && !path.ends_with("/internal") &&
           path.find("/internal/") == std::string_view::npos;
  }

  bool in_test(FunctionId function) {
    const ssa::Function& f = program_[function];
    const types::Package& package = facts_.context().package(program_.types().unit(f.unit).package);
    if (f.file_index >= package.files.size()) return false;
    return package.files[f.file_index].path.ends_with("_test.go");
  }

  // An instruction has the function as a value, by itself or in a closure.
  Lifetime taken(FunctionId function, const CallSite& c) {
    const FunctionFacts& f = facts_.of(c.function);
    const Value& v = (*f.body)[c.at];
    if (v.op != Op::kMakeClosure || FunctionId{v.aux} != function) {
      for (ValueId x : f.body->operands(v)) {
        if (!x.exists() || (*f.body)[x].op != Op::kFunction) continue;
        if (CallerIndex::origin_of(program_, FunctionId{(*f.body)[x].aux}) != function) continue;
        return use(c.function, c.at, x, 0);
      }
    }
    return uses(c.function, c.at, 0);
  }

  Lifetime uses(FunctionId function, ValueId value, int depth) {
    const FunctionFacts& f = facts_.of(function);
    Lifetime life = Lifetime::kOnce;
    for (ValueId at : f.uses_of(value)) {
      if (f.reaches(at)) life = std::max(life, use(function, at, value, depth));
    }
    return life;
  }

  Lifetime use(FunctionId function, ValueId at_use, ValueId value, int depth) {
    const Body& body = facts_.body(function);
    const Value& v = body[at_use];
    std::span<const ValueId> x = body.operands(v);
    if ((v.op == Op::kChangeType || v.op == Op::kPhi) && depth < 4) {
      return uses(function, at_use, depth + 1);
    }
    if (!ssa::is_call(v.op) || v.is(Value::kInvoke)) return Lifetime::kUnknown;
    if (x[0] == value) return at(function, at_use);
    FunctionId callee = facts_.static_callee(function, at_use);
    if (!callee.exists()) return Lifetime::kUnknown;
    Intrinsic intrinsic = facts_.intrinsic(callee);
    switch (intrinsic.effect) {
      case Effect::kSpawns:
        return at(function, at_use);
      case Effect::kCalls: {
        // Of the package, or of each object (sync.Once).
        if (intrinsic.argument == 1 && slot_of(body, x[1]).root == Slot::kGlobal)
          return Lifetime::kOnce;
        return std::min(at(function, at_use), Lifetime::kObject);
      }
      case Effect::kMakesOnce: {
        const ssa::Function& by = program_[function];
        if (by.kind == ssa::FunctionKind::kPackageInit) return Lifetime::kOnce;
        return std::min(at(function, at_use), Lifetime::kObject);
      }
      default:
        break;
    }
    for (uint32_t i = 1; i < x.size(); i++) {
      if (x[i] == value && parameter_use(facts_, callee, i - 1) != ParameterUse::kUnknown) {
        return std::max(at(function, at_use),
                        of(callee) == Lifetime::kMany ? Lifetime::kUnknown : Lifetime::kOnce);
      }
    }
    return Lifetime::kUnknown;
  }

  // In a loop that goes on for as long as something comes in: none of the ways out of the outermost
  // loop around it is a count, or the end of something that is walked through.
  bool in_open_loop(FunctionId function, ValueId at) {
    const FunctionFacts& f = facts_.of(function);
    const Body& body = *f.body;
    BlockId here = body[at].block;
    if (!f.cycles.in_cycle[here.raw]) return false;
    for (uint32_t i = 0; i < body.blocks.size(); i++) {
      BlockId block{i};
      if (!f.cycles.same(block, here)) continue;
      const Value& last = body.terminator(block);
      if (last.op != Op::kIf) continue;
      bool leaves = false;
      for (BlockId to : body.succs(block)) leaves |= !f.cycles.same(to, here);
      if (leaves && counts(f, body.operands(last)[0], here)) return false;
    }
    return true;
  }

  bool counts(const FunctionFacts& f, ValueId condition, BlockId loop) {
    const Body& body = *f.body;
    const Value& c = body[condition];
    if (c.op == Op::kExtract) return body[body.operands(c)[0]].op == Op::kNext && c.aux == 0;
    if (c.op != Op::kBinary) return false;
    for (ValueId side : body.operands(c)) {
      const Value* v = &body[side];
      // The number may live in memory when something refers to its variable.
      if (v->op == Op::kPhi && f.cycles.same(v->block, loop) && steps(f, side, side, 0))
        return true;
      if (v->op == Op::kLoad) {
        ValueId address = body.operands(*v)[0];
        for (ValueId use : f.uses_of(address)) {
          const Value& store = body[use];
          if (store.op != Op::kStore || body.operands(store)[0] != address) continue;
          if (f.cycles.same(store.block, loop) && steps(f, body.operands(store)[1], {}, 0)) {
            return true;
          }
        }
      }
      if (v->op == Op::kBinary && steps(f, side, {}, 0)) return true;
    }
    return false;
  }

  // Adds a constant to something, or is a phi of such a value.
  bool steps(const FunctionFacts& f, ValueId v, ValueId phi, int depth) {
    const Body& body = *f.body;
    const Value& x = body[v];
    if (x.op == Op::kBinary && (x.sub == syntax::Token::kAdd || x.sub == syntax::Token::kSub)) {
      for (ValueId side : body.operands(x)) {
        if (body[side].op == Op::kConst) return true;
      }
      return false;
    }
    if (x.op != Op::kPhi || depth > 2) return false;
    for (ValueId from : body.operands(x)) {
      if (from != phi && steps(f, from, phi, depth + 1)) return true;
    }
    return false;
  }

  // A test that lets control through once: of a variable that the function itself changes, or an
  // atomic operation on one.
  Guard guard_of(FunctionId function, ValueId at) {
    const Body& body = facts_.body(function);
    Guard guard = Guard::kNone;
    BlockId block = body[at].block;
    if (block.raw == 0) return guard;
    ssa::Dominators dom = ssa::dominators(body);
    for (BlockId b = dom.idom[block.raw]; b.exists(); b = dom.idom[b.raw]) {
      const Value& last = body.terminator(b);
      if (last.op != Op::kIf) continue;
      Slot slot = tested(function, body.operands(last)[0], 0);
      if (slot.root == Slot::kGlobal) return Guard::kPackage;
      if (slot.root == Slot::kOther && !slot.fields.empty()) guard = Guard::kObject;
    }
    return guard;
  }

  // The variable that a condition asks for, when the function changes it, too.
  Slot tested(FunctionId function, ValueId condition, int depth) {
    const Body& body = facts_.body(function);
    const Value& c = body[condition];
    if (depth > 4) return {};
    std::span<const ValueId> x = body.operands(c);
    switch (c.op) {
      case Op::kUnary:
      case Op::kChangeType:
        return tested(function, x[0], depth + 1);
      case Op::kBinary: {
        bool constant = body[x[0]].op == Op::kConst || body[x[1]].op == Op::kConst;
        if (!constant) return {};
        return tested(function, body[x[0]].op == Op::kConst ? x[1] : x[0], depth + 1);
      }
      case Op::kLoad: {
        Slot slot = slot_of(body, x[0]);
        if (slot.root == Slot::kNone || !changes(body, slot)) return {};
        return slot;
      }
      case Op::kCall: {
        // x.CompareAndSwap(…), x.Add(1) == 1, atomic.CompareAndSwapInt32(&x, …), ….
        if (c.is(Value::kInvoke) || x.size() < 2) return {};
        FunctionId callee = facts_.static_callee(function, condition);
        if (!callee.exists() || !program_[callee].object.exists()) return {};
        const types::Object& o = facts_.context().objects[program_[callee].object];
        if (!o.package.exists() || facts_.context().package(o.package).path != "sync/atomic") {
          return {};
        }
        std::string_view name = facts_.context().text(o.name);
        bool takes = name.starts_with("CompareAndSwap") || name.starts_with("Swap") ||
                     name.starts_with("Add");
        return takes ? slot_of(body, x[1]) : Slot{};
      }
      default:
        return {};
    }
  }

  bool changes(const Body& body, const Slot& slot) {
    for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
      const Value& v = body.values[i];
      if (v.op == Op::kStore && slot_of(body, body.operands(v)[0]) == slot) return true;
    }
    return false;
  }

  Facts& facts_;
  ssa::Program& program_;
  CallerIndex& callers_;
  absl::flat_hash_map<FunctionId, Lifetime> memo_;
  int depth_ = 0;
};

bool is_named(types::Context& cx, types::TypeId t, std::string_view package,
              std::string_view name) {
  if (!cx.types.is(t, types::TypeKind::kNamed)) return false;
  const types::Object& o = cx.objects[cx.types.named(t).object];
  return cx.text(o.name) == name && o.package.exists() && cx.package(o.package).path == package;
}

// What is done with a function value `v`; kCalls and kSpawns only when nothing else is.
ParameterUse value_use(Facts& facts, FunctionId function, ValueId v, int depth) {
  const FunctionFacts& f = facts.of(function);
  const Body& body = *f.body;
  ParameterUse found = ParameterUse::kUnknown;
  auto meet = [&](ParameterUse u) {
    found = std::max(found, u);
    return u != ParameterUse::kUnknown;
  };
  for (ValueId use : f.uses_of(v)) {
    if (!f.reaches(use)) continue;
    const Value& u = body[use];
    std::span<const ValueId> x = body.operands(u);
    if (ssa::is_call(u.op) && !u.is(Value::kInvoke)) {
      bool ok = true;
      if (x[0] == v) ok = meet(u.op == Op::kGo ? ParameterUse::kSpawns : ParameterUse::kCalls);
      FunctionId callee = facts.static_callee(function, use);
      for (uint32_t i = 1; ok && i < x.size(); i++) {
        if (x[i] != v) continue;
        if (!callee.exists() || depth >= kMaxParameterDepth) return ParameterUse::kUnknown;
        Intrinsic intrinsic = facts.intrinsic(callee);
        if (intrinsic.effect == Effect::kSpawns && intrinsic.argument == i - 1) {
          ok = meet(ParameterUse::kSpawns);
          continue;
        }
        ParameterUse inner = parameter_use(facts, callee, i - 1);
        if (u.op == Op::kGo && inner == ParameterUse::kCalls) inner = ParameterUse::kSpawns;
        ok = meet(inner);
      }
      if (!ok) return ParameterUse::kUnknown;
      continue;
    }
    switch (u.op) {
      case Op::kIf:
      case Op::kBinary:
        continue;
      case Op::kChangeType:
        if (depth >= kMaxParameterDepth) return ParameterUse::kUnknown;
        if (!meet(value_use(facts, function, use, depth + 1))) return ParameterUse::kUnknown;
        continue;
      case Op::kLoad:
        if (depth >= kMaxParameterDepth) return ParameterUse::kUnknown;
        if (!meet(value_use(facts, function, use, depth + 1))) return ParameterUse::kUnknown;
        continue;
      case Op::kStore: {
        // Into a variable that closures capture.
        if (x[1] != v || body[x[0]].op != Op::kAlloc || depth >= kMaxParameterDepth) {
          if (x[0] == v) continue;
          return ParameterUse::kUnknown;
        }
        if (!meet(value_use(facts, function, x[0], depth + 1))) return ParameterUse::kUnknown;
        continue;
      }
      case Op::kMakeClosure: {
        if (depth >= kMaxParameterDepth) return ParameterUse::kUnknown;
        FunctionId inner{u.aux};
        for (uint32_t i = 0; i < x.size(); i++) {
          if (x[i] != v) continue;
          ValueId free{facts.body(inner).param_count + i};
          ParameterUse inside = value_use(facts, inner, free, depth + 1);
          if (inside == ParameterUse::kUnknown) return inside;
          ParameterUse outside = value_use(facts, function, use, depth + 1);
          if (outside == ParameterUse::kUnknown) return outside;
          meet(std::max(inside, outside));
        }
        continue;
      }
      default:
        return ParameterUse::kUnknown;
    }
  }
  return found;
}

}  // namespace

Lifetime lifetime_of(Facts& facts, FunctionId function, ValueId at) {
  return Walk(facts, facts.callers()).at(function, at);
}

bool is_http_handler(Facts& facts, FunctionId function) {
  types::Context& cx = facts.context();
  types::TypeId signature = facts.program()[function].signature;
  if (!signature.exists() || !cx.types.is(signature, types::TypeKind::kSignature)) return false;
  std::span<const types::TypeId> p = cx.types.tuple(cx.types.signature(signature).params);
  if (p.size() > 2 && facts.program()[function].receiver.exists()) p = p.subspan(1);
  return p.size() == 2 && is_named(cx, p[0], "net/http", "ResponseWriter") &&
         cx.types.is(p[1], types::TypeKind::kPointer) &&
         is_named(cx, cx.types.elem(p[1]), "net/http", "Request");
}

ParameterUse parameter_use(Facts& facts, FunctionId function, uint32_t parameter) {
  if (facts.program()[function].external) return ParameterUse::kUnknown;
  const Body& body = facts.body(function);
  if (parameter >= body.param_count || !body.incomplete.empty()) return ParameterUse::kUnknown;
  return value_use(facts, function, ValueId{parameter}, 0);
}

}  // namespace unpark::flow
