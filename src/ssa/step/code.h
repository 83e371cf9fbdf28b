// Code: a function body in the form that the stepper executes.
//
// Every value of the body has a register: a run of bytes in the frame, laid out as in memory and
// starting at a word. A frame is parameters, free variables, constants (copied from `constants` on
// entry), then the results of instructions. Values that are a part of another one (a component of a
// tuple, a field of a struct) or another view of it share its register: what defines the part
// dominates every use of it, so the whole cannot be overwritten in between.
//
// Phis are gone: each edge into a block with phis copies their operands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ssa/function.h"
#include "ssa/step/layout.h"

namespace unpark::ssa::step {

class Machine;
struct Inst;

using Handler = void (*)(Machine& m, const Inst& i);

// A native: reads its parameters from the registers of its frame, writes its results there.
class NativeCall;
using NativeFn = void (*)(Machine& m, NativeCall& call);

// What dst, a, b, c, size, aux and aux2 mean is said at each handler. Registers are byte offsets
// from the start of the frame.
struct Inst {
  Handler run = nullptr;
  int32_t dst = -1, a = -1, b = -1, c = -1;
  uint32_t size = 0;
  uint32_t aux = 0;
  uint32_t aux2 = 0;
  uint32_t value = 0;  // the ValueId it was made from
};

struct Move {
  int32_t from, to;
  uint32_t size;
};

// How a call passes its arguments, and whom it calls.
struct CallSite {
  enum Kind : uint8_t { kStatic, kClosure, kInvoke };
  Kind kind = kStatic;
  FunctionId function;         // kStatic
  uint32_t code = UINT32_MAX;  // kStatic: once known
  int32_t callee = -1;         // register of the closure or the interface
  ObjectId method;             // kInvoke
  std::vector<Move> args;      // into the callee's parameters; of kInvoke those behind the receiver
  uint32_t args_size = 0;
};

struct SelectSite {
  struct Case {
    int32_t channel = -1, value = -1;  // a receive has no value
    uint32_t size = 0;
    int32_t dst = -1;  // of a receive
  };
  std::vector<Case> cases;
  bool blocking = false;
};

struct Code {
  FunctionId function;  // none for code made for a builtin
  const Body* body = nullptr;
  std::vector<Inst> insts;
  std::vector<uint8_t> constants;
  uint32_t params_size = 0;
  uint32_t free_size = 0;  // free variables start at params_size, constants behind them
  uint32_t frame_size = 0;
  std::vector<uint32_t> param_offsets, result_offsets;
  std::vector<TypeId> param_types, result_types;
  uint32_t results_size = 0;
  uint32_t recover_pc = UINT32_MAX;
  bool wrapper = false;  // who it calls may recover if it may
  bool has_defer = false;
  bool calls_recover_for_caller = false;  // the builtin recover itself, deferred
  std::vector<Move> moves;
  std::vector<CallSite> calls;
  std::vector<SelectSite> selects;
  NativeFn native = nullptr;
  uint32_t native_results = 0;  // register of a native's results
  uint32_t native_scratch = 0;  // and of a few words that live as long as the call
  std::string name;
};

// Fills in where the results of a function of this type lie, and its parameters if asked to.
void lay_out_signature(Layouts& layouts, TypeId signature, Code& code, bool params);

}  // namespace unpark::ssa::step
