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

StackInfo& Signatures::slot_of(StackId stack) {
  if (stack.raw >= infos_.size()) {
    infos_.resize(std::max<size_t>(symbols_.stack_count(), size_t{stack.raw} + 1));
  }
  return infos_[stack.raw];
}

const StackInfo& Signatures::of(StackId stack) {
  static constexpr StackInfo kNoStack;
  if (!stack.exists()) return kNoStack;
  StackInfo& info = slot_of(stack);
  if (info.known) return info;
  info.known = true;
  std::span<const FrameId> frames = symbols_[stack];
  bool blocking_found = false, shown_found = false;
  uint32_t root = 0;
  for (uint32_t i = 0; i < frames.size(); i++) {
    const FrameFacts& f = facts(frames[i]);
    if (f.elision) continue;
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

const FrameFacts& Signatures::find_facts(FrameId frame) {
  if (frame.raw >= facts_.size()) {
    facts_.resize(std::max<size_t>(symbols_.frame_count(), size_t{frame.raw} + 1));
  }
  FrameFacts& out = facts_[frame.raw];
  out.known = true;
  out.elision = symbols_[frame].is_elision();
  if (out.elision) return out;
  const Function& function = names_.of(frame);
  out.function = function.id;
  out.home = function.home;
  out.serves_request = function.serves_request;
  return out;
}

Place Signatures::place_of(FrameId frame) {
  if (!frame.exists()) return {};
  const FrameFacts& f = facts(frame);
  return {f.elision ? names_.of(frame).id : f.function, symbols_[frame].line};
}

WaitReason Signatures::reason_by_frames(StackId stack) {
  if (!stack.exists()) return WaitReason::kNone;
  StackInfo& info = slot_of(stack);
  if (!info.reason_known) info.reason = waits_.of(stack);
  info.reason_known = true;
  return info.reason;
}

WaitReason Signatures::reason_of(const Goroutine& goroutine) {
  WaitReason reason = goroutine.reason;
  // "semacquire" covered every lock once; a profile says nothing.
  bool says_nothing = reason == WaitReason::kNone && goroutine.status == Status::kUnknown &&
                      !goroutine.state_text.exists();
  if (reason != WaitReason::kSemacquire && !says_nothing) return reason;
  WaitReason by_frames = reason_by_frames(goroutine.stack);
  return by_frames == WaitReason::kNone ? reason : by_frames;
}

}  // namespace unpark::diagnose
