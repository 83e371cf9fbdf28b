// Diagnosis: what the evidence means, as data. `diagnose` makes it, `report` renders it.
//
// Everything that a verdict rests on is here, with numbers: which looks there were, what each group
// did in them, how each edge of the wait-for graph is known. Ids of stacks and strings are those of
// the Evidence it was made from, which must outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/snapshot.h"

namespace unpark::diagnose {

using GroupId = base::Id<struct GroupTag>;

enum class Mechanism : uint8_t {
#define MECHANISM(enumerator, name, rule, what, advice) enumerator,
#include "diagnose/mechanisms.def"
#undef MECHANISM
};

struct MechanismInfo {
  std::string_view name, rule, what, advice;
};
const MechanismInfo& info_of(Mechanism mechanism);

// How strong the reason is to call a group leaked, strongest first (design: proven, always blocked,
// static finding, significant growth, old and many). kExpected: known to be harmless at this size.
enum class Strength : uint8_t {
  kProven,         // the run time, or memory, says so
  kAlwaysBlocked,  // nil channel, empty select: nothing can wake it
  kDeadlock,       // a cycle of the wait-for graph
  kGrowing,        // significant growth over several looks, and none of them ends
  kSurviving,      // two looks: more of them, and the old ones are all still there
  kOutlived,       // goleak found them after the test that started them had ended
  kHung,           // of a test that was not over when its time was
  kOldAndMany,     // one look: many, concentrated, waiting for long
  kNoticed,        // worth a look; no suspicion
  kExpected,
};
std::string_view name_of(Strength strength);  // "proven", "always-blocked", ...

enum class Verdict : uint8_t {
  kLeak,        // at least one group is proven, always blocked or deadlocked
  kLikelyLeak,  // at least one grows or survives significantly, or outlived its test
  kHang,        // a test ran out of time: where it stands
  kSuspicious,  // old and many in one look: more looks would tell
  kRaces,       // no leak, but races
  kNoLeakFound,
  kNotEnough,  // nothing shows goroutines, or only chosen ones; counters do not suffice
};
std::string_view name_of(Verdict verdict);

// One term of a group's rank, in the order in which they count.
struct Term {
  std::string_view name;  // "strength", "growth per hour", "count", "share", "age", ...
  double value = 0;
  std::string_view unit;
};

// How an edge, or a holder, is known. Nothing is claimed beyond it.
enum class Known : uint8_t {
  kAddress,  // both print the address of the same lock or channel, exactly
  kField,    // the address lies inside an object whose method the holder runs
  kStale,    // as one of these, but the word may be stale ("?")
  kCreator,  // by who started whom
  kFrames,   // by the functions on the stacks alone
};
std::string_view name_of(Known known);

// Where a goroutine, or a group of them, waits for another.
struct Edge {
  enum Role : uint8_t {
    kHolder,    // `to` holds what `from` waits for
    kWaker,     // `to` could wake `from`: the other end of a channel, a wait group's member
    kNotShown,  // somebody does, but the evidence does not show who
    kNobody,    // everybody is in sight, and nobody does
    kSelf,      // it is the waiter itself
  };
  GroupId from;
  uint64_t from_goroutine = 0;  // 0: the group as a whole
  Role role = kNotShown;
  GroupId to;                 // none with kNotShown and kNobody
  uint64_t to_goroutine = 0;  // 0: not one in particular
  uint64_t object = 0;        // address of the lock or channel; 0: not known
  Known known = Known::kFrames;
  uint32_t count = 1;  // of waiters, where the edge stands for several
};

struct LockCycle {
  std::vector<uint32_t> edges;  // indices into Diagnosis::edges, in order
};

// A group in one look.
struct GroupLook {
  uint64_t count = 0;
  // Of those with ids, since the look before (of the same process): still there, new, gone.
  uint64_t survivors = 0, births = 0, deaths = 0;
  bool ids_known = false;
};

struct Growth {
  bool tested = false;  // at least five looks, or two with ids
  double per_hour = 0;  // Theil–Sen slope; 0 when times are not known, then per_look
  double per_look = 0;
  double probability = 1;  // that so steady a rise is chance (Mann–Kendall, one-sided)
  bool significant = false;
  int64_t total = 0;  // last count minus first
};

// Shares of ages: <1 min, 1–10 min, 10–60 min, 1–6 h, 6–24 h, >24 h, and not known.
struct Ages {
  static constexpr size_t kBuckets = 6;
  std::array<uint64_t, kBuckets> count{};
  uint64_t unknown = 0;
  uint64_t lower_bounds = 0;  // of all above, those of which only a lower bound is known
  std::optional<uint32_t> oldest_minutes, median_minutes;
};

// Goroutines that wait at one place for one reason, started at one place.
struct Group {
  // Of most of them, as the evidence has it: frames before `blocking_frame` may be the run time's.
  evidence::StackId stack;
  uint32_t blocking_frame = 0;   // index in `stack` of the place to show: the user's own code
  evidence::FrameId created_by;  // none: not known
  uint32_t stacks = 1;           // different ones in the group
  uint32_t creators = 0;         // different creating goroutines, where known
  evidence::WaitReason reason = evidence::WaitReason::kNone;
  evidence::Status status = evidence::Status::kUnknown;
  std::vector<std::pair<std::string, uint64_t>> states;  // as printed, with counts; most first

  // In the last look that shows any of them; of several processes (instances, or one before and
  // after a restart), of that in which they grew or are most. 0: no goroutines, known by a heap
  // profile alone (timers that nobody stops, contexts).
  uint64_t count = 0;
  uint32_t process = 0;  // of that look: count, growth and ages are of its looks
  uint64_t leaked = 0;   // of them, those that the run time has proven leaked
  uint64_t locked_to_thread = 0;
  std::vector<GroupLook> looks;  // one for each of Diagnosis::looks
  Growth growth;
  Ages ages;
  std::optional<int64_t> base_count;  // in the base of a comparison
  uint64_t stack_bytes = 0;  // estimated: the least stack a goroutine can have, times count
  std::optional<int64_t> heap_bytes, heap_objects;  // in use, allocated below its functions
  // The user's line which, by a heap profile, makes what these goroutines serve or wait for: the
  // request of an unclosed body, the query of unclosed rows. None: not known, `missing` says why.
  evidence::FrameId origin;
  int64_t origin_objects = 0;                         // in use, allocated below that line for it
  std::optional<int64_t> contention_ns, contentions;  // mutex and block profiles at its place
  std::vector<std::pair<evidence::Label, uint64_t>> labels;  // the most frequent, with counts
  std::vector<uint64_t> examples;                            // some goroutine ids, smallest first
  uint64_t shared_object = 0;  // an address most of them have in common; 0: none
  uint64_t objects = 0;        // different addresses at that position; 0: not known

  Mechanism mechanism = Mechanism::kNone;
  Strength strength = Strength::kNoticed;
  std::vector<Term> terms;
  std::string benign;  // the pattern that calls it expected, when one does
  // What the evidence cannot say, and what would: "a heap profile would name the allocation".
  std::string missing;
  std::string site;         // diag::to_string of the site, as far as frames tell (no ordinal: "#?")
  std::string fingerprint;  // equal for the same group in another run of the same program
};

struct Look {
  uint32_t snapshot = 0;  // in Evidence::snapshots
  std::optional<int64_t> time_ns;
  uint64_t goroutines = 0;
  uint32_t process = 0;  // looks of one process have one number: restarts are told apart
  bool cut = false;
  bool partial = false;  // shows only goroutines that whoever printed it chose
  uint32_t program = 0;  // looks of one program have one number, as far as its functions tell
};

struct RaceGroup {
  uint32_t snapshot = 0, race = 0;  // the first report of it
  uint32_t reports = 1;
  std::string fingerprint;
};

// A line of growth without stacks: from scheduler traces, expvar, metrics.
struct Series {
  std::string name;  // "goroutines (schedtrace)", "go_goroutines", ...
  std::vector<std::pair<int64_t, double>> points;  // ns, value
  Growth growth;
};

struct Diagnosis {
  Verdict verdict = Verdict::kNotEnough;
  std::vector<Look> looks;    // goroutine evidence in order of time
  std::vector<Group> groups;  // in rank order
  std::vector<Edge> edges;
  std::vector<LockCycle> cycles;
  std::vector<RaceGroup> races;
  std::vector<Series> series;
  uint64_t restarts = 0;
  // What of the evidence was not believed or not compared, and why; no final period.
  std::vector<std::string> notes;
  // What to bring for a better answer, most useful first: "a second dump a minute later".
  std::vector<std::string> next_steps;
};

struct Options {
  // Groups of which the benign pattern does not know are judged; see benign.h for the format.
  std::string benign_patterns;  // of a file the user gave, added to our own
  bool no_default_patterns = false;
  bool all = false;  // keep expected groups in `groups` (at their end) however small
};

// Judges the snapshots from `base_end` on; those before are the state to compare with (--base).
Diagnosis diagnose(const evidence::Evidence& evidence, size_t base_end, const Options& options);

}  // namespace unpark::diagnose
