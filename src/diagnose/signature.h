// Signatures: what makes two goroutines wait alike.
//
// The fine signature is the stack as it is. The coarse one, by which goroutines are grouped, is the
// place in the user's code, how it waits there, and the go statement: it joins what was reached on
// different ways, and leaves out frames that versions of Go and sources of evidence print
// differently.
#pragma once

#include <cstdint>
#include <vector>

#include "diagnose/names.h"
#include "evidence/snapshot.h"

namespace unpark::diagnose {

// A line of a function, whatever the source calls them.
struct Place {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t function = kNone;
  uint32_t line = 0;

  bool exists() const { return function != kNone; }
  friend auto operator<=>(const Place&, const Place&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Place& p) {
    return H::combine(std::move(h), p.function, p.line);
  }
};

// What is worth knowing of one stack.
struct StackInfo {
  bool known = false;
  bool reason_known = false;
  bool runtime_only = true;     // no frame outside the run time
  bool serves_request = false;  // below a server's handler
  uint32_t blocking = 0;        // first frame outside the run time and what waits for others
  uint32_t shown = 0;           // first frame of the user's code, else the outermost
  Place place;                  // of `shown`
  evidence::WaitReason reason = evidence::WaitReason::kNone;  // by frames, once it was asked for
};

// What a frame is, by its function's name; of an elision, only that it is one.
struct FrameFacts {
  uint32_t function = 0;  // its id
  Home home = Home::kUser;
  bool known = false;
  bool elision = false;
  bool serves_request = false;
};

// How a goroutine waits, as coarse as versions of Go allow to compare.
enum class Wait : uint8_t {
  kNone,  // runs, can run, or is in a system call
  kNilChannel,
  kNoCases,
  kReceive,
  kSend,
  kSelect,
  kLock,
  kReadLock,
  kCond,
  kWaitGroup,
  kSemaphore,  // waits, and it is not known what for
  kCoroutine,
  kNetwork,
  kSleep,
  kRuntime,
};
Wait wait_of(evidence::WaitReason reason);
// Whether another goroutine has to do something for it to go on.
bool is_sync(Wait wait);
bool is_lock(Wait wait);

class Signatures {
 public:
  explicit Signatures(const evidence::Evidence& evidence)
      : symbols_(evidence.symbols), names_(evidence.symbols), waits_(evidence.symbols) {}

  const StackInfo& of(evidence::StackId stack);
  // Of a frame that exists.
  const FrameFacts& facts(evidence::FrameId frame) {
    if (frame.raw < facts_.size() && facts_[frame.raw].known) return facts_[frame.raw];
    return find_facts(frame);
  }
  Place place_of(evidence::FrameId frame);
  // The words of the evidence, and where they are vague or missing, what frames say.
  evidence::WaitReason reason_of(const evidence::Goroutine& goroutine);

  Names& names() { return names_; }
  const evidence::Symbols& symbols() const { return symbols_; }

 private:
  StackInfo& slot_of(evidence::StackId stack);
  evidence::WaitReason reason_by_frames(evidence::StackId stack);
  const FrameFacts& find_facts(evidence::FrameId frame);

  const evidence::Symbols& symbols_;
  Names names_;
  evidence::StackWaits waits_;
  std::vector<FrameFacts> facts_;  // for each frame
  std::vector<StackInfo> infos_;
};

}  // namespace unpark::diagnose
