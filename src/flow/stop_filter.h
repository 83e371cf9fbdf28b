// Whether a function may be one that never returns, told from its syntax alone: nearly all
// functions are not, and those are then not lowered to SSA only to be asked (Facts::never_returns).
//
// "May" errs to one side only. It takes every call to stop that may stop, every condition that is a
// constant to go the stopping way, and breaks and jumps to lead nowhere; if a return or the end of
// the body can be reached all the same, the function does return. Looks `depth` calls deep, as
// Facts::never_returns does.
//
// This is also where the bodies of dependencies come in: they are read for this question only when
// they are short and have no results, as functions that end the process are; the others count as
// returning, and so does what is declared elsewhere (intrinsics.h).
//
// Cost: one look at the statements of each function and depth that is asked for, up to the first
// return that can be reached.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <mutex>

#include "ssa/program.h"

namespace unpark::flow {

class Facts;

class StopFilter {
 public:
  static constexpr uint32_t kMaxDepth = 8;
  static constexpr uint32_t kMaxLateBytes = 1000;  // of a dependency's function

  explicit StopFilter(Facts& facts) : facts_(facts) {}

  bool may_stop(ssa::FunctionId function, uint32_t depth);

 private:
  class Walk;
  enum Answer : uint8_t { kUnknown, kNo, kYes };

  bool compute(ssa::FunctionId function, uint32_t depth);

  Facts& facts_;
  std::mutex mutex_;
  absl::flat_hash_map<ssa::FunctionId, std::array<Answer, kMaxDepth + 1>> known_;
};

}  // namespace unpark::flow
