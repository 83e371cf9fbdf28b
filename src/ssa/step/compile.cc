// From a body to Code: gives every value a register, and every instruction its handler. One pass
// over the values, one over the blocks; linear in the body.
#include <algorithm>

#include "ssa/step/natives.h"
#include "ssa/step/ops.h"
#include "types/predicates.h"

namespace unpark::ssa::step {

using types::Builtin;

struct Image::Compiler {
  Image& image;
  Code& code;
  const Body& body;
  types::Context& cx;
  std::vector<int32_t> reg;
  std::vector<uint32_t> block_pc;
  struct Patch {
    uint32_t inst;
    bool second;
    BlockId to;
  };
  std::vector<Patch> patches;
  ValueId current;
  uint32_t end = 0;  // of the frame so far

  Compiler(Image& im, Code& c, const Body& b)
      : image(im), code(c), body(b), cx(im.context()), reg(b.values.size(), -1) {}

  const Layout& layout(TypeId t) { return image.layouts_.of(t); }
  const Layout& layout_of(ValueId v) { return layout(body[v].type); }
  const Value& operator[](ValueId v) const { return body[v]; }
  ValueId operand(const Value& v, uint32_t i) { return body.operands(v)[i]; }
  int32_t in(const Value& v, uint32_t i) { return reg[operand(v, i).raw]; }

  int32_t take(uint64_t size) {
    uint32_t at = end;
    end += std::max<uint32_t>(8, word_up(size));
    return static_cast<int32_t>(at);
  }
  Inst& emit(Handler h, int32_t dst = -1, int32_t a = -1, int32_t b = -1, int32_t c = -1) {
    Inst i;
    i.run = h;
    i.dst = dst;
    i.a = a;
    i.b = b;
    i.c = c;
    i.value = current.raw;
    code.insts.push_back(i);
    return code.insts.back();
  }
  uint32_t here() const { return static_cast<uint32_t>(code.insts.size()); }

  // An integer operand as 64 bits.
  int32_t wide(ValueId v) {
    const Layout& l = layout_of(v);
    if (!l.is_integer() && body[v].op == Op::kConst && body[v].aux != Value::kNoAux) {
      // An untyped constant such as 1.0 that stands for an integer.
      types::Constant n = cx.constant_pool.to_int(cx.constants[types::ConstId{body[v].aux}]);
      uint64_t bits = 0;
      if (auto i = types::int64_value(n)) bits = static_cast<uint64_t>(*i);
      if (auto u = types::uint64_value(n)) bits = *u;
      int32_t dst = take(8);
      Inst& i = emit(op::number, dst);
      i.aux = static_cast<uint32_t>(bits);
      i.aux2 = static_cast<uint32_t>(bits >> 32);
      return dst;
    }
    if (l.size == 8 || !l.is_integer()) return reg[v.raw];
    int32_t dst = take(8);
    emit(extend_handler(l.size, l.is_signed()), dst, reg[v.raw]);
    return dst;
  }
  bool is_unsigned(ValueId v) { return layout_of(v).is_unsigned() || !layout_of(v).is_integer(); }

  void copy(int32_t from, int32_t to, uint64_t size) {
    if (size == 0 || from == to) return;
    emit(size == 8 ? op::move_word : op::move, to, from).size = static_cast<uint32_t>(size);
  }

  void run();
  void place_values();
  void block(BlockId id);
  void edge(BlockId from, BlockId to, bool second);
  void jump_to(BlockId from, BlockId to, bool second = false);
  void instruction(ValueId id);
  bool memory(ValueId id, const Value& v);
  bool structure(ValueId id, const Value& v);
  bool control(ValueId id, const Value& v);
  void convert(ValueId id, const Value& v);
  uint32_t call_site(const Value& v, uint32_t count);
  void builtin(ValueId id, const Value& v);
  void select(ValueId id, const Value& v);
  uint32_t list(std::span<const ValueId> values);
};

void Image::Compiler::place_values() {
  uint32_t index = 0;
  for (; index < body.param_count; index++) {
    const Layout& l = layout(body.values[index].type);
    code.param_offsets.push_back(end);
    code.param_types.push_back(body.values[index].type);
    reg[index] = static_cast<int32_t>(end);
    end += word_up(l.size);
  }
  code.params_size = end;
  for (uint32_t i = 0; i < body.free_var_count; i++, index++) {
    reg[index] = static_cast<int32_t>(end);
    end += word_up(layout(body.values[index].type).size);
  }
  code.free_size = end - code.params_size;
  for (; index < body.first_instruction; index++) {
    const Value& v = body.values[index];
    const Layout& l = layout(v.type);
    if (v.op == Op::kBuiltin) continue;
    int32_t at = take(l.size);
    reg[index] = at;
    uint32_t start = static_cast<uint32_t>(at) - code.params_size - code.free_size;
    code.constants.resize(start + std::max<uint32_t>(8, word_up(l.size)));
    uint8_t* out = code.constants.data() + start;
    Word word = 0;
    switch (v.op) {
      case Op::kConst:
        if (v.aux != Value::kNoAux) {
          image.write_constant(cx.constants[types::ConstId{v.aux}], l, out);
        }
        continue;
      case Op::kGlobal:
        word = image.global(ObjectId{v.aux});
        break;
      case Op::kFunction:
        word = image.closure_of(FunctionId{v.aux});
        break;
      default:
        continue;
    }
    std::memcpy(out, &word, sizeof word);
  }
}

void Image::Compiler::run() {
  place_values();
  block_pc.assign(body.blocks.size(), UINT32_MAX);
  // Registers first: phis may name values of later blocks.
  for (uint32_t index = body.first_instruction; index < body.values.size(); index++) {
    const Value& v = body.values[index];
    if (!has_result(v.op) || !v.type.exists()) continue;
    switch (v.op) {
      case Op::kChangeType:
      case Op::kChangeInterface:
      case Op::kExtract:
      case Op::kField:
        continue;  // part of another register
      case Op::kRange:
        reg[index] = take(24);
        break;
      default:
        reg[index] = take(layout(v.type).size);
    }
  }
  // A definition stands in a block that dominates this one, not always before it in the list: go on
  // until every alias is known.
  for (bool again = true; again;) {
    again = false;
    for (uint32_t index = body.first_instruction; index < body.values.size(); index++) {
      const Value& v = body.values[index];
      if (reg[index] >= 0) continue;
      if (v.op != Op::kChangeType && v.op != Op::kChangeInterface && v.op != Op::kExtract &&
          v.op != Op::kField) {
        continue;
      }
      int32_t whole = in(v, 0);
      if (whole < 0) {
        again = true;
        continue;
      }
      uint32_t offset = 0;
      if (v.op == Op::kExtract || v.op == Op::kField) {
        offset = layout_of(operand(v, 0)).offsets[v.aux];
      }
      reg[index] = whole + static_cast<int32_t>(offset);
    }
  }
  for (uint32_t b = 0; b < body.blocks.size(); b++) block(BlockId{b});
  for (const Patch& p : patches) {
    Inst& i = code.insts[p.inst];
    (p.second ? i.aux2 : i.aux) = block_pc[p.to.raw];
  }
  if (body.recover.exists()) {
    current = ValueId{0};
    code.recover_pc = here();
    emit(op::run_defers);
    emit(op::jump).aux = block_pc[body.recover.raw];
  }
  code.has_defer = body.has_defer;
  code.frame_size = end;
}

void Image::Compiler::block(BlockId id) {
  block_pc[id.raw] = here();
  const Block& b = body[id];
  for (uint32_t i = 0; i < b.count; i++) {
    current = ValueId{b.first.raw + i};
    const Value& v = body[current];
    switch (v.op) {
      case Op::kPhi:
        break;
      case Op::kJump:
        jump_to(id, b.succs[0]);
        break;
      case Op::kIf: {
        uint32_t branch = here();
        emit(op::branch, -1, in(v, 0));
        for (int side = 0; side < 2; side++) {
          BlockId to = b.succs[side];
          if (body[to].count && body[body[to].first].op == Op::kPhi) {
            (side ? code.insts[branch].aux2 : code.insts[branch].aux) = here();
            jump_to(id, to, side == 1 && b.succs[0] == to);
          } else {
            patches.push_back({branch, side == 1, to});
          }
        }
        break;
      }
      default:
        instruction(current);
    }
  }
}

void Image::Compiler::jump_to(BlockId from, BlockId to, bool second) {
  edge(from, to, second);
  patches.push_back({here(), false, to});
  emit(op::jump);
}

// `second`: the second edge between the two.
void Image::Compiler::edge(BlockId from, BlockId to, bool second) {
  const Block& b = body[to];
  std::span<const BlockId> preds = body.preds(to);
  auto pred = std::find(preds.begin(), preds.end(), from);
  if (second) pred = std::find(pred + 1, preds.end(), from);
  uint32_t which = static_cast<uint32_t>(pred - preds.begin());
  std::vector<Move> moves;
  for (uint32_t i = 0; i < b.count; i++) {
    ValueId id{b.first.raw + i};
    if (body[id].op != Op::kPhi) break;
    int32_t from_reg = in(body[id], which);
    uint32_t size = static_cast<uint32_t>(layout_of(id).size);
    if (from_reg != reg[id.raw] && size) moves.push_back({from_reg, reg[id.raw], size});
  }
  if (moves.empty()) return;
  if (moves.size() == 1) {
    copy(moves[0].from, moves[0].to, moves[0].size);
    return;
  }
  bool clash = false;
  for (size_t i = 0; i < moves.size(); i++) {
    for (size_t j = i + 1; j < moves.size(); j++) {
      clash |= moves[j].from < moves[i].to + static_cast<int32_t>(moves[i].size) &&
               moves[i].to < moves[j].from + static_cast<int32_t>(moves[j].size);
    }
  }
  Inst& i = emit(clash ? op::moves_at_once : op::moves);
  i.aux = static_cast<uint32_t>(code.moves.size());
  i.aux2 = static_cast<uint32_t>(moves.size());
  code.moves.insert(code.moves.end(), moves.begin(), moves.end());
}

void Image::Compiler::instruction(ValueId id) {
  const Value& v = body[id];
  if (memory(id, v) || structure(id, v) || control(id, v)) return;
  emit(op::fail);
}

bool Image::Compiler::memory(ValueId id, const Value& v) {
  int32_t dst = reg[id.raw];
  switch (v.op) {
    case Op::kAlloc:
      emit(v.is(Value::kHeap) ? op::alloc : op::alloc_again, dst).aux =
          cx.types.elem(cx.types.under(v.type)).raw;
      return true;
    case Op::kLoad: {
      const Layout& l = layout(v.type);
      Inst& i = emit(load_handler(l.size), dst, in(v, 0));
      i.size = static_cast<uint32_t>(l.size);
      return true;
    }
    case Op::kStore: {
      const Layout& l = layout_of(operand(v, 1));
      Inst& i = emit(store_handler(l.size), -1, in(v, 0), in(v, 1));
      i.size = static_cast<uint32_t>(l.size);
      return true;
    }
    case Op::kFieldAddr: {
      const Layout& s = layout(cx.types.elem(cx.types.under(body[operand(v, 0)].type)));
      emit(op::field_addr, dst, in(v, 0)).size = s.offsets[v.aux];
      return true;
    }
    case Op::kIndexAddr: {
      const Layout& x = layout_of(operand(v, 0));
      int32_t index = wide(operand(v, 1));
      bool slice = x.kind == TypeKind::kSlice;
      TypeId elem = slice ? x.elem : layout(x.elem).elem;
      Inst& i = emit(slice ? op::index_addr_slice : op::index_addr_array, dst, in(v, 0), index);
      i.size = static_cast<uint32_t>(layout(elem).size);
      i.aux = is_unsigned(operand(v, 1));
      if (!slice) i.aux2 = static_cast<uint32_t>(layout(x.elem).length);
      return true;
    }
    case Op::kIndex: {
      const Layout& x = layout_of(operand(v, 0));
      int32_t index = wide(operand(v, 1));
      Inst& i = emit(x.is_string() ? op::index_string : op::index_array, dst, in(v, 0), index);
      i.aux = is_unsigned(operand(v, 1));
      i.size = static_cast<uint32_t>(layout(v.type).size);
      i.aux2 = static_cast<uint32_t>(x.length);
      return true;
    }
    case Op::kSlice: {
      const Layout& x = layout_of(operand(v, 0));
      int32_t bound[3] = {-1, -1, -1};
      for (uint32_t k = 0; k < 3; k++) {
        if (k + 1 < v.operand_count && operand(v, k + 1).exists()) {
          bound[k] = wide(operand(v, k + 1));
        }
      }
      Handler h = x.is_string()                ? op::slice_string
                  : x.kind == TypeKind::kSlice ? op::slice_slice
                                               : op::slice_array;
      Inst& i = emit(h, dst, in(v, 0), bound[0], bound[1]);
      i.aux = static_cast<uint32_t>(bound[2]);
      if (x.kind == TypeKind::kSlice) i.size = static_cast<uint32_t>(layout(x.elem).size);
      if (x.kind == TypeKind::kPointer) {
        i.size = static_cast<uint32_t>(layout(layout(x.elem).elem).size);
        i.aux2 = static_cast<uint32_t>(layout(x.elem).length);
      }
      return true;
    }
    case Op::kSliceToArrayPointer:
      emit(op::slice_to_array, dst, in(v, 0)).aux =
          static_cast<uint32_t>(layout(layout(v.type).elem).length);
      return true;
    case Op::kMakeSlice: {
      int32_t len = wide(operand(v, 0));
      int32_t cap = operand(v, 1) == operand(v, 0) ? len : wide(operand(v, 1));
      emit(op::make_slice, dst, len, cap).aux = layout(v.type).elem.raw;
      return true;
    }
    default:
      return false;
  }
}

bool Image::Compiler::structure(ValueId id, const Value& v) {
  int32_t dst = reg[id.raw];
  switch (v.op) {
    case Op::kChangeType:
    case Op::kChangeInterface:
    case Op::kExtract:
    case Op::kField:
      return true;
    case Op::kBinary: {
      ValueId x = operand(v, 0);
      // nil may come with the type of the other side or without one.
      const Layout& l = layout_of(x).basic == BasicKind::kInvalid && !body[x].type.exists()
                            ? layout_of(operand(v, 1))
                            : layout_of(x);
      bool shift = v.sub == syntax::Token::kShl || v.sub == syntax::Token::kShr;
      int32_t right = shift ? wide(operand(v, 1)) : in(v, 1);
      Handler h = binary_handler(v.sub, l);
      Inst& i = emit(h ? h : op::fail, dst, in(v, 0), right);
      i.aux = shift ? !is_unsigned(operand(v, 1)) : l.type.raw;
      i.size = static_cast<uint32_t>(l.size);
      return true;
    }
    case Op::kUnary: {
      Handler h = unary_handler(v.sub, layout_of(operand(v, 0)));
      emit(h ? h : op::fail, dst, in(v, 0));
      return true;
    }
    case Op::kConvert:
      convert(id, v);
      return true;
    case Op::kMakeInterface:
      emit(op::make_interface, dst, in(v, 0)).aux =
          image.layouts_.canonical(body[operand(v, 0)].type).raw;
      return true;
    case Op::kTypeAssert: {
      TypeId asserted{v.aux};
      const Layout& l = layout(asserted);
      int32_t ok =
          v.is(Value::kCommaOk) ? dst + static_cast<int32_t>(layout(v.type).offsets[1]) : -1;
      Inst& i = emit(l.kind == TypeKind::kInterface ? op::assert_interface : op::assert_concrete,
                     dst, in(v, 0), -1, ok);
      i.aux = l.type.raw;
      i.aux2 = body[operand(v, 0)].type.raw;
      return true;
    }
    case Op::kMakeClosure: {
      uint32_t first = static_cast<uint32_t>(code.moves.size());
      int32_t to = 8;
      for (ValueId x : body.operands(v)) {
        uint32_t size = static_cast<uint32_t>(layout_of(x).size);
        code.moves.push_back({reg[x.raw], to, size});
        to += static_cast<int32_t>(word_up(size));
      }
      Inst& i = emit(op::make_closure, dst, to);
      i.aux = v.aux;
      i.aux2 = first;
      i.size = v.operand_count;
      return true;
    }
    case Op::kMakeMap:
      emit(op::make_map, dst, v.operand_count ? wide(operand(v, 0)) : -1).aux =
          image.layouts_.canonical(v.type).raw;
      return true;
    case Op::kMakeChan:
      emit(op::make_chan, dst, wide(operand(v, 0))).aux = image.layouts_.canonical(v.type).raw;
      return true;
    case Op::kLookup: {
      int32_t ok =
          v.is(Value::kCommaOk) ? dst + static_cast<int32_t>(layout(v.type).offsets[1]) : -1;
      emit(op::lookup, dst, in(v, 0), in(v, 1), ok).aux =
          image.layouts_.canonical(body[operand(v, 0)].type).raw;
      return true;
    }
    case Op::kMapUpdate:
      emit(op::map_update, -1, in(v, 0), in(v, 1), in(v, 2)).aux =
          image.layouts_.canonical(body[operand(v, 0)].type).raw;
      return true;
    case Op::kNilCheck:
      copy(in(v, 0), dst, 8);
      emit(op::nil_check, -1, in(v, 0)).aux = v.aux;
      return true;
    case Op::kRange:
      emit(layout_of(operand(v, 0)).is_string() ? op::range_string : op::range_map, dst, in(v, 0));
      return true;
    case Op::kNext: {
      const Layout& t = layout(v.type);
      ValueId over = operand(body[operand(v, 0)], 0);
      Inst& i =
          emit(layout_of(over).is_string() ? op::next_string : op::next_map, dst, in(v, 0),
               dst + static_cast<int32_t>(t.offsets[1]), dst + static_cast<int32_t>(t.offsets[2]));
      i.aux = static_cast<uint32_t>(layout(t.fields[1]).size);
      i.aux2 = static_cast<uint32_t>(layout(t.fields[2]).size);
      return true;
    }
    default:
      return false;
  }
}

void Image::Compiler::convert(ValueId id, const Value& v) {
  const Layout& from = layout_of(operand(v, 0));
  const Layout& to = layout(v.type);
  Handler h = convert_handler(from, to);
  Inst& i = emit(h ? h : op::fail, reg[id.raw], in(v, 0));
  i.aux = to.type.raw;
  i.size = static_cast<uint32_t>(to.size);
  i.aux2 = from.is_unsigned();
}

uint32_t Image::Compiler::call_site(const Value& v, uint32_t count) {
  CallSite site;
  ValueId callee = operand(v, 0);
  uint32_t first = 1;
  if (v.is(Value::kInvoke)) {
    site.kind = CallSite::kInvoke;
    site.callee = reg[callee.raw];
    site.method = ObjectId{v.aux};
  } else if (body[callee].op == Op::kFunction) {
    site.kind = CallSite::kStatic;
    site.function = FunctionId{body[callee].aux};
  } else if (body[callee].op == Op::kBuiltin) {
    site.kind = CallSite::kStatic;
    std::vector<TypeId> params;
    for (uint32_t k = 1; k < count; k++) params.push_back(body[operand(v, k)].type);
    site.code = image.code_of_builtin(static_cast<Builtin>(body[callee].aux), params);
  } else {
    site.kind = CallSite::kClosure;
    site.callee = reg[callee.raw];
  }
  uint32_t to = 0;
  for (uint32_t k = first; k < count; k++) {
    ValueId x = operand(v, k);
    uint32_t size = static_cast<uint32_t>(layout_of(x).size);
    if (size) site.args.push_back({reg[x.raw], static_cast<int32_t>(to), size});
    to += word_up(size);
  }
  site.args_size = to;
  code.calls.push_back(std::move(site));
  return static_cast<uint32_t>(code.calls.size() - 1);
}

uint32_t Image::Compiler::list(std::span<const ValueId> values) {
  uint32_t first = static_cast<uint32_t>(code.moves.size());
  int32_t to = 0;
  for (ValueId x : values) {
    uint32_t size = static_cast<uint32_t>(layout_of(x).size);
    code.moves.push_back({reg[x.raw], to, size});
    to += static_cast<int32_t>(word_up(size));
  }
  return first;
}

void Image::Compiler::builtin(ValueId id, const Value& v) {
  uint32_t first = static_cast<uint32_t>(code.moves.size());
  for (uint32_t k = 1; k < v.operand_count; k++) {
    ValueId x = operand(v, k);
    // The lengths of unsafe.Slice and the like come as 64 bits.
    Builtin b = static_cast<Builtin>(body[operand(v, 0)].aux);
    bool number = k == 2 && (b == Builtin::kAdd || b == Builtin::kSlice || b == Builtin::kString);
    int32_t r = number ? wide(x) : reg[x.raw];
    code.moves.push_back({r, static_cast<int32_t>(body[x].type.raw), 0});
  }
  Builtin which = static_cast<Builtin>(body[operand(v, 0)].aux);
  Handler h = builtin_handler(which);
  Inst& i = emit(h ? h : op::fail, reg[id.raw]);
  i.aux = first;
  i.aux2 = static_cast<uint32_t>(code.moves.size());
  if (v.type.exists()) i.size = static_cast<uint32_t>(layout(v.type).size);
  i.c = v.type.exists() ? static_cast<int32_t>(v.type.raw) : -1;
}

void Image::Compiler::select(ValueId id, const Value& v) {
  SelectSite site;
  site.blocking = v.is(Value::kBlocking);
  const Layout& t = layout(v.type);
  uint32_t received = 2;
  for (uint32_t k = 0; k + 1 < v.operand_count; k += 2) {
    SelectSite::Case c;
    c.channel = in(v, k);
    ValueId value = operand(v, k + 1);
    if (value.exists()) {
      c.value = reg[value.raw];
      c.size = static_cast<uint32_t>(layout_of(value).size);
    } else {
      c.dst = reg[id.raw] + static_cast<int32_t>(t.offsets[received]);
      c.size = static_cast<uint32_t>(layout(t.fields[received]).size);
      received++;
    }
    site.cases.push_back(c);
  }
  code.selects.push_back(std::move(site));
  emit(op::select, reg[id.raw], -1, -1, reg[id.raw] + static_cast<int32_t>(t.offsets[1])).aux =
      static_cast<uint32_t>(code.selects.size() - 1);
}

bool Image::Compiler::control(ValueId id, const Value& v) {
  int32_t dst = reg[id.raw];
  switch (v.op) {
    case Op::kCall:
      if (body[operand(v, 0)].op == Op::kBuiltin && !v.is(Value::kInvoke)) {
        builtin(id, v);
      } else {
        uint32_t site = call_site(v, v.operand_count);
        emit(op::call, dst).aux = site;
      }
      return true;
    case Op::kGo: {
      uint32_t site = call_site(v, v.operand_count);
      emit(op::go).aux = site;
      return true;
    }
    case Op::kDefer: {
      bool on_stack = v.is(Value::kOnStack);
      uint32_t site = call_site(v, v.operand_count - on_stack);
      emit(op::defer, -1, on_stack ? in(v, v.operand_count - 1) : -1).aux = site;
      return true;
    }
    case Op::kDeferStack:
      emit(op::defer_stack, dst);
      return true;
    case Op::kRunDefers:
      emit(op::run_defers);
      return true;
    case Op::kSend: {
      Inst& i = emit(op::send, -1, in(v, 0), in(v, 1));
      i.size = static_cast<uint32_t>(layout_of(operand(v, 1)).size);
      return true;
    }
    case Op::kRecv: {
      bool comma = v.is(Value::kCommaOk);
      const Layout& t = layout(v.type);
      Inst& i =
          emit(op::recv, dst, in(v, 0), -1, comma ? dst + static_cast<int32_t>(t.offsets[1]) : -1);
      i.size = static_cast<uint32_t>(comma ? layout(t.fields[0]).size : t.size);
      return true;
    }
    case Op::kSelect:
      select(id, v);
      return true;
    case Op::kReturn: {
      uint32_t first = list(body.operands(v));
      Inst& i = emit(op::ret);
      i.aux = first;
      i.aux2 = v.operand_count;
      return true;
    }
    case Op::kPanic:
      emit(v.is(Value::kRangeState) ? op::panic_range : op::panic, -1,
           v.is(Value::kRangeState) ? wide(operand(v, 0)) : in(v, 0));
      return true;
    case Op::kUnreachable:
      emit(op::fail);
      return true;
    default:
      return false;
  }
}

// Parameters and results as the signature gives them.
void lay_out_signature(Layouts& layouts, TypeId signature, Code& code, bool params) {
  types::TypeStore& store = layouts.context().types;
  if (!store.is(signature, TypeKind::kSignature)) return;
  const types::Signature& s = store.signature(signature);
  if (params) {
    uint32_t at = 0;
    for (TypeId t : store.tuple(s.params)) {
      code.param_offsets.push_back(at);
      code.param_types.push_back(t);
      at += word_up(layouts.of(t).size);
    }
    code.params_size = at;
  }
  uint32_t at = 0;
  for (TypeId t : store.tuple(s.results)) {
    code.result_offsets.push_back(at);
    code.result_types.push_back(t);
    at += word_up(layouts.of(t).size);
  }
  code.results_size = at;
}

namespace {

// A frame that calls a native and returns what it set.
void make_native(Code& code, NativeFn fn) {
  constexpr uint32_t kScratch = 64;
  code.native = fn;
  code.native_results = code.params_size + code.free_size;
  code.native_scratch = code.native_results + code.results_size;
  code.frame_size = code.native_scratch + kScratch;
  Inst call;
  call.run = op::native;
  code.insts.push_back(call);
  Inst ret;
  ret.run = op::ret;
  ret.aux = 0;
  ret.aux2 = static_cast<uint32_t>(code.result_offsets.size());
  for (size_t i = 0; i < code.result_offsets.size(); i++) {
    uint32_t next =
        i + 1 < code.result_offsets.size() ? code.result_offsets[i + 1] : code.results_size;
    code.moves.push_back({static_cast<int32_t>(code.native_results + code.result_offsets[i]),
                          static_cast<int32_t>(code.result_offsets[i]),
                          next - code.result_offsets[i]});
  }
  code.insts.push_back(ret);
}

}  // namespace

uint32_t Image::add_code(std::unique_ptr<Code> code) {
  codes_.push_back(std::move(code));
  return static_cast<uint32_t>(codes_.size() - 1);
}

uint32_t Image::code_of(FunctionId function) {
  if (auto it = code_by_function_.find(function); it != code_by_function_.end()) {
    return it->second;
  }
  auto made = std::make_unique<Code>();
  Code& code = *made;
  code.function = function;
  code.name = program_.name_of(function);
  uint32_t number = add_code(std::move(made));
  code_by_function_[function] = number;
  const Function& fn = program_[function];
  std::string general = code.name;
  // Natives of generic functions are found without the type arguments.
  if (!fn.type_args.empty() && fn.origin.exists()) general = program_.name_of(fn.origin);
  if (fn.kind == FunctionKind::kDeclared) {
    if (const char* other = stand_in(general)) {
      std::string_view name(other);
      size_t dot = name.rfind('.');
      ObjectId o = find_object(name.substr(0, dot), name.substr(dot + 1));
      if (o.exists() && context().objects[o].kind == types::ObjectKind::kFunc) {
        uint32_t same = code_of(program_.function_of(o));
        code_by_function_[function] = same;
        return same;
      }
    }
    if (NativeFn n = native(general)) {
      lay_out_signature(layouts_, fn.signature, code, true);
      make_native(code, n);
      return number;
    }
  }
  const Body& body = program_.body(function);
  code.body = &body;
  code.wrapper = fn.kind == FunctionKind::kMethodWrapper || fn.kind == FunctionKind::kBoundMethod;
  lay_out_signature(layouts_, fn.signature, code, body.blocks.empty());
  if (body.blocks.empty()) {
    code.frame_size = code.params_size + 8;
    Inst fail;
    fail.run = op::fail;
    code.insts.push_back(fail);
    return number;
  }
  Compiler{*this, code, body}.run();
  return number;
}

uint32_t Image::code_of_builtin(Builtin id, std::span<const TypeId> params) {
  auto made = std::make_unique<Code>();
  Code& code = *made;
  code.name = "builtin";
  code.calls_recover_for_caller = id == Builtin::kRecover;
  uint32_t at = 0;
  for (TypeId t : params) {
    code.param_offsets.push_back(at);
    code.param_types.push_back(t);
    code.moves.push_back({static_cast<int32_t>(at), static_cast<int32_t>(t.raw), 0});
    at += word_up(layouts_.of(t).size);
  }
  code.params_size = at;
  Inst call;
  if (id == Builtin::kPanic) {
    call.run = op::panic;
    call.a = 0;
  } else {
    Handler h = builtin_handler(id);
    call.run = h ? h : op::fail;
    call.dst = static_cast<int32_t>(at);
    call.aux = 0;
    call.aux2 = static_cast<uint32_t>(params.size());
    if (id == Builtin::kRecover)
      call.c = static_cast<int32_t>(context().types.empty_interface().raw);
  }
  code.insts.push_back(call);
  Inst ret;
  ret.run = op::ret;
  code.insts.push_back(ret);
  code.frame_size = at + 64;
  return add_code(std::move(made));
}

Word Image::native_closure(std::string_view name, NativeFn fn, TypeId signature, uint64_t bound) {
  std::string key = std::string(name) + "#" + std::to_string(bound);
  if (auto it = strings_.find(key); it != strings_.end()) return it->second;
  auto made = std::make_unique<Code>();
  made->name = name;
  lay_out_signature(layouts_, signature, *made, true);
  made->free_size = 8;  // the bound word
  make_native(*made, fn);
  uint64_t words[2] = {closure_head(add_code(std::move(made))), bound};
  Word w = add_constant({reinterpret_cast<const char*>(words), sizeof words});
  strings_[key] = w;
  return w;
}

}  // namespace unpark::ssa::step
