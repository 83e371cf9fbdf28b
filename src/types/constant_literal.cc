// Constants from literals, rounded where Go rounds them.
#include <algorithm>
#include <string>

#include "syntax/literal.h"
#include "types/constant_impl.h"
#include "types/number_text.h"

namespace unpark::types {

using syntax::Token;

namespace {

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

}  // namespace unpark::types
