// For tests of renderings: a diagnosis made by hand, of two looks at a shop with a leak, a deadlock
// and a pool, and of a race.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"

namespace unpark::report {

struct DiagnosisCase {
  evidence::Evidence evidence;
  diagnose::Diagnosis diagnosis;

  evidence::FrameId frame(std::string_view function, std::string_view file, uint32_t line) {
    evidence::Symbols& s = evidence.symbols;
    return s.frame({s.string(function), s.string(file), line, 0});
  }
  evidence::StackId stack(const std::vector<evidence::FrameId>& frames) {
    return evidence.symbols.stack(frames);
  }

  DiagnosisCase() {
    add_inputs();
    add_looks();
    add_leak();
    add_deadlock();
    add_pool();
    add_race();
    diagnosis.verdict = diagnose::Verdict::kLeak;
    diagnosis.next_steps = {"a heap profile of the same process"};
  }

  static constexpr int64_t kTime = 1'700'000'000'000'000'000;
  static constexpr int64_t kMinute = 60'000'000'000;
  static constexpr uint64_t kAddress = 0xc000123456;

 private:
  void add_inputs() {
    evidence.inputs.push_back({"a.txt", "goroutine dump (text)", 1000, {}, ""});
    evidence.inputs.push_back({"b.txt", "goroutine dump (text)", 4000, {}, ""});
    evidence.inputs[1].notes.push_back(
        {evidence::Note::Kind::kCut, "the end is missing behind 0xc000abcdef"});
    evidence.inputs.push_back(
        {"race.log", "race reports", 90, {}, "cannot read on: Input/output error"});
  }

  void add_looks() {
    evidence::FrameId send =
        frame("example.com/shop/quote.Handler.func1.1", "/build/shop/quote/quote.go", 32);
    for (uint32_t i = 0; i < 2; i++) {
      evidence::Snapshot s;
      s.input = evidence::InputId{i};
      s.time_ns = kTime + i * 10 * kMinute;
      s.time_is_own = true;
      s.process.go_version = "go1.26.7";
      evidence::Goroutine g;
      g.stack = stack({send});
      g.created_by =
          frame("example.com/shop/quote.Handler.func1", "/build/shop/quote/quote.go", 30);
      g.count = i == 0 ? 100 : 400;
      s.goroutines.push_back(g);
      g.stack =
          stack({frame("internal/poll.(*FD).Accept", "/usr/local/go/src/internal/poll/fd.go", 9),
                 frame("main.serve", "/build/shop/main.go", 12)});
      g.created_by = evidence::FrameId();
      g.count = 5;
      s.goroutines.push_back(g);
      evidence.snapshots.push_back(s);
      diagnosis.looks.push_back({i, s.time_ns, s.goroutine_count(), 0, i == 1});
    }
  }

  void add_leak() {
    diagnose::Group g;
    g.stack = evidence.snapshots[1].goroutines[0].stack;
    g.created_by = evidence.snapshots[1].goroutines[0].created_by;
    g.creators = 12;
    g.reason = evidence::WaitReason::kChanSend;
    g.states = {{"chan send", 390}, {"chan send, 2 minutes", 10}};
    g.count = 400;
    g.looks = {{100, 0, 0, 0, false}, {400, 100, 300, 0, true}};
    g.growth = {true, 1800, 300, 0.01, true, 300};
    g.ages.count = {390, 10, 0, 0, 0, 0};
    g.ages.oldest_minutes = 2;
    g.ages.lower_bounds = 400;
    g.stack_bytes = 400 * 2048;
    g.heap_bytes = 5 << 20;
    g.origin = frame("example.com/shop/quote.fetch", "/build/shop/quote/fetch.go", 7);
    g.origin_objects = 300;
    evidence::Symbols& s = evidence.symbols;
    g.labels = {{{s.string("user"), s.string("alice@example.com")}, 7},
                {{s.string("service"), s.string("shop")}, 400}};
    g.examples = {17, 18};
    g.shared_object = kAddress;
    g.objects = 1;
    g.mechanism = diagnose::Mechanism::kAbandonedSender;
    g.strength = diagnose::Strength::kGrowing;
    g.terms = {{"strength", 3, ""},
               {"growth per hour", 1800, "goroutines/h"},
               {"chance", 0.0121, ""},
               {"bytes of one", 15'155, "B"},
               {"count", 400, "goroutines"},
               {"share", 98.77, "%"},
               {"age", 2, "min"}};
    g.site = "example.com/shop/quote.Handler.func1.1:send#?";
    g.fingerprint = "group/1:0011223344556677";
    diagnosis.groups.push_back(g);
    diagnose::Edge edge;
    edge.from = diagnose::GroupId{0};
    edge.role = diagnose::Edge::kNobody;
    edge.object = kAddress;
    edge.count = 400;
    diagnosis.edges.push_back(edge);
  }

  // Two goroutines, each with the other's lock.
  void add_deadlock() {
    for (uint32_t i = 0; i < 2; i++) {
      diagnose::Group g;
      std::string name = i == 0 ? "main.(*Store).Move" : "main.(*Store).Count";
      g.stack = stack({frame("sync.(*Mutex).Lock", "/usr/local/go/src/sync/mutex.go", 46),
                       frame(name, "/build/shop/store.go", 20 + i),
                       frame("main.main", "/build/shop/main.go", 40 + i)});
      g.blocking_frame = 1;
      g.reason = evidence::WaitReason::kMutexLock;
      g.states = {{"sync.Mutex.Lock", 1}};
      g.count = 1;
      g.looks = {{1, 0, 0, 0, false}, {1, 1, 0, 0, true}};
      g.examples = {21 + i};
      g.mechanism = diagnose::Mechanism::kLockCycle;
      g.strength = diagnose::Strength::kDeadlock;
      g.fingerprint = i == 0 ? "group/1:00000000000000aa" : "group/1:00000000000000bb";
      diagnosis.groups.push_back(g);
      diagnose::Edge edge;
      edge.from = diagnose::GroupId{1 + i};
      edge.from_goroutine = 21 + i;
      edge.role = diagnose::Edge::kHolder;
      edge.to = diagnose::GroupId{2 - i};
      edge.to_goroutine = 22 - i;
      edge.object = kAddress + 64 + 8 * i;
      edge.known = i == 0 ? diagnose::Known::kField : diagnose::Known::kStale;
      diagnosis.edges.push_back(edge);
    }
    diagnosis.cycles.push_back({{1, 2}});
  }

  void add_pool() {
    diagnose::Group g;
    g.stack = evidence.snapshots[1].goroutines[1].stack;
    g.blocking_frame = 1;
    g.reason = evidence::WaitReason::kIoWait;
    g.count = 5;
    g.mechanism = diagnose::Mechanism::kPool;
    g.strength = diagnose::Strength::kExpected;
    g.benign = "a server that waits for connections";
    diagnosis.groups.push_back(g);
  }

  void add_race() {
    evidence::Snapshot s;
    s.kind = evidence::SnapshotKind::kRaces;
    s.input = evidence::InputId{2};
    evidence::Race race;
    race.accesses.push_back({evidence::RaceAccess::kWrite, true, kAddress, 0,
                             stack({frame("main.main", "/build/shop/main.go", 92)})});
    race.accesses.push_back({evidence::RaceAccess::kRead, false, kAddress, 8,
                             stack({frame("main.main.func1", "/build/shop/main.go", 89)})});
    race.creations.push_back({8, false, stack({frame("main.main", "/build/shop/main.go", 88)})});
    s.races.push_back(race);
    evidence.snapshots.push_back(s);
    diagnosis.races.push_back({2, 0, 3, "race/1:123456789abcdef0"});
  }
};

}  // namespace unpark::report
