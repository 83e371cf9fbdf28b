// Writes the HTML pages that tests/page looks at: diagnoses made by hand, so that each shows
// everything a page can show whatever readers and rules make of evidence.
//
//   page_samples NAME    small | compared | large | hostile | empty, to standard output
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"
#include "report/diagnosis_html.h"

namespace unpark {

using diagnose::Edge;
using diagnose::Group;
using diagnose::GroupId;
using diagnose::Known;
using diagnose::Mechanism;
using diagnose::Strength;
using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;
using evidence::StackId;
using evidence::WaitReason;

namespace {

constexpr int64_t kMinute = 60'000'000'000;
constexpr int64_t kStart = 1'790'000'000'000'000'000;

// A place in a made-up program.
struct Place {
  std::string function, file;
  uint32_t line = 0;
};

struct Sample {
  evidence::Evidence evidence;
  diagnose::Diagnosis diagnosis;
  report::HtmlOptions options;

  FrameId frame(const Place& at) {
    return evidence.symbols.frame(
        {evidence.symbols.string(at.function), evidence.symbols.string(at.file), at.line, 0});
  }
  StackId stack(const std::vector<Place>& places) {
    std::vector<FrameId> frames;
    for (const Place& place : places) frames.push_back(frame(place));
    return evidence.symbols.stack(frames);
  }
  evidence::InputId input(std::string name, std::string what, uint64_t bytes) {
    evidence.inputs.push_back({std::move(name), std::move(what), bytes, {}, ""});
    return evidence::InputId(static_cast<uint32_t>(evidence.inputs.size() - 1));
  }
  // A look at goroutines, a minute after the one before.
  Snapshot& look(std::string name) {
    size_t n = evidence.snapshots.size();
    Snapshot& snapshot = evidence.snapshots.emplace_back();
    snapshot.input = input(std::move(name), "goroutine dump (text)", 1'234'567 + n * 20'000);
    snapshot.time_ns = kStart + static_cast<int64_t>(n) * kMinute;
    snapshot.process.go_version = "go1.26.7";
    snapshot.process.binary = "/srv/quotes/bin/quotes";
    return snapshot;
  }
  void add(Snapshot& snapshot, StackId stack, FrameId creator, WaitReason reason, uint32_t count) {
    Goroutine goroutine;
    goroutine.stack = stack;
    goroutine.created_by = creator;
    goroutine.reason = reason;
    goroutine.count = count;
    snapshot.goroutines.push_back(goroutine);
  }
};

std::string function_in(std::string_view name) {
  return "example.test/quotes/" + std::string(name);
}

// A kind of goroutine of the made-up service, and how many there are at each look.
struct Kind {
  std::vector<Place> stack;
  uint32_t at = 0;
  Place creator;
  WaitReason reason = WaitReason::kNone;
  Mechanism mechanism = Mechanism::kNone;
  Strength strength = Strength::kNoticed;
  std::vector<uint32_t> counts;
  uint32_t oldest = 0;
};

const Place kServe = {"net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", 2102};
const Place kServer = {"net/http.(*Server).Serve", "/usr/local/go/src/net/http/server.go", 3454};
const Place kMain = {"main.main", "/src/quotes/cmd/quotes/main.go", 88};
const Place kHandler = {"net/http.HandlerFunc.ServeHTTP", "/usr/local/go/src/net/http/server.go",
                        2294};

Place own(std::string_view function, std::string_view file, uint32_t line) {
  return {function_in(function), "/src/quotes/" + std::string(file), line};
}

std::vector<Kind> service_kinds() {
  using W = WaitReason;
  using M = Mechanism;
  using S = Strength;
  const Place lock = {"sync.(*Mutex).Lock", "/usr/local/go/src/sync/mutex.go", 46};
  const Place slow = {"internal/sync.(*Mutex).lockSlow", "/usr/local/go/src/internal/sync/mutex.go",
                      149};
  const Place select = own("feed.(*Hub).run", "feed/hub.go", 61);
  const Place read = {"internal/poll.(*FD).Read", "/usr/local/go/src/internal/poll/fd_unix.go",
                      165};
  return {
      {{slow, lock, own("book.(*Ledger).Transfer", "book/ledger.go", 73),
        own("book.(*Ledger).Settle", "book/ledger.go", 118)},
       2,
       own("book.(*Ledger).Start", "book/ledger.go", 40),
       W::kMutexLock,
       M::kLockCycle,
       S::kDeadlock,
       {1, 1, 1, 1, 1, 1},
       12},
      {{slow, lock, own("book.(*Audit).Record", "book/audit.go", 52),
        own("book.(*Audit).loop.func1", "book/audit.go", 31)},
       2,
       own("book.(*Audit).Start", "book/audit.go", 24),
       W::kMutexLock,
       M::kLockCycle,
       S::kDeadlock,
       {1, 1, 1, 1, 1, 1},
       12},
      {{own("quote.(*Book).Price.func1", "quote/book.go", 45)},
       0,
       own("quote.(*Book).Price", "quote/book.go", 43),
       W::kChanSend,
       M::kAbandonedSender,
       S::kGrowing,
       {812, 1104, 1398, 1701, 1990, 2284},
       47},
      {{slow, lock, own("book.(*Ledger).Balance", "book/ledger.go", 150),
        own("api.(*Server).balance", "api/server.go", 91), kHandler, kServe},
       2,
       kServer,
       W::kMutexLock,
       M::kLockHeldByBlocked,
       S::kSurviving,
       {40, 71, 109, 140, 170, 204},
       12},
      {{select},
       0,
       own("feed.NewHub", "feed/hub.go", 38),
       W::kSelect,
       M::kNeverCancelled,
       S::kGrowing,
       {61, 90, 118, 150, 181, 209},
       130},
      {{{"sync.(*Cond).Wait", "/usr/local/go/src/sync/cond.go", 71},
        own("queue.(*Queue[...]).Pop", "queue/queue.go", 34),
        own("queue.worker", "queue/worker.go", 19)},
       1,
       own("queue.Start", "queue/worker.go", 11),
       W::kCondWait,
       M::kCondNeverSignalled,
       S::kOldAndMany,
       {64, 64, 64, 64, 64, 64},
       400},
      {{own("sync2.wait", "sync2/wait.go", 9)},
       0,
       own("sync2.Start", "sync2/wait.go", 4),
       W::kChanReceiveNil,
       M::kNilChannel,
       S::kAlwaysBlocked,
       {1, 1, 1, 1, 1, 1},
       800},
      {{read,
        {"net.(*netFD).Read", "/usr/local/go/src/net/fd_posix.go", 68},
        {"net.(*conn).Read", "/usr/local/go/src/net/net.go", 196},
        {"net/http.(*connReader).Read", "/usr/local/go/src/net/http/server.go", 792},
        kServe},
       4,
       kServer,
       W::kIoWait,
       M::kPool,
       S::kExpected,
       {410, 398, 422, 405, 431, 417},
       3},
      {{{"net/http.(*persistConn).readLoop", "/usr/local/go/src/net/http/transport.go", 2345}},
       0,
       {"net/http.(*Transport).dialConn", "/usr/local/go/src/net/http/transport.go", 1945},
       W::kSelect,
       M::kPool,
       S::kExpected,
       {12, 12, 14, 12, 13, 12},
       8},
      {{{"time.Sleep", "/usr/local/go/src/runtime/time.go", 363},
        own("metrics.flush", "metrics/flush.go", 22)},
       1,
       kMain,
       W::kSleep,
       M::kNone,
       S::kNoticed,
       {1, 1, 1, 1, 1, 1},
       1},
      {{own("api.(*Server).search", "api/search.go", 140),
        own("api.(*Server).route", "api/server.go", 66), kHandler, kServe},
       0,
       kServer,
       W::kNone,
       M::kBusy,
       S::kNoticed,
       {6, 9, 3, 8, 5, 7},
       0},
      {{{"internal/poll.(*FD).Accept", "/usr/local/go/src/internal/poll/fd_unix.go", 606},
        {"net.(*TCPListener).Accept", "/usr/local/go/src/net/tcpsock.go", 380},
        kServer,
        kMain},
       2,
       {},
       W::kIoWait,
       M::kPool,
       S::kExpected,
       {1, 1, 1, 1, 1, 1},
       130},
  };
}

// As profiles have it; groups leave the run time's frames out.
std::vector<Place> with_runtime(std::vector<Place> stack) {
  stack.insert(stack.begin(), {"runtime.gopark", "/usr/local/go/src/runtime/proc.go", 461});
  stack.push_back({"runtime.goexit", "/usr/local/go/src/runtime/asm_amd64.s", 1771});
  return stack;
}

Group group_of(Sample& sample, const Kind& kind) {
  Group group;
  group.stack = sample.stack(kind.stack);
  group.blocking_frame = kind.at;
  if (!kind.creator.function.empty()) group.created_by = sample.frame(kind.creator);
  group.creators = kind.strength == Strength::kGrowing ? kind.counts.back() / 2 : 1;
  group.reason = kind.reason;
  group.count = kind.counts.back();
  std::string state(kind.reason == WaitReason::kNone ? "running" : text_of(kind.reason));
  group.states = {{state, group.count}};
  uint64_t before = 0;
  for (uint64_t count : kind.counts) {
    group.looks.push_back({count, std::min(before, count), count > before ? count - before : 0,
                           before > count ? before - count : 0, true});
    before = count;
  }
  group.growth.tested = kind.counts.size() >= 5;
  group.growth.total = static_cast<int64_t>(kind.counts.back()) - kind.counts.front();
  group.growth.per_hour = static_cast<double>(group.growth.total) * 12;
  group.growth.significant =
      kind.strength == Strength::kGrowing || kind.strength == Strength::kSurviving;
  group.growth.probability = group.growth.significant ? 0.0014 : 0.43;
  size_t bucket = kind.oldest < 1     ? 0
                  : kind.oldest < 10  ? 1
                  : kind.oldest < 60  ? 2
                  : kind.oldest < 360 ? 3
                                      : 4;
  for (size_t i = 0; i <= bucket; i++) group.ages.count[i] = group.count / (bucket + 1);
  group.ages.count[bucket] += group.count - group.count / (bucket + 1) * (bucket + 1);
  group.ages.lower_bounds = group.count / 2;
  group.ages.oldest_minutes = kind.oldest;
  group.ages.median_minutes = kind.oldest / 2;
  group.stack_bytes = group.count * 2048;
  group.examples = {34, 35, 91};
  group.mechanism = kind.mechanism;
  group.strength = kind.strength;
  group.terms = {{"strength", static_cast<double>(kind.strength), ""},
                 {"growth", group.growth.per_hour, "per hour"},
                 {"count", static_cast<double>(group.count), ""},
                 {"age", static_cast<double>(kind.oldest), "min"}};
  group.site = std::string(kind.stack[kind.at].function) + "#?";
  group.fingerprint = "g1:" + std::to_string(std::hash<std::string>()(group.site) % 100'000'000);
  if (kind.strength == Strength::kExpected) group.benign = "net/http server at rest";
  return group;
}

void add_race(Sample& sample) {
  Snapshot& snapshot = sample.evidence.snapshots.emplace_back();
  snapshot.kind = evidence::SnapshotKind::kRaces;
  snapshot.input = sample.input("ci/race.log", "race reports", 4'321);
  evidence::Race race;
  StackId write =
      sample.stack({own("stats.(*Counter).Add", "stats/counter.go", 18),
                    own("api.(*Server).count", "api/server.go", 130), kHandler, kServe});
  StackId read = sample.stack({own("stats.(*Counter).Value", "stats/counter.go", 24),
                               own("metrics.flush", "metrics/flush.go", 27)});
  race.accesses = {{evidence::RaceAccess::kWrite, false, 0xc000123458, 41, write},
                   {evidence::RaceAccess::kRead, false, 0xc000123458, 7, read}};
  race.creations = {{41, true, sample.stack({kServer, kMain})}, {7, false, sample.stack({kMain})}};
  snapshot.races.push_back(race);
  sample.diagnosis.races.push_back(
      {static_cast<uint32_t>(sample.evidence.snapshots.size() - 1), 0, 3, "r1:5f0c2a91"});
}

void add_edges(Sample& sample) {
  std::vector<Edge>& edges = sample.diagnosis.edges;
  auto edge = [&](uint32_t from, Edge::Role role, int to, Known known, uint64_t object,
                  uint32_t count) {
    Edge one;
    one.from = GroupId(from);
    one.role = role;
    if (to >= 0) one.to = GroupId(static_cast<uint32_t>(to));
    one.known = known;
    one.object = object;
    one.count = count;
    edges.push_back(one);
  };
  edge(0, Edge::kHolder, 1, Known::kAddress, 0xc000200100, 1);
  edge(1, Edge::kHolder, 0, Known::kField, 0xc000200200, 1);
  edge(3, Edge::kHolder, 0, Known::kField, 0xc000200200, 204);
  edge(2, Edge::kNobody, -1, Known::kFrames, 0, 2284);
  edge(4, Edge::kNotShown, -1, Known::kFrames, 0, 209);
  edge(5, Edge::kWaker, 10, Known::kFrames, 0, 64);
  edge(5, Edge::kNotShown, -1, Known::kFrames, 0, 3);
  edge(6, Edge::kNobody, -1, Known::kFrames, 0, 1);
  sample.diagnosis.cycles.push_back({{0, 1}});
}

void small(Sample& sample) {
  std::vector<Kind> kinds = service_kinds();
  size_t looks = kinds[0].counts.size();
  for (size_t i = 0; i < looks; i++) {
    Snapshot& snapshot = sample.look("dumps/" + std::to_string(i + 1) + ".txt");
    for (const Kind& kind : kinds) {
      FrameId creator = kind.creator.function.empty() ? FrameId() : sample.frame(kind.creator);
      sample.add(snapshot, sample.stack(with_runtime(kind.stack)), creator, kind.reason,
                 kind.counts[i]);
    }
    sample.diagnosis.looks.push_back(
        {static_cast<uint32_t>(i), snapshot.time_ns, snapshot.goroutine_count(), 0, false});
  }
  for (const Kind& kind : kinds) sample.diagnosis.groups.push_back(group_of(sample, kind));
  Group& top = sample.diagnosis.groups[2];
  top.heap_bytes = 9'437'184;
  top.heap_objects = 2284;
  top.labels = {{{sample.evidence.symbols.string("tenant"),
                  sample.evidence.symbols.string("secret-customer")},
                 1200}};
  sample.diagnosis.groups[3].contention_ns = 48'200'000'000;
  sample.diagnosis.groups[3].contentions = 1922;
  sample.diagnosis.groups[3].shared_object = 0xc000200200;
  sample.diagnosis.groups[4].missing = "a debug=2 dump would show which context they wait for";
  sample.evidence.inputs[3].notes.push_back(
      {evidence::Note::Kind::kMangled, "a prefix of 27 characters was taken off 8,120 lines"});
  add_edges(sample);
  add_race(sample);
  diagnose::Series series{"go_goroutines{instance=\"10.0.0.7:6060\"}", {}, {}};
  for (int i = 0; i < 40; i++)
    series.points.push_back({kStart + i * kMinute / 6, 1400.0 + 42 * i + (i * 37) % 50});
  series.growth = {true, 15'120, 0, 0.0001, true, 1638};
  sample.diagnosis.series.push_back(series);
  sample.diagnosis.verdict = diagnose::Verdict::kLeak;
  sample.diagnosis.next_steps = {"a heap profile: it names what the goroutines keep alive",
                                 "the goroutineleak profile (Go 1.26 and later): it proves leaks"};
}

// The service before and after a change.
void compared(Sample& sample) {
  std::vector<Kind> kinds = service_kinds();
  for (size_t i = 0; i < 2; i++) {
    Snapshot& snapshot = sample.look(i == 0 ? "before.txt" : "after.txt");
    for (size_t k = 0; k < kinds.size(); k++) {
      if (i == 0 && k == 4) continue;
      uint32_t count = i == 0 && k == 2 ? 20 : i == 1 && k == 7 ? 180 : kinds[k].counts.front();
      sample.add(snapshot, sample.stack(with_runtime(kinds[k].stack)),
                 sample.frame(kinds[k].creator), kinds[k].reason, count);
    }
  }
  for (size_t k = 0; k < kinds.size(); k++) {
    uint32_t base = k == 4 ? 0 : k == 2 ? 20 : kinds[k].counts.front();
    kinds[k].counts = {k == 7 ? 180 : kinds[k].counts.front()};
    Group& group = sample.diagnosis.groups.emplace_back(group_of(sample, kinds[k]));
    group.base_count = base;
  }
  const Snapshot& after = sample.evidence.snapshots[1];
  sample.diagnosis.looks.push_back({1, after.time_ns, after.goroutine_count(), 0, false});
  sample.diagnosis.verdict = diagnose::Verdict::kLikelyLeak;
  sample.options.base_end = 1;
}

// 100,000 goroutines in 3,000 groups, on 20,000 stacks, at 30 looks; edges among 400 groups.
void large(Sample& sample) {
  constexpr uint32_t kGroups = 3000, kLooks = 30, kStacks = 20'000;
  std::vector<StackId> stacks;
  for (uint32_t i = 0; i < kStacks; i++) {
    std::vector<Place> places;
    places.push_back({"runtime.gopark", "/usr/local/go/src/runtime/proc.go", 461});
    for (uint32_t depth = 0; depth < 14; depth++) {
      uint32_t which = depth > 9 ? i % 7 : depth > 4 ? i % 310 : i;
      places.push_back(own("mod" + std::to_string(which % 23) + ".(*Type" +
                               std::to_string(which % 57) + ").Step" + std::to_string(depth) + "_" +
                               std::to_string(which % 1500),
                           "mod" + std::to_string(which % 23) + "/step.go", 10 + which % 900));
    }
    places.push_back(kServe);
    places.push_back({"runtime.goexit", "/usr/local/go/src/runtime/asm_amd64.s", 1771});
    stacks.push_back(sample.stack(places));
  }
  FrameId creator = sample.frame(kServer);
  for (uint32_t look = 0; look < kLooks; look++) {
    Snapshot& snapshot = sample.look("live/" + std::to_string(look) + ".pb.gz");
    if (look == 0 || look + 1 == kLooks) {
      for (uint32_t i = 0; i < kStacks; i++) {
        sample.add(snapshot, stacks[i], creator, WaitReason::kSelect,
                   (i % 9 + 1) * (look ? 1 : i % 2));
      }
    }
    uint64_t goroutines = 70'000 + look * 1000;
    if (look + 1 == kLooks) goroutines = snapshot.goroutine_count();
    sample.diagnosis.looks.push_back(
        {look, snapshot.time_ns, goroutines, look < 12 ? 0u : 1u, false});
  }
  sample.diagnosis.restarts = 1;
  for (uint32_t i = 0; i < kGroups; i++) {
    Kind kind;
    kind.stack = {own("mod" + std::to_string(i % 23) + ".(*Type" + std::to_string(i % 57) +
                          ").Run" + std::to_string(i),
                      "mod/run.go", i % 500 + 1)};
    kind.creator = kServer;
    kind.reason = WaitReason::kSelect;
    kind.mechanism = i % 5 == 0   ? Mechanism::kSelectForever
                     : i % 5 == 1 ? Mechanism::kOrphanReceive
                                  : Mechanism::kNone;
    kind.strength = i < 40     ? Strength::kGrowing
                    : i < 300  ? Strength::kOldAndMany
                    : i < 1500 ? Strength::kNoticed
                               : Strength::kExpected;
    for (uint32_t look = 0; look < kLooks; look++)
      kind.counts.push_back(1 + 9000 / (i + 1) + look * (i < 40));
    kind.oldest = i % 3000;
    Group group = group_of(sample, kind);
    group.stack = stacks[i];
    group.blocking_frame = 1;
    sample.diagnosis.groups.push_back(std::move(group));
  }
  for (uint32_t i = 0; i < 400; i++) {
    Edge edge;
    edge.from = GroupId(i);
    edge.role = i % 4 == 3 ? Edge::kNobody : Edge::kHolder;
    if (edge.role == Edge::kHolder) edge.to = GroupId(i + 1);
    edge.object = 0xc000000000 + i * 64;
    edge.known = Known::kAddress;
    sample.diagnosis.edges.push_back(edge);
  }
  sample.diagnosis.verdict = diagnose::Verdict::kLikelyLeak;
}

// Names that would break out of where they stand, if they could.
void hostile(Sample& sample) {
  static const std::string evil =
      "</script><script>window.broken = 1</script><!-- <img src=x onerror=alert(1)> ]]> {{data}} "
      "\u2028\u2029 \x80\xff \u202e \" \\ ' & \x01";
  Kind kind;
  kind.stack = {{"evil." + evil, "/tmp/" + evil, 1},
                {std::string(5000, 'x'), std::string(3000, '/'), 4'000'000'000u}};
  kind.creator = {"evil.start" + evil, evil, 2};
  kind.counts = {3};
  kind.strength = Strength::kNoticed;
  Snapshot& snapshot = sample.look(evil);
  snapshot.message = "panic: 0xc000123456 " + evil;
  sample.add(snapshot, sample.stack(kind.stack), sample.frame(kind.creator), WaitReason::kSelect,
             3);
  sample.diagnosis.looks.push_back({0, snapshot.time_ns, 3, 0, false});
  Group group = group_of(sample, kind);
  group.states = {{evil, 3}};
  group.site = group.fingerprint = group.missing = group.benign = evil;
  group.growth = {true, 1.0 / 0.0, 0.0 / 0.0, -1e300, true, INT64_MIN};
  group.examples = {UINT64_MAX};
  group.terms = {{"endless", 1e308 * 10, evil}};
  group.blocking_frame = 77;
  group.labels = {
      {{sample.evidence.symbols.string(evil), sample.evidence.symbols.string(evil)}, 1}};
  sample.diagnosis.groups.push_back(group);
  sample.evidence.inputs[0].error = evil;
  sample.diagnosis.next_steps = {evil};
  sample.diagnosis.verdict = diagnose::Verdict::kNoLeakFound;
}

void empty(Sample&) {}

}  // namespace

static int run(std::string_view name) {
  struct {
    std::string_view name;
    void (*make)(Sample&);
  } const samples[] = {{"small", small},
                       {"compared", compared},
                       {"large", large},
                       {"hostile", hostile},
                       {"empty", empty}};
  for (const auto& one : samples) {
    if (one.name != name) continue;
    Sample sample;
    one.make(sample);
    std::string page =
        report::render_diagnosis_html(sample.evidence, sample.diagnosis, sample.options);
    return fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
  }
  fprintf(stderr, "page_samples: no sample of this name\n");
  return 2;
}

}  // namespace unpark

int main(int argc, char** argv) { return unpark::run(argc == 2 ? argv[1] : ""); }
