// The two axes on which a finding is graded: how bad it is if it is right, and how sure it is.
#pragma once

#include <cstdint>
#include <string_view>

namespace unpark::diag {

enum class Severity : uint8_t { kError, kWarning, kInfo };

// kProven: a shown schedule or memory state. kHigh: facts that hold on every path. kMedium: facts
// that may hold.
enum class Confidence : uint8_t { kProven, kHigh, kMedium, kLow };

constexpr std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return "info";
  }
  return "";
}

constexpr std::string_view to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::kProven:
      return "proven";
    case Confidence::kHigh:
      return "high";
    case Confidence::kMedium:
      return "medium";
    case Confidence::kLow:
      return "low";
  }
  return "";
}

}  // namespace unpark::diag
