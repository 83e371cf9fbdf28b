// What the files of constant arithmetic share: how constants are laid out in a pool's arenas, and
// big numbers over them.
//
// Operations read their operands in place (GMP and MPFR accept limbs they do not own), compute into
// temporaries and freeze the result into the pool.
//
// 512-bit floats: MPFR rounds each operation correctly, to nearest even, as big.Float does.
// Exponents are those of big.Float, 32 bits signed: MPFR runs with a wider range here, and what
// leaves the 32-bit range becomes zero below (no denormals) and unknown above (see clamp).
#pragma once

#include <gmp.h>
#include <mpfr.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>
#include <thread>

#include "base/arena.h"
#include "types/constant.h"

namespace unpark::types {

inline constexpr mpfr_prec_t kPrecision = 512;
inline constexpr size_t kFloatLimbs = 8;
static_assert(GMP_NUMB_BITS == 64 && kFloatLimbs * GMP_NUMB_BITS == kPrecision);

inline constexpr int64_t kMinExponent = std::numeric_limits<int32_t>::min();
inline constexpr int64_t kMaxExponent = std::numeric_limits<int32_t>::max();

// ---- Payloads, in the arenas of a pool ----

// GMP may read the first limb of a zero.
inline constexpr mp_limb_t kZeroLimb = 0;

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
void clamp(mpfr_t f, int ternary);

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

// The more general representation of the two; kUnknown when they do not mix.
Rep common_rep(const Constant& x, const Constant& y);
Constant real_part(const Constant& x);
Constant imaginary_part(const Constant& x);
// Whether a fraction of such parts, or with such a value, stays a fraction.
bool small_int(mpz_srcptr z);
bool small_float(mpfr_srcptr f);

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
  Constant int64_op(int64_t a, syntax::Token op, int64_t b);
  Constant big_op(const Constant& x, syntax::Token op, const Constant& y);
  Constant rat_op(const Constant& x, syntax::Token op, const Constant& y);
  Constant float_op(const Constant& x, syntax::Token op, const Constant& y);
};

}  // namespace unpark::types
