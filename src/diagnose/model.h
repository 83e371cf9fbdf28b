// Model: what the steps of a diagnosis work on, from the looks to the verdict. Not for other rooms.
//
// Each step reads what those before it filled: looks (looks.h), groups (groups.h), their series
// (series.h), classes (classify.h), the wait-for graph (waits_for.h), what other profiles add
// (join.h), strengths and order (rank.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "diagnose/diagnosis.h"
#include "diagnose/signature.h"

namespace unpark::diagnose {

constexpr uint32_t kNoGroup = UINT32_MAX;
// Looks closer than that may show one queue twice: less than a second, with room for looks that
// were to be a second apart and came early.
constexpr int64_t kSoon = 900'000'000;

struct GroupKey {
  Place place;    // in the user's code, where there is any
  Place creator;  // none where the source does not know creators
  Wait wait = Wait::kNone;
  bool first = false;  // goroutine 1 is a group of its own: it may wait forever

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const GroupKey& k) {
    return H::combine(std::move(h), k.place, k.creator, k.wait, k.first);
  }
};

// One look at the goroutines of one process.
struct LookWork {
  struct ById {
    uint64_t id = 0;
    uint32_t goroutine = 0;  // index in the snapshot
    friend auto operator<=>(const ById&, const ById&) = default;
  };

  uint32_t snapshot = 0;
  uint32_t process = 0;
  uint32_t program = 0;
  bool in_base = false;
  bool shown = true;  // in Diagnosis::looks: not of the base, no mere proof beside other looks
  bool only_leaked = false;            // a leak profile: says nothing of the others
  std::vector<uint32_t> group_of;      // for each goroutine; kNoGroup: a duplicate, or empty
  std::vector<ById> by_id;             // sorted, each id once
  std::vector<uint64_t> counts;        // for each group
  std::vector<uint32_t> members;       // goroutines, by group, in order of id
  std::vector<uint32_t> first_member;  // for each group and one more: where its members begin

  std::span<const uint32_t> members_of(uint32_t group) const {
    if (size_t{group} + 1 >= first_member.size()) return {};
    return std::span(members).subspan(first_member[group],
                                      first_member[group + 1] - first_member[group]);
  }
};

struct GroupWork {
  GroupKey key;
  uint32_t look =
      0;  // in Model::looks: the last one that shows it (or 0), whose members speak for it
  Group out;
  // For the judgement of growth: goroutines that a look was the first to show, here, and how many
  // of them are still here in the last look; of the process that `look` belongs to.
  std::vector<uint64_t> arrived, stayed;  // empty where there is one look
  bool share_objects = false;  // several goroutines each were given the same of some objects
  bool from_heap = false;      // no goroutines at all: known by a heap profile alone
  bool request_path = false;   // started while a request was served
  bool asks_others = false;    // waits for an HTTP answer, not on behalf of a request of its own
  uint64_t victims = 0;        // goroutines that wait, in the end, for this group
  bool is_victim = false;      // waits, in the end, for another group that is stuck
  bool in_cycle = false;       // of locks, known by addresses
  bool outlived = false;       // goleak found all of them
  bool hung = false;           // of a test that was not over when its time was
  bool contended = false;      // waits for a lock whose holder runs
};

struct Model {
  const evidence::Evidence& evidence;
  Signatures signatures;
  std::vector<std::optional<int64_t>> times;  // of each snapshot, where they can be believed
  std::vector<LookWork> looks;                // in order of time, those that are not shown first
  std::vector<GroupWork> groups;
  std::vector<Edge> edges;
  std::vector<LockCycle> cycles;
  std::vector<std::string> notes;

  explicit Model(const evidence::Evidence& e) : evidence(e), signatures(e) {}

  const evidence::Snapshot& snapshot_of(const LookWork& look) const {
    return evidence.snapshots[look.snapshot];
  }
  const std::optional<int64_t>& time_of(const LookWork& look) const { return times[look.snapshot]; }
  const std::optional<int64_t>& time_of(const evidence::Snapshot& snapshot) const {
    return times[static_cast<size_t>(&snapshot - evidence.snapshots.data())];
  }
};

}  // namespace unpark::diagnose
