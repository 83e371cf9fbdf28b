#include "flow/trip_count.h"

#include <gtest/gtest.h>

#include "flow/endless.h"
#include "flow/lifetime.h"
#include "ssa/test_program.h"

namespace unpark::flow {
namespace {

// The turns of the first loop in `f`: "3", "s", "len s + 1"; "?" when it does not count.
std::string turns_of(const std::string& text) {
  ssa::TestProgram p("package p\n" + text);
  Facts facts(p.program());
  FunctionId f = p.find("p.f");
  EXPECT_TRUE(f.exists()) << text;
  const FunctionFacts& ff = facts.of(f);
  for (uint32_t b = 0; b < ff.body->blocks.size(); b++) {
    if (!ff.cycles.in_cycle[b]) continue;
    std::optional<CountedExit> exit = counted_exit(facts, f, ff.cycles, BlockId{b});
    if (!exit) return "?";
    std::string out;
    if (!exit->turns.is_number()) {
      out = exit->turns.symbol.length ? "len " : "";
      out += "v" + std::to_string(exit->turns.symbol.root.raw);
      if (exit->turns.times != 1) out += " * " + std::to_string(exit->turns.times);
      if (exit->turns.per != 1) out += " / " + std::to_string(exit->turns.per);
      if (exit->turns.constant) out += " + " + std::to_string(exit->turns.constant);
    } else {
      out = std::to_string(exit->turns.constant);
    }
    return out;
  }
  return "no loop";
}

TEST(TripCount, Numbers) {
  EXPECT_EQ(turns_of("func f() { for i := 0; i < 3; i++ { g(i) } }; func g(int) {}"), "3");
  EXPECT_EQ(turns_of("func f() { for i := 1; i <= 3; i++ { g(i) } }; func g(int) {}"), "3");
  EXPECT_EQ(turns_of("func f() { for i := 5; i > 0; i-- { g(i) } }; func g(int) {}"), "5");
  EXPECT_EQ(turns_of("func f() { for range 4 { g() } }; func g() {}"), "4");
  EXPECT_EQ(turns_of("func f(a [7]int) { for range a { g() } }; func g() {}"), "7");
  EXPECT_EQ(turns_of("func f(a, b int) { for _, x := range []int{a, b} { g(x) } }; func g(int) {}"),
            "2");
}

TEST(TripCount, ProductsAndQuotients) {
  EXPECT_EQ(turns_of("func f(s []int) { for range 2 * len(s) { g() } }; func g() {}"),
            "len v0 * 2");
  EXPECT_EQ(turns_of("func f(s []int) { for range (len(s) + 1) * 3 { g() } }; func g() {}"),
            "len v0 * 3 + 3");
  EXPECT_EQ(turns_of("func f(n int) { for range n/2 + 1 { g() } }; func g() {}"), "v0 / 2 + 1");
  EXPECT_EQ(turns_of("func f() { for range 2 * 3 { g() } }; func g() {}"), "6");
  // A divisor that sums cannot be made with, an unknown factor, a product of two symbols.
  EXPECT_EQ(turns_of("func f(n int) { for range n / 11 { g() } }; func g() {}"), "?");
  EXPECT_EQ(turns_of("func f(n int) { for range n * 17 { g() } }; func g() {}"), "?");
  EXPECT_EQ(turns_of("func f(n, m int) { for range n * m { g() } }; func g() {}"), "?");
  EXPECT_EQ(turns_of("func f(n int) { for range n / 0x7fffffffffffffff { g() } }; func g() {}"),
            "?");
}

TEST(TripCount, ChosenOnce) {
  EXPECT_EQ(turns_of("func f(n int) { if n < 3 { n = 3 }; for range n { g() } }; func g() {}")
                .substr(0, 1),
            "v");
  // One or two: who chose knows which.
  EXPECT_EQ(turns_of("func f(b bool) { n := 1; if b { n = 2 }; for range n { g() } }; func g() {}"),
            "?");
}

TEST(TripCount, Symbols) {
  EXPECT_EQ(turns_of("func f(n int) { for range n { g() } }; func g() {}"), "v0");
  EXPECT_EQ(turns_of("func f(n int) { for i := 0; i <= n; i++ { g() } }; func g() {}"), "v0 + 1");
  EXPECT_EQ(turns_of("func f(s []int) { for range s { g() } }; func g() {}"), "len v0");
  EXPECT_EQ(turns_of("func f(s []int) { for i := len(s); i != 0; i-- { g() } }; func g() {}"),
            "len v0");
  EXPECT_EQ(turns_of("func f(m map[int]int) { for range m { g() } }; func g() {}"), "len v0");
  EXPECT_EQ(turns_of("func f(s []int) { for i := 0; i < len(s)-1; i++ { g() } }; func g() {}"),
            "len v0 + -1");
  // A variable for each turn, which closures capture.
  EXPECT_EQ(turns_of("func f(n int) { for i := 0; i < n; i++ { go func() { g(i) }() } }\n"
                     "func g(int) {}"),
            "v0");
}

TEST(TripCount, NotCounted) {
  EXPECT_EQ(turns_of("func f(c chan int) { for range c { g() } }; func g() {}"), "?");
  EXPECT_EQ(turns_of("func f() { for g() {} }; func g() bool { return true }"), "?");
  EXPECT_EQ(turns_of("func f() { for i := 0; i < 9; i += 2 { g() } }; func g() {}"), "?");
  EXPECT_EQ(turns_of("func f(n int) { for i := 0; i < n; i++ { if g() { i-- } } }\n"
                     "func g() bool { return true }"),
            "?");
  EXPECT_EQ(turns_of("func f(n int) { for i := 0; i < n; i++ { go func() { i = 0 }() } }"), "?");
}

// Of the first go statement in `f`.
Lifetime life_of_go(const std::string& text) {
  ssa::TestProgram p("package p\n" + text);
  Facts facts(p.program());
  FunctionId f = p.find("p.f");
  EXPECT_TRUE(f.exists()) << text;
  const Body& body = facts.body(f);
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    if (body.values[i].op == Op::kGo) return lifetime_of(facts, f, ValueId{i});
  }
  ADD_FAILURE() << "no go statement";
  return Lifetime::kUnknown;
}

TEST(Lifetime, OfCallers) {
  const std::string f = "func f() { go g() }; func g() {}\n";
  EXPECT_EQ(life_of_go(f), Lifetime::kUnknown);  // nobody calls it
  EXPECT_EQ(life_of_go(f + "func init() { f() }"), Lifetime::kOnce);
  EXPECT_EQ(life_of_go(f + "var x = h(); func h() int { f(); return 1 }"), Lifetime::kOnce);
  EXPECT_EQ(life_of_go(f + "func New() { f() }"), Lifetime::kObject);
  EXPECT_EQ(life_of_go(f + "func init() { for range 4 { f() } }"), Lifetime::kOnce);
  EXPECT_EQ(life_of_go(f + "func Serve(c chan int) { for range c { f() } }"), Lifetime::kMany);
  EXPECT_EQ(life_of_go(f + "func init() { for { f() } }"), Lifetime::kMany);
  EXPECT_EQ(life_of_go(f + "var h = f"), Lifetime::kUnknown);
}

TEST(Lifetime, Guards) {
  EXPECT_EQ(life_of_go("var on bool; func F() { f() }; func g() {}\n"
                       "func f() { if on { return }; on = true; go g() }"),
            Lifetime::kOnce);
  EXPECT_EQ(life_of_go("var t map[int]bool; func F(k int) { f(k) }; func g() {}\n"
                       "func f(k int) { if t[k] { return }; t[k] = true; go g() }"),
            Lifetime::kObject);
}

TEST(Endless, Loops) {
  auto endless = [](const std::string& text) {
    ssa::TestProgram p("package p\n" + text);
    Facts facts(p.program());
    return find_endless(facts, p.find("p.f"), {}).has_value();
  };
  EXPECT_TRUE(endless("func f(c chan int) { for { <-c } }"));
  EXPECT_TRUE(endless("func f() { select {} }"));
  EXPECT_TRUE(endless("func f(c chan int) { g(c) }; func g(c chan int) { for { <-c } }"));
  EXPECT_FALSE(endless("func f(c chan int) { for range c { } }"));
  EXPECT_FALSE(endless("func f(c chan int) { for { if _, ok := <-c; !ok { return } } }"));
  EXPECT_FALSE(
      endless("func f(c chan int) { for { h(<-c) } }\n"
              "func h(i int) { if i == 0 { panic(i) } }"));
  EXPECT_FALSE(
      endless("func f(c chan int) { if cap(c) > 0 { g(c) } }\n"
              "func g(c chan int) { for { <-c } }"));
}

}  // namespace
}  // namespace unpark::flow
