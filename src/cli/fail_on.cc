#include "cli/fail_on.h"

#include <fmt/format.h>

#include "cli/quantity.h"

namespace unpark::cli {

using diagnose::Strength;

base::Result<FailOn> fail_on(const std::vector<std::string>& values) {
  if (values.empty()) return FailOn();
  FailOn out;
  out.leak = out.growing = out.hang = out.races = false;
  constexpr std::string_view kCount = "count=";
  for (const std::string& value : values) {
    if (value == "leak") {
      out.leak = true;
    } else if (value == "growing") {
      out.growing = true;
    } else if (value == "hang") {
      out.hang = true;
    } else if (value == "races") {
      out.races = true;
    } else if (value == "suspicious") {
      out.suspicious = true;
    } else if (value.starts_with(kCount) && count_of(value.substr(kCount.size()))) {
      out.count = count_of(value.substr(kCount.size()));
    } else if (value != "never") {
      return base::Error{base::ErrorKind::kUnsupported,
                         fmt::format("--fail-on {}: not one of leak, growing, hang, races, "
                                     "suspicious, count=N, never",
                                     value),
                         0};
    }
  }
  return out;
}

bool fails(const FailOn& on, const diagnose::Diagnosis& diagnosis) {
  bool leak = false, growing = false, hang = false, suspicious = false;
  for (const diagnose::Group& group : diagnosis.groups) {
    leak |= group.strength <= Strength::kDeadlock;
    growing |= group.strength > Strength::kDeadlock && group.strength <= Strength::kOutlived;
    hang |= group.strength == Strength::kHung;
    suspicious |= group.strength == Strength::kOldAndMany;
  }
  uint64_t goroutines = diagnosis.looks.empty() ? 0 : diagnosis.looks.back().goroutines;
  return (on.leak && leak) || (on.growing && growing) || (on.hang && hang) ||
         (on.suspicious && suspicious) || (on.races && !diagnosis.races.empty()) ||
         (on.count && goroutines > *on.count);
}

}  // namespace unpark::cli
