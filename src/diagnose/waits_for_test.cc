// Who waits for whom, and what must not be claimed.
#include <gtest/gtest.h>

#include <algorithm>

#include "diagnose/waits_test_case.h"

namespace unpark::diagnose {
namespace {

// a.transfer(b) beside b.transfer(a): each holds its own lock and waits for the other's. The two
// accounts are neighbours on the heap, so that the nearest receiver below b's lock is b's.
TEST(WaitsFor, TwoObjectsOfOneType) {
  TestEvidence e;
  DumpText dump;
  dump.add(
      10, kLock,
      locking("0xc000010028", {"main.(*account).transfer(0xc000010000, 0xc000010020)@bank.go:12"}),
      kServe, 1);
  dump.add(
      11, kLock,
      locking("0xc000010008", {"main.(*account).transfer(0xc000010020, 0xc000010000)@bank.go:12"}),
      kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  ASSERT_EQ(d.cycles.size(), 1u);
  ASSERT_EQ(d.cycles[0].edges.size(), 2u);
  const Edge& first = d.edges[d.cycles[0].edges[0]];
  EXPECT_EQ(first.from_goroutine, 10u);
  EXPECT_EQ(first.to_goroutine, 11u);
  EXPECT_EQ(first.object, 0xc000010028u);
  EXPECT_EQ(first.known, Known::kField);
  EXPECT_EQ(d.groups[0].strength, Strength::kDeadlock);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kLockCycle);
}

TEST(WaitsFor, TwoLocksOfOneObjectAndTheirVictims) {
  TestEvidence e;
  e.add(two_orders());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  ASSERT_EQ(d.cycles.size(), 1u);
  EXPECT_EQ(d.groups[0].count, 1u);
  EXPECT_EQ(d.groups[0].strength, Strength::kDeadlock);
  EXPECT_EQ(d.groups[1].strength, Strength::kDeadlock);
  const Group* victims = e.at(d, "main.(*ledger).transfer:21");
  ASSERT_NE(victims, nullptr);
  EXPECT_EQ(victims->mechanism, Mechanism::kLockHeldByBlocked);
  const Edge* to = edge(d, e.id_of(d, "main.(*ledger).transfer:21"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kHolder);
  EXPECT_EQ(to->to, e.id_of(d, "main.(*ledger).transfer:27"));
  EXPECT_EQ(to->to_goroutine, 10u);
  EXPECT_EQ(to->count, 20u);
}

// Locks that are global variables show no object; the lines still tell, but only time makes it
// sure.
TEST(WaitsFor, GlobalLocksByLines) {
  auto dump = [] {
    DumpText out;
    out.add(10, kLock, locking("0x6a1018", {"main.f()@g.go:12"}), kServe, 1);
    out.add(11, kLock, locking("0x6a1010", {"main.g()@g.go:22"}), kServe, 1);
    for (uint64_t id = 20; id < 24; id++) {
      out.add(id, kLock, locking("0x6a1010", {"main.f()@g.go:11"}), kServe, 1);
      out.add(id + 10, kLock, locking("0x6a1018", {"main.g()@g.go:21"}), kServe, 1);
    }
    return out;
  };
  TestEvidence once;
  once.add(dump());
  Diagnosis d = once.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  TestEvidence twice;
  twice.add(dump(), 0).add(dump(), 10);
  d = twice.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  ASSERT_EQ(d.cycles.size(), 1u);
  EXPECT_EQ(d.edges[d.cycles[0].edges[0]].known, Known::kFrames);
}

TEST(WaitsFor, Relock) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, kLock,
           locking("0xc000010008", {"main.(*store).size(0xc000010000)@s.go:30",
                                    "main.(*store).add(0xc000010000)@s.go:15"}),
           kServe, 1);
  // Who came later shows that add takes the lock before it calls size.
  dump.add(11, kLock, locking("0xc000010008", {"main.(*store).add(0xc000010000)@s.go:13"}), kServe,
           1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  const Group* g = e.at(d, "main.(*store).size:30");
  EXPECT_EQ(g->mechanism, Mechanism::kRelock);
  EXPECT_EQ(g->strength, Strength::kDeadlock);
  ASSERT_EQ(d.cycles.size(), 1u);
  EXPECT_EQ(d.edges[d.cycles[0].edges[0]].role, Edge::kSelf);
  EXPECT_EQ(e.at(d, "main.(*store).add:13")->mechanism, Mechanism::kLockHeldByBlocked);
}

TEST(WaitsFor, RelockWithNobodyElse) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, kLock,
           locking("0xc000010008", {"main.(*store).size(0xc000010000)@s.go:30",
                                    "main.(*store).add(0xc000010000)@s.go:15"}),
           kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kRelock);
  // An inner method may also be the only one that locks: nothing proves it.
  EXPECT_NE(d.groups[0].strength, Strength::kDeadlock);
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kSelf);
  EXPECT_EQ(d.edges[0].known, Known::kFrames);
}

// Hundreds wait for one who sends while it holds the lock: it is the one to show first.
TEST(WaitsFor, TheHolderOfOneIsTheRoot) {
  TestEvidence e;
  for (size_t look = 0; look < 6; look++) {
    DumpText dump;
    dump.add(10, "chan send", {"main.(*hub).publish(0xc000010000)@hub.go:33"}, kServe, 1);
    for (uint64_t k = 0; k < 50 + 50 * look; k++) {
      dump.add(20 + k, kLock,
               locking("0xc000010018", {"main.(*hub).publish(0xc000010000)@hub.go:31"}), kServe, 1);
    }
    e.add(dump, static_cast<int64_t>(look) * 10);
  }
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "main.(*hub).publish:33");
  EXPECT_EQ(d.groups[0].count, 1u);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kAbandonedSender);
  EXPECT_EQ(e.place(d.groups[1]), "main.(*hub).publish:31");
  EXPECT_EQ(d.groups[1].mechanism, Mechanism::kLockHeldByBlocked);
  const Edge* to = edge(d, GroupId(1));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->to, GroupId(0));
  EXPECT_EQ(to->known, Known::kField);
  auto victims = std::find_if(d.groups[0].terms.begin(), d.groups[0].terms.end(),
                              [](const Term& t) { return t.name == "victims"; });
  ASSERT_NE(victims, d.groups[0].terms.end());
  EXPECT_EQ(victims->value, 300);
}

TEST(WaitsFor, WhoRunsUnderTheLockLetsGo) {
  for (const char* state : {"running", "runnable", "syscall"}) {
    TestEvidence e;
    DumpText dump;
    dump.add(10, state, {"main.(*hub).publish(0xc000010000)@hub.go:33"}, kServe, 1);
    for (uint64_t k = 0; k < 50; k++) {
      dump.add(20 + k, std::string(kLock) + ", 15 minutes",
               locking("0xc000010018", {"main.(*hub).publish(0xc000010000)@hub.go:31"}), kServe, 1);
    }
    e.add(dump);
    Diagnosis d = e.diagnose();
    EXPECT_EQ(d.verdict, Verdict::kNoLeakFound) << state;
    EXPECT_EQ(e.at(d, "main.(*hub).publish:31")->mechanism, Mechanism::kNone) << state;
  }
}

TEST(WaitsFor, UnlockingIsContention) {
  TestEvidence e;
  DumpText dump = two_orders();
  dump.add(
      90, "semacquire",
      {"internal/sync.(*Mutex).unlockSlow(0xc000010000)@mutex.go:220",
       "sync.(*Mutex).Unlock(...)@mutex.go:64", "main.(*ledger).transfer(0xc000010000)@l.go:34"},
      kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  EXPECT_TRUE(d.cycles.empty());
}

TEST(WaitsFor, NobodyInSight) {
  TestEvidence e;
  DumpText dump;
  for (uint64_t id = 20; id < 30; id++) {
    dump.add(id, kLock,
             locking("0xc000010008", {"example.com/cache.(*Cache).Get(0xc000010000)@c.go:9"}),
             "main.f@m.go:1", 1);
  }
  dump.add(1, "chan receive", {"main.main()@m.go:9"});
  e.add(dump);
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "example.com/cache.(*Cache).Get:9"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kNobody);
  EXPECT_FALSE(to->to.exists());
  EXPECT_EQ(to->object, 0xc000010008u);
  EXPECT_EQ(e.at(d, "example.com/cache.(*Cache).Get:9")->mechanism, Mechanism::kLockNeverUnlocked);
}

// A closure of the package shows no receiver: it may be the holder.
TEST(WaitsFor, SomebodyWhoIsNotShown) {
  TestEvidence e;
  DumpText dump;
  for (uint64_t id = 20; id < 30; id++) {
    dump.add(id, kLock,
             locking("0xc000010008", {"example.com/cache.(*Cache).Get(0xc000010000)@c.go:9"}),
             "main.f@m.go:1", 1);
  }
  dump.add(40, "chan send", {"example.com/cache.(*Cache).Fill.func1()@c.go:29"}, "main.f@m.go:2",
           1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "example.com/cache.(*Cache).Get:9"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kNotShown);
}

TEST(WaitsFor, ACutDumpHidesTheHolder) {
  TestEvidence e;
  DumpText dump;
  dump.add(20, kLock,
           locking("0xc000010008", {"example.com/cache.(*Cache).Get(0xc000010000)@c.go:9"}),
           "main.f@m.go:1", 1);
  e.add(dump);
  e.evidence().snapshots[0].cut = true;
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kNotShown);
  EXPECT_TRUE(d.looks[0].cut);
}

// A loop that lives as long as its object does not hold its lock while it selects.
TEST(WaitsFor, TheObjectsOwnLoopIsNoHolder) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, "select", {"main.(*hub).run(0xc000010000)@hub.go:50"}, "main.main@m.go:3", 1);
  dump.add(20, kLock, locking("0xc000010018", {"main.(*hub).publish(0xc000010000)@hub.go:31"}),
           kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "main.(*hub).publish:31"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kNotShown);
}

// Several at one place cannot all hold a lock that only one can hold.
TEST(WaitsFor, ManyAtOnePlaceHoldNothing) {
  TestEvidence e;
  DumpText dump;
  for (uint64_t id = 10; id < 13; id++) {
    dump.add(id, "chan send", {"main.(*hub).publish(0xc000010000)@hub.go:40"}, kServe, 1);
  }
  dump.add(20, kLock, locking("0xc000010018", {"main.(*hub).publish(0xc000010000)@hub.go:31"}),
           kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(edge(d, e.id_of(d, "main.(*hub).publish:31"))->role, Edge::kNotShown);
}

// Another object's method is no holder, whatever line it stands at.
TEST(WaitsFor, AnotherObjectOfTheType) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, "chan send", {"main.(*hub).publish(0xc000090000)@hub.go:40"}, kServe, 1);
  dump.add(20, kLock, locking("0xc000010018", {"main.(*hub).publish(0xc000010000)@hub.go:31"}),
           kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_NE(edge(d, e.id_of(d, "main.(*hub).publish:31"))->role, Edge::kHolder);
}

// Before 1.18 nothing is marked stale, and only the semaphore's address may be there: mutex + 4.
TEST(WaitsFor, TheSemaphoreIsFourBytesInside) {
  for (const char* package : {"sync", "internal/sync"}) {
    TestEvidence e;
    DumpText dump;
    dump.add(10, "chan send", {"main.(*hub).publish(0xc000010000)@hub.go:33"}, kServe, 1);
    dump.add(20, "semacquire",
             {std::string(package) + ".runtime_SemacquireMutex(0xc00001001c, 0x0, 0x1)@sema.go:71",
              std::string(package) + ".(*Mutex).Lock(...)@mutex.go:81",
              "main.(*hub).publish(0xc000010000)@hub.go:31"},
             kServe, 1);
    e.add(dump);
    Diagnosis d = e.diagnose();
    const Edge* to = edge(d, e.id_of(d, "main.(*hub).publish:31"));
    ASSERT_NE(to, nullptr);
    EXPECT_EQ(to->object, 0xc000010018u) << package;
    EXPECT_EQ(to->role, Edge::kHolder);
  }
}

// Readers of a RWMutex do not print it; their object does.
TEST(WaitsFor, ReadersWaitForAWriter) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, "chan receive", {"main.(*store).reload(0xc000010000)@s.go:52"}, kServe, 1);
  for (uint64_t id = 20; id < 30; id++) {
    dump.add(
        id, "sync.RWMutex.RLock",
        {"sync.runtime_SemacquireRWMutexR(0x5be015?, 0x9?, 0x5c08df?)@sema.go:100",
         "sync.(*RWMutex).RLock(...)@rwmutex.go:74", "main.(*store).get(0xc000010000)@s.go:60"},
        kServe, 1);
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "main.(*store).get:60"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kHolder);
  EXPECT_EQ(to->to, e.id_of(d, "main.(*store).reload:52"));
  EXPECT_EQ(to->known, Known::kField);
  EXPECT_EQ(to->count, 10u);
}

TEST(WaitsFor, ACondLetsGoOfItsLock) {
  TestEvidence e;
  DumpText dump;
  dump.add(
      10, "sync.Cond.Wait",
      {"sync.(*Cond).Wait(0xc000010040)@cond.go:70", "main.(*queue).take(0xc000010000)@q.go:31"},
      kServe, 1);
  dump.add(20, kLock, locking("0xc000010018", {"main.(*queue).take(0xc000010000)@q.go:28"}), kServe,
           1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_NE(edge(d, e.id_of(d, "main.(*queue).take:28"))->role, Edge::kHolder);
}

TEST(WaitsFor, MembersOfAWaitGroup) {
  TestEvidence e;
  for (size_t look = 0; look < 6; look++) {
    DumpText dump;
    for (uint64_t k = 0; k < 10 + 10 * look; k++) {
      uint64_t id = 100 + 10 * k;
      dump.add(id, "sync.WaitGroup.Wait",
               {"sync.(*WaitGroup).Wait(0xc000010040)@waitgroup.go:118", "main.all()@a.go:20"},
               kServe, 1);
      dump.add(id + 1, "chan send", {"main.all.func1()@a.go:14"}, "main.all@a.go:12", id);
    }
    e.add(dump, static_cast<int64_t>(look));
  }
  Diagnosis d = e.diagnose();
  // The members are the cause, their waiter the victim, though it is as many.
  EXPECT_EQ(e.place(d.groups[0]), "main.all.func1:14");
  EXPECT_EQ(e.place(d.groups[1]), "main.all:20");
  EXPECT_EQ(d.groups[1].mechanism, Mechanism::kWaitGroupNeverDone);
  const Edge* to = edge(d, GroupId(1));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kWaker);
  EXPECT_EQ(to->known, Known::kCreator);
  EXPECT_EQ(to->to, GroupId(0));
  EXPECT_EQ(to->count, 60u);
}

TEST(WaitsFor, TheOtherEndOfAChannel) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, "chan send", {"main.produce(0xc000020060)@c.go:9"}, "main.main@m.go:3", 1);
  dump.add(11, "select", {"main.consume(0x5f3020, 0xc000030000, 0xc000020060)@c.go:19"},
           "main.main@m.go:4", 1);
  // Shares the context with the consumer, and is no end of anything.
  dump.add(12, "chan receive", {"main.other(0x5f3020, 0xc000030000)@c.go:29"}, "main.main@m.go:5",
           1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "main.produce:9"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kWaker);
  EXPECT_EQ(to->to, e.id_of(d, "main.consume:19"));
  EXPECT_EQ(to->object, 0xc000020060u);
  EXPECT_EQ(edge(d, e.id_of(d, "main.other:29")), nullptr);
}

TEST(WaitsFor, ThreeLocksInARing) {
  TestEvidence e;
  DumpText dump;
  const char* objects[] = {"0xc000010000", "0xc000020000", "0xc000030000"};
  const char* locks[] = {"0xc000010008", "0xc000020008", "0xc000030008"};
  for (int i = 0; i < 3; i++) {
    int next = (i + 1) % 3;
    dump.add(10 + static_cast<uint64_t>(i), kLock,
             locking(locks[next], {"main.(*philosopher).eat(" + std::string(objects[i]) + ", " +
                                   objects[next] + ")@p.go:12"}),
             kServe, 1);
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.cycles.size(), 1u);
  EXPECT_EQ(d.cycles[0].edges.size(), 3u);
  EXPECT_EQ(d.verdict, Verdict::kLeak);
}

TEST(WaitsFor, LongWaitsForLocksAreSuspicious) {
  TestEvidence e;
  DumpText dump;
  dump.add(20, std::string(kLock) + ", 45 minutes",
           locking("0xc000010018", {"main.(*hub).publish(0xc000010000)@hub.go:31"}), kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].strength, Strength::kOldAndMany);
}

}  // namespace
}  // namespace unpark::diagnose
