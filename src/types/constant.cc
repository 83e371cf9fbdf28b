// Making, reading, converting and storing constants, with the representation rules of go/constant.
// Literals: constant_literal.cc; operators: constant_op.cc; the layout: constant_impl.h.
#include "types/constant.h"

#include <bit>
#include <cmath>
#include <string>

#include "base/check.h"
#include "types/constant_impl.h"

namespace unpark::types {

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

namespace {

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

int sign_of(int64_t a) { return a < 0 ? -1 : a > 0; }

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
      return sign_of(Access::int64(x));
    case Rep::kBigInt:
      return Access::payload<BigInt>(x).size < 0 ? -1 : 1;
    case Rep::kRat:
      return sign_of(Access::payload<Rat>(x).num.size);
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
