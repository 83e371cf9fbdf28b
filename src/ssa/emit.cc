// Emitting of instructions: blocks, constants, memory, conversions, comparisons.
#include <algorithm>

#include "ssa/builder.h"

namespace unpark::ssa {

using types::Constant;
using types::ConstantKind;

ValueId Builder::emit(Op op, TypeId type, Span at, std::span<const ValueId> operands, uint32_t aux,
                      uint16_t flags) {
  if (type.exists() && is_invalid(type)) return poison(at, "a type is not known");
  Value v;
  v.op = op;
  v.flags = flags;
  v.type = type;
  v.span = at;
  v.block = current_;
  v.aux = aux;
  ValueId id = draft_.add(v, operands);
  draft_[current_].code.push_back(id);
  return id;
}

ValueId Builder::emit(Op op, TypeId type, Span at, std::initializer_list<ValueId> operands,
                      uint32_t aux, uint16_t flags) {
  return emit(op, type, at, std::span<const ValueId>(operands.begin(), operands.size()), aux,
              flags);
}

ValueId Builder::placeless(Op op, TypeId type, uint32_t aux) {
  Value v;
  v.op = op;
  v.type = type;
  v.aux = aux;
  return draft_.add(v, {});
}

BlockId Builder::new_block(const char* name) {
  DraftBlock b;
  b.name = name;
  b.file = block_file_;
  draft_.blocks.push_back(std::move(b));
  return BlockId{static_cast<uint32_t>(draft_.blocks.size() - 1)};
}

void Builder::set_block(BlockId block) { current_ = block; }

void Builder::start_block(BlockId block) {
  jump(block, {});
  set_block(block);
}

void Builder::add_edge(BlockId from, BlockId to) {
  draft_[from].succs.push_back(to);
  draft_[to].preds.push_back(from);
}

void Builder::terminate(Op op, Span at, std::initializer_list<ValueId> operands, uint16_t flags) {
  emit(op, {}, at, operands, Value::kNoAux, flags);
  set_block(new_block("unreachable"));
}

void Builder::jump(BlockId to, Span at) {
  BlockId from = current_;
  terminate(Op::kJump, at);
  add_edge(from, to);
}

void Builder::branch(ValueId condition, BlockId then, BlockId otherwise, Span at) {
  BlockId from = current_;
  condition = assignable(condition, types::basic(BasicKind::kBool), at);
  if (current_ != from) from = current_;
  terminate(Op::kIf, at, {condition});
  add_edge(from, then);
  add_edge(from, otherwise);
}

void Builder::fail(Span at, std::string_view reason) {
  if (draft_.incomplete.empty()) {
    draft_.incomplete = reason;
    if (file_ && tree_) {
      std::string_view text = tree_->text();
      size_t end = std::min<size_t>(at.begin, text.size());
      auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(end), '\n');
      draft_.incomplete += " (line " + std::to_string(line) + ")";
    }
  }
  terminate(Op::kUnreachable, at);
}

ValueId Builder::poison(Span at, std::string_view reason) {
  fail(at, reason);
  return placeless(Op::kConst, types::kInvalidType, Value::kNoAux);
}

// ---- Values without a place ----

ValueId Builder::constant(types::ConstId value, TypeId type) {
  return placeless(Op::kConst, type, value.raw);
}

ValueId Builder::zero(TypeId type) { return placeless(Op::kConst, type, Value::kNoAux); }

ValueId Builder::integer(int64_t value, TypeId type) {
  return constant(cx_.constants.add(Constant(value)), type);
}

ValueId Builder::boolean(bool value) {
  return constant(cx_.constants.add(Constant(value)), types::basic(BasicKind::kBool));
}

ValueId Builder::function(FunctionId id) {
  return placeless(Op::kFunction, program_[id].signature, id.raw);
}

ValueId Builder::builtin(types::Builtin id, std::span<const TypeId> params, TypeId result) {
  types::Signature s;
  s.params = types().tuple_of(params);
  s.results = types().is(result, TypeKind::kTuple) ? result : types().tuple_of({&result, 1});
  return placeless(Op::kBuiltin, types().signature_of(s), static_cast<uint32_t>(id));
}

ValueId Builder::global(ObjectId object) {
  const types::Object& o = cx_.objects[object];
  TypeId type = o.type.exists() ? o.type : types::kInvalidType;
  if (is_invalid(type)) return poison({}, "the type of a package-level variable is not known");
  return placeless(Op::kGlobal, types().pointer_to(type), object.raw);
}

LocalId Builder::local(ObjectId object) {
  auto [it, fresh] = locals_.try_emplace(object, LocalId{});
  if (fresh) {
    it->second = LocalId{static_cast<uint32_t>(draft_.locals.size())};
    draft_.locals.push_back({cx_.objects[object].name, object});
  }
  return it->second;
}

LocalId Builder::synthetic(std::string_view name) {
  draft_.locals.push_back({cx_.names.intern(name), {}});
  return LocalId{static_cast<uint32_t>(draft_.locals.size() - 1)};
}

// ---- Memory ----

ValueId Builder::alloc(TypeId type, LocalId local, Span at, bool heap) {
  return emit(Op::kAlloc, types().pointer_to(type), at, {}, local.raw, heap ? Value::kHeap : 0);
}

ValueId Builder::load(ValueId address, Span at) {
  return emit(Op::kLoad, elem(type_of(address)), at, {address});
}

void Builder::store(ValueId address, ValueId value, Span at) {
  TypeId type = elem(type_of(address));
  value = assignable(value, type, at);
  emit(Op::kStore, {}, at, {address, value});
}

void Builder::declare(ObjectId object, ValueId value, Span at) {
  store(declare_zero(object, at), value, at);
}

ValueId Builder::declare_zero(ObjectId object, Span at) {
  ValueId address = alloc(object_type(object), local(object), at);
  variables_[object] = address;
  return address;
}

ValueId Builder::field(ValueId v, uint32_t index, Span at) {
  TypeId t = type_of(v);
  bool pointer = is_pointer(t);
  TypeId structure = core(pointer ? elem(t) : t);
  if (!types().is(structure, TypeKind::kStruct) || index >= types().fields(structure).size()) {
    return poison(at, "a selector of no struct");
  }
  TypeId type = types().fields(structure)[index].type;
  if (pointer) return emit(Op::kFieldAddr, types().pointer_to(type), at, {v}, index);
  return emit(Op::kField, type, at, {v}, index);
}

ValueId Builder::implicit_fields(ValueId v, std::span<const uint32_t> path, Span at) {
  for (uint32_t index : path) {
    bool pointer = is_pointer(type_of(v));
    v = field(v, index, at);
    // An embedded pointer is followed, an embedded struct stays where it is.
    if (pointer && is_pointer(elem(type_of(v)))) v = load(v, at);
  }
  return v;
}

ValueId Builder::extract(ValueId tuple, uint32_t index, Span at) {
  TypeId t = type_of(tuple);
  if (!types().is(t, TypeKind::kTuple) || index >= types().tuple(t).size()) {
    return poison(at, "a value that is no tuple");
  }
  return emit(Op::kExtract, types().tuple(t)[index], at, {tuple}, index);
}

ValueId Builder::call_builtin(types::Builtin id, std::span<const ValueId> args, TypeId result,
                              Span at) {
  std::vector<TypeId> params;
  for (ValueId a : args) params.push_back(type_of(a));
  std::vector<ValueId> operands{builtin(id, params, result)};
  operands.insert(operands.end(), args.begin(), args.end());
  return emit(Op::kCall, result, at, operands, Value::kNoAux, 0);
}

// ---- Conversions ----

ValueId Builder::assignable(ValueId v, TypeId to, Span at) {
  TypeId from = type_of(v);
  if (from == to) return v;
  if (from == types::kInvalidType || is_invalid(to)) return poison(at, "a type is not known");
  if (from == types::basic(BasicKind::kUntypedNil)) return zero(to);
  if (types::identical(cx_, from, to)) return v;
  if (is_interface(to)) {
    if (!is_interface(from)) return emit(Op::kMakeInterface, to, at, {v});
    bool same = types::identical(cx_, under(from), under(to));
    return emit(same ? Op::kChangeType : Op::kChangeInterface, to, at, {v});
  }
  return convert(v, to, at);
}

namespace {

// The value as a constant of basic type `kind`, if it has one.
std::optional<Constant> constant_as(types::Context& cx, const Constant& value, BasicKind kind) {
  types::ConstantPool& pool = cx.constant_pool;
  auto word = static_cast<unsigned>(cx.sizes.word * 8);
  bool number = value.is_numeric();
  switch (kind) {
    case BasicKind::kBool:
      if (value.kind() == ConstantKind::kBool) return value;
      return std::nullopt;
    case BasicKind::kString:
      if (value.kind() == ConstantKind::kString) return value;
      return std::nullopt;
    case BasicKind::kInt:
      return number ? pool.round_to_integer(value, word, true) : std::nullopt;
    case BasicKind::kInt8:
      return number ? pool.round_to_integer(value, 8, true) : std::nullopt;
    case BasicKind::kInt16:
      return number ? pool.round_to_integer(value, 16, true) : std::nullopt;
    case BasicKind::kInt32:
      return number ? pool.round_to_integer(value, 32, true) : std::nullopt;
    case BasicKind::kInt64:
      return number ? pool.round_to_integer(value, 64, true) : std::nullopt;
    case BasicKind::kUint:
    case BasicKind::kUintptr:
      return number ? pool.round_to_integer(value, word, false) : std::nullopt;
    case BasicKind::kUint8:
      return number ? pool.round_to_integer(value, 8, false) : std::nullopt;
    case BasicKind::kUint16:
      return number ? pool.round_to_integer(value, 16, false) : std::nullopt;
    case BasicKind::kUint32:
      return number ? pool.round_to_integer(value, 32, false) : std::nullopt;
    case BasicKind::kUint64:
      return number ? pool.round_to_integer(value, 64, false) : std::nullopt;
    case BasicKind::kFloat32:
      return number ? pool.round_to_float32(value) : std::nullopt;
    case BasicKind::kFloat64:
      return number ? pool.round_to_float64(value) : std::nullopt;
    case BasicKind::kComplex64:
      return number ? pool.round_to_complex64(value) : std::nullopt;
    case BasicKind::kComplex128:
      return number ? pool.round_to_complex128(value) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

ValueId Builder::convert(ValueId v, TypeId to, Span at) {
  TypeId from = type_of(v);
  if (from == to || types::identical(cx_, from, to)) return v;
  if (from == types::kInvalidType || is_invalid(to)) return poison(at, "a type is not known");
  if (from == types::basic(BasicKind::kUntypedNil)) return zero(to);
  bool generic = types::is_type_param(cx_, from) || types::is_type_param(cx_, to);
  if (is_interface(to) && !types::is_type_param(cx_, to)) return assignable(v, to, at);
  if (generic) return emit(Op::kConvert, to, at, {v});
  TypeId f = under(from);
  TypeId t = under(to);
  const Value& value = draft_[v];
  if (value.op == Op::kConst && t.raw < types::kBasicCount) {
    Constant c = value.aux == Value::kNoAux ? Constant{} : cx_.constants[types::ConstId{value.aux}];
    if (auto as = constant_as(cx_, c, static_cast<BasicKind>(t.raw)); as && !as->is_unknown()) {
      return constant(cx_.constants.add(*as), to);
    }
  }
  TypeKind from_kind = types().kind(f);
  TypeKind to_kind = types().kind(t);
  if (from_kind == TypeKind::kSlice &&
      (to_kind == TypeKind::kArray || to_kind == TypeKind::kPointer)) {
    if (to_kind == TypeKind::kPointer) return emit(Op::kSliceToArrayPointer, to, at, {v});
    if (types().array_length(t) == 0) return zero(to);
    return load(emit(Op::kSliceToArrayPointer, types().pointer_to(to), at, {v}), at);
  }
  if (from_kind == to_kind && (from_kind != TypeKind::kBasic || f == t)) {
    return emit(Op::kChangeType, to, at, {v});
  }
  bool good = false;
  switch (from_kind) {
    case TypeKind::kBasic:
      good = to_kind == TypeKind::kBasic || to_kind == TypeKind::kSlice ||
             to_kind == TypeKind::kPointer;
      break;
    case TypeKind::kSlice:
    case TypeKind::kPointer:
      good = to_kind == TypeKind::kBasic;
      break;
    default:
      break;
  }
  if (!good) return poison(at, "a conversion that does not exist");
  return emit(Op::kConvert, to, at, {v});
}

// ---- Operators ----

ValueId Builder::binary(Token op, ValueId x, ValueId y, TypeId type, Span at) {
  ValueId v = emit(Op::kBinary, type, at, {x, y});
  draft_[v].sub = op;
  return v;
}

ValueId Builder::compare(Token op, ValueId x, ValueId y, Span at) {
  TypeId a = type_of(x);
  TypeId b = type_of(y);
  if (a != b && !types::identical(cx_, a, b)) {
    TypeId nil = types::basic(BasicKind::kUntypedNil);
    bool x_constant = draft_[x].op == Op::kConst;
    if (a == nil || (is_interface(b) && !is_interface(a))) {
      x = assignable(x, b, at);
    } else if (b == nil || is_interface(a)) {
      y = assignable(y, a, at);
    } else if (x_constant && draft_[y].op != Op::kConst) {
      x = assignable(x, b, at);
    } else if (types().is(b, TypeKind::kNamed) && !types().is(a, TypeKind::kNamed)) {
      x = assignable(x, b, at);
    } else if (types().is(core(a), TypeKind::kChan) && types().is(core(b), TypeKind::kChan) &&
               types().chan_dir(core(a)) == types::ChanDir::kBoth) {
      x = assignable(x, b, at);
    } else {
      y = assignable(y, a, at);
    }
  }
  return binary(op, x, y, types::basic(BasicKind::kBool), at);
}

ValueId Builder::arithmetic(Token op, ValueId x, ValueId y, TypeId type, Span at) {
  x = assignable(x, type, at);
  if (!syntax::is_shift(op)) {
    y = assignable(y, type, at);
  } else if (draft_[y].op == Op::kConst && !types::all_integer(cx_, type_of(y))) {
    y = convert(y, types::basic(BasicKind::kUint), at);  // x << 1.0
  }
  return binary(op, x, y, type, at);
}

}  // namespace unpark::ssa
