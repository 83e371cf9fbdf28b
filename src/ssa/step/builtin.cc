// Builtin functions (spec: "Built-in functions", "Package unsafe").
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ssa/step/channel.h"
#include "ssa/step/map.h"
#include "ssa/step/natives.h"
#include "ssa/step/ops.h"
#include "ssa/step/slices.h"

namespace unpark::ssa::step {

using types::Builtin;

namespace {

// Register and layout of argument k.
int32_t reg(Machine& m, const Inst& i, uint32_t k) { return m.code().moves[i.aux + k].from; }
const Layout& type(Machine& m, const Inst& i, uint32_t k) {
  return m.layout(TypeId{static_cast<uint32_t>(m.code().moves[i.aux + k].to)});
}
uint32_t count(const Inst& i) { return i.aux2 - i.aux; }

// The sizes that the runtime's allocator hands out: append fills them.
uint64_t rounded_up(uint64_t size, bool pointers) {
  static constexpr uint16_t kClasses[] = {
      8,     16,    24,    32,    48,    64,    80,    96,    112,   128,   144,   160,
      176,   192,   208,   224,   240,   256,   288,   320,   352,   384,   416,   448,
      480,   512,   576,   640,   704,   768,   896,   1024,  1152,  1280,  1408,  1536,
      1792,  2048,  2304,  2688,  3072,  3200,  3456,  4096,  4864,  5120,  5376,  6144,
      6528,  6784,  6912,  8192,  9472,  9728,  10240, 10880, 12288, 13568, 14336, 16384,
      18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768};
  constexpr uint64_t kPage = 8192;
  // Larger objects with pointers carry a header of a word.
  uint64_t header = pointers && size > 512 ? 8 : 0;
  uint64_t wanted = size + header;
  if (wanted <= 32768) {
    const uint16_t* c = std::lower_bound(std::begin(kClasses), std::end(kClasses), wanted);
    return *c - header;
  }
  return (size + kPage - 1) / kPage * kPage;
}

void append(Machine& m, const Inst& i) {
  const Layout& slice = type(m, i, 0);
  const Layout& more_type = type(m, i, 1);
  GoSlice s = m.get<GoSlice>(reg(m, i, 0));
  GoSlice more;
  if (more_type.is_string()) {
    GoString text = m.get<GoString>(reg(m, i, 1));
    more = {text.data, static_cast<int64_t>(text.size), static_cast<int64_t>(text.size)};
  } else {
    more = m.get<GoSlice>(reg(m, i, 1));
  }
  const Layout& e = m.layout(slice.elem);
  GoSlice out = s;
  if (!grow_slice(m, e, out, more.len)) return;
  if (more.len && e.size) {
    uint64_t bytes = static_cast<uint64_t>(more.len) * e.size;
    uint8_t* to = m.at(out.data + static_cast<uint64_t>(s.len) * e.size, bytes);
    const uint8_t* from = to ? m.at(more.data, bytes) : nullptr;
    if (!from) return;
    std::memmove(to, from, bytes);
  }
  out.len = s.len + more.len;
  m.set(i.dst, out);
}

void length(Machine& m, const Inst& i) {
  const Layout& l = type(m, i, 0);
  int32_t r = reg(m, i, 0);
  int64_t n = 0;
  switch (l.kind) {
    case TypeKind::kBasic:
      n = static_cast<int64_t>(m.get<GoString>(r).size);
      break;
    case TypeKind::kSlice:
      n = m.get<GoSlice>(r).len;
      break;
    case TypeKind::kArray:
      n = l.length;
      break;
    case TypeKind::kPointer:
      n = m.layout(l.elem).length;
      break;
    case TypeKind::kMap:
      if (MapData* map = m.native_at<MapData>(m.get<Word>(r)))
        n = static_cast<int64_t>(map->size());
      break;
    case TypeKind::kChan:
      if (ChanData* c = m.native_at<ChanData>(m.get<Word>(r))) {
        n = static_cast<int64_t>(c->buffer.size());
      }
      break;
    default:
      break;
  }
  m.set(i.dst, n);
}

void capacity(Machine& m, const Inst& i) {
  const Layout& l = type(m, i, 0);
  int32_t r = reg(m, i, 0);
  int64_t n = 0;
  if (l.kind == TypeKind::kSlice) n = m.get<GoSlice>(r).cap;
  if (l.kind == TypeKind::kArray) n = l.length;
  if (l.kind == TypeKind::kPointer) n = m.layout(l.elem).length;
  if (l.kind == TypeKind::kChan) {
    if (ChanData* c = m.native_at<ChanData>(m.get<Word>(r))) n = static_cast<int64_t>(c->capacity);
  }
  m.set(i.dst, n);
}

void copy(Machine& m, const Inst& i) {
  const Layout& e = m.layout(type(m, i, 0).elem);
  GoSlice to = m.get<GoSlice>(reg(m, i, 0));
  GoSlice from;
  if (type(m, i, 1).is_string()) {
    GoString s = m.get<GoString>(reg(m, i, 1));
    from = {s.data, static_cast<int64_t>(s.size), 0};
  } else {
    from = m.get<GoSlice>(reg(m, i, 1));
  }
  int64_t n = std::min(to.len, from.len);
  if (n && e.size) {
    uint64_t bytes = static_cast<uint64_t>(n) * e.size;
    uint8_t* p = m.at(to.data, bytes);
    const uint8_t* q = p ? m.at(from.data, bytes) : nullptr;
    if (!q) return;
    std::memmove(p, q, bytes);
  }
  if (i.dst >= 0) m.set(i.dst, n);
}

void clear(Machine& m, const Inst& i) {
  const Layout& l = type(m, i, 0);
  if (l.kind == TypeKind::kMap) {
    if (MapData* map = m.native_at<MapData>(m.get<Word>(reg(m, i, 0)))) map->clear();
    return;
  }
  GoSlice s = m.get<GoSlice>(reg(m, i, 0));
  uint64_t bytes = static_cast<uint64_t>(s.len) * m.layout(l.elem).size;
  if (bytes == 0) return;
  if (uint8_t* p = m.at(s.data, bytes)) std::memset(p, 0, bytes);
}

void close(Machine& m, const Inst& i) { close_channel(m, m.get<Word>(reg(m, i, 0))); }

void remove(Machine& m, const Inst& i) {
  const Layout& l = type(m, i, 0);
  const Layout& key = m.layout(l.key);
  MapData* map = m.native_at<MapData>(m.get<Word>(reg(m, i, 0)));
  bool failed = false;
  if (map) {
    map->erase(m, key, m.regs() + reg(m, i, 1), failed);
  } else {
    uint64_t h = 0;
    m.hash(key, m.regs() + reg(m, i, 1), h, true);
  }
}

void make_complex(Machine& m, const Inst& i) {
  uint64_t half = i.size / 2;
  std::memcpy(m.regs() + i.dst, m.regs() + reg(m, i, 0), half);
  std::memcpy(m.regs() + i.dst + half, m.regs() + reg(m, i, 1), half);
}
void real(Machine& m, const Inst& i) {
  std::memcpy(m.regs() + i.dst, m.regs() + reg(m, i, 0), i.size);
}
void imag(Machine& m, const Inst& i) {
  std::memcpy(m.regs() + i.dst, m.regs() + reg(m, i, 0) + i.size, i.size);
}

// Whether a is the better choice than b for min (or max).
template <typename T, bool kMax>
T better(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? a : b;
    if (a == 0 && b == 0) return std::signbit(a) != kMax ? a : b;
  }
  return kMax ? (a < b ? b : a) : (b < a ? b : a);
}

template <bool kMax>
void extreme(Machine& m, const Inst& i) {
  const Layout& l = type(m, i, 0);
  auto run = [&]<typename T>(T) {
    T best = m.get<T>(reg(m, i, 0));
    for (uint32_t k = 1; k < count(i); k++) best = better<T, kMax>(best, m.get<T>(reg(m, i, k)));
    m.set(i.dst, best);
  };
  if (l.is_string()) {
    GoString best = m.get<GoString>(reg(m, i, 0));
    for (uint32_t k = 1; k < count(i); k++) {
      GoString s = m.get<GoString>(reg(m, i, k));
      if (kMax ? m.view(best) < m.view(s) : m.view(s) < m.view(best)) best = s;
    }
    m.set(i.dst, best);
    return;
  }
  switch (l.basic) {
    case BasicKind::kFloat32:
      return run(float{});
    case BasicKind::kFloat64:
      return run(double{});
    case BasicKind::kInt8:
      return run(int8_t{});
    case BasicKind::kInt16:
      return run(int16_t{});
    case BasicKind::kInt32:
      return run(int32_t{});
    case BasicKind::kUint8:
      return run(uint8_t{});
    case BasicKind::kUint16:
      return run(uint16_t{});
    case BasicKind::kUint32:
      return run(uint32_t{});
    case BasicKind::kInt:
    case BasicKind::kInt64:
      return run(int64_t{});
    default:
      return run(uint64_t{});
  }
}

template <bool kLine>
void print(Machine& m, const Inst& i) {
  std::string out;
  for (uint32_t k = 0; k < count(i); k++) {
    if (kLine && k) out += ' ';
    const Layout& l = type(m, i, k);
    const uint8_t* v = m.regs() + reg(m, i, k);
    switch (l.kind) {
      case TypeKind::kBasic:
        out += basic_text(m, l, v);
        break;
      case TypeKind::kInterface: {
        GoInterface x = m.get<GoInterface>(reg(m, i, k));
        out += fmt::format("({:#x},{:#x})", x.type, x.data);
        break;
      }
      case TypeKind::kSlice: {
        GoSlice s = m.get<GoSlice>(reg(m, i, k));
        out += fmt::format("[{}/{}]{:#x}", s.len, s.cap, s.data);
        break;
      }
      default:
        out += fmt::format("{:#x}", m.get<Word>(reg(m, i, k)));
    }
  }
  if (kLine) out += '\n';
  m.write(2, out);
}

void recover(Machine& m, const Inst& i) {
  GoInterface v = m.recover();
  if (i.dst >= 0) m.set(i.dst, v);
}

void unsafe_add(Machine& m, const Inst& i) {
  m.set(i.dst, m.get<Word>(reg(m, i, 0)) + m.get<uint64_t>(reg(m, i, 1)));
}

void unsafe_slice(Machine& m, const Inst& i) {
  Word p = m.get<Word>(reg(m, i, 0));
  int64_t n = m.get<int64_t>(reg(m, i, 1));
  uint64_t size = m.layout(type(m, i, 0).elem).size;
  if (n < 0 || (size && static_cast<uint64_t>(n) > (uint64_t{1} << 47) / size)) {
    return m.panic_runtime("unsafe.Slice: len out of range");
  }
  if (size && p > UINT64_MAX - static_cast<uint64_t>(n) * size + (n > 0)) {
    return m.panic_runtime("unsafe.Slice: len out of range");
  }
  if (p == 0 && n > 0) return m.panic_runtime("unsafe.Slice: ptr is nil and len is not zero");
  m.set(i.dst, GoSlice{p, n, n});
}

void unsafe_string(Machine& m, const Inst& i) {
  Word p = m.get<Word>(reg(m, i, 0));
  int64_t n = m.get<int64_t>(reg(m, i, 1));
  if (n < 0 || n > (int64_t{1} << 47) || p > UINT64_MAX - static_cast<uint64_t>(n) + (n > 0)) {
    return m.panic_runtime("unsafe.String: len out of range");
  }
  if (p == 0 && n > 0) return m.panic_runtime("unsafe.String: ptr is nil and len is not zero");
  m.set(i.dst, GoString{n ? p : 0, static_cast<uint64_t>(n)});
}

// The first word of a slice or string is where its elements are.
void data_of(Machine& m, const Inst& i) { m.set(i.dst, m.get<Word>(reg(m, i, 0))); }

}  // namespace

bool grow_slice(Machine& m, const Layout& e, GoSlice& s, int64_t more) {
  int64_t wanted = 0;
  if (__builtin_add_overflow(s.len, more, &wanted) || wanted < 0) {
    m.panic_runtime("growslice: len out of range");
    return false;
  }
  if (wanted <= s.cap) return true;
  int64_t cap = s.cap;
  if (wanted > 2 * cap) {
    cap = wanted;
  } else if (cap < 256) {
    cap = 2 * cap;
  } else {
    // From doubling to growing by a quarter, smoothly.
    while (cap < wanted) cap += (cap + 3 * 256) / 4;
  }
  if (e.size == 0) {
    s = {s.data ? s.data : Heap::kZeroBase, s.len, wanted};
    return true;
  }
  if (static_cast<uint64_t>(cap) > (uint64_t{1} << 47) / e.size) {
    m.panic_runtime("growslice: len out of range");
    return false;
  }
  uint64_t bytes = rounded_up(static_cast<uint64_t>(cap) * e.size, e.has_pointers);
  cap = static_cast<int64_t>(bytes / e.size);
  Word data = m.allocate_bytes(static_cast<uint64_t>(cap) * e.size, e.type, e.has_pointers);
  if (!data) return false;
  uint64_t old = static_cast<uint64_t>(s.len) * e.size;
  if (old) {
    const uint8_t* from = m.at(s.data, old);
    uint8_t* to = from ? m.at(data, old) : nullptr;
    if (!to) return false;
    std::memcpy(to, from, old);
  }
  s = {data, s.len, cap};
  return true;
}

Handler builtin_handler(Builtin id) {
  switch (id) {
    case Builtin::kAppend:
      return append;
    case Builtin::kCap:
      return capacity;
    case Builtin::kClear:
      return clear;
    case Builtin::kClose:
      return close;
    case Builtin::kComplex:
      return make_complex;
    case Builtin::kCopy:
      return copy;
    case Builtin::kDelete:
      return remove;
    case Builtin::kImag:
      return imag;
    case Builtin::kLen:
      return length;
    case Builtin::kMax:
      return extreme<true>;
    case Builtin::kMin:
      return extreme<false>;
    case Builtin::kPrint:
      return print<false>;
    case Builtin::kPrintln:
      return print<true>;
    case Builtin::kReal:
      return real;
    case Builtin::kRecover:
      return recover;
    case Builtin::kAdd:
      return unsafe_add;
    case Builtin::kSlice:
      return unsafe_slice;
    case Builtin::kString:
      return unsafe_string;
    case Builtin::kSliceData:
    case Builtin::kStringData:
      return data_of;
    default:
      return nullptr;
  }
}

}  // namespace unpark::ssa::step
