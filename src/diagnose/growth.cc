// Cost: all pairs, so long rows are thinned to 400 evenly spaced points first.
#include "diagnose/growth.h"

#include <algorithm>
#include <cmath>

namespace unpark::diagnose {

namespace {

constexpr size_t kMostPoints = 400;
constexpr size_t kExact = 60;
constexpr double kAlpha = 0.05;

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + half, values.end());
  double upper = values[half];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + half)) / 2;
}

std::vector<Point> thinned(std::vector<Point> points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<Point> out;
  out.reserve(kMostPoints);
  for (size_t i = 0; i < kMostPoints; i++) {
    out.push_back(points[i * (points.size() - 1) / (kMostPoints - 1)]);
  }
  return out;
}

// How likely a random order of n values has at most `most` inversions: the number of orders of i
// values with k inversions is a sum over where the i-th goes.
double inversions_at_most(size_t n, size_t most) {
  std::vector<double> share = {1};
  for (size_t i = 2; i <= n; i++) {
    std::vector<double> next(share.size() + i - 1, 0);
    double window = 0;
    for (size_t k = 0; k < next.size(); k++) {
      if (k < share.size()) window += share[k];
      if (k >= i) window -= share[k - i];
      next[k] = window / static_cast<double>(i);
    }
    share = std::move(next);
  }
  double sum = 0;
  for (size_t k = 0; k < share.size() && k <= most; k++) sum += share[k];
  return std::min(sum, 1.0);
}

bool still_rises(std::span<const Point> points, double slope) {
  return theil_sen(points.subspan(points.size() / 2)) >= slope / 4 && slope > 0 &&
         points.back().value > points[points.size() / 2 - 1].value;
}

}  // namespace

double theil_sen(std::span<const Point> points) {
  std::vector<double> slopes;
  for (size_t i = 0; i < points.size(); i++) {
    for (size_t j = i + 1; j < points.size(); j++) {
      double step = points[j].at - points[i].at;
      if (step > 0) slopes.push_back((points[j].value - points[i].value) / step);
    }
  }
  return median(slopes);
}

int64_t mann_kendall(std::span<const Point> points) {
  int64_t s = 0;
  for (size_t i = 0; i < points.size(); i++) {
    for (size_t j = i + 1; j < points.size(); j++) {
      s += (points[j].value > points[i].value) - (points[j].value < points[i].value);
    }
  }
  return s;
}

double mann_kendall_probability(size_t n, int64_t s) {
  if (n < 2) return 1;
  int64_t pairs = static_cast<int64_t>(n * (n - 1) / 2);
  if (s <= -pairs) return 1;
  if (s > pairs) return 0;
  if (n <= kExact) {
    // An s between two possible ones counts as the larger: no row without ties reaches exactly it.
    return inversions_at_most(n, static_cast<size_t>((pairs - s) / 2));
  }
  double count = static_cast<double>(n);
  double deviation = std::sqrt(count * (count - 1) * (2 * count + 5) / 18);
  double z = (static_cast<double>(s) - 1) / deviation;
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

bool rises_in_two(double before, double after) {
  double more = after - before;
  return more > std::max(10.0, 4 * std::sqrt(std::max(before, 0.0))) && more >= before / 5;
}

Growth growth_of(std::span<const double> values, std::span<const std::optional<int64_t>> times) {
  Growth out;
  if (values.size() < 2) return out;
  out.total = std::llround(values.back() - values.front());
  std::vector<Point> by_look, by_time;
  bool timed = times.size() == values.size();
  for (size_t i = 0; i < values.size(); i++) {
    by_look.push_back({static_cast<double>(i), values[i]});
    timed = timed && times[i].has_value();
  }
  for (size_t i = 0; timed && i < values.size(); i++) {
    by_time.push_back({static_cast<double>(*times[i] - *times[0]) / 3.6e12, values[i]});
  }
  by_look = thinned(std::move(by_look));
  by_time = thinned(std::move(by_time));
  out.per_look = theil_sen(by_look);
  if (timed) out.per_hour = theil_sen(by_time);
  if (values.size() < 5) return out;
  out.tested = true;
  out.probability = mann_kendall_probability(by_look.size(), mann_kendall(by_look));
  double rise = values.back() - values.front();
  out.significant = out.probability <= kAlpha &&
                    rise >= std::max(8.0, 2 * std::sqrt(std::max(values.front(), 0.0))) &&
                    still_rises(by_look, out.per_look);
  return out;
}

}  // namespace unpark::diagnose
