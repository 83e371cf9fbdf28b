#include "diagnose/judge.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <map>

#include "diagnose/companions.h"
#include "diagnose/growth.h"

namespace unpark::diagnose {

namespace {

using evidence::Goroutine;
using evidence::Snapshot;
using evidence::SnapshotKind;

// One location, one process: what LeakProf found to be worth a look whatever waits there.
constexpr uint64_t kManyAtOnePlace = 10'000;
// Many enough to ask for ages and creators.
constexpr uint64_t kMany = 100;
constexpr uint64_t kManySenders = 50;
// A lock is for short; who waits so long waits for somebody who is stuck.
constexpr uint32_t kLongForALock = 10;
// That so few goroutines are where they were may be chance.
constexpr uint64_t kEnoughToStay = 5;
constexpr size_t kStandsFor = 4;
constexpr int64_t kLongWindow = 600'000'000'000;
// For requests to other services, of which none is answered meanwhile.
constexpr int64_t kLongForARequest = 50'000'000'000;

std::string_view first_state(const Group& g) {
  return g.states.empty() ? text_of(g.reason) : std::string_view(g.states[0].first);
}

class Judge {
 public:
  Judge(const std::vector<BenignPattern>& benign, Model& model)
      : benign_(benign, model.signatures), model_(model), companions_(model) {}

  void run() {
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      GroupWork& work = model_.groups[g];
      if (!work.from_heap) work.out.strength = strength_of(g);
    }
    excuse_companions();
    lift_roots();
    for (GroupWork& g : model_.groups) {
      if (!g.from_heap) settle_mechanism(g);
    }
  }

 private:
  Strength strength_of(uint32_t group) {
    GroupWork& g = model_.groups[group];
    if (g.out.leaked > 0 || run_time_said_so(g)) return Strength::kProven;
    if (is_runtime(group)) return Strength::kExpected;
    if (g.key.wait == Wait::kNoCases && g.key.first) return expected(g, "main-parked");
    if (g.key.wait == Wait::kNilChannel || g.key.wait == Wait::kNoCases) {
      return Strength::kAlwaysBlocked;
    }
    if (g.in_cycle) return Strength::kDeadlock;
    Strength by_growth = from_growth(group);
    if (g.outlived) return std::min(by_growth, Strength::kOutlived);
    if (g.hung) return std::min(by_growth, Strength::kHung);
    const BenignPattern* pattern =
        benign_.find({first_state(g.out), g.out.stack, g.out.created_by, g.out.count});
    if (pattern != nullptr && (pattern->growing || by_growth > Strength::kOldAndMany)) {
      return expected(g, pattern->name);
    }
    if (in_bubble(group)) return expected(g, "synctest-bubble");
    if (by_growth <= Strength::kOldAndMany) return by_growth;
    if (g.key.first && is_sync(g.key.wait) && !is_lock(g.key.wait)) {
      return expected(g, "main-waits");
    }
    return from_one_look(group);
  }

  static Strength expected(GroupWork& g, std::string_view name) {
    g.out.benign = name;
    return Strength::kExpected;
  }

  // "all goroutines are asleep": said of every goroutine of this look that waits for another.
  bool run_time_said_so(const GroupWork& g) const {
    const Snapshot& s = model_.snapshot_of(model_.looks[g.look]);
    return is_sync(g.key.wait) && s.message.find("all goroutines are asleep") != std::string::npos;
  }

  bool is_runtime(uint32_t group) const {
    const GroupWork& g = model_.groups[group];
    if (g.out.mechanism == Mechanism::kRuntime) return true;
    const LookWork& look = model_.looks[g.look];
    const Snapshot& s = model_.snapshot_of(look);
    std::span<const uint32_t> members = look.members_of(group);
    return !members.empty() && std::all_of(members.begin(), members.end(), [&](uint32_t i) {
      return (s.goroutines[i].flags & evidence::kSystem) != 0;
    });
  }

  bool in_bubble(uint32_t group) const {
    const LookWork& look = model_.looks[model_.groups[group].look];
    std::span<const uint32_t> members = look.members_of(group);
    if (members.empty()) return false;
    const Snapshot& s = model_.snapshot_of(look);
    return std::all_of(members.begin(), members.end(),
                       [&](uint32_t i) { return s.goroutines[i].bubble != 0; });
  }

  // Waits that another goroutine, or the program itself, has to end.
  static bool may_grow_into_a_leak(const GroupWork& g) {
    switch (g.out.mechanism) {
      case Mechanism::kListenerNeverClosed:
      case Mechanism::kTransportPerCall:
      case Mechanism::kBodyUnclosed:
      case Mechanism::kRowsUnclosed:
      case Mechanism::kContextWatcher:
        return true;
      case Mechanism::kSlowOutside:
        return false;
      default:
        return is_sync(g.key.wait);
    }
  }

  // The process the group's last look is of: its looks, in order.
  std::vector<uint32_t> looks_of(const GroupWork& g) const {
    std::vector<uint32_t> out;
    for (uint32_t l = 0; l < model_.looks.size(); l++) {
      const LookWork& look = model_.looks[l];
      if (!look.only_leaked && look.process == model_.looks[g.look].process) out.push_back(l);
    }
    return out;
  }

  Strength from_growth(uint32_t group) {
    GroupWork& g = model_.groups[group];
    std::vector<uint32_t> looks = looks_of(g);
    if (looks.size() < 2) return from_base(g);
    const Growth& growth = g.out.growth;
    if (!growth.significant || growth.total <= 0) return Strength::kNoticed;
    if (!g.asks_others && companions_.of_readers(group)) return Strength::kNoticed;
    if (companions_.went_to_rest(group) || companions_.of_sessions(group)) {
      return Strength::kNoticed;
    }
    bool stream = companions_.is_shared_stream(group);
    if (stream || !may_grow_into_a_leak(g)) return from_growth_outside(g, looks);
    std::vector<uint32_t> dumps;
    for (uint32_t l : looks) {
      if (!model_.looks[l].by_id.empty()) dumps.push_back(l);
    }
    double first = static_cast<double>(model_.looks[looks.front()].counts[group]);
    double last = static_cast<double>(model_.looks[looks.back()].counts[group]);
    if (dumps.size() < 2) {
      if (!rises_in_two(first, last)) return Strength::kNoticed;
      if (looks.size() >= 5) return Strength::kGrowing;
      bool enough = last >= static_cast<double>(many(g)) && last >= 2 * first;
      return enough ? Strength::kOldAndMany : Strength::kNoticed;
    }
    if (!they_stay(g, dumps) || is_a_moments_queue(g, dumps)) return Strength::kNoticed;
    return looks.size() >= 5 ? Strength::kGrowing : Strength::kSurviving;
  }

  // Looks that follow each other at once show the same queue twice; and a queue for a lock that
  // has come between two looks shows none that waited in both. Times that are not believed, as
  // those of copies, excuse nobody but who waits for a lock: that queue is the one that moves at
  // once.
  bool is_a_moments_queue(const GroupWork& g, const std::vector<uint32_t>& dumps) const {
    auto time = [&](uint32_t l) {
      const LookWork& look = model_.looks[l];
      return is_lock(g.key.wait) ? model_.snapshot_of(look).time_ns : model_.time_of(look);
    };
    std::optional<int64_t> first = time(dumps.front()), last = time(dumps.back());
    if (first && last && *last != *first && *last - *first < kSoon) return true;
    if (!is_lock(g.key.wait)) return false;
    size_t base = model_.looks.size() - g.out.looks.size();
    return std::none_of(dumps.begin(), dumps.end(), [&](uint32_t l) {
      return l >= base && g.out.looks[l - base].survivors > 0;
    });
  }

  static uint64_t many(const GroupWork& g) {
    return g.key.wait == Wait::kSend ? kManySenders : kMany;
  }

  // Whether goroutines that came to this group stayed. In two looks: none has gone, enough of them
  // that this says something, and the new ones explain the growth.
  bool they_stay(const GroupWork& g, const std::vector<uint32_t>& looks) const {
    uint64_t births = 0, deaths = 0, survivors = 0;
    size_t base = model_.looks.size() - g.out.looks.size();
    for (uint32_t l : looks) {
      if (l < base) continue;
      births += g.out.looks[l - base].births;
      deaths += g.out.looks[l - base].deaths;
      survivors += g.out.looks[l - base].survivors;
    }
    if (births == 0) return false;
    if (deaths == 0) return survivors >= kEnoughToStay;
    if (looks.size() < 3) return false;
    // Those that came before the last look had the time to go.
    uint64_t came = 0, stayed = 0, early_came = 0, early_stayed = 0;
    for (size_t i = 1; i + 1 < looks.size(); i++) {
      came += g.arrived[looks[i]];
      stayed += g.stayed[looks[i]];
      if (i * 2 > looks.size()) continue;
      early_came += g.arrived[looks[i]];
      early_stayed += g.stayed[looks[i]];
    }
    if (deaths * 10 <= births && stayed * 10 >= came * 9 && stayed > 0) return true;
    // Some pass, some stay for good: then the early ones are kept as well as the late ones.
    uint64_t late_came = came - early_came, late_stayed = stayed - early_stayed;
    if (looks.size() < 5 || early_stayed < 5 || late_came == 0 || late_stayed == 0) return false;
    return static_cast<double>(early_stayed) / static_cast<double>(early_came) >=
           0.7 * static_cast<double>(late_stayed) / static_cast<double>(late_came);
  }

  // Timers and the network end by themselves; only a long time makes their growth worth a word.
  Strength from_growth_outside(const GroupWork& g, const std::vector<uint32_t>& looks) const {
    const auto& first = model_.time_of(model_.looks[looks.front()]);
    const auto& last = model_.time_of(model_.looks[looks.back()]);
    int64_t window = g.asks_others && none_ended(g, looks) ? kLongForARequest : kLongWindow;
    bool long_time = first && last && *last - *first >= window;
    bool waits = is_sync(g.key.wait) || g.key.wait == Wait::kNetwork ||
                 g.key.wait == Wait::kSleep || g.out.mechanism == Mechanism::kSlowOutside;
    bool enough = waits && long_time && g.out.growth.total >= static_cast<int64_t>(kMany) &&
                  they_stay(g, looks);
    return enough ? Strength::kOldAndMany : Strength::kNoticed;
  }

  bool none_ended(const GroupWork& g, const std::vector<uint32_t>& looks) const {
    size_t base = model_.looks.size() - g.out.looks.size();
    return std::all_of(looks.begin(), looks.end(),
                       [&](uint32_t l) { return l < base || g.out.looks[l - base].deaths == 0; });
  }

  Strength from_base(const GroupWork& g) const {
    if (!g.out.base_count || !may_grow_into_a_leak(g)) return Strength::kNoticed;
    bool more =
        rises_in_two(static_cast<double>(*g.out.base_count), static_cast<double>(g.out.count));
    return more ? Strength::kOldAndMany : Strength::kNoticed;
  }

  Strength from_one_look(uint32_t group) {
    const GroupWork& g = model_.groups[group];
    bool finalizer = g.out.mechanism == Mechanism::kFinalizerBlocked && is_sync(g.key.wait);
    if (finalizer && longest_wait(group) >= kLongForALock) return Strength::kOldAndMany;
    if (is_lock(g.key.wait) && !g.contended && waits_long_for_a_lock(group)) {
      return Strength::kOldAndMany;
    }
    std::vector<uint32_t> looks = looks_of(g);
    if (stands_in_a_queue_that_stands(group, looks)) return Strength::kOldAndMany;
    if (is_sync(g.key.wait) && stands_out_in_fleet(group)) return Strength::kOldAndMany;
    // Several looks of a count that does not grow: a pool, or load.
    if (looks.size() >= 3) return Strength::kNoticed;
    bool known_mechanism = g.out.mechanism == Mechanism::kListenerNeverClosed;
    if (!is_sync(g.key.wait) && !known_mechanism) return Strength::kNoticed;
    if (g.out.mechanism == Mechanism::kSlowOutside) return Strength::kNoticed;
    if (g.out.count < many(g) || companions_.of_readers(group)) return Strength::kNoticed;
    if (g.out.count >= kManyAtOnePlace && !is_one_pool(group)) return Strength::kOldAndMany;
    bool sends = g.key.wait == Wait::kSend;
    if (known_mechanism && g.request_path) return Strength::kOldAndMany;
    bool piles_up = started_one_by_one(group) || (sends && were_left_behind(group));
    return piles_up ? Strength::kOldAndMany : Strength::kNoticed;
  }

  // One instance has ten times as many as the others.
  bool stands_out_in_fleet(uint32_t group) const {
    uint32_t program = model_.looks[model_.groups[group].look].program;
    std::map<uint32_t, uint64_t> last;  // of each process
    for (const LookWork& look : model_.looks) {
      if (look.program != program) continue;
      if (look.shown && !look.only_leaked) last[look.process] = look.counts[group];
    }
    if (last.size() < 3) return false;
    std::vector<uint64_t> counts;
    for (const auto& [process, count] : last) counts.push_back(count);
    std::sort(counts.begin(), counts.end());
    uint64_t median = counts[counts.size() / 2];
    return counts.back() >= kMany && median > 0 && counts.back() >= 10 * median;
  }

  bool waits_long_for_a_lock(uint32_t group) const {
    const Group& g = model_.groups[group].out;
    return g.ages.oldest_minutes && *g.ages.oldest_minutes >= kLongForALock &&
           longest_wait(group) >= kLongForALock;
  }

  // Who waits for a connection, or a semaphore, is served in turn, within moments: of a queue that
  // moves at all somebody is gone by the next look.
  bool stands_in_a_queue_that_stands(uint32_t group, const std::vector<uint32_t>& looks) const {
    const Group& g = model_.groups[group].out;
    bool queue = g.mechanism == Mechanism::kConnectionPoolExhausted ||
                 g.mechanism == Mechanism::kSemaphoreKept;
    if (!queue || g.count < kEnoughToStay) return false;
    if (g.ages.median_minutes && *g.ages.median_minutes >= 1) return true;
    size_t base = model_.looks.size() - g.looks.size();
    size_t standing = 0;
    for (uint32_t l : looks) {
      if (l < base) continue;
      const GroupLook& look = g.looks[l - base];
      if (look.deaths > 0) return false;
      standing += look.ids_known && look.survivors >= kEnoughToStay;
    }
    return standing >= kStandsFor;
  }

  uint32_t longest_wait(uint32_t group) const {
    const LookWork& look = model_.looks[model_.groups[group].look];
    const Snapshot& s = model_.snapshot_of(look);
    uint32_t longest = 0;
    for (uint32_t i : look.members_of(group)) {
      uint32_t minutes = s.goroutines[i].minutes;
      if (minutes != Goroutine::kNotShown) longest = std::max(longest, minutes);
    }
    return longest;
  }

  // A pool is started at once, by one goroutine: ids in a row. What piles up was started by many,
  // or by one over a long time, and waits for differently long.
  bool is_one_pool(uint32_t group) const {
    const GroupWork& g = model_.groups[group];
    const LookWork& look = model_.looks[g.look];
    std::span<const uint32_t> members = look.members_of(group);
    if (members.empty() || look.by_id.empty() || g.out.creators > 1) return false;
    const Snapshot& s = model_.snapshot_of(look);
    uint64_t first = s.goroutines[members.front()].id, last = s.goroutines[members.back()].id;
    return last - first < 2 * members.size() + 64;
  }

  bool started_one_by_one(uint32_t group) const {
    const GroupWork& g = model_.groups[group];
    if (is_one_pool(group)) return false;
    if (g.out.creators >= std::max<uint64_t>(10, g.out.count / 2)) return true;
    return ages_spread(group) && (g.request_path || ids_spread(group));
  }

  // Started by requests, and whoever started them has ended or gone on to something else.
  bool were_left_behind(uint32_t group) const {
    const GroupWork& g = model_.groups[group];
    if (!g.request_path || !g.key.creator.exists()) return false;
    const LookWork& look = model_.looks[g.look];
    const Snapshot& s = model_.snapshot_of(look);
    size_t known = 0, left = 0;
    for (uint32_t i : look.members_of(group)) {
      uint64_t creator = s.goroutines[i].creator_id;
      if (creator == 0) continue;
      known++;
      auto at = std::lower_bound(look.by_id.begin(), look.by_id.end(), LookWork::ById{creator, 0});
      bool there = at != look.by_id.end() && at->id == creator;
      left += !there || !runs_function(s.goroutines[at->goroutine], g.key.creator.function);
    }
    return known > 0 && left * 10 >= known * 9;
  }

  bool runs_function(const Goroutine& g, uint32_t function) const {
    for (evidence::FrameId f : model_.signatures.symbols()[g.stack]) {
      if (model_.signatures.names().of(f).id == function) return true;
    }
    return false;
  }

  // By ids: between two of them, many others were started.
  bool ids_spread(uint32_t group) const {
    const LookWork& look = model_.looks[model_.groups[group].look];
    std::span<const uint32_t> members = look.members_of(group);
    const Snapshot& s = model_.snapshot_of(look);
    if (members.size() < 2 || s.goroutines[members.front()].id == 0) return false;
    uint64_t range = s.goroutines[members.back()].id - s.goroutines[members.front()].id;
    return range / members.size() >= 8;
  }

  // Minutes from the youngest to the oldest quarter, in steps that no single start explains.
  bool ages_spread(uint32_t group) const {
    const LookWork& look = model_.looks[model_.groups[group].look];
    const Snapshot& s = model_.snapshot_of(look);
    std::vector<uint32_t> minutes;
    absl::flat_hash_set<uint32_t> different;
    for (uint32_t i : look.members_of(group)) {
      uint32_t m = s.goroutines[i].minutes;
      if (m == Goroutine::kNotShown) continue;
      minutes.push_back(m);
      different.insert(m);
    }
    if (minutes.size() < kManySenders || different.size() < 5) return false;
    std::sort(minutes.begin(), minutes.end());
    return minutes[minutes.size() * 3 / 4] >= minutes[minutes.size() / 4] + 5;
  }

  // What only some goroutines have that are themselves no leak goes with them.
  void excuse_companions() {
    bool changed = true;
    while (changed) {
      changed = false;
      for (uint32_t g = 0; g < model_.groups.size(); g++) {
        GroupWork& work = model_.groups[g];
        Strength& strength = work.out.strength;
        if (work.from_heap || strength < Strength::kGrowing || strength > Strength::kOldAndMany) {
          continue;
        }
        if (work.outlived || work.hung || !companions_.of_their_creators(g)) continue;
        strength = Strength::kNoticed;
        changed = true;
      }
    }
  }

  // Who keeps others waiting is at least as guilty as they are suspicious.
  void lift_roots() {
    for (const Edge& e : model_.edges) {
      bool names = e.role == Edge::kHolder || e.role == Edge::kWaker;
      if (!names || !e.to.exists()) continue;
      GroupWork& from = model_.groups[e.from.raw];
      GroupWork& to = model_.groups[e.to.raw];
      if (e.from == e.to || from.contended || from.out.strength > Strength::kOldAndMany) continue;
      if (to.key.wait == Wait::kNone || to.out.strength == Strength::kExpected) continue;
      bool is_sure = e.role == Edge::kHolder ||
                     (from.key.wait == Wait::kWaitGroup && e.known <= Known::kField);
      from.is_victim |= is_sure || to.out.strength <= Strength::kOldAndMany;
      to.victims += e.count;
      // A deadlock of others, or a proof, says nothing sure of who they wait for.
      Strength lifted = std::max(from.out.strength, Strength::kGrowing);
      if (is_sure) to.out.strength = std::min(to.out.strength, lifted);
    }
  }

  // What a mechanism's words claim, nobody may say of goroutines that are not even suspected.
  void settle_mechanism(GroupWork& g) const {
    Mechanism& m = g.out.mechanism;
    if (g.out.strength == Strength::kExpected && m != Mechanism::kRuntime) m = Mechanism::kPool;
    bool stuck_lock = is_lock(g.key.wait) && m == Mechanism::kNone && !g.contended;
    bool in_sight = !model_.looks[g.look].by_id.empty();
    if (stuck_lock && (g.out.strength == Strength::kProven ||
                       (in_sight && g.out.strength <= Strength::kOldAndMany))) {
      m = Mechanism::kLockNeverUnlocked;
    } else if (stuck_lock && g.out.strength <= Strength::kOldAndMany) {
      m = Mechanism::kLockStuck;
    }
    // That a test sleeps does not say that it does so again and again.
    bool sleeps = m == Mechanism::kTickerNeverStopped || m == Mechanism::kSlowOutside;
    if (g.out.strength == Strength::kHung && sleeps) m = Mechanism::kNone;
    if (g.out.strength != Strength::kNoticed) return;
    switch (m) {
      case Mechanism::kOrphanReceive:
      case Mechanism::kSelectForever:
      case Mechanism::kNeverCancelled:
      case Mechanism::kTickerNeverStopped:
      case Mechanism::kSlowOutside:
      case Mechanism::kCondNeverSignalled:
      case Mechanism::kWaitGroupNeverDone:
      case Mechanism::kListenerNeverClosed:
      case Mechanism::kTransportPerCall:
      case Mechanism::kBodyUnclosed:
      case Mechanism::kRowsUnclosed:
      case Mechanism::kContextWatcher:
      case Mechanism::kClientUnclosed:
      case Mechanism::kStreamUnfinished:
      case Mechanism::kGroupLimit:
      case Mechanism::kSemaphoreKept:
      case Mechanism::kCoroutineNotStopped:
      case Mechanism::kAfterFuncPileUp:
      case Mechanism::kLockStuck:
      case Mechanism::kPipeAbandoned:
      case Mechanism::kFinalizerBlocked:
      case Mechanism::kChannelNotDrained:
        m = at_rest(g) ? Mechanism::kPool : Mechanism::kNone;
        break;
      case Mechanism::kAbandonedSender:
      case Mechanism::kFanInShortfall:
        if (g.out.count < 2) m = Mechanism::kNone;
        break;
      default:
        break;
    }
  }

  // Seen more than once, and neither come nor gone.
  static bool at_rest(const GroupWork& g) {
    if (g.out.looks.size() < 2) return false;
    for (const GroupLook& look : g.out.looks) {
      if (look.count != g.out.looks[0].count || look.births + look.deaths > 0) return false;
    }
    return g.out.count > 0;
  }

  BenignPatterns benign_;
  Model& model_;
  Companions companions_;
};

}  // namespace

void judge_groups(const std::vector<BenignPattern>& benign, Model& model) {
  Judge(benign, model).run();
}

}  // namespace unpark::diagnose
