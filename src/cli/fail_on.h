// What makes `unpark diagnose` end with exit code 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "diagnose/diagnosis.h"

namespace unpark::cli {

struct FailOn {
  bool leak = true;
  bool growing = true;
  bool hang = true;
  bool races = true;
  bool suspicious = false;
  std::optional<uint64_t> count;  // more goroutines than that in the last look
};

// Of the values of --fail-on: leak, growing, hang, races, suspicious, count=N, never. Without any:
// leak, growing, hang and races.
base::Result<FailOn> fail_on(const std::vector<std::string>& values);

bool fails(const FailOn& on, const diagnose::Diagnosis& diagnosis);

}  // namespace unpark::cli
