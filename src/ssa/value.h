// The values and instructions of a function body in SSA form.
//
// A body is one flat array of Values (function.h): parameters, free variables, constants and names
// of globals and functions first, then the instructions, block after block. A ValueId is a position
// in that array, so a register file is an array of the same length. A value is defined once, and
// its definition dominates its uses. What a variable needs memory for (its address is taken, a
// closure captures it, a panic may have to find it) is an Alloc with loads and stores; all other
// variables are values and phis.
//
// The model is that of Go's own SSA tools: an instruction is as coarse as a Go operation and may
// panic as the operation may (a nil dereference, an index out of range, a division by zero, …).
// Types are Go types: operands and results have exactly the types that the contracts below say, up
// to types::identical.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/id.h"
#include "source/span.h"
#include "syntax/token.h"
#include "types/type.h"

namespace unpark::ssa {

using source::FileId;
using source::Span;
using types::ObjectId;
using types::TypeId;

using ValueId = base::Id<struct ValueTag>;        // in one Body
using BlockId = base::Id<struct BlockTag>;        // in one Body
using LocalId = base::Id<struct LocalTag>;        // in one Body
using FunctionId = base::Id<struct FunctionTag>;  // in one Program

// What a Value does. In the contracts, x0, x1, … are its operands, T its type, and `aux`, `sub` and
// the flags are fields of Value. "Comma-ok" instructions have the flag kCommaOk: T is then the
// tuple (result, bool) and the instruction does not panic where the plain form does.
enum class Op : uint8_t {
  // ---- Values without a place: no block, no operands ----

  // A constant of type T: aux is a types::ConstId, or Value::kNoAux for the zero value of T (nil,
  // but also that of a struct, an array or a type parameter). A number may be of any ConstantKind
  // that T can hold: read it as T. In the uninstantiated body of a generic function T may be a type
  // parameter.
  kConst,
  // Parameter number aux (the receiver is number 0 of a method).
  kParameter,
  // Free variable number aux of a closure: what the kMakeClosure that made it bound. A captured
  // variable is bound by its address.
  kFreeVar,
  // The address of the package-level variable aux (an ObjectId). T is a pointer to its type.
  kGlobal,
  // The function aux (a FunctionId), without free variables. T is Function::signature.
  kFunction,
  // The builtin function aux (a types::Builtin). Only a callee (x0 of a call). T is the signature
  // it
  // has in that call. Builtins that are ever called: append cap clear close complex copy delete
  // imag
  // len max min panic print println real recover, and of unsafe Add Slice SliceData String
  // StringData; the uninstantiated body of a generic function also has Alignof, Offsetof, Sizeof
  // of a value. `panic` only as the callee of go and defer (else it is kPanic). append
  // has two operands: a slice, and a slice of the same elements or a string.
  kBuiltin,

  // ---- Memory ----

  // The address of a new variable, set to zero each time the instruction executes. T is a pointer.
  // Flag kHeap: it may outlive the call (its address escapes or a closure captures it). aux is the
  // LocalId of a declared variable, or kNoAux.
  kAlloc,
  // *x0.
  kLoad,
  // *x0 = x1. No result.
  kStore,
  // &x0.f and x0.f for field number aux of a struct. x0 is a pointer to the struct, or the struct.
  kFieldAddr,
  kField,
  // &x0[x1] of a slice or of a pointer to an array; x0[x1] of an array or a string. x1 is of any
  // integer type.
  kIndexAddr,
  kIndex,
  // x0[x1] of a map. May be comma-ok.
  kLookup,
  // x0[x1] = x2 of a map. No result.
  kMapUpdate,

  // ---- Values ----

  // One operand for each predecessor of the block, in their order. Only at the start of a block.
  // aux
  // is the LocalId of the variable it stands for, or kNoAux.
  kPhi,
  // x0 `sub` x1, sub a syntax::Token: + - * / % & | ^ &^ << >> == != < <= > >=. Operands of one
  // type
  // (that of T unless it compares), but for shifts: x1 is of any integer type. Never && or ||.
  kBinary,
  // `sub` x0: - ^ or !.
  kUnary,
  // T(x0) where the value does not change: types with one underlying type, channels that lose a
  // direction.
  kChangeType,
  // T(x0) where the value changes: numbers, integer to string, string to and from slices of bytes
  // or
  // runes, unsafe.Pointer to and from pointers and uintptr; and any conversion from or to a type
  // parameter in the uninstantiated body of a generic function.
  kConvert,
  // T(x0) from interface to interface, when x0's type is known to implement T. nil stays nil.
  kChangeInterface,
  // The interface T that holds x0, whose type is no interface (or a type parameter).
  kMakeInterface,
  // T(x0) from slice to pointer to array. Panics if the slice is too short.
  kSliceToArrayPointer,
  // x0.(T), x0 an interface; aux is the asserted TypeId. May be comma-ok. Type switches lower to
  // it.
  kTypeAssert,
  // Component number aux of the tuple x0.
  kExtract,
  // The closure of function aux (a FunctionId) over the operands, one for each free variable.
  kMakeClosure,
  // make(T, x0, x1): length and capacity; of any integer type.
  kMakeSlice,
  // make(T, x0): size hint, or no operand.
  kMakeMap,
  // make(T, x0): the buffer's size, always there.
  kMakeChan,
  // x0[x1:x2:x3]; absent bounds are ValueIds that do not exist. x0 is a string, a slice or a
  // pointer
  // to an array.
  kSlice,
  // x0 if it is not nil; panics as a value method called through a nil pointer does. In wrappers.
  // aux is the method's ObjectId.
  kNilCheck,

  // ---- Iteration ----

  // An iterator over the map or string x0. T is unsafe.Pointer, but only kNext uses it.
  kRange,
  // Advances the iterator x0. T is the tuple (bool, key, element); the last two mean something only
  // if the first is true. A map's entries come in any order.
  kNext,

  // ---- Calls ----

  // Calls x0 with the other operands as arguments; a variadic function gets its slice. T is the
  // result, the tuple of several results, or the empty tuple. x0 is kFunction, kBuiltin or any
  // value
  // of function type. Flag kInvoke: calls the method aux (ObjectId of an interface's method) of x0,
  // an interface or, in the uninstantiated body of a generic function, a type parameter.
  kCall,
  // The same in a new goroutine. No result.
  kGo,
  // The same when the function returns or panics. No result. Flag kOnStack: the last operand is no
  // argument but the kDeferStack of the function whose calls it joins.
  kDefer,
  // The deferred calls of this activation, as a value that bodies of range-over-func loops capture.
  // T is unsafe.Pointer.
  kDeferStack,
  // Runs the deferred calls of this activation, last first. No result. Stands before each kReturn
  // of a function that has deferred calls.
  kRunDefers,

  // ---- Channels ----

  // x0 <- x1. No result.
  kSend,
  // <-x0. May be comma-ok.
  kRecv,
  // A select statement with two operands per case: the channel, and the value to send or, for a
  // receive, a ValueId that does not exist. aux is the first of Body::select_cases. T is the tuple
  // (int, bool, r0, r1, …): the number of the chosen case (-1: default), whether a receive got a
  // value from a sender, and for each case that receives what it received, or zero. Flag kBlocking:
  // no default. Without cases and blocking it waits for ever.
  kSelect,

  // ---- Terminators: the last instruction of a block, and nowhere else. No result ----

  // To succs[0].
  kJump,
  // To succs[0] if the bool x0 is true, else to succs[1].
  kIf,
  // Returns the operands, one for each result.
  kReturn,
  // panic(x0), x0 of type any. Flag kRangeState: x0 is instead an int, the state in which a
  // range-over-func loop was found to be used wrongly (RangeState), and the panic is a run-time
  // error.
  kPanic,
  // Control does not get here (behind a select without cases).
  kUnreachable,
};

inline constexpr uint32_t kOpCount = static_cast<uint32_t>(Op::kUnreachable) + 1;

constexpr bool is_terminator(Op op) { return op >= Op::kJump; }
// Has a block and a place in it.
constexpr bool is_instruction(Op op) { return op >= Op::kAlloc; }
constexpr bool is_call(Op op) { return op == Op::kCall || op == Op::kGo || op == Op::kDefer; }
// Gives no value that others may use.
constexpr bool has_result(Op op) {
  switch (op) {
    case Op::kStore:
    case Op::kMapUpdate:
    case Op::kGo:
    case Op::kDefer:
    case Op::kRunDefers:
    case Op::kSend:
    case Op::kJump:
    case Op::kIf:
    case Op::kReturn:
    case Op::kPanic:
    case Op::kUnreachable:
      return false;
    default:
      return true;
  }
}
// As printed: "alloc", "field_addr", ….
std::string_view name_of(Op op);

// States of a range-over-func loop (spec: "For statements with range clause"). The synthetic
// variable "state" of the loop holds one; the loop body's function checks it on entry.
enum class RangeState : uint8_t {
  kReady = 1,         // the iterator may call the body
  kDone = 0,          // the body ended the loop: calling it again is an error
  kRunning = 2,       // in the body, or the body panicked: calling it is an error
  kExhausted = 3,     // the iterator function has returned: calling the body is an error
  kMissingPanic = 4,  // the body panicked, but the iterator function returned all the same
};

struct Value {
  static constexpr uint32_t kNoAux = UINT32_MAX;

  static constexpr uint16_t kCommaOk = 1;
  static constexpr uint16_t kHeap = 2;
  static constexpr uint16_t kInvoke = 4;
  static constexpr uint16_t kOnStack = 8;
  static constexpr uint16_t kBlocking = 16;
  static constexpr uint16_t kRangeState = 32;
  // A call whose last argument is a slice made from the arguments written one by one.
  static constexpr uint16_t kPacked = 64;

  Op op = Op::kConst;
  syntax::Token sub = syntax::Token::kIllegal;  // of kBinary and kUnary
  uint16_t flags = 0;
  TypeId type;                 // none without result
  Span span;                   // the expression or statement; the file is the block's
  BlockId block;               // none for values without a place
  uint32_t first_operand = 0;  // position in Body::operands
  uint32_t operand_count = 0;
  uint32_t aux = kNoAux;

  bool is(uint16_t flag) const { return flags & flag; }
};

static_assert(sizeof(Value) == 32);

}  // namespace unpark::ssa
