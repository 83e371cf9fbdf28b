#include "evidence/sched.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/os.h"

namespace unpark::evidence {
namespace {

constexpr const char* kVersions[] = {"go1.19.8",  "go1.20.12", "go1.22.4", "go1.23.1", "go1.24.6",
                                     "go1.25.14", "go1.26.7",  "go1.27.0", "go1.27.3"};

struct Reading {
  Evidence evidence;
  std::vector<std::string> foreign;  // lines that were not taken
  explicit Reading(std::string_view text) {
    evidence.inputs.push_back({});
    SchedReader reader(InputId(0), evidence);
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      if (!reader.take(line, at)) foreign.emplace_back(line);
      at = end + 1;
    }
    reader.finish();
  }
  const std::vector<Note>& notes() const { return evidence.inputs[0].notes; }
};

std::string fixture(const std::string& version, const std::string& name) {
  base::Result<std::string> text =
      base::read_file("tests/evidence/fixtures/" + version + "/sched/" + name);
  EXPECT_TRUE(text) << version << " " << name;
  return text ? *text : "";
}

uint32_t waiting(const SchedLine& line, WaitReason reason) {
  for (const SchedLine::State& state : line.states) {
    if (state.status == Status::kWaiting && state.reason == reason) return state.count;
  }
  return 0;
}

TEST(Sched, ReadsSummariesOfAllVersions) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    Reading r(fixture(version, "schedtrace.txt"));
    EXPECT_TRUE(r.foreign.empty());
    EXPECT_TRUE(r.notes().empty());
    ASSERT_EQ(r.evidence.snapshots.size(), 1u);
    const Snapshot& snapshot = r.evidence.snapshots[0];
    EXPECT_EQ(snapshot.kind, SnapshotKind::kSched);
    ASSERT_GE(snapshot.sched.size(), 5u);
    int64_t before = -1;
    for (const SchedLine& line : snapshot.sched) {
      EXPECT_GT(line.ms, before);
      before = line.ms;
      EXPECT_EQ(line.gomaxprocs, 3);
      EXPECT_EQ(line.local_run_queues.size(), 3u);
      EXPECT_GT(line.threads, 0);
      EXPECT_GE(line.run_queue, 0);
      EXPECT_EQ(line.needspinning >= 0, std::string_view(version) != "go1.19.8");
      EXPECT_FALSE(line.detailed);
      EXPECT_TRUE(line.states.empty());
    }
  }
}

// 150 goroutines wait on a channel in main.park, one more locked to its thread.
TEST(Sched, CountsGoroutinesOfDetail) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    Reading r(fixture(version, "scheddetail.txt"));
    EXPECT_TRUE(r.foreign.empty());
    EXPECT_TRUE(r.notes().empty()) << r.notes()[0].message;
    ASSERT_EQ(r.evidence.snapshots.size(), 1u);
    const SchedLine& last = r.evidence.snapshots[0].sched.back();
    EXPECT_TRUE(last.detailed);
    EXPECT_GE(waiting(last, WaitReason::kChanReceive), 151u);
    for (const SchedLine::State& state : last.states) {
      if (state.status == Status::kRunnable || state.status == Status::kRunning) {
        EXPECT_EQ(state.reason, WaitReason::kNone);
      }
    }
  }
}

TEST(Sched, TakesLinesOfTheCollectorWithoutKeepingThem) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    Reading mixed(fixture(version, "mixed.txt"));
    EXPECT_TRUE(mixed.foreign.empty());
    EXPECT_EQ(mixed.evidence.snapshots.size(), 1u);
    EXPECT_TRUE(mixed.notes().empty());

    Reading alone(fixture(version, "gctrace.txt"));
    EXPECT_TRUE(alone.evidence.snapshots.empty());
    ASSERT_EQ(alone.notes().size(), 1u);
    EXPECT_EQ(alone.notes()[0].kind, Note::Kind::kInstead);
  }
}

TEST(Sched, KeepsForeignLinesApart) {
  Reading r(
      "SCHED 0ms: gomaxprocs=1 idleprocs=1 threads=1 spinningthreads=0 idlethreads=3 runqueue=0 "
      "gcwaiting=0 nmidlelocked=0 stopwait=0 sysmonwait=0\n"
      "2026/11/20 listening on :8080\n"
      "P0: status=0 schedtick=2\n"
      "G-force 12\n"
      "  M0: p=-1 curg=-1\n"
      "  G1: status=4(semacquire) m=-1 lockedm=-1\n"
      "Generation done\n"
      "  G2: status=4100(force gc (idle)) m=-1 lockedm=-1\n"
      "  G3: status=6() m=-1 lockedm=-1\n"
      "  G4: status=2(chan receive) m=3 lockedm=-1\n"
      "  G5: status=10(select) m=nil lockedm=nil\n");
  EXPECT_EQ(r.foreign, (std::vector<std::string>{"2026/11/20 listening on :8080", "G-force 12",
                                                 "Generation done"}));
  ASSERT_EQ(r.evidence.snapshots.size(), 1u);
  std::vector<SchedLine::State> expected = {{Status::kRunning, WaitReason::kNone, 1},
                                            {Status::kWaiting, WaitReason::kSelect, 1},
                                            {Status::kWaiting, WaitReason::kSemacquire, 1},
                                            {Status::kWaiting, WaitReason::kForceGcIdle, 1}};
  EXPECT_EQ(r.evidence.snapshots[0].sched[0].states, expected);
  EXPECT_TRUE(r.notes().empty());
}

TEST(Sched, RestartsBeginASnapshot) {
  Reading r(
      "SCHED 0ms: gomaxprocs=1 threads=5 runqueue=0 [0]\n"
      "SCHED 1000ms: gomaxprocs=1 threads=6 runqueue=0 [0]\n"
      "SCHED 3ms: gomaxprocs=1 threads=7 runqueue=0 [0]\n");
  ASSERT_EQ(r.evidence.snapshots.size(), 2u);
  EXPECT_EQ(r.evidence.snapshots[0].sched.size(), 2u);
  EXPECT_EQ(r.evidence.snapshots[1].sched[0].threads, 7);
}

TEST(Sched, SaysWhatIsCut) {
  Reading r("SCHED 12ms: gomaxprocs=4 idleprocs=2 threads=1");
  ASSERT_EQ(r.evidence.snapshots.size(), 1u);
  const SchedLine& line = r.evidence.snapshots[0].sched[0];
  EXPECT_EQ(line.gomaxprocs, 4);
  EXPECT_EQ(line.threads, -1) << "it may have had more digits";
  ASSERT_EQ(r.notes().size(), 1u);
  EXPECT_EQ(r.notes()[0].kind, Note::Kind::kCut);

  // Cut anywhere, nothing is made up, and a lost end is told.
  std::string detail = fixture("go1.26.7", "scheddetail.txt");
  std::string whole = detail.substr(0, detail.find("SCHED", 5));
  for (size_t size = 0; size + 30 < whole.size(); size += 7) {
    Reading cut(whole.substr(0, size));
    if (!cut.evidence.snapshots.empty() && whole.find("\n  G", 0) > size) {
      EXPECT_FALSE(cut.notes().empty()) << size;
    }
  }
}

TEST(Sched, LeavesOtherTextAlone) {
  Reading r(
      "SCHEDULED\nSCHED x\nSCHED 5ms\nSCHED 5ms: hello world\ngc is fun\n  G1: status=4(x)\n");
  EXPECT_EQ(r.foreign.size(), 6u);
  EXPECT_TRUE(r.evidence.snapshots.empty());
}

TEST(Sched, UnknownReasonsAreCounted) {
  Reading r(
      "SCHED 0ms: gomaxprocs=1 threads=1 runqueue=0 gcwaiting=false sysmonwait=false\n"
      "  P0: status=0 schedtick=2\n"
      "  M0: p=nil curg=nil\n"
      "  G1: status=4(waiting for Godot) m=nil lockedm=nil\n");
  EXPECT_EQ(waiting(r.evidence.snapshots[0].sched[0], WaitReason::kOther), 1u);
  ASSERT_EQ(r.notes().size(), 1u);
  EXPECT_EQ(r.notes()[0].kind, Note::Kind::kUnknown);
}

}  // namespace
}  // namespace unpark::evidence
