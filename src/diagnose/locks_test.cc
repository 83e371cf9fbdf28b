// Who holds a lock, where it takes more than the line to tell.
#include <gtest/gtest.h>

#include "diagnose/waits_test_case.h"

namespace unpark::diagnose {
namespace {

// Who has gone past the line may have let go of the lock and ask for it again, while somebody in
// another method of the object has it.
TEST(Locks, NoRelockWhileSomebodyElseMayHoldTheLock) {
  auto dump = [](const std::string& held) {
    DumpText out;
    out.add(10, kLock,
            locking("0xc000010008", {"main.(*store).size(0xc000010000)@s.go:30",
                                     "main.(*store).add(0xc000010000)@s.go:15"}),
            kServe, 1);
    out.add(11, kLock, locking("0xc000010008", {"main.(*store).add(0xc000010000)@s.go:13"}), kServe,
            1);
    out.add(12, "IO wait",
            {"internal/poll.runtime_pollWait(0x7f00, 0x72)@netpoll.go:343",
             "net.(*conn).Read(0xc000020000, {0xc000030000, 0x10, 0x10})@net.go:179", held},
            kServe, 1);
    return out;
  };
  for (std::string held : {"main.(*store).load(0xc000010000)@s.go:50",
                           "main.(*store).load(...)@s.go:50", "main.(*store).load(0x1?)@s.go:50"}) {
    TestEvidence e;
    e.add(dump(held), 0).add(dump(held), 10);
    Diagnosis d = e.diagnose();
    EXPECT_NE(d.verdict, Verdict::kLeak) << held;
    EXPECT_TRUE(d.cycles.empty()) << held;
    EXPECT_EQ(edge(d, e.id_of(d, "main.(*store).size:30"))->role, Edge::kNotShown) << held;
  }
  // On another object it holds another lock.
  TestEvidence e;
  e.add(dump("main.(*store).load(0xc000990000)@s.go:50"), 0);
  e.add(dump("main.(*store).load(0xc000990000)@s.go:50"), 10);
  EXPECT_EQ(e.diagnose().verdict, Verdict::kLeak);
}

// One look in which somebody near the locks runs: a crowd looks like a circle.
TEST(Locks, ACrowdIsNoCircle) {
  TestEvidence e;
  e.add(two_orders({"main.(*journal).write(0xc000090000)@j.go:7"}));
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  EXPECT_TRUE(d.cycles.empty());
  // Those who still stand there later are stuck.
  TestEvidence twice;
  twice.add(two_orders({"main.(*journal).write(0xc000090000)@j.go:7"}), 0);
  twice.add(two_orders({"main.(*journal).write(0xc000090000)@j.go:7"}), 10);
  EXPECT_EQ(twice.diagnose().verdict, Verdict::kLeak);
}

// Who writes the dump runs, and is as a rule in the package; it holds a lock only where it could
// have been given one.
TEST(Locks, WhoPrintsTheDumpHoldsNothing) {
  DumpText aside;
  aside.add(1, "running", {"main.dump()@main.go:62", "main.main()@main.go:81"});
  TestEvidence e;
  e.add(aside.text() + two_orders().text());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(d.cycles.size(), 1u);
  for (const char* frame : {"main.(*ledger).dump(0xc000010000)@l.go:90",
                            "main.(*ledger).transfer(0xc000010000)@l.go:30"}) {
    DumpText inside;
    inside.add(1, "running", {frame, "main.main()@main.go:81"});
    TestEvidence f;
    f.add(inside.text() + two_orders().text());
    EXPECT_TRUE(f.diagnose().cycles.empty()) << frame;
  }
}

// So does a goroutine that waits at a channel, elsewhere in the package.
TEST(Locks, WhoWaitsAtAChannelElsewhereHoldsNothing) {
  auto beside = [](const char* frame, const char* state) {
    DumpText other;
    other.add(7, state, {frame}, "main.serve@main.go:5", 1);
    TestEvidence e;
    e.add(other.text() + two_orders().text());
    return e.diagnose().cycles.size();
  };
  EXPECT_EQ(beside("main.price.func1()@main.go:22", "chan send"), 1u);
  EXPECT_EQ(beside("main.(*queue).put(0xc000770000)@q.go:9", "chan send"), 1u);
  EXPECT_EQ(beside("main.price.func1()@main.go:22", "sleep"), 0u);
  EXPECT_EQ(beside("main.(*queue).put(0xc000770000, 0xc000010000)@q.go:9", "chan send"), 0u);
  EXPECT_EQ(beside("main.(*ledger).flush(...)@l.go:70", "chan send"), 0u);
  EXPECT_EQ(beside("main.(*ledger).statement(...)@l.go:44", "chan receive"), 0u);
}

TEST(Locks, RelockAmongOthersWhoWait) {
  auto dump = [] {
    DumpText out;
    out.add(10, kLock,
            locking("0xc000010008", {"main.(*store).size(0x1?)@s.go:30",
                                     "main.(*store).add(0xc000010000)@s.go:15"}),
            kServe, 1);
    for (uint64_t id = 20; id < 30; id++) {
      out.add(id, kLock, locking("0xc000010008", {"main.(*store).size(0xc000010000)@s.go:30"}),
              kServe, 1);
    }
    return out;
  };
  TestEvidence e;
  e.add(dump(), 0).add(dump(), 10);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kRelock);
  ASSERT_EQ(d.cycles.size(), 1u);
  EXPECT_EQ(d.edges[d.cycles[0].edges[0]].from_goroutine, 10u);
  EXPECT_EQ(d.edges[d.cycles[0].edges[0]].role, Edge::kSelf);
}

std::vector<std::string> in_once(std::vector<std::string> outer) {
  return locking("0xc000010004", [&] {
    std::vector<std::string> frames = {"sync.(*Once).doSlow(0x1?, 0x2?)@once.go:74",
                                       "sync.(*Once).Do(...)@once.go:65"};
    frames.insert(frames.end(), outer.begin(), outer.end());
    return frames;
  }());
}

// The lock of a Once is held by the goroutine inside the Once's function, and by nobody else.
TEST(Locks, OnceThatRunsItself) {
  const std::vector<std::string> again = {
      "main.(*lazy).get(...)@l.go:33", "main.(*lazy).load(0xc000010000)@l.go:43",
      "sync.(*Once).doSlow(0x1?, 0x2?)@once.go:78", "sync.(*Once).Do(...)@once.go:69",
      "main.(*lazy).get(...)@l.go:33"};
  TestEvidence e;
  DumpText dump;
  dump.add(10, kLock, in_once(again), kServe, 1);
  dump.add(11, kLock, in_once({"main.(*lazy).get(...)@l.go:33"}), kServe, 1);
  dump.add(12, "running", {"main.(*other).work(0xc000070000)@o.go:3"}, kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLeak);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kRelock);
  ASSERT_EQ(d.cycles.size(), 1u);
  EXPECT_EQ(d.edges[d.cycles[0].edges[0]].from_goroutine, 10u);
  // Two Onces may each run: which is waited for is not shown.
  dump.add(13, "IO wait",
           {"internal/poll.runtime_pollWait(0x7f00, 0x72)@netpoll.go:343",
            "main.(*lazy).load(0xc000090000)@l.go:44", "sync.(*Once).doSlow(0x1?, 0x2?)@once.go:78",
            "sync.(*Once).Do(...)@once.go:69", "main.(*lazy).get(...)@l.go:33"},
           kServe, 1);
  TestEvidence two;
  two.add(dump);
  d = two.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  EXPECT_TRUE(d.cycles.empty());
}

TEST(Locks, OnceThatHangs) {
  auto dump = [] {
    DumpText out;
    for (uint64_t id = 20; id < 40; id++) {
      out.add(id, kLock, in_once({"main.(*lazy).get(...)@l.go:33"}), kServe, 1);
    }
    out.add(
        13, "chan receive",
        {"main.(*lazy).load(0xc000010000)@l.go:44", "sync.(*Once).doSlow(0x1?, 0x2?)@once.go:78",
         "sync.(*Once).Do(...)@once.go:69", "main.(*lazy).get(...)@l.go:33"},
        kServe, 1);
    return out;
  };
  TestEvidence e;
  e.add(dump(), 0).add(dump(), 10);
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "main.(*lazy).get:33"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kHolder);
  EXPECT_EQ(to->to_goroutine, 13u);
  EXPECT_EQ(e.at(d, "main.(*lazy).get:33")->mechanism, Mechanism::kLockHeldByBlocked);
}

// Up to Go 1.19 a reader prints no lock, and the word before it is a rest of something else.
std::vector<std::string> reading(const std::string& word, std::vector<std::string> callers) {
  std::vector<std::string> out = {
      "sync.runtime_SemacquireMutex(" + word + "?, 0x17?, 0x1?)@sema.go:77",
      "sync.(*RWMutex).RLock(...)@rwmutex.go:71"};
  out.insert(out.end(), callers.begin(), callers.end());
  return out;
}

TEST(Locks, ARestOfSomethingElseIsNoLock) {
  TestEvidence e;
  DumpText dump;
  dump.add(10, "semacquire", reading("0xc000184e70", {"main.(*table).read(0xc00007d380?)@t.go:62"}),
           kServe, 1);
  dump.add(11, "chan receive", {"main.(*job).wait(0xc000184e00)@j.go:9"}, kServe, 1);
  e.add(dump);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kNotShown);
  EXPECT_EQ(d.edges[0].object, 0u);
}

// What may be stale is believed where another goroutine is in a method of that type on that object.
TEST(Locks, AStaleReceiverThatOthersShow) {
  for (std::string object : {"0xc00007d380", "0xc000555000"}) {
    TestEvidence e;
    DumpText dump;
    dump.add(10, "semacquire",
             reading("0xc00007d594", {"main.(*table).read(0xc00007d380?)@t.go:62"}), kServe, 1);
    dump.add(11, "chan send", {"main.(*table).put(" + object + ", 0x1)@t.go:57"}, kServe, 1);
    e.add(dump);
    Diagnosis d = e.diagnose();
    const Edge* to = edge(d, e.id_of(d, "main.(*table).read:62"));
    ASSERT_NE(to, nullptr);
    if (object == "0xc000555000") {
      EXPECT_EQ(to->role, Edge::kNotShown);
      continue;
    }
    EXPECT_EQ(to->role, Edge::kHolder);
    EXPECT_EQ(to->to_goroutine, 11u);
    EXPECT_EQ(to->known, Known::kStale);
  }
}

// Of many objects of one type, each has its own holder.
TEST(Locks, EachOfManyObjectsHasItsHolder) {
  constexpr uint64_t kObjects = 200;
  TestEvidence e;
  DumpText dump;
  for (uint64_t i = 0; i < kObjects; i++) {
    std::string object = "0xc000" + std::to_string(100 + i) + "000";
    dump.add(1000 + i, "chan send", {"main.(*shard).put(" + object + ", 0x1)@s.go:57"}, kServe, 1);
    for (uint64_t w = 0; w < 3; w++) {
      dump.add(2000 + i * 3 + w, kLock,
               locking(object, {"main.(*shard).put(" + object + ", 0x1)@s.go:53"}), kServe, 1);
    }
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kHolder);
  EXPECT_EQ(d.edges[0].to, e.id_of(d, "main.(*shard).put:57"));
  EXPECT_EQ(d.edges[0].count, 3 * kObjects);
  EXPECT_EQ(e.at(d, "main.(*shard).put:53")->mechanism, Mechanism::kLockHeldByBlocked);
}

}  // namespace
}  // namespace unpark::diagnose
