// Arithmetic with the widths of Go's types: integers wrap around, shifts may be longer than the
// value, floats that do not fit become what the gc compiler's code makes of them on amd64.
#include <bit>
#include <cmath>
#include <complex>

#include "ssa/step/ops.h"

namespace unpark::ssa::step {

using syntax::Token;

namespace {

template <typename T>
using Unsigned = std::make_unsigned_t<T>;

template <typename T>
T wrap(Token op, T x, T y) {
  using U = Unsigned<T>;
  // Wider than int, so that the usual promotions cannot overflow.
  uint64_t a = static_cast<U>(x);
  uint64_t b = static_cast<U>(y);
  switch (op) {
    case Token::kAdd:
      return static_cast<T>(a + b);
    case Token::kSub:
      return static_cast<T>(a - b);
    case Token::kMul:
      return static_cast<T>(a * b);
    case Token::kAnd:
      return static_cast<T>(a & b);
    case Token::kOr:
      return static_cast<T>(a | b);
    case Token::kXor:
      return static_cast<T>(a ^ b);
    default:
      return static_cast<T>(a & ~b);  // kAndNot
  }
}

template <typename T, Token kOp>
void integer(Machine& m, const Inst& i) {
  m.set<T>(i.dst, wrap<T>(kOp, m.get<T>(i.a), m.get<T>(i.b)));
}

template <typename T, bool kRemainder>
void divide(Machine& m, const Inst& i) {
  T x = m.get<T>(i.a);
  T y = m.get<T>(i.b);
  if (y == 0) return m.panic_runtime("integer divide by zero");
  if constexpr (std::is_signed_v<T>) {
    if (y == -1) {
      m.set<T>(i.dst, kRemainder ? T{0} : wrap<T>(Token::kSub, T{0}, x));
      return;
    }
  }
  m.set<T>(i.dst, static_cast<T>(kRemainder ? x % y : x / y));
}

template <typename T, bool kLeft>
void shift(Machine& m, const Inst& i) {
  T x = m.get<T>(i.a);
  uint64_t count = m.get<uint64_t>(i.b);
  if (i.aux && static_cast<int64_t>(count) < 0) return m.panic_runtime("negative shift amount");
  constexpr uint64_t kBits = sizeof(T) * 8;
  T out;
  if constexpr (kLeft) {
    out = count >= kBits
              ? T{0}
              : static_cast<T>(static_cast<uint64_t>(static_cast<Unsigned<T>>(x)) << count);
  } else {
    out = static_cast<T>(x >> (count >= kBits ? kBits - 1 : count));
    if (!std::is_signed_v<T> && count >= kBits) out = 0;
  }
  m.set<T>(i.dst, out);
}

template <typename T, Token kOp>
void order(Machine& m, const Inst& i) {
  T x = m.get<T>(i.a);
  T y = m.get<T>(i.b);
  bool out = false;
  if constexpr (kOp == Token::kEql) out = x == y;
  if constexpr (kOp == Token::kNeq) out = x != y;
  if constexpr (kOp == Token::kLss) out = x < y;
  if constexpr (kOp == Token::kLeq) out = x <= y;
  if constexpr (kOp == Token::kGtr) out = x > y;
  if constexpr (kOp == Token::kGeq) out = x >= y;
  m.set<bool>(i.dst, out);
}

template <typename T, Token kOp>
void floating(Machine& m, const Inst& i) {
  T x = m.get<T>(i.a);
  T y = m.get<T>(i.b);
  T out{};
  if constexpr (kOp == Token::kAdd) out = x + y;
  if constexpr (kOp == Token::kSub) out = x - y;
  if constexpr (kOp == Token::kMul) out = x * y;
  if constexpr (kOp == Token::kQuo) out = x / y;
  m.set<T>(i.dst, out);
}

// Go's rule for a complex quotient: NaN and infinite parts decide first.
std::complex<double> quotient(std::complex<double> n, std::complex<double> d) {
  double e = 0;
  double f = 0;
  if (std::fabs(d.real()) >= std::fabs(d.imag())) {
    double ratio = d.imag() / d.real();
    double denominator = d.real() + ratio * d.imag();
    e = (n.real() + n.imag() * ratio) / denominator;
    f = (n.imag() - n.real() * ratio) / denominator;
  } else {
    double ratio = d.real() / d.imag();
    double denominator = d.imag() + ratio * d.real();
    e = (n.real() * ratio + n.imag()) / denominator;
    f = (n.imag() * ratio - n.real()) / denominator;
  }
  if (std::isnan(e) || std::isnan(f)) {
    double a = n.real();
    double b = n.imag();
    double c = d.real();
    double g = d.imag();
    auto unit = [](double v) { return std::copysign(std::isinf(v) ? 1.0 : 0.0, v); };
    if (c == 0 && g == 0 && (!std::isnan(a) || !std::isnan(b))) {
      e = std::copysign(INFINITY, c) * a;
      f = std::copysign(INFINITY, c) * b;
    } else if ((std::isinf(a) || std::isinf(b)) && std::isfinite(c) && std::isfinite(g)) {
      a = unit(a);
      b = unit(b);
      e = INFINITY * (a * c + b * g);
      f = INFINITY * (b * c - a * g);
    } else if ((std::isinf(c) || std::isinf(g)) && std::isfinite(a) && std::isfinite(b)) {
      c = unit(c);
      g = unit(g);
      e = 0 * (a * c + b * g);
      f = 0 * (b * c - a * g);
    }
  }
  return {e, f};
}

template <typename T>
struct Complex {
  T re, im;
};

template <typename T, Token kOp>
void complex_number(Machine& m, const Inst& i) {
  auto x = m.get<Complex<T>>(i.a);
  auto y = m.get<Complex<T>>(i.b);
  Complex<T> out{};
  if constexpr (kOp == Token::kAdd) out = {x.re + y.re, x.im + y.im};
  if constexpr (kOp == Token::kSub) out = {x.re - y.re, x.im - y.im};
  if constexpr (kOp == Token::kMul) {
    out = {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
  }
  if constexpr (kOp == Token::kQuo) {
    std::complex<double> q = quotient({x.re, x.im}, {y.re, y.im});
    out = {static_cast<T>(q.real()), static_cast<T>(q.imag())};
  }
  if constexpr (kOp == Token::kEql || kOp == Token::kNeq) {
    bool same = x.re == y.re && x.im == y.im;
    m.set<bool>(i.dst, same == (kOp == Token::kEql));
    return;
  }
  m.set(i.dst, out);
}

template <Token kOp>
void string(Machine& m, const Inst& i) {
  GoString a = m.get<GoString>(i.a);
  GoString b = m.get<GoString>(i.b);
  if constexpr (kOp == Token::kAdd) {
    if (a.size == 0 || b.size == 0) {
      m.set(i.dst, a.size == 0 ? b : a);
      return;
    }
    if (a.size + b.size > Heap::kMaxObject) return m.fatal("runtime: out of memory");
    Word out = m.allocate_bytes(a.size + b.size, types::basic(BasicKind::kUint8), false);
    uint8_t* to = m.at(out, a.size + b.size);
    std::string_view x = m.view(a);
    std::string_view y = m.view(b);
    if (!to) return;
    std::memcpy(to, x.data(), x.size());
    std::memcpy(to + a.size, y.data(), y.size());
    m.set(i.dst, GoString{out, a.size + b.size});
    return;
  }
  std::string_view x = m.view(a);
  std::string_view y = m.view(b);
  bool out = false;
  if constexpr (kOp == Token::kEql) out = x == y;
  if constexpr (kOp == Token::kNeq) out = x != y;
  if constexpr (kOp == Token::kLss) out = x < y;
  if constexpr (kOp == Token::kLeq) out = x <= y;
  if constexpr (kOp == Token::kGtr) out = x > y;
  if constexpr (kOp == Token::kGeq) out = x >= y;
  m.set(i.dst, out);
}

// Of anything else that can be compared. aux: the type.
template <bool kEqual>
void general(Machine& m, const Inst& i) {
  bool same = false;
  if (!m.equal(m.layout(TypeId{i.aux}), m.regs() + i.a, m.regs() + i.b, same)) return;
  m.set<bool>(i.dst, same == kEqual);
}

// Slices, maps and functions: with nil only. Pointers: by their one word.
template <bool kEqual>
void word(Machine& m, const Inst& i) {
  m.set<bool>(i.dst, (m.get<Word>(i.a) == m.get<Word>(i.b)) == kEqual);
}

template <typename T>
Handler integer_handler(Token op) {
  switch (op) {
    case Token::kAdd:
      return integer<T, Token::kAdd>;
    case Token::kSub:
      return integer<T, Token::kSub>;
    case Token::kMul:
      return integer<T, Token::kMul>;
    case Token::kAnd:
      return integer<T, Token::kAnd>;
    case Token::kOr:
      return integer<T, Token::kOr>;
    case Token::kXor:
      return integer<T, Token::kXor>;
    case Token::kAndNot:
      return integer<T, Token::kAndNot>;
    case Token::kQuo:
      return divide<T, false>;
    case Token::kRem:
      return divide<T, true>;
    case Token::kShl:
      return shift<T, true>;
    case Token::kShr:
      return shift<T, false>;
    default:
      return nullptr;
  }
}

template <typename T>
Handler order_handler(Token op) {
  switch (op) {
    case Token::kEql:
      return order<T, Token::kEql>;
    case Token::kNeq:
      return order<T, Token::kNeq>;
    case Token::kLss:
      return order<T, Token::kLss>;
    case Token::kLeq:
      return order<T, Token::kLeq>;
    case Token::kGtr:
      return order<T, Token::kGtr>;
    case Token::kGeq:
      return order<T, Token::kGeq>;
    default:
      return nullptr;
  }
}

template <typename T>
Handler integral(Token op) {
  Handler h = integer_handler<T>(op);
  return h ? h : order_handler<T>(op);
}

template <typename T>
Handler float_handler(Token op) {
  switch (op) {
    case Token::kAdd:
      return floating<T, Token::kAdd>;
    case Token::kSub:
      return floating<T, Token::kSub>;
    case Token::kMul:
      return floating<T, Token::kMul>;
    case Token::kQuo:
      return floating<T, Token::kQuo>;
    default:
      return order_handler<T>(op);
  }
}

template <typename T>
Handler complex_handler(Token op) {
  switch (op) {
    case Token::kAdd:
      return complex_number<T, Token::kAdd>;
    case Token::kSub:
      return complex_number<T, Token::kSub>;
    case Token::kMul:
      return complex_number<T, Token::kMul>;
    case Token::kQuo:
      return complex_number<T, Token::kQuo>;
    case Token::kEql:
      return complex_number<T, Token::kEql>;
    case Token::kNeq:
      return complex_number<T, Token::kNeq>;
    default:
      return nullptr;
  }
}

Handler string_handler(Token op) {
  switch (op) {
    case Token::kAdd:
      return string<Token::kAdd>;
    case Token::kEql:
      return string<Token::kEql>;
    case Token::kNeq:
      return string<Token::kNeq>;
    case Token::kLss:
      return string<Token::kLss>;
    case Token::kLeq:
      return string<Token::kLeq>;
    case Token::kGtr:
      return string<Token::kGtr>;
    case Token::kGeq:
      return string<Token::kGeq>;
    default:
      return nullptr;
  }
}

// Calls f with a value of the type that a basic kind has here.
template <typename F>
Handler by_integer(BasicKind kind, F f) {
  switch (kind) {
    case BasicKind::kInt8:
      return f(int8_t{});
    case BasicKind::kInt16:
      return f(int16_t{});
    case BasicKind::kInt32:
      return f(int32_t{});
    case BasicKind::kInt:
    case BasicKind::kInt64:
      return f(int64_t{});
    case BasicKind::kUint8:
      return f(uint8_t{});
    case BasicKind::kUint16:
      return f(uint16_t{});
    case BasicKind::kUint32:
      return f(uint32_t{});
    case BasicKind::kUint:
    case BasicKind::kUint64:
    case BasicKind::kUintptr:
      return f(uint64_t{});
    default:
      return nullptr;
  }
}

template <typename T>
void negate(Machine& m, const Inst& i) {
  if constexpr (std::is_integral_v<T>) {
    m.set<T>(i.dst, wrap<T>(Token::kSub, T{0}, m.get<T>(i.a)));
  } else {
    m.set<T>(i.dst, -m.get<T>(i.a));
  }
}
template <typename T>
void negate_complex(Machine& m, const Inst& i) {
  auto x = m.get<Complex<T>>(i.a);
  m.set(i.dst, Complex<T>{-x.re, -x.im});
}
template <typename T>
void invert(Machine& m, const Inst& i) {
  m.set<T>(i.dst, static_cast<T>(~m.get<T>(i.a)));
}
void logical_not(Machine& m, const Inst& i) { m.set<bool>(i.dst, !m.get<bool>(i.a)); }

// A float as an integer, as cvttsd2sq and cvttsd2sl do it: what does not fit is the smallest one.
int64_t truncate64(double x) {
  if (!(x >= -0x1p63 && x < 0x1p63)) return INT64_MIN;
  return static_cast<int64_t>(x);
}
int32_t truncate32(double x) {
  if (!(x > -0x1p31 - 1 && x < 0x1p31)) return INT32_MIN;
  return static_cast<int32_t>(x);
}

template <typename To, typename From>
To to_number(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    double v = static_cast<double>(x);
    if constexpr (std::is_same_v<To, uint64_t>) {
      if (v < 0x1p63) return static_cast<uint64_t>(truncate64(v));
      return static_cast<uint64_t>(truncate64(v - 0x1p63)) ^ (uint64_t{1} << 63);
    } else if constexpr (sizeof(To) == 8 || std::is_same_v<To, uint32_t>) {
      return static_cast<To>(truncate64(v));
    } else {
      return static_cast<To>(truncate32(v));
    }
  } else {
    return static_cast<To>(x);
  }
}

template <typename To, typename From>
void number(Machine& m, const Inst& i) {
  m.set<To>(i.dst, to_number<To, From>(m.get<From>(i.a)));
}

template <typename F>
Handler by_number(BasicKind kind, F f) {
  if (kind == BasicKind::kFloat32) return f(float{});
  if (kind == BasicKind::kFloat64) return f(double{});
  return by_integer(kind, f);
}

template <typename From, typename To>
void complex_to_complex(Machine& m, const Inst& i) {
  auto x = m.get<Complex<From>>(i.a);
  m.set(i.dst, Complex<To>{static_cast<To>(x.re), static_cast<To>(x.im)});
}

void append_rune(std::string& out, int64_t r) {
  if (r < 0 || r > 0x10ffff || (r >= 0xd800 && r < 0xe000)) r = 0xfffd;
  uint32_t c = static_cast<uint32_t>(r);
  auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

template <typename T>
void integer_to_string(Machine& m, const Inst& i) {
  T x = m.get<T>(i.a);
  std::string text;
  append_rune(text, x > T{0} && static_cast<uint64_t>(x) > 0x10ffff ? -1 : static_cast<int64_t>(x));
  m.set(i.dst, m.make_string(text));
}

void string_to_bytes(Machine& m, const Inst& i) {
  GoString s = m.get<GoString>(i.a);
  Word out = m.allocate_bytes(s.size, types::basic(BasicKind::kUint8), false);
  std::string_view from = m.view(s);
  if (!from.empty()) {
    if (uint8_t* to = m.at(out, from.size())) std::memcpy(to, from.data(), from.size());
  }
  m.set(i.dst, GoSlice{out, static_cast<int64_t>(s.size), static_cast<int64_t>(s.size)});
}

void bytes_to_string(Machine& m, const Inst& i) {
  GoSlice s = m.get<GoSlice>(i.a);
  const uint8_t* from = s.len ? m.at(s.data, static_cast<uint64_t>(s.len)) : nullptr;
  if (!from) {
    m.set(i.dst, GoString{});
    return;
  }
  m.set(i.dst, m.make_string({reinterpret_cast<const char*>(from), static_cast<size_t>(s.len)}));
}

void string_to_runes(Machine& m, const Inst& i) {
  std::string_view s = m.view(m.get<GoString>(i.a));
  std::vector<int32_t> runes;
  for (size_t at = 0; at < s.size();) runes.push_back(next_rune(s, at));
  Word out = m.allocate_bytes(runes.size() * 4, types::basic(BasicKind::kInt32), false);
  if (!runes.empty()) {
    if (uint8_t* to = m.at(out, runes.size() * 4)) {
      std::memcpy(to, runes.data(), runes.size() * 4);
    }
  }
  int64_t n = static_cast<int64_t>(runes.size());
  m.set(i.dst, GoSlice{out, n, n});
}

void runes_to_string(Machine& m, const Inst& i) {
  GoSlice s = m.get<GoSlice>(i.a);
  std::string out;
  const uint8_t* from = s.len ? m.at(s.data, static_cast<uint64_t>(s.len) * 4) : nullptr;
  if (s.len && !from) return;
  for (int64_t k = 0; k < s.len; k++) {
    int32_t r;
    std::memcpy(&r, from + k * 4, 4);
    append_rune(out, r);
  }
  m.set(i.dst, m.make_string(out));
}

}  // namespace

int32_t next_rune(std::string_view s, size_t& at) {
  auto byte = [&](size_t k) -> uint32_t {
    return at + k < s.size() ? static_cast<uint8_t>(s[at + k]) : 0;
  };
  auto follows = [&](size_t k) { return (byte(k) & 0xc0) == 0x80; };
  uint32_t c = byte(0);
  if (c < 0x80) {
    at++;
    return static_cast<int32_t>(c);
  }
  if (c >= 0xc2 && c < 0xe0 && follows(1)) {
    int32_t r = static_cast<int32_t>((c & 0x1f) << 6 | (byte(1) & 0x3f));
    at += 2;
    return r;
  }
  if (c >= 0xe0 && c < 0xf0 && follows(1) && follows(2)) {
    uint32_t r = (c & 0xf) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    if (r >= 0x800 && (r < 0xd800 || r >= 0xe000)) {
      at += 3;
      return static_cast<int32_t>(r);
    }
  }
  if (c >= 0xf0 && c < 0xf5 && follows(1) && follows(2) && follows(3)) {
    uint32_t r = (c & 7) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    if (r >= 0x10000 && r <= 0x10ffff) {
      at += 4;
      return static_cast<int32_t>(r);
    }
  }
  at++;
  return 0xfffd;
}

Handler binary_handler(Token op, const Layout& l) {
  bool equality = op == Token::kEql || op == Token::kNeq;
  if (l.kind == TypeKind::kBasic) {
    if (l.is_integer()) {
      return by_integer(l.basic, [op](auto t) { return integral<decltype(t)>(op); });
    }
    switch (l.basic) {
      case BasicKind::kFloat32:
        return float_handler<float>(op);
      case BasicKind::kFloat64:
        return float_handler<double>(op);
      case BasicKind::kComplex64:
        return complex_handler<float>(op);
      case BasicKind::kComplex128:
        return complex_handler<double>(op);
      case BasicKind::kString:
        return string_handler(op);
      case BasicKind::kBool:
        return order_handler<uint8_t>(op);
      case BasicKind::kUnsafePointer:
        return order_handler<uint64_t>(op);
      default:
        return nullptr;
    }
  }
  if (!equality) return nullptr;
  switch (l.kind) {
    case TypeKind::kStruct:
    case TypeKind::kArray:
    case TypeKind::kInterface:
      return op == Token::kEql ? general<true> : general<false>;
    default:
      return op == Token::kEql ? word<true> : word<false>;
  }
}

Handler unary_handler(Token op, const Layout& l) {
  switch (op) {
    case Token::kNot:
      return logical_not;
    case Token::kXor:
      return by_integer(l.basic, [](auto t) -> Handler { return invert<decltype(t)>; });
    case Token::kSub:
      if (l.basic == BasicKind::kComplex64) return negate_complex<float>;
      if (l.basic == BasicKind::kComplex128) return negate_complex<double>;
      return by_number(l.basic, [](auto t) -> Handler { return negate<decltype(t)>; });
    default:
      return nullptr;
  }
}

Handler extend_handler(uint64_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? number<int64_t, int8_t> : number<int64_t, uint8_t>;
    case 2:
      return is_signed ? number<int64_t, int16_t> : number<int64_t, uint16_t>;
    default:
      return is_signed ? number<int64_t, int32_t> : number<int64_t, uint32_t>;
  }
}

Handler convert_handler(const Layout& from, const Layout& to) {
  bool numbers = (from.is_integer() || from.is_float()) && (to.is_integer() || to.is_float());
  if (numbers) {
    return by_number(from.basic, [&](auto f) {
      return by_number(to.basic,
                       [](auto t) -> Handler { return number<decltype(t), decltype(f)>; });
    });
  }
  if (from.is_complex() && to.is_complex()) {
    bool wide_from = from.basic == BasicKind::kComplex128;
    bool wide_to = to.basic == BasicKind::kComplex128;
    if (wide_from) {
      return wide_to ? complex_to_complex<double, double> : complex_to_complex<double, float>;
    }
    return wide_to ? complex_to_complex<float, double> : complex_to_complex<float, float>;
  }
  if (from.is_integer() && to.is_string()) {
    return by_integer(from.basic, [](auto t) -> Handler { return integer_to_string<decltype(t)>; });
  }
  if (from.is_string() && to.is_string()) return op::move;
  if (from.is_string() && to.kind == TypeKind::kSlice) {
    return to.element_size == 1 ? string_to_bytes : string_to_runes;
  }
  if (from.kind == TypeKind::kSlice && to.is_string()) {
    return from.element_size == 1 ? bytes_to_string : runes_to_string;
  }
  if (from.size == to.size) return op::move;  // pointers and unsafe.Pointer, uintptr
  return nullptr;
}

}  // namespace unpark::ssa::step
