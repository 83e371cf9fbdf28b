// Which mechanism is named, where several look alike.
#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

const char* const kAccepts = "net/http.(*Server).Serve@server.go:3086";

std::vector<std::string> in_handler(const std::string& frame) {
  return {frame, "net/http.HandlerFunc.ServeHTTP(0xc000009000)@server.go:2136",
          "net/http.(*conn).serve(0xc000001000)@server.go:1900"};
}

// Two looks of `state` in `frames`, many more in the second.
Diagnosis growing(TestEvidence& e, const std::string& state, const std::vector<std::string>& frames,
                  const std::string& creator, uint64_t creator_id) {
  for (int64_t look = 0; look < 2; look++) {
    DumpText dump;
    for (uint64_t i = 0; i < (look == 0 ? 30u : 120u); i++) {
      dump.add(100 + 3 * i, state, frames, creator, creator_id == 0 ? 5000 + i : creator_id);
    }
    e.add(dump, look * 10);
  }
  return e.diagnose();
}

// Nobody has left the handler behind: it is the one who waits.
TEST(Classify, HandlersThatSendOrReceive) {
  TestEvidence sends, receives, selects;
  Diagnosis d = growing(sends, "chan send", in_handler("main.acquire()@a.go:7"), kAccepts, 1);
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kChannelNotDrained);
  d = growing(receives, "chan receive", in_handler("main.await()@a.go:9"), kAccepts, 1);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kOrphanReceive);
  d = growing(selects, "select", in_handler("main.poll()@a.go:9"), kAccepts, 1);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kSelectForever);
}

TEST(Classify, EndsOfPipes) {
  for (std::string end : {"io.(*pipe).write", "io.(*pipe).read", "net.(*pipe).write"}) {
    TestEvidence e;
    Diagnosis d = growing(e, "select",
                          {end + "(0xc000011000, {0xc000012000, 0x10, 0x10})@pipe.go:86",
                           "main.export.func1()@x.go:12"},
                          "main.export@x.go:10", 0);
    EXPECT_EQ(d.groups[0].mechanism, Mechanism::kPipeAbandoned) << end;
    EXPECT_EQ(e.place(d.groups[0]), "main.export.func1:12");
  }
}

// Only a profile shows whether values are received in a loop, or one word is waited for.
TEST(Classify, LoopsOverChannelsByAProfileBeside) {
  for (std::string receive : {"runtime.chanrecv1", "runtime.chanrecv2"}) {
    TestEvidence e;
    evidence::Snapshot& s = e.snapshot(evidence::SnapshotKind::kGoroutineProfile, 10);
    evidence::Goroutine g;
    g.stack = e.stack({"runtime.gopark@proc.go:1", "runtime.chanrecv@chan.go:640",
                       receive + "@chan.go:500", "main.follow@f.go:9"});
    g.count = 120;
    s.goroutines.push_back(g);
    Diagnosis d =
        growing(e, "chan receive", {"main.follow(0xc000011000)@f.go:9"}, "main.serve@s.go:4", 0);
    EXPECT_EQ(d.groups[0].mechanism, receive == "runtime.chanrecv2" ? Mechanism::kOrphanReceive
                                                                    : Mechanism::kNeverCancelled);
  }
}

// One connection serves one request after the other: each starts its senders in a row.
TEST(Classify, SendersInRowsOfOneConnection) {
  auto dump = [](uint64_t step) {
    DumpText out;
    out.add(5, "IO wait", in_handler("main.idle()@i.go:2"), kAccepts, 1);
    for (uint64_t request = 0; request < 30; request++) {
      for (uint64_t i = 0; i < 3; i++) {
        out.add(100 + request * 20 + i * step, "chan send", {"main.all.func1()@a.go:9"},
                "main.all@a.go:7", 5);
      }
    }
    return out;
  };
  TestEvidence rows, alone;
  rows.add(dump(1));
  alone.add(dump(2));
  Diagnosis d = rows.diagnose();
  EXPECT_EQ(rows.at(d, "main.all.func1:9")->mechanism, Mechanism::kFanInShortfall);
  d = alone.diagnose();
  EXPECT_EQ(alone.at(d, "main.all.func1:9")->mechanism, Mechanism::kAbandonedSender);
}

// Each request that is under way has a connection, which is not idle.
DumpText requests(uint64_t under_way, uint64_t connections) {
  DumpText out;
  for (uint64_t i = 0; i < connections; i++) {
    out.add(1000 + 10 * i, "IO wait",
            {"internal/poll.runtime_pollWait(0x7f00, 0x72)@netpoll.go:343",
             "net.(*conn).Read(0xc000020000, {0xc000030000, 0x10, 0x10})@net.go:179",
             "net/http.(*persistConn).Read(0xc000040000)@transport.go:1954",
             "net/http.(*persistConn).readLoop(0xc000040000)@transport.go:2205"},
            "net/http.(*Transport).dialConn@transport.go:1777", 2000 + i);
    out.add(1001 + 10 * i, "select",
            {"net/http.(*persistConn).writeLoop(0xc000040000)@transport.go:2498"},
            "net/http.(*Transport).dialConn@transport.go:1778", 2000 + i);
  }
  for (uint64_t i = 0; i < under_way; i++) {
    out.add(1002 + 10 * i, "select",
            {"net/http.(*persistConn).roundTrip(0xc000040000, 0xc000050000)@transport.go:2654",
             "net/http.(*Client).do(0xc000060000, 0xc000070000)@client.go:730",
             "main.notify(0xc000080000)@n.go:12"},
            "main.order@o.go:7", 7);
  }
  return out;
}

TEST(Classify, ConnectionsOfRequestsUnderWayAreNotIdle) {
  TestEvidence busy, idle;
  busy.add(requests(40, 40), 0).add(requests(200, 200), 10);
  Diagnosis d = busy.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  for (const Group& g : d.groups) EXPECT_NE(g.mechanism, Mechanism::kTransportPerCall);
  idle.add(requests(4, 40), 0).add(requests(4, 200), 10);
  d = idle.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kTransportPerCall);
}

// Requests of which none is answered in a minute have no deadline that anybody notices.
TEST(Classify, RequestsThatNobodyAnswers) {
  TestEvidence e;
  e.add(requests(40, 40), 0).add(requests(200, 200), 60);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(e.place(d.groups[0]), "main.notify:12");
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kSlowOutside);
  // Some have ended: it is load.
  DumpText later = requests(200, 200);
  std::string text = later.text();
  for (uint64_t i = 0; i < 8; i++) {
    std::string id = "goroutine " + std::to_string(1002 + 10 * i) + " ";
    size_t at = text.find(id);
    text.replace(at, id.size(), "goroutine " + std::to_string(90000 + i) + " ");
  }
  TestEvidence load;
  load.add(requests(40, 40), 0).add(text, 60);
  EXPECT_EQ(load.diagnose().verdict, Verdict::kNoLeakFound);
}

// Tickers wake goroutines again and again: who is ready to run where it has waited is no other
// goroutine, and has not ended.
TEST(Classify, GoroutinesThatWereJustWoken) {
  auto dump = [](uint64_t count, uint64_t woken) {
    DumpText out;
    for (uint64_t i = 0; i < count; i++) {
      out.add(100 + 3 * i, i < woken ? "runnable" : "select",
              {"main.(*s).run(0xc000010000)@s.go:9"}, "main.open@o.go:7", 5000 + i);
    }
    out.add(9999, "runnable", {"main.(*s).run(0xc000010000)@s.go:14"}, "main.open@o.go:7", 7);
    return out;
  };
  TestEvidence e;
  e.add(dump(40, 0), 0).add(dump(120, 70), 10);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(d.groups[0].count, 120u);
  ASSERT_EQ(d.groups[0].states.size(), 2u);
  EXPECT_EQ(d.groups[0].states[0].first, "select");
  EXPECT_EQ(d.groups[0].reason, evidence::WaitReason::kSelect);
  // At another line it works.
  EXPECT_EQ(e.at(d, "main.(*s).run:14")->count, 1u);
}

// All finalizers run one after the other in one goroutine.
TEST(Classify, AFinalizerThatWaits) {
  auto diagnose = [](const std::string& state) {
    TestEvidence e;
    DumpText dump;
    dump.add(5, state, {"main.open.func1(0x1?)@o.go:9", "runtime.runFinalizers()@mfinal.go:272"},
             "runtime.createfing@mfinal.go:163", 1);
    e.add(dump);
    return e.diagnose();
  };
  Diagnosis d = diagnose("chan send, 15 minutes");
  EXPECT_EQ(d.verdict, Verdict::kSuspicious);
  EXPECT_EQ(d.groups[0].mechanism, Mechanism::kFinalizerBlocked);
  EXPECT_EQ(diagnose("chan send").verdict, Verdict::kNoLeakFound);
  EXPECT_EQ(diagnose("finalizer wait, 15 minutes").verdict, Verdict::kNoLeakFound);
}

}  // namespace
}  // namespace unpark::diagnose
