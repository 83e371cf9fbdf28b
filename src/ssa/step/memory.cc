// Variables, addresses, slices.
#include "ssa/step/ops.h"
#include "types/predicates.h"

namespace unpark::ssa::step {

namespace {

template <typename T>
void load(Machine& m, const Inst& i) {
  if (uint8_t* p = m.at(m.get<Word>(i.a), sizeof(T))) std::memcpy(m.regs() + i.dst, p, sizeof(T));
}
template <typename T>
void store(Machine& m, const Inst& i) {
  if (uint8_t* p = m.at(m.get<Word>(i.a), sizeof(T))) std::memcpy(p, m.regs() + i.b, sizeof(T));
}
void load_bytes(Machine& m, const Inst& i) {
  if (uint8_t* p = m.at(m.get<Word>(i.a), i.size)) std::memcpy(m.regs() + i.dst, p, i.size);
}
void store_bytes(Machine& m, const Inst& i) {
  if (uint8_t* p = m.at(m.get<Word>(i.a), i.size)) std::memmove(p, m.regs() + i.b, i.size);
}

struct Words2 {
  uint64_t w[2];
};
struct Words3 {
  uint64_t w[3];
};

}  // namespace

Handler load_handler(uint64_t size) {
  switch (size) {
    case 0:
      return op::zero_size;
    case 1:
      return load<uint8_t>;
    case 2:
      return load<uint16_t>;
    case 4:
      return load<uint32_t>;
    case 8:
      return load<uint64_t>;
    case 16:
      return load<Words2>;
    case 24:
      return load<Words3>;
    default:
      return load_bytes;
  }
}

Handler store_handler(uint64_t size) {
  switch (size) {
    case 0:
      return op::zero_size;
    case 1:
      return store<uint8_t>;
    case 2:
      return store<uint16_t>;
    case 4:
      return store<uint32_t>;
    case 8:
      return store<uint64_t>;
    case 16:
      return store<Words2>;
    case 24:
      return store<Words3>;
    default:
      return store_bytes;
  }
}

namespace op {

void zero_size(Machine& m, const Inst& i) {
  if (m.get<Word>(i.a) == 0) m.panic_nil();
}

void alloc(Machine& m, const Inst& i) { m.set(i.dst, m.allocate(TypeId{i.aux})); }

void alloc_again(Machine& m, const Inst& i) {
  Word old = m.get<Word>(i.dst);
  if (object_of(old) > object_of(Heap::kZeroBase)) {
    Object& o = m.state().heap[object_of(old)];
    std::memset(o.data.get(), 0, o.size);
    return;
  }
  m.set(i.dst, m.allocate(TypeId{i.aux}));
}

void field_addr(Machine& m, const Inst& i) {
  Word p = m.get<Word>(i.a);
  if (object_of(p) == 0) return m.panic_nil();
  m.set(i.dst, p + i.size);
}

void index_addr_slice(Machine& m, const Inst& i) {
  GoSlice s = m.get<GoSlice>(i.a);
  int64_t k = m.get<int64_t>(i.b);
  if (static_cast<uint64_t>(k) >= static_cast<uint64_t>(s.len)) {
    return m.panic_index(k, s.len, i.aux);
  }
  m.set(i.dst, s.data + static_cast<uint64_t>(k) * i.size);
}

void index_addr_array(Machine& m, const Inst& i) {
  Word p = m.get<Word>(i.a);
  int64_t k = m.get<int64_t>(i.b);
  if (static_cast<uint64_t>(k) >= i.aux2) return m.panic_index(k, i.aux2, i.aux);
  if (object_of(p) == 0) return m.panic_nil();
  m.set(i.dst, p + static_cast<uint64_t>(k) * i.size);
}

void index_array(Machine& m, const Inst& i) {
  int64_t k = m.get<int64_t>(i.b);
  if (static_cast<uint64_t>(k) >= i.aux2) return m.panic_index(k, i.aux2, i.aux);
  std::memcpy(m.regs() + i.dst, m.regs() + i.a + static_cast<uint64_t>(k) * i.size, i.size);
}

void index_string(Machine& m, const Inst& i) {
  GoString s = m.get<GoString>(i.a);
  int64_t k = m.get<int64_t>(i.b);
  if (static_cast<uint64_t>(k) >= s.size) {
    return m.panic_index(k, static_cast<int64_t>(s.size), i.aux);
  }
  if (uint8_t* p = m.at(s.data + static_cast<uint64_t>(k), 1)) m.set(i.dst, *p);
}

namespace {

struct Bounds {
  int64_t low = 0, high = 0, max = 0;
};

// The bounds of x[b:c:max] where the operand has `len` elements and room for `cap`. False: a panic.
bool bounds(Machine& m, const Inst& i, int32_t max_reg, int64_t len, int64_t cap,
            std::string_view what, Bounds& out) {
  out.low = i.b >= 0 ? m.get<int64_t>(i.b) : 0;
  out.high = i.c >= 0 ? m.get<int64_t>(i.c) : len;
  out.max = max_reg >= 0 ? m.get<int64_t>(max_reg) : cap;
  bool three = max_reg >= 0;
  auto exceeds = [](int64_t x, int64_t limit) {
    return static_cast<uint64_t>(x) > static_cast<uint64_t>(limit);
  };
  auto fail = [&](std::string text) {
    m.panic_runtime("slice bounds out of range " + text);
    return false;
  };
  auto number = [](int64_t x) { return std::to_string(x); };
  std::string limit = " with " + std::string(what) + " " + number(cap);
  if (three && exceeds(out.max, cap)) {
    return fail("[::" + number(out.max) + "]" + (out.max < 0 ? "" : limit));
  }
  if (exceeds(out.high, out.max)) {
    if (three) {
      return fail("[:" + number(out.high) + ":" + (out.high < 0 ? "" : number(out.max)) + "]");
    }
    return fail("[:" + number(out.high) + "]" + (out.high < 0 ? "" : limit));
  }
  if (exceeds(out.low, out.high)) {
    std::string text = "[" + number(out.low) + ":" + (out.low < 0 ? "" : number(out.high));
    return fail(text + (three ? ":]" : "]"));
  }
  return true;
}

}  // namespace

void slice_string(Machine& m, const Inst& i) {
  GoString s = m.get<GoString>(i.a);
  int64_t len = static_cast<int64_t>(s.size);
  Bounds b;
  if (!bounds(m, i, -1, len, len, "length", b)) return;
  // Nothing is left of an empty one to point to.
  uint64_t skip = b.low == b.high ? 0 : static_cast<uint64_t>(b.low);
  m.set(i.dst, GoString{s.data + skip, static_cast<uint64_t>(b.high - b.low)});
}

void slice_slice(Machine& m, const Inst& i) {
  GoSlice s = m.get<GoSlice>(i.a);
  Bounds b;
  if (!bounds(m, i, static_cast<int32_t>(i.aux), s.len, s.cap, "capacity", b)) return;
  // Behind the last element there is nothing to point to.
  uint64_t skip = b.max == b.low ? 0 : static_cast<uint64_t>(b.low) * i.size;
  m.set(i.dst, GoSlice{s.data + skip, b.high - b.low, b.max - b.low});
}

void slice_array(Machine& m, const Inst& i) {
  Word p = m.get<Word>(i.a);
  if (object_of(p) == 0) return m.panic_nil();
  Bounds b;
  if (!bounds(m, i, static_cast<int32_t>(i.aux), i.aux2, i.aux2, "length", b)) return;
  uint64_t skip = b.max == b.low ? 0 : static_cast<uint64_t>(b.low) * i.size;
  m.set(i.dst, GoSlice{p + skip, b.high - b.low, b.max - b.low});
}

void slice_to_array(Machine& m, const Inst& i) {
  GoSlice s = m.get<GoSlice>(i.a);
  if (s.len < static_cast<int64_t>(i.aux)) {
    return m.panic_runtime("cannot convert slice with length " + std::to_string(s.len) +
                           " to array or pointer to array with length " + std::to_string(i.aux));
  }
  m.set(i.dst, s.data);
}

void make_slice(Machine& m, const Inst& i) {
  const Layout& e = m.layout(TypeId{i.aux});
  int64_t len = m.get<int64_t>(i.a);
  int64_t cap = m.get<int64_t>(i.b);
  uint64_t most = e.size ? (uint64_t{1} << 47) / e.size : INT64_MAX;
  if (len < 0 || static_cast<uint64_t>(len) > most) {
    return m.panic_runtime("makeslice: len out of range");
  }
  if (cap < len || static_cast<uint64_t>(cap) > most) {
    return m.panic_runtime("makeslice: cap out of range");
  }
  Word data = m.allocate_bytes(e.size * static_cast<uint64_t>(cap), e.type, e.has_pointers);
  m.set(i.dst, GoSlice{data, len, cap});
}

void make_closure(Machine& m, const Inst& i) {
  Word w = m.allocate_bytes(static_cast<uint64_t>(i.a), types::basic(BasicKind::kUintptr), true);
  uint8_t* p = m.at(w, static_cast<uint64_t>(i.a));
  if (!p) return;
  uint64_t head = Image::closure_head(FunctionId{i.aux});
  std::memcpy(p, &head, sizeof head);
  const std::vector<Move>& moves = m.code().moves;
  for (uint32_t k = 0; k < i.size; k++) {
    const Move& move = moves[i.aux2 + k];
    std::memcpy(p + move.to, m.regs() + move.from, move.size);
  }
  m.set(i.dst, w);
}

void nil_check(Machine& m, const Inst& i) {
  if (object_of(m.get<Word>(i.a)) != 0) return;
  types::Context& cx = m.image().context();
  const types::Object& method = cx.objects[ObjectId{i.aux}];
  TypeId receiver = method.extra != UINT32_MAX ? TypeId{method.extra} : types::kInvalidType;
  std::string type = m.image().runtime_type_text(receiver);
  std::string path = method.package.exists() ? cx.package(method.package).path : "";
  if (method.package.exists() && cx.package(method.package).name == "main") path = "main";
  size_t dot = type.rfind('.');
  std::string bare = dot == std::string::npos ? type : type.substr(dot + 1);
  m.panic_plain("value method " + path + "." + bare + "." + std::string(cx.text(method.name)) +
                " called using nil *" + bare + " pointer");
}

}  // namespace op

}  // namespace unpark::ssa::step
