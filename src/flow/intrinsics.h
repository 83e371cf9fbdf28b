// Intrinsics: functions whose effect is declared here instead of being derived from their bodies
// (the runtime, synchronisation, process control: reading their bodies yields nothing that is of
// use).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "ssa/program.h"

namespace unpark::flow {

enum class Effect : uint8_t {
  kNone,
  kNeverReturns,  // ends the process, the goroutine or the test
  kSpawns,        // runs argument `argument` in a goroutine of its own
  kCalls,         // calls argument `argument` before it returns, at most once
  kMakesOnce,     // gives a function that calls argument `argument` the first time it is called
  kReads,         // looks at its arguments, may keep them to look at, calls and closes nothing
  kReadsToEnd,    // reads argument `argument` until there is no more
  kCallsLater,    // keeps argument `argument` and calls it once, later
  kMakesError,    // gives an error, never nil
  kFailsTest,     // says that the test has failed, and comes back; looks at its arguments
};

struct Intrinsic {
  Effect effect = Effect::kNone;
  uint8_t argument = 0;  // the receiver counts
};

class IntrinsicTable {
 public:
  IntrinsicTable();
  // By package path, receiver type name (empty for functions) and name.
  Intrinsic find(std::string_view package, std::string_view receiver, std::string_view name) const;

 private:
  absl::flat_hash_map<std::string, Intrinsic> table_;
};

// Packages whose functions are what the table says of them, and nothing when it says nothing: the
// bodies of the runtime and of what is built on it by hand are not read when other code calls them.
bool is_opaque(std::string_view package);

}  // namespace unpark::flow
