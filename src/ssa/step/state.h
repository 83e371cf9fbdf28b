// State: everything that changes while a Go program runs. Plain data that can be copied: nothing in
// it points into the process that executes it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "ssa/step/heap.h"

namespace unpark::ssa::step {

// What happens when a frame returns.
enum class After : uint8_t {
  kResume,     // the caller goes on
  kRunDefers,  // it was a deferred call: the next one's turn
  kUnwind,     // it was deferred and called because of a panic, which goes on
  kEnd,        // the goroutine ends
  kStop,       // it was called from outside: execution stops here (Machine::call_and_wait)
};

struct Frame {
  uint32_t code = 0;  // number in the image
  uint32_t pc = 0;
  uint32_t base = 0;      // of its registers on the goroutine's stack
  uint32_t ret = 0;       // where the results go, in the caller's frame
  uint32_t recovers = 0;  // Panic::serial that recover() called here stops; 0: none
  After after = After::kResume;
  uint32_t caused_by = 0;  // Panic::serial that made this deferred call; 0: none
};

// A frame as it stood when a panic began.
struct Traced {
  uint32_t index = 0;  // among the goroutine's frames
  uint32_t code = 0;
  uint32_t pc = 0;
};

struct Deferred {
  uint32_t frame = 0;  // index of the frame whose return runs it
  uint32_t code = 0;
  Word closure = 0;
  std::vector<uint8_t> args;
};

struct Panic {
  GoInterface value;
  uint32_t serial = 0;
  bool goexit = false;
  bool recovered = false;
  bool aborted = false;       // the deferred call it made has panicked and is gone
  std::vector<Traced> trace;  // innermost first; not all of a deep stack
};

// What a goroutine finds when something it waited for has come.
struct Wake {
  bool ready = false;
  bool ok = false;     // a value was passed (not: the channel was closed)
  uint32_t which = 0;  // case of a select
  std::vector<uint8_t> value;
};

enum class Status : uint8_t { kFree, kRunnable, kWaiting };

struct Goroutine {
  uint64_t id = 0;
  Status status = Status::kFree;
  bool background = false;  // the runtime's own: it keeps no program alive
  uint32_t ticket = 0;  // changes when it is woken: entries in queues that name an old one are void
  const char* reason = "";  // why it waits, in the runtime's words
  std::vector<uint8_t> stack;
  uint32_t top = 0;
  std::vector<Frame> frames;
  std::vector<Deferred> defers;
  std::vector<Panic> panics;
  Wake wake;
};

// A goroutine in a queue.
struct Waiter {
  uint32_t goroutine = 0;
  uint32_t ticket = 0;
  uint32_t which = 0;
  std::vector<uint8_t> value;  // of a send
};

struct Timer {
  int64_t when = 0;
  int64_t period = 0;
  uint64_t order = 0;
  // Either a goroutine to wake, or a function to call in a new one.
  Waiter sleeper;
  Word timer = 0;  // the Go object
  Word function = 0;
  GoInterface argument;
  uint64_t sequence = 0;
};

enum class ExitKind : uint8_t { kRunning, kExit, kFatal, kUnsupported, kBudget };

struct State {
  Heap heap;
  std::vector<Object> globals;
  std::vector<Goroutine> goroutines;
  std::deque<uint32_t> run_queue;
  std::map<Word, std::deque<Waiter>> semaphores;  // who waits at an address
  std::vector<Timer> timers;
  // Finalizers and cleanups are kept so that they can be asked for, and never run.
  uint64_t next_goroutine = 1;
  uint64_t next_timer = 0;
  uint32_t next_panic = 1;
  int64_t now = 1'257'894'000'000'000'000;  // nanoseconds since 1970
  uint64_t random = 0x9E3779B97F4A7C15u;
  ExitKind exit = ExitKind::kRunning;
  int exit_code = 0;
  // Pointers that reflect refers to by numbers of 32 bits.
  std::vector<Word> reflect_offsets;
  std::string message;  // why it stopped, of kUnsupported and kBudget
};

static_assert(std::is_copy_constructible_v<State>);

}  // namespace unpark::ssa::step
