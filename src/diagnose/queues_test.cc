// Who waits in turn: for a connection of a pool, for room in a group, for a semaphore.
#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

std::vector<std::string> below_serve(std::vector<std::string> frames) {
  frames.push_back("net/http.HandlerFunc.ServeHTTP(0xc000009000)@server.go:2136");
  frames.push_back("net/http.(*conn).serve(0xc000001000)@server.go:1900");
  return frames;
}

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

// All connections of a pool are out: those who wait are the same in every look; or are served.
TEST(Queues, AQueueForConnections) {
  for (bool stands : {true, false}) {
    TestEvidence e;
    Diagnosis d = looks(5, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 12; k++) {
        if (!stands && k == i) continue;
        dump.add(100 + k, "select",
                 below_serve(
                     {"database/sql.(*DB).conn(0xc000100000)@sql.go:1400", "main.list()@l.go:9"}),
                 "net/http.(*Server).Serve@server.go:3086", 1);
      }
    });
    EXPECT_EQ(d.verdict, stands ? Verdict::kSuspicious : Verdict::kNoLeakFound);
    EXPECT_EQ(e.at(d, "main.list:9")->mechanism, Mechanism::kConnectionPoolExhausted);
  }
}

// Known by the function they wait in.
TEST(Queues, GroupsAndSemaphoresWithoutRoom) {
  struct {
    const char *state, *waits_in;
    Mechanism mechanism;
  } const cases[] = {
      {"chan send", "golang.org/x/sync/errgroup.(*Group).Go(0xc000100000)@errgroup.go:70",
       Mechanism::kGroupLimit},
      {"select", "golang.org/x/sync/semaphore.(*Weighted).Acquire(0xc000100000)@semaphore.go:74",
       Mechanism::kSemaphoreKept},
  };
  for (const auto& c : cases) {
    TestEvidence e;
    Diagnosis d = looks(6, e, [&](DumpText& dump, size_t i) {
      for (size_t k = 0; k < 10 + 10 * i; k++) {
        dump.add(100 + k, c.state, {c.waits_in, "main.walk()@w.go:9"}, "main.start@w.go:3", 20);
      }
    });
    EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
    EXPECT_EQ(d.groups[0].mechanism, c.mechanism);
    EXPECT_EQ(e.place(d.groups[0]), "main.walk:9");
  }
}

}  // namespace
}  // namespace unpark::diagnose
