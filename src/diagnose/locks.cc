// Cost: one pass over the goroutines and their arguments for those that wait, one for everybody
// else; nothing when nobody waits for a lock.
#include "diagnose/locks.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace unpark::diagnose {

namespace {

using evidence::Argument;
using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;

constexpr ptrdiff_t kCrowd = 64;
// Of goroutines, for all locks together. Beyond that, holders are not shown.
constexpr uint64_t kMostVisits = 4'000'000;
class Locks {
 public:
  Locks(Model& model, const LookWork& look)
      : model_(model), signatures_(model.signatures), look_(look), s_(model.snapshot_of(look)) {}

  std::vector<LockState> run() {
    waiters_ = find_lock_waiters(model_, look_);
    if (waiters_.empty()) return {};
    waits_for_.assign(s_.goroutines.size(), UINT32_MAX);
    for (uint32_t i = 0; i < waiters_.size(); i++) waits_for_[waiters_[i].goroutine] = i;
    find_once_runners();
    // By the lock; where that is not shown, by the object; where neither is, by the function.
    std::map<std::tuple<uint64_t, uint64_t, uint32_t>, LockState> by_lock;
    for (const LockWaiter& w : waiters_) {
      uint64_t owner = w.lock == 0 ? w.owner : 0;
      uint32_t function = w.object() == 0 ? w.function : 0;
      by_lock[{w.lock, owner, function}].waiters.push_back(w);
    }
    index_users();
    index_methods();
    bool all_wait = !somebody_could_hold();
    std::vector<LockState> out;
    for (auto& [key, state] : by_lock) {
      find_holders(state);
      state.all_wait = all_wait;
      out.push_back(std::move(state));
    }
    return out;
  }

 private:
  const Goroutine& goroutine(uint32_t index) const { return s_.goroutines[index]; }

  std::span<const FrameId> frames_of(uint32_t index) const {
    return signatures_.symbols()[goroutine(index).stack];
  }

  // Goroutines inside the function that a Once runs: its frame stands above the one that runs it.
  void find_once_runners() {
    bool asked = std::any_of(waiters_.begin(), waiters_.end(),
                             [](const LockWaiter& w) { return w.of_once; });
    for (uint32_t i = 0; asked && i < s_.goroutines.size(); i++) {
      if (look_.group_of[i] == kNoGroup) continue;
      std::span<const FrameId> frames = frames_of(i);
      uint32_t w = waits_for_[i];
      uint32_t begin = w == UINT32_MAX ? 0 : waiters_[w].frame;
      bool runs = std::any_of(frames.begin() + begin, frames.end(),
                              [&](FrameId f) { return signatures_.names().of(f).name == kOnce; });
      if (runs) once_runners_.push_back(i);
    }
  }

  // A goroutine that was given an object of interest, in one of its frames.
  struct User {
    uint32_t goroutine = 0;
    uint32_t frame = 0;
    bool receiver = false;
    bool exact = true;
  };

  struct InFunction {
    uint32_t line = 0, goroutine = 0, frame = 0;
    friend auto operator<=>(const InFunction&, const InFunction&) = default;
  };

  void index_users() {
    for (const LockWaiter& w : waiters_) {
      if (w.owner != 0) add_owner(w.owner);
      asking_functions_.insert(w.function);
      const Function& function = signatures_.names().of(frames_of(w.goroutine)[w.frame]);
      asking_packages_.insert(function.package);
      asking_types_.insert(function.type);
    }
    near_.resize(signatures_.symbols().stack_count());
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      if (look_.group_of[i] == kNoGroup) continue;
      index_arguments(i);
      index_frames(i);
    }
    for (auto& [function, frames] : in_function_) std::sort(frames.begin(), frames.end());
  }

  // Most words are nobody's owner, which one bit tells without a look at the table.
  static size_t owner_bit(uint64_t word) { return word * 0x9E3779B97F4A7C15u >> 48; }
  void add_owner(uint64_t object) {
    users_[object];
    is_owner_.resize(size_t{1} << 16);
    is_owner_[owner_bit(object)] = true;
  }

  void index_arguments(uint32_t i) {
    if (users_.empty()) return;
    std::span<const FrameId> frames = frames_of(i);
    for (const Argument& a : arguments_of(s_, goroutine(i))) {
      if (!is_owner_[owner_bit(a.value)] || a.frame >= frames.size()) continue;
      auto users = users_.find(a.value);
      if (users == users_.end()) continue;
      const Function& f = signatures_.names().of(frames[a.frame]);
      if (f.home == Home::kWaiting || f.home == Home::kRuntime) continue;
      users->second.push_back(
          {i, static_cast<uint32_t>(a.frame), a.position == 0 && f.by_pointer, a.exact != 0});
    }
  }

  // Frames of functions in which somebody waits for a lock, whatever they print.
  void index_frames(uint32_t i) {
    if (!goroutine(i).stack.exists()) return;
    Near& near = near_[goroutine(i).stack.raw];
    if (!near.known) find_near(i, near);
    for (uint32_t f : near.frames) {
      in_function_[signatures_.names().of(frames_of(i)[f]).id].push_back({line_of(i, f), i, f});
    }
    bool aside = prints_dump(i) && near.frames.empty();
    if (near.in_package && !aside) in_packages_.push_back(i);
  }

  // It stands where it writes the dump, which nobody does under a lock that others need: only what
  // it was given, or a function that takes the lock, makes it one of those who may hold it.
  bool prints_dump(uint32_t index) const {
    return index == 0 && s_.kind == evidence::SnapshotKind::kGoroutineDump &&
           goroutine(index).status == evidence::Status::kRunning;
  }

  // What a stack has to do with locks that somebody waits for: frames of the functions that ask for
  // them, and whether it is in one of their packages.
  struct Near {
    bool known = false;
    bool in_package = false;
    bool of_owner = false;  // in a method of a type whose methods ask for locks
    std::vector<uint32_t> frames;
  };
  void find_near(uint32_t goroutine, Near& near) {
    near.known = true;
    std::span<const FrameId> frames = frames_of(goroutine);
    for (uint32_t f = 0; f < frames.size(); f++) {
      const Function& function = signatures_.names().of(frames[f]);
      if (asking_functions_.contains(function.id)) near.frames.push_back(f);
      near.in_package |= asking_packages_.contains(function.package);
      near.of_owner |= asking_types_.contains(function.type);
    }
  }

  // What the waiter's asking frame was given where its owner stands, and what the same position of
  // another frame of that function holds: equal, different, or not shown.
  enum class Same : uint8_t { kYes, kNo, kNotShown };
  Same same_object(const LockWaiter& w, uint32_t other, uint32_t other_frame) const {
    if (w.owner == 0) return Same::kNotShown;
    for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
      if (a.frame != w.frame || !a.exact || a.value != w.owner) continue;
      for (const Argument& b : arguments_of(s_, goroutine(other))) {
        if (b.frame != other_frame || b.position != a.position) continue;
        if (b.value == a.value) return Same::kYes;
        return b.exact ? Same::kNo : Same::kNotShown;
      }
    }
    return Same::kNotShown;
  }

  bool runs(uint32_t index) const {
    return waits_now(index) == Wait::kNone || is_unlocking(signatures_, goroutine(index).stack);
  }

  // Of the goroutine itself: its group has those, too, that were woken a moment ago.
  Wait waits_now(uint32_t index) const {
    evidence::Status status = goroutine(index).status;
    bool ready = status == evidence::Status::kRunnable || status == evidence::Status::kRunning;
    return ready ? Wait::kNone : model_.groups[look_.group_of[index]].key.wait;
  }

  // A condition lets go of its lock while it waits.
  bool may_hold(uint32_t index) const {
    return model_.groups[look_.group_of[index]].key.wait != Wait::kCond;
  }

  // Loops that live as long as their object stand in a select, or wait for the network, without its
  // lock. Only where they stand past a line that takes it may they hold it.
  bool may_hold_far_from_lock(uint32_t index) const {
    Wait wait = waits_now(index);
    return may_hold(index) && wait != Wait::kSelect && wait != Wait::kNetwork;
  }

  // Anybody who does not wait for a lock, near one: in a package that takes it, or given its
  // object.
  bool somebody_could_hold() {
    auto could = [&](uint32_t i) { return waits_for_[i] == UINT32_MAX && could_hold(i, true); };
    if (somebody_near_) return true;
    for (const auto& [object, users] : users_) {
      for (const User& u : users) {
        if (could(u.goroutine)) return true;
      }
    }
    return false;
  }

  // Whether it may hold some lock while it stands where it stands. The main goroutine of a service
  // is parked for good; a select of the user's own code is a loop's. Who waits at a channel does so
  // under a lock only in functions that take it, in methods of its owner's type, or with the owner
  // in hand.
  bool could_hold(uint32_t index, bool given = false) {
    const GroupWork& g = model_.groups[look_.group_of[index]];
    Wait wait = waits_now(index);
    if (wait == Wait::kCond || g.out.mechanism == Mechanism::kListenerNeverClosed) {
      return false;
    }
    if (g.key.first && wait != Wait::kNone) return false;
    const StackInfo& info = signatures_.of(goroutine(index).stack);
    if (info.blocking != info.shown) return true;
    switch (wait) {
      case Wait::kSend:
      case Wait::kReceive:
      case Wait::kNilChannel:
        return given || is_of_owner(index);
      default:
        return wait != Wait::kSelect && wait != Wait::kNoCases;
    }
  }

  bool is_of_owner(uint32_t index) {
    const Near& near = near_[goroutine(index).stack.raw];
    return !near.frames.empty() || near.of_owner;
  }

  bool waits_for_same(const LockState& state, uint32_t index) const {
    uint32_t w = waits_for_[index];
    if (w == UINT32_MAX) return false;
    const LockWaiter& a = state.waiters[0];
    const LockWaiter& b = waiters_[w];
    if (a.lock != 0 && b.lock != 0) return a.lock == b.lock;
    return a.owner != 0 && a.owner == b.owner;  // may be
  }

  void find_holders(LockState& state) {
    if (state.waiters[0].of_once) {
      run_once(state);
      return;
    }
    past_the_line(state);
    keep_possible(state);
    if (!state.holders.empty()) {
      others_in_methods(state);
      return;
    }
    users_of_owner(state, true);
    keep_possible(state);
    if (state.holders.empty()) users_of_owner(state, false);
    keep_possible(state);
    if (state.holders.empty()) inside_own_method(state);
    if (!state.holders.empty()) return;
    state.anybody_else = std::any_of(in_packages_.begin(), in_packages_.end(), [&](uint32_t i) {
      return may_hold(i) && !waits_for_same(state, i);
    });
    state.suspects |= somebody_near_;
  }

  // The only goroutine in any Once's function holds the lock of the one that is waited for.
  void run_once(LockState& state) const {
    state.suspects = once_runners_.size() != 1;
    state.anybody_else = true;
    if (state.suspects) return;
    state.certain = true;
    add(state, {once_runners_[0], Known::kFrames, true, runs(once_runners_[0])});
  }

  // Past the line is who has taken the lock, and may have let go of it since. Somebody else in a
  // method of the same object is as likely to hold it now.
  void others_in_methods(LockState& state) {
    const LockWaiter& w = state.waiters[0];
    std::string_view type = signatures_.names().of(frames_of(w.goroutine)[w.frame]).type;
    if (w.owner == 0 || type.empty()) return;
    for (uint64_t object : {w.owner, uint64_t{0}}) {
      auto in_methods = in_methods_.find({object, type});
      if (in_methods == in_methods_.end()) continue;
      for (uint32_t i : in_methods->second) {
        bool known = std::any_of(state.holders.begin(), state.holders.end(),
                                 [&](const LockHolder& h) { return h.goroutine == i; });
        if (!known) add(state, {i, Known::kField, false, runs(i)});
      }
    }
  }

  // Those who wait for no lock and may hold one, by the methods they are in: of which type, on
  // which object; 0: not shown. A few for each will do.
  void index_methods() {
    constexpr size_t kEnough = 4;
    for (uint32_t i : in_packages_) {
      if (waits_for_[i] != UINT32_MAX || !could_hold(i)) continue;
      somebody_near_ = true;
      std::span<const FrameId> frames = frames_of(i);
      std::vector<uint64_t> objects(frames.size(), 0);
      for (const Argument& a : arguments_of(s_, goroutine(i))) {
        if (a.frame < frames.size() && a.position == 0 && a.exact) objects[a.frame] = a.value;
      }
      for (uint32_t f = 0; f < frames.size(); f++) {
        const Function& function = signatures_.names().of(frames[f]);
        if (!function.by_pointer) continue;
        std::vector<uint32_t>& all = in_methods_[{objects[f], function.type}];
        if (all.size() < kEnough && (all.empty() || all.back() != i)) all.push_back(i);
      }
    }
  }

  // Nobody else is near the lock, and one of those who wait for it does so inside two methods of
  // its object: the outer one is all that is left to hold it.
  void inside_own_method(LockState& state) {
    const LockWaiter* only = nullptr;
    for (const LockWaiter& w : state.waiters) {
      if (methods_on_owner(w) < 2) continue;
      if (only != nullptr) return;
      only = &w;
    }
    if (only == nullptr) return;
    bool others = std::any_of(in_packages_.begin(), in_packages_.end(), [&](uint32_t i) {
      return ++visits_ > kMostVisits || (could_hold(i) && !waits_for_same(state, i));
    });
    if (!others) add(state, {only->goroutine, Known::kFrames, false, false});
  }

  size_t methods_on_owner(const LockWaiter& w) {
    if (w.owner == 0) return 0;
    std::span<const FrameId> frames = frames_of(w.goroutine);
    std::string_view type = signatures_.names().of(frames[w.frame]).type;
    size_t methods = 0;
    bool owner_shown = false;
    std::vector<bool> another(frames.size(), false);
    for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
      if (a.position != 0 || a.frame >= frames.size()) continue;
      const Function& f = signatures_.names().of(frames[a.frame]);
      if (!f.by_pointer || f.home != Home::kUser) continue;
      owner_shown |= a.exact && a.value == w.owner;
      another[a.frame] = a.exact && a.value != w.owner;
    }
    for (uint32_t f = w.frame; f < frames.size(); f++) {
      const Function& function = signatures_.names().of(frames[f]);
      methods += function.by_pointer && function.home == Home::kUser && function.type == type &&
                 !another[f];
    }
    return owner_shown ? methods : 0;
  }

  static void add(LockState& state, LockHolder holder) { state.holders.push_back(holder); }

  // Each once, as it is known best.
  static void merge(LockState& state) {
    auto& all = state.holders;
    std::sort(all.begin(), all.end(), [](const LockHolder& a, const LockHolder& b) {
      return std::tie(a.goroutine, a.known) < std::tie(b.goroutine, b.known);
    });
    auto same = [](const LockHolder& a, const LockHolder& b) { return a.goroutine == b.goroutine; };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
  }

  void past_the_line(LockState& state) {
    // The first line of each function at which somebody waits for this lock speaks for all.
    std::map<uint32_t, const LockWaiter*> first;
    for (const LockWaiter& w : state.waiters) {
      auto [slot, added] = first.try_emplace(w.function, &w);
      if (!added && w.line < slot->second->line) slot->second = &w;
    }
    for (const auto& [function, w] : first) past_with_object(*w, state);
    if (!state.holders.empty()) return;
    for (const auto& [function, w] : first) past_without_object(*w, state);
  }

  uint32_t line_of(uint32_t index, uint32_t frame) const {
    return signatures_.symbols()[frames_of(index)[frame]].line;
  }

  // Those who were given the lock's object at the same position.
  void past_with_object(const LockWaiter& w, LockState& state) {
    auto users = users_.find(w.owner);
    if (w.owner == 0 || users == users_.end()) return;
    for (const User& u : users->second) {
      bool same_function = signatures_.names().of(frames_of(u.goroutine)[u.frame]).id == w.function;
      if (!same_function || line_of(u.goroutine, u.frame) <= w.line) continue;
      if (!may_hold(u.goroutine) || same_object(w, u.goroutine, u.frame) != Same::kYes) continue;
      add(state, {u.goroutine, u.exact ? Known::kField : Known::kStale, true, runs(u.goroutine)});
    }
  }

  // Those who do not show what they were given. A crowd of them says nothing of one.
  void past_without_object(const LockWaiter& w, LockState& state) {
    auto others = in_function_.find(w.function);
    if (others == in_function_.end()) return;
    auto begin = std::upper_bound(others->second.begin(), others->second.end(), w.line,
                                  [](uint32_t line, const InFunction& x) { return line < x.line; });
    if (others->second.end() - begin > kCrowd) return;
    for (; begin != others->second.end(); ++begin) {
      if (!may_hold(begin->goroutine)) continue;
      if (same_object(w, begin->goroutine, begin->frame) == Same::kNo) continue;
      add(state, {begin->goroutine, Known::kFrames, true, runs(begin->goroutine)});
    }
  }

  // Where several stand at once, one does not get by holding a lock that only one can hold.
  void keep_possible(LockState& state) const {
    keep_best_known(state);
    bool shared = std::any_of(state.waiters.begin(), state.waiters.end(),
                              [&](const LockWaiter& w) { return w.shared; });
    if (shared) return;
    std::map<uint32_t, size_t> at_place;
    for (const LockHolder& h : state.holders) at_place[look_.group_of[h.goroutine]]++;
    size_t erased = std::erase_if(state.holders, [&](const LockHolder& h) {
      return at_place[look_.group_of[h.goroutine]] > 1;
    });
    state.suspects |= erased > 0;
  }

  static void keep_best_known(LockState& state) {
    merge(state);
    Known best = Known::kFrames;
    for (const LockHolder& h : state.holders) best = std::min(best, h.known);
    std::erase_if(state.holders, [&](const LockHolder& h) { return h.known != best; });
  }

  void users_of_owner(LockState& state, bool receivers) {
    for (const LockWaiter& w : state.waiters) {
      auto users = users_.find(w.owner);
      if (w.owner == 0 || users == users_.end()) continue;
      for (const User& u : users->second) {
        if (u.receiver != receivers || !may_hold_far_from_lock(u.goroutine)) continue;
        if (waits_for_same(state, u.goroutine)) continue;
        Known known = !u.exact ? Known::kStale : receivers ? Known::kField : Known::kFrames;
        add(state, {u.goroutine, known, false, runs(u.goroutine)});
      }
      break;  // all waiters of one lock have one owner
    }
  }

  Model& model_;
  Signatures& signatures_;
  const LookWork& look_;
  const Snapshot& s_;
  std::vector<LockWaiter> waiters_;
  std::vector<uint32_t> waits_for_;  // for each goroutine, its waiter
  absl::flat_hash_map<uint64_t, std::vector<User>> users_;
  std::vector<bool> is_owner_;  // by owner_bit, of the keys of users_
  std::vector<Near> near_;      // for each stack
  absl::flat_hash_set<uint32_t> asking_functions_;
  absl::flat_hash_set<std::string_view> asking_packages_, asking_types_;
  absl::flat_hash_map<uint32_t, std::vector<InFunction>> in_function_;  // by line
  std::vector<uint32_t> in_packages_, once_runners_;
  absl::flat_hash_map<std::pair<uint64_t, std::string_view>, std::vector<uint32_t>> in_methods_;
  bool somebody_near_ = false;
  uint64_t visits_ = 0;
};

}  // namespace

std::vector<LockState> find_locks(Model& model, const LookWork& look) {
  return Locks(model, look).run();
}

bool is_unlocking(Signatures& signatures, evidence::StackId stack) {
  constexpr std::string_view kUnlocks[] = {
      "sync.(*Mutex).Unlock",          "sync.(*Mutex).unlockSlow",
      "internal/sync.(*Mutex).Unlock", "internal/sync.(*Mutex).unlockSlow",
      "sync.(*RWMutex).Unlock",        "sync.(*RWMutex).RUnlock",
      "sync.(*RWMutex).rUnlockSlow",
  };
  for (FrameId f : signatures.symbols()[stack]) {
    std::string_view name = signatures.names().of(f).name;
    if (std::find(std::begin(kUnlocks), std::end(kUnlocks), name) != std::end(kUnlocks)) {
      return true;
    }
  }
  return false;
}

}  // namespace unpark::diagnose
