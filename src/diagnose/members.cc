// Cost: a few passes over the goroutines and their arguments; nothing when nobody waits for a
// group.
#include "diagnose/members.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "diagnose/lock_waiters.h"

namespace unpark::diagnose {

namespace {

using evidence::Argument;
using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;

constexpr size_t kSiblingGroups = 2;
constexpr size_t kMembersByAddress = 4096;  // of one wait group
constexpr std::string_view kFlight = "golang.org/x/sync/singleflight.(*Group).";

class Members {
 public:
  Members(Model& model, const LookWork& look)
      : model_(model), signatures_(model.signatures), look_(look), s_(model.snapshot_of(look)) {}

  std::vector<WaitGroupWaiter> run() {
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      if (!waits_for_group(i)) continue;
      WaitGroupWaiter w;
      w.goroutine = i;
      place(w);
      waiters_.push_back(std::move(w));
    }
    if (waiters_.empty()) return {};
    index_addresses();
    index_children();
    for (WaitGroupWaiter& w : waiters_) find(w);
    return std::move(waiters_);
  }

 private:
  const Goroutine& goroutine(uint32_t index) const { return s_.goroutines[index]; }

  std::span<const FrameId> frames_of(uint32_t index) const {
    return signatures_.symbols()[goroutine(index).stack];
  }

  bool waits_for_group(uint32_t index) const {
    uint32_t group = look_.group_of[index];
    return group != kNoGroup && model_.groups[group].key.wait == Wait::kWaitGroup;
  }

  // The address that Wait prints, and that of the singleflight.Group around it.
  void place(WaitGroupWaiter& w) {
    std::span<const FrameId> frames = frames_of(w.goroutine);
    for (const Argument& a : arguments_of(s_, goroutine(w.goroutine))) {
      if (a.position != 0 || !a.exact || a.frame >= frames.size()) continue;
      std::string_view name = signatures_.names().of(frames[a.frame]).name;
      if (name == "sync.(*WaitGroup).Wait" && w.object == 0) w.object = a.value;
    }
    if (uint64_t flight = flight_of(w.goroutine)) flights_[w.goroutine] = flight;
  }

  // The singleflight.Group in whose method the goroutine is; 0: none, or not shown.
  uint64_t flight_of(uint32_t index) {
    std::span<const FrameId> frames = frames_of(index);
    for (const Argument& a : arguments_of(s_, goroutine(index))) {
      if (a.position != 0 || !a.exact || a.frame >= frames.size()) continue;
      const Function& f = signatures_.names().of(frames[a.frame]);
      if (f.by_pointer && f.name.starts_with(kFlight)) return a.value;
    }
    return 0;
  }

  void index_addresses() {
    absl::flat_hash_set<uint64_t> groups;
    for (const WaitGroupWaiter& w : waiters_) groups.insert(w.object);
    groups.erase(0);
    if (groups.empty() && flights_.empty()) return;
    // Most words are no group's address, which one bit tells without a look at the table.
    std::vector<bool> may_be_group(size_t{1} << 16);
    auto bit = [](uint64_t word) { return word * 0x9E3779B97F4A7C15u >> 48; };
    for (uint64_t group : groups) may_be_group[bit(group)] = true;
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      if (look_.group_of[i] == kNoGroup || waits_for_group(i)) continue;
      for (const Argument& a : arguments_of(s_, goroutine(i))) {
        if (!may_be_group[bit(a.value)] || !a.exact || !groups.contains(a.value)) continue;
        if (is_receiver(i, a)) continue;
        std::vector<uint32_t>& given = given_[a.value];
        if (given.size() < kMembersByAddress && (given.empty() || given.back() != i)) {
          given.push_back(i);
        }
      }
      if (flights_.empty() || !calls_for_flight(i)) continue;
      if (uint64_t flight = flight_of(i)) in_flight_[flight].push_back(i);
    }
  }

  // An object that begins with a wait group has its address, and methods for all sorts of things.
  bool is_receiver(uint32_t index, const Argument& a) {
    std::span<const FrameId> frames = frames_of(index);
    return a.frame >= frames.size() ||
           (a.position == 0 && signatures_.names().of(frames[a.frame]).by_pointer);
  }

  bool calls_for_flight(uint32_t index) {
    std::span<const FrameId> frames = frames_of(index);
    return std::any_of(frames.begin(), frames.end(), [&](FrameId f) {
      std::string_view name = signatures_.names().of(f).name;
      return name.starts_with(kFlight) && name.substr(kFlight.size()).starts_with("doCall");
    });
  }

  void index_children() {
    for (const WaitGroupWaiter& w : waiters_) {
      children_[goroutine(w.goroutine).id];
      children_[goroutine(w.goroutine).creator_id];
    }
    children_.erase(0);
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      auto parent = children_.find(goroutine(i).creator_id);
      if (look_.group_of[i] == kNoGroup || parent == children_.end()) continue;
      if (is_of_library(goroutine(i).created_by)) continue;
      parent->second.push_back(i);
    }
  }

  // Started by the standard library for its own ends. What errgroup and its like start they start
  // for their caller.
  bool is_of_library(FrameId created_by) {
    if (!created_by.exists()) return false;
    const Function& f = signatures_.names().of(created_by);
    if (f.home == Home::kWaiting) return f.package == "time" || f.package == "context";
    return f.home != Home::kUser;
  }

  void find(WaitGroupWaiter& w) {
    if (auto given = given_.find(w.object); w.object != 0 && given != given_.end()) {
      w.members = given->second;
      w.known = Known::kAddress;
      return;
    }
    if (auto flight = flights_.find(w.goroutine); flight != flights_.end()) {
      w.known = Known::kField;
      auto in_flight = in_flight_.find(flight->second);
      if (in_flight != in_flight_.end()) w.members = in_flight->second;
      return;
    }
    w.members = own_children(w.goroutine);
    if (w.members.empty()) w.members = siblings(w.goroutine);
  }

  std::vector<uint32_t> own_children(uint32_t waiter) {
    auto all = children_.find(goroutine(waiter).id);
    if (all == children_.end()) return {};
    absl::flat_hash_set<uint32_t> on_stack;
    for (FrameId f : frames_of(waiter)) {
      const Function& function = signatures_.names().of(f);
      if (function.home == Home::kUser) on_stack.insert(function.id);
    }
    std::vector<uint32_t> here;
    for (uint32_t i : all->second) {
      const Function& f = signatures_.names().of(goroutine(i).created_by);
      if (f.home == Home::kWaiting || on_stack.contains(f.id)) here.push_back(i);
    }
    return here.empty() ? all->second : here;
  }

  // Started by the same goroutine in the same function of the user's, and not waiting for a group
  // too. Many kinds of them have nothing in common but who started them.
  std::vector<uint32_t> siblings(uint32_t waiter) {
    auto all = children_.find(goroutine(waiter).creator_id);
    const GroupKey& key = model_.groups[look_.group_of[waiter]].key;
    if (all == children_.end() || !key.creator.exists()) return {};
    if (signatures_.names().of(goroutine(waiter).created_by).home != Home::kUser) return {};
    std::vector<uint32_t> out;
    absl::flat_hash_set<uint32_t> groups;
    for (uint32_t i : all->second) {
      const GroupKey& other = model_.groups[look_.group_of[i]].key;
      if (i == waiter || other.wait == Wait::kWaitGroup) continue;
      if (other.creator.function != key.creator.function) continue;
      out.push_back(i);
      groups.insert(look_.group_of[i]);
    }
    if (groups.size() > kSiblingGroups) out.clear();
    return out;
  }

  Model& model_;
  Signatures& signatures_;
  const LookWork& look_;
  const Snapshot& s_;
  std::vector<WaitGroupWaiter> waiters_;
  absl::flat_hash_map<uint32_t, uint64_t> flights_;  // of waiters
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> given_, in_flight_, children_;
};

// The outermost function of the user's on a stack: what was started.
const Function* started(Signatures& signatures, evidence::StackId stack) {
  std::span<const FrameId> frames = signatures.symbols()[stack];
  for (size_t i = frames.size(); i-- > 0;) {
    const Function& f = signatures.names().of(frames[i]);
    if (f.home == Home::kUser) return &f;
  }
  return nullptr;
}

}  // namespace

std::vector<WaitGroupWaiter> find_members(Model& model, const LookWork& look) {
  return Members(model, look).run();
}

void find_members_by_names(Model& model) {
  Signatures& signatures = model.signatures;
  for (uint32_t w = 0; w < model.groups.size(); w++) {
    const GroupWork& waiter = model.groups[w];
    if (waiter.key.wait != Wait::kWaitGroup || waiter.from_heap) continue;
    if (!model.looks[waiter.look].by_id.empty() || waiter.key.place.function == Place::kNone) {
      continue;
    }
    std::span<const FrameId> frames = signatures.symbols()[waiter.out.stack];
    if (waiter.out.blocking_frame >= frames.size()) continue;
    const Function& function = signatures.names().of(frames[waiter.out.blocking_frame]);
    for (uint32_t m = 0; m < model.groups.size(); m++) {
      const GroupWork& member = model.groups[m];
      // Each that waits has one member at least that has not finished.
      bool enough = member.look == waiter.look && member.out.count * 10 >= waiter.out.count * 9;
      if (m == w || !enough || member.from_heap || member.key.wait == Wait::kNone) continue;
      const Function* own = started(signatures, member.out.stack);
      if (own == nullptr || own->name.size() <= function.name.size()) continue;
      if (!own->name.starts_with(function.name) || own->name[function.name.size()] != '.') {
        continue;
      }
      Edge e;
      e.from = GroupId(w);
      e.role = Edge::kWaker;
      e.to = GroupId(m);
      e.known = Known::kFrames;
      e.count = static_cast<uint32_t>(std::min<uint64_t>(waiter.out.count, UINT32_MAX));
      model.edges.push_back(e);
    }
  }
}

}  // namespace unpark::diagnose
