// Exact arithmetic on constants, with the representation rules of go/constant.
//
// Every operation reads its operands in place (GMP and MPFR accept limbs they do not own), computes
// into temporaries and freezes the result into a pool's arena. Binary operations first bring both
// operands to the more general of their two representations; results shrink (big integer to int64)
// or grow (fraction to 512-bit float) by fixed limits, so that every later rounding happens where
// Go has it too.
//
// 512-bit floats: MPFR rounds each operation correctly, to nearest even, as big.Float does.
// Exponents are those of big.Float, 32 bits signed: MPFR runs with a wider range here, and what
// leaves the 32-bit range becomes zero below (no denormals) and unknown above (see clamp).
//
// Cost: that of the big-number operation; small integers touch neither library. Strings: see
// concat.
#include "types/constant.h"

#include <gmp.h>
#include <mpfr.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <mutex>
#include <new>
#include <thread>

#include "base/arena.h"
#include "base/check.h"
#include "syntax/literal.h"
#include "types/number_text.h"

namespace unpark::types {

using syntax::Token;

namespace {

constexpr mpfr_prec_t kPrecision = 512;
constexpr size_t kFloatLimbs = 8;
static_assert(GMP_NUMB_BITS == 64 && kFloatLimbs * GMP_NUMB_BITS == kPrecision);

constexpr int64_t kMinExponent = std::numeric_limits<int32_t>::min();
constexpr int64_t kMaxExponent = std::numeric_limits<int32_t>::max();

// ---- Payloads, in the arenas of a pool ----

// GMP may read the first limb of a zero.
constexpr mp_limb_t kZeroLimb = 0;

struct BigInt {
  const mp_limb_t* limbs = &kZeroLimb;
  int64_t size = 0;  // in limbs; negative for negative numbers
};

struct Rat {  // in lowest terms, den > 0
  BigInt num;
  BigInt den;
};

struct Float {
  int64_t exponent = 0;  // of a mantissa in [1/2, 1)
  int sign = 0;          // 0: the number is 0, and the rest means nothing
  std::array<mp_limb_t, kFloatLimbs> limbs;
};

struct Complex {
  Constant re;
  Constant im;
};

// In front of the bytes of a string that was made by adding.
struct StringBuffer {
  uint32_t capacity;
  std::atomic<uint32_t> used;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

}  // namespace

// The one place that looks inside a Constant.
struct ConstantAccess {
  using Rep = Constant::Rep;

  static Rep rep(const Constant& x) { return x.rep_; }
  static int64_t int64(const Constant& x) { return x.int_; }
  template <typename T>
  static const T& payload(const Constant& x) {
    return *static_cast<const T*>(x.payload_);
  }
  static Constant make(Rep rep, const void* payload) {
    Constant c;
    c.rep_ = rep;
    c.payload_ = payload;
    return c;
  }
  static Constant make_string(const char* bytes, size_t size, bool extendable) {
    Constant c = make(Rep::kString, bytes);
    c.size_ = static_cast<uint32_t>(size);
    c.extendable_ = extendable;
    return c;
  }
  static std::string_view string(const Constant& x) {
    return {static_cast<const char*>(x.payload_), x.size_};
  }
  static StringBuffer* buffer(const Constant& x) {
    if (!x.extendable_) return nullptr;
    return static_cast<StringBuffer*>(const_cast<void*>(x.payload_)) - 1;
  }
};

namespace {

using Access = ConstantAccess;
using Rep = Access::Rep;

// ---- Temporaries ----

struct Mpz {
  mpz_t z;
  Mpz() { mpz_init(z); }
  ~Mpz() { mpz_clear(z); }
  Mpz(const Mpz&) = delete;
  Mpz& operator=(const Mpz&) = delete;
};

struct Mpq {
  mpq_t q;
  Mpq() { mpq_init(q); }
  ~Mpq() { mpq_clear(q); }
  Mpq(const Mpq&) = delete;
  Mpq& operator=(const Mpq&) = delete;
};

struct Mpfr {
  mpfr_t f;
  explicit Mpfr(mpfr_prec_t precision = kPrecision) { mpfr_init2(f, precision); }
  ~Mpfr() { mpfr_clear(f); }
  Mpfr(const Mpfr&) = delete;
  Mpfr& operator=(const Mpfr&) = delete;
};

// MPFR's exponent range is a setting of the thread, so it is put back for whoever else uses MPFR.
// Wide enough that no single operation on 32-bit exponents leaves it.
class WideExponents {
 public:
  WideExponents() : min_(mpfr_get_emin()), max_(mpfr_get_emax()) {
    mpfr_set_emin(-kRange);
    mpfr_set_emax(kRange);
  }
  ~WideExponents() {
    mpfr_set_emin(min_);
    mpfr_set_emax(max_);
  }
  WideExponents(const WideExponents&) = delete;
  WideExponents& operator=(const WideExponents&) = delete;

 private:
  static constexpr mpfr_exp_t kRange = mpfr_exp_t{1} << 40;
  mpfr_exp_t min_;
  mpfr_exp_t max_;
};

// Brings a just rounded result into the exponent range of big.Float. `ternary` is what MPFR
// returned. The exponent counts before rounding: what only rounding lifted to the smallest one is
// zero, too.
void clamp(mpfr_t f, int ternary) {
  if (!mpfr_regular_p(f)) return;
  mpfr_exp_t exponent = mpfr_get_exp(f);
  int sign = mpfr_sgn(f);
  bool lifted = exponent == kMinExponent && ternary * sign > 0 &&
                mpfr_cmp_si_2exp(f, sign, exponent - 1) == 0;
  if (exponent < kMinExponent || lifted) {
    mpfr_set_zero(f, 1);
  } else if (exponent > kMaxExponent) {
    mpfr_set_inf(f, sign);
  }
}

// ---- Operands, read in place. They point into themselves, so they stay where they are made. ----

// A kInt64 or kBigInt.
class IntView {
 public:
  explicit IntView(int64_t value) { set(value); }
  explicit IntView(const BigInt& value) { mpz_roinit_n(z_, value.limbs, value.size); }
  explicit IntView(const Constant& x) {
    if (Access::rep(x) == Rep::kInt64) {
      set(Access::int64(x));
    } else {
      const BigInt& value = Access::payload<BigInt>(x);
      mpz_roinit_n(z_, value.limbs, value.size);
    }
  }
  IntView(const IntView&) = delete;
  IntView& operator=(const IntView&) = delete;
  mpz_srcptr get() const { return z_; }

 private:
  void set(int64_t value) {
    limb_ = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    mpz_roinit_n(z_, &limb_, value < 0 ? -1 : value > 0);
  }

  mp_limb_t limb_ = 0;
  mpz_t z_;
};

// Those and kRat.
class RatView {
 public:
  explicit RatView(const Constant& x)
      : num_(Access::rep(x) == Rep::kRat ? IntView(Access::payload<Rat>(x).num) : IntView(x)),
        den_(Access::rep(x) == Rep::kRat ? IntView(Access::payload<Rat>(x).den) : IntView(1)) {
    *mpq_numref(q_) = *num_.get();
    *mpq_denref(q_) = *den_.get();
  }
  mpq_srcptr get() const { return q_; }

 private:
  IntView num_;
  IntView den_;
  mpq_t q_;
};

// Those and kFloat; what is no float yet is rounded to one.
class FloatView {
 public:
  explicit FloatView(const Constant& x) {
    if (Access::rep(x) == Rep::kFloat) {
      const Float& value = Access::payload<Float>(x);
      // MPFR takes the limbs as mutable but writes only to results.
      mp_limb_t* limbs = const_cast<mp_limb_t*>(value.limbs.data());
      int kind = value.sign == 0 ? MPFR_ZERO_KIND : value.sign * MPFR_REGULAR_KIND;
      mpfr_custom_init_set(f_, kind, value.exponent, kPrecision, limbs);
      return;
    }
    mpfr_custom_init(limbs_.data(), kPrecision);
    mpfr_custom_init_set(f_, MPFR_ZERO_KIND, 0, kPrecision, limbs_.data());
    if (Access::rep(x) == Rep::kRat) {
      mpfr_set_q(f_, RatView(x).get(), MPFR_RNDN);
    } else {
      mpfr_set_z(f_, IntView(x).get(), MPFR_RNDN);
    }
  }
  FloatView(const FloatView&) = delete;
  FloatView& operator=(const FloatView&) = delete;
  mpfr_srcptr get() const { return f_; }

 private:
  std::array<mp_limb_t, kFloatLimbs> limbs_;
  mpfr_t f_;
};

Rep common_rep(const Constant& x, const Constant& y) {
  Rep a = Access::rep(x);
  Rep b = Access::rep(y);
  if (a == b) return a;
  // Bools and strings mix with nothing.
  return std::min(a, b) < Rep::kInt64 ? Rep::kUnknown : std::max(a, b);
}

Constant real_part(const Constant& x) {
  if (Access::rep(x) == Rep::kComplex) return Access::payload<Complex>(x).re;
  return x.is_numeric() ? x : Constant();
}

Constant imaginary_part(const Constant& x) {
  if (Access::rep(x) == Rep::kComplex) return Access::payload<Complex>(x).im;
  return x.is_numeric() ? Constant(int64_t{0}) : Constant();
}

bool small_int(mpz_srcptr z) { return mpz_sizeinbase(z, 2) < kMaxFractionBits; }

bool small_float(mpfr_srcptr f) {
  if (mpfr_zero_p(f)) return true;
  if (!mpfr_regular_p(f)) return false;
  return mpfr_get_exp(f) > -kMaxFractionBits && mpfr_get_exp(f) < kMaxFractionBits;
}

bool holds(int order, Token op) {
  switch (op) {
    case Token::kEql:
      return order == 0;
    case Token::kNeq:
      return order != 0;
    case Token::kLss:
      return order < 0;
    case Token::kLeq:
      return order <= 0;
    case Token::kGtr:
      return order > 0;
    case Token::kGeq:
      return order >= 0;
    default:
      return false;
  }
}

int order_of(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

// A float with the value of `q`, cut after some 130 bits with the last one set if anything was cut:
// all bits a float64, normal or not, is rounded by. Rounding this equals rounding `q`.
void set_to_odd(mpfr_t f, mpq_srcptr q) {
  constexpr int64_t kBits = 130;
  Mpz num;
  Mpz den;
  mpz_abs(num.z, mpq_numref(q));
  mpz_set(den.z, mpq_denref(q));
  int64_t shift = kBits - (static_cast<int64_t>(mpz_sizeinbase(num.z, 2)) -
                           static_cast<int64_t>(mpz_sizeinbase(den.z, 2)));
  if (shift > 0) {
    mpz_mul_2exp(num.z, num.z, static_cast<mp_bitcnt_t>(shift));
  } else {
    mpz_mul_2exp(den.z, den.z, static_cast<mp_bitcnt_t>(-shift));
  }
  Mpz rest;
  mpz_tdiv_qr(num.z, rest.z, num.z, den.z);
  if (mpz_sgn(rest.z) != 0) mpz_setbit(num.z, 0);
  mpfr_set_z_2exp(f, num.z, -shift, MPFR_RNDN);
  if (mpq_sgn(q) < 0) mpfr_neg(f, f, MPFR_RNDN);
}

// What big.Float makes of a number with its smallest exponent: infinity, because the exponent wraps
// there, unless rounding lifts it. The Go compiler rejects and accepts constants by that, so it
// counts.
template <typename Native>
Native nearest_at_edge(mpfr_srcptr f) {
  Mpfr rounded(std::numeric_limits<Native>::digits);
  mpfr_set(rounded.f, f, MPFR_RNDN);
  Native magnitude =
      mpfr_get_exp(rounded.f) > kMinExponent ? Native{0} : std::numeric_limits<Native>::infinity();
  return std::copysign(magnitude, static_cast<Native>(mpfr_sgn(f)));
}

// float64_value and float32_value, which differ in `get` alone.
template <typename Native>
Native nearest(const Constant& x, bool* exact, Native (*get)(mpfr_srcptr, mpfr_rnd_t)) {
  bool ignored = false;
  bool& is_exact = exact ? *exact : ignored;
  is_exact = false;
  switch (Access::rep(x)) {
    case Rep::kUnknown:
    case Rep::kBool:
    case Rep::kString:
    case Rep::kComplex:
      return 0;
    case Rep::kInt64: {
      Native value = static_cast<Native>(Access::int64(x));
      is_exact = static_cast<__int128>(value) == Access::int64(x);
      return value;
    }
    case Rep::kRat: {
      RatView q(x);
      Mpfr odd(192);
      WideExponents wide;
      set_to_odd(odd.f, q.get());
      Native value = get(odd.f, MPFR_RNDN);
      is_exact = std::isfinite(value) && mpfr_cmp_d(odd.f, value) == 0;
      return value;
    }
    case Rep::kBigInt:
    case Rep::kFloat: {
      WideExponents wide;
      FloatView f(x);
      if (mpfr_regular_p(f.get()) && mpfr_get_exp(f.get()) == kMinExponent) {
        return nearest_at_edge<Native>(f.get());
      }
      Native value = get(f.get(), MPFR_RNDN);
      is_exact = std::isfinite(value) && mpfr_cmp_d(f.get(), value) == 0;
      return value;
    }
  }
  UNPARK_UNREACHABLE("no such representation");
}

std::string decimal(mpz_srcptr z) {
  std::string out(mpz_sizeinbase(z, 10) + 2, '\0');
  mpz_get_str(out.data(), 10, z);
  out.resize(std::strlen(out.c_str()));
  return out;
}

void append_hex(std::string& out, uint64_t word) {
  for (int bit = 60; bit >= 0; bit -= 4) out += "0123456789abcdef"[(word >> bit) & 15];
}

std::string float_text(const Float& f) {
  if (f.sign == 0) return "0";
  std::string out = f.sign < 0 ? "-0x." : "0x.";
  for (size_t i = kFloatLimbs; i > 0; i--) append_hex(out, f.limbs[i - 1]);
  out.resize(out.find_last_not_of('0') + 1);
  out += f.exponent < 0 ? "p" : "p+";
  return out + std::to_string(f.exponent);
}

std::string string_text(std::string_view bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3u;
  }
  std::string out = "s:" + std::to_string(bytes.size()) + ":";
  append_hex(out, hash);
  return out;
}

// 5^n, rounded the way big.Float rounds it when it parses a decimal exponent: an exact start, then
// square and multiply with 64 more bits for the squares. Infinite if out of range.
void power_of_five(mpfr_t out, uint64_t n) {
  constexpr uint64_t kExact = 27;  // 5^27 is the last that fits 64 bits
  mpfr_set_ui(out, 1, MPFR_RNDN);
  for (uint64_t i = std::min(n, kExact); i > 0; i--) mpfr_mul_ui(out, out, 5, MPFR_RNDN);
  if (n <= kExact) return;
  n -= kExact;
  Mpfr square(mpfr_get_prec(out) + 64);
  mpfr_set_ui(square.f, 5, MPFR_RNDN);
  for (; n > 0; n >>= 1) {
    if (n & 1) clamp(out, mpfr_mul(out, out, square.f, MPFR_RNDN));
    clamp(square.f, mpfr_sqr(square.f, square.f, MPFR_RNDN));
  }
}

// The binary and quinary exponents a number text has besides its digits. Exponents near the limits
// of 64 bits need more than 64.
struct Scale {
  __int128 two = 0;
  __int128 five = 0;
};

Scale scale_of(const NumberText& text) {
  Scale scale;
  switch (text.base) {
    case 10:
      scale.five = -text.fraction_digits;
      scale.two = -text.fraction_digits;
      break;
    case 8:
      scale.two = -3 * text.fraction_digits;
      break;
    case 16:
      scale.two = -4 * text.fraction_digits;
      break;
    default:
      scale.two = -text.fraction_digits;
      break;
  }
  scale.two += text.exponent;
  if (text.exponent_base == 10) scale.five += text.exponent;
  return scale;
}

// The number as big.Float parses it: the exact digits times a rounded power of five, rounded once
// more. False if the binary exponent alone is out of range.
bool parse_float(mpfr_t out, mpz_srcptr digits, const Scale& scale) {
  if (mpz_sgn(digits) == 0) {
    mpfr_set_zero(out, 1);
    return true;
  }
  size_t bits = mpz_sizeinbase(digits, 2);
  __int128 exponent = scale.two + static_cast<__int128>(bits);
  if (exponent < kMinExponent || exponent > kMaxExponent) return false;
  Mpfr exact(static_cast<mpfr_prec_t>(std::max<size_t>(bits, 64)));
  mpfr_set_z_2exp(exact.f, digits, static_cast<mpfr_exp_t>(scale.two), MPFR_RNDN);
  if (scale.five == 0) {
    clamp(out, mpfr_set(out, exact.f, MPFR_RNDN));
    return true;
  }
  Mpfr power(kPrecision + 64);
  // Below 2^64 because |five| is about |two| here.
  uint64_t n = static_cast<uint64_t>(scale.five < 0 ? -scale.five : scale.five);
  power_of_five(power.f, n);
  clamp(out, scale.five < 0 ? mpfr_div(out, exact.f, power.f, MPFR_RNDN)
                            : mpfr_mul(out, exact.f, power.f, MPFR_RNDN));
  return true;
}

// The number exactly. False if its exponents are too large for that (the limits of big.Rat).
bool parse_rat(mpq_t out, mpz_srcptr digits, const Scale& scale) {
  mpz_set(mpq_numref(out), digits);
  mpz_set_ui(mpq_denref(out), 1);
  if (mpz_sgn(digits) == 0) return true;
  __int128 five = scale.five < 0 ? -scale.five : scale.five;
  __int128 two = scale.two < 0 ? -scale.two : scale.two;
  if (five > 1'000'000 || two > 10'000'000) return false;
  if (five != 0) {
    Mpz power;
    mpz_ui_pow_ui(power.z, 5, static_cast<unsigned long>(five));
    mpz_ptr part = scale.five > 0 ? mpq_numref(out) : mpq_denref(out);
    mpz_mul(part, part, power.z);
  }
  mpz_ptr part = scale.two > 0 ? mpq_numref(out) : mpq_denref(out);
  mpz_mul_2exp(part, part, static_cast<mp_bitcnt_t>(two));
  mpq_canonicalize(out);
  return true;
}

}  // namespace

// ---- Reading ----

ConstantKind Constant::kind() const {
  switch (rep_) {
    case Rep::kUnknown:
      return ConstantKind::kUnknown;
    case Rep::kBool:
      return ConstantKind::kBool;
    case Rep::kString:
      return ConstantKind::kString;
    case Rep::kInt64:
    case Rep::kBigInt:
      return ConstantKind::kInt;
    case Rep::kRat:
    case Rep::kFloat:
      return ConstantKind::kFloat;
    case Rep::kComplex:
      return ConstantKind::kComplex;
  }
  UNPARK_UNREACHABLE("no such representation");
}

std::string_view Constant::string_value() const {
  return rep_ == Rep::kString ? Access::string(*this) : std::string_view();
}

int sign(const Constant& x) {
  switch (Access::rep(x)) {
    case Rep::kUnknown:
    case Rep::kBool:
    case Rep::kString:
      return 1;
    case Rep::kInt64:
      return order_of(Access::int64(x), 0);
    case Rep::kBigInt:
      return Access::payload<BigInt>(x).size < 0 ? -1 : 1;
    case Rep::kRat:
      return order_of(Access::payload<Rat>(x).num.size, 0);
    case Rep::kFloat:
      return Access::payload<Float>(x).sign;
    case Rep::kComplex:
      return sign(real_part(x)) | sign(imaginary_part(x));
  }
  UNPARK_UNREACHABLE("no such representation");
}

int bit_len(const Constant& x) {
  if (x.kind() != ConstantKind::kInt || sign(x) == 0) return 0;
  return static_cast<int>(mpz_sizeinbase(IntView(x).get(), 2));
}

std::optional<int64_t> int64_value(const Constant& x) {
  if (Access::rep(x) != Rep::kInt64) return std::nullopt;
  return Access::int64(x);
}

std::optional<uint64_t> uint64_value(const Constant& x) {
  if (Access::rep(x) == Rep::kInt64 && Access::int64(x) >= 0) {
    return static_cast<uint64_t>(Access::int64(x));
  }
  if (Access::rep(x) == Rep::kBigInt && Access::payload<BigInt>(x).size == 1) {
    return Access::payload<BigInt>(x).limbs[0];
  }
  return std::nullopt;
}

float float32_value(const Constant& x, bool* exact) {
  return nearest<float>(x, exact, mpfr_get_flt);
}

double float64_value(const Constant& x, bool* exact) {
  return nearest<double>(x, exact, mpfr_get_d);
}

bool compare(const Constant& x, Token op, const Constant& y) {
  switch (common_rep(x, y)) {
    case Rep::kUnknown:
      return false;
    case Rep::kBool:
      return (op == Token::kEql || op == Token::kNeq) &&
             holds(x.bool_value() != y.bool_value(), op);
    case Rep::kString:
      return holds(x.string_value().compare(y.string_value()), op);
    case Rep::kInt64:
      return holds(order_of(Access::int64(x), Access::int64(y)), op);
    case Rep::kBigInt:
      return holds(mpz_cmp(IntView(x).get(), IntView(y).get()), op);
    case Rep::kRat:
      return holds(mpq_cmp(RatView(x).get(), RatView(y).get()), op);
    case Rep::kFloat: {
      WideExponents wide;
      return holds(mpfr_cmp(FloatView(x).get(), FloatView(y).get()), op);
    }
    case Rep::kComplex: {
      bool equal = compare(real_part(x), Token::kEql, real_part(y)) &&
                   compare(imaginary_part(x), Token::kEql, imaginary_part(y));
      return (op == Token::kEql && equal) || (op == Token::kNeq && !equal);
    }
  }
  UNPARK_UNREACHABLE("no such representation");
}

bool overflows_untyped(const Constant& x) { return bit_len(x) > kMaxUntypedIntBits; }

bool fits_integer(const Constant& x, unsigned bits, bool is_signed) {
  if (x.kind() != ConstantKind::kInt) return false;
  if (!is_signed) return sign(x) >= 0 && static_cast<unsigned>(bit_len(x)) <= bits;
  if (Access::rep(x) != Rep::kInt64) return false;
  int64_t value = Access::int64(x);
  return bits >= 64 || (value >= -(int64_t{1} << (bits - 1)) && value < int64_t{1} << (bits - 1));
}

std::string exact_text(const Constant& x) {
  switch (Access::rep(x)) {
    case Rep::kUnknown:
      return "unknown";
    case Rep::kBool:
      return x.bool_value() ? "true" : "false";
    case Rep::kString:
      return string_text(x.string_value());
    case Rep::kInt64:
      return std::to_string(Access::int64(x));
    case Rep::kBigInt:
      return decimal(IntView(x).get());
    case Rep::kRat: {
      RatView q(x);
      std::string out = decimal(mpq_numref(q.get()));
      if (mpz_cmp_ui(mpq_denref(q.get()), 1) != 0) out += "/" + decimal(mpq_denref(q.get()));
      return out;
    }
    case Rep::kFloat:
      return float_text(Access::payload<Float>(x));
    case Rep::kComplex:
      return "(" + exact_text(real_part(x)) + " + " + exact_text(imaginary_part(x)) + "i)";
  }
  UNPARK_UNREACHABLE("no such representation");
}

// ---- Making ----

struct ConstantPool::Impl {
  // A thread's allocations go to the shard its id picks, so that few threads meet at one lock.
  static constexpr size_t kShards = 16;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    base::Arena arena;
  };
  std::array<Shard, kShards> shards;

  void* allocate(size_t size, size_t align) {
    size_t h = std::hash<std::thread::id>()(std::this_thread::get_id());
    Shard& shard = shards[h % kShards];
    std::lock_guard<std::mutex> lock(shard.mutex);
    return shard.arena.allocate(size, align);
  }
  template <typename T>
  Constant keep(Rep rep, const T& payload) {
    return Access::make(rep, new (allocate(sizeof(T), alignof(T))) T(payload));
  }
  BigInt keep_limbs(mpz_srcptr z) {
    size_t count = mpz_size(z);
    if (count == 0) return {};
    void* to = allocate(count * sizeof(mp_limb_t), alignof(mp_limb_t));
    std::memcpy(to, mpz_limbs_read(z), count * sizeof(mp_limb_t));
    int64_t size = static_cast<int64_t>(count);
    return {static_cast<const mp_limb_t*>(to), mpz_sgn(z) < 0 ? -size : size};
  }

  Constant integer(mpz_srcptr z) {
    if (mpz_fits_slong_p(z)) return Constant(int64_t{mpz_get_si(z)});
    if (mpz_sizeinbase(z, 2) > kMaxIntBits) return Constant();
    return keep(Rep::kBigInt, keep_limbs(z));
  }
  // In lowest terms, of whatever size.
  Constant fraction(mpq_srcptr q) {
    return keep(Rep::kRat, Rat{keep_limbs(mpq_numref(q)), keep_limbs(mpq_denref(q))});
  }
  Constant fraction_or_float(mpq_srcptr q) {
    if (small_int(mpq_numref(q)) && small_int(mpq_denref(q))) return fraction(q);
    WideExponents wide;
    Mpfr f;
    mpfr_set_q(f.f, q, MPFR_RNDN);
    return floating(f.f);
  }
  Constant floating(mpfr_srcptr f) {
    Float out;
    if (mpfr_zero_p(f)) return keep(Rep::kFloat, out);
    if (!mpfr_regular_p(f)) return Constant();
    out.sign = mpfr_sgn(f);
    out.exponent = mpfr_get_exp(f);
    const void* limbs = mpfr_custom_get_significand(f);
    std::memcpy(out.limbs.data(), limbs, sizeof(out.limbs));
    return keep(Rep::kFloat, out);
  }
  // Every finite float64 makes a moderate fraction.
  std::optional<Constant> finite(double value) {
    if (!std::isfinite(value)) return std::nullopt;
    Mpq q;
    mpq_set_d(q.q, value);
    return fraction(q.q);
  }
  Constant complex(const Constant& re, const Constant& im) {
    if (re.is_unknown() || im.is_unknown()) return Constant();
    return keep(Rep::kComplex, Complex{re, im});
  }

  Constant float_literal(std::string_view text);
  Constant concat(const Constant& x, const Constant& y);
  Constant int64_op(int64_t a, Token op, int64_t b);
  Constant big_op(const Constant& x, Token op, const Constant& y);
  Constant rat_op(const Constant& x, Token op, const Constant& y);
  Constant float_op(const Constant& x, Token op, const Constant& y);
};

ConstantPool::ConstantPool() : impl_(std::make_unique<Impl>()) {
  UNPARK_CHECK(mpfr_buildopt_tls_p(), "MPFR must keep its settings per thread");
}
ConstantPool::~ConstantPool() = default;

uint64_t ConstantPool::bytes() const {
  uint64_t total = 0;
  for (const Impl::Shard& shard : impl_->shards) {
    std::lock_guard<std::mutex> lock(shard.mutex);
    total += shard.arena.bytes();
  }
  return total;
}

Constant ConstantPool::make_uint(uint64_t value) {
  if (value <= static_cast<uint64_t>(INT64_MAX)) return Constant(static_cast<int64_t>(value));
  mp_limb_t limb = value;
  mpz_t z;
  return impl_->integer(mpz_roinit_n(z, &limb, 1));
}

Constant ConstantPool::make_float64(double value) {
  return impl_->finite(value).value_or(Constant());
}

Constant ConstantPool::make_string(std::string_view bytes) {
  if (bytes.size() > kMaxStringSize) return Constant();
  if (bytes.empty()) return Access::make_string("", 0, false);
  char* to = static_cast<char*>(impl_->allocate(bytes.size(), 1));
  std::memcpy(to, bytes.data(), bytes.size());
  return Access::make_string(to, bytes.size(), false);
}

Constant ConstantPool::make_imag(const Constant& x) {
  if (Access::rep(x) == Rep::kComplex || !x.is_numeric()) return Constant();
  return impl_->complex(Constant(int64_t{0}), x);
}

Constant ConstantPool::real(const Constant& x) { return real_part(x); }
Constant ConstantPool::imag(const Constant& x) { return imaginary_part(x); }

Constant ConstantPool::from_literal(Token kind, std::string_view text) {
  switch (kind) {
    case Token::kInt: {
      std::optional<NumberText> number = scan_int(text);
      if (!number) return Constant();
      Mpz z;
      mpz_set_str(z.z, number->digits.c_str(), number->base);
      return impl_->integer(z.z);
    }
    case Token::kFloat:
      return impl_->float_literal(text);
    case Token::kImag:
      if (!text.ends_with('i')) return Constant();
      return make_imag(impl_->float_literal(text.substr(0, text.size() - 1)));
    case Token::kChar: {
      std::optional<uint32_t> rune = syntax::rune_value(text);
      return rune ? Constant(int64_t{*rune}) : Constant();
    }
    case Token::kString: {
      std::optional<std::string> bytes = syntax::string_value(text);
      return bytes ? make_string(*bytes) : Constant();
    }
    default:
      return Constant();
  }
}

// Parsed as a float first, to see the size; exactly if that is moderate. A value that underflows to
// 0 is the fraction 0, one beyond all exponents is unknown.
Constant ConstantPool::Impl::float_literal(std::string_view text) {
  std::optional<NumberText> number = scan_float(text);
  if (!number) return Constant();
  Mpz digits;
  mpz_set_str(digits.z, number->digits.c_str(), number->base);
  Scale scale = scale_of(*number);
  WideExponents wide;
  Mpfr f;
  if (!parse_float(f.f, digits.z, scale)) return Constant();
  if (small_float(f.f)) {
    Mpq q;
    if (mpfr_zero_p(f.f)) return fraction(q.q);
    if (parse_rat(q.q, digits.z, scale)) return fraction(q.q);
  }
  return floating(f.f);
}

Constant ConstantPool::to_int(const Constant& x) {
  switch (Access::rep(x)) {
    case Rep::kUnknown:
    case Rep::kBool:
    case Rep::kString:
      return Constant();
    case Rep::kInt64:
    case Rep::kBigInt:
      return x;
    case Rep::kRat: {
      RatView q(x);
      if (mpz_cmp_ui(mpq_denref(q.get()), 1) != 0) return Constant();
      return impl_->integer(mpq_numref(q.get()));
    }
    case Rep::kFloat: {
      WideExponents wide;
      FloatView f(x);
      if (!small_float(f.get())) return Constant();
      // Not an integer, perhaps, for an earlier rounding's sake: try with a few bits less.
      constexpr mpfr_prec_t kSlack = 4;
      Mpfr near(kPrecision - kSlack);
      Mpz z;
      for (mpfr_rnd_t mode : {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDA}) {
        mpfr_srcptr candidate = f.get();
        if (mode != MPFR_RNDN) {
          mpfr_set(near.f, f.get(), mode);
          candidate = near.f;
        }
        if (!mpfr_integer_p(candidate)) continue;
        mpfr_get_z(z.z, candidate, MPFR_RNDZ);
        return impl_->integer(z.z);
      }
      return Constant();
    }
    case Rep::kComplex: {
      Constant re = to_float(x);
      return re.kind() == ConstantKind::kFloat ? to_int(re) : Constant();
    }
  }
  UNPARK_UNREACHABLE("no such representation");
}

Constant ConstantPool::to_float(const Constant& x) {
  switch (Access::rep(x)) {
    case Rep::kUnknown:
    case Rep::kBool:
    case Rep::kString:
      return Constant();
    case Rep::kInt64:
    case Rep::kBigInt: {
      IntView z(x);
      if (small_int(z.get())) return impl_->fraction(RatView(x).get());
      WideExponents wide;
      return impl_->floating(FloatView(x).get());
    }
    case Rep::kRat:
    case Rep::kFloat:
      return x;
    case Rep::kComplex:
      return sign(imaginary_part(x)) == 0 ? to_float(real_part(x)) : Constant();
  }
  UNPARK_UNREACHABLE("no such representation");
}

Constant ConstantPool::to_complex(const Constant& x) {
  if (!x.is_numeric()) return Constant();
  if (Access::rep(x) == Rep::kComplex) return x;
  return impl_->complex(x, Constant(int64_t{0}));
}

Constant ConstantPool::unary_op(Token op, const Constant& x, unsigned unsigned_bits) {
  if (op == Token::kNot) {
    return Access::rep(x) == Rep::kBool ? Constant(!x.bool_value()) : Constant();
  }
  if (!x.is_numeric()) return Constant();
  if (op == Token::kAdd) return x;
  if (op == Token::kXor) {
    if (x.kind() != ConstantKind::kInt) return Constant();
    Mpz z;
    mpz_com(z.z, IntView(x).get());
    // The complement of an unsigned value is negative before it is cut to its size.
    if (unsigned_bits > 0) mpz_fdiv_r_2exp(z.z, z.z, unsigned_bits);
    return impl_->integer(z.z);
  }
  if (op != Token::kSub) return Constant();
  switch (Access::rep(x)) {
    case Rep::kUnknown:
    case Rep::kBool:
    case Rep::kString:
      return Constant();
    case Rep::kInt64:
    case Rep::kBigInt: {
      Mpz z;
      mpz_neg(z.z, IntView(x).get());
      return impl_->integer(z.z);
    }
    case Rep::kRat: {
      Mpq q;
      mpq_neg(q.q, RatView(x).get());
      return impl_->fraction_or_float(q.q);
    }
    case Rep::kFloat: {
      Float negated = Access::payload<Float>(x);
      negated.sign = -negated.sign;
      return impl_->keep(Rep::kFloat, negated);
    }
    case Rep::kComplex:
      return impl_->complex(unary_op(Token::kSub, real_part(x)),
                            unary_op(Token::kSub, imaginary_part(x)));
  }
  UNPARK_UNREACHABLE("no such representation");
}

Constant ConstantPool::binary_op(const Constant& x, Token op, const Constant& y) {
  switch (common_rep(x, y)) {
    case Rep::kUnknown:
      return Constant();
    case Rep::kBool:
      if (op == Token::kLAnd) return Constant(x.bool_value() && y.bool_value());
      if (op == Token::kLOr) return Constant(x.bool_value() || y.bool_value());
      return Constant();
    case Rep::kString:
      return op == Token::kAdd ? impl_->concat(x, y) : Constant();
    case Rep::kInt64:
      return impl_->int64_op(Access::int64(x), op, Access::int64(y));
    case Rep::kBigInt:
      return impl_->big_op(x, op, y);
    case Rep::kRat:
      return impl_->rat_op(x, op, y);
    case Rep::kFloat:
      return impl_->float_op(x, op, y);
    case Rep::kComplex:
      break;
  }
  // The order of the operations decides how floats round.
  Constant a = real_part(x), b = imaginary_part(x);
  Constant c = real_part(y), d = imaginary_part(y);
  auto add = [&](const Constant& l, const Constant& r) { return binary_op(l, Token::kAdd, r); };
  auto sub = [&](const Constant& l, const Constant& r) { return binary_op(l, Token::kSub, r); };
  auto mul = [&](const Constant& l, const Constant& r) { return binary_op(l, Token::kMul, r); };
  auto quo = [&](const Constant& l, const Constant& r) { return binary_op(l, Token::kQuo, r); };
  switch (op) {
    case Token::kAdd:
      return impl_->complex(add(a, c), add(b, d));
    case Token::kSub:
      return impl_->complex(sub(a, c), sub(b, d));
    case Token::kMul:
      return impl_->complex(sub(mul(a, c), mul(b, d)), add(mul(b, c), mul(a, d)));
    case Token::kQuo: {
      Constant norm = add(mul(c, c), mul(d, d));
      Constant re = add(mul(a, c), mul(b, d));
      Constant im = sub(mul(b, c), mul(a, d));
      return impl_->complex(quo(re, norm), quo(im, norm));
    }
    default:
      return Constant();
  }
}

// Appends behind the left operand where that is possible: a sum owns a buffer with room, and the
// first to extend a sum at the very end of its buffer takes that room. The sums of a chain a+b+c+…
// then share their bytes, and doubling the buffer keeps the copying linear.
Constant ConstantPool::Impl::concat(const Constant& x, const Constant& y) {
  std::string_view left = x.string_value();
  std::string_view right = y.string_value();
  if (right.empty()) return x;
  if (left.empty()) return y;
  uint64_t size = uint64_t{left.size()} + right.size();
  if (size > kMaxStringSize) return Constant();
  StringBuffer* buffer = Access::buffer(x);
  if (buffer && size <= buffer->capacity) {
    uint32_t end = static_cast<uint32_t>(left.size());
    if (buffer->used.compare_exchange_strong(end, static_cast<uint32_t>(size))) {
      std::memcpy(buffer->bytes() + left.size(), right.data(), right.size());
      return Access::make_string(left.data(), size, true);
    }
  }
  uint64_t capacity = buffer ? 2 * size : size;
  void* at = allocate(sizeof(StringBuffer) + capacity, alignof(StringBuffer));
  StringBuffer* fresh =
      new (at) StringBuffer{static_cast<uint32_t>(capacity), static_cast<uint32_t>(size)};
  std::memcpy(fresh->bytes(), left.data(), left.size());
  std::memcpy(fresh->bytes() + left.size(), right.data(), right.size());
  return Access::make_string(fresh->bytes(), size, true);
}

Constant ConstantPool::Impl::int64_op(int64_t a, Token op, int64_t b) {
  int64_t c = 0;
  switch (op) {
    case Token::kAdd:
      if (!__builtin_add_overflow(a, b, &c)) return Constant(c);
      break;
    case Token::kSub:
      if (!__builtin_sub_overflow(a, b, &c)) return Constant(c);
      break;
    case Token::kMul:
      if (!__builtin_mul_overflow(a, b, &c)) return Constant(c);
      break;
    case Token::kQuoAssign:
      if (b == 0) return Constant();
      // The one quotient that does not fit wraps, as it does in go/constant.
      return b == -1 ? Constant(static_cast<int64_t>(-static_cast<uint64_t>(a))) : Constant(a / b);
    case Token::kRem:
      if (b == 0) return Constant();
      return Constant(b == -1 ? int64_t{0} : a % b);
    case Token::kAnd:
      return Constant(a & b);
    case Token::kOr:
      return Constant(a | b);
    case Token::kXor:
      return Constant(a ^ b);
    case Token::kAndNot:
      return Constant(a & ~b);
    default:
      break;
  }
  return big_op(Constant(a), op, Constant(b));
}

Constant ConstantPool::Impl::big_op(const Constant& x, Token op, const Constant& y) {
  IntView a(x);
  IntView b(y);
  Mpz c;
  bool zero_divisor = mpz_sgn(b.get()) == 0;
  switch (op) {
    case Token::kAdd:
      mpz_add(c.z, a.get(), b.get());
      break;
    case Token::kSub:
      mpz_sub(c.z, a.get(), b.get());
      break;
    case Token::kMul:
      mpz_mul(c.z, a.get(), b.get());
      break;
    case Token::kQuo:
      return rat_op(x, op, y);
    case Token::kQuoAssign:
      if (zero_divisor) return Constant();
      mpz_tdiv_q(c.z, a.get(), b.get());
      break;
    case Token::kRem:
      if (zero_divisor) return Constant();
      mpz_tdiv_r(c.z, a.get(), b.get());
      break;
    case Token::kAnd:
      mpz_and(c.z, a.get(), b.get());
      break;
    case Token::kOr:
      mpz_ior(c.z, a.get(), b.get());
      break;
    case Token::kXor:
      mpz_xor(c.z, a.get(), b.get());
      break;
    case Token::kAndNot:
      mpz_com(c.z, b.get());
      mpz_and(c.z, a.get(), c.z);
      break;
    default:
      return Constant();
  }
  return integer(c.z);
}

Constant ConstantPool::Impl::rat_op(const Constant& x, Token op, const Constant& y) {
  RatView a(x);
  RatView b(y);
  Mpq c;
  switch (op) {
    case Token::kAdd:
      mpq_add(c.q, a.get(), b.get());
      break;
    case Token::kSub:
      mpq_sub(c.q, a.get(), b.get());
      break;
    case Token::kMul:
      mpq_mul(c.q, a.get(), b.get());
      break;
    case Token::kQuo:
      if (mpq_sgn(b.get()) == 0) return Constant();
      mpq_div(c.q, a.get(), b.get());
      break;
    default:
      return Constant();
  }
  return fraction_or_float(c.q);
}

Constant ConstantPool::Impl::float_op(const Constant& x, Token op, const Constant& y) {
  WideExponents wide;
  FloatView a(x);
  FloatView b(y);
  Mpfr c;
  int ternary = 0;
  switch (op) {
    case Token::kAdd:
      ternary = mpfr_add(c.f, a.get(), b.get(), MPFR_RNDN);
      break;
    case Token::kSub:
      ternary = mpfr_sub(c.f, a.get(), b.get(), MPFR_RNDN);
      break;
    case Token::kMul:
      ternary = mpfr_mul(c.f, a.get(), b.get(), MPFR_RNDN);
      break;
    case Token::kQuo:
      ternary = mpfr_div(c.f, a.get(), b.get(), MPFR_RNDN);
      break;
    default:
      return Constant();
  }
  clamp(c.f, ternary);
  return floating(c.f);
}

Constant ConstantPool::shift(const Constant& x, Token op, uint64_t count) {
  if (x.kind() != ConstantKind::kInt) return Constant();
  if (count == 0 || sign(x) == 0) return x;
  Mpz z;
  if (op == Token::kShl) {
    if (count > kMaxIntBits) return Constant();
    mpz_mul_2exp(z.z, IntView(x).get(), count);
  } else if (op == Token::kShr) {
    mpz_fdiv_q_2exp(z.z, IntView(x).get(), count);
  } else {
    return Constant();
  }
  return impl_->integer(z.z);
}

std::optional<Constant> ConstantPool::round_to_float32(const Constant& x) {
  if (x.is_unknown()) return x;
  Constant f = to_float(x);
  return f.is_unknown() ? std::nullopt : impl_->finite(float32_value(f));
}

std::optional<Constant> ConstantPool::round_to_float64(const Constant& x) {
  if (x.is_unknown()) return x;
  Constant f = to_float(x);
  return f.is_unknown() ? std::nullopt : impl_->finite(float64_value(f));
}

std::optional<Constant> ConstantPool::round_to_complex64(const Constant& x) {
  if (x.is_unknown()) return x;
  if (!x.is_numeric()) return std::nullopt;
  std::optional<Constant> re = impl_->finite(float32_value(real_part(x)));
  std::optional<Constant> im = impl_->finite(float32_value(imaginary_part(x)));
  if (!re || !im) return std::nullopt;
  return impl_->complex(*re, *im);
}

std::optional<Constant> ConstantPool::round_to_complex128(const Constant& x) {
  if (x.is_unknown()) return x;
  if (!x.is_numeric()) return std::nullopt;
  std::optional<Constant> re = impl_->finite(float64_value(real_part(x)));
  std::optional<Constant> im = impl_->finite(float64_value(imaginary_part(x)));
  if (!re || !im) return std::nullopt;
  return impl_->complex(*re, *im);
}

std::optional<Constant> ConstantPool::round_to_integer(const Constant& x, unsigned bits,
                                                       bool is_signed) {
  if (x.is_unknown()) return x;
  Constant value = to_int(x);
  if (!fits_integer(value, bits, is_signed)) return std::nullopt;
  return value;
}

// ---- Storing ----

ConstantStore::ConstantStore() {
  constants_.add(Constant(false));
  constants_.add(Constant(true));
  for (int64_t i = kMinShared; i <= kMaxShared; i++) constants_.add(Constant(i));
}

ConstId ConstantStore::add(const Constant& value) {
  if (value.kind() == ConstantKind::kBool) return ConstId(value.bool_value() ? 1 : 0);
  std::optional<int64_t> small = int64_value(value);
  if (small && *small >= kMinShared && *small <= kMaxShared) {
    return ConstId(static_cast<uint32_t>(2 + *small - kMinShared));
  }
  return constants_.add(value);
}

}  // namespace unpark::types
