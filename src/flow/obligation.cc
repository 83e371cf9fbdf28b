// Two steps. First, without regard to order, every place that may hold the value: SSA values made
// from it, local variables and fields of local structs it is stored in, closures that capture
// those. A holder is a value with an access path from it to what has to be released (as in
// track.cc), and has a bit. Whatever is done with a holder is an event: a release, a transfer, or
// something that is not seen through.
//
// Second, a path search (paths.h) that carries the set of holders which really hold the value
// there: phis take it over on the edge that brings it, a variable gives it up when something else
// is stored in it. The way ends where an event meets a holder that holds. Tests of the error that
// came with the value, and of holders against nil, are decided.
//
// A function that gets the value is looked into (a summary), kDepth calls deep. What it does on
// some ways only is "unknown", as is all that is not seen; a way that passes something unknown is
// no proof and gives Outcome::kUnknown.
//
// Misses: two things in one variable at a time; what a callee does on some ways only; anything
// behind maps, slices and channels (they count as transfers).
//
// Cost: linear in the uses of the holders, then the path search; at most kMaxBits holders.
#include "flow/obligation.h"

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <deque>
#include <string>

#include "flow/field_users.h"
#include "ssa/dominance.h"
#include "types/constant.h"

namespace unpark::flow {

namespace {

constexpr uint8_t kDepth = 4;
constexpr uint16_t kMaxBits = 125;
// What else is remembered along a way.
constexpr uint16_t kErrorShown = 125;  // the error was given to something that may act on it
constexpr uint16_t kTouched = 126;     // something was done with the value
constexpr uint16_t kKnownGood = 127;   // the error was seen to be nil
constexpr size_t kMaxHolders = 600;
constexpr size_t kMaxPath = 7;

struct Step {
  enum Kind : uint8_t {
    kDeref,    // through a pointer
    kFieldOf,  // a field of the struct pointed to
    kFieldIn,  // a field of a struct
    kCapture,  // a captured variable of a closure of `function`
  };
  Kind kind = kDeref;
  uint32_t field = 0;
  FunctionId function;
  friend bool operator==(Step, Step) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Step& s) {
    return H::combine(std::move(h), s.kind, s.field, s.function);
  }
};
// From the holder to what has to be released: the first step is taken first.
using Access = absl::InlinedVector<Step, 4>;

Access without_first(const Access& p) { return Access(p.begin() + 1, p.end()); }

Access with_first(Step first, const Access& p) {
  Access out = {first};
  out.insert(out.end(), p.begin(), p.end());
  return out;
}

// The path from what a load gives: of a struct, the fields are then in the copy.
std::optional<Access> loaded(const Access& p) {
  size_t fields = 0;
  while (fields < p.size() && p[fields].kind == Step::kFieldOf) fields++;
  if (fields == p.size() || p[fields].kind != Step::kDeref) return std::nullopt;
  Access out;
  for (size_t i = 0; i < fields; i++) out.push_back({Step::kFieldIn, p[i].field, {}});
  out.insert(out.end(), p.begin() + static_cast<long>(fields) + 1, p.end());
  return out;
}

// The path from the address that a value is stored at.
Access stored(const Access& p) {
  size_t fields = 0;
  while (fields < p.size() && p[fields].kind == Step::kFieldIn) fields++;
  Access out;
  for (size_t i = 0; i < fields; i++) out.push_back({Step::kFieldOf, p[i].field, {}});
  out.push_back({});
  out.insert(out.end(), p.begin() + static_cast<long>(fields), p.end());
  return out;
}

uint64_t hash_of(const Access& p) {
  uint64_t h = p.size();
  for (Step s : p) h = h * 1000003 + (uint64_t{s.kind} << 40 | s.field) + s.function.raw * 31u;
  return h;
}

enum class Does : uint8_t { kRelease, kTransfer, kUnknown };

std::span<const types::TypeId> result_types(types::Context& cx, const Value& call) {
  if (!call.type.exists()) return {};
  if (cx.types.is(call.type, types::TypeKind::kTuple)) return cx.types.tuple(call.type);
  return {&call.type, 1};
}

bool holds_nil(const Value& v) { return v.op == Op::kConst && v.aux == Value::kNoAux; }

}  // namespace

// The holders of one value in one function, and the ways through it.
class Holding {
 public:
  Holding(Obligations& all, const Protocol& protocol, FunctionId function, uint8_t depth)
      : all_(all),
        facts_(all.facts_),
        protocol_(protocol),
        function_(function),
        f_(facts_.of(function)),
        body_(*f_.body),
        depth_(depth) {}

  // The value itself, behind `path`.
  void add_root(ValueId value, const Access& path) {
    initial_.set(holder(value, path, 0, kOwn, false));
    root_ = value;
    grow();
  }
  // What a call gives: the value, and the error that says whether there is one.
  bool add_call(const Acquisition& a) {
    const Value& call = body_[a.call];
    call_ = a.call;
    from_ = a.call;
    std::span<const types::TypeId> results = result_types(facts_.context(), call);
    ValueId value = results.size() == 1 ? a.call : extract(a.call, a.result);
    if (value.exists()) {
      std::optional<Access> path = part_of(results[a.result]);
      if (!path) return false;
      add_root(value, *path);
    }
    auto last = static_cast<uint32_t>(results.size() - 1);
    if (last != a.result && results[last] == facts_.context().error_type) {
      error_ = extract(a.call, last);
      if (error_.exists()) {
        initial_.set(holder(error_, {}, 0, kOwn, true));
        grow();
      }
    } else if (last != a.result && facts_.context().types.under(results[last]) ==
                                       types::basic(types::BasicKind::kBool)) {
      ok_ = extract(a.call, last);
    }
    for (ValueId v : {value, error_, ok_}) {
      if (v.exists() && v.raw > from_.raw) from_ = v;
    }
    for (uint32_t i = 0; protocol_.context_ends_it && i < results.size(); i++) {
      if (is_context(results[i])) watch_context(extract(a.call, i));
    }
    return true;
  }

  bool overflow() const { return overflow_; }
  bool any_event() const { return any_event_; }
  ValueId root() const { return root_; }
  types::ObjectId idle_field() const { return idle_field_; }
  ValueId idle_store() const { return idle_store_; }

  // A way from the start to a return (or round to the call) that no event is on. With `strict`
  // those that pass something unknown are left out; met_unknown() then tells whether there were
  // any.
  Path lost(bool strict, bool returns_count) {
    met_unknown_ = false;
    goes_round_ = false;
    PathQuery query = base_query();
    query.visit = [this, strict, returns_count](PathMemory& m, ValueId at) {
      if (fails_test(at)) return Walk::kBlocked;
      if (at == call_) {
        if (next_round_releases()) {
          met_unknown_ = true;
          if (strict) return Walk::kBlocked;
        }
        bool expected = expects_error(m);
        if (!survives(m)) {
          if (expected) {
            met_unknown_ = true;
            if (strict) return Walk::kBlocked;
          }
          goes_round_ = true;
          return Walk::kArrived;
        }
      }
      if (std::optional<Does> done = step(m, at)) {
        if (*done != Does::kUnknown) return Walk::kBlocked;
        met_unknown_ = true;
        if (strict) return Walk::kBlocked;
      }
      if (body_[at].op != Op::kReturn) return Walk::kGoOn;
      if (expects_error(m)) {
        met_unknown_ = true;
        if (strict) return Walk::kBlocked;
      }
      return returns_count ? Walk::kGoOn : Walk::kBlocked;
    };
    query.cross = [this, strict](PathMemory& m, Edge e) { return cross(m, e, strict); };
    return find_path(facts_, function_, query);
  }
  bool met_unknown() const { return met_unknown_; }
  bool goes_round() const { return goes_round_; }

  // A way to a return that gives the value to the caller, as result `index`.
  bool reaches_caller(uint32_t index) {
    PathQuery query = base_query();
    query.visit = [this, index](PathMemory& m, ValueId at) {
      if (at == call_ && !survives(m)) return Walk::kBlocked;
      if (body_[at].op == Op::kReturn) {
        bool gives = index < body_[at].operand_count && holds_result(m, body_.operands(at)[index]);
        return gives ? Walk::kArrived : Walk::kBlocked;
      }
      return step(m, at) ? Walk::kBlocked : Walk::kGoOn;
    };
    query.cross = [this](PathMemory& m, Edge e) { return cross(m, e, true); };
    return find_path(facts_, function_, query).found;
  }
  // A way to a return that gives the value to the caller although something was done with it
  // before.
  bool reaches_caller_touched(uint32_t index) {
    PathQuery query = base_query();
    query.visit = [this, index](PathMemory& m, ValueId at) {
      if (at == call_ && !survives(m)) return Walk::kBlocked;
      if (body_[at].op == Op::kReturn) {
        bool gives = index < body_[at].operand_count && m.test(kTouched) &&
                     holds_result(m, body_.operands(at)[index]);
        return gives ? Walk::kArrived : Walk::kBlocked;
      }
      if (step(m, at)) m.set(kTouched);
      return Walk::kGoOn;
    };
    query.cross = [this](PathMemory& m, Edge e) { return cross(m, e, false); };
    Path p = find_path(facts_, function_, query);
    return p.found || p.gave_up;
  }
  // Those of the holders that are the value as a caller would get it.
  void add_results(absl::flat_hash_set<ValueId>& out) const {
    for (const Holder& h : holders_) {
      if (is_result(h)) out.insert(h.value);
    }
  }

  bool part_used() const {
    return std::any_of(holders_.begin(), holders_.end(),
                       [](const Holder& h) { return !h.error && h.path.empty(); });
  }

  // Where on the path something else takes the place of the value in its variable.
  ValueId overwritten(const Path& path) const {
    for (const ssa::Assigned& mine : body_.assigned) {
      if (mine.value != root_) continue;
      absl::flat_hash_set<ValueId> others;  // what else is assigned to the variable
      for (const ssa::Assigned& a : body_.assigned) {
        if (a.local == mine.local && !holder_of_.contains(a.value)) others.insert(a.value);
      }
      for (Edge e : path.edges) {
        BlockId to = body_[e.from].succs[e.succ];
        for (uint32_t i = 0; i < body_[to].count; i++) {
          ValueId at{body_[to].first.raw + i};
          if (at == path.end) break;
          if (body_[at].op == Op::kPhi || at == root_) continue;
          if (others.contains(at)) return at;
        }
      }
    }
    for (Edge e : path.edges) {
      BlockId to = body_[e.from].succs[e.succ];
      for (uint32_t i = 0; i < body_[to].count; i++) {
        ValueId at{body_[to].first.raw + i};
        if (at == path.end) break;
        auto it = at_.find(at);
        if (body_[at].op != Op::kStore || it == at_.end() || !it->second.stores.empty()) continue;
        if (holds_nil(body_[body_.operands(at)[1]])) continue;
        for (uint16_t bit : it->second.clears) {
          if (!error_bits_.test(bit)) return at;
        }
      }
    }
    return {};
  }

  // The last decision of the path that is not about the value or its error,
  // and without which control would not be where the path ends.
  Edge decision(const Path& path, ValueId end) const {
    ssa::Dominators dom = ssa::dominators(body_);
    for (size_t i = path.branches.size(); i-- > 0;) {
      Edge e = path.branches[i];
      BlockId to = body_[e.from].succs[e.succ];
      if (body_.preds(to).size() != 1 || !dom.dominates(to, body_[end].block)) continue;
      ValueId condition = body_.operands(body_.terminator(e.from))[0];
      while (body_[condition].op == Op::kUnary) condition = body_.operands(condition)[0];
      bool own = false;
      for (ValueId x : body_.operands(condition)) {
        own |= x.exists() && holder_of_.contains(x);
      }
      if (!own && body_[condition].op != Op::kPhi) return e;
    }
    return {};
  }

  // Cuts a path where it comes to the call again.
  bool cut_round(Path& path) const {
    for (size_t i = 0; i < path.edges.size(); i++) {
      if (body_[path.edges[i].from].succs[path.edges[i].succ] != body_[call_].block) continue;
      path.edges.resize(i + 1);
      path.branches.clear();
      for (Edge e : path.edges) {
        if (body_[e.from].succs[1].exists()) path.branches.push_back(e);
      }
      path.end = call_;
      return true;
    }
    return false;
  }

  // Of a path that goes round: the jump that stands in the source.
  ValueId jump_round(const Path& path) const {
    ssa::Dominators dom = ssa::dominators(body_);
    size_t i = path.edges.size();
    while (i-- > 0) {
      Edge e = path.edges[i];
      if (!dom.dominates(body_[e.from].succs[e.succ], e.from)) continue;
      // The lowering's own block behind the loop's body says nothing.
      while (i > 0 && std::string_view(body_[path.edges[i].from].name).ends_with(".post")) i--;
      e = path.edges[i];
      return ValueId{body_[e.from].first.raw + body_[e.from].count - 1};
    }
    return path.last_jump;
  }

 private:
  static constexpr uint16_t kOwn = UINT16_MAX;

  struct Holder {
    ValueId value;
    Access path;
    uint16_t bit = 0;
    // How many local variables (one inside the other) lie between it and the value. With none the
    // bit says that this value of the program is, or leads to, what has to be released; else it
    // says so of the innermost variable's content, and all ways to that variable share it.
    uint8_t cells = 0;
    bool error = false;
    bool own = false;  // the bit is its own
  };
  struct Cell {
    uint16_t bit;
    ValueId variable;  // the kAlloc
    ValueId store;
  };
  struct Flow {
    uint16_t from;
    uint16_t to;
  };
  struct PhiFlow {
    uint32_t operand;
    Flow flow;
  };
  struct Event {
    uint16_t bit;
    Does does;
  };
  // What happens at an instruction, in this order.
  struct At {
    std::vector<Event> events;
    std::vector<uint16_t> defines;  // bits of holders that are computed anew
    std::vector<Flow> derives;
    std::vector<uint16_t> clears;
    std::vector<Flow> stores;
    // Of errors that are given to a call, and of values that are looked into, which shows that they
    // are there.
    std::vector<uint16_t> shows_error;
    std::vector<uint16_t> reads;
    bool ends = false;  // the context has ended when control comes behind it
  };
  struct Standing {
    ValueId at;
    Event event;
    bool now;  // it happens at once, not later on
  };

  PathQuery base_query() {
    stand();
    PathQuery query;
    query.from = from_;
    query.memory = initial_;
    return query;
  }

  // --- holders ---

  // The bit of a holder; makes it if it is new. `bit` is kOwn for one with a bit of its own.
  uint16_t holder(ValueId value, const Access& path, uint8_t cells, uint16_t bit, bool error) {
    std::vector<uint32_t>& list = holder_of_[value];
    for (uint32_t i : list) {
      const Holder& h = holders_[i];
      if (h.error != error || h.path != path || h.own != (bit == kOwn)) continue;
      if (h.own || h.bit == bit) return h.bit;
    }
    Holder h{value, path, bit, cells, error, bit == kOwn};
    if (path.size() > kMaxPath || holders_.size() >= kMaxHolders) overflow_ = true;
    if (h.own) {
      if (bits_.size() >= kMaxBits) overflow_ = true;
      if (overflow_) return 0;
      h.bit = static_cast<uint16_t>(bits_.size());
      bits_.push_back(static_cast<uint32_t>(holders_.size()));
      if (error) error_bits_.set(h.bit);
      if (body_[value].op == Op::kPhi) {
        phi_bits_[body_[value].block].push_back(h.bit);
      } else if (body_[value].block.exists()) {
        at_[value].defines.push_back(h.bit);
      }
    }
    if (overflow_) return 0;
    list.push_back(static_cast<uint32_t>(holders_.size()));
    work_.push_back(static_cast<uint32_t>(holders_.size()));
    holders_.push_back(std::move(h));
    return holders_.back().bit;
  }

  // What instruction `use` makes of a holder.
  void derive(const Holder& h, ValueId use, const Access& path, uint8_t cells) {
    if (cells > 0) {
      holder(use, path, cells, h.bit, h.error);
      return;
    }
    uint16_t bit = holder(use, path, 0, kOwn, h.error);
    at_[use].derives.push_back({h.bit, bit});
  }

  void event(const Holder& h, ValueId at, Does does, bool now = false) {
    if (h.error) return;
    any_event_ = true;
    at_[at].events.push_back({h.bit, does});
    if (h.cells > 0) standing_.push_back({at, {h.bit, does}, now});
  }

  void grow() {
    while (!work_.empty() && !overflow_) {
      Holder h = holders_[work_.back()];
      work_.pop_back();
      for (ValueId use : f_.uses_of(h.value)) {
        if (f_.reaches(use)) follow(h, use);
      }
    }
  }

  void follow(const Holder& h, ValueId use) {
    const Value& v = body_[use];
    std::span<const ValueId> x = body_.operands(v);
    switch (v.op) {
      case Op::kLoad:
        if (std::optional<Access> p = loaded(h.path)) {
          derive(h, use, *p, h.cells > 0 ? h.cells - 1 : 0);
        } else {
          event(h, use, Does::kUnknown);
        }
        return;
      case Op::kFieldAddr:
      case Op::kField: {
        if (!h.error && h.cells == 0) at_[use].reads.push_back(h.bit);
        Step::Kind kind = v.op == Op::kField ? Step::kFieldIn : Step::kFieldOf;
        if (h.path.empty() || h.path[0].kind != kind || h.path[0].field != v.aux) return;
        derive(h, use, without_first(h.path), h.cells);
        return;
      }
      case Op::kStore:
        if (x[1] == h.value) store(h, use, x[0]);
        if (x[0] == h.value) overwrite(h, use);
        return;
      case Op::kPhi: {
        if (h.cells > 0) {
          holder(use, h.path, h.cells, h.bit, h.error);
          return;
        }
        uint16_t bit = holder(use, h.path, 0, kOwn, h.error);
        for (uint32_t i = 0; i < x.size(); i++) {
          if (x[i] == h.value) phi_flows_[v.block].push_back({i, {h.bit, bit}});
        }
        return;
      }
      case Op::kChangeType:
      case Op::kChangeInterface:
      case Op::kMakeInterface:
      case Op::kNilCheck:
      case Op::kTypeAssert:
        derive(h, use, h.path, h.cells);
        return;
      case Op::kExtract:
        if (body_[h.value].op == Op::kTypeAssert && v.aux == 0) derive(h, use, h.path, h.cells);
        return;
      case Op::kMakeClosure:
        capture(h, use, FunctionId{v.aux});
        return;
      case Op::kCall:
      case Op::kGo:
      case Op::kDefer:
        call(h, use, v);
        return;
      case Op::kReturn:
      case Op::kMapUpdate:
      case Op::kSend:
      case Op::kSelect:
        event(h, use, Does::kTransfer);
        return;
      case Op::kBinary:
      case Op::kIf:
      case Op::kPanic:
        return;
      default:
        event(h, use, Does::kUnknown);
        return;
    }
  }

  void store(const Holder& h, ValueId use, ValueId address) {
    Access path = stored(h.path);
    types::ObjectId field;
    for (;;) {
      const Value& a = body_[address];
      if (a.op != Op::kFieldAddr) break;
      field = field_of(facts_, body_, a);
      if (!h.error && field.exists() && all_.idle(field)) {
        idle_field_ = field;
        idle_store_ = use;
        return;  // nobody will ever take it from there
      }
      path = with_first({Step::kFieldOf, a.aux, {}}, path);
      address = body_.operands(a)[0];
    }
    const Value& base = body_[address];
    if (h.error) {
      // In the arguments of fmt.Sprint and the like: the text is looked at instead.
      if (base.op == Op::kIndexAddr) at_[use].shows_error.push_back(h.bit);
      if (base.op != Op::kAlloc && field.exists()) error_fields_.insert(field);
      uint16_t bit = holder(address, path, 1, kOwn, true);
      at_[use].stores.push_back({h.bit, bit});
      return;
    }
    if (base.op == Op::kIndexAddr) {
      if (std::optional<Does> does = into_array(base)) event(h, use, *does);
      return;
    }
    if (base.op != Op::kAlloc) {
      event(h, use, Does::kTransfer);
      return;
    }
    if (h.cells > 0) {
      holder(address, path, static_cast<uint8_t>(h.cells + 1), h.bit, false);
      return;
    }
    uint16_t bit = holder(address, path, 1, kOwn, false);
    at_[use].stores.push_back({h.bit, bit});
    cells_.push_back({bit, address, use});
  }

  // What storing in an array does; nothing for the arguments of a variadic call that only looks at
  // them.
  std::optional<Does> into_array(const Value& element) const {
    ValueId array = body_.operands(element)[0];
    if (body_[array].op != Op::kAlloc) return Does::kTransfer;
    for (ValueId use : f_.uses_of(array)) {
      if (body_[use].op == Op::kIndexAddr) continue;
      if (body_[use].op != Op::kSlice) return Does::kTransfer;
      for (ValueId call : f_.uses_of(use)) {
        const Value& v = body_[call];
        if (!ssa::is_call(v.op) || !v.is(Value::kPacked)) return Does::kTransfer;
        if (!v.is(Value::kInvoke) && body_[body_.operands(v)[0]].op == Op::kBuiltin) {
          return Does::kTransfer;  // append
        }
        FunctionId callee = facts_.static_callee(function_, call);
        if (!callee.exists()) return Does::kUnknown;
        Effect effect = facts_.intrinsic(callee).effect;
        bool looks = effect == Effect::kReads || effect == Effect::kMakesError ||
                     effect == Effect::kNeverReturns || effect == Effect::kFailsTest;
        if (looks) return std::nullopt;
        return Does::kUnknown;
      }
    }
    return Does::kTransfer;
  }

  // Something is stored where the holder says that the value is.
  void overwrite(const Holder& h, ValueId use) {
    if (h.path.empty()) return;
    if (h.cells == 1) {
      at_[use].clears.push_back(h.bit);
    } else if (h.cells == 0) {
      event(h, use, Does::kUnknown);
    }
  }

  void capture(const Holder& h, ValueId use, FunctionId closure) {
    if (h.error) return;
    std::span<const ValueId> x = body_.operands(use);
    for (uint32_t i = 0; i < x.size(); i++) {
      if (x[i] != h.value) continue;
      const Body& inner = facts_.body(closure);
      ValueId variable{inner.param_count + i};
      if (summary(closure, variable, h.path) == Obligations::Summary::kIgnores) continue;
      derive(h, use, with_first({Step::kCapture, i, closure}, h.path), h.cells);
    }
  }

  void call(const Holder& h, ValueId use, const Value& v) {
    std::span<const ValueId> x = body_.operands(v);
    if (h.error) {
      error_to_call(h, use);
      return;
    }
    bool now = v.op == Op::kCall;
    bool invoke = v.is(Value::kInvoke);
    if (!invoke && body_[x[0]].op == Op::kBuiltin) {
      if (static_cast<types::Builtin>(body_[x[0]].aux) == types::Builtin::kAppend) {
        event(h, use, Does::kTransfer);
      }
      return;
    }
    if (x[0] == h.value) {
      if (invoke) {
        types::Context& cx = facts_.context();
        if (!h.path.empty()) {
          event(h, use, Does::kUnknown, now);
        } else if (cx.text(cx.objects[types::ObjectId{v.aux}].name) == protocol_.method) {
          event(h, use, Does::kRelease);
        }
      } else if (h.path.empty()) {
        event(h, use, Does::kRelease);
      } else if (h.path[0].kind == Step::kCapture) {
        const Body& inner = facts_.body(h.path[0].function);
        ValueId variable{inner.param_count + h.path[0].field};
        effect(h, use, summary(h.path[0].function, variable, without_first(h.path)), now);
      }
    }
    FunctionId callee = facts_.static_callee(function_, use);
    for (uint32_t i = 1; i < x.size(); i++) {
      if (x[i] != h.value) continue;
      if (!callee.exists()) {
        event(h, use, Does::kUnknown, now);
      } else {
        argument(h, use, callee, i - 1, now);
      }
    }
  }

  // What is called with the error perhaps does not come back when there is none.
  void error_to_call(const Holder& h, ValueId use) {
    if (body_[use].is(Value::kInvoke) && body_.operands(use)[0] == h.value) {
      at_[use].events.push_back({h.bit, Does::kRelease});  // err.Error(): there is an error
      return;
    }
    FunctionId callee = facts_.static_callee(function_, use);
    if (callee.exists()) {
      Effect effect = facts_.intrinsic(callee).effect;
      if (effect != Effect::kNone && effect != Effect::kSpawns) return;
    }
    at_[use].shows_error.push_back(h.bit);
  }

  void argument(const Holder& h, ValueId use, FunctionId callee, uint32_t number, bool now) {
    Intrinsic intrinsic = facts_.intrinsic(callee);
    switch (intrinsic.effect) {
      case Effect::kReads:
      case Effect::kNeverReturns:
      case Effect::kMakesError:
      case Effect::kFailsTest:
        return;
      case Effect::kReadsToEnd:
        if (number != intrinsic.argument) return;
        if (protocol_.read_is_enough && h.path.empty()) event(h, use, Does::kRelease);
        return;
      case Effect::kSpawns:
      case Effect::kCalls:
      case Effect::kCallsLater:
        if (number != intrinsic.argument) return;
        if (h.path.empty() && protocol_.method.empty()) {
          event(h, use, Does::kRelease);
        } else if (!h.path.empty() && h.path[0].kind == Step::kCapture) {
          const Body& inner = facts_.body(h.path[0].function);
          ValueId variable{inner.param_count + h.path[0].field};
          effect(h, use, summary(h.path[0].function, variable, without_first(h.path)), false);
        } else {
          event(h, use, Does::kUnknown);
        }
        return;
      default:
        break;
    }
    if (number == 0 && h.path.empty() && !protocol_.method.empty()) {
      const ssa::Function& f = facts_.program()[callee];
      types::Context& cx = facts_.context();
      if (f.object.exists() && cx.objects[f.object].is(types::Object::kMethod) &&
          cx.text(cx.objects[f.object].name) == protocol_.method) {
        event(h, use, Does::kRelease);
        return;
      }
    }
    effect(h, use, summary(callee, ValueId{number}, h.path), now);
  }

  void effect(const Holder& h, ValueId use, Obligations::Summary s, bool now) {
    if (s == Obligations::Summary::kIgnores) return;
    event(h, use, s == Obligations::Summary::kHandles ? Does::kRelease : Does::kUnknown, now);
  }

  Obligations::Summary summary(FunctionId function, ValueId value, const Access& path) {
    using Summary = Obligations::Summary;
    if (depth_ == 0) return Summary::kUnknown;
    Obligations::Key key{function, value, hash_of(path), protocol_.id, depth_};
    if (auto it = all_.summaries_.find(key); it != all_.summaries_.end()) return it->second;
    Summary s = Summary::kUnknown;
    const Body& body = facts_.body(function);
    if (body.incomplete.empty() && !body.blocks.empty() &&
        value.raw < body.param_count + body.free_var_count) {
      Holding inner(all_, protocol_, function, static_cast<uint8_t>(depth_ - 1));
      inner.add_root(value, path);
      if (!inner.overflow()) {
        if (!inner.any_event()) {
          s = Summary::kIgnores;
        } else if (facts_.of(function).returns) {
          Path p = inner.lost(true, true);
          if (!p.found && !p.gave_up && !inner.met_unknown()) s = Summary::kHandles;
        }
      }
    }
    all_.summaries_.try_emplace(key, s);
    return s;
  }

  // --- ways ---

  // The error was given to somebody and the value not looked at: perhaps it is an error that was
  // wanted.
  static bool expects_error(const PathMemory& m) {
    return m.test(kErrorShown) && !m.test(kKnownGood);
  }

  // What is lost when a test has failed is of no interest.
  bool fails_test(ValueId at) const {
    const Value& v = body_[at];
    if (v.op != Op::kCall) return false;
    if (v.is(Value::kInvoke)) {
      types::Context& cx = facts_.context();
      const types::Object& method = cx.objects[types::ObjectId{v.aux}];
      if (!method.package.exists() || cx.package(method.package).path != "testing") return false;
      std::string_view name = cx.text(method.name);
      return name.starts_with("Error") || name.starts_with("Fatal") || name.starts_with("Fail") ||
             name.starts_with("Skip");
    }
    FunctionId callee = facts_.static_callee(function_, at);
    return callee.exists() && facts_.intrinsic(callee).effect == Effect::kFailsTest;
  }

  // Something is done with the value at the start of the next round of the loop, before the call is
  // reached again. Whether it is done in each round but the first cannot be told.
  bool next_round_releases() {
    if (!next_round_) {
      next_round_ = false;
      BlockId loop = body_[call_].block;
      ssa::Dominators dom = ssa::dominators(body_);
      for (const auto& [at, what] : at_) {
        BlockId block = body_[at].block;
        bool own = std::any_of(what.events.begin(), what.events.end(),
                               [&](const Event& e) { return !error_bits_.test(e.bit); });
        if (!own || !f_.cycles.same(block, loop)) continue;
        if (block == loop ? at < call_ : !dom.dominates(loop, block)) next_round_ = true;
      }
    }
    return *next_round_;
  }

  // A variable that a deferred call, a goroutine or somebody unknown already has when the value is
  // stored in it.
  void stand() {
    if (stood_) return;
    stood_ = true;
    for (const Cell& cell : cells_) {
      for (const Standing& s : standing_) {
        if (s.event.bit != cell.bit || !comes_before(s.at, cell)) continue;
        Does does = s.now ? Does::kUnknown : s.event.does;
        auto [it, fresh] = stands_.try_emplace({cell.store, cell.bit}, does);
        if (!fresh && it->second == Does::kUnknown) it->second = does;
      }
    }
  }

  // Control can come from `at` to the store while the variable is the same.
  bool comes_before(ValueId at, const Cell& cell) const {
    BlockId made = body_[cell.variable].block, target = body_[cell.store].block;
    BlockId start = body_[at].block;
    if (start == target && at < cell.store && !(start == made && at < cell.variable)) return true;
    std::vector<bool> seen(body_.blocks.size());
    std::vector<BlockId> work = {start};
    while (!work.empty()) {
      BlockId b = work.back();
      work.pop_back();
      for (BlockId to : body_.succs(b)) {
        if (to == made || seen[to.raw]) continue;
        if (to == target) return true;
        seen[to.raw] = true;
        work.push_back(to);
      }
    }
    return false;
  }

  // Executes an instruction; what is done with the value there, if anything.
  std::optional<Does> step(PathMemory& m, ValueId instruction) {
    auto it = at_.find(instruction);
    if (it == at_.end()) return std::nullopt;
    const At& at = it->second;
    std::optional<Does> done;
    auto add = [&](Does d) {
      if (!done || *done == Does::kUnknown) done = d;
    };
    if (at.ends) return Does::kRelease;
    for (const Event& e : at.events) {
      if (m.test(e.bit)) add(e.does);
    }
    for (uint16_t bit : at.shows_error) {
      if (m.test(bit)) m.set(kErrorShown);
    }
    for (uint16_t bit : at.reads) {
      if (m.test(bit)) m.set(kKnownGood);
    }
    PathMemory old = m;
    for (uint16_t bit : at.defines) m.reset(bit);
    for (Flow f : at.derives) {
      if (old.test(f.from)) m.set(f.to);
    }
    for (uint16_t bit : at.clears) m.reset(bit);
    for (Flow f : at.stores) {
      if (!old.test(f.from)) continue;
      m.set(f.to);
      if (auto s = stands_.find({instruction, f.to}); s != stands_.end()) add(s->second);
    }
    return done;
  }

  bool live(const PathMemory& m, ValueId v, bool error) const {
    auto it = holder_of_.find(v);
    if (it == holder_of_.end()) return false;
    for (uint32_t i : it->second) {
      const Holder& h = holders_[i];
      if (h.error == error && h.cells == 0 && m.test(h.bit)) return true;
    }
    return false;
  }

  bool is_error(const PathMemory& m, ValueId v) const {
    if (live(m, v, true)) return true;
    const Value& load = body_[v];
    if (error_fields_.empty() || load.op != Op::kLoad) return false;
    const Value& address = body_[body_.operands(load)[0]];
    return address.op == Op::kFieldAddr && error_fields_.contains(field_of(facts_, body_, address));
  }

  // The result of a call that was given the error, or of a comparison with it.
  bool depends_on_error(const PathMemory& m, ValueId v) const {
    const Value* call = &body_[v];
    if (call->op == Op::kBinary) {
      for (ValueId x : body_.operands(*call)) {
        if (is_error(m, x)) return true;
      }
    }
    if (call->op == Op::kExtract) call = &body_[body_.operands(*call)[0]];
    if (call->op != Op::kCall) return false;
    for (ValueId x : body_.operands(*call)) {
      if (body_[x].op == Op::kChangeInterface) x = body_.operands(x)[0];
      if (is_error(m, x)) return true;
    }
    return false;
  }

  bool is_context(types::TypeId type) const {
    types::Context& cx = facts_.context();
    if (!cx.types.is(type, types::TypeKind::kNamed)) return false;
    const types::Object& o = cx.objects[cx.types.named(type).object];
    return cx.text(o.name) == "Context" && o.package.exists() &&
           cx.package(o.package).path == "context";
  }

  // Finds where the context is seen to have ended.
  void watch_context(ValueId context) {
    if (!context.exists()) return;
    types::Context& cx = facts_.context();
    absl::flat_hash_set<ValueId> seen = {context};
    std::vector<ValueId> work = {context};
    auto add = [&](ValueId v) {
      if (seen.insert(v).second) work.push_back(v);
    };
    while (!work.empty()) {
      ValueId value = work.back();
      work.pop_back();
      for (ValueId use : f_.uses_of(value)) {
        const Value& v = body_[use];
        std::span<const ValueId> x = body_.operands(v);
        if (v.op == Op::kPhi || v.op == Op::kChangeInterface) add(use);
        if (v.op == Op::kStore && x[1] == value && body_[x[0]].op == Op::kAlloc) {
          for (ValueId load : f_.uses_of(x[0])) {
            if (body_[load].op == Op::kLoad) add(load);
          }
        }
        if (v.op != Op::kCall || !v.is(Value::kInvoke) || x[0] != value) continue;
        std::string_view method = cx.text(cx.objects[types::ObjectId{v.aux}].name);
        if (method == "Err") context_errors_.insert(use);
        if (method == "Done") watch_done(use);
      }
    }
  }

  void watch_done(ValueId done) {
    for (ValueId use : f_.uses_of(done)) {
      const Value& v = body_[use];
      if (v.op == Op::kRecv) at_[use].ends = true;
      if (v.op != Op::kSelect) continue;
      std::span<const ValueId> x = body_.operands(v);
      if (x.size() == 2 && v.is(Value::kBlocking)) at_[use].ends = true;
      for (size_t i = 0; i < x.size(); i += 2) {
        if (x[i] != done) continue;
        Edge e = select_case_edge(f_, use, static_cast<int32_t>(i / 2));
        if (e.exists()) end_edges_.push_back(e);
      }
    }
  }

  // Takes an edge; false when it is not taken while there is something to release.
  bool cross(PathMemory& m, Edge e, bool strict) {
    if (std::find(end_edges_.begin(), end_edges_.end(), e) != end_edges_.end()) return false;
    const Value& last = body_.terminator(e.from);
    if (last.op == Op::kIf && body_[e.from].succs[0] != body_[e.from].succs[1]) {
      if (!possible(m, body_.operands(last)[0], e.succ == 0, strict)) return false;
    }
    BlockId to = body_[e.from].succs[e.succ];
    auto bits = phi_bits_.find(to);
    if (bits == phi_bits_.end()) return true;
    PathMemory old = m;
    for (uint16_t bit : bits->second) m.reset(bit);
    uint32_t pred = pred_index(body_, e);
    for (const PhiFlow& f : phi_flows_[to]) {
      if (f.operand == pred && old.test(f.flow.from)) m.set(f.flow.to);
    }
    return true;
  }

  bool possible(PathMemory& m, ValueId condition, bool truth, bool strict) {
    const Value* v = &body_[condition];
    while (v->op == Op::kUnary && v->sub == syntax::Token::kNot) {
      condition = body_.operands(*v)[0];
      v = &body_[condition];
      truth = !truth;
    }
    bool guess = false;  // what the test says rests on the error in a way that is not known
    if (v->op == Op::kBinary && (v->sub == syntax::Token::kEql || v->sub == syntax::Token::kNeq)) {
      bool equal = truth == (v->sub == syntax::Token::kEql);
      std::span<const ValueId> x = body_.operands(*v);
      for (int i = 0; i < 2; i++) {
        ValueId side = x[static_cast<size_t>(i)];
        bool with_nil = holds_nil(body_[x[static_cast<size_t>(1 - i)]]);
        if (is_error(m, side)) {
          if (equal != with_nil) return false;
          if (with_nil) m.set(kKnownGood);
        }
        if (with_nil && equal && live(m, side, false)) return false;
        if (with_nil && !equal && context_errors_.contains(side)) return false;
        guess |= depends_on_error(m, side);
      }
      if (equal && protocol_.nothing_if_equal) {
        ValueId of = protocol_.nothing_if_equal(facts_, body_, x[0], x[1]);
        if (of.exists() && live(m, of, false)) return false;
      }
    } else if (condition == ok_) {
      return truth;
    } else if (v->op == Op::kExtract && body_[body_.operands(*v)[0]].op == Op::kTypeAssert) {
      // The error has a type: it is not nil.
      if (truth && is_error(m, body_.operands(body_.operands(*v)[0])[0])) return false;
    } else if (depends_on_error(m, condition)) {
      FunctionId callee =
          v->op == Op::kCall ? facts_.static_callee(function_, condition) : FunctionId{};
      if (callee.exists() && facts_.intrinsic(callee).effect == Effect::kReads) {
        if (truth) return false;  // errors.Is and the like
      } else {
        guess = true;
      }
    }
    if (!guess || m.test(kKnownGood)) return true;
    met_unknown_ = true;
    return !strict;
  }

  // Control comes again to the call: what still holds the value of the round before?
  bool survives(PathMemory& m) {
    bool any = false;
    for (uint16_t bit = 0; bit < bits_.size(); bit++) {
      if (!m.test(bit)) continue;
      const Holder& h = holders_[bits_[bit]];
      bool stays =
          !h.error && (h.cells > 0 || (body_[h.value].op == Op::kPhi && used_later(h.value)));
      if (!stays) m.reset(bit);
      any |= stays;
    }
    m.set(kKnownGood);
    return any;
  }

  // Whether a phi may be used behind the call before it is computed anew.
  bool used_later(ValueId phi) const {
    BlockId made = body_[phi].block;
    std::vector<bool> seen(body_.blocks.size());
    std::vector<std::pair<BlockId, ValueId>> work = {{body_[call_].block, call_}};
    while (!work.empty()) {
      auto [block, after] = work.back();
      work.pop_back();
      uint32_t first = after.exists() ? after.raw + 1 : body_[block].first.raw;
      for (ValueId use : f_.uses_of(phi)) {
        const Value& v = body_[use];
        if (v.op == Op::kPhi) {
          std::span<const BlockId> preds = body_.preds(v.block);
          for (uint32_t i = 0; i < preds.size(); i++) {
            if (preds[i] == block && body_.operands(v)[i] == phi) return true;
          }
        } else if (v.block == block && use.raw >= first) {
          return true;
        }
      }
      for (BlockId to : body_.succs(block)) {
        if (to == made || seen[to.raw]) continue;
        seen[to.raw] = true;
        work.push_back({to, {}});
      }
    }
    return false;
  }

  // --- the call ---

  ValueId extract(ValueId call, uint32_t number) const {
    for (ValueId use : f_.uses_of(call)) {
      if (body_[use].op == Op::kExtract && body_[use].aux == number) return use;
    }
    return {};
  }

  // From what the call gives to what has to be released.
  std::optional<Access> part_of(types::TypeId type) const {
    if (protocol_.part.empty()) return Access{};
    types::Context& cx = facts_.context();
    types::TypeId t = cx.types.under(type);
    if (cx.types.is(t, types::TypeKind::kPointer)) t = cx.types.under(cx.types.elem(t));
    if (!cx.types.is(t, types::TypeKind::kStruct)) return std::nullopt;
    std::span<const types::StructField> fields = cx.types.fields(t);
    for (uint32_t i = 0; i < fields.size(); i++) {
      if (cx.text(fields[i].name) == protocol_.part) {
        return Access{{Step::kFieldOf, i, {}}, {Step::kDeref, 0, {}}};
      }
    }
    return std::nullopt;
  }

  bool is_result(const Holder& h) const {
    if (h.error || h.cells > 0) return false;
    if (!protocol_.part.empty()) {
      return h.path.size() == 2 && h.path[0].kind == Step::kFieldOf &&
             h.path[1].kind == Step::kDeref;
    }
    return h.path.empty() || h.path[0].kind == Step::kCapture;
  }

  bool holds_result(const PathMemory& m, ValueId v) const {
    auto it = holder_of_.find(v);
    if (it == holder_of_.end()) return false;
    for (uint32_t i : it->second) {
      if (is_result(holders_[i]) && m.test(holders_[i].bit)) return true;
    }
    return false;
  }

  Obligations& all_;
  Facts& facts_;
  const Protocol& protocol_;
  FunctionId function_;
  const FunctionFacts& f_;
  const Body& body_;
  uint8_t depth_;

  ValueId call_, from_, root_, error_, ok_;
  PathMemory initial_;
  PathMemory error_bits_;
  std::vector<Holder> holders_;
  std::vector<uint32_t> bits_;  // the holder that each bit belongs to
  absl::flat_hash_map<ValueId, std::vector<uint32_t>> holder_of_;
  std::vector<uint32_t> work_;
  absl::flat_hash_map<ValueId, At> at_;
  absl::flat_hash_map<BlockId, std::vector<uint16_t>> phi_bits_;
  absl::flat_hash_map<BlockId, std::vector<PhiFlow>> phi_flows_;
  std::vector<Cell> cells_;
  std::vector<Standing> standing_;
  absl::flat_hash_map<std::pair<ValueId, uint16_t>, Does> stands_;
  absl::flat_hash_set<types::ObjectId> error_fields_;
  absl::flat_hash_set<ValueId> context_errors_;  // calls of its Err
  std::vector<Edge> end_edges_;                  // taken when the context has ended
  types::ObjectId idle_field_;
  ValueId idle_store_;
  bool overflow_ = false;
  bool any_event_ = false;
  bool stood_ = false;
  bool met_unknown_ = false;
  bool goes_round_ = false;
  std::optional<bool> next_round_;
};

bool Obligations::idle(types::ObjectId field) {
  if (auto it = idle_.find(field); it != idle_.end()) return it->second;
  bool is = never_used(facts_, field);
  idle_.try_emplace(field, is);
  return is;
}

std::optional<Acquisition> Obligations::acquisition(const Protocol& protocol, FunctionId function,
                                                    ValueId call) {
  return acquisition(protocol, function, call, kDepth);
}

std::optional<Acquisition> Obligations::acquisition(const Protocol& protocol, FunctionId function,
                                                    ValueId call, uint8_t depth) {
  const Body& body = facts_.body(function);
  types::Context& cx = facts_.context();
  std::span<const types::TypeId> results = result_types(cx, body[call]);
  if (std::none_of(results.begin(), results.end(),
                   [&](types::TypeId t) { return protocol.carries(cx, t); })) {
    return std::nullopt;
  }
  Acquisition a;
  a.call = call;
  a.callee = facts_.static_callee(function, call);
  if (a.callee.exists() && protocol.exempt && protocol.exempt(facts_, a.callee)) {
    return std::nullopt;
  }
  if (std::optional<uint32_t> result = protocol.declared(facts_, function, call)) {
    a.result = *result;
    a.declared = true;
    return a;
  }
  if (!a.callee.exists() || depth == 0) return std::nullopt;
  if (facts_.intrinsic(a.callee).effect != Effect::kNone) return std::nullopt;
  std::optional<uint32_t> result =
      owned_result(protocol, a.callee, static_cast<uint8_t>(depth - 1));
  if (!result || *result >= results.size() || !protocol.carries(cx, results[*result])) {
    return std::nullopt;
  }
  a.result = *result;
  return a;
}

namespace {

// Nothing but what is in `good`. A result that may be nothing at all depends on something that the
// caller perhaps knows; only beside an error it says no more than the error.
bool only(const FunctionFacts& f, const absl::flat_hash_set<ValueId>& good, ValueId v, int depth) {
  const Body& body = *f.body;
  const Value& x = body[v];
  if (good.contains(v) && x.op != Op::kPhi) return true;
  if (depth == 0) return false;
  switch (x.op) {
    case Op::kChangeType:
      return only(f, good, body.operands(x)[0], depth - 1);
    case Op::kPhi:
      for (ValueId operand : body.operands(x)) {
        if (operand != v && !only(f, good, operand, depth - 1)) return false;
      }
      return true;
    case Op::kLoad: {
      ValueId variable = body.operands(x)[0];
      if (body[variable].op != Op::kAlloc) return false;
      for (ValueId use : f.uses_of(variable)) {
        if (body[use].op != Op::kStore || body.operands(use)[0] != variable) continue;
        ValueId in = body.operands(use)[1];
        if (in != v && body[in].op != Op::kConst && !only(f, good, in, depth - 1)) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

// The result that the function got from a call of its own and leaves to its caller to release: on
// some way it does so, and on the others it gives nothing in its place, nor what it has released.
std::optional<uint32_t> Obligations::owned_result(const Protocol& protocol, FunctionId function,
                                                  uint8_t depth) {
  Key key{function, {}, 0, protocol.id, depth};
  if (auto it = owned_.find(key); it != owned_.end()) return it->second;
  std::optional<uint32_t> found;
  const Body& body = facts_.body(function);
  if (body.incomplete.empty() && !body.blocks.empty()) {
    const FunctionFacts& f = facts_.of(function);
    std::vector<ValueId> returns;
    std::deque<Holding> holdings;
    for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
      ValueId at{i};
      if (!f.reaches(at)) continue;
      if (body[at].op == Op::kReturn) returns.push_back(at);
      if (body[at].op != Op::kCall) continue;
      std::optional<Acquisition> a = acquisition(protocol, function, at, depth);
      if (!a) continue;
      Holding& h = holdings.emplace_back(*this, protocol, function, uint8_t{2});
      if (!h.add_call(*a) || h.overflow()) holdings.pop_back();
    }
    absl::flat_hash_set<ValueId> good;
    for (const Holding& h : holdings) h.add_results(good);
    uint32_t results = returns.empty() ? 0 : body[returns[0]].operand_count;
    for (uint32_t r = 0; r < results && !found && !good.empty(); r++) {
      bool all = true;
      for (ValueId at : returns) {
        std::span<const ValueId> x = body.operands(at);
        bool fails = body[x[r]].op == Op::kConst && x.size() > r + 1 &&
                     body[x.back()].op != Op::kConst &&
                     body[x.back()].type == facts_.context().error_type;
        all = all && (fails || only(f, good, x[r], 6));
      }
      if (!all) continue;
      bool any = false, touched = false;
      for (Holding& h : holdings) {
        any = any || h.reaches_caller(r);
        touched = touched || h.reaches_caller_touched(r);
      }
      if (any && !touched) found = r;
    }
  }
  owned_.try_emplace(key, found);
  return found;
}

Outcome Obligations::follow(const Protocol& protocol, FunctionId function,
                            const Acquisition& acquisition) {
  Outcome out;
  out.kind = Outcome::kUnknown;
  const ssa::Function& fn = facts_.program()[function];
  types::Context& cx = facts_.context();
  // A return from these is the end of the process, or the start of the rest of it.
  bool returns_count = true;
  if (fn.kind == ssa::FunctionKind::kPackageInit) returns_count = false;
  if (fn.kind == ssa::FunctionKind::kDeclared && fn.object.exists() && !fn.receiver.exists()) {
    const types::Object& o = cx.objects[fn.object];
    std::string_view name = cx.text(o.name);
    if (name == "init") returns_count = false;
    if (name == "main" && o.package.exists() && cx.package(o.package).name == "main") {
      returns_count = false;
    }
  }
  Holding h(*this, protocol, function, kDepth);
  if (!h.add_call(acquisition) || h.overflow()) return out;
  out.unused = !h.root().exists() || facts_.of(function).uses_of(h.root()).empty();
  out.part_used = h.part_used();
  out.path = h.lost(true, returns_count);
  if (out.path.found) {
    out.kind = Outcome::kLost;
    bool round = h.goes_round() || h.cut_round(out.path);
    out.how = round ? Outcome::kGoesRound : Outcome::kLeaves;
    if (round) {
      out.jump = h.jump_round(out.path);
    } else if (h.root().exists()) {
      out.overwritten_by = h.overwritten(out.path);
    }
    if (!out.unused) {
      out.branch = h.decision(out.path, out.jump.exists() ? out.jump : out.path.end);
    }
    out.idle_field = h.idle_field();
    out.idle_store = h.idle_store();
    return out;
  }
  if (out.path.gave_up) return out;
  if (!h.met_unknown()) {
    out.kind = Outcome::kReleased;
    return out;
  }
  Path other = h.lost(false, returns_count);
  if (!other.found && !other.gave_up) out.kind = Outcome::kReleased;
  out.path = {};
  return out;
}

}  // namespace unpark::flow
