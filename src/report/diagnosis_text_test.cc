// Whole pages, compared with what they must be.
#include "report/diagnosis_text.h"

#include <gtest/gtest.h>

#include <string>

#include "report/diagnosis_inputs.h"
#include "report/diagnosis_test_case.h"

namespace unpark::report {
namespace {

const DiagnosisTextOptions kOptions = {.working_dir = "/build/shop",
                                       .color = false,
                                       .redact = true,
                                       .all = false,
                                       .tree = true,
                                       .base_end = 0};

const char* const kPage = R"(leak: 2 groups in a deadlock, 1 group growing; and 1 data race
evidence: 2 looks at one process over 10m, go1.26.7: 105 -> 405 (cut) goroutines
  a.txt: goroutine dump (text)
  b.txt: goroutine dump (text)
  race.log: race reports
  not read to its end: race.log: cannot read on: Input/output error
  note: b.txt: the end is missing behind 0x0

#1 growing[UP1005 abandoned-sender]: 400 goroutines wait to send to receivers that have gone away
  --> quote/quote.go:32 in quote.Handler.func1.1 [chan send]
   = started: quote/quote.go:30 in quote.Handler.func1, by 12 goroutines
   = comes from: quote/fetch.go:7 in quote.fetch, by the heap profile: 300 objects in use
   = growth: 100 -> 400, +300 in 10m, about 30 per minute; since the look before 100 still there, 300 new, 0 gone
   = age: oldest at least 2 min (since 2023-11-14T22:21:20Z or before)
   = waits for: object 1, nobody: no goroutine in sight could end it
   = objects: most wait at object 1
   = cost: at least 800 KiB of stacks; 5.0 MiB in use that its functions allocated
   = labels: user=~12bf35ff (7), service=shop (400)
   = rank: strength growing; growth 1,800 per hour, chance 0.012, 14.8 KiB each; 400 goroutines, 99 % of all; 2 min old
   = help: give the channel room for every value that may be sent, or select on the send and on the receiver's context

#2 deadlock[UP4007 lock-cycle]: 1 goroutine waits for a lock whose holder waits for it
  --> store.go:20 in main.(*Store).Move [sync.Mutex.Lock]
   | called from main.go:40 in main.main
   = growth: constant: 1 in each of 2 looks, the same one
   = waits for: goroutine 21 waits for object 2, held by goroutine 22 of #3 (the object is part of the one whose method it runs)
   = holds up: 1 goroutine of other groups
   = help: take the locks in one order everywhere

#3 deadlock[UP4007 lock-cycle]: 1 goroutine waits for a lock whose holder waits for it
  --> store.go:21 in main.(*Store).Count [sync.Mutex.Lock]
   | called from main.go:41 in main.main
   = growth: constant: 1 in each of 2 looks, the same one
   = waits for: goroutine 22 waits for object 3, held by goroutine 21 of #2 (by an address that may be stale)
   = holds up: 1 goroutine of other groups
   = help: take the locks in one order everywhere

deadlock: goroutine 21 of #2 waits for object 2, held by goroutine 22 of #3, which waits for object 3, held by goroutine 21 of #2

race: write by the main goroutine and an earlier read by goroutine 8
   | write by the main goroutine
   |   main.go:92 in main.main
   | earlier read by goroutine 8
   |   main.go:89 in main.main.func1
   | goroutine 8 (finished) was started
   |   main.go:88 in main.main
   = reports: 3
   = fingerprint: race/1:123456789abcdef0

expected: 5 goroutines in 1 group
   #4         5 main.go:12 in main.serve [IO wait] a server that waits for connections

       405 100.0% ==================== all goroutines
       400  98.8% ====================   created by quote.Handler.func1
                                         quote.Handler.func1.1
         5   1.2%                        main.serve
                                         poll.(*FD).Accept

for a better answer:
  - a heap profile of the same process
)";

TEST(DiagnosisText, Page) {
  DiagnosisCase c;
  EXPECT_EQ(diagnosis_text(c.evidence, c.diagnosis, kOptions), kPage);
}

TEST(DiagnosisText, SameBytesEachTime) {
  DiagnosisCase a, b;
  EXPECT_EQ(diagnosis_text(a.evidence, a.diagnosis, kOptions),
            diagnosis_text(b.evidence, b.diagnosis, kOptions));
}

TEST(DiagnosisText, Notes) {
  DiagnosisCase c;
  EXPECT_EQ(input_notes_text(c.evidence, kOptions), "note: b.txt: the end is missing behind 0x0\n");
  EXPECT_EQ(input_errors_text(c.evidence, kOptions),
            "unpark: race.log: cannot read on: Input/output error\n");
}

TEST(DiagnosisText, PrivateThingsAreShownOnlyWhenAskedFor) {
  DiagnosisCase c;
  DiagnosisTextOptions options = kOptions;
  options.all = true;
  std::string hidden = diagnosis_text(c.evidence, c.diagnosis, options);
  for (const char* secret : {"alice", "0xc000"}) {
    EXPECT_EQ(hidden.find(secret), std::string::npos) << secret;
  }
  options.redact = false;
  std::string shown = diagnosis_text(c.evidence, c.diagnosis, options);
  EXPECT_NE(shown.find("user=alice@example.com (7)"), std::string::npos);
  EXPECT_NE(shown.find("waits for: 0xc000123456, nobody"), std::string::npos);
}

TEST(DiagnosisText, ColourChangesNothingElse) {
  DiagnosisCase c;
  DiagnosisTextOptions options = kOptions;
  options.color = true;
  std::string colored = diagnosis_text(c.evidence, c.diagnosis, options);
  std::string plain;
  for (size_t at = 0; at < colored.size(); at++) {
    if (colored[at] == '\033') {
      at = colored.find('m', at);
      continue;
    }
    plain += colored[at];
  }
  EXPECT_NE(colored, plain);
  EXPECT_EQ(plain, kPage);
}

// A dump is not to be trusted: names of functions and labels may hold anything.
TEST(DiagnosisText, ControlCharactersAreShownNotSent) {
  DiagnosisCase c;
  diagnose::Group& group = c.diagnosis.groups[0];
  group.stack = c.stack({c.frame("main.\033[2Jevil", "/a\nb.go", 1)});
  group.states = {{"chan\rsend", 1}};
  group.missing = "\033]0;title\007";
  c.evidence.inputs[0].name = "\033[31m.txt";
  c.evidence.inputs[0].error = "\033[31m";
  std::string page =
      diagnosis_text(c.evidence, c.diagnosis, kOptions) + input_errors_text(c.evidence, kOptions);
  for (char bad : {'\033', '\r', '\007'}) EXPECT_EQ(page.find(bad), std::string::npos);
  EXPECT_NE(page.find("<U+001B>"), std::string::npos);
}

TEST(DiagnosisText, ManyGroupsAreCutUnlessAsked) {
  DiagnosisCase c;
  diagnose::Group one = c.diagnosis.groups[0];
  diagnose::Group quiet = c.diagnosis.groups[3];
  c.diagnosis.groups.clear();
  c.diagnosis.edges.clear();
  c.diagnosis.cycles.clear();
  for (int i = 0; i < 30; i++) c.diagnosis.groups.push_back(one);
  for (int i = 0; i < 30; i++) c.diagnosis.groups.push_back(quiet);
  DiagnosisTextOptions options = kOptions;
  std::string page = diagnosis_text(c.evidence, c.diagnosis, options);
  EXPECT_NE(page.find("... and 10 groups like these; --all shows them"), std::string::npos);
  EXPECT_NE(page.find("... and 20 groups; --all shows them"), std::string::npos);
  EXPECT_EQ(page.find("#21 "), std::string::npos);
  options.all = true;
  page = diagnosis_text(c.evidence, c.diagnosis, options);
  EXPECT_NE(page.find("#21 "), std::string::npos);
  EXPECT_NE(page.find("#60 "), std::string::npos);
  EXPECT_EQ(page.find("--all"), std::string::npos);
}

TEST(DiagnosisText, BaseIsMarked) {
  DiagnosisCase c;
  c.diagnosis.groups[0].base_count = 300;
  DiagnosisTextOptions options = kOptions;
  options.base_end = 1;
  std::string page = diagnosis_text(c.evidence, c.diagnosis, options);
  EXPECT_NE(page.find("\n  base a.txt: goroutine dump (text)\n  b.txt: "), std::string::npos);
  EXPECT_NE(page.find("= base: 300 there, +100 here"), std::string::npos);
}

// Groups of which only another look could tell are said to be such, and stay without suspicion.
TEST(DiagnosisText, OneLookCannotTell) {
  DiagnosisCase c;
  c.diagnosis.looks.resize(1);
  c.diagnosis.edges.clear();
  c.diagnosis.cycles.clear();
  c.diagnosis.verdict = diagnose::Verdict::kNoLeakFound;
  for (diagnose::Group& g : c.diagnosis.groups) g.strength = diagnose::Strength::kNoticed;
  std::string page = diagnosis_text(c.evidence, c.diagnosis, kOptions);
  EXPECT_NE(page.find("one look cannot tell whether these pile up; look again: 400 goroutines in "
                      "1 group\n   #1       400 quote/quote.go:32 in quote.Handler.func1.1 [chan "
                      "send]\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("without suspicion: 7 goroutines in 3 groups\n   #2 "), std::string::npos);
  c.diagnosis.looks.resize(2);
  page = diagnosis_text(c.evidence, c.diagnosis, kOptions);
  EXPECT_EQ(page.find("cannot tell"), std::string::npos);
}

// What serves one connection by two goroutines is told once.
TEST(DiagnosisText, BothHalvesOfConnections) {
  DiagnosisCase c;
  diagnose::Group read = c.diagnosis.groups[0];
  read.mechanism = diagnose::Mechanism::kTransportPerCall;
  read.stack = c.stack({c.frame("net/http.(*persistConn).readLoop", "/go/transport.go", 2)});
  diagnose::Group write = read;
  write.stack = c.stack({c.frame("net/http.(*persistConn).writeLoop", "/go/transport.go", 3)});
  c.diagnosis.groups = {read, write};
  c.diagnosis.edges.clear();
  c.diagnosis.cycles.clear();
  auto page = [&] { return diagnosis_text(c.evidence, c.diagnosis, kOptions); };
  std::string second = page().substr(page().find("#2 "));
  EXPECT_TRUE(
      second.starts_with("#2 growing[UP6010 transport-per-call]: 400 goroutines of the same "
                         "connections as #1\n"))
      << second;
  EXPECT_EQ(second.find("= help"), std::string::npos);
  EXPECT_NE(second.find("= rank"), std::string::npos);
  c.diagnosis.groups[1].count = 90;  // these are others
  EXPECT_EQ(page().find("same connections"), std::string::npos);
  c.diagnosis.groups[1] = read;
  EXPECT_EQ(page().find("same connections"), std::string::npos);
}

TEST(DiagnosisText, WhatEndedTheProcessAndWhere) {
  DiagnosisCase c;
  evidence::Snapshot& s = c.evidence.snapshots[1];
  s.message = "panic: boom at 0xc000012345";
  s.goroutines[1].flags = evidence::kCrashing;
  s.goroutines[1].id = 7;
  s.goroutines[1].stack = c.stack({c.frame("panic", "/go/panic.go", 1),
                                   c.frame("runtime.goPanicIndex", "/go/panic.go", 2),
                                   c.frame("main.run", "/build/shop/main.go", 5)});
  std::string page = diagnosis_text(c.evidence, c.diagnosis, kOptions);
  EXPECT_NE(page.find("\nended by: panic: boom at 0x0\n  in goroutine 7: main.go:5 in main.run\n"),
            std::string::npos)
      << page;
}

TEST(DiagnosisText, FitsTheTerminal) {
  DiagnosisCase c;
  DiagnosisTextOptions options = kOptions;
  options.width = 60;
  options.color = true;
  std::string page = diagnosis_text(c.evidence, c.diagnosis, options);
  EXPECT_NE(page.find("400 goroutines wait to\n   send to receivers that have gone away"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("chance\n     0.012, 14.8 KiB each"), std::string::npos) << page;
  EXPECT_EQ(page.find("===="), std::string::npos);
}

TEST(DiagnosisText, FramesThatStartEveryGoroutineAreLeftOut) {
  DiagnosisCase c;
  c.diagnosis.groups[0].stack =
      c.stack({c.frame("main.a", "/a.go", 1), c.frame("main.b", "/a.go", 2),
               c.frame("runtime.goexit", "/asm.s", 3)});
  DiagnosisTextOptions options = kOptions;
  std::string page = diagnosis_text(c.evidence, c.diagnosis, options);
  EXPECT_NE(page.find("called from /a.go:2 in main.b"), std::string::npos) << page;
  EXPECT_EQ(page.find("goexit"), std::string::npos);
  options.all = true;
  EXPECT_NE(diagnosis_text(c.evidence, c.diagnosis, options).find("goexit"), std::string::npos);
}

TEST(DiagnosisText, NothingAtAll) {
  evidence::Evidence evidence;
  diagnose::Diagnosis diagnosis;
  EXPECT_EQ(diagnosis_text(evidence, diagnosis, kOptions),
            "not enough evidence: nothing in the evidence speaks of goroutines\n");
}

TEST(DiagnosisText, TreeOfDeepAndElidedStacksEnds) {
  DiagnosisCase c;
  std::vector<evidence::FrameId> frames;
  for (int i = 0; i < 1000; i++)
    frames.push_back(c.frame("main.f" + std::to_string(i), "/a.go", 1));
  evidence::Symbols& s = c.evidence.symbols;
  frames.push_back(s.frame({s.string("..."), s.string(""), 50, evidence::kElision}));
  c.evidence.snapshots[1].goroutines[0].stack = c.stack(frames);
  std::string page = diagnosis_text(c.evidence, c.diagnosis, kOptions);
  EXPECT_NE(page.find("(frames left out)"), std::string::npos);
  EXPECT_NE(page.find("main.f999"), std::string::npos);
}

}  // namespace
}  // namespace unpark::report
