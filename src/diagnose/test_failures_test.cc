// What failed tests print: a test that ran out of time, goroutines that goleak found, crashes that
// show only the goroutine that crashed.
#include "diagnose/test_failures.h"

#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

const std::string kTestRun = "testing.(*T).Run@testing.go:2101";

// The alarm, the main goroutine that waits for a test, and the test, which waits for its subtest.
DumpText test_binary() {
  DumpText out;
  out.add(17, "running", {"testing.(*M).startAlarm.func1()@testing.go:2802"},
          "time.goFunc@sleep.go:215");
  out.add(1, "chan receive",
          {"testing.(*T).Run(0xc000001000)@testing.go:2109",
           "testing.tRunner(0xc000001000)@testing.go:2036", "testing.runTests()@testing.go:2583",
           "testing.(*M).Run(0xc000002000)@testing.go:2443", "main.main()@_testmain.go:48"});
  out.add(8, "chan receive",
          {"testing.(*T).Run(0xc000003000)@testing.go:2109",
           "example.com/app.TestAll(0xc000003000)@app_test.go:28",
           "testing.tRunner(0xc000003000)@testing.go:2036"},
          kTestRun, 1);
  out.add(12, "chan receive",
          {"testing.(*T).Parallel(0xc000004000)@testing.go:1700",
           "example.com/app.TestAll.func2(0xc000004000)@app_test.go:40",
           "testing.tRunner(0xc000004000)@testing.go:2036"},
          kTestRun, 8);
  return out;
}

TEST(TestFailures, WhereATestHangs) {
  DumpText dump = test_binary();
  dump.add(13, "sync.WaitGroup.Wait",
           {"sync.runtime_SemacquireWaitGroup(0xc000010000)@sema.go:110",
            "sync.(*WaitGroup).Wait(0xc000010000)@waitgroup.go:118",
            "example.com/app.TestAll.func1(0xc000005000)@app_test.go:33",
            "testing.tRunner(0xc000005000)@testing.go:2036"},
           kTestRun, 8);
  dump.add(14, "chan send", {"example.com/app.work()@app.go:12"},
           "example.com/app.TestAll.func1@app_test.go:31", 13);
  TestEvidence e;
  e.add("panic: test timed out after 10m0s\n\trunning tests:\n\t\tTestAll/one (10m0s)\n\n" +
        dump.text());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kHang);
  size_t hung = 0;
  for (const Group& g : d.groups) hung += g.strength == Strength::kHung;
  EXPECT_EQ(hung, 1u) << "who waits for other tests does not hang";
  EXPECT_EQ(d.groups[0].strength, Strength::kHung);
  EXPECT_EQ(e.place(d.groups[0]), "example.com/app.TestAll.func1:33");
  ASSERT_FALSE(d.edges.empty());
  EXPECT_EQ(d.edges[0].role, Edge::kWaker);
  EXPECT_EQ(d.edges[0].to, e.id_of(d, "example.com/app.work:12"));
}

TEST(TestFailures, ATestThatRunsIsSaidToHang) {
  DumpText dump = test_binary();
  dump.add(13, "runnable",
           {"example.com/app.spin()@app.go:5", "example.com/app.TestAll.func1()@app_test.go:33",
            "testing.tRunner(0xc000005000)@testing.go:2036"},
           kTestRun, 8);
  TestEvidence e;
  e.add("panic: test timed out after 2s\n\n" + dump.text());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kHang);
  EXPECT_EQ(e.place(d.groups[0]), "example.com/app.spin:5");
}

TEST(TestFailures, OtherCrashesAreNoHang) {
  DumpText dump = test_binary();
  dump.add(13, "chan receive",
           {"example.com/app.TestAll.func1()@app_test.go:33",
            "testing.tRunner(0xc000005000)@testing.go:2036"},
           kTestRun, 8);
  TestEvidence e;
  e.add("panic: boom\n\n" + dump.text());
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNoLeakFound);
  ASSERT_FALSE(d.next_steps.empty());
  EXPECT_NE(d.next_steps[0].find("the next process"), std::string::npos) << "this one has ended";
}

TEST(TestFailures, WhatGoleakFound) {
  TestEvidence e;
  e.add(
      "    leaks.go:78: found unexpected goroutines:\n"
      "        [Goroutine 7 in state chan receive, with example.com/x.leak.func1 on top of the "
      "stack:\n"
      "        example.com/x.leak.func1()\n"
      "        \t/home/u/x/x.go:9 +0x1c\n"
      "        created by example.com/x.leak in goroutine 6\n"
      "        \t/home/u/x/x.go:8 +0x5c\n"
      "        ]\n");
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  ASSERT_EQ(d.groups.size(), 1u);
  EXPECT_EQ(d.groups[0].strength, Strength::kOutlived);
  EXPECT_EQ(e.place(d.groups[0]), "example.com/x.leak.func1:9");
}

TEST(TestFailures, OldGoleakPrintsTheHeaderTwice) {
  TestEvidence e;
  e.add(
      "found unexpected goroutines:\n"
      "[Goroutine 21 in state select, with example.com/x.(*W).run on top of the stack:\n"
      "goroutine 21 [select]:\n"
      "example.com/x.(*W).run(0xc0000140a0)\n"
      "\t/home/u/x/w.go:31 +0xb1\n"
      "created by example.com/x.NewW\n"
      "\t/home/u/x/w.go:20 +0x8c\n"
      "]\n");
  Diagnosis d = e.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kLikelyLeak);
  ASSERT_EQ(d.groups.size(), 1u);
  EXPECT_EQ(d.groups[0].count, 1u);
}

TEST(TestFailures, OneGoroutineOfACrashSaysNothingOfOthers) {
  const std::string block = "goroutine 34 [running]:\nmain.f()\n\t/app/main.go:12 +0x1d\n";
  TestEvidence panic;
  panic.add("panic: boom\n\n" + block);
  Diagnosis d = panic.diagnose();
  EXPECT_EQ(d.verdict, Verdict::kNotEnough);
  ASSERT_FALSE(d.next_steps.empty());
  EXPECT_NE(d.next_steps[0].find("GOTRACEBACK=all"), std::string::npos);
  TestEvidence printed;
  printed.add(block);
  EXPECT_EQ(printed.diagnose().verdict, Verdict::kNotEnough);
  // All that a process has, printed on request.
  TestEvidence quit;
  quit.add("SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\n" + block);
  EXPECT_EQ(quit.diagnose().verdict, Verdict::kNoLeakFound);
}

TEST(TestFailures, GoDeadlockShowsOnlyWhomItSuspects) {
  TestEvidence e;
  e.add(
      "POTENTIAL DEADLOCK:\nPrevious place where the lock was grabbed\n"
      "goroutine 35 lock 0xc00018a0a8\n\nHere is what goroutine 35 doing now\n"
      "goroutine 35 [chan send]:\nexample.com/a.(*S).Get(0xc00018a0a0)\n\t/src/a/a.go:46 +0x5d\n"
      "created by example.com/a.Start\n\t/src/a/s.go:10 +0x11\n");
  EXPECT_EQ(e.diagnose().verdict, Verdict::kNotEnough);
}

}  // namespace
}  // namespace unpark::diagnose
