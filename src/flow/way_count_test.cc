#include "flow/way_count.h"

#include <gtest/gtest.h>

#include "ssa/test_program.h"

namespace unpark::flow {
namespace {

// Of the sends in `f`: "least..most", or "least..most+" where it may be more.
std::string sends_of(const std::string& text) {
  ssa::TestProgram p("package p\n" + text);
  Facts facts(p.program());
  FunctionId f = p.find("p.f");
  EXPECT_TRUE(f.exists()) << text;
  const FunctionFacts& ff = facts.of(f);
  std::vector<WayStep> steps;
  for (uint32_t i = ff.body->first_instruction; i < ff.body->values.size(); i++) {
    if (ff.body->values[i].op == Op::kSend) steps.push_back({ValueId{i}, {}, 1});
  }
  WayCount count(facts, f, ff.cycles, steps);
  return std::to_string(count.least()) + ".." + std::to_string(count.most()) +
         (count.bounded() ? "" : "+");
}

TEST(WayCount, Branches) {
  EXPECT_EQ(sends_of("func f(c chan int) { c <- 1; c <- 2 }"), "2..2");
  EXPECT_EQ(sends_of("func f(c chan int, b bool) { if b { c <- 1 }; c <- 2 }"), "1..2");
  EXPECT_EQ(sends_of("func f(c chan int, b bool) { if b { c <- 1; return }; c <- 2 }"), "1..1");
  EXPECT_EQ(sends_of("func f(c chan int, b bool) { if b { c <- 1 } else { c <- 2; c <- 3 } }"),
            "1..2");
  EXPECT_EQ(sends_of("func f(c chan int, n int) {\n"
                     "switch n { case 1: c <- 1; case 2: c <- 2; default: c <- 3 } }"),
            "1..1");
  // What is asked twice is answered alike.
  EXPECT_EQ(sends_of("func f(c chan int, b bool) { if b { c <- 1 }; if !b { c <- 2 } }"), "1..1");
  EXPECT_EQ(sends_of("func f(c chan int) { panic(c) }"), "0..0");
}

TEST(WayCount, Loops) {
  EXPECT_EQ(sends_of("func f(c chan int) { for i := 0; i < 5; i++ { c <- i } }"), "5..5");
  EXPECT_EQ(sends_of("func f(c chan int) { for range 2 { for range 3 { c <- 1 } } }"), "6..6");
  EXPECT_EQ(sends_of("func f(c chan int, s []int) { for _, x := range s { c <- x } }"), "0..1+");
  EXPECT_EQ(sends_of("func f(c chan int) { for { c <- 1 } }"), "1..1+");
  // One turn of a loop is counted, not the other case of the next.
  EXPECT_EQ(sends_of("func f(c chan int, s []bool) {\n"
                     "for _, b := range s { if b { c <- 1 } else { c <- 2 } } }"),
            "0..1+");
  // A loop that is left early need not turn to its end.
  EXPECT_EQ(sends_of("func f(c chan int, b func() bool) {\n"
                     "for i := 0; i < 5; i++ { c <- i; if b() { return } } }"),
            "1..1+");
  EXPECT_EQ(sends_of("func f(c chan int) { for range 4 { c <- 1 }; c <- 2 }"), "5..5");
  EXPECT_EQ(sends_of("func f(c chan int) { for i := 0; i < 0; i++ { c <- 1 } }"), "0..0");
  EXPECT_EQ(sends_of("func f(c chan int) { for i := 0; i < 1000000; i++ { c <- i } }"),
            "1000..1000");
}

TEST(WayCount, OneTurn) {
  ssa::TestProgram p(
      "package p\nfunc f(c chan int, s []bool) {\n"
      "for _, b := range s { c <- 1; if b { c <- 2 }; for range 2 { c <- 3 } } }");
  Facts facts(p.program());
  FunctionId f = p.find("p.f");
  const FunctionFacts& ff = facts.of(f);
  std::vector<WayStep> steps;
  for (uint32_t i = ff.body->first_instruction; i < ff.body->values.size(); i++) {
    if (ff.body->values[i].op == Op::kSend) steps.push_back({ValueId{i}, {}, 1});
  }
  WayCount count(facts, f, ff.cycles, steps);
  EXPECT_EQ(count.most_in_turn(), 4);
  EXPECT_TRUE(count.bounded_in_turn());
  EXPECT_FALSE(count.bounded());
}

}  // namespace
}  // namespace unpark::flow
