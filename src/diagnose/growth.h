// Growth: whether a row of counts rises, how fast, and how sure that is. Robust against bursts: the
// slope is the median of all slopes between two points (Theil–Sen), the test asks only for the
// order of the values (Mann–Kendall), exactly where there are few.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "diagnose/diagnosis.h"

namespace unpark::diagnose {

struct Point {
  double at = 0;
  double value = 0;
};

// The median of the slopes between all pairs of points at different times; 0 without any.
double theil_sen(std::span<const Point> points);

// Pairs that rise minus pairs that fall; ties count for nothing.
int64_t mann_kendall(std::span<const Point> points);
// That a row of n different values in random order reaches at least s, one-sided. Rows with ties
// reach less, so that this never calls them surer than they are. Exact up to 60 values, then by the
// normal approximation.
double mann_kendall_probability(size_t n, int64_t s);

// Two looks: more by over max(10, 4·√before) and by a fifth. What normal fluctuation does not do.
bool rises_in_two(double before, double after);

// All of it for one row; times in nanoseconds, where every look has one. A row is significant when
// it has five values or more, chance explains it in at most one case of twenty, it rises by 8 and
// twice the root of where it began or more, and it still rises in its second half: a row that went
// up once and stays is a pool that was filled.
Growth growth_of(std::span<const double> values, std::span<const std::optional<int64_t>> times);

}  // namespace unpark::diagnose
