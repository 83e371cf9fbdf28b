// Names, signatures, benign patterns, profiles beside goroutines, races and lines of growth.
#include <gtest/gtest.h>

#include "diagnose/benign.h"
#include "diagnose/lines.h"
#include "diagnose/names.h"
#include "diagnose/signature.h"
#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

using evidence::SnapshotKind;

TEST(Names, WhereFunctionsAreAtHome) {
  evidence::Evidence e;
  Names names(e.symbols);
  auto home = [&](std::string_view name) { return names.of(e.symbols.string(name)).home; };
  EXPECT_EQ(home("runtime.gopark"), Home::kRuntime);
  EXPECT_EQ(home("panic"), Home::kRuntime);
  EXPECT_EQ(home("sync.(*Mutex).Lock"), Home::kWaiting);
  EXPECT_EQ(home("internal/poll.(*FD).Read"), Home::kWaiting);
  EXPECT_EQ(home("golang.org/x/sync/errgroup.(*Group).Wait"), Home::kWaiting);
  EXPECT_EQ(home("net/http.(*conn).serve"), Home::kLibrary);
  EXPECT_EQ(home("main.main"), Home::kUser);
  EXPECT_EQ(home("example.com/net/http.f"), Home::kUser);
  // A module whose path has no dot is still the user's.
  EXPECT_EQ(home("shop/cart.(*Cart).Add"), Home::kUser);
  EXPECT_EQ(home("github.com/a/b.f"), Home::kUser);
}

TEST(Names, OneFunctionByDifferentNames) {
  evidence::Evidence e;
  Names names(e.symbols);
  const Function& text = names.of(e.symbols.string("main.Map[...].Get"));
  const Function& profile = names.of(e.symbols.string("main.Map[go.shape.int].Get"));
  EXPECT_EQ(text.id, profile.id);
  EXPECT_EQ(text.name, profile.name);
}

TEST(Names, ReceiversOfMethods) {
  evidence::Evidence e;
  Names names(e.symbols);
  EXPECT_TRUE(names.of(e.symbols.string("main.(*store).get")).by_pointer);
  EXPECT_EQ(names.of(e.symbols.string("main.(*store).get")).type, "main.store");
  // A closure in a method is given its variables, not the receiver.
  EXPECT_FALSE(names.of(e.symbols.string("main.(*store).get.func1")).by_pointer);
  EXPECT_FALSE(names.of(e.symbols.string("main.store.get")).by_pointer);
  EXPECT_FALSE(names.of(e.symbols.string("main.get")).by_pointer);
}

TEST(Signature, TheBlockingFrameIsTheUsers) {
  TestEvidence e;
  auto stack = e.stack({"runtime.gopark@proc.go:1", "sync.runtime_Semacquire@sema.go:62",
                        "sync.(*WaitGroup).Wait@wg.go:1",
                        "golang.org/x/sync/errgroup.(*Group).Wait@eg.go:53", "main.all@a.go:20",
                        "main.main@m.go:3"});
  Signatures signatures(e.evidence());
  const StackInfo& info = signatures.of(stack);
  EXPECT_EQ(info.blocking, 4u);
  EXPECT_EQ(info.shown, 4u);
  EXPECT_EQ(info.place.line, 20u);
  evidence::Goroutine goroutine;
  goroutine.stack = stack;
  EXPECT_EQ(signatures.reason_of(goroutine), evidence::WaitReason::kWaitGroupWait);
}

TEST(Signature, LibraryStacksByWhatWasStarted) {
  TestEvidence e;
  auto stack = e.stack({"internal/poll.(*FD).Read@fd.go:1", "net.(*netFD).Read@fd.go:2",
                        "net/http.(*conn).serve@server.go:5"});
  auto runtime = e.stack({"runtime.gopark@proc.go:1", "runtime.bgsweep@mgc.go:2"});
  Signatures signatures(e.evidence());
  EXPECT_EQ(signatures.of(stack).blocking, 1u);
  EXPECT_EQ(signatures.of(stack).shown, 2u);
  EXPECT_TRUE(signatures.of(stack).serves_request);
  EXPECT_TRUE(signatures.of(runtime).runtime_only);
  EXPECT_FALSE(signatures.of({}).place.exists());
}

TEST(Benign, Globs) {
  EXPECT_TRUE(matches_glob("net.*", "net.(*netFD).Accept"));
  EXPECT_TRUE(matches_glob("*.(*Conn).read", "a/b.(*Conn).read"));
  EXPECT_TRUE(matches_glob("(*T)", "(*T)"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches_glob("a*b", "aXbY"));
  EXPECT_FALSE(matches_glob("net.*", "internet.f"));
  EXPECT_FALSE(matches_glob("", "x"));
}

TEST(Benign, ThePatternsThatComeWithItAreWellFormed) {
  EXPECT_GT(default_benign().size(), 40u);
  for (const BenignPattern& p : default_benign()) EXPECT_FALSE(p.name.empty());
}

TEST(Benign, TextOfPatterns) {
  std::vector<std::string> errors;
  auto patterns = parse_benign(
      "# a comment\n\n"
      "name=poller  state=\"chan receive\" at=main.poll*  creator=main.main max=5 growing=yes # "
      "why\r\n"
      "frame=main.f\n",
      &errors);
  EXPECT_TRUE(errors.empty());
  ASSERT_EQ(patterns.size(), 2u);
  EXPECT_EQ(patterns[0].name, "poller");
  EXPECT_EQ(patterns[0].state, "chan receive");
  EXPECT_EQ(patterns[0].max, 5u);
  EXPECT_TRUE(patterns[0].growing);
  EXPECT_EQ(patterns[1].name, "frame=main.f");
}

TEST(Benign, WhatIsWrongWithAPattern) {
  struct {
    const char* text;
    const char* says;
  } const cases[] = {
      {"fram=main.f", "line 1: unknown key 'fram'"},
      {"\nmain.f", "line 2: 'main.f' is not KEY=VALUE"},
      {"frame=", "line 1: 'frame=' has no value"},
      {"frame=f state=\"chan", "line 1: the quotation mark after 'state=' is not closed"},
      {"frame=f max=many", "line 1: max is not a number: 'many'"},
      {"frame=f max=99999999999999999999", "line 1: max is not a number"},
      {"frame=f growing=maybe", "line 1: growing is yes or no"},
      {"state=select", "line 1: names no function"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> errors;
    EXPECT_TRUE(parse_benign(c.text, &errors).empty());
    ASSERT_EQ(errors.size(), 1u) << c.text;
    EXPECT_EQ(errors[0].rfind(c.says, 0), 0u) << errors[0];
  }
}

TEST(Benign, NoMoreThanMax) {
  for (int count : {5, 6}) {
    TestEvidence e;
    DumpText dump;
    for (int i = 0; i < count; i++) {
      dump.add(10 + static_cast<uint64_t>(i), "chan receive", {"main.poll()@p.go:3"},
               "main.main@m.go:1", 1);
    }
    e.add(dump);
    Diagnosis d = e.diagnose(0, true, "name=poller at=main.poll max=5");
    EXPECT_EQ(d.groups[0].benign, count == 5 ? "poller" : "");
  }
}

// A heap profile in which `call` of main.add has so many objects of 128 bytes, by sample.
void add_heap(TestEvidence& e, const std::string& call, int64_t objects, int64_t seconds) {
  evidence::Snapshot& s = e.snapshot(SnapshotKind::kHeap, seconds);
  s.value_types = {{"alloc_objects", "count"},
                   {"alloc_space", "bytes"},
                   {"inuse_objects", "count"},
                   {"inuse_space", "bytes"}};
  s.period = 512 * 1024;
  e.sample(s, {call + "@x.go:1", "main.add@add.go:16", "main.main@m.go:1"},
           {objects, objects * 128, objects, objects * 128});
}

TEST(Join, TimersPileUpWithoutGoroutines) {
  TestEvidence e;
  for (int i = 0; i < 6; i++) add_heap(e, "time.AfterFunc", 50'000 + 20'000 * i, 10 * i);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  ASSERT_EQ(d.groups.size(), 1u);
  const Group& g = d.groups[0];
  EXPECT_EQ(g.mechanism, Mechanism::kAfterFuncPileUp);
  EXPECT_EQ(g.count, 0u);
  EXPECT_EQ(g.heap_objects, 150'000);
  EXPECT_EQ(e.place(g), "main.add:16");
  EXPECT_TRUE(g.origin.exists());
}

TEST(Join, AFewSamplesAreNoise) {
  TestEvidence e;
  // Each look has one sample more: 4096 objects, all of it one unlucky draw.
  for (int i = 0; i < 6; i++) add_heap(e, "time.AfterFunc", 4096 * (i + 1), 10 * i);
  EXPECT_NE(e.diagnose().verdict, Verdict::kLikelyLeak);
}

TEST(Join, ContextsThatPileUpAreSuspicious) {
  TestEvidence e;
  for (int i = 0; i < 6; i++) add_heap(e, "context.WithCancel", 50'000 + 20'000 * i, 10 * i);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kContextWatcher);
}

// A sample stands for `period` bytes: a few of them may be what happened to be in use.
void add_bodies_and_heap(TestEvidence& e, int64_t period) {
  for (int i = 0; i < 6; i++) {
    DumpText dump;
    for (uint64_t k = 0; k < 20 + 20 * static_cast<uint64_t>(i); k++) {
      dump.add(100 + k, "select",
               {"net/http.(*persistConn).readLoop(0xc000500000)@transport.go:2205"},
               "net/http.(*Transport).dialConn@transport.go:1765", 9);
    }
    e.add(dump, 10 * i);
  }
  evidence::Snapshot& s = e.snapshot(SnapshotKind::kHeap, 60);
  s.period = period;
  s.value_types = {{"inuse_objects", "count"}, {"inuse_space", "bytes"}};
  e.sample(s,
           {"net/http.NewRequestWithContext@request.go:900", "net/http.(*Client).Get@client.go:480",
            "main.fetch@fetch.go:12", "main.thumb@main.go:50"},
           {120, 40'000});
  e.sample(s, {"net/http.NewRequestWithContext@request.go:900", "main.other@o.go:12"}, {3, 1000});
}

TEST(Join, TheHeapProfileNamesTheLine) {
  TestEvidence e;
  add_bodies_and_heap(e, 4096);
  Diagnosis d = e.diagnose();
  const Group& g = d.groups[0];
  EXPECT_EQ(g.mechanism, Mechanism::kBodyUnclosed);
  ASSERT_TRUE(g.origin.exists());
  EXPECT_EQ(e.symbols()[g.origin].line, 12u);
  EXPECT_EQ(g.origin_objects, 120);
  EXPECT_NE(g.missing.find("main.fetch (fetch.go:12)"), std::string::npos) << g.missing;
}

TEST(Join, TooFewSamplesNameNoLine) {
  TestEvidence e;
  add_bodies_and_heap(e, 512 * 1024);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kBodyUnclosed);
  EXPECT_FALSE(d.groups[0].origin.exists());
  EXPECT_NE(d.groups[0].missing.find("heap profile"), std::string::npos) << d.groups[0].missing;
}

// A function that has made a ticker, and asks no context, is woken by it again and again.
TEST(Join, TheHeapProfileTellsATickerFromAContext) {
  for (const char* made : {"time.NewTicker@tick.go:36", "time.Tick@tick.go:86", "",
                           "context.(*cancelCtx).Done@context.go:441"}) {
    TestEvidence e;
    for (uint64_t i = 0; i < 6; i++) {
      DumpText dump;
      for (uint64_t k = 0; k < 20 + 10 * i; k++) {
        dump.add(100 + k, "chan receive", {"main.poll()@p.go:9"}, "main.handle@p.go:3", 20 + k);
      }
      e.add(dump, static_cast<int64_t>(10 * i));
    }
    evidence::Snapshot& heap = e.snapshot(SnapshotKind::kHeap);
    heap.value_types = {{"inuse_objects", "count"}, {"inuse_space", "bytes"}};
    std::string_view maker = made;
    if (!maker.empty()) e.sample(heap, {made, "main.poll@p.go:8"}, {7, 7000});
    bool ticks = maker.starts_with("time.");
    EXPECT_EQ(e.diagnose().groups[0].mechanism,
              ticks ? Mechanism::kTickerNeverStopped : Mechanism::kNeverCancelled)
        << made;
  }
}

TEST(Join, HeapAndContentionBesideTheGroups) {
  TestEvidence e;
  DumpText dump;
  dump.add(20, "sync.Mutex.Lock",
           {"sync.(*Mutex).lockSlow(0xc000010018)@mutex.go:171",
            "main.(*hub).publish(0xc000010000)@hub.go:31"},
           "main.f@f.go:1", 1);
  e.add(dump, 0);
  evidence::Snapshot& heap = e.snapshot(SnapshotKind::kHeap);
  heap.value_types = {{"inuse_objects", "count"}, {"inuse_space", "bytes"}};
  e.sample(heap, {"main.encode@e.go:3", "main.(*hub).publish@hub.go:40"}, {7, 7000});
  evidence::Snapshot& mutex = e.snapshot(SnapshotKind::kMutex);
  mutex.value_types = {{"contentions", "count"}, {"delay", "nanoseconds"}};
  e.sample(mutex, {"sync.(*Mutex).Unlock@mutex.go:223", "main.(*hub).publish@hub.go:35"}, {11, 99});
  e.sample(mutex, {"sync.(*Mutex).Unlock@mutex.go:223", "main.elsewhere@x.go:35"}, {1000, 9999});
  Diagnosis d = e.diagnose();
  const Group* g = e.at(d, "main.(*hub).publish:31");
  EXPECT_EQ(g->heap_bytes, 7000);
  EXPECT_EQ(g->heap_objects, 7);
  EXPECT_EQ(g->contentions, 11);
  EXPECT_EQ(g->contention_ns, 99);
}

evidence::Race race(TestEvidence& e, int line_a, int line_b) {
  evidence::Race out;
  auto access = [&](evidence::RaceAccess::Kind kind, const std::string& frame) {
    evidence::RaceAccess a;
    a.kind = kind;
    a.stack = e.stack({frame});
    out.accesses.push_back(a);
  };
  access(evidence::RaceAccess::kWrite, "main.set@r.go:" + std::to_string(line_a));
  access(evidence::RaceAccess::kRead, "main.get@r.go:" + std::to_string(line_b));
  return out;
}

TEST(Races, TheSameRaceTwiceIsOne) {
  TestEvidence e;
  evidence::Race first = race(e, 3, 9), turned = race(e, 3, 9), other = race(e, 3, 10);
  std::swap(turned.accesses[0], turned.accesses[1]);
  e.snapshot(SnapshotKind::kRaces).races = {first, turned, other};
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kRaces);
  ASSERT_EQ(d.races.size(), 2u);
  EXPECT_EQ(d.races[0].reports, 2u);
  EXPECT_EQ(d.races[1].race, 2u);
  EXPECT_NE(d.races[0].fingerprint, d.races[1].fingerprint);
  // In another run lines have moved; the fingerprint is the same.
  TestEvidence later;
  later.snapshot(SnapshotKind::kRaces).races = {race(later, 103, 109)};
  EXPECT_EQ(later.diagnose().races[0].fingerprint, d.races[0].fingerprint);
}

void add_metric(TestEvidence& e, int64_t seconds, double goroutines, double started) {
  evidence::Snapshot& s = e.snapshot(SnapshotKind::kMetrics, seconds);
  s.metrics.push_back({e.symbols().string("go_goroutines"), {}, goroutines});
  s.metrics.push_back({e.symbols().string("process_start_time_seconds"), {}, started});
  s.metrics.push_back({e.symbols().string("app_requests"), {}, 1e9});
}

TEST(Lines, MetricsGrow) {
  TestEvidence e;
  for (int i = 0; i < 6; i++) add_metric(e, 10 * i, 100 + 50 * i, 1000);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.series.size(), 1u);
  EXPECT_EQ(d.series[0].name, "go_goroutines");
  EXPECT_EQ(d.series[0].points.size(), 6u);
  EXPECT_TRUE(d.series[0].growth.significant);
  EXPECT_NEAR(d.series[0].growth.per_hour, 18'000, 1e-6);
  // Good for a suspicion, not for more; stacks would tell.
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_NE(d.next_steps[0].find("goroutine dump"), std::string::npos);
}

TEST(Lines, ARestartBeginsAnew) {
  TestEvidence e;
  for (int i = 0; i < 6; i++) add_metric(e, 10 * i, 100 + 50 * i, i < 4 ? 1000 : 2000);
  EXPECT_EQ(e.diagnose().series[0].points.size(), 2u);
}

TEST(Lines, WhatCountsGoroutines) {
  EXPECT_TRUE(counts_goroutines("go_goroutines"));
  EXPECT_TRUE(counts_goroutines("runtime.NumGoroutine"));
  EXPECT_FALSE(counts_goroutines("go_sched_goroutines_created_goroutines_total"));
  EXPECT_FALSE(counts_goroutines("go_threads"));
}

TEST(Lines, SchedulerTraces) {
  TestEvidence e;
  evidence::Snapshot& s = e.snapshot(SnapshotKind::kSched);
  for (int i = 0; i < 6; i++) {
    evidence::SchedLine line;
    line.ms = 1000 * i;
    line.threads = 8;
    line.detailed = true;
    line.states = {{evidence::Status::kWaiting, evidence::WaitReason::kChanReceive,
                    static_cast<uint32_t>(50 + 20 * i)},
                   {evidence::Status::kDead, evidence::WaitReason::kNone, 500}};
    s.sched.push_back(line);
  }
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.series.size(), 2u);
  EXPECT_EQ(d.series[0].name, "goroutines (schedtrace)");
  EXPECT_EQ(d.series[0].points[5].second, 150);
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_FALSE(d.series[1].growth.significant);
}

}  // namespace
}  // namespace unpark::diagnose
