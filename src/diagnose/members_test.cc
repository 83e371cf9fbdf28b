// Whose end a wait group waits for.
#include <gtest/gtest.h>

#include "diagnose/waits_test_case.h"

namespace unpark::diagnose {
namespace {

// The server's own goroutine beside a handler finishes no member of the handler's wait group, and
// neither do handlers of other requests.
TEST(Members, MembersAreNotWhatTheLibraryStarts) {
  TestEvidence e;
  DumpText dump;
  for (uint64_t id = 20; id < 23; id++) {
    dump.add(id, kWaits,
             waiting("0xc000010000", {"main.report(0x1?)@r.go:30",
                                      "net/http.(*conn).serve(0xc000080000)@server.go:2067"}),
             kServe, 1);
    dump.add(id + 20, "IO wait", {"net/http.(*connReader).backgroundRead(0xc0)@server.go:702"},
             "net/http.(*connReader).startBackgroundRead@server.go:698", id);
    dump.add(id + 40, "select", {"main.list(0x1?)@l.go:30"}, kServe, 1);
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kNotShown);
  EXPECT_EQ(d.edges[0].count, 3u);
}

// Those it started in a function that it is still in go before those of a function that is over.
TEST(Members, MembersOfTheFunctionThatWaits) {
  TestEvidence e;
  DumpText dump;
  dump.add(20, kWaits, waiting("0x1?", {"main.report(0x1?)@r.go:30"}), kServe, 1);
  dump.add(21, "chan receive", {"main.report.func1()@r.go:25"}, "main.report@r.go:24", 20);
  dump.add(22, "select", {"main.keepAlive()@k.go:9"}, "main.open@k.go:5", 20);
  e.add(dump);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].role, Edge::kWaker);
  EXPECT_EQ(d.edges[0].to_goroutine, 21u);
  EXPECT_EQ(d.edges[0].known, Known::kCreator);
}

TEST(Members, MembersThatWereGivenTheGroup) {
  TestEvidence e;
  DumpText dump;
  dump.add(20, kWaits, waiting("0xc000010000", {"main.report(0x1?)@r.go:30"}), kServe, 1);
  dump.add(21, "chan send", {"main.part(0x3, 0xc000010000)@p.go:9"}, "main.startAll@r.go:14", 7);
  // A method of the object that begins with the group says nothing of membership.
  dump.add(22, "select", {"main.(*group).watch(0xc000010000)@w.go:9"}, "main.open@k.go:5", 7);
  e.add(dump);
  Diagnosis d = e.diagnose();
  ASSERT_EQ(d.edges.size(), 1u);
  EXPECT_EQ(d.edges[0].to_goroutine, 21u);
  EXPECT_EQ(d.edges[0].known, Known::kAddress);
}

// All wait for the one call that is under way: it is the one to show first.
TEST(Members, TheCallOfASingleflight) {
  const std::string flight = "golang.org/x/sync/singleflight.(*Group).";
  auto dump = [&](uint64_t end) {
    DumpText out;
    out.add(10, "chan receive",
            {"main.fetch()@f.go:12", flight + "doCall.func2(0x3, 0xc000033000, 0x1?)@sf.go:189",
             flight + "doCall(0x1?, 0x2?)@sf.go:191",
             flight + "Do(0xc000020000, {0x7e58ca, 0x5}, 0x3)@sf.go:104", "main.get(0x1?)@g.go:7"},
            kServe, 1);
    for (uint64_t id = 20; id < end; id++) {
      out.add(id, kWaits,
              waiting("0xc000033000", {flight + "Do(0xc000020000, {0x7e58ca, 0x5}, 0x3)@sf.go:90",
                                       "main.get(0x1?)@g.go:7"}),
              kServe, 1);
    }
    return out;
  };
  TestEvidence e;
  e.add(dump(60), 0).add(dump(120), 10);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "main.fetch:12");
  const Edge* to = edge(d, e.id_of(d, "main.get:7"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->to_goroutine, 10u);
  EXPECT_LE(to->known, Known::kField);
}

// Profiles have no creators; the name of a literal says in which function it stands.
TEST(Members, MembersInProfilesByTheirNames) {
  TestEvidence e;
  for (int64_t look = 0; look < 2; look++) {
    evidence::Snapshot& s = e.snapshot(evidence::SnapshotKind::kGoroutineProfile, look * 10);
    auto add = [&](uint32_t count, const std::vector<std::string>& frames) {
      evidence::Goroutine g;
      g.stack = e.stack(frames);
      g.count = count;
      s.goroutines.push_back(g);
    };
    uint32_t n = look == 0 ? 20 : 200;
    add(n, {"runtime.gopark@proc.go:1", "runtime.semacquire1@sema.go:1",
            "sync.runtime_SemacquireWaitGroup@sema.go:1", "sync.(*WaitGroup).Wait@wg.go:1",
            "main.report@r.go:30", "net/http.(*conn).serve@server.go:2067"});
    add(n, {"runtime.gopark@proc.go:1", "runtime.chanrecv@chan.go:600",
            "runtime.chanrecv2@chan.go:500", "main.report.func1@r.go:25"});
    add(n / 4, {"runtime.gopark@proc.go:1", "runtime.chanrecv@chan.go:600",
                "runtime.chanrecv2@chan.go:500", "main.report.func2@r.go:27"});
    add(n, {"runtime.gopark@proc.go:1", "runtime.chanrecv@chan.go:600",
            "runtime.chanrecv2@chan.go:500", "main.reporter@r.go:55"});
  }
  Diagnosis d = e.diagnose();
  const Edge* to = edge(d, e.id_of(d, "main.report:30"));
  ASSERT_NE(to, nullptr);
  EXPECT_EQ(to->role, Edge::kWaker);
  EXPECT_EQ(to->to, e.id_of(d, "main.report.func1:25"));
  EXPECT_EQ(to->known, Known::kFrames);
  size_t edges = 0;
  for (const Edge& x : d.edges) edges += x.from == to->from;
  EXPECT_EQ(edges, 1u);
  EXPECT_LT(to->to.raw, to->from.raw);
}

}  // namespace
}  // namespace unpark::diagnose
