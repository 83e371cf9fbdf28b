// Which object contains a lock: the nearest pointer at or below its address, in an object of
// plausible size, among what the waiter was given and all receivers.
//
// Cost: one pass over the goroutines, and one over their arguments when anybody waits.
#include "diagnose/lock_waiters.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace unpark::diagnose {

namespace {

using evidence::Argument;
using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;

// Objects that hold their locks further inside are not recognised; larger ones would be taken for
// their neighbours'.
constexpr uint64_t kLargestObject = 4096;

// How far the word that a function is given lies inside the lock it belongs to: none when the
// function's first argument is not about a lock.
std::optional<uint64_t> offset_in_lock(std::string_view function) {
  constexpr std::string_view kLocks[] = {
      "sync.(*Mutex).Lock",          "sync.(*Mutex).lockSlow",
      "internal/sync.(*Mutex).Lock", "internal/sync.(*Mutex).lockSlow",
      "sync.(*RWMutex).Lock",        "sync.(*RWMutex).RLock",
  };
  for (std::string_view f : kLocks) {
    if (f == function) return 0;
  }
  // Both layouts of a mutex are its state, then its semaphore; a RWMutex has a mutex of 8 bytes,
  // the writers' semaphore, then the readers'.
  if (function == "sync.runtime_SemacquireMutex") return 4;
  if (function == "internal/sync.runtime_SemacquireMutex") return 4;
  if (function == "sync.runtime_SemacquireRWMutex") return 8;
  if (function == "sync.runtime_SemacquireRWMutexR") return 12;
  return std::nullopt;
}

class Waiters {
 public:
  Waiters(Model& model, const LookWork& look)
      : model_(model), signatures_(model.signatures), look_(look), s_(model.snapshot_of(look)) {}

  std::vector<LockWaiter> run() {
    find_waiters();
    if (waiters_.empty()) return {};
    find_receivers();
    for (LockWaiter& w : waiters_) find_owner(w);
    return std::move(waiters_);
  }

 private:
  const Goroutine& goroutine(uint32_t index) const { return s_.goroutines[index]; }

  std::span<const FrameId> frames_of(uint32_t index) const {
    return signatures_.symbols()[goroutine(index).stack];
  }

  void find_waiters() {
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      if (look_.group_of[i] == kNoGroup) continue;
      Wait wait = model_.groups[look_.group_of[i]].key.wait;
      if (!is_lock(wait)) continue;
      LockWaiter w;
      w.goroutine = i;
      // A writer waits for readers, of whom there may be many; a reader waits for one writer.
      w.shared = signatures_.reason_of(s_.goroutines[i]) == evidence::WaitReason::kRWMutexLock;
      if (!place_waiter(w)) continue;
      waiters_.push_back(w);
    }
  }

  // The frame that asked for the lock is the first one outside the run time and sync. Of the frames
  // inside, the outermost knows best which lock it is.
  bool place_waiter(LockWaiter& w) {
    std::span<const FrameId> frames = frames_of(w.goroutine);
    const StackInfo& info = signatures_.of(goroutine(w.goroutine).stack);
    if (frames.empty() || info.blocking >= frames.size()) return false;
    w.frame = info.blocking;
    Place place = signatures_.place_of(frames[w.frame]);
    w.function = place.function;
    w.line = place.line;
    for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
      if (a.position != 0 || a.frame >= w.frame || a.frame >= frames.size()) continue;
      auto offset = offset_in_lock(signatures_.names().of(frames[a.frame]).name);
      if (!offset || a.value < *offset) continue;
      // A stale word of another register is worse than nothing: the semaphore's always is one.
      uint64_t lock = a.value - *offset;
      bool plausible = *offset == 0 && lock % 4 == 0 && is_in_own_object(w, lock);
      if (!a.exact && (w.lock != 0 || !plausible)) continue;
      w.lock = lock;
      w.lock_is_exact = a.exact;
      if (a.exact) break;
    }
    for (uint32_t f = 0; f < w.frame; f++) {
      w.of_once |= signatures_.names().of(frames[f]).name == kOnce;
    }
    return true;
  }

  // Whether it lies in something that the frame which asks for the lock was given.
  bool is_in_own_object(const LockWaiter& w, uint64_t lock) const {
    std::span<const Argument> all = arguments_of(s_, goroutine(w.goroutine));
    return std::any_of(all.begin(), all.end(), [&](const Argument& a) {
      return a.frame == w.frame && is_heap_address(a.value) && a.value <= lock &&
             lock - a.value < kLargestObject;
    });
  }

  // Where receivers can matter, in pieces of kLargestObject: at a lock, or below it in an object
  // that contains it; what a waiter that does not show its lock was perhaps called on.
  absl::flat_hash_set<uint64_t> places_of_owners() const {
    absl::flat_hash_set<uint64_t> out;
    for (const LockWaiter& w : waiters_) {
      if (w.lock != 0) {
        out.insert(w.lock / kLargestObject);
        out.insert(w.lock / kLargestObject - 1);
        continue;
      }
      for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
        if (a.frame == w.frame && a.position == 0) out.insert(a.value / kLargestObject);
      }
    }
    return out;
  }

  void find_receivers() {
    absl::flat_hash_set<uint64_t> places = places_of_owners();
    if (places.empty()) return;
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      std::span<const FrameId> frames = frames_of(i);
      for (const Argument& a : arguments_of(s_, goroutine(i))) {
        if (a.position != 0 || !a.exact || a.frame >= frames.size()) continue;
        if (!places.contains(a.value / kLargestObject)) continue;
        const Function& f = signatures_.names().of(frames[a.frame]);
        bool owner = f.home == Home::kUser || f.home == Home::kLibrary;
        if (!owner || !f.by_pointer) continue;
        receivers_.push_back(a.value);
        typed_receivers_.insert({a.value, f.type});
      }
    }
    std::sort(receivers_.begin(), receivers_.end());
    receivers_.erase(std::unique(receivers_.begin(), receivers_.end()), receivers_.end());
  }

  void find_owner(LockWaiter& w) {
    std::span<const FrameId> frames = frames_of(w.goroutine);
    uint64_t best = 0, own_receiver = 0;
    auto consider = [&](uint64_t p) {
      if (p <= w.lock && w.lock - p < kLargestObject) best = std::max(best, p);
    };
    for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
      if (!a.exact || a.frame < w.frame || a.frame >= frames.size()) continue;
      const Function& f = signatures_.names().of(frames[a.frame]);
      if (f.home == Home::kWaiting || f.home == Home::kRuntime) continue;
      if (w.lock != 0) consider(a.value);
      bool method = a.position == 0 && f.by_pointer;
      if (method && own_receiver == 0 && a.frame == w.frame) own_receiver = a.value;
    }
    if (w.lock == 0) {
      // Readers of a RWMutex do not print it; it is most likely in the method's own object.
      w.owner = own_receiver != 0 ? own_receiver : stale_receiver(w);
      w.lock_is_exact = own_receiver != 0 || w.owner == 0;
      return;
    }
    auto above = std::upper_bound(receivers_.begin(), receivers_.end(), w.lock);
    if (above != receivers_.begin()) consider(*std::prev(above));
    w.owner = best;
  }

  // What the asking method was called on, where the word may be stale but is the receiver of a
  // method of the same type elsewhere.
  uint64_t stale_receiver(const LockWaiter& w) {
    const Function& f = signatures_.names().of(frames_of(w.goroutine)[w.frame]);
    if (!f.by_pointer) return 0;
    for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
      if (a.frame != w.frame || a.position != 0 || a.exact) continue;
      if (typed_receivers_.contains({a.value, f.type})) return a.value;
    }
    return 0;
  }

  Model& model_;
  Signatures& signatures_;
  const LookWork& look_;
  const Snapshot& s_;
  std::vector<LockWaiter> waiters_;
  std::vector<uint64_t> receivers_;
  absl::flat_hash_set<std::pair<uint64_t, std::string_view>> typed_receivers_;
};

}  // namespace

std::vector<LockWaiter> find_lock_waiters(Model& model, const LookWork& look) {
  return Waiters(model, look).run();
}

std::span<const Argument> arguments_of(const Snapshot& s, const Goroutine& g) {
  if (g.argument_count == 0) return {};
  return std::span(s.arguments).subspan(g.first_argument, g.argument_count);
}

bool is_heap_address(uint64_t word) {
  return word >= uint64_t{1} << 32 && word < uint64_t{1} << 46;
}

}  // namespace unpark::diagnose
