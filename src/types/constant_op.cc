// Operators on constants. Binary operations first bring both operands to the more general of their
// two representations; results shrink (big integer to int64) or grow (fraction to 512-bit float) by
// fixed limits, so that every later rounding happens where Go has it too.
//
// Cost: that of the big-number operation; small integers touch neither library. Strings: see
// concat.
#include "types/constant_impl.h"

namespace unpark::types {

using syntax::Token;

namespace {

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

}  // namespace

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

}  // namespace unpark::types
