// Times of files, orders of looks, processes and programs.
#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

constexpr int64_t kMs = 1'000'000;

// Goroutine 1, and one in three of the ids from 100 that nobody has ended; `passing` of the last of
// them are served and will end.
DumpText service(size_t leaked, size_t passing = 3, const std::string& waiting = "chan send") {
  DumpText out;
  out.add(1, "select", {"main.run()@main.go:9"});
  for (size_t i = 0; i < leaked; i++) {
    out.add(100 + 3 * i, waiting, {"main.quote.func1()@q.go:14"}, "main.quote@q.go:12", 5 + i);
  }
  for (size_t i = 0; i < passing; i++) {
    out.add(101 + 3 * (leaked - 1 - i), "IO wait", {"main.handle()@h.go:3"}, "main.serve@h.go:1",
            1);
  }
  return out;
}

class FileEvidence : public TestEvidence {
 public:
  // A file of that name, written so long after the first one.
  FileEvidence& file(const std::string& name, const DumpText& dump, int64_t ns) {
    add(dump);
    evidence().inputs.back().name = name;
    evidence().snapshots.back().time_ns = 1'800'000'000 * kSecond + ns;
    evidence().snapshots.back().time_is_of_file = true;
    return *this;
  }
  FileEvidence& profile(uint32_t count, int64_t seconds) {
    evidence::Goroutine g;
    g.stack = stack({"runtime.gopark@proc.go:398", "runtime.chansend1@chan.go:145",
                     "main.quote.func1@q.go:14"});
    g.count = count;
    evidence::Snapshot& s = snapshot(evidence::SnapshotKind::kGoroutineProfile, seconds);
    s.goroutines = {g};
    s.time_is_own = true;
    return *this;
  }
};

const Group& quotes(const TestEvidence& e, const Diagnosis& d) {
  const Group* g = e.at(d, "main.quote.func1:14");
  EXPECT_NE(g, nullptr);
  return *g;
}

std::vector<uint64_t> counts(const Diagnosis& d) {
  std::vector<uint64_t> out;
  for (const Look& look : d.looks) out.push_back(look.goroutines);
  return out;
}

using Counts = std::vector<uint64_t>;

TEST(Times, OfFilesThatAreApartAreBelieved) {
  FileEvidence e;
  for (int i = 0; i < 3; i++) e.file("d.txt", service(20 + 20 * i), i * 10 * kSecond);
  Diagnosis d = e.diagnose();
  EXPECT_TRUE(d.looks[0].time_ns.has_value());
  EXPECT_NEAR(quotes(e, d).growth.per_hour, 7200, 1);
  EXPECT_TRUE(d.notes.empty());
}

TEST(Times, OfCopiesAreNot) {
  FileEvidence e;
  for (int i = 0; i < 3; i++) e.file("d.txt", service(20 + 20 * i), i * 7 * kMs);
  Diagnosis d = e.diagnose();
  EXPECT_FALSE(d.looks[0].time_ns.has_value());
  EXPECT_EQ(quotes(e, d).growth.per_hour, 0);
  EXPECT_EQ(quotes(e, d).growth.per_look, 20);
  ASSERT_EQ(d.notes.size(), 1u);
  EXPECT_NE(d.notes[0].find("written within 14 ms, as copies are"), std::string::npos);
}

// What a copy's time says of the looks' distance says nothing of the leak.
TEST(Times, OfCopiesHideNoLeak) {
  FileEvidence e;
  e.file("a", service(20), 0).file("b", service(90), kMs);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.notes.size(), 1u);
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(quotes(e, d).strength, Strength::kSurviving);
}

TEST(Times, OfCopiesTogetherToTheNanosecond) {
  FileEvidence e;
  e.file("a", service(20), 0).file("b", service(60), 0);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.notes.size(), 1u);
  EXPECT_EQ(quotes(e, d).growth.per_look, 40);
}

// Large files are further apart when they are copied.
TEST(Times, OfLargeCopies) {
  FileEvidence e;
  e.file("a", service(20), 0).file("b", service(60), kSecond);
  EXPECT_TRUE(e.diagnose().notes.empty());
  for (evidence::Input& input : e.evidence().inputs) input.bytes = 64 << 20;
  EXPECT_EQ(e.diagnose().notes.size(), 1u);
}

// What has ended is in the first look only, so the second cannot have been before it.
TEST(Times, ThatContradictTheIdsGiveWayToThem) {
  FileEvidence e;
  e.file("a", service(90, 30), 0).file("b", service(60, 30), 60 * kSecond);
  e.file("c", service(30, 30), 120 * kSecond);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(counts(d), (Counts{61, 91, 121}));
  EXPECT_EQ(d.looks[0].process, d.looks[2].process);
  EXPECT_EQ(quotes(e, d).growth.total, 60);
  ASSERT_EQ(d.notes.size(), 1u);
  EXPECT_NE(d.notes[0].find("numbers say another order"), std::string::npos);
}

// Copied, and the pattern of the shell put them in another order: dump10 before dump2.
TEST(Times, NumbersInNamesAreNumbers) {
  FileEvidence e;
  for (int look : {1, 10, 2, 3, 4, 5, 6, 7, 8, 9}) {
    e.file("dump" + std::to_string(look) + ".txt", service(10 * look, 0), look * kMs);
    e.evidence().snapshots.back().goroutines[0].id = 0;  // no ids: as a profile
    for (auto& g : e.evidence().snapshots.back().goroutines) g.id = 0;
  }
  EXPECT_EQ(counts(e.diagnose()), (Counts{11, 21, 31, 41, 51, 61, 71, 81, 91, 101}));
}

TEST(Times, GoroutinesThatWaitedLongerThanTheFilesAreApart) {
  FileEvidence e;
  e.file("a", service(20, 3, "chan send, 5 minutes"), 0);
  e.file("b", service(20, 3, "chan send, 35 minutes"), 20 * kSecond);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.notes.size(), 1u);
  EXPECT_NE(d.notes[0].find("20 s apart, while goroutines waited 30 min longer"),
            std::string::npos);
}

TEST(Times, GoroutinesThatWaitedMuchLess) {
  FileEvidence e;
  e.file("a", service(20, 3, "chan send, 5 minutes"), 0);
  e.file("b", service(20, 3, "chan send, 6 minutes"), 3 * 24 * 3600 * kSecond);
  EXPECT_EQ(e.diagnose().notes.size(), 1u);
}

TEST(Times, ThatMinutesBearOut) {
  FileEvidence e;
  e.file("a", service(20, 3, "chan send, 5 minutes"), 0);
  e.file("b", service(20, 3, "chan send, 35 minutes"), 1800 * kSecond);
  Diagnosis d = e.diagnose();
  EXPECT_TRUE(d.notes.empty());
  EXPECT_TRUE(d.looks[1].time_ns.has_value());
}

// Who woke up in between waits for less long, and says nothing of the time.
TEST(Times, GoroutinesThatWaitAnew) {
  FileEvidence e;
  e.file("a", service(20, 3, "chan send, 40 minutes"), 0);
  e.file("b", service(20, 3, "chan send, 2 minutes"), 1800 * kSecond);
  EXPECT_TRUE(e.diagnose().notes.empty());
}

TEST(Times, OfRequestsAreNotThoseOfFiles) {
  TestEvidence e;
  e.add(service(20), 0).add(service(60), 0);
  EXPECT_TRUE(e.diagnose().notes.empty());
}

// A profile knows its time, and the dump beside it has that.
TEST(Times, ComeFromProfilesThatCountTheSame) {
  FileEvidence e;
  for (int i = 0; i < 3; i++) e.file("d.txt", service(100 + 100 * i), i * kMs);
  for (int i = 0; i < 3; i++) e.profile(104 + 100 * static_cast<uint32_t>(i), i * 60);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.looks.size(), 3u);
  EXPECT_NEAR(quotes(e, d).growth.per_hour, 6000, 1);
  EXPECT_TRUE(d.notes.empty());
}

TEST(Times, AProfileWithoutAPlaceIsLeftOut) {
  FileEvidence e;
  e.file("a", service(100), 0).file("b", service(300), kMs).profile(200, 60);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(counts(d), (Counts{104, 304}));
  ASSERT_EQ(d.notes.size(), 2u);
  EXPECT_NE(d.notes[0].find("a goroutine profile is left out"), std::string::npos);
}

DumpText program(const std::string& name, size_t count) {
  DumpText out;
  out.add(1, "select", {"main.main()@main.go:9"});
  for (size_t i = 0; i < count; i++) {
    out.add(30 + 2 * i, "chan receive", {"main." + name + "()@" + name + ".go:14"},
            "main.start" + name + "@" + name + ".go:12", 1);
  }
  return out;
}

TEST(Programs, AreNotComparedAndNotRestarted) {
  TestEvidence e;
  e.add(program("mail", 60), 0).add(program("cart", 40), 10).add(program("pay", 20), 20);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.restarts, 0u);
  EXPECT_NE(d.looks[0].process, d.looks[1].process);
  EXPECT_NE(d.looks[0].program, d.looks[1].program);
  EXPECT_NE(d.looks[1].program, d.looks[2].program);
  ASSERT_EQ(d.notes.size(), 1u);
  EXPECT_NE(d.notes[0].find("3 different programs"), std::string::npos);
}

TEST(Programs, OneThatIsRestartedIsTheSame) {
  TestEvidence e;
  DumpText before = service(300);
  e.add(before, 0).add(program("quote", 1).text() + service(4).text(), 10);
  e.evidence().snapshots[0].process.build_id = "aa";
  e.evidence().snapshots[1].process.build_id = "bb";
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.looks[0].program, d.looks[1].program);
  EXPECT_TRUE(d.notes.empty());
}

// Who waits for an hour was there ten seconds ago: another instance, and no restart.
TEST(Programs, AnOldProcessIsNoRestart) {
  TestEvidence e;
  e.add(service(300), 0).add(service(20, 3, "chan send, 60 minutes"), 10);
  e.evidence().snapshots[0].process.build_id = "aa";
  e.evidence().snapshots[1].process.build_id = "bb";
  EXPECT_EQ(e.diagnose().restarts, 0u);
}

// Two instances of a service: each shows goroutines that the other must have shown, too.
TEST(Processes, GoroutinesDoNotComeBack) {
  TestEvidence e;
  DumpText one, other;
  for (DumpText* dump : {&one, &other}) {
    for (uint64_t id = 1; id <= 40; id++) {
      dump->add(id, "select", {"main.work()@w.go:4"}, "main.main@main.go:7", 1);
    }
    for (uint64_t i = 0; i < 100; i++) {
      dump->add(50 + 5 * i + (dump == &one ? 0 : i % 4), "chan send",
                {"main.quote.func1()@q.go:14"}, "main.quote@q.go:12", 5);
    }
  }
  other.add(900, "chan send", {"main.quote.func1()@q.go:14"}, "main.quote@q.go:12", 5);
  e.add(one, 0).add(other, 10);
  Diagnosis d = e.diagnose();
  EXPECT_NE(d.looks[0].process, d.looks[1].process);
  EXPECT_EQ(d.looks[0].program, d.looks[1].program);
}

TEST(Lines, EachTraceIsASeriesOfItsOwn) {
  TestEvidence e;
  for (int threads : {5, 50}) {
    std::string trace;
    for (int i = 0; i < 6; i++) {
      trace += "SCHED " + std::to_string(1000 * i) +
               "ms: gomaxprocs=4 idleprocs=2 threads=" + std::to_string(threads + i) +
               " spinningthreads=0 needspinning=0 idlethreads=3 runqueue=0 [0 0 0 0]\n";
    }
    e.add(trace);
    e.evidence().inputs.back().name = threads == 5 ? "a.log" : "b.log";
  }
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.series.size(), 2u);
  EXPECT_EQ(d.series[0].name, "threads (schedtrace, a.log)");
  EXPECT_EQ(d.series[0].points.size(), 6u);
  EXPECT_EQ(d.series[0].growth.total, 5);
  EXPECT_EQ(d.series[1].name, "threads (schedtrace, b.log)");
  EXPECT_EQ(d.series[1].growth.total, 5);
}

// Two processes that write into one log cannot be told apart; no line joins them.
TEST(Lines, ATraceWhoseClockFallsIsAnotherOne) {
  TestEvidence e;
  std::string trace;
  for (int ms : {1000, 2000, 3000, 500, 1500}) {
    trace += "SCHED " + std::to_string(ms) + "ms: gomaxprocs=4 idleprocs=2 threads=" +
             std::to_string(ms < 2000 && ms != 1000 ? 9 : 90) +
             " spinningthreads=0 needspinning=0 idlethreads=3 runqueue=0 [0 0 0 0]\n";
  }
  e.add(trace);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.series.size(), 1u);
  EXPECT_EQ(d.series[0].points.size(), 2u);
  EXPECT_EQ(d.series[0].growth.total, 0);
  const auto& notes = e.evidence().inputs[0].notes;
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].message.find("its clock falls 1 time:"), std::string::npos);
}

}  // namespace
}  // namespace unpark::diagnose
