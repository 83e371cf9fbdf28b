// What a goroutine does or waits for, by the words of the run time.
//
// The words alone can mislead: before Go 1.20 every lock and wait group says "semacquire",
// before 1.8 a condition does; profiles have no words at all. The frames decide then:
// wait_of_stack().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "evidence/symbols.h"

namespace unpark::evidence {

enum class WaitReason : uint8_t {
#define WAIT_REASON(name, text, kind) name,
#include "evidence/wait_reasons.def"
#undef WAIT_REASON
};

enum class WaitKind : uint8_t { kAlways, kSync, kOutside, kRuntime, kRunning, kBubble };

// A goroutine's status (runtime.gStatusStrings). kUnknown: the evidence does not say, as profiles.
enum class Status : uint8_t {
  kUnknown,
  kIdle,
  kRunnable,
  kRunning,
  kSyscall,
  kWaiting,
  kDead,
  kCopystack,
  kPreempted,
};

std::string_view text_of(WaitReason reason);
std::string_view text_of(Status status);
WaitKind kind_of(WaitReason reason);
// Exactly these words; none when the run time never writes them.
std::optional<WaitReason> wait_reason_of(std::string_view text);
std::optional<Status> status_of(std::string_view text);

// What the innermost frames say that a goroutine waits for; kNone when they say nothing. Works on
// full stacks (profiles) and on those without run-time frames (dumps), where only calls of the
// standard library tell: a bare channel operation leaves no frame there.
WaitReason wait_of_stack(const Symbols& symbols, StackId stack);

// The same for many stacks: the name of each function is looked at once.
class StackWaits {
 public:
  explicit StackWaits(const Symbols& symbols) : symbols_(symbols) {}
  WaitReason of(StackId stack);

  // What a function's name says of those that stand in it.
  struct Word {
    bool seen = false;
    bool in_runtime = false;
    uint8_t known = 0;  // in the table of functions that tell, plus one; 0: not there
    WaitReason owner = WaitReason::kNone;  // as the caller of a semaphore
  };

 private:
  const Symbols& symbols_;
  std::vector<Word> words_;  // for each string
};

}  // namespace unpark::evidence
