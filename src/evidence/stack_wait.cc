// wait_of_stack(): what a goroutine waits for, told from its innermost frames.
//
// A full stack begins with gopark, then the function of the run time that parks (chanrecv,
// selectgo, semacquire1 ...), then, for what the standard library asks of the run time, the
// function under which it does (sync.runtime_SemacquireMutex). A dump that hides the run time
// begins with the last kind. Both are in one table, and the first frame that the table knows
// decides; frames that it does not know are passed over as long as they are the run time's.
//
// A frame of the run time proves a wait only below one that parks: a goroutine that was preempted
// inside chansend runs.
#include <algorithm>
#include <array>

#include "evidence/wait_reason.h"

namespace unpark::evidence {

namespace {

enum class Hint : uint8_t {
  kPark,     // gives up the processor: what follows says why
  kDecides,  // `reason`, when it was parked
  kSure,     // `reason`, without a parking frame: dumps hide that
  kReceive,  // decides, but the line tells whether the channel is nil
  kSend,
  kSemaphore,  // of several kinds: the caller tells
};

struct Known {
  std::string_view function;
  Hint hint;
  WaitReason reason;
};

constexpr auto kKnown = [] {
  std::array table = {
      Known{"runtime.gopark", Hint::kPark, WaitReason::kNone},
      Known{"runtime.goparkunlock", Hint::kPark, WaitReason::kNone},
      Known{"runtime.chanrecv", Hint::kReceive, WaitReason::kChanReceive},
      Known{"runtime.chanrecv1", Hint::kDecides, WaitReason::kChanReceive},
      Known{"runtime.chanrecv2", Hint::kDecides, WaitReason::kChanReceive},
      Known{"runtime.chansend", Hint::kSend, WaitReason::kChanSend},
      Known{"runtime.chansend1", Hint::kDecides, WaitReason::kChanSend},
      Known{"runtime.selectgo", Hint::kDecides, WaitReason::kSelect},
      Known{"runtime.block", Hint::kDecides, WaitReason::kSelectNoCases},
      Known{"runtime.netpollblock", Hint::kDecides, WaitReason::kIoWait},
      Known{"runtime.semacquire1", Hint::kSemaphore, WaitReason::kSemacquire},
      Known{"runtime.semacquire", Hint::kSemaphore, WaitReason::kSemacquire},
      Known{"runtime.coroswitch", Hint::kSure, WaitReason::kCoroutine},
      Known{"runtime.coroswitch_m", Hint::kSure, WaitReason::kCoroutine},
      Known{"runtime.corostart", Hint::kSure, WaitReason::kCoroutine},
      Known{"runtime.runfinq", Hint::kDecides, WaitReason::kFinalizerWait},
      Known{"runtime.runFinalizers", Hint::kDecides, WaitReason::kFinalizerWait},
      Known{"runtime.runCleanups", Hint::kDecides, WaitReason::kCleanupWait},
      Known{"runtime.bgsweep", Hint::kDecides, WaitReason::kGcSweepWait},
      Known{"runtime.bgscavenge", Hint::kDecides, WaitReason::kGcScavengeWait},
      Known{"runtime.(*scavengerState).park", Hint::kDecides, WaitReason::kGcScavengeWait},
      Known{"runtime.forcegchelper", Hint::kDecides, WaitReason::kForceGcIdle},
      Known{"runtime.gcBgMarkWorker", Hint::kDecides, WaitReason::kGcWorkerIdle},
      Known{"runtime.gcParkAssist", Hint::kDecides, WaitReason::kGcAssistWait},
      Known{"runtime.gcWaitOnMark", Hint::kDecides, WaitReason::kWaitForGcCycle},
      Known{"runtime.updateMaxProcsGoroutine", Hint::kDecides, WaitReason::kGomaxprocsUpdaterIdle},
      Known{"runtime.ReadTrace", Hint::kDecides, WaitReason::kTraceReaderBlocked},
      Known{"runtime.synctestRun", Hint::kDecides, WaitReason::kSynctestRun},
      Known{"runtime.synctestWait", Hint::kDecides, WaitReason::kSynctestWait},
      Known{"time.Sleep", Hint::kSure, WaitReason::kSleep},
      Known{"reflect.chanrecv", Hint::kSure, WaitReason::kChanReceive},
      Known{"reflect.chansend", Hint::kSure, WaitReason::kChanSend},
      Known{"reflect.chansend0", Hint::kSure, WaitReason::kChanSend},
      Known{"reflect.rselect", Hint::kSure, WaitReason::kSelect},
      Known{"internal/poll.runtime_pollWait", Hint::kSure, WaitReason::kIoWait},
      Known{"net.runtime_pollWait", Hint::kSure, WaitReason::kIoWait},
      Known{"internal/poll.runtime_Semacquire", Hint::kSure, WaitReason::kSemacquire},
      Known{"internal/synctest.Run", Hint::kSure, WaitReason::kSynctestRun},
      Known{"internal/synctest.Wait", Hint::kSure, WaitReason::kSynctestWait},
      Known{"sync.runtime_notifyListWait", Hint::kSure, WaitReason::kCondWait},
      Known{"sync.runtime_Syncsemacquire", Hint::kSure, WaitReason::kCondWait},
      Known{"sync.runtime_SemacquireRWMutexR", Hint::kSure, WaitReason::kRWMutexRLock},
      Known{"sync.runtime_SemacquireRWMutex", Hint::kSure, WaitReason::kRWMutexLock},
      Known{"sync.runtime_SemacquireWaitGroup", Hint::kSure, WaitReason::kWaitGroupWait},
      Known{"sync.runtime_SemacquireMutex", Hint::kSemaphore, WaitReason::kSemacquire},
      Known{"internal/sync.runtime_SemacquireMutex", Hint::kSemaphore, WaitReason::kSemacquire},
      Known{"sync.runtime_Semacquire", Hint::kSemaphore, WaitReason::kSemacquire},
  };
  std::sort(table.begin(), table.end(),
            [](const Known& a, const Known& b) { return a.function < b.function; });
  return table;
}();

const Known* known(std::string_view function) {
  auto at = std::lower_bound(kKnown.begin(), kKnown.end(), function,
                             [](const Known& a, std::string_view b) { return a.function < b; });
  return at != kKnown.end() && at->function == function ? &*at : nullptr;
}

// Who called a semaphore that serves several masters. A writer that waits for other writers is in
// the Mutex inside its RWMutex, and waits for that.
WaitReason owner_of_semaphore(std::string_view caller) {
  struct Owner {
    std::string_view function;
    WaitReason reason;
  };
  constexpr Owner kOwners[] = {
      {"sync.(*Mutex).Lock", WaitReason::kMutexLock},
      {"sync.(*Mutex).lockSlow", WaitReason::kMutexLock},
      {"internal/sync.(*Mutex).Lock", WaitReason::kMutexLock},
      {"internal/sync.(*Mutex).lockSlow", WaitReason::kMutexLock},
      {"sync.(*RWMutex).RLock", WaitReason::kRWMutexRLock},
      {"sync.(*RWMutex).Lock", WaitReason::kRWMutexLock},
      {"sync.(*WaitGroup).Wait", WaitReason::kWaitGroupWait},
  };
  for (const Owner& o : kOwners) {
    if (o.function == caller) return o.reason;
  }
  return WaitReason::kNone;
}

// Both operations look at the channel first and park at once when there is none; the other wait is
// some hundred lines further down. Lines change with the version, so the callers just above, which
// are in the same file, are what to count from.
bool is_nil_wait(const Frame& operation, const Frame& caller, const Symbols& symbols) {
  constexpr uint32_t kNilWithin = 60;
  std::string_view name = symbols.text(caller.function);
  if (name != "runtime.chanrecv1" && name != "runtime.chanrecv2" && name != "runtime.chansend1") {
    return false;
  }
  return caller.line > 0 && operation.line > caller.line &&
         operation.line - caller.line < kNilWithin;
}

StackWaits::Word word_of(std::string_view function) {
  StackWaits::Word out;
  out.seen = true;
  out.in_runtime = function.starts_with("runtime.");
  if (const Known* k = known(function)) out.known = static_cast<uint8_t>(k - kKnown.data() + 1);
  out.owner = owner_of_semaphore(function);
  return out;
}

// `word`: the Word of a string's id.
template <typename WordOf>
WaitReason told_by(const Symbols& symbols, StackId stack, WordOf word) {
  std::span<const FrameId> frames = symbols[stack];
  bool parked = false;
  WaitReason weak = WaitReason::kNone;
  for (size_t i = 0; i < frames.size(); i++) {
    const Frame& frame = symbols[frames[i]];
    const StackWaits::Word w = word(frame.function);
    if (w.known == 0) {
      if (weak != WaitReason::kNone && w.owner != WaitReason::kNone) return w.owner;
      if (w.in_runtime && (parked || i == 0)) continue;
      return weak;
    }
    const Known& k = kKnown[w.known - 1];
    switch (k.hint) {
      case Hint::kPark:
        parked = true;
        break;
      case Hint::kSure:
        if (i > 0 && !parked) return WaitReason::kNone;
        return k.reason;
      case Hint::kDecides:
        return parked ? k.reason : WaitReason::kNone;
      case Hint::kReceive:
      case Hint::kSend:
        if (!parked) return WaitReason::kNone;
        if (i + 1 < frames.size() && is_nil_wait(frame, symbols[frames[i + 1]], symbols)) {
          return k.hint == Hint::kSend ? WaitReason::kChanSendNil : WaitReason::kChanReceiveNil;
        }
        return k.reason;
      case Hint::kSemaphore:
        if (w.in_runtime && !parked) return WaitReason::kNone;
        if (!w.in_runtime && i > 0 && !parked && weak == WaitReason::kNone) {
          return WaitReason::kNone;
        }
        weak = k.reason;
        break;
    }
  }
  return weak;
}

}  // namespace

WaitReason wait_of_stack(const Symbols& symbols, StackId stack) {
  return told_by(symbols, stack,
                 [&](StringId function) { return word_of(symbols.text(function)); });
}

WaitReason StackWaits::of(StackId stack) {
  if (words_.size() < symbols_.string_count()) words_.resize(symbols_.string_count());
  return told_by(symbols_, stack, [&](StringId function) {
    if (!function.exists()) return word_of("");
    Word& word = words_[function.raw];
    if (!word.seen) word = word_of(symbols_.text(function));
    return word;
  });
}

}  // namespace unpark::evidence
