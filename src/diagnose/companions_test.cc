// More goroutines because there is more to do are no leak, and leaks under the same load still are.
#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

const std::vector<std::string> kRead = {
    "internal/poll.runtime_pollWait(0x7f00, 0x72)@netpoll.go:343",
    "net.(*conn).Read(0xc000100000)@net.go:179", "bus.(*conn).readLoop(0xc000200000)@bus.go:30",
    "bus.(*server).spawn.func1()@bus.go:12"};
const std::vector<std::string> kWrite = {"sync.(*Cond).Wait(0xc000300000)@cond.go:70",
                                         "bus.(*conn).writeLoop(0xc000200000)@bus.go:50",
                                         "bus.(*server).spawn.func1()@bus.go:12"};
const std::vector<std::string> kGrpcServe = {
    "google.golang.org/grpc.(*Server).handleStream(0xc000001000)@server.go:1800",
    "google.golang.org/grpc.(*Server).serveStreams.func2.1()@server.go:1030"};

template <typename Fill>
Diagnosis looks(size_t many, TestEvidence& e, Fill fill) {
  for (size_t i = 0; i < many; i++) {
    DumpText dump;
    dump.add(1, "chan receive", {"main.main()@main.go:9"});
    fill(dump, i);
    e.add(dump, static_cast<int64_t>(i) * 10);
  }
  return e.diagnose();
}

std::vector<std::string> below(std::vector<std::string> frames,
                               const std::vector<std::string>& outer) {
  frames.insert(frames.end(), outer.begin(), outer.end());
  return frames;
}

// Two goroutines for each connection; at times some of the readers are about to run.
void add_connections(DumpText& dump, size_t count, size_t ready) {
  for (size_t i = 0; i < count; i++) {
    uint64_t id = 100 + 10 * i;
    dump.add(id, i < ready ? "runnable" : "IO wait", kRead, "bus.(*server).spawn@bus.go:11", 5);
    dump.add(id + 1, "sync.Cond.Wait", kWrite, "bus.(*server).spawn@bus.go:11", 5);
  }
}

TEST(Companions, WritersOfMoreAndMoreConnections) {
  TestEvidence e;
  Diagnosis d = looks(6, e, [](DumpText& dump, size_t i) {
    add_connections(dump, 20 + 12 * i, i % 2 == 1 ? 15 + 5 * i : 0);
  });
  const Group* g = e.at(d, "bus.(*conn).writeLoop:50");
  ASSERT_NE(g, nullptr);
  EXPECT_TRUE(g->growth.significant);
  EXPECT_EQ(g->strength, Strength::kNoticed);
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
}

TEST(Companions, WritersThatOutliveTheirConnections) {
  TestEvidence e;
  Diagnosis d = looks(6, e, [](DumpText& dump, size_t i) {
    add_connections(dump, 20, 0);
    for (size_t k = 0; k < 8 * i; k++) {
      dump.add(1001 + 10 * k, "sync.Cond.Wait", kWrite, "bus.(*server).spawn@bus.go:11", 5);
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "bus.(*conn).writeLoop:50");
}

// What accumulates while the load rises grows faster than the load.
TEST(Companions, ALeakUnderRisingLoad) {
  TestEvidence e;
  Diagnosis d = looks(6, e, [](DumpText& dump, size_t i) {
    add_connections(dump, 20 + 12 * i, 0);
    for (size_t k = 0; k < 6 * i * i; k++) {
      dump.add(1001 + 10 * k, "chan send", {"bus.(*conn).notify.func1()@bus.go:80"},
               "bus.(*conn).notify@bus.go:79", 100 + 10 * (k % 20));
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "bus.(*conn).notify.func1:80");
}

// A helper for each session, and sessions that multiply while each of them goes on.
TEST(Companions, OneForEachThatStartedIt) {
  auto fill = [](DumpText& dump, size_t i, bool alive) {
    for (size_t k = 0; k < 20 + 10 * i; k++) {
      uint64_t id = 100 + 10 * k;
      bool sleeps = k % 3 == i % 3;
      if (alive) {
        dump.add(id, sleeps ? "sleep" : "IO wait", {"main.session()@s.go:5"}, "main.main@main.go:7",
                 1);
      }
      dump.add(id + 1, "select", {"lib.open.func1()@lib.go:21"}, "lib.open@lib.go:20", id);
    }
  };
  TestEvidence e;
  Diagnosis d = looks(6, e, [&](DumpText& dump, size_t i) { fill(dump, i, true); });
  EXPECT_EQ(e.at(d, "lib.open.func1:21")->strength, Strength::kNoticed);
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  TestEvidence left;
  d = looks(6, left, [&](DumpText& dump, size_t i) { fill(dump, i, false); });
  EXPECT_EQ(left.at(d, "lib.open.func1:21")->strength, Strength::kGrowing);
}

// Those who started them are stuck themselves: then both are told.
TEST(Companions, OneForEachThatIsStuck) {
  TestEvidence e;
  Diagnosis d = looks(6, e, [](DumpText& dump, size_t i) {
    for (size_t k = 0; k < 20 + 10 * i; k++) {
      uint64_t id = 100 + 10 * k;
      dump.add(id, "chan receive", {"main.gather()@g.go:5"}, "main.ask@g.go:3", 90 - k % 50);
      dump.add(id + 1, "select", {"main.gather.func1()@g.go:21"}, "main.gather@g.go:20", id);
    }
  });
  EXPECT_EQ(e.at(d, "main.gather.func1:21")->strength, Strength::kGrowing);
  EXPECT_EQ(e.at(d, "main.gather:5")->strength, Strength::kGrowing);
}

// Streams share a connection: nothing in sight reads for one of them.
TEST(Companions, StreamsOfARemoteProcedureCall) {
  auto grow = [](const std::string& handler, TestEvidence& e) {
    return looks(6, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 20 + 12 * i; k++) {
        dump.add(100 + k, "select", below({"main.(*api).Watch()@api.go:40", handler}, kGrpcServe),
                 "google.golang.org/grpc.(*Server).serveStreams.func2@server.go:1041", 30 + k % 4);
      }
    });
  };
  TestEvidence stream, unary;
  EXPECT_EQ(
      grow("google.golang.org/grpc.(*Server).processStreamingRPC(0xc000001000)@server.go:1600",
           stream)
          .verdict,
      Verdict::kNoLeakFound);
  EXPECT_EQ(
      grow("google.golang.org/grpc.(*Server).processUnaryRPC(0xc000001000)@server.go:1300", unary)
          .verdict,
      Verdict::kLikelyLeak);
}

TEST(Companions, ManyStreamsInOneLook) {
  TestEvidence e;
  DumpText dump;
  for (size_t k = 0; k < 300; k++) {
    dump.add(
        1000 + k, "select",
        {"google.golang.org/grpc/internal/transport.(*recvBufferReader).readClient()@t.go:270",
         "google.golang.org/grpc.(*clientStream).RecvMsg()@stream.go:880", "main.follow()@f.go:7"},
        "main.handle@f.go:3", 100 + k);
  }
  e.add(dump);
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
}

const std::vector<std::string> kConn = {"net/http.serverHandler.ServeHTTP()@server.go:3200",
                                        "net/http.(*conn).serve(0xc000001000)@server.go:2000"};
const std::vector<std::string> kIdle = {"net.(*conn).Read(0xc000001000)@net.go:179",
                                        "bufio.(*Reader).Peek(0xc000001000)@bufio.go:148",
                                        "net/http.(*conn).serve(0xc000001000)@server.go:2100"};
const std::string kByServer = "net/http.(*Server).Serve@server.go:3400";

// Handlers that wait until the client goes, and clients that stay, or are gone.
Diagnosis parked(bool connected, TestEvidence& e) {
  return looks(6, e, [&](DumpText& dump, size_t i) {
    for (size_t k = 0; k < 20 + 8 * i; k++) {
      uint64_t id = 100 + 10 * k;
      dump.add(id, "chan receive", below({"main.follow()@f.go:40"}, kConn), kByServer, 5);
      if (!connected) continue;
      dump.add(id + 1, "IO wait", {"net/http.(*connReader).backgroundRead(0xc00001)@server.go:690"},
               "net/http.(*connReader).startBackgroundRead@server.go:686", id);
    }
  });
}

TEST(Companions, RequestsWhoseClientsStay) {
  TestEvidence stay, gone;
  EXPECT_EQ(parked(true, stay).verdict, Verdict::kNoLeakFound);
  EXPECT_EQ(parked(false, gone).verdict, Verdict::kLikelyLeak);
}

// Each connection has a subscription of its own, while it serves; what is there when the connection
// is at rest again was left behind, though one for each.
TEST(Companions, BornWithWhoStartedIt) {
  auto grow = [](bool serving, TestEvidence& e) {
    return looks(6, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 10; k++) dump.add(10 + k, "IO wait", kIdle, kByServer, 5);
      for (size_t k = 0; k < 8 + 6 * i; k++) {
        uint64_t id = 100 + 10 * k;
        dump.add(id, "IO wait", serving ? below({"main.follow()@f.go:41"}, kConn) : kIdle,
                 kByServer, 5);
        dump.add(id + 3, "chan receive", {"hub.pump()@h.go:9"}, "hub.subscribe@h.go:8", id);
      }
    });
  };
  TestEvidence serving, idle;
  EXPECT_EQ(grow(true, serving).verdict, Verdict::kNoLeakFound);
  Diagnosis d = grow(false, idle);
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(idle.place(d.groups[0]), "hub.pump:9");
}

// They came later than those who started them: one now, more to come.
TEST(Companions, BornLater) {
  TestEvidence e;
  Diagnosis d = looks(6, e, [&](DumpText& dump, size_t i) {
    for (size_t k = 0; k < 200; k++) {
      dump.add(100 + k, "IO wait", {"bus.(*conn).read()@b.go:3"}, "bus.accept@b.go:2", 5);
      if (k >= 10 + 10 * i) continue;
      dump.add(1000 + k, "select", {"bus.(*conn).ask.func1()@b.go:9"}, "bus.(*conn).ask@b.go:8",
               100 + k);
    }
  });
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(e.place(d.groups[0]), "bus.(*conn).ask.func1:9");
}

// A client for each session, which has it open; and one for each call, which has not closed it.
TEST(Companions, ClientsThatAreNotClosed) {
  for (bool session : {true, false}) {
    TestEvidence e;
    Diagnosis d = looks(6, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 10 + 8 * i; k++) {
        uint64_t id = 100 + 10 * k;
        if (session) dump.add(id, "sleep", {"main.session()@s.go:9"}, "main.main@main.go:4", 1);
        dump.add(id + 1, "chan receive",
                 {"google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run()@c.go:114"},
                 "google.golang.org/grpc/internal/grpcsync.NewCallbackSerializer@c.go:57", id);
        dump.add(id + 2, "IO wait",
                 {"google.golang.org/grpc/internal/transport.(*http2Client).reader()@h.go:1600"},
                 "google.golang.org/grpc/internal/transport.NewHTTP2Client@h.go:400", 10'000 + k);
      }
    });
    EXPECT_EQ(d.verdict, session ? Verdict::kNoLeakFound : Verdict::kLikelyLeak);
    if (session) continue;
    EXPECT_EQ(d.groups[0].mechanism, Mechanism::kClientUnclosed);
  }
}

// A transport for each session that goes on, or for each call.
TEST(Companions, TransportsInUse) {
  for (bool session : {true, false}) {
    TestEvidence e;
    Diagnosis d = looks(6, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 12 + 8 * i; k++) {
        uint64_t id = 100 + 10 * k;
        if (session) dump.add(id, "sleep", {"main.session()@s.go:9"}, "main.main@main.go:4", 1);
        dump.add(id + 1, "IO wait", {"net/http.(*persistConn).readLoop(0xc000001000)@t.go:2330"},
                 "net/http.(*Transport).dialConn@t.go:1990", 10'000 + k);
        dump.add(id + 2, "select", {"net/http.(*persistConn).writeLoop(0xc000001000)@t.go:2650"},
                 "net/http.(*Transport).dialConn@t.go:1991", 10'000 + k);
      }
    });
    EXPECT_EQ(d.verdict, session ? Verdict::kNoLeakFound : Verdict::kLikelyLeak);
    if (session) continue;
    EXPECT_EQ(d.groups[0].mechanism, Mechanism::kTransportPerCall);
  }
}

// A pool of one size, of which more are idle from look to look; or that gets stuck.
TEST(Companions, WorkersThatGoToRest) {
  for (const char* state : {"chan receive", "chan send"}) {
    TestEvidence e;
    Diagnosis d = looks(6, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 60; k++) {
        bool here = k < 8 + 8 * i;
        dump.add(100 + 10 * k, here ? state : "sleep",
                 here ? std::vector<std::string>{"main.(*pool).run()@p.go:9"}
                      : std::vector<std::string>{"main.job()@j.go:4", "main.(*pool).run()@p.go:10"},
                 "main.(*pool).submit@p.go:3", 20 + k);
      }
    });
    bool idle = std::string_view(state) == "chan receive";
    EXPECT_TRUE(e.at(d, "main.(*pool).run:9")->growth.significant);
    EXPECT_EQ(d.verdict, idle ? Verdict::kNoLeakFound : Verdict::kLikelyLeak);
  }
}

// Profiles have neither states nor numbers.
TEST(Companions, OfProfiles) {
  const std::vector<std::string> park = {"runtime.gopark@proc.go:398",
                                         "runtime.selectgo@select.go:327"};
  const std::vector<std::string> poll = {"runtime.gopark@proc.go:398",
                                         "runtime.netpollblock@netpoll.go:573",
                                         "internal/poll.runtime_pollWait@netpoll.go:343",
                                         "net.(*conn).Read@net.go:179", "bus.read@bus.go:30"};
  auto add = [&](TestEvidence& e, size_t i, uint32_t read, uint32_t ask) {
    evidence::Snapshot& s =
        e.snapshot(evidence::SnapshotKind::kGoroutineProfile, static_cast<int64_t>(i) * 10);
    auto row = [&](const std::vector<std::string>& frames, uint32_t count) {
      evidence::Goroutine g;
      g.stack = e.stack(frames);
      g.count = count;
      s.goroutines.push_back(g);
    };
    row(poll, read);
    row(below(park, {"bus.ask@bus.go:70"}), ask);
    row(below(park, {"main.main@main.go:9", "runtime.main@proc.go:283"}), 1);
  };
  TestEvidence load, leak, crowd;
  constexpr uint32_t kNoise[] = {2, 0, 3, 1, 4, 2};
  // Readers of which there happen to be many in the end do not explain what grew all the while.
  constexpr uint32_t kCrowd[] = {2, 0, 0, 1, 0, 14};
  for (uint32_t i = 0; i < 6; i++) {
    add(load, i, 10 + 8 * i, 5 + 4 * i + kNoise[i]);
    add(leak, i, 10 + 8 * i, 5 + 2 * i + 3 * i * i);
    add(crowd, i, kCrowd[i], 20 + 40 * i);
  }
  EXPECT_EQ(crowd.diagnose().verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(load.diagnose().verdict, Verdict::kNoLeakFound);
  Diagnosis d = leak.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  EXPECT_EQ(leak.place(d.groups[0]), "bus.ask:70");
}

}  // namespace
}  // namespace unpark::diagnose
