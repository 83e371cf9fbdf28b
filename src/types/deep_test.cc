// Programs of extreme shape: long chains, deep nests, texts and types that double or expand for
// ever. The checker must end in good time with the stack it has, and still know what can be known.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/interner.h"
#include "base/worker_pool.h"
#include "syntax/parser.h"
#include "types/facts.h"
#include "types/program.h"

namespace unpark::types {
namespace {

constexpr int kLong = 10'000;  // of chains
constexpr int kDeep = 900;     // of nests; the parser allows 1000

class Deep : public testing::Test {
 protected:
  void check(std::string text) {
    text_ = "package p\n" + std::move(text);
    tree_ = std::make_unique<syntax::Tree>(syntax::parse(text_, names_));
    ASSERT_TRUE(tree_->errors.empty()) << tree_->errors[0].message;
    std::vector<UnitSpec> units(1);
    units[0].path = units[0].name = "p";
    units[0].files.push_back({source::FileId{0}, "p.go", tree_.get(), GoVersion{26}});
    program_ = std::make_unique<Program>(names_, Sizes{});
    base::WorkerPool workers(1);
    program_->check(std::move(units), workers);
    facts_ = 0;
    CanonicalWriter writer(cx());
    for_each_declaration(cx(), package(), package().files[0], writer,
                         [&](const DeclarationFacts& d) { facts_ += d.facts; });
  }

  Context& cx() { return program_->context(); }
  const Package& package() { return cx().package(program_->unit(UnitId{0}).package); }
  std::string type(std::string_view name) {
    ObjectId id = package().lookup(names_.intern(name));
    return id.exists() ? type_text(cx(), cx().objects[id].type) : "no object";
  }
  std::string constant(std::string_view name) {
    const Object& o = cx().objects[package().lookup(names_.intern(name))];
    return o.extra == UINT32_MAX ? "none" : exact_text(cx().constants[ConstId{o.extra}]);
  }

  // `one` n times; # stands for the number, + for the next.
  static std::string times(int n, std::string_view one) {
    std::string out;
    for (int i = 0; i < n; i++) {
      for (char c : one) {
        if (c == '#') {
          out += std::to_string(i);
        } else if (c == '@') {
          out += std::to_string(i + 1);
        } else {
          out += c;
        }
      }
    }
    return out;
  }

  uint64_t facts_ = 0;

 private:
  base::Interner names_;
  std::string text_;
  std::unique_ptr<syntax::Tree> tree_;
  std::unique_ptr<Program> program_;
};

TEST_F(Deep, OperatorChains) {
  check("const a = 1" + times(kLong, " + 1") + "\nvar s uint = 3\nvar x float32 = 1" +
        times(kLong, " + 1") + "\nfunc f(a int) bool { return a == 0" + times(kLong, " && a == #") +
        " }\nvar b = 1<<s" + times(kLong, " + 1<<s") + " + int8(1)\n");
  EXPECT_EQ(constant("a"), "10001");
  EXPECT_EQ(type("x"), "float32");
  EXPECT_EQ(type("b"), "int8");
}

TEST_F(Deep, StatementChains) {
  check("func f(a int) {\n if a == 0 {}" + times(kLong, " else if b := #; a == b {}") + "\n" +
        times(kDeep, "{") + times(kDeep, "}") + "\n}\nfunc g() {" + times(kDeep / 2, "func() {") +
        times(kDeep / 2, "}()") + "}\n");
  EXPECT_GT(facts_, 6u * kLong);
}

TEST_F(Deep, Nests) {
  check("const a = " + times(kDeep, "(") + "1" + times(kDeep, ")") + "\nvar p " +
        times(kDeep, "*") + "int\nvar q = " + times(kDeep, "*") +
        "p\nvar f func(int) int\nvar x = " + times(kDeep, "f(") + "1" + times(kDeep, ")") +
        "\ntype T " + times(kDeep / 2, "struct{ a ") + "int" + times(kDeep / 2, "}") +
        "\nvar t T\nvar same = t == t\n");
  EXPECT_EQ(constant("a"), "1");
  EXPECT_EQ(type("q"), "int");
  EXPECT_EQ(type("x"), "int");
  EXPECT_EQ(type("same"), "bool");
}

TEST_F(Deep, DeclarationsThatNeedTheNext) {
  check(times(kLong, "type T# struct{ f T@ }\n") + "type T10000 struct{ x int }\nvar near T9998\n" +
        "var x = near.f.f.x\n" + times(kLong, "const c# = c@ + 1\n") + "const c10000 = 1\n" +
        times(kLong, "type A# = A@\n") + "type A10000 = int\nvar a A9999\nvar c [c9999]int\n");
  EXPECT_EQ(type("x"), "int");
  EXPECT_EQ(type("a"), "int");
  EXPECT_EQ(type("c"), "[2]int");
  EXPECT_EQ(constant("c9999"), "2");
}

TEST_F(Deep, LongSelectors) {
  check("type T struct{ *T }\nfunc (T) m() T { return T{} }\nvar x T\nvar y = x" +
        times(kDeep, ".T.m()") + "\nvar z = x" + times(kLong / 20, ".T") + "\n");
  EXPECT_EQ(type("y"), "p.T");
  EXPECT_EQ(type("z"), "*p.T");
}

// Longer than any stack: what is too deep to be known is invalid, and all ends well.
TEST_F(Deep, EndlessCallChain) {
  check("type T struct{}\nfunc (T) m() T { return T{} }\nvar x T\nvar near = x" +
        times(100, ".m()") + "\nvar far = x" + times(10 * kLong, ".m()") + "\n");
  EXPECT_EQ(type("near"), "p.T");
  EXPECT_EQ(type("far"), "invalid type");
}

TEST_F(Deep, TypesThatDouble) {
  check(times(60, "type S@ = struct{ a, b S# }\n") + "type S0 = struct{ x int }\nvar s S60\n" +
        times(60, "type F@ = func(F#) F#\n") + "type F0 = struct{ x int }\nvar f F60\n" +
        "var part = s.a.b" + times(58, ".a") + "\n");
  EXPECT_EQ(type("part"), "struct{ x int }");
}

TEST_F(Deep, ConstantsThatDouble) {
  check(times(60, "const s@ = s# + s#\n") + "const s0 = \"aaaaaaaaaaaaaaaa\"\n" +
        times(60, "const n@ = n# * n#\n") + "const n0 = 3\nvar n = n3\n");
  EXPECT_EQ(constant("n3"), "6561");
}

TEST_F(Deep, TypesThatExpandForEver) {
  check(R"(
type A[P any] [10]A[P]
type B[P any] [10]B[*P]
type C[P any] struct{ f C[*P] }
type D[P any] interface{ D[*P] }
type E[P any] interface{ m() E[*P] }
type G[P, Q any] struct{ G2[Q, []P]; *G[Q, P] }
type G2[P, Q any] struct{ G[Q, map[string]P] }
var a A[int]
var b B[int]
var c C[int]
var e E[int]
var g G[int, string]
var same = b == b
var found = g.nowhere
var m = e.m().m()
func f[T any](n int, x T) { f(n-1, &x); f[[]T](n, nil) }
func use(d any) bool { _ = len(a) + len(b); _, ok := d.(D[int]); return ok && c == c }
)");
  EXPECT_EQ(type("m"), "p.E[**int]");
  EXPECT_EQ(type("found"), "invalid type");
}

}  // namespace
}  // namespace unpark::types
