#include "diagnose/signature.h"

#include <algorithm>

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::Goroutine;
using evidence::StackId;
using evidence::Status;
using evidence::WaitReason;

}  // namespace

Wait wait_of(WaitReason reason) {
  switch (reason) {
    case WaitReason::kChanReceiveNil:
    case WaitReason::kChanSendNil:
      return Wait::kNilChannel;
    case WaitReason::kSelectNoCases:
      return Wait::kNoCases;
    case WaitReason::kChanReceive:
    case WaitReason::kChanReceiveDurable:
    case WaitReason::kChanReceiveSynctest:
      return Wait::kReceive;
    case WaitReason::kChanSend:
    case WaitReason::kChanSendDurable:
    case WaitReason::kChanSendSynctest:
      return Wait::kSend;
    case WaitReason::kSelect:
    case WaitReason::kSelectDurable:
    case WaitReason::kSelectSynctest:
      return Wait::kSelect;
    case WaitReason::kMutexLock:
    case WaitReason::kRWMutexLock:
      return Wait::kLock;
    case WaitReason::kRWMutexRLock:
      return Wait::kReadLock;
    case WaitReason::kCondWait:
      return Wait::kCond;
    case WaitReason::kWaitGroupWait:
    case WaitReason::kWaitGroupWaitDurable:
      return Wait::kWaitGroup;
    case WaitReason::kSemacquire:
    case WaitReason::kOther:
      return Wait::kSemaphore;
    case WaitReason::kCoroutine:
      return Wait::kCoroutine;
    case WaitReason::kIoWait:
      return Wait::kNetwork;
    case WaitReason::kSleep:
      return Wait::kSleep;
    default:
      break;
  }
  return evidence::kind_of(reason) == evidence::WaitKind::kRunning ? Wait::kNone : Wait::kRuntime;
}

bool is_sync(Wait wait) {
  switch (wait) {
    case Wait::kNone:
    case Wait::kNetwork:
    case Wait::kSleep:
    case Wait::kRuntime:
      return false;
    default:
      return true;
  }
}

bool is_lock(Wait wait) { return wait == Wait::kLock || wait == Wait::kReadLock; }

const StackInfo& Signatures::of(StackId stack) {
  static constexpr StackInfo kNoStack;
  if (!stack.exists()) return kNoStack;
  if (stack.raw >= infos_.size()) {
    infos_.resize(std::max<size_t>(symbols_.stack_count(), size_t{stack.raw} + 1));
  }
  StackInfo& info = infos_[stack.raw];
  if (info.known) return info;
  info.known = true;
  info.reason = evidence::wait_of_stack(symbols_, stack);
  std::span<const FrameId> frames = symbols_[stack];
  bool blocking_found = false, shown_found = false;
  uint32_t root = 0;
  for (uint32_t i = 0; i < frames.size(); i++) {
    if (symbols_[frames[i]].is_elision()) continue;
    const Function& f = names_.of(frames[i]);
    if (f.home == Home::kRuntime) continue;
    info.runtime_only = false;
    if (f.home != Home::kWaiting) root = i;
    if (f.home != Home::kWaiting && !blocking_found) {
      blocking_found = true;
      info.blocking = i;
    }
    if (f.home == Home::kUser && !shown_found) {
      shown_found = true;
      info.shown = i;
    }
    info.serves_request |= f.serves_request;
  }
  if (!blocking_found && !frames.empty()) info.blocking = static_cast<uint32_t>(frames.size()) - 1;
  // Nobody's own code: what the library started tells more than where it waits.
  if (!shown_found) info.shown = blocking_found ? root : info.blocking;
  if (!frames.empty()) info.place = place_of(frames[info.shown]);
  return info;
}

Place Signatures::place_of(FrameId frame) {
  if (!frame.exists()) return {};
  return {names_.of(frame).id, symbols_[frame].line};
}

WaitReason Signatures::reason_of(const Goroutine& goroutine) {
  WaitReason reason = goroutine.reason;
  // "semacquire" covered every lock once; a profile says nothing.
  bool says_nothing = reason == WaitReason::kNone && goroutine.status == Status::kUnknown &&
                      !goroutine.state_text.exists();
  if (reason != WaitReason::kSemacquire && !says_nothing) return reason;
  WaitReason by_frames = of(goroutine.stack).reason;
  return by_frames == WaitReason::kNone ? reason : by_frames;
}

}  // namespace unpark::diagnose
