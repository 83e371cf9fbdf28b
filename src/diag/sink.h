// Sink: where findings meet what their users said about them.
//
// Collects findings and suppressions of a whole run, then gives the findings that are to be shown:
// without doubles, without those in generated files, without those that a comment or a baseline
// accepts, and in an order that depends on nothing but the input (path, offset, rule, text).
// Suppressions that are faulty, name unknown rules, or match nothing become findings themselves.
//
// Not thread-safe: workers fill vectors of their own, which are added in the order of the packages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "diag/baseline.h"
#include "diag/finding.h"
#include "diag/places.h"
#include "diag/results.h"
#include "diag/suppression.h"

namespace unpark::diag {

// The sink's own findings. They cannot be suppressed.
inline constexpr std::string_view kSuppressionMalformed = "UP0001";
inline constexpr std::string_view kSuppressionUnknownRule = "UP0002";
inline constexpr std::string_view kSuppressionStale = "UP0003";

struct KnownRule {
  std::string id;
  std::string name;
  bool ran = true;  // a rule that did not run makes no suppression stale
};

struct SinkOptions {
  std::span<const KnownRule> rules;
  bool include_generated = false;
  const Baseline* baseline = nullptr;
};

class Sink {
 public:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void add(std::vector<Finding> findings);
  void add(PlacedSuppression suppression) { suppressions_.push_back(std::move(suppression)); }
  void add(Note note) { notes_.push_back(std::move(note)); }
  void mark_generated(source::FileId file) { generated_.insert(file); }

  // Everything but the coverage, which the caller knows. Leaves the sink empty.
  Results finish(Places& places, const SinkOptions& options);

 private:
  std::vector<Finding> findings_;
  std::vector<PlacedSuppression> suppressions_;
  std::vector<Note> notes_;
  std::unordered_set<source::FileId> generated_;
};

}  // namespace unpark::diag
