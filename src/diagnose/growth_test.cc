#include "diagnose/growth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace unpark::diagnose {
namespace {

std::vector<Point> row(const std::vector<double>& values) {
  std::vector<Point> out;
  for (double v : values) out.push_back({static_cast<double>(out.size()), v});
  return out;
}

Growth grown(const std::vector<double>& values) { return growth_of(values, {}); }

// Counted by hand from the numbers of permutations by inversions: 1, 4, 9, 15, 20, ... of 120;
// 1, 5, 14, 29, ... of 720; 1, 6, 20, 49, ... of 5040; 1, 7, 27, 76, ... of 40320.
TEST(Growth, ProbabilitiesOfSmallRows) {
  struct {
    size_t n;
    int64_t s;
    double ways, of;
  } const cases[] = {
      {5, 10, 1, 120},    {5, 8, 5, 120},    {5, 6, 14, 120},    {5, 4, 29, 120},
      {6, 15, 1, 720},    {6, 13, 6, 720},   {6, 11, 20, 720},   {6, 9, 49, 720},
      {7, 21, 1, 5040},   {7, 19, 7, 5040},  {7, 17, 27, 5040},  {7, 15, 76, 5040},
      {8, 28, 1, 40320},  {8, 26, 8, 40320}, {8, 24, 35, 40320}, {8, 22, 111, 40320},
      {5, -10, 120, 120}, {2, 1, 1, 2},      {3, 3, 1, 6},       {4, 4, 4, 24},
  };
  for (const auto& c : cases) {
    EXPECT_NEAR(mann_kendall_probability(c.n, c.s), c.ways / c.of, 1e-12) << c.n << " " << c.s;
  }
}

TEST(Growth, ProbabilitiesAreThoseOfAllOrders) {
  for (size_t n : {5u, 6u, 7u, 8u}) {
    std::vector<double> order(n);
    std::iota(order.begin(), order.end(), 0.0);
    std::vector<double> reached;
    do {
      reached.push_back(static_cast<double>(mann_kendall(row(order))));
    } while (std::next_permutation(order.begin(), order.end()));
    int64_t pairs = static_cast<int64_t>(n * (n - 1) / 2);
    for (int64_t s = -pairs; s <= pairs; s += 2) {
      double ways = static_cast<double>(
          std::count_if(reached.begin(), reached.end(), [&](double r) { return r >= s; }));
      EXPECT_NEAR(mann_kendall_probability(n, s), ways / static_cast<double>(reached.size()), 1e-12)
          << n << " " << s;
    }
  }
}

TEST(Growth, ManyValuesGoOverIntoTheNormal) {
  // The exact and the approximate side of the border agree.
  EXPECT_NEAR(mann_kendall_probability(60, 260), mann_kendall_probability(61, 266), 0.004);
  EXPECT_NEAR(mann_kendall_probability(60, 0), 0.5, 0.02);
  EXPECT_EQ(mann_kendall_probability(1, 0), 1);
}

TEST(Growth, TiesMakeNothingSurer) {
  EXPECT_EQ(mann_kendall(row({1, 2, 2, 3})), 5);
  EXPECT_EQ(mann_kendall(row({3, 3, 3})), 0);
  // 9 of 15 pairs: chance does better in 49 of 720 orders.
  EXPECT_GT(grown({5, 30, 50, 50, 50, 50}).probability, 0.05);
}

TEST(Growth, TheSlopeIsTheMedianOfAllSlopes) {
  EXPECT_DOUBLE_EQ(theil_sen(row({0, 2, 4, 6})), 2);
  EXPECT_DOUBLE_EQ(theil_sen(row({0, 1, 2, 1000, 4, 5})), 1);
  EXPECT_DOUBLE_EQ(theil_sen(row({7})), 0);
  std::vector<Point> same_time = {{1, 1}, {1, 9}};
  EXPECT_DOUBLE_EQ(theil_sen(same_time), 0);
}

TEST(Growth, PerHourWhereTimesAreKnown) {
  std::vector<double> values = {10, 20, 30, 40, 50};
  std::vector<std::optional<int64_t>> times;
  for (int64_t i = 0; i < 5; i++) times.emplace_back(i * 60'000'000'000);
  Growth g = growth_of(values, times);
  EXPECT_NEAR(g.per_hour, 600, 1e-6);
  EXPECT_DOUBLE_EQ(g.per_look, 10);
  EXPECT_EQ(g.total, 40);
  EXPECT_TRUE(g.significant);
  times[2].reset();
  EXPECT_EQ(growth_of(values, times).per_hour, 0);
}

TEST(Growth, WhatIsNotGrowth) {
  EXPECT_TRUE(grown({10, 20, 30, 40, 50, 60}).significant);
  EXPECT_FALSE(grown({10, 10, 10, 10, 10, 10}).significant);
  EXPECT_FALSE(grown({60, 50, 40, 30, 20, 10}).significant);
  // Filled once, then steady.
  EXPECT_FALSE(grown({5, 30, 50, 50, 50, 50}).significant);
  EXPECT_FALSE(grown({5, 30, 50, 49, 51, 50}).significant);
  EXPECT_FALSE(grown({1, 100, 190, 200, 201, 202, 203, 203}).significant);
  // Up and down.
  EXPECT_FALSE(grown({50, 70, 40, 80, 45, 75}).significant);
  // One burst.
  EXPECT_FALSE(grown({20, 20, 20, 900, 20, 20}).significant);
  // Steady, but by next to nothing.
  EXPECT_FALSE(grown({1000, 1001, 1002, 1003, 1004, 1005}).significant);
  // Too few to test.
  EXPECT_FALSE(grown({10, 1000, 2000}).tested);
  EXPECT_FALSE(grown({10, 1000, 2000}).significant);
}

TEST(Growth, LongRowsAreThinned) {
  std::vector<double> values(100'000);
  std::iota(values.begin(), values.end(), 0.0);
  Growth g = grown(values);
  EXPECT_TRUE(g.significant);
  EXPECT_EQ(g.total, 99'999);
  EXPECT_NEAR(g.per_look, 1, 1e-6);
}

TEST(Growth, TwoLooks) {
  EXPECT_TRUE(rises_in_two(100, 141));
  EXPECT_FALSE(rises_in_two(100, 140));
  EXPECT_FALSE(rises_in_two(0, 10));
  EXPECT_TRUE(rises_in_two(0, 11));
  // Four times the root, but less than a fifth.
  EXPECT_FALSE(rises_in_two(10'000, 11'000));
  EXPECT_TRUE(rises_in_two(10'000, 12'000));
}

}  // namespace
}  // namespace unpark::diagnose
