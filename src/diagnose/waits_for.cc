#include "diagnose/waits_for.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "diagnose/locks.h"
#include "diagnose/members.h"

namespace unpark::diagnose {

namespace {

using evidence::Argument;
using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;

constexpr size_t kMostCycles = 16;
constexpr size_t kLongestCycle = 64;
constexpr size_t kMembersOfOne = 4;    // groups of members shown for one waiting group
constexpr size_t kChannelSample = 64;  // goroutines of a group whose channels are looked up

// Edges between goroutines, and the same between groups once they are counted.
class Waits {
 public:
  Waits(Model& model, const LookWork& look)
      : model_(model), look_(look), s_(model.snapshot_of(look)) {}

  void run() {
    locks_ = find_locks(model_, look_);
    for (uint32_t i = 0; i < locks_.size(); i++) {
      for (const LockWaiter& w : locks_[i].waiters) lock_of_[w.goroutine] = i;
    }
    for (LockState& lock : locks_) drop_unsure_relock(lock);
    for (const LockState& lock : locks_) add_lock(lock);
    find_cycles();
    classify_lock_waiters();
    add_members();
    find_channels();
    flush();
  }

 private:
  uint32_t group_at(uint32_t goroutine) const { return look_.group_of[goroutine]; }
  uint64_t id_at(uint32_t goroutine) const { return s_.goroutines[goroutine].id; }

  // Several edges that say the same of other goroutines become one.
  void count_edge(uint32_t from, uint32_t goroutine, Edge::Role role, uint32_t to,
                  uint64_t to_goroutine, uint64_t object, Known known) {
    Counted& c = counted_[{from, role, to, known}];
    if (c.count == 0) {
      c.from_goroutine = id_at(goroutine);
      c.to_goroutine = to_goroutine;
      c.object = object;
    }
    c.count++;
    if (c.to_goroutine != to_goroutine) c.to_goroutine = 0;
    if (c.object != object) c.object = 0;
  }

  void flush() {
    for (const auto& [key, c] : counted_) {
      const auto& [from, role, to, known] = key;
      Edge e;
      e.from = GroupId(from);
      e.from_goroutine = c.count == 1 ? c.from_goroutine : 0;
      e.role = role;
      if (to != kNoGroup) e.to = GroupId(to);
      e.to_goroutine = c.to_goroutine;
      e.object = c.object;
      e.known = known;
      e.count = c.count;
      model_.edges.push_back(e);
    }
  }

  bool everything_is_in_sight() const {
    if (s_.cut) return false;
    return std::none_of(s_.goroutines.begin(), s_.goroutines.end(), [](const Goroutine& g) {
      return (g.flags & (evidence::kStackUnavailable | evidence::kCut | evidence::kHeadless)) != 0;
    });
  }

  // Who holds an exclusive lock is one goroutine. Several candidates of one group still name the
  // group; of several groups, nobody.
  const LockHolder* only_holder(const LockState& lock) const {
    if (lock.holders.empty()) return nullptr;
    uint32_t group = group_at(lock.holders[0].goroutine);
    for (const LockHolder& h : lock.holders) {
      if (group_at(h.goroutine) != group) return nullptr;
    }
    return &lock.holders[0];
  }

  // That a goroutine holds what it waits for itself is said of those that are stuck; others may
  // have let go of it, and take it again.
  void drop_unsure_relock(LockState& lock) {
    if (lock.holders.size() != 1) return;
    uint32_t holder = lock.holders[0].goroutine;
    bool itself = std::any_of(lock.waiters.begin(), lock.waiters.end(),
                              [&](const LockWaiter& w) { return w.goroutine == holder; });
    if (!itself || lock.all_wait || is_sure(std::span(&holder, 1))) return;
    lock.holders.clear();
    lock.suspects = true;
    lock.anybody_else = true;
  }

  void add_lock(const LockState& lock) {
    bool runs = std::any_of(lock.holders.begin(), lock.holders.end(),
                            [](const LockHolder& h) { return h.runs; });
    const LockHolder* holder = only_holder(lock);
    for (const LockWaiter& w : lock.waiters) {
      if (runs) model_.groups[group_at(w.goroutine)].contended = true;
      add_waiter(lock, w, holder);
    }
  }

  // A holder is known no better than what it holds.
  static Known known_by(const LockWaiter& w, const LockHolder& holder) {
    bool exact = w.object() == 0 || w.lock_is_exact;
    return exact ? holder.known : std::max(holder.known, Known::kStale);
  }

  const LockWaiter& waiter(uint32_t goroutine) const {
    const std::vector<LockWaiter>& all = locks_[lock_of_.at(goroutine)].waiters;
    return *std::find_if(all.begin(), all.end(),
                         [&](const LockWaiter& w) { return w.goroutine == goroutine; });
  }

  void add_waiter(const LockState& lock, const LockWaiter& w, const LockHolder* holder) {
    uint32_t from = group_at(w.goroutine);
    if (holder != nullptr) {
      bool one = lock.holders.size() == 1;
      bool self = one && holder->goroutine == w.goroutine;
      Known known = known_by(w, *holder);
      if (self) model_.groups[from].out.mechanism = Mechanism::kRelock;
      count_edge(from, w.goroutine, self ? Edge::kSelf : Edge::kHolder, group_at(holder->goroutine),
                 one ? id_at(holder->goroutine) : 0, w.object(), known);
      return;
    }
    bool nobody =
        lock.holders.empty() && !lock.anybody_else && w.object() != 0 && everything_is_in_sight();
    count_edge(from, w.goroutine, nobody ? Edge::kNobody : Edge::kNotShown, kNoGroup, 0, w.object(),
               nobody ? Known::kField : Known::kFrames);
    if (nobody) model_.groups[from].out.mechanism = Mechanism::kLockNeverUnlocked;
  }

  // Follows each waiting goroutine to the only one that holds its lock, while that waits for
  // another.
  void find_cycles() {
    absl::flat_hash_set<uint32_t> done;
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      if (!lock_of_.contains(i) || done.contains(i)) continue;
      std::vector<uint32_t> way;
      uint32_t at = i;
      while (lock_of_.contains(at) && !done.contains(at) && way.size() < kLongestCycle) {
        done.insert(at);
        way.push_back(at);
        const LockState& lock = locks_[lock_of_.at(at)];
        if (lock.holders.size() != 1 || lock.holders[0].runs) break;
        at = lock.holders[0].goroutine;
        auto begin = std::find(way.begin(), way.end(), at);
        if (begin == way.end()) continue;
        add_cycle(std::span(way).subspan(static_cast<size_t>(begin - way.begin())));
        break;
      }
    }
  }

  // Past the line at which a lock is taken it may have been let go of again, and what looks like a
  // circle may be a moment's crowd. It is none when everybody has stood there for a look or a
  // minute, or when nobody is left who could hold any of the locks.
  bool is_sure(std::span<const uint32_t> cycle) const {
    for (uint32_t g : cycle) {
      const LockState& lock = locks_[lock_of_.at(g)];
      if (lock.holders.empty()) return false;
      bool by_address = known_by(waiter(g), lock.holders[0]) <= Known::kField;
      uint32_t minutes = s_.goroutines[g].minutes;
      bool long_there = minutes != Goroutine::kNotShown && minutes >= 1;
      bool left_alone = lock.all_wait && by_address;
      if (!lock.certain && !left_alone && !long_there && !was_there_before(g)) return false;
    }
    return true;
  }

  // In less than a second a queue for a lock may not have moved. The times of copies, which say
  // nothing, count as close: a deadlock takes more than that.
  bool too_close(const LookWork& other) const {
    const auto& then = model_.snapshot_of(other).time_ns;
    const auto& now = s_.time_ns;
    if (!then || !now || *then == *now) return false;
    return std::llabs(*now - *then) < kSoon;
  }

  bool was_there_before(uint32_t goroutine) const {
    for (const LookWork& other : model_.looks) {
      if (&other == &look_ || other.process != look_.process || too_close(other)) continue;
      auto at = std::lower_bound(other.by_id.begin(), other.by_id.end(),
                                 LookWork::ById{id_at(goroutine), 0});
      bool there = at != other.by_id.end() && at->id == id_at(goroutine);
      if (there && other.group_of[at->goroutine] == group_at(goroutine)) return true;
    }
    return false;
  }

  void add_cycle(std::span<const uint32_t> cycle) {
    if (!is_sure(cycle)) return;
    for (uint32_t g : cycle) {
      GroupWork& work = model_.groups[group_at(g)];
      work.in_cycle = true;
      work.contended = false;
      work.out.mechanism = cycle.size() == 1 ? Mechanism::kRelock : Mechanism::kLockCycle;
      in_cycle_.insert(g);
    }
    if (model_.cycles.size() >= kMostCycles) return;
    LockCycle out;
    for (size_t i = 0; i < cycle.size(); i++) {
      const LockState& lock = locks_[lock_of_.at(cycle[i])];
      uint32_t to = cycle[(i + 1) % cycle.size()];
      Edge e;
      e.from = GroupId(group_at(cycle[i]));
      e.from_goroutine = id_at(cycle[i]);
      e.role = cycle.size() == 1 ? Edge::kSelf : Edge::kHolder;
      e.to = GroupId(group_at(to));
      e.to_goroutine = id_at(to);
      e.object = lock.waiters[0].object();
      e.known = known_by(waiter(cycle[i]), lock.holders[0]);
      out.edges.push_back(static_cast<uint32_t>(model_.edges.size()));
      model_.edges.push_back(e);
      auto counted = counted_.find({e.from.raw, e.role, e.to.raw, e.known});
      if (counted != counted_.end() && --counted->second.count == 0) counted_.erase(counted);
    }
    model_.cycles.push_back(std::move(out));
  }

  // Who waits for a lock that somebody holds who waits for something else.
  void classify_lock_waiters() {
    for (const auto& [goroutine, index] : lock_of_) {
      GroupWork& work = model_.groups[group_at(goroutine)];
      const LockState& lock = locks_[index];
      const LockHolder* holder = only_holder(lock);
      if (work.out.mechanism != Mechanism::kNone || (holder != nullptr && holder->runs)) continue;
      if (holder == nullptr && !lock.suspects) continue;
      work.out.mechanism =
          holder == nullptr ? Mechanism::kLockStuck : Mechanism::kLockHeldByBlocked;
    }
  }

  void add_members() {
    for (const WaitGroupWaiter& w : find_members(model_, look_)) {
      std::map<uint32_t, uint64_t> groups;  // and one member of each
      for (uint32_t m : w.members) groups.try_emplace(group_at(m), id_at(m));
      uint32_t from = group_at(w.goroutine);
      if (groups.empty()) {
        count_edge(from, w.goroutine, Edge::kNotShown, kNoGroup, 0, w.object, Known::kCreator);
      }
      size_t shown = 0;
      for (const auto& [group, member] : groups) {
        if (shown++ == kMembersOfOne) break;
        count_edge(from, w.goroutine, Edge::kWaker, group, w.members.size() == 1 ? member : 0,
                   w.object, w.known);
      }
    }
  }

  // The word that a goroutine's own function was given, where it is the only one that can be a
  // channel: not the receiver, not half of an interface, on the heap. 0: none, or several.
  uint64_t only_word(uint32_t goroutine) {
    const Goroutine& g = s_.goroutines[goroutine];
    const StackInfo& info = model_.signatures.of(g.stack);
    std::span<const FrameId> frames = model_.signatures.symbols()[g.stack];
    uint64_t only = 0;
    int type_word_at = -2;
    for (uint32_t i = 0; i < g.argument_count; i++) {
      const Argument& a = s_.arguments[g.first_argument + i];
      if (!a.exact || a.frame != info.shown || a.frame >= frames.size()) continue;
      if (!is_heap_address(a.value)) {
        type_word_at = static_cast<int>(a.position);
        continue;
      }
      bool receiver = a.position == 0 && model_.signatures.names().of(frames[a.frame]).by_pointer;
      if (receiver || static_cast<int>(a.position) == type_word_at + 1) continue;
      if (only != 0) return 0;
      only = a.value;
    }
    return only;
  }

  static bool on_channel(Wait wait) {
    return wait == Wait::kSend || wait == Wait::kReceive || wait == Wait::kSelect;
  }

  void find_channels() {
    absl::flat_hash_map<uint64_t, std::vector<uint32_t>> waiting;
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      if (!on_channel(model_.groups[g].key.wait)) continue;
      std::span<const uint32_t> members = look_.members_of(g);
      for (size_t i = 0; i < std::min(members.size(), kChannelSample); i++) {
        if (uint64_t word = only_word(members[i])) waiting[word].push_back(members[i]);
      }
    }
    if (waiting.empty()) return;
    for (uint32_t i = 0; i < s_.goroutines.size(); i++) {
      if (group_at(i) == kNoGroup || !on_channel(model_.groups[group_at(i)].key.wait)) continue;
      uint64_t word = only_word(i);
      auto others = waiting.find(word);
      if (word == 0 || others == waiting.end()) continue;
      for (uint32_t other : others->second) add_channel(other, i, word);
    }
  }

  // The other end of a channel is who sends where this one receives, and the other way round.
  void add_channel(uint32_t waiter, uint32_t other, uint64_t channel) {
    Wait from = model_.groups[group_at(waiter)].key.wait;
    Wait to = model_.groups[group_at(other)].key.wait;
    bool opposite = (from == Wait::kSend && (to == Wait::kReceive || to == Wait::kSelect)) ||
                    (from == Wait::kReceive && (to == Wait::kSend || to == Wait::kSelect));
    if (!opposite) return;
    count_edge(group_at(waiter), waiter, Edge::kWaker, group_at(other), id_at(other), channel,
               Known::kAddress);
  }

  struct Counted {
    uint32_t count = 0;
    uint64_t from_goroutine = 0, to_goroutine = 0, object = 0;
  };

  Model& model_;
  const LookWork& look_;
  const Snapshot& s_;
  std::vector<LockState> locks_;
  absl::flat_hash_map<uint32_t, uint32_t> lock_of_;  // for a waiting goroutine, its lock
  absl::flat_hash_set<uint32_t> in_cycle_;
  std::map<std::tuple<uint32_t, Edge::Role, uint32_t, Known>, Counted> counted_;
};

}  // namespace

void find_waits(Model& model) {
  const LookWork* last = nullptr;
  for (const LookWork& look : model.looks) {
    if (!look.in_base && !look.only_leaked && !look.by_id.empty()) last = &look;
  }
  if (last != nullptr) Waits(model, *last).run();
  find_members_by_names(model);
}

void answer_the_rest(Model& model) {
  std::vector<bool> answered(model.groups.size(), false);
  for (const Edge& e : model.edges) answered[e.from.raw] = true;
  for (uint32_t g = 0; g < model.groups.size(); g++) {
    const GroupWork& work = model.groups[g];
    if (answered[g] || work.from_heap || work.out.strength > Strength::kOldAndMany) continue;
    if (!is_sync(work.key.wait)) continue;
    Edge e;
    e.from = GroupId(g);
    // Memory says that nothing can reach what it waits for; nil channels nobody has.
    bool nobody = work.out.strength <= Strength::kAlwaysBlocked;
    e.role = nobody ? Edge::kNobody : Edge::kNotShown;
    e.known = nobody ? Known::kAddress : Known::kFrames;
    e.count = static_cast<uint32_t>(std::min<uint64_t>(work.out.count, UINT32_MAX));
    model.edges.push_back(e);
  }
}

}  // namespace unpark::diagnose
