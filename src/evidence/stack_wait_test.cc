#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evidence/wait_reason.h"

namespace unpark::evidence {
namespace {

struct At {
  const char* function;
  uint32_t line = 1;
};

WaitReason wait_of(const std::vector<At>& frames) {
  Symbols symbols;
  std::vector<FrameId> ids;
  for (const At& at : frames) {
    ids.push_back(symbols.frame({symbols.string(at.function), symbols.string("f.go"), at.line, 0}));
  }
  StackId stack = symbols.stack(ids);
  WaitReason reason = wait_of_stack(symbols, stack);
  StackWaits many(symbols);
  EXPECT_EQ(many.of(stack), reason);
  EXPECT_EQ(many.of(stack), reason);  // now that it knows the names
  return reason;
}

using enum WaitReason;

// Names of Go 1.1 to 1.27, with the run time's frames, as profiles have them.
TEST(StackWait, FullStacks) {
  struct Case {
    std::vector<At> frames;
    WaitReason reason;
  };
  const At park{"runtime.gopark"}, unlock{"runtime.goparkunlock"}, sema{"runtime.semacquire1"};
  const Case kCases[] = {
      {{park, {"runtime.chanrecv", 667}, {"runtime.chanrecv1", 509}, {"main.f"}}, kChanReceive},
      {{park, {"runtime.chanrecv", 583}, {"runtime.chanrecv2", 447}, {"main.f"}}, kChanReceive},
      {{park, {"runtime.chanrecv", 536}, {"runtime.chanrecv1", 509}, {"main.f"}}, kChanReceiveNil},
      {{park, {"runtime.chanrecv", 469}, {"runtime.chanrecv2", 447}, {"main.f"}}, kChanReceiveNil},
      {{park, {"runtime.chansend", 283}, {"runtime.chansend1", 161}, {"main.f"}}, kChanSend},
      {{park, {"runtime.chansend", 165}, {"runtime.chansend1", 145}, {"main.f"}}, kChanSendNil},
      {{park, {"runtime.chansend", 0}, {"runtime.chansend1", 0}, {"main.f"}}, kChanSend},
      {{park, {"runtime.chanrecv", 536}, {"reflect.chanrecv"}, {"main.f"}}, kChanReceive},
      {{park, {"runtime.selectgo"}, {"main.f"}}, kSelect},
      {{park, {"runtime.block"}, {"main.f"}}, kSelectNoCases},
      {{park, {"time.Sleep"}, {"main.f"}}, kSleep},
      {{park, unlock, {"sync.runtime_notifyListWait"}, {"sync.(*Cond).Wait"}}, kCondWait},
      {{park, unlock, sema, {"sync.runtime_SemacquireMutex"}, {"sync.(*Mutex).lockSlow"}},
       kMutexLock},
      {{park,
        unlock,
        sema,
        {"internal/sync.runtime_SemacquireMutex"},
        {"internal/sync.(*Mutex).lockSlow"}},
       kMutexLock},
      {{park, unlock, sema, {"sync.runtime_SemacquireMutex"}, {"sync.(*Mutex).Lock"}}, kMutexLock},
      {{park, unlock, sema, {"sync.runtime_SemacquireMutex"}, {"sync.(*RWMutex).RLock"}},
       kRWMutexRLock},
      {{park, unlock, sema, {"sync.runtime_SemacquireMutex"}, {"sync.(*RWMutex).Lock"}},
       kRWMutexLock},
      {{park, unlock, sema, {"sync.runtime_SemacquireRWMutexR"}, {"sync.(*RWMutex).RLock"}},
       kRWMutexRLock},
      {{park, unlock, sema, {"sync.runtime_SemacquireRWMutex"}, {"sync.(*RWMutex).Lock"}},
       kRWMutexLock},
      // A writer behind another writer is in the mutex inside.
      {{park,
        unlock,
        sema,
        {"sync.runtime_SemacquireMutex"},
        {"sync.(*Mutex).lockSlow"},
        {"sync.(*Mutex).Lock"},
        {"sync.(*RWMutex).Lock"}},
       kMutexLock},
      {{park, unlock, sema, {"sync.runtime_Semacquire"}, {"sync.(*WaitGroup).Wait"}},
       kWaitGroupWait},
      {{park, unlock, sema, {"sync.runtime_SemacquireWaitGroup"}, {"sync.(*WaitGroup).Wait"}},
       kWaitGroupWait},
      {{park,
        unlock,
        sema,
        {"internal/poll.runtime_Semacquire"},
        {"internal/poll.(*fdMutex).rwlock"}},
       kSemacquire},
      {{park, unlock, sema, {"runtime.semacquire"}, {"runtime.GC"}, {"main.f"}}, kSemacquire},
      {{park, {"runtime.netpollblock"}, {"internal/poll.runtime_pollWait"}, {"main.f"}}, kIoWait},
      {{{"runtime.coroswitch"}, {"iter.Pull[go.shape.int].func1.1"}, {"main.seq"}}, kCoroutine},
      {{{"runtime.corostart"}}, kCoroutine},
      {{park,
        {"runtime.chanrecv", 667},
        {"runtime.chanrecv1", 509},
        {"main.seq"},
        {"runtime.corostart"}},
       kChanReceive},
      {{park, unlock, {"runtime.runfinq"}}, kFinalizerWait},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(text_of(wait_of(c.frames)), text_of(c.reason))
        << c.frames[c.frames.size() > 2 ? 2 : 0].function;
  }
}

// Dumps hide the run time; what stands in other packages is seen.
TEST(StackWait, WithoutTheRunTime) {
  EXPECT_EQ(wait_of({{"time.Sleep"}, {"main.f"}}), kSleep);
  EXPECT_EQ(wait_of({{"sync.runtime_notifyListWait"}, {"sync.(*Cond).Wait"}}), kCondWait);
  EXPECT_EQ(wait_of({{"sync.runtime_Syncsemacquire"}, {"sync.(*Cond).Wait"}}), kCondWait);
  EXPECT_EQ(wait_of({{"sync.runtime_Semacquire"}, {"sync.(*WaitGroup).Wait"}}), kWaitGroupWait);
  EXPECT_EQ(wait_of({{"sync.runtime_Semacquire"}, {"sync.(*Mutex).Lock"}}), kMutexLock);
  EXPECT_EQ(wait_of({{"sync.runtime_Semacquire"}, {"main.f"}}), kSemacquire);
  EXPECT_EQ(wait_of({{"sync.runtime_SemacquireMutex"}, {"sync.(*RWMutex).RLock"}}), kRWMutexRLock);
  EXPECT_EQ(wait_of({{"internal/poll.runtime_pollWait"}, {"internal/poll.(*pollDesc).wait"}}),
            kIoWait);
  EXPECT_EQ(wait_of({{"main.f"}, {"main.main"}}), kNone) << "a channel leaves no frame";
}

// It runs, whatever stands further out.
TEST(StackWait, Running) {
  EXPECT_EQ(wait_of({}), kNone);
  EXPECT_EQ(wait_of({{"main.busy"}}), kNone);
  EXPECT_EQ(wait_of({{"runtime.asyncPreempt2"}, {"runtime.asyncPreempt"}, {"main.busy"}}), kNone);
  EXPECT_EQ(wait_of({{"runtime.lock2"}, {"runtime.chansend", 283}, {"runtime.chansend1", 161}}),
            kNone);
  EXPECT_EQ(wait_of({{"runtime.memmove"}, {"runtime.selectgo"}, {"main.f"}}), kNone);
  EXPECT_EQ(wait_of({{"runtime.nanotime"}, {"time.Sleep"}, {"main.f"}}), kNone);
  EXPECT_EQ(wait_of({{"sync.(*Mutex).lockSlow"}, {"sync.(*Mutex).Lock"}, {"main.f"}}), kNone);
  EXPECT_EQ(wait_of({{"syscall.Syscall6"}, {"syscall.Read"}}), kNone);
  EXPECT_EQ(wait_of({{"runtime.notetsleepg"}, {"os/signal.signal_recv"}}), kNone);
  EXPECT_EQ(wait_of({{"runtime.gopark"}, {"main.f"}, {"time.Sleep"}}), kNone);
}

}  // namespace
}  // namespace unpark::evidence
