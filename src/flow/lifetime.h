// How often a place in the program comes to run in the life of the process: what decides whether a
// goroutine that is started there and never ends is a fault.
//
// The answer is derived from callers (flow/callers.h) as far as they can be seen, and is never more
// than what they prove: main, init functions and initialisers of package variables run once, what
// only they call (in loops that count, too) runs a bounded number of times, and so does what stands
// behind a sync.Once or another guard that belongs to the package. A handler of HTTP requests and a
// loop that goes on for as long as something comes in run again and again. A function that other
// modules can call and nobody calls here may run once for each object or often. Test files run
// once.
#pragma once

#include "flow/callers.h"

namespace unpark::flow {

enum class Lifetime : uint8_t {
  kOnce,     // once in the process, or a number of times that is fixed
  kUnknown,  // nothing is known of who runs it
  kObject,   // for each object, or whenever somebody outside calls
  kMany,     // again and again: for each request, for each turn of a loop without an end
};

// Of the instruction `at`.
Lifetime lifetime_of(Facts& facts, FunctionId function, ValueId at);

// Whether a function of this type answers HTTP requests.
bool is_http_handler(Facts& facts, FunctionId function);

// What a function does with a function that it is given as parameter number `parameter`.
enum class ParameterUse : uint8_t {
  kUnknown,  // keeps it, hands it on out of sight, or does not use it
  kCalls,    // calls it, before it returns
  kSpawns,   // starts a goroutine that certainly calls it
};
ParameterUse parameter_use(Facts& facts, FunctionId function, uint32_t parameter);

}  // namespace unpark::flow
