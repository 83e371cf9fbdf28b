// Field numbers of pprof's message Profile (profile.proto), for who reads and who writes it.
#pragma once

#include <cstdint>

namespace unpark::evidence::profile_proto {

enum Field : uint32_t {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kStringTable = 6,
  kDropFrames = 7,
  kKeepFrames = 8,
  kTimeNanos = 9,
  kDurationNanos = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kDefaultSampleType = 14,
};

}  // namespace unpark::evidence::profile_proto
