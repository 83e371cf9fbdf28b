#include "flow/track.h"

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include <algorithm>

#include "flow/field_users.h"

namespace unpark::flow {

namespace {

constexpr size_t kMaxSteps = 4000;
constexpr uint16_t kMaxDepth = 8;
constexpr size_t kMaxPath = 6;
constexpr uint32_t kMaxLateBytes = 4000;  // of a dependency's function

struct Step {
  enum Kind : uint8_t { kDeref, kFieldOf, kFieldIn };
  Kind kind = kDeref;
  uint32_t field = 0;
  friend bool operator==(Step, Step) = default;
};
// From the value towards the object: the first step is taken first.
using Path = absl::InlinedVector<Step, 4>;

Path without_first(const Path& p) { return Path(p.begin() + 1, p.end()); }

// The path from what a load gives: of a struct, the fields are then in the copy. Empty when the
// path does not begin with what a load can take.
Path loaded(const Path& p) {
  size_t fields = 0;
  while (fields < p.size() && p[fields].kind == Step::kFieldOf) fields++;
  if (fields == p.size() || p[fields].kind != Step::kDeref) return {};
  Path out;
  for (size_t i = 0; i < fields; i++) out.push_back({Step::kFieldIn, p[i].field});
  out.insert(out.end(), p.begin() + static_cast<long>(fields) + 1, p.end());
  return out;
}

// The path from the address that a value is stored at.
Path stored(const Path& p) {
  size_t fields = 0;
  while (fields < p.size() && p[fields].kind == Step::kFieldIn) fields++;
  Path out;
  for (size_t i = 0; i < fields; i++) out.push_back({Step::kFieldOf, p[i].field});
  out.push_back({Step::kDeref, 0});
  out.insert(out.end(), p.begin() + static_cast<long>(fields), p.end());
  return out;
}

// A function value that is being followed to its calls; index into Tracker::closures_.
constexpr uint32_t kTheObject = UINT32_MAX;

struct Item {
  FunctionId function;
  ValueId value;
  uint32_t context;
  Path path;
  uint32_t closure;  // kTheObject, or which function value
};

struct Seen {
  FunctionId function;
  ValueId value;
  uint32_t context;
  uint64_t path;
  uint32_t closure;
  friend bool operator==(const Seen&, const Seen&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Seen& s) {
    return H::combine(std::move(h), s.function, s.value, s.context, s.path, s.closure);
  }
};

class Tracker {
 public:
  Tracker(Facts& facts, FunctionId function, ValueId made, Unknown unknown)
      : facts_(facts), program_(facts.program()), root_(function), made_(made), unknown_(unknown) {
    out_.contexts.push_back({});
    out_.threads.push_back({});
    const FunctionFacts& f = facts.of(function);
    out_.turn = facts.cycles(f, (*f.body)[made].block);
  }

  // Of what a field holds.
  explicit Tracker(Facts& facts)
      : facts_(facts), program_(facts.program()), unknown_(Unknown::kEscapes), by_field_(true) {
    out_.contexts.push_back({});
    out_.threads.push_back({});
    Context anybody;
    anybody.via = Context::kUnknown;
    anybody.repeated = true;
    anybody.thread = Context::kUnknownThread;
    out_.contexts.push_back(anybody);
    out_.mixed = true;
  }

  FieldTracked run_field(types::ObjectId field) {
    if (!enter_field(field)) out_.escape = Escape::kStored;
    FieldTracked out;
    out.tracked = finish();
    for (auto [function, value] : foreign_) {
      if (out.tracked.escape != Escape::kNo) break;
      if (!is_the_object(function, value)) out.tracked.escape = Escape::kStored;
    }
    out.makes = std::move(makes_);
    out.others_receive = others_receive_;
    out.others_send = others_send_;
    return out;
  }

  // Of what `callee` makes for the call `made_`.
  Tracked run_result(FunctionId callee, ValueId made) {
    Context cx;
    cx.via = Context::kCall;
    cx.caller = root_;
    cx.at = made_;
    cx.depth = 1;
    out_.contexts.push_back(cx);
    add({callee, made, kCallee, {}, kTheObject});
    return finish();
  }

  Tracked run() {
    add({root_, made_, 0, {}, kTheObject});
    return finish();
  }

 private:
  Tracked finish() {
    size_t steps = 0;
    while (!work_.empty()) {
      if (++steps > kMaxSteps) {
        escape(Escape::kLimit, root_, made_);
        break;
      }
      Item item = std::move(work_.back());
      work_.pop_back();
      follow(item);
    }
    return std::move(out_);
  }

  // A function value with captured variables: where it was made, and what it captured of the
  // object.
  struct Closure {
    FunctionId maker;
    ValueId made;
    uint32_t context;  // of the maker
    FunctionId function;
    std::vector<std::pair<uint32_t, Path>> captured;  // free variable, path to the object
    std::vector<uint32_t> runs;                       // contexts of the closure's body
  };

  void add(Item item) {
    if (item.path.size() > kMaxPath) {
      escape(Escape::kLimit, item.function, item.value);
      return;
    }
    uint64_t h = 0;
    for (Step s : item.path) h = h * 1000003 + (uint64_t{s.kind} << 32 | s.field) + 1;
    if (seen_.insert({item.function, item.value, item.context, h, item.closure}).second) {
      work_.push_back(std::move(item));
    }
  }

  void escape(Escape how, FunctionId function, ValueId at) {
    if (out_.escape != Escape::kNo) return;
    out_.escape = how;
    out_.escape_function = function;
    out_.escape_at = at;
  }

  // The function value may be called by anybody, at any time.
  void escape_item(const Item& item, Escape how, ValueId at) {
    if (item.closure == kTheObject) {
      if (!by_field_ || !only_lends(item)) escape(how, item.function, at);
      return;
    }
    Context cx;
    cx.via = Context::kUnknown;
    cx.repeated = true;
    cx.parent = item.context;
    cx.thread = Context::kUnknownThread;
    cx.caller = item.function;
    cx.at = at;
    cx.depth = static_cast<uint16_t>(out_.contexts[item.context].depth + 1);
    run_closure(item.closure, cx);
  }

  // --- what a field holds ---

  // Others get the channel as a value of its type.
  bool only_lends(const Item& item) {
    types::Context& cx = facts_.context();
    types::TypeId type = cx.types.under(facts_.body(item.function)[item.value].type);
    if (!item.path.empty() || !cx.types.is(type, types::TypeKind::kChan)) return false;
    types::ChanDir dir = cx.types.chan_dir(type);
    others_receive_ |= dir != types::ChanDir::kSend;
    others_send_ |= dir != types::ChanDir::kRecv;
    return true;
  }

  // The field that an address is of, when only its package can touch it.
  types::ObjectId private_field(const Body& body, const Value& address) {
    types::ObjectId field = field_of(facts_, body, address);
    if (!field.exists()) return {};
    types::Context& cx = facts_.context();
    const types::Object& o = cx.objects[field];
    if (cx.exported(o.name) || !o.package.exists()) return {};
    types::Package& package = cx.package(o.package);
    for (types::PackageRef import : package.imports) {
      const types::Package& p = cx.package(import);
      if (p.is_unsafe || p.path == "C") return {};
    }
    return field;
  }

  bool enter_field(types::ObjectId field) {
    if (std::find(fields_.begin(), fields_.end(), field) != fields_.end()) return true;
    FieldUses users = facts_.field_users().of(field);
    if (!users.complete) return false;
    fields_.push_back(field);
    for (const FieldUse& use : users.uses) {
      Path path;
      if (facts_.body(use.function)[use.at].op == Op::kFieldAddr) path.push_back({Step::kDeref, 0});
      add({use.function, use.at, FieldTracked::kAnybody, std::move(path), kTheObject});
    }
    return true;
  }

  // Something comes to where the object may be: it has to be one of the objects. What makes it, if
  // that is to be seen from here, is followed, too.
  void comes_in(FunctionId function, const Body& body, ValueId v, int depth) {
    const Value& x = body[v];
    if (x.op == Op::kConst) return;
    std::pair<FunctionId, ValueId> key{function, v};
    if (std::find(foreign_.begin(), foreign_.end(), key) != foreign_.end()) return;
    foreign_.push_back(key);
    if (depth > 8) return;
    switch (x.op) {
      case Op::kMakeChan:
        makes_.push_back({function, v});
        add({function, v, FieldTracked::kAnybody, {}, kTheObject});
        return;
      case Op::kChangeType:
      case Op::kNilCheck:
        comes_in(function, body, body.operands(x)[0], depth + 1);
        return;
      case Op::kPhi:
        for (ValueId from : body.operands(x)) comes_in(function, body, from, depth + 1);
        return;
      case Op::kLoad: {
        ValueId address = body.operands(x)[0];
        if (body[address].op != Op::kAlloc) return;
        for (ValueId use : facts_.of(function).uses_of(address)) {
          const Value& store = body[use];
          if (store.op != Op::kStore || body.operands(store)[0] != address) continue;
          comes_in(function, body, body.operands(store)[1], depth + 1);
        }
        return;
      }
      default:
        return;
    }
  }

  bool is_the_object(FunctionId function, ValueId v) const {
    for (uint32_t cx = 0; cx < out_.contexts.size() || cx <= FieldTracked::kAnybody; cx++) {
      if (seen_.contains({function, v, cx, 0, kTheObject})) return true;
    }
    return false;
  }

  // --- contexts ---

  // Contexts are shared: the same call in the same context is one.
  uint32_t context(Context cx) {
    for (uint32_t i = by_field_ ? 2 : 1; i < out_.contexts.size(); i++) {
      const Context& c = out_.contexts[i];
      if (c.via == cx.via && c.parent == cx.parent && c.caller == cx.caller && c.at == cx.at)
        return i;
    }
    if (cx.via == Context::kGo) {
      cx.thread = static_cast<uint32_t>(out_.threads.size());
      Thread t;
      t.context = static_cast<uint32_t>(out_.contexts.size());
      t.parent = out_.contexts[cx.parent].thread;
      t.repeated = cx.repeated;
      out_.threads.push_back(t);
      cx.repeated = false;
      cx.deferred = false;
    }
    out_.contexts.push_back(cx);
    return static_cast<uint32_t>(out_.contexts.size() - 1);
  }

  Context enter(const Item& item, ValueId at, Context::Via via) {
    const Context& from = out_.contexts[item.context];
    Context cx;
    cx.via = via;
    cx.parent = item.context;
    cx.thread = from.thread;
    cx.caller = item.function;
    cx.at = at;
    cx.depth = static_cast<uint16_t>(from.depth + 1);
    cx.repeated = from.repeated || repeats(item, at);
    cx.deferred = from.deferred || via == Context::kDefer;
    return cx;
  }

  // Where the object is made, only what happens several times to one object counts.
  bool repeats(const Item& item, ValueId at) const {
    if (item.context != 0) return facts_.of(item.function).repeats(at);
    BlockId block = facts_.body(item.function)[at].block;
    return block.exists() && out_.turn.in_cycle[block.raw];
  }

  void run_closure(uint32_t closure, const Context& how) {
    if (how.depth > kMaxDepth) {
      escape(Escape::kLimit, how.caller, how.at);
      return;
    }
    uint32_t cx = context(how);
    Closure& c = closures_[closure];
    if (std::find(c.runs.begin(), c.runs.end(), cx) != c.runs.end()) return;
    c.runs.push_back(cx);
    const Body& body = facts_.body(c.function);
    for (const auto& [index, path] : c.captured) {
      add({c.function, ValueId{body.param_count + index}, cx, path, kTheObject});
    }
  }

  // --- uses ---

  void follow(const Item& item) {
    const FunctionFacts& facts = facts_.of(item.function);
    if (!facts.body->incomplete.empty()) {
      out_.met_unknown = true;
      if (unknown_ == Unknown::kEscapes) {
        escape_item(item, Escape::kUnknownCall, item.value);  // what is missing may use it
        return;
      }
    }
    for (ValueId use : facts.uses_of(item.value)) {
      const Value& v = (*facts.body)[use];
      if (!facts.reaches(use)) continue;
      follow_use(item, *facts.body, use, v);
    }
  }

  void follow_use(const Item& item, const Body& body, ValueId use, const Value& v) {
    std::span<const ValueId> x = body.operands(v);
    auto is = [&](size_t i) { return i < x.size() && x[i] == item.value; };
    auto at_object = item.path.empty();
    switch (v.op) {
      case Op::kLoad:
        if (at_object) break;
        if (Path p = loaded(item.path); !p.empty() || item.path[0].kind == Step::kDeref) {
          add({item.function, use, item.context, std::move(p), item.closure});
          return;
        }
        break;
      case Op::kFieldAddr:
        if (at_object || item.path[0].kind != Step::kFieldOf) break;
        if (item.path[0].field == v.aux) {
          add({item.function, use, item.context, without_first(item.path), item.closure});
        }
        return;
      case Op::kField:
        if (at_object || item.path[0].kind != Step::kFieldIn) break;
        if (item.path[0].field == v.aux) {
          add({item.function, use, item.context, without_first(item.path), item.closure});
        }
        return;
      case Op::kStore:
        if (is(1)) store(item, body, x[0], use);
        if (is(0)) overwrite(item, body, x[1]);
        return;
      case Op::kPhi:
        for (ValueId other : x) {
          if (other == item.value || body[other].op == Op::kConst) continue;
          out_.mixed = out_.mixed || item.closure == kTheObject;
          if (by_field_ && item.path.empty()) comes_in(item.function, body, other, 0);
        }
        add({item.function, use, item.context, item.path, item.closure});
        return;
      case Op::kChangeType:
      case Op::kNilCheck:
        add({item.function, use, item.context, item.path, item.closure});
        return;
      case Op::kBinary:
      case Op::kIf:
        return;
      case Op::kMakeClosure:
        capture(item, body, use, v);
        return;
      case Op::kCall:
      case Op::kGo:
      case Op::kDefer:
        call(item, body, use, v);
        return;
      case Op::kReturn:
        give_back(item, body, use, x);
        return;
      case Op::kSend:
        if (is(1)) escape_item(item, Escape::kSent, use);
        if (is(0) && at_object) touch(item, use);
        return;
      case Op::kRecv:
        if (at_object) touch(item, use);
        return;
      case Op::kSelect:
        for (size_t i = 0; i < x.size(); i++) {
          if (x[i] != item.value) continue;
          if (i % 2 == 1) {
            escape_item(item, Escape::kSent, use);
          } else if (at_object) {
            touch(item, use);
          }
        }
        return;
      case Op::kPanic:
        return;
      default:
        break;
    }
    // Interfaces, maps, slices, conversions, …: out of sight.
    escape_item(item, Escape::kStored, use);
  }

  void touch(const Item& item, ValueId use) {
    if (item.closure != kTheObject) return;
    out_.touches.push_back({item.function, use, item.value, item.context});
  }

  // The object (behind item.path) is stored at `address`.
  void store(const Item& item, const Body& body, ValueId address, ValueId use) {
    Path path = stored(item.path);
    for (;;) {
      const Value& a = body[address];
      if (a.op == Op::kAlloc) {
        add({item.function, address, item.context, std::move(path), item.closure});
        return;
      }
      if (a.op == Op::kFieldAddr) {
        if (item.path.empty() && path.size() == 1 && item.closure == kTheObject) {
          types::ObjectId field = private_field(body, a);
          if (field.exists() && !out_.field.exists()) out_.field = field;
          if (field.exists() && by_field_ && enter_field(field)) return;
        }
        path.insert(path.begin(), Step{Step::kFieldOf, a.aux});
        address = body.operands(a)[0];
        continue;
      }
      escape_item(item, a.op == Op::kGlobal ? Escape::kGlobal : Escape::kStored, use);
      return;
    }
  }

  // Something else is stored where the object may be.
  void overwrite(const Item& item, const Body& body, ValueId stored) {
    if (item.path.empty() || item.path[0].kind != Step::kDeref || item.closure != kTheObject)
      return;
    const Value& v = body[stored];
    if (v.op == Op::kConst) return;
    if (by_field_) {
      // Behind another path than that of the object itself nothing is asked.
      if (item.path.size() == 1) comes_in(item.function, body, stored, 0);
      return;
    }
    if (seen_.contains({item.function, stored, item.context, 0, item.closure}) &&
        item.path.size() == 1) {
      return;  // the object itself
    }
    if (item.path.size() == 1) out_.mixed = true;
  }

  // Out of a call that is seen: to where that stands.
  void give_back(const Item& item, const Body& body, ValueId use, std::span<const ValueId> x) {
    const Context cx = out_.contexts[item.context];
    Op how = cx.caller.exists() ? facts_.body(cx.caller)[cx.at].op : Op::kReturn;
    if (cx.via == Context::kGo && how == Op::kGo) return;  // nobody gets it
    if (cx.via == Context::kDefer && how == Op::kDefer) return;
    if (cx.via != Context::kCall || how != Op::kCall ||
        facts_.static_callee(cx.caller, cx.at) != item.function) {
      escape_item(item, Escape::kReturned, use);
      return;
    }
    const FunctionFacts& caller = facts_.of(cx.caller);
    for (uint32_t k = 0; k < x.size(); k++) {
      if (x[k] != item.value) continue;
      if (gives_others(body, k, item.value)) {
        out_.mixed = out_.mixed || item.closure == kTheObject;
        if (by_field_ || item.closure != kTheObject) {
          escape_item(item, Escape::kReturned, use);
          continue;
        }
      }
      bool is_result =
          cx.parent == 0 && cx.at == made_ && item.path.empty() && item.closure == kTheObject;
      if (is_result) out_.result = cx.at;
      auto comes_out = [&](ValueId v) {
        if (is_result) out_.result = v;
        add({cx.caller, v, cx.parent, item.path, item.closure});
      };
      if (x.size() == 1) {
        comes_out(cx.at);
        continue;
      }
      for (ValueId component : caller.uses_of(cx.at)) {
        const Value& v = (*caller.body)[component];
        if (v.op == Op::kExtract && v.aux == k) comes_out(component);
      }
    }
  }

  // Another return gives something else as result `k`.
  bool gives_others(const Body& body, uint32_t k, ValueId value) const {
    for (uint32_t i = 0; i < body.blocks.size(); i++) {
      const Value& last = body.terminator(BlockId{i});
      if (last.op != Op::kReturn || last.operand_count <= k) continue;
      ValueId other = body.operands(last)[k];
      if (other != value && body[other].op != Op::kConst) return true;
    }
    return false;
  }

  void capture(const Item& item, const Body& body, ValueId use, const Value& v) {
    uint32_t closure = kTheObject;
    for (uint32_t i = 0; i < closures_.size(); i++) {
      const Closure& c = closures_[i];
      if (c.maker == item.function && c.made == use && c.context == item.context) closure = i;
    }
    bool fresh = closure == kTheObject;
    if (fresh) {
      closure = static_cast<uint32_t>(closures_.size());
      closures_.push_back({item.function, use, item.context, FunctionId{v.aux}, {}, {}});
    }
    std::span<const ValueId> x = body.operands(v);
    for (uint32_t i = 0; i < x.size(); i++) {
      if (x[i] != item.value) continue;
      if (item.closure != kTheObject) {
        // A function value inside another one is not followed to its calls there.
        escape_item(item, Escape::kStored, use);
        continue;
      }
      std::pair<uint32_t, Path> captured{i, item.path};
      auto& list = closures_[closure].captured;
      if (std::find(list.begin(), list.end(), captured) != list.end()) continue;
      list.push_back(captured);
      const Body& inner = facts_.body(closures_[closure].function);
      for (uint32_t run : closures_[closure].runs) {
        add({closures_[closure].function, ValueId{inner.param_count + i}, run, item.path,
             kTheObject});
      }
    }
    if (fresh) add({item.function, use, item.context, {}, closure});
  }

  void call(const Item& item, const Body& body, ValueId use, const Value& v) {
    std::span<const ValueId> x = body.operands(v);
    Context::Via via = v.op == Op::kGo      ? Context::kGo
                       : v.op == Op::kDefer ? Context::kDefer
                                            : Context::kCall;
    if (!v.is(Value::kInvoke) && body[x[0]].op == Op::kBuiltin) {
      if (item.path.empty() && item.closure == kTheObject) {
        auto builtin = static_cast<types::Builtin>(body[x[0]].aux);
        if (builtin == types::Builtin::kAppend) {
          escape_item(item, Escape::kStored, use);
        } else {
          touch(item, use);
        }
      } else if (body[x[0]].aux == static_cast<uint32_t>(types::Builtin::kAppend)) {
        escape_item(item, Escape::kStored, use);
      }
      return;
    }
    if (!v.is(Value::kInvoke) && x[0] == item.value) {
      // The function value itself is called.
      if (item.closure != kTheObject && item.path.empty()) {
        run_closure(item.closure, enter(item, use, via));
      }
    }
    FunctionId callee = facts_.static_callee(item.function, use);
    for (uint32_t i = v.is(Value::kInvoke) ? 0 : 1; i < x.size(); i++) {
      if (x[i] != item.value) continue;
      uint32_t argument = v.is(Value::kInvoke) ? i : i - 1;
      if (!callee.exists()) {
        escape_item(item, Escape::kUnknownCall, use);
        continue;
      }
      Intrinsic intrinsic = facts_.intrinsic(callee);
      if (intrinsic.effect == Effect::kReads) continue;
      if (intrinsic.effect == Effect::kSpawns || intrinsic.effect == Effect::kCalls) {
        bool is_it = intrinsic.argument == argument;
        if (!is_it || item.closure == kTheObject || !item.path.empty()) {
          if (item.closure == kTheObject && is_it) escape(Escape::kUnknownCall, item.function, use);
          continue;
        }
        run_closure(
            item.closure,
            enter(item, use, intrinsic.effect == Effect::kSpawns ? Context::kGo : Context::kCall));
        continue;
      }
      if (program_[callee].external || !readable(callee)) {
        escape_item(item, Escape::kUnknownCall, use);
        continue;
      }
      Context how = enter(item, use, via);
      const Body& inner = facts_.body(callee);
      bool unknown = !inner.incomplete.empty();
      out_.met_unknown = out_.met_unknown || unknown;
      if (how.depth > kMaxDepth || argument >= inner.param_count ||
          (unknown && unknown_ == Unknown::kEscapes)) {
        escape_item(item, Escape::kUnknownCall, use);
        continue;
      }
      add({callee, ValueId{argument}, context(how), item.path, item.closure});
    }
  }

  // Functions of dependencies are looked into unless they are long or declared elsewhere.
  bool readable(FunctionId callee) const {
    const ssa::Function& f = program_[callee];
    if (!f.late) return true;
    types::Context& cx = facts_.context();
    return f.span.size() <= kMaxLateBytes &&
           !is_opaque(cx.package(program_.types().unit(f.unit).package).path);
  }

  Facts& facts_;
  ssa::Program& program_;
  FunctionId root_;
  ValueId made_;
  Unknown unknown_;
  Tracked out_;
  std::vector<Item> work_;
  absl::flat_hash_set<Seen> seen_;
  // Of a field only.
  bool by_field_ = false;
  bool others_receive_ = false, others_send_ = false;
  std::vector<types::ObjectId> fields_;
  std::vector<Made> makes_;
  std::vector<std::pair<FunctionId, ValueId>> foreign_;  // that have to be objects
  std::vector<Closure> closures_;
};

}  // namespace

Tracked track(Facts& facts, FunctionId function, ValueId made, Unknown unknown) {
  return Tracker(facts, function, made, unknown).run();
}

Tracked track_result(Facts& facts, FunctionId function, ValueId call, FunctionId callee,
                     ValueId made) {
  return Tracker(facts, function, call, Unknown::kEscapes).run_result(callee, made);
}

FieldTracked track_field(Facts& facts, types::ObjectId field) {
  return Tracker(facts).run_field(field);
}

}  // namespace unpark::flow
