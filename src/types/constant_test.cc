#include "types/constant.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace unpark::types {
namespace {

using syntax::Token;

// ---- Against go/constant ----

std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> out(1);
  for (char c : line) {
    if (c == by) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string hex16(uint64_t value, int digits = 16) {
  std::array<char, 32> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%0*llx", digits,
                static_cast<unsigned long long>(value));
  return buffer.data();
}

std::string from_hex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

uint64_t fnv64(const std::string& bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

std::string short_text(const Constant& x) {
  std::string text = exact_text(x);
  if (text.size() <= 200) return text;
  return "h:" + std::to_string(text.size()) + ":" + hex16(fnv64(text));
}

Token token_of(const std::string& text) {
  static const std::unordered_map<std::string, Token> kTokens = {
      {"INT", Token::kInt},      {"FLOAT", Token::kFloat},   {"IMAG", Token::kImag},
      {"CHAR", Token::kChar},    {"STRING", Token::kString}, {"+", Token::kAdd},
      {"-", Token::kSub},        {"*", Token::kMul},         {"/", Token::kQuo},
      {"/=", Token::kQuoAssign}, {"%", Token::kRem},         {"&", Token::kAnd},
      {"|", Token::kOr},         {"^", Token::kXor},         {"&^", Token::kAndNot},
      {"<<", Token::kShl},       {">>", Token::kShr},        {"&&", Token::kLAnd},
      {"||", Token::kLOr},       {"!", Token::kNot},         {"==", Token::kEql},
      {"!=", Token::kNeq},       {"<", Token::kLss},         {"<=", Token::kLeq},
      {">", Token::kGtr},        {">=", Token::kGeq}};
  auto found = kTokens.find(text);
  return found == kTokens.end() ? Token::kIllegal : found->second;
}

// Repeats the operations of tests/oracle/constant, one a line; operands are named by line number.
class Replay {
 public:
  // The result as the oracle would print it.
  std::string run(const std::vector<std::string>& f) {
    const std::string& what = f[0];
    if (what == "unknown") return value(Constant());
    if (what == "bool") return value(pool_.make_bool(f[1] == "true"));
    if (what == "float64") {
      return value(pool_.make_float64(std::bit_cast<double>(std::stoull(f[1], nullptr, 16))));
    }
    if (what == "uint64") return value(pool_.make_uint(std::stoull(f[1])));
    if (what == "lit") return value(pool_.from_literal(token_of(f[1]), from_hex(f[2])));
    if (what == "bin") return value(pool_.binary_op(at(f[2]), token_of(f[1]), at(f[3])));
    if (what == "un") {
      return value(
          pool_.unary_op(token_of(f[1]), at(f[3]), static_cast<unsigned>(std::stoul(f[2]))));
    }
    if (what == "shift") return value(pool_.shift(at(f[3]), token_of(f[1]), std::stoull(f[2])));
    if (what == "cmp") return note(compare(at(f[2]), token_of(f[1]), at(f[3])) ? "true" : "false");
    if (what == "conv") return convert(f[1], at(f[2]));
    if (what == "read") return note(read(at(f[1])));
    return note("no such operation: " + what);
  }

 private:
  const Constant& at(const std::string& line) { return values_.at(std::stoul(line)); }
  std::string value(const Constant& x) {
    values_.push_back(x);
    return std::to_string(static_cast<int>(x.kind())) + "\t" + short_text(x);
  }
  std::string note(std::string text) {
    values_.emplace_back();
    return text;
  }
  std::string maybe(const std::optional<Constant>& x) { return x ? value(*x) : note("-\tnone"); }

  std::string convert(const std::string& to, Constant x) {
    if (to == "int") return value(pool_.to_int(x));
    if (to == "float") return value(pool_.to_float(x));
    if (to == "complex") return value(pool_.to_complex(x));
    if (to == "real") return value(pool_.real(x));
    if (to == "imag") return value(pool_.imag(x));
    if (to == "float32") return maybe(pool_.round_to_float32(x));
    if (to == "float64") return maybe(pool_.round_to_float64(x));
    if (to == "complex64") return maybe(pool_.round_to_complex64(x));
    if (to == "complex128") return maybe(pool_.round_to_complex128(x));
    return note("no such conversion: " + to);
  }

  static std::string read(const Constant& x) {
    std::optional<int64_t> i64 = int64_value(x);
    std::optional<uint64_t> u64 = uint64_value(x);
    std::string out = std::to_string(sign(x)) + "\t" + std::to_string(bit_len(x)) + "\t" +
                      (i64 ? std::to_string(*i64) : "-") + "\t" +
                      (u64 ? std::to_string(*u64) : "-") + "\t";
    if (x.kind() != ConstantKind::kInt && x.kind() != ConstantKind::kFloat) return out + "-\t-";
    bool exact32 = false;
    bool exact64 = false;
    float f32 = float32_value(x, &exact32);
    double f64 = float64_value(x, &exact64);
    return out + hex16(std::bit_cast<uint32_t>(f32), 8) + (exact32 ? ":true\t" : ":false\t") +
           hex16(std::bit_cast<uint64_t>(f64)) + (exact64 ? ":true" : ":false");
  }

  ConstantPool pool_;
  std::vector<Constant> values_;
};

// How many fields of a line are the operation; the rest is its result.
size_t operation_fields(const std::string& what) {
  if (what == "unknown") return 1;
  if (what == "bool" || what == "float64" || what == "uint64" || what == "read") return 2;
  if (what == "lit" || what == "conv") return 3;
  return 4;
}

class AgainstGo : public ::testing::TestWithParam<int> {};

TEST_P(AgainstGo, EveryResultIsTheSame) {
  if (std::system("go version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no Go toolchain to compare with";
  }
  constexpr size_t kLines = 100000;
  std::string command = "cd tests/oracle/constant && go run . -seed " + std::to_string(GetParam()) +
                        " -n " + std::to_string(kLines);
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  Replay replay;
  size_t lines = 0;
  size_t differences = 0;
  std::string line;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    std::vector<std::string> fields = split(line, '\t');
    size_t operation = operation_fields(fields[0]);
    std::string want;
    for (size_t i = operation; i < fields.size(); i++) {
      want += (i > operation ? "\t" : "") + fields[i];
    }
    std::string got = replay.run(fields);
    if (got != want && ++differences <= 20) {
      ADD_FAILURE() << "line " << lines << ": " << line << "\ngot: " << got;
    }
    lines++;
    line.clear();
  }
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_GE(lines, kLines);
  EXPECT_EQ(differences, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AgainstGo, ::testing::Values(1, 2, 3));

// ---- What needs no Go ----

class ConstantTest : public ::testing::Test {
 protected:
  Constant integer(std::string_view text) { return pool_.from_literal(Token::kInt, text); }
  Constant number(std::string_view text) { return pool_.from_literal(Token::kFloat, text); }
  Constant add(const Constant& x, const Constant& y) { return pool_.binary_op(x, Token::kAdd, y); }

  ConstantPool pool_;
};

TEST_F(ConstantTest, IntegersGrowAndShrink) {
  Constant max = pool_.make_int(INT64_MAX);
  Constant more = add(max, pool_.make_int(1));
  EXPECT_EQ(exact_text(more), "9223372036854775808");
  EXPECT_FALSE(int64_value(more));
  EXPECT_EQ(uint64_value(more), uint64_t{1} << 63);
  Constant back = pool_.binary_op(more, Token::kSub, pool_.make_int(1));
  EXPECT_EQ(int64_value(back), INT64_MAX);
}

TEST_F(ConstantTest, FractionsStayExactUntilTheyAreTooLarge) {
  Constant third = pool_.binary_op(pool_.make_int(1), Token::kQuo, pool_.make_int(3));
  EXPECT_EQ(exact_text(third), "1/3");
  EXPECT_EQ(exact_text(pool_.binary_op(third, Token::kMul, pool_.make_int(3))), "1");
  Constant huge = number("0x1p4095");
  EXPECT_EQ(exact_text(huge), "0x.8p+4096");
  EXPECT_EQ(exact_text(number("0x1p-4096")),
            "1/" + exact_text(pool_.shift(pool_.make_int(1), Token::kShl, 4096)));
}

TEST_F(ConstantTest, HugeExponentsTakeNoTimeAndNoMemory) {
  uint64_t before = pool_.bytes();
  EXPECT_EQ(exact_text(number("1e1000000000")), "unknown");
  EXPECT_EQ(exact_text(number("1e-1000000000")), "0");
  EXPECT_EQ(exact_text(number("0e1000000000")), "0");
  EXPECT_EQ(exact_text(number("1e99999999999999999999")), "unknown");
  EXPECT_EQ(exact_text(number("0x1p2147483646")), "0x.8p+2147483647");
  EXPECT_EQ(exact_text(number("0x1p2147483647")), "unknown");
  EXPECT_EQ(exact_text(number("0x1p-2147483649")), "0x.8p-2147483648");
  EXPECT_TRUE(pool_.shift(pool_.make_int(1), Token::kShl, 1000000000).is_unknown());
  EXPECT_EQ(exact_text(pool_.shift(pool_.make_int(-1), Token::kShr, 1000000000)), "-1");
  EXPECT_LT(pool_.bytes() - before, 1u << 20);
}

TEST_F(ConstantTest, FloatsLeaveTheirRangeAsInGo) {
  Constant big = number("0x1p2147483646");
  Constant tiny = number("0x1p-2147483649");
  EXPECT_TRUE(pool_.binary_op(big, Token::kMul, pool_.make_int(2)).is_unknown());
  EXPECT_EQ(exact_text(pool_.binary_op(tiny, Token::kQuo, pool_.make_int(2))), "0");
  // The exact product lies under the range, and rounding it up to the border does not bring it
  // back.
  std::string zeros(127, '0');
  std::string ones(127, 'F');
  Constant below = number("0x0." + ones + "Ep-1073741824");
  Constant above = number("0x1." + zeros + "2p-1073741825");
  Constant higher = number("0x1." + zeros + "2p-1073741824");
  EXPECT_EQ(exact_text(pool_.binary_op(above, Token::kMul, below)), "0");
  EXPECT_EQ(exact_text(pool_.binary_op(higher, Token::kMul, below)), "0x.8p-2147483647");
}

TEST_F(ConstantTest, NearlyIntegralFloatsAreIntegers) {
  Constant scale = number("0x1p5000");
  std::string zeros(127, '0');
  std::string ones(127, 'F');
  for (const std::string& near : {"0x1." + zeros + "2p5000", "0x0." + ones + "Fp5000"}) {
    Constant x = pool_.binary_op(number(near), Token::kQuo, scale);
    EXPECT_FALSE(compare(x, Token::kEql, pool_.make_int(1)));
    EXPECT_EQ(exact_text(pool_.to_int(x)), "1");
  }
  Constant third = pool_.binary_op(scale, Token::kQuo, number("0x3p5000"));
  EXPECT_TRUE(pool_.to_int(third).is_unknown());
}

TEST_F(ConstantTest, RoundingKnowsOverflowDenormalsAndNegativeZero) {
  EXPECT_FALSE(pool_.round_to_float32(number("3.4028235677973367e38")));
  EXPECT_EQ(exact_text(*pool_.round_to_float32(number("3.4028235677973366e38"))),
            "340282346638528859811704183484516925440");
  EXPECT_EQ(exact_text(*pool_.round_to_float64(number("2.4703282292062327e-324"))), "0");
  EXPECT_EQ(sign(*pool_.round_to_float64(number("2.4703282292062328e-324"))), 1);
  Constant minus_tiny = pool_.unary_op(Token::kSub, number("1e-1000"));
  EXPECT_EQ(exact_text(*pool_.round_to_float64(minus_tiny)), "0");
  EXPECT_TRUE(std::signbit(float64_value(minus_tiny)));
  EXPECT_EQ(exact_text(*pool_.round_to_float32(number("0.1"))), "13421773/134217728");
  EXPECT_FALSE(pool_.round_to_float64(pool_.from_literal(Token::kImag, "1i")));
  EXPECT_FALSE(pool_.round_to_float64(pool_.make_string("1")));
}

TEST_F(ConstantTest, IntegerRanges) {
  EXPECT_TRUE(pool_.round_to_integer(number("255.0"), 8, false));
  EXPECT_FALSE(pool_.round_to_integer(number("255.5"), 8, false));
  EXPECT_FALSE(pool_.round_to_integer(integer("256"), 8, false));
  EXPECT_FALSE(pool_.round_to_integer(integer("128"), 8, true));
  EXPECT_TRUE(pool_.round_to_integer(pool_.make_int(-128), 8, true));
  EXPECT_FALSE(pool_.round_to_integer(pool_.make_int(-1), 64, false));
  EXPECT_TRUE(pool_.round_to_integer(integer("18446744073709551615"), 64, false));
  EXPECT_FALSE(pool_.round_to_integer(integer("18446744073709551616"), 64, false));
  EXPECT_FALSE(pool_.round_to_integer(integer("9223372036854775808"), 64, true));
  EXPECT_TRUE(pool_.round_to_integer(pool_.make_int(INT64_MIN), 64, true));
  Constant limit = pool_.shift(pool_.make_int(1), Token::kShl, kMaxUntypedIntBits);
  EXPECT_TRUE(overflows_untyped(limit));
  EXPECT_FALSE(overflows_untyped(pool_.binary_op(limit, Token::kSub, pool_.make_int(1))));
}

TEST_F(ConstantTest, WrongOperandsAreUnknown) {
  Constant zero = pool_.make_int(0);
  Constant text = pool_.make_string("x");
  for (Token op : {Token::kQuo, Token::kQuoAssign, Token::kRem}) {
    EXPECT_TRUE(pool_.binary_op(pool_.make_int(1), op, zero).is_unknown());
    EXPECT_TRUE(pool_.binary_op(integer("99999999999999999999"), op, zero).is_unknown());
  }
  EXPECT_TRUE(pool_.binary_op(number("1.5"), Token::kQuo, zero).is_unknown());
  EXPECT_TRUE(pool_.binary_op(number("1e2000"), Token::kQuo, number("0.0")).is_unknown());
  Constant no = pool_.binary_op(pool_.from_literal(Token::kImag, "1i"), Token::kQuo, zero);
  EXPECT_TRUE(no.is_unknown());
  EXPECT_TRUE(pool_.binary_op(text, Token::kMul, text).is_unknown());
  EXPECT_TRUE(add(text, zero).is_unknown());
  EXPECT_TRUE(add(pool_.make_bool(true), pool_.make_bool(true)).is_unknown());
  EXPECT_TRUE(pool_.unary_op(Token::kXor, number("1.5")).is_unknown());
  EXPECT_TRUE(pool_.shift(number("4.0"), Token::kShl, 1).is_unknown());
  EXPECT_TRUE(pool_.from_literal(Token::kIdent, "x").is_unknown());
  EXPECT_FALSE(compare(text, Token::kEql, zero));
  EXPECT_FALSE(compare(Constant(), Token::kEql, Constant()));
}

TEST_F(ConstantTest, LongSumsOfStringsAreLinear) {
  constexpr size_t kTerms = 100000;
  Constant sum = pool_.make_string("");
  std::string want;
  std::vector<Constant> prefixes;
  for (size_t i = 0; i < kTerms; i++) {
    std::string term = std::to_string(i) + ",";
    want += term;
    sum = add(sum, pool_.make_string(term));
    prefixes.push_back(sum);
  }
  EXPECT_EQ(sum.string_value(), want);
  for (size_t i = 0; i < kTerms; i += 997) {
    std::string_view prefix = prefixes[i].string_value();
    EXPECT_EQ(prefix, std::string_view(want).substr(0, prefix.size()));
  }
  EXPECT_LT(pool_.bytes(), 8 * want.size());
}

TEST_F(ConstantTest, TwoSumsMayExtendTheSameString) {
  Constant ab = add(pool_.make_string("a"), pool_.make_string("b"));
  Constant abc = add(ab, pool_.make_string("c"));
  Constant abcd = add(abc, pool_.make_string("d"));
  Constant abce = add(abc, pool_.make_string("e"));
  EXPECT_EQ(abcd.string_value(), "abcd");
  EXPECT_EQ(abce.string_value(), "abce");
  EXPECT_EQ(abc.string_value(), "abc");
  EXPECT_EQ(exact_text(abc), "s:3:e71fa2190541574b");
}

TEST_F(ConstantTest, DoublingStringsEndsAsUnknown) {
  Constant s = pool_.make_string("0123456789abcdef");
  for (int i = 0; i < 64; i++) s = add(s, s);
  EXPECT_TRUE(s.is_unknown());
}

TEST_F(ConstantTest, ThreadsShareAPool) {
  Constant base = add(pool_.make_string("x"), pool_.make_string("y"));
  base = add(base, pool_.make_string("z"));
  std::vector<std::jthread> threads;
  std::vector<Constant> sums(4);
  std::vector<Constant> strings(4);
  for (size_t t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      Constant sum = pool_.make_int(0);
      Constant text = base;
      for (int i = 1; i <= 300; i++) {
        sum = add(sum, pool_.binary_op(pool_.make_int(1), Token::kQuo, pool_.make_int(i)));
        text = add(text, pool_.make_string(std::to_string(t)));
      }
      sums[t] = sum;
      strings[t] = text;
    });
  }
  threads.clear();
  for (size_t t = 0; t < 4; t++) {
    EXPECT_TRUE(compare(sums[t], Token::kEql, sums[0]));
    EXPECT_EQ(strings[t].string_value(), "xyz" + std::string(300, static_cast<char>('0' + t)));
  }
  EXPECT_EQ(base.string_value(), "xyz");
}

TEST_F(ConstantTest, StoreSharesSmallValues) {
  ConstantStore store;
  EXPECT_EQ(store.add(Constant(true)), store.add(Constant(true)));
  EXPECT_NE(store.add(Constant(true)), store.add(Constant(false)));
  std::set<ConstId> ids;
  for (int64_t i = -200; i <= 2000; i++) {
    ConstId id = store.add(Constant(i));
    EXPECT_EQ(int64_value(store[id]), i);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 2201u);
  EXPECT_EQ(store.add(Constant(int64_t{7})), store.add(Constant(int64_t{7})));
  ConstId text = store.add(pool_.make_string("seven"));
  EXPECT_EQ(store[text].string_value(), "seven");
  EXPECT_TRUE(store[store.add(Constant())].is_unknown());
}

}  // namespace
}  // namespace unpark::types
