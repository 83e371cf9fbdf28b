// Without regard to order, every place that may hold the value: SSA values made from it, local
// variables and fields of local structs it is stored in, closures that capture those. A holder is a
// value with an access path from it to what has to be released (as in track.cc), and has a bit.
// Whatever is done with a holder is an event: a release, a transfer, or something that is not seen
// through.
//
// A function that gets the value is looked into (a summary), as deep as the asker says. What it
// does on some ways only is "unknown", as is all that is not seen.
//
// Misses: two things in one variable at a time; what a callee does on some ways only; anything
// behind maps, slices and channels (they count as transfers).
//
// Cost: linear in the uses of the holders, of which there are at most kMaxHolders.
#include "flow/holding.h"

#include <algorithm>

#include "flow/field_users.h"

namespace unpark::flow {

namespace {

using Step = Holding::Step;
using Access = Holding::Access;

constexpr size_t kMaxHolders = 600;
constexpr size_t kMaxPath = 7;

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

}  // namespace

std::span<const types::TypeId> result_types(types::Context& cx, const Value& call) {
  if (!call.type.exists()) return {};
  if (cx.types.is(call.type, types::TypeKind::kTuple)) return cx.types.tuple(call.type);
  return {&call.type, 1};
}

Holding::Holding(Obligations& all, const Protocol& protocol, FunctionId function, uint8_t depth)
    : all_(all),
      facts_(all.facts_),
      protocol_(protocol),
      function_(function),
      f_(facts_.of(function)),
      body_(*f_.body),
      depth_(depth) {}

// --- where it begins ---

void Holding::add_root(ValueId value, const Access& path) {
  initial_.set(holder(value, path, 0, kOwn, false));
  root_ = value;
  grow();
}

bool Holding::add_call(const Acquisition& a) {
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
  } else if (last != a.result &&
             facts_.context().types.under(results[last]) == types::basic(types::BasicKind::kBool)) {
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

ValueId Holding::extract(ValueId call, uint32_t number) const {
  for (ValueId use : f_.uses_of(call)) {
    if (body_[use].op == Op::kExtract && body_[use].aux == number) return use;
  }
  return {};
}

std::optional<Holding::Access> Holding::part_of(types::TypeId type) const {
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

bool Holding::is_result(const Holder& h) const {
  if (h.error || h.cells > 0) return false;
  if (!protocol_.part.empty()) {
    return h.path.size() == 2 && h.path[0].kind == Step::kFieldOf && h.path[1].kind == Step::kDeref;
  }
  return h.path.empty() || h.path[0].kind == Step::kCapture;
}

void Holding::add_results(absl::flat_hash_set<ValueId>& out) const {
  for (const Holder& h : holders_) {
    if (is_result(h)) out.insert(h.value);
  }
}

bool Holding::part_used() const {
  return std::any_of(holders_.begin(), holders_.end(),
                     [](const Holder& h) { return !h.error && h.path.empty(); });
}

// --- holders and events ---

uint16_t Holding::holder(ValueId value, const Access& path, uint8_t cells, uint16_t bit,
                         bool error) {
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

void Holding::derive(const Holder& h, ValueId use, const Access& path, uint8_t cells) {
  if (cells > 0) {
    holder(use, path, cells, h.bit, h.error);
    return;
  }
  uint16_t bit = holder(use, path, 0, kOwn, h.error);
  at_[use].derives.push_back({h.bit, bit});
}

void Holding::event(const Holder& h, ValueId at, Does does, bool now) {
  if (h.error) return;
  any_event_ = true;
  at_[at].events.push_back({h.bit, does});
  if (h.cells > 0) standing_.push_back({at, {h.bit, does}, now});
}

void Holding::grow() {
  while (!work_.empty() && !overflow_) {
    Holder h = holders_[work_.back()];
    work_.pop_back();
    for (ValueId use : f_.uses_of(h.value)) {
      if (f_.reaches(use)) follow(h, use);
    }
  }
}

void Holding::follow(const Holder& h, ValueId use) {
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

void Holding::store(const Holder& h, ValueId use, ValueId address) {
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

std::optional<Holding::Does> Holding::into_array(const Value& element) const {
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

void Holding::overwrite(const Holder& h, ValueId use) {
  if (h.path.empty()) return;
  if (h.cells == 1) {
    at_[use].clears.push_back(h.bit);
  } else if (h.cells == 0) {
    event(h, use, Does::kUnknown);
  }
}

void Holding::capture(const Holder& h, ValueId use, FunctionId closure) {
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

// --- calls ---

void Holding::call(const Holder& h, ValueId use, const Value& v) {
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

void Holding::error_to_call(const Holder& h, ValueId use) {
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

void Holding::argument(const Holder& h, ValueId use, FunctionId callee, uint32_t number, bool now) {
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

void Holding::effect(const Holder& h, ValueId use, Obligations::Summary s, bool now) {
  if (s == Obligations::Summary::kIgnores) return;
  event(h, use, s == Obligations::Summary::kHandles ? Does::kRelease : Does::kUnknown, now);
}

Obligations::Summary Holding::summary(FunctionId function, ValueId value, const Access& path) {
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

// --- the end of a context ---

bool Holding::is_context(types::TypeId type) const {
  types::Context& cx = facts_.context();
  if (!cx.types.is(type, types::TypeKind::kNamed)) return false;
  const types::Object& o = cx.objects[cx.types.named(type).object];
  return cx.text(o.name) == "Context" && o.package.exists() &&
         cx.package(o.package).path == "context";
}

void Holding::watch_context(ValueId context) {
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

void Holding::watch_done(ValueId done) {
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

}  // namespace unpark::flow
