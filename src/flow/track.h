// Following one object (a channel, a function value) from where it is made to everything that is
// done with it: through variables, closures, fields of structs that stay local, parameters of
// functions that can be seen and out of their results, and into goroutines.
//
// An access path says how to get from a value to the object: through a pointer (kDeref), a field of
// a struct pointed to (kFieldOf) or of a struct value (kFieldIn). A variable captured by a closure
// holds the object behind one kDeref.
//
// The answer is complete unless it says that the object escapes: then somebody who is not seen here
// (another package's code through an interface, a global, a caller) may do anything with it. Where
// two objects may share a variable the answer is marked `mixed`: what is said about uses is then
// "may".
//
// What is stored in an unexported field of a struct that others hold can be asked for by the field:
// only the package can touch it.
//
// Cost: linear in the uses that are followed; bounded by kMaxSteps, beyond which the object
// escapes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "flow/facts.h"

namespace unpark::flow {

// How a function comes to run.
struct Context {
  enum Via : uint8_t { kRoot, kCall, kGo, kDefer, kUnknown };
  static constexpr uint32_t kUnknownThread = UINT32_MAX;

  Via via = kRoot;
  bool repeated = false;  // perhaps more than once since its thread began
  bool deferred = false;  // runs when a function of its thread ends
  uint16_t depth = 0;
  uint32_t parent = 0;  // index of the caller's context
  uint32_t thread = 0;  // 0: the function that made the object
  FunctionId caller;    // where, but for kRoot
  ValueId at;           // the call, go or defer; of a spawner that call
};

// A goroutine started on the way.
struct Thread {
  uint32_t context = 0;   // that it begins with
  uint32_t parent = 0;    // the thread that starts it
  bool repeated = false;  // started in a loop, or by something that may run more than once
};

// An operation on the object itself.
struct Touch {
  FunctionId function;
  ValueId at;     // the instruction that has it as an operand
  ValueId value;  // the operand
  uint32_t context = 0;
};

enum class Escape : uint8_t {
  kNo,
  kReturned,  // by the function that made it, or one that anybody may call
  kGlobal,
  kUnknownCall,  // handed to a function that is not seen
  kStored,       // in a map, slice, array, interface, or a struct that others can see
  kSent,         // over a channel
  kLimit,        // too much to follow
};

struct Tracked {
  std::vector<Context> contexts;  // [0] is the root
  std::vector<Thread> threads;    // [0] is the root's
  std::vector<Touch> touches;     // in the order they were found
  Escape escape = Escape::kNo;
  FunctionId escape_function;
  ValueId escape_at;
  bool mixed = false;
  // It came into a function of which a part is not understood (Body::incomplete).
  bool met_unknown = false;
  // The first unexported field that it itself was stored in, of a package without unsafe code.
  types::ObjectId field;
  // Of what a call gives (track_result): the channel as it comes out of the call, if it
  // does; the call where nobody takes it.
  ValueId result;
  // Cycles of the maker between one making of the object and the next.
  Cycles turn;

  bool closed() const { return escape == Escape::kNo && !mixed; }
};

// What to make of functions of which a part is not understood: somebody there may do anything with
// the object, or nobody does more than what is seen.
enum class Unknown : uint8_t { kEscapes, kHarmless };

// Everything done with the object that instruction `made` of `function` gives.
Tracked track(Facts& facts, FunctionId function, ValueId made, Unknown unknown = Unknown::kEscapes);

// Everything done with the object that instruction `made` of `callee` gives in a call that is
// instruction `call` of `function`, when the callee returns it: contexts[0] is the function with
// the call, and contexts[kCallee] the callee. Of interest only when tracked.result says that it
// comes back.
constexpr uint32_t kCallee = 1;
Tracked track_result(Facts& facts, FunctionId function, ValueId call, FunctionId callee,
                     ValueId made);

// Where an object is made.
struct Made {
  FunctionId function;
  ValueId at;
};

// Everything done with the channels that an unexported field holds, by anybody, at any time: from
// each place of the package that reads the field, and from each that makes a channel for it. Fields
// that the same channels are stored in count as the field itself.
//
// What is not found is not done. Which of the channels an operation found is done on is not known
// (`mixed`), nor is the order of anything: all begins in contexts[kAnybody], in no known thread.
struct FieldTracked {
  static constexpr uint32_t kAnybody = 1;

  Tracked tracked;
  std::vector<Made>
      makes;  // all that is ever stored there, but for nil; by the way they were found
  // Handed out of sight where its type lets others receive (send and close).
  bool others_receive = false;
  bool others_send = false;
};

// tracked.escape says when the answer is not complete.
FieldTracked track_field(Facts& facts, types::ObjectId field);

}  // namespace unpark::flow
