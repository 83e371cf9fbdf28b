// Snapshot: what one look at one process showed. Every reader fills this and nothing else.
//
// A snapshot has the parts its source has: a goroutine dump has goroutines, a heap profile has
// samples, a scheduler trace has lines. What a source cannot say is absent, never made up: an id of
// 0, kUnknown, kNotShown. What a reader could not read is counted and told in the input's notes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/symbols.h"
#include "evidence/wait_reason.h"

namespace unpark::evidence {

using InputId = base::Id<struct InputTag>;

enum GoroutineFlag : uint16_t {
  kLeaked = 1,             // the run time itself says that nothing can reach what it waits for
  kScan = 2,               // its stack was being scanned
  kDurable = 4,            // durably blocked, in a synctest bubble
  kLockedToThread = 8,     // runtime.LockOSThread
  kCrashing = 16,          // the one that panicked or threw
  kStackUnavailable = 32,  // ran on another thread, or the dump says nothing of its stack
  kCut = 64,               // its block ends before its end
  kHeadless = 128,         // its header is lost: id and state are not known
  kSystem = 256,           // the run time's own (goroutine 0, workers of the collector)
  kTraced = 512,           // the first block of a crash, but not the crashing one (SIGQUIT)
  kOutlived = 1024,        // goleak found it after the test that started it had ended
};

// A pointer-like word of an argument list: a value from 4096 to 2^48. Go prints up to ten words a
// frame; the first of a method is its receiver.
struct Argument {
  uint64_t value : 48;
  uint64_t frame : 8;     // index in the stack; frames from 255 on have no arguments here
  uint64_t position : 4;  // in the flattened list; words from 15 on are not kept
  uint64_t exact : 1;     // false: printed with "?", may be stale (Go 1.18 and later)
  uint64_t : 3;
};
static_assert(sizeof(Argument) == 8);

// One goroutine, or `count` of them that the source does not tell apart (profiles).
struct Goroutine {
  static constexpr uint32_t kNotShown = UINT32_MAX;

  uint64_t id = 0;          // 0: not known
  uint64_t creator_id = 0;  // 0: not known
  StackId stack;            // leaf first
  FrameId created_by;       // the go statement; none: not known, or there is none
  LabelsId labels;
  StackId ancestors;    // of GODEBUG=tracebackancestors: all their frames in one stack; or none
  StringId state_text;  // what stands in the brackets, where reason and status cannot say it
  uint32_t count = 1;
  uint32_t minutes = kNotShown;  // waited at least that long, since a collection first saw it wait
  uint32_t bubble = 0;           // synctest bubble (Go 1.24: its root's id); 0: in none
  uint32_t first_argument = 0;   // in Snapshot::arguments
  uint16_t argument_count = 0;
  uint16_t flags = 0;  // of GoroutineFlag
  WaitReason reason = WaitReason::kNone;
  Status status = Status::kUnknown;
};
static_assert(sizeof(Goroutine) == 64);

enum class SnapshotKind : uint8_t {
  kGoroutineDump,     // text, a block for each goroutine (debug=2, runtime.Stack)
  kCrash,             // the same, as a dying process leaves it
  kGoroutineProfile,  // counts of stacks (debug=1, protobuf)
  kLeakProfile,       // the same, only goroutines that the run time has proven leaked
  kGoroutineDelta,    // the difference of two goroutine profiles: in samples, may be negative
  kHeap,
  kAllocs,
  kMutex,
  kBlock,
  kThreadCreate,
  kOtherProfile,  // a pprof profile of something else
  kSched,         // GODEBUG=schedtrace
  kRaces,         // reports of the race detector
  kExpvar,        // /debug/vars
  kMetrics,       // Prometheus text
};

std::string_view text_of(SnapshotKind kind);

// The process that was looked at, as far as the source tells.
struct Process {
  std::string go_version;  // "go1.26.7"
  std::string build_id;    // of the ELF file
  std::string binary;      // path
  std::optional<int64_t> start_ns;
};

// A row of a pprof profile: `values` of the snapshot from `first_value`, one for each value type.
struct Sample {
  StackId stack;
  LabelsId labels;
  uint32_t first_value = 0;
};

struct ValueType {
  std::string type;  // "inuse_space"
  std::string unit;  // "bytes"
};

// A line of GODEBUG=schedtrace. Counts are -1 where the version does not print them.
struct SchedLine {
  int64_t ms = 0;  // since the process started
  int32_t gomaxprocs = -1, idleprocs = -1, threads = -1, spinning_threads = -1;
  int32_t needspinning = -1, idle_threads = -1, run_queue = -1;
  std::vector<int32_t> local_run_queues;
  // Of scheddetail: live goroutines by what they do; empty without detail. The run time keeps the
  // last reason of those that run or can run, so theirs is kNone here.
  struct State {
    Status status = Status::kUnknown;
    WaitReason reason = WaitReason::kNone;
    uint32_t count = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  std::vector<State> states;
  bool detailed = false;
};

// One of the two accesses of a race, or a goroutine's creation.
struct RaceAccess {
  enum Kind : uint8_t { kRead, kWrite, kAtomicRead, kAtomicWrite, kUnknown };
  Kind kind = kUnknown;
  bool by_main = false;
  uint64_t address = 0;
  uint64_t goroutine =
      0;          // the detector's own number, not the run time's id; 0: not known, or main
  StackId stack;  // none: the report could not restore it, or it is lost
};

struct RaceCreation {
  uint64_t goroutine = 0;
  bool running = false;  // at the time of the report; false: finished
  StackId stack;
};

struct Race {
  std::vector<RaceAccess> accesses;     // the second one is the earlier in time; one or none: cut
  std::vector<RaceCreation> creations;  // of the goroutines named above
  std::string note;                     // "race on external object" and the like
  uint64_t offset = 0;                  // in the input
};

// expvar (dotted path of a number) and Prometheus (name and labels).
struct Metric {
  StringId name;
  LabelsId labels;
  double value = 0;
};

struct Snapshot {
  SnapshotKind kind = SnapshotKind::kGoroutineDump;
  InputId input;
  // When it was taken, in nanoseconds since 1970; and whether the evidence says so itself, or it is
  // the time of the request, or only that at which the file was written: copies have that of the
  // copy.
  std::optional<int64_t> time_ns;
  bool time_is_own = false;
  bool time_is_of_file = false;
  Process process;

  std::vector<Goroutine> goroutines;
  std::vector<Argument> arguments;  // of goroutines
  // What the source says there are, where it says so (debug=1: "total N"); and whether goroutines
  // are missing: the dump was cut.
  std::optional<uint64_t> claimed_total;
  bool cut = false;
  // Only goroutines that whoever printed it chose: the one that panicked or that prints itself,
  // those that goleak or go-deadlock name. It says nothing of others.
  bool partial = false;
  // Of a crash: what the process said ("panic: ...", "fatal error: ..."), its first line.
  std::string message;

  std::vector<ValueType> value_types;
  std::vector<Sample> samples;
  std::vector<int64_t> values;
  int64_t period = 0;
  int64_t duration_ns = 0;

  std::vector<SchedLine> sched;
  std::vector<Race> races;
  std::vector<Metric> metrics;

  // The sum of the counts.
  uint64_t goroutine_count() const {
    uint64_t sum = 0;
    for (const Goroutine& g : goroutines) sum += g.count;
    return sum;
  }
};

// What could not be read, or what to know about what was.
struct Note {
  enum class Kind : uint8_t {
    kCut,       // the end is missing
    kLost,      // pieces in the middle are missing or unreadable
    kMangled,   // was repaired: prefixes, escapes, wrapped lines
    kMixed,     // several processes or looks in one input
    kMismatch,  // totals do not agree
    kUnknown,   // parts whose meaning is not known
    kInstead,   // this is something else; what to bring instead
    kLimit,     // a limit of ours was reached
  };
  Kind kind = Kind::kLost;
  std::string message;  // what, how many, where; no final period
};

// A file, a page, a stream: what the user named.
struct Input {
  std::string name;  // as it may be shown: without credentials
  std::string what;  // "goroutine dump (text)", "pprof profile (goroutine), gzip", ...
  uint64_t bytes = 0;
  std::vector<Note> notes;
  std::string error;  // why nothing, or not all, of it could be read; empty: all was
};

// All that was read for one diagnosis. Snapshots are in the order of their inputs, and inside one
// input in its own order.
struct Evidence {
  Symbols symbols;
  std::vector<Input> inputs;
  std::vector<Snapshot> snapshots;
};

}  // namespace unpark::evidence
