// Constant: an exact value of a Go constant expression, and the arithmetic on such values.
//
// The results equal those of Go's go/constant bit for bit, including which representation a number
// is in, because that decides how later operations round:
//   int      int64 where it fits, else a big integer
//   float    an exact fraction while numerator and denominator stay below kMaxFractionBits, from
//   then
//            on a binary float of 512 bits, rounded to nearest even; never back to a fraction
//   complex  a pair of int or float
// A value that cannot be had (wrong operands, overflow, division by zero) is kUnknown, and kUnknown
// in gives kUnknown out, so a caller need not look at every step.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/concurrent_store.h"
#include "base/id.h"
#include "syntax/token.h"

namespace unpark::types {

enum class ConstantKind : uint8_t { kUnknown, kBool, kString, kInt, kFloat, kComplex };

// Sixteen bytes, copied freely. What does not fit inside belongs to the ConstantPool that made the
// value and lives as long as that pool. Default-made: kUnknown.
class Constant {
 public:
  constexpr Constant() = default;
  constexpr explicit Constant(std::same_as<bool> auto value) : rep_(Rep::kBool), int_(value) {}
  constexpr explicit Constant(int64_t value) : rep_(Rep::kInt64), int_(value) {}

  ConstantKind kind() const;
  bool is_unknown() const { return rep_ == Rep::kUnknown; }
  // Any but kUnknown, kBool and kString.
  bool is_numeric() const { return rep_ >= Rep::kInt64; }

  // False unless kBool and true.
  bool bool_value() const { return rep_ == Rep::kBool && int_ != 0; }
  // The bytes of a kString, empty for others. Valid as long as the pool.
  std::string_view string_value() const;

 private:
  friend class ConstantPool;
  friend struct ConstantAccess;

  // In the order of growing generality: two operands meet at the greater one.
  enum class Rep : uint8_t { kUnknown, kBool, kString, kInt64, kBigInt, kRat, kFloat, kComplex };

  Rep rep_ = Rep::kUnknown;
  bool extendable_ = false;  // of kString: the bytes start a buffer with room behind them
  uint32_t size_ = 0;        // of kString: in bytes
  union {
    int64_t int_ = 0;      // kBool, kInt64
    const void* payload_;  // the others, see constant.cc
  };
};

static_assert(sizeof(Constant) == 16);

// ---- Limits ----

// Fractions give way to 512-bit floats when numerator or denominator reaches this many bits.
inline constexpr int kMaxFractionBits = 4096;
// The checker's limits (go/types): a constant shift count may be this large at most, an untyped
// integer may have this many bits at most, and a numeric literal this many characters.
inline constexpr uint64_t kMaxShiftCount = 1023 - 1 + 52;
inline constexpr int kMaxUntypedIntBits = 512;
inline constexpr size_t kMaxLiteralSize = 10000;
// Ours, so that no expression can eat the machine: integers of more bits than this and strings of
// more bytes are kUnknown. No program that compiles comes near.
inline constexpr uint64_t kMaxIntBits = uint64_t{1} << 24;
inline constexpr uint64_t kMaxStringSize = uint64_t{1} << 27;

// ---- Reading; none of these allocates from a pool ----

// -1, 0 or 1. Of complex values: 0 exactly if zero. 1 for kUnknown (so that nobody sees a division
// by zero there) and for what is no number.
int sign(const Constant& x);
// Bits of the absolute value of a kInt; 0 for all others.
int bit_len(const Constant& x);
// The value of a kInt, if it fits.
std::optional<int64_t> int64_value(const Constant& x);
std::optional<uint64_t> uint64_value(const Constant& x);
// The nearest float of a kInt or kFloat; ±infinity when too large, ±0 when too small; 0 for others.
// `exact` (may be null) says whether nothing was lost; never exact beyond the range.
float float32_value(const Constant& x, bool* exact = nullptr);
double float64_value(const Constant& x, bool* exact = nullptr);

// x op y for one of == != < <= > >=. Operands of different numeric kinds are compared at the more
// general one. False when either is kUnknown or the operator does not apply.
bool compare(const Constant& x, syntax::Token op, const Constant& y);

// An untyped integer that the checker must refuse for its size.
bool overflows_untyped(const Constant& x);

// Whether x, if a kInt, lies in the range of an integer type of 8 to 64 bits.
bool fits_integer(const Constant& x, unsigned bits, bool is_signed);

// One text per value and representation, as the oracle programs under tests/oracle print it:
//   unknown | true | false | decimal integer | fraction n/d in lowest terms (n alone if d is 1) |
//   float as [-]0x.MANTISSAp±EXP with the mantissa in hex and in [1/2, 1), or 0 |
//   string as s:SIZE:FNV, size decimal, FNV-1a 64 of the bytes as 16 hex digits | (RE + IMi)
std::string exact_text(const Constant& x);

// ---- Making ----

// Makes constants and owns their large parts. Thread-safe: threads allocate from separate arenas.
class ConstantPool {
 public:
  ConstantPool();
  ~ConstantPool();
  ConstantPool(const ConstantPool&) = delete;
  ConstantPool& operator=(const ConstantPool&) = delete;

  Constant make_bool(bool value) { return Constant(value); }
  Constant make_int(int64_t value) { return Constant(value); }
  Constant make_uint(uint64_t value);
  // -0 becomes 0; infinities and NaN become kUnknown.
  Constant make_float64(double value);
  Constant make_string(std::string_view bytes);  // copies
  // 0 + xi.
  Constant make_imag(const Constant& x);

  // The value of a literal token (kInt, kFloat, kImag, kChar, kString) as spelled in the source,
  // quotes, prefixes and underscores included; kUnknown if the spelling is not one Go allows. Time
  // is bounded by the length of the text, whatever exponent it claims.
  Constant from_literal(syntax::Token kind, std::string_view text);

  // The value as another kind if it can be represented there (to_int: no fraction, allowing for the
  // last 4 of 512 bits; to_float: no imaginary part), else kUnknown.
  Constant to_int(const Constant& x);
  Constant to_float(const Constant& x);
  Constant to_complex(const Constant& x);

  // + - ^ !. For ^ on an unsigned type give its size in bits, else 0.
  Constant unary_op(syntax::Token op, const Constant& x, unsigned unsigned_bits = 0);
  // + - * / % & | ^ &^ on numbers, + on strings, && || on bools. kQuo on integers is exact division
  // that gives a float; kQuoAssign asks for Go's integer division. A chain of n string additions
  // costs the length of the result, not n times that.
  Constant binary_op(const Constant& x, syntax::Token op, const Constant& y);
  // << >> of a kInt.
  Constant shift(const Constant& x, syntax::Token op, uint64_t count);

  Constant real(const Constant& x);
  Constant imag(const Constant& x);

  // The value a typed constant has after conversion to the type, as go/types computes it: rounded
  // to the nearest, denormals kept, -0 turned into 0. None if it overflows or has the wrong kind.
  // kUnknown stays kUnknown, which counts as representable.
  std::optional<Constant> round_to_float32(const Constant& x);
  std::optional<Constant> round_to_float64(const Constant& x);
  std::optional<Constant> round_to_complex64(const Constant& x);
  std::optional<Constant> round_to_complex128(const Constant& x);
  std::optional<Constant> round_to_integer(const Constant& x, unsigned bits, bool is_signed);

  // Memory held, for statistics.
  uint64_t bytes() const;

 private:
  friend struct ConstantAccess;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- Storing ----

using ConstId = base::Id<struct ConstTag>;

// Constants by id, append-only, for side tables that want four bytes. `add` may be called by many
// threads; reading takes no lock. Bools and small integers always get the same id, others a new
// one.
class ConstantStore {
 public:
  ConstantStore();

  ConstId add(const Constant& value);
  const Constant& operator[](ConstId id) const { return constants_[id]; }
  uint32_t size() const { return constants_.size(); }
  uint64_t bytes() const { return constants_.bytes(); }

 private:
  static constexpr int64_t kMinShared = -128;
  static constexpr int64_t kMaxShared = 1024;

  base::ConcurrentStore<ConstId, Constant> constants_;
};

}  // namespace unpark::types
