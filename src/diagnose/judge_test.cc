// Verdicts over whole dumps: what is a leak, how sure, and above all what is none.
#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

const std::vector<std::string> kServe = {"net/http.(*conn).serve(0xc000001000)@server.go:1900"};

std::vector<std::string> below_serve(std::vector<std::string> frames) {
  frames.push_back("net/http.HandlerFunc.ServeHTTP(0xc000009000)@server.go:2136");
  frames.insert(frames.end(), kServe.begin(), kServe.end());
  return frames;
}

// Goroutine 1 and a connection of a server, which stands in whatever dump.
DumpText service() {
  DumpText out;
  out.add(1, "IO wait",
          {"internal/poll.runtime_pollWait(0x7f00, 0x72)@netpoll.go:343",
           "internal/poll.(*FD).Accept(0xc000100000)@fd_unix.go:611",
           "net.(*netFD).accept(0xc000100000)@fd_unix.go:172",
           "net/http.(*Server).Serve(0xc000200000)@server.go:3056", "main.main()@main.go:20"});
  out.add(2, "force gc (idle)", {"runtime.gopark(0x1)@proc.go:398"}, "runtime.init.6@proc.go:310");
  return out;
}

// One leaked sender for each request, as of goroutine ids from 100 on, two apart.
void add_senders(DumpText& dump, size_t count, const std::string& state = "chan send") {
  for (size_t i = 0; i < count; i++) {
    dump.add(100 + 2 * i, state, {"main.quote.func1()@quote.go:14"}, "main.quote@quote.go:12",
             20 + i % 7);
  }
}

TEST(Judge, NothingToJudge) {
  TestEvidence e;
  EXPECT_EQ(e.diagnose().verdict, Verdict::kNotEnough);
  e.add("no dump at all\n");
  EXPECT_EQ(e.diagnose().verdict, Verdict::kNotEnough);
  EXPECT_FALSE(e.diagnose().next_steps.empty());
}

TEST(Judge, OneQuietLook) {
  TestEvidence e;
  e.add(service());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  ASSERT_EQ(d.groups.size(), 2u);
  EXPECT_EQ(d.groups[0].strength, Strength::kExpected);
  EXPECT_EQ(d.groups[0].benign, "accept-loop");
  ASSERT_FALSE(d.next_steps.empty());
  EXPECT_NE(d.next_steps[0].find("second look"), std::string::npos);
  // Small expected groups are left out unless asked for.
  EXPECT_TRUE(e.diagnose(0, false).groups.empty());
}

TEST(Judge, WhatTheRunTimeHasProven) {
  TestEvidence e;
  DumpText dump = service();
  add_senders(dump, 3, "chan send (leaked)");
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(d.groups[0].strength, Strength::kProven);
  EXPECT_EQ(d.groups[0].leaked, 3u);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kAbandonedSender);
  EXPECT_EQ(e.place(d.groups[0]), "main.quote.func1:14");
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kNobody);
}

TEST(Judge, AlwaysBlocked) {
  TestEvidence e;
  DumpText dump = service();
  dump.add(7, "select (no cases)", {"main.forever()@f.go:5"}, "main.main@main.go:9", 1);
  dump.add(8, "chan receive (nil chan)", {"main.nil()@f.go:9"}, "main.main@main.go:10", 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(e.at(d, "main.forever:5")->mechanism, Mechanism::kEmptySelect);
  EXPECT_EQ(e.at(d, "main.nil:9")->mechanism, Mechanism::kNilChannel);
  EXPECT_EQ(e.at(d, "main.nil:9")->strength, Strength::kAlwaysBlocked);
}

TEST(Judge, MainMayWaitForever) {
  for (const char* state : {"select (no cases)", "chan receive, 90000 minutes", "select",
                            "sync.WaitGroup.Wait, 4000 minutes"}) {
    TestEvidence e;
    DumpText dump;
    e.add(dump.add(1, state, {"main.main()@main.go:20"}));
    Diagnosis d = e.diagnose();
    EXPECT_EQ(d.verdict, Verdict::kNoLeakFound) << state;
    EXPECT_EQ(d.groups[0].strength, Strength::kExpected) << state;
  }
}

// A profile has no numbers, but the run time calls main in goroutine 1 alone.
TEST(Judge, MainMayWaitForeverInAProfile) {
  for (const char* outermost : {"runtime.main@proc.go:283", "runtime.goexit@asm_amd64.s:1700"}) {
    TestEvidence e;
    evidence::Snapshot& s = e.snapshot(evidence::SnapshotKind::kGoroutineProfile, 0);
    evidence::Goroutine g;
    g.stack = e.stack({"runtime.gopark@proc.go:398", "runtime.block@select.go:104",
                       "main.run@main.go:20", outermost});
    g.count = 1;
    s.goroutines.push_back(g);
    bool in_main = std::string_view(outermost).starts_with("runtime.main");
    EXPECT_EQ(e.diagnose().verdict, in_main ? Verdict::kNoLeakFound : Verdict::kLeak);
  }
}

TEST(Judge, TheRunTimeSaysThatAllAreAsleep) {
  TestEvidence e;
  DumpText dump;
  dump.add(1, "chan receive", {"main.main()@main.go:20"});
  e.add("fatal error: all goroutines are asleep - deadlock!\n\n" + dump.text() + "exit status 2\n");
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(d.groups[0].strength, Strength::kProven);
}

TEST(Judge, ManySendersLeftBehindInOneLook) {
  TestEvidence e;
  DumpText dump = service();
  // Their connections serve other requests by now.
  for (uint64_t id = 20; id < 27; id++) {
    dump.add(id, "IO wait", kServe, "net/http.(*Server).Serve@server.go:3086", 1);
  }
  add_senders(dump, 200);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].strength, Strength::kOldAndMany);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kAbandonedSender);
  EXPECT_EQ(d.groups[0].count, 200u);
  EXPECT_EQ(d.groups[0].creators, 7u);
}

TEST(Judge, SendersWhoseRequestsAreStillThere) {
  TestEvidence e;
  DumpText dump = service();
  for (uint64_t id = 20; id < 27; id++) {
    dump.add(id, "select", below_serve({"main.quote(0xc000400000)@quote.go:20"}),
             "net/http.(*Server).Serve@server.go:3086", 1);
  }
  add_senders(dump, 200);
  e.add(dump);
  EXPECT_EQ(e.diagnose().verdict, Verdict::kNoLeakFound);
}

// The same row of looks for many tests: what a look holds is given by its number.
template <typename F>
Diagnosis over_looks(size_t looks, TestEvidence& e, F fill, int64_t apart = 10) {
  for (size_t i = 0; i < looks; i++) {
    DumpText dump = service();
    fill(dump, i);
    e.add(dump, static_cast<int64_t>(i) * apart);
  }
  return e.diagnose();
}

TEST(Judge, GrowthOverManyLooks) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) { add_senders(dump, 5 + 4 * i); });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  const Group& g = d.groups[0];
  EXPECT_EQ(g.strength, Strength::kGrowing);
  EXPECT_EQ(g.mechanism, Mechanism::kAbandonedSender);
  EXPECT_EQ(g.count, 25u);
  ASSERT_EQ(g.looks.size(), 6u);
  EXPECT_EQ(g.looks[5].survivors, 21u);
  EXPECT_EQ(g.looks[5].births, 4u);
  EXPECT_EQ(g.looks[5].deaths, 0u);
  EXPECT_TRUE(g.growth.tested);
  EXPECT_NEAR(g.growth.per_hour, 4 * 360, 1e-6);
  EXPECT_NEAR(g.growth.probability, 1.0 / 720, 1e-9);
}

TEST(Judge, TwoLooks) {
  TestEvidence e;
  Diagnosis d = over_looks(2, e, [](DumpText& dump, size_t i) { add_senders(dump, 20 + 30 * i); });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(d.groups[0].strength, Strength::kSurviving);
  EXPECT_TRUE(d.groups[0].growth.tested);
  EXPECT_NE(d.next_steps[0].find("five looks"), std::string::npos);
}

TEST(Judge, TwoLooksOfTooLittle) {
  TestEvidence e;
  Diagnosis d = over_looks(2, e, [](DumpText& dump, size_t i) { add_senders(dump, 20 + 10 * i); });
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
}

// None of them has gone, for there were none: that they stay is not seen.
TEST(Judge, TwoLooksOfWhichOneHasNone) {
  for (size_t before : {0, 4, 5}) {
    TestEvidence e;
    Diagnosis d =
        over_looks(2, e, [&](DumpText& dump, size_t i) { add_senders(dump, before + 30 * i); });
    EXPECT_EQ(d.verdict, before < 5 ? Verdict::kNoLeakFound : Verdict::kLikelyLeak) << before;
  }
}

// More, but the old ones have all gone: load that goes up.
TEST(Judge, GrowingTurnover) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    for (size_t k = 0; k < 20 + 20 * i; k++) {
      dump.add(1000 * (i + 1) + k, "chan receive", {"main.answer()@a.go:9"}, "main.ask@a.go:3", 5);
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  const Group* g = e.at(d, "main.answer:9");
  EXPECT_TRUE(g->growth.significant);
  EXPECT_EQ(g->strength, Strength::kNoticed);
  EXPECT_EQ(g->looks[5].survivors, 0u);
}

// Of what passes, a part stays for good.
TEST(Judge, SomePassAndSomeStay) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    auto add = [&](uint64_t id) {
      dump.add(id, "chan receive", {"main.answer()@a.go:9"}, "main.ask@a.go:3", id / 7);
    };
    for (size_t before = 0; before <= i; before++) {
      for (size_t k = 0; k < 10; k++) add(1000 * (before + 1) + k);  // stay
    }
    for (size_t k = 10; k < 20; k++) add(1000 * (i + 1) + k);  // pass
  });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "main.answer:9");
}

TEST(Judge, APoolAtItsSize) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t) {
    for (uint64_t id = 50; id < 1050; id++) {
      dump.add(id, "chan receive, 80000 minutes", {"main.work()@pool.go:8"}, "main.start@pool.go:4",
               1);
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  EXPECT_EQ(e.at(d, "main.work:8")->mechanism, Mechanism::kPool);
}

TEST(Judge, APoolOfManyThousandsInOneLook) {
  TestEvidence e;
  DumpText dump = service();
  for (uint64_t id = 50; id < 12'050; id++) {
    dump.add(id, "chan receive, 80000 minutes", {"main.work()@pool.go:8"}, "main.start@pool.go:4",
             1);
  }
  e.add(dump);
  EXPECT_EQ(e.diagnose().verdict, Verdict::kNoLeakFound);
}

TEST(Judge, WhatPilesUpInOneLook) {
  TestEvidence e;
  DumpText dump = service();
  // Started by goroutines that have all ended, over hours.
  for (uint64_t i = 0; i < 300; i++) {
    dump.add(1000 + 40 * i, "chan receive, " + std::to_string(300 - i) + " minutes",
             {"main.watch()@w.go:8"}, "main.join@w.go:4", 900 + 40 * i);
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].strength, Strength::kOldAndMany);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kNeverCancelled);
  EXPECT_EQ(d.groups[0].ages.oldest_minutes, 300u);
  EXPECT_EQ(d.groups[0].ages.count[3], 241u);
}

// A pool that one goroutine filled over time would be many ids apart, but waits for equally long.
TEST(Judge, AgesAloneSayNothing) {
  TestEvidence e;
  DumpText dump = service();
  for (uint64_t i = 0; i < 300; i++) {
    dump.add(1000 + 40 * i, "select, 129600 minutes", {"main.poll()@p.go:8"}, "main.main@m.go:4",
             1);
  }
  e.add(dump);
  EXPECT_EQ(e.diagnose().verdict, Verdict::kNoLeakFound);
}

TEST(Judge, ThousandsOfConnections) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    for (uint64_t k = 0; k < 1000 + 700 * i; k++) {
      dump.add(100 + k, "IO wait",
               {"internal/poll.runtime_pollWait(0x7f00, 0x72)@netpoll.go:343",
                "internal/poll.(*FD).Read(0xc000300000)@fd_unix.go:163",
                "net.(*conn).Read(0xc000300008)@net.go:179", kServe[0]},
               "net/http.(*Server).Serve@server.go:3086", 1);
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  EXPECT_EQ(d.groups.size(), 3u);
}

// A protocol of one's own: a reader, a writer and a pinger for each connection, more and more.
TEST(Judge, SeveralGoroutinesForEachConnection) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    for (uint64_t k = 0; k < 100 + 60 * i; k++) {
      uint64_t reader = 100 + 3 * k;
      dump.add(reader, "IO wait",
               {"internal/poll.(*FD).Read(0xc000300000)@fd_unix.go:163",
                "net.(*conn).Read(0xc000300008)@net.go:179", "main.(*peer).read()@peer.go:30"},
               "main.accept@peer.go:9", 1);
      dump.add(reader + 1, "select", {"main.(*peer).write()@peer.go:50"},
               "main.(*peer).read@peer.go:21", reader);
      dump.add(reader + 2, "chan receive", {"main.(*peer).ping()@peer.go:70"},
               "main.(*peer).read@peer.go:22", reader);
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
}

TEST(Judge, OrdinaryDaemons) {
  TestEvidence e;
  DumpText dump = service();
  dump.add(5, "syscall, 60000 minutes",
           {"os/signal.signal_recv()@sigqueue.go:152", "os/signal.loop()@signal_unix.go:23"},
           "os/signal.Notify.func1.1@signal.go:151", 1);
  dump.add(6, "select, 60000 minutes", {"database/sql.(*DB).connectionOpener(0xc1)@sql.go:1261"},
           "database/sql.OpenDB@sql.go:841", 1);
  dump.add(7, "sleep", {"time.Sleep(0x1)@sleep.go:195", "main.poll()@p.go:3"}, "main.main@m.go:3",
           1);
  dump.add(8, "chan receive, 900 minutes",
           {"github.com/golang/glog.(*fileSink).flushDaemon()@g.go:3"},
           "github.com/golang/glog.init.1@g.go:1", 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  EXPECT_EQ(e.at(d, "os/signal.loop:23")->benign, "signal-loop");
  EXPECT_EQ(e.at(d, "database/sql.(*DB).connectionOpener:1261")->benign, "sql-pool");
}

TEST(Judge, ClientConnectionsThatGrow) {
  for (bool bodies : {false, true}) {
    TestEvidence e;
    Diagnosis d = over_looks(6, e, [&](DumpText& dump, size_t i) {
      for (uint64_t k = 0; k < 20 + 15 * i; k++) {
        dump.add(100 + 2 * k, bodies ? "select" : "IO wait",
                 {"net/http.(*persistConn).readLoop(0xc000500000)@transport.go:2205"},
                 "net/http.(*Transport).dialConn@transport.go:1765", 9);
        dump.add(101 + 2 * k, "select",
                 {"net/http.(*persistConn).writeLoop(0xc000500000)@transport.go:2410"},
                 "net/http.(*Transport).dialConn@transport.go:1766", 9);
      }
    });
    EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
    Mechanism wanted = bodies ? Mechanism::kBodyUnclosed : Mechanism::kTransportPerCall;
    EXPECT_EQ(d.groups[0].mechanism, wanted);
    EXPECT_EQ(d.groups[1].mechanism, wanted);
    EXPECT_NE(d.groups[0].missing.find("heap profile"), std::string::npos);
  }
}

TEST(Judge, TimersEndByThemselves) {
  TestEvidence e;
  auto sleepers = [](DumpText& dump, size_t i) {
    for (uint64_t k = 0; k < 50 + 100 * i; k++) {
      dump.add(100 + k, "sleep", {"time.Sleep(0x1)@sleep.go:195", "main.slow()@s.go:3"},
               "main.handle@s.go:1", 50);
    }
  };
  Diagnosis d = over_looks(6, e, sleepers);
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  // Over half an hour, it is worth a word.
  TestEvidence slow;
  d = over_looks(6, slow, sleepers, 300);
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kTickerNeverStopped);
}

TEST(Judge, AgesRankOnlyWithinOneMechanism) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    dump.add(40, "select, 200000 minutes", {"main.daemon()@d.go:3"}, "main.main@m.go:3", 1);
    add_senders(dump, 5 + 4 * i);
  });
  EXPECT_EQ(e.place(d.groups[0]), "main.quote.func1:14");
  ASSERT_FALSE(d.groups[0].terms.empty());
  EXPECT_EQ(d.groups[0].terms[0].name, "strength");
  EXPECT_EQ(d.groups[0].site, "main.quote.func1:send#?");
}

// The leak is small, everything healthy is large.
TEST(Judge, ASmallLeakAmongLargeHealthyGroups) {
  TestEvidence e;
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    for (uint64_t id = 5000; id < 9000; id++) {
      dump.add(id, "chan receive", {"main.work()@pool.go:8"}, "main.start@pool.go:4", 1);
    }
    add_senders(dump, 3 + 2 * i);
  });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "main.quote.func1:14");
}

TEST(Judge, FanIn) {
  TestEvidence e;
  // Three were asked, one answer was taken: two of each three stay, started in a row.
  Diagnosis d = over_looks(6, e, [](DumpText& dump, size_t i) {
    for (uint64_t k = 0; k < 10 + 10 * i; k++) {
      for (uint64_t s = 0; s < 2; s++) {
        dump.add(100 + 5 * k + s, "chan send", {"main.ask()@s.go:15"}, "main.search@s.go:27",
                 20 + k % 9);
      }
    }
  });
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kFanInShortfall);
  EXPECT_EQ(d.groups[0].strength, Strength::kGrowing);
}

TEST(Judge, FanInBySharedChannels) {
  TestEvidence e;
  DumpText dump = service();
  for (uint64_t k = 0; k < 20; k++) {
    std::string channel = "0xc0007" + std::to_string(10000 + 96 * k);
    for (uint64_t s = 0; s < 2; s++) {
      dump.add(100 + 50 * k + 20 * s, "chan send (leaked)", {"main.ask(" + channel + ")@s.go:15"},
               "main.search@s.go:27", 30 + k);
    }
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kFanInShortfall);
  EXPECT_EQ(d.groups[0].objects, 20u);
}

TEST(Judge, MechanismsByFrames) {
  struct {
    const char* state;
    std::vector<std::string> frames;
    const char* creator;
    Mechanism mechanism;
  } const cases[] = {
      {"sync.Cond.Wait",
       {"sync.(*Cond).Wait(0xc000600010)@cond.go:70", "main.take()@q.go:31"},
       "main.f@f.go:1",
       Mechanism::kCondNeverSignalled},
      {"select",
       {"database/sql.(*Rows).awaitDone(0xc000600000)@sql.go:3009"},
       "database/sql.(*Rows).initContextClose@sql.go:2996",
       Mechanism::kRowsUnclosed},
      {"chan send",
       {"main.(*store).expire()@c.go:49"},
       "time.goFunc@sleep.go:215",
       Mechanism::kAfterFuncPileUp},
      {"select",
       {"context.(*cancelCtx).propagateCancel.func2()@context.go:511"},
       "context.(*cancelCtx).propagateCancel@context.go:510",
       Mechanism::kContextWatcher},
      {"IO wait",
       {"internal/poll.(*FD).Accept(0xc000100000)@fd_unix.go:611",
        "net.(*netFD).accept(0xc000100000)@fd_unix.go:172", "main.accept()@r.go:13"},
       "main.render@r.go:29",
       Mechanism::kListenerNeverClosed},
      {"coroutine",
       {"iter.Pull[...].func1()@iter.go:3", "main.walk()@w.go:3"},
       "",
       Mechanism::kCoroutineNotStopped},
      {"select",
       {"database/sql.(*DB).conn(0xc000600000)@sql.go:1369",
        "database/sql.(*DB).Query(0xc000600000)@sql.go:1755", "main.list()@l.go:3"},
       "main.f@f.go:1",
       Mechanism::kConnectionPoolExhausted},
  };
  for (const auto& c : cases) {
    TestEvidence e;
    Diagnosis d = over_looks(6, e, [&](DumpText& dump, size_t i) {
      for (uint64_t k = 0; k < 20 + 20 * i; k++) {
        dump.add(100 + 3 * k, c.state, c.frames, c.creator, c.creator[0] == 0 ? 0 : 30);
      }
    });
    EXPECT_EQ(d.verdict, Verdict::kLikelyLeak) << c.frames.back();
    EXPECT_EQ(info_of(d.groups[0].mechanism).name, info_of(c.mechanism).name) << c.frames.back();
  }
}

TEST(Judge, UserPatterns) {
  TestEvidence e;
  for (size_t i = 0; i < 6; i++) {
    DumpText dump = service();
    add_senders(dump, 5 + 4 * i);
    e.add(dump, static_cast<int64_t>(i));
  }
  EXPECT_EQ(e.diagnose(0, true, "frame=main.quote.* growing=yes").verdict, Verdict::kNoLeakFound);
  // Growth counts unless it is said not to.
  EXPECT_EQ(e.diagnose(0, true, "frame=main.quote.*").verdict, Verdict::kLikelyLeak);
}

TEST(Judge, SameEvidenceSameAnswer) {
  auto text = [] {
    TestEvidence e;
    Diagnosis d = over_looks(5, e, [](DumpText& dump, size_t i) {
      add_senders(dump, 5 + 4 * i);
      for (uint64_t k = 0; k < 50; k++) {
        dump.add(3000 + k, "select", {"main.f" + std::to_string(k) + "()@f.go:5"}, "main.g@g.go:3",
                 1);
      }
    });
    std::string out;
    for (const Group& g : d.groups) out += e.place(g) + g.fingerprint + "\n";
    return out;
  };
  EXPECT_EQ(text(), text());
}

}  // namespace
}  // namespace unpark::diagnose
