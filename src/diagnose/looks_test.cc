// Looks, processes, groups over several sources, ages.
#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

DumpText senders(uint64_t first, size_t count, const std::string& file = "q.go",
                 const std::string& state = "chan send") {
  DumpText out;
  out.add(1, "select", {"main.main()@main.go:9"});
  for (size_t i = 0; i < count; i++) {
    out.add(first + 2 * i, state, {"main.quote.func1()@" + file + ":14"},
            "main.quote@" + file + ":12", 5 + i % 3);
  }
  return out;
}

TEST(Looks, InOrderOfTime) {
  TestEvidence e;
  e.add(senders(100, 30), 60).add(senders(100, 10), 0).add(senders(100, 20), 30);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.looks.size(), 3u);
  EXPECT_EQ(d.looks[0].goroutines, 11u);
  EXPECT_EQ(d.looks[2].goroutines, 31u);
  EXPECT_EQ(d.looks[0].snapshot, 1u);
  EXPECT_EQ(d.restarts, 0u);
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->growth.total, 20);
}

TEST(Looks, InTheOrderGivenWithoutTimes) {
  TestEvidence e;
  e.add(senders(100, 10)).add(senders(100, 30));
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.looks[1].goroutines, 31u);
  EXPECT_EQ(d.looks[0].process, d.looks[1].process);
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->growth.per_hour, 0);
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->growth.per_look, 20);
}

TEST(Looks, ARestartBeginsANewSeries) {
  TestEvidence e;
  for (int i = 0; i < 3; i++) e.add(senders(50'000, 100 + 50 * i), 10 * i);
  for (int i = 0; i < 3; i++) e.add(senders(100, 40), 100 + 10 * i);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.restarts, 1u);
  EXPECT_EQ(d.looks[2].process, 0u);
  EXPECT_EQ(d.looks[3].process, 1u);
  const Group* g = e.at(d, "main.quote.func1:14");
  // The first look of the new process has nothing before it, and what the old one showed counts.
  EXPECT_FALSE(g->looks[3].ids_known);
  EXPECT_EQ(g->looks[4].survivors, 40u);
  EXPECT_EQ(g->count, 200u);
  EXPECT_EQ(g->growth.total, 100);
  EXPECT_EQ(g->strength, Strength::kSurviving);
}

// Growth is never computed across a restart.
TEST(Looks, MoreAfterARestartIsNoGrowth) {
  TestEvidence e;
  for (int i = 0; i < 3; i++) e.add(senders(50'000, 20), 10 * i);
  for (int i = 0; i < 3; i++) e.add(senders(100, 400), 100 + 10 * i);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.restarts, 1u);
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->growth.total, 0);
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
}

TEST(Looks, OneInstanceStandsOut) {
  TestEvidence e;
  for (uint64_t i = 0; i < 4; i++) e.add(senders(1000 * (i + 1), i == 2 ? 400 : 20));
  for (uint32_t i = 0; i < 4; i++) {
    e.evidence().snapshots[i].process.start_ns = static_cast<int64_t>(i) * 100 * kSecond;
  }
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].count, 400u);
}

TEST(Looks, BuildIdsTellProcessesApart) {
  TestEvidence e;
  e.add(senders(100, 10), 0).add(senders(100, 30), 10);
  e.evidence().snapshots[0].process.build_id = "aa";
  e.evidence().snapshots[1].process.build_id = "bb";
  EXPECT_EQ(e.diagnose().restarts, 1u);
}

TEST(Looks, OneIdStartedInTwoPlaces) {
  TestEvidence e;
  e.add(senders(100, 10, "q.go"), 0).add(senders(100, 30, "other.go"), 10);
  Diagnosis d = e.diagnose();
  EXPECT_NE(d.looks[0].process, d.looks[1].process);
}

// Two instances of a service, looked at in turn.
TEST(Looks, TwoProcessesInTurn) {
  TestEvidence e;
  for (int i = 0; i < 3; i++) {
    e.add(senders(100, 20 + 20 * i), 20 * i);
    e.add(senders(90'000, 20), 20 * i + 10);
  }
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.looks[0].process, d.looks[2].process);
  EXPECT_EQ(d.looks[1].process, d.looks[3].process);
  EXPECT_NE(d.looks[0].process, d.looks[1].process);
  EXPECT_EQ(d.restarts, 0u);
}

// The youngest goroutines ended: ids fall a little, the process is the same.
TEST(Looks, TheLargestIdMayFall) {
  TestEvidence e;
  DumpText first = senders(100, 50);
  first.add(900, "runnable", {"main.handle()@h.go:3"}, "main.serve@h.go:1", 1);
  e.add(first, 0).add(senders(100, 50), 10);
  EXPECT_EQ(e.diagnose().restarts, 0u);
}

TEST(Looks, AnIdTwiceInOneDumpCountsOnce) {
  TestEvidence e;
  DumpText dump = senders(100, 5);
  e.add(dump);
  evidence::Snapshot& s = e.evidence().snapshots[0];
  s.goroutines.push_back(s.goroutines.back());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.looks[0].goroutines, 6u);
}

const std::vector<std::string> kParkedSender = {
    "runtime.gopark@proc.go:398", "runtime.chansend@chan.go:259", "runtime.chansend1@chan.go:145",
    "main.quote.func1@q.go:14"};

void add_profile(TestEvidence& e, evidence::SnapshotKind kind, uint32_t senders, int64_t seconds) {
  evidence::Goroutine g;
  g.stack = e.stack(kParkedSender);
  g.count = senders;
  evidence::Goroutine main;
  main.stack = e.stack(
      {"runtime.gopark@proc.go:398", "runtime.selectgo@select.go:327", "main.main@main.go:9"});
  evidence::Snapshot& s = e.snapshot(kind, seconds);
  s.goroutines = {g, main};
}

TEST(Looks, AProfileOfTheSameMomentIsNoSecondLook) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  add_profile(e, evidence::SnapshotKind::kGoroutineProfile, 10, 1);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.looks.size(), 1u);
}

TEST(Looks, ProfilesJoinTheGroupsOfDumps) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  add_profile(e, evidence::SnapshotKind::kGoroutineProfile, 25, 60);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.looks.size(), 2u);
  const Group* g = e.at(d, "main.quote.func1:14");
  EXPECT_EQ(g->count, 25u);
  EXPECT_EQ(g->looks[0].count, 10u);
  EXPECT_EQ(g->looks[1].count, 25u);
  EXPECT_EQ(g->reason, evidence::WaitReason::kChanSend);
}

TEST(Looks, ProfilesAloneGrow) {
  TestEvidence e;
  for (int i = 0; i < 6; i++) {
    add_profile(e, evidence::SnapshotKind::kGoroutineProfile, 100 + 100 * i, 10 * i);
  }
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "main.quote.func1:14");
  EXPECT_FALSE(d.groups[0].looks[5].ids_known);
  bool asks = false;
  for (const std::string& step : d.next_steps) asks |= step.find("debug=2") != std::string::npos;
  EXPECT_TRUE(asks);
}

TEST(Looks, TwoProfilesAreOnlySuspicious) {
  TestEvidence e;
  add_profile(e, evidence::SnapshotKind::kGoroutineProfile, 100, 0);
  add_profile(e, evidence::SnapshotKind::kGoroutineProfile, 300, 60);
  EXPECT_EQ(e.diagnose().verdict, Verdict::kSuspicious);
}

TEST(Looks, ALeakProfileProvesWhatADumpCounts) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  add_profile(e, evidence::SnapshotKind::kLeakProfile, 4, 1);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  const Group* g = e.at(d, "main.quote.func1:14");
  EXPECT_EQ(g->strength, Strength::kProven);
  EXPECT_EQ(g->count, 10u);
  EXPECT_EQ(g->leaked, 4u);
  EXPECT_EQ(d.looks.size(), 1u);
}

TEST(Looks, ALeakProfileLaterThanTheDump) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  add_profile(e, evidence::SnapshotKind::kLeakProfile, 14, 1);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->count, 10u);
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->leaked, 10u);
}

TEST(Looks, ALeakProfileAlone) {
  TestEvidence e;
  add_profile(e, evidence::SnapshotKind::kLeakProfile, 4, 1);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(d.looks.size(), 1u);
  EXPECT_EQ(e.at(d, "main.quote.func1:14")->leaked, 4u);
}

TEST(Looks, AgesByIdAndByMinutes) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  e.add(senders(100, 20), 3600);
  e.add(senders(100, 30), 7200);
  Diagnosis d = e.diagnose();
  const Group* g = e.at(d, "main.quote.func1:14");
  // Ten were there at the first look: two hours or more. Ten came before the second: an hour at
  // least. Ten are of the last hour.
  EXPECT_EQ(g->ages.count[3], 20u);
  EXPECT_EQ(g->ages.count[0], 10u);
  EXPECT_EQ(g->ages.lower_bounds, 10u);
  EXPECT_EQ(g->ages.oldest_minutes, 120u);
  EXPECT_EQ(g->ages.median_minutes, 60u);
}

TEST(Looks, WithoutMinutesAnAgeIsNotKnown) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  Diagnosis d = e.diagnose();
  const Group* g = e.at(d, "main.quote.func1:14");
  EXPECT_EQ(g->ages.unknown, 10u);
  EXPECT_FALSE(g->ages.oldest_minutes.has_value());
}

TEST(Looks, MinutesAreLowerBounds) {
  TestEvidence e;
  e.add(senders(100, 10, "q.go", "chan send, 30 minutes"));
  const Diagnosis d = e.diagnose();
  const Group* g = e.at(d, "main.quote.func1:14");
  EXPECT_EQ(g->ages.count[2], 10u);
  EXPECT_EQ(g->ages.lower_bounds, 10u);
}

TEST(Looks, AgainstTheBase) {
  TestEvidence e;
  e.add(senders(100, 10), 0);
  size_t base = e.snapshots();
  // Another build: lines have moved.
  DumpText after;
  after.add(1, "select", {"main.main()@main.go:11"});
  for (uint64_t i = 0; i < 90; i++) {
    after.add(50 + 3 * i, "chan send", {"main.quote.func1()@q.go:24"}, "main.quote@q.go:22", 5);
  }
  e.add(after, 4000);
  e.evidence().snapshots[1].process.build_id = "new";
  e.evidence().snapshots[0].process.build_id = "old";
  Diagnosis d = e.diagnose(base);
  ASSERT_EQ(d.looks.size(), 1u);
  const Group* g = e.at(d, "main.quote.func1:24");
  ASSERT_NE(g, nullptr);
  EXPECT_EQ(g->base_count, 10);
  EXPECT_EQ(g->looks.size(), 1u);
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  // What only the base had is no group of now.
  EXPECT_EQ(e.at(d, "main.quote.func1:14"), nullptr);
}

TEST(Looks, TheBaseOfOneProcessIsAFirstLook) {
  TestEvidence e;
  e.add(senders(100, 20), 0);
  size_t base = e.snapshots();
  e.add(senders(100, 80), 60);
  Diagnosis d = e.diagnose(base);
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(d.groups[0].base_count, 20);
  EXPECT_EQ(d.groups[0].strength, Strength::kSurviving);
}

TEST(Looks, ABaseThatIsTheSameIsQuiet) {
  TestEvidence e;
  e.add(senders(100, 20), 0);
  size_t base = e.snapshots();
  e.add(senders(100, 20), 60);
  EXPECT_EQ(e.diagnose(base).verdict, Verdict::kNoLeakFound);
}

}  // namespace
}  // namespace unpark::diagnose
