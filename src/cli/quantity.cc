#include "cli/quantity.h"

#include <charconv>
#include <utility>

namespace unpark::cli {

std::optional<uint64_t> count_of(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A number with a point, off the front of `text`.
static std::optional<double> take_number(std::string_view& text) {
  size_t end = 0;
  bool point = false;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') ||
                               (text[end] == '.' && !std::exchange(point, true)))) {
    end++;
  }
  double value = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
  if (error != std::errc() || stop != text.data() + end) return std::nullopt;
  text.remove_prefix(end);
  return value;
}

static std::string_view take_unit(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && !(text[end] >= '0' && text[end] <= '9') && text[end] != '.') end++;
  std::string_view unit = text.substr(0, end);
  text.remove_prefix(end);
  return unit;
}

std::optional<double> seconds_of(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  constexpr double kMost = 10 * 365 * 86400.0;
  if (text.empty()) return std::nullopt;
  double sum = 0;
  bool first = true;
  while (!text.empty()) {
    std::optional<double> value = take_number(text);
    if (!value) return std::nullopt;
    std::string_view unit = take_unit(text);
    double factor = first && text.empty() && unit.empty() ? 1 : 0;
    for (const auto& [name, seconds] : kUnits) {
      if (unit == name) factor = seconds;
    }
    if (factor == 0) return std::nullopt;
    sum += *value * factor;
    first = false;
  }
  if (sum > kMost) return std::nullopt;
  return sum;
}

std::optional<uint64_t> bytes_of(std::string_view text) {
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {
      {"", 1},
      {"B", 1},
      {"k", 1 << 10},
      {"K", 1 << 10},
      {"KiB", 1 << 10},
      {"kB", 1000},
      {"KB", 1000},
      {"M", 1 << 20},
      {"MiB", 1 << 20},
      {"MB", 1'000'000},
      {"G", 1 << 30},
      {"GiB", 1 << 30},
      {"GB", 1'000'000'000},
      {"T", uint64_t{1} << 40},
      {"TiB", uint64_t{1} << 40},
      {"TB", 1'000'000'000'000},
  };
  size_t digits = text.find_first_not_of("0123456789");
  std::optional<uint64_t> value = count_of(text.substr(0, digits));
  std::string_view unit = digits == std::string_view::npos ? "" : text.substr(digits);
  if (!value) return std::nullopt;
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    if (*value > UINT64_MAX / factor) return std::nullopt;
    return *value * factor;
  }
  return std::nullopt;
}

}  // namespace unpark::cli
