// Forms that the fixtures do not have, and how snapshots are told apart.
#include <gtest/gtest.h>

#include "evidence/goroutine_text_lines.h"
#include "harness/evidence_text.h"

namespace unpark::evidence {
namespace {

using testing::TextOf;

const char kBlock[] =
    "goroutine 7 [chan receive]:\nmain.f(0xc000012340)\n\t/a.go:3 +0x1\ncreated by main.main in "
    "goroutine 1\n\t/a.go:9 +0x5\n";
const char kOther[] = "goroutine 8 [select]:\nmain.g()\n\t/a.go:4 +0x1\n";
const char kSelf[] = "goroutine 9 [running]:\nmain.dump(...)\n\t/a.go:5\n";
const char kPrint[] =
    "goroutine 5 [running]:\nruntime/debug.Stack()\n\t/go/stack.go:26 +0x5e\nmain.h()\n\t/a.go:8 "
    "+0x2\n";

TEST(GoroutineText, Headers) {
  struct Case {
    std::string line;
    std::string words;
    uint16_t flags;
    uint32_t minutes = Goroutine::kNotShown;
    uint32_t bubble = 0;
    std::string labels = "";
  };
  const Case cases[] = {
      {"goroutine 1 [running]:", "running", 0},
      {"goroutine 1 gp=0xc000006540 m=1 mp=0xc00003e008 [syscall, 3 minutes]:", "syscall", 0, 3},
      {"goroutine 1 gp=0xc000006540 m=nil [sleep]:", "sleep", 0},
      {"goroutine 1 [chan receive (nil chan) (leaked) (scan), 2 minutes, locked to thread]:",
       "chan receive (nil chan)", kLeaked | kScan | kLockedToThread, 2},
      {"goroutine 1 [sleep (durable), synctest bubble 3]:", "sleep", kDurable, Goroutine::kNotShown,
       3},
      {"goroutine 1 [select (synctest), synctest group 21]:", "select (synctest)", kDurable,
       Goroutine::kNotShown, 21},
      {"goroutine 1 [chan receive labels:{\"a]: b\": \"}\"}]:", "chan receive", 0,
       Goroutine::kNotShown, 0, "a]: b=}"},
      {"goroutine 1 [chan receive, 5 minutes] {k: v, \"x, y\": \"]: \"}:", "chan receive", 0, 5, 0,
       "k=v,x, y=]: "},
      {"goroutine 1 [chan receive] {: \"no key\", empty: }:", "chan receive", 0,
       Goroutine::kNotShown, 0, "=no key,empty="},
      {"goroutine 0 [idle]:", "idle", kSystem},
  };
  for (const Case& c : cases) {
    HeaderLine h;
    ASSERT_TRUE(parse_header(c.line, &h)) << c.line;
    EXPECT_EQ(h.reason == WaitReason::kNone ? text_of(h.status) : text_of(h.reason), c.words);
    EXPECT_EQ(h.flags, c.flags) << c.line;
    EXPECT_EQ(h.minutes, c.minutes) << c.line;
    EXPECT_EQ(h.bubble, c.bubble) << c.line;
    EXPECT_TRUE(h.state_text.empty()) << c.line;
    LabelList labels;
    EXPECT_TRUE(parse_labels(h.labels, &labels)) << c.line;
    std::string all;
    for (const auto& [key, value] : labels) all += (all.empty() ? "" : ",") + key + "=" + value;
    EXPECT_EQ(all, c.labels) << c.line;
  }
  HeaderLine h;
  ASSERT_TRUE(parse_header("goroutine 1 [new words of 2030, shaken]:", &h));
  EXPECT_EQ(h.reason, WaitReason::kOther);
  EXPECT_EQ(h.state_text, "new words of 2030, shaken");
  for (const char* line : {"goroutine 1 [running]: and more", "goroutine x [running]:",
                           "goroutine profile: total 7", "goroutine 1 [chan",
                           "goroutine 99999999999999999999 [running]:", "Goroutine 1 [running]:"}) {
    EXPECT_FALSE(parse_header(line, &h)) << line;
  }
}

TEST(GoroutineText, Arguments) {
  std::vector<Argument> words;
  std::string text = "0x1, {0xc000012340, 0x5, {_, 0xc000012348?}}, 0xffffffffffffffff, ...)";
  const char* end = text.data() + text.size();
  EXPECT_EQ(scan_arguments(text.data(), end, 3, &words), end - 1);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0].value, 0xc000012340u);
  EXPECT_EQ(words[0].position, 1);
  EXPECT_EQ(words[0].frame, 3);
  EXPECT_TRUE(words[0].exact);
  EXPECT_EQ(words[1].position, 4);
  EXPECT_FALSE(words[1].exact);
}

// C code, elision of both styles, ancestors, errors of the run time inside a block.
TEST(GoroutineText, Frames) {
  TextOf dump(
      "goroutine 7 [syscall, locked to thread]:\n"
      "runtime.cgocall(0x401000, 0xc000012340)\n\t/go/cgocall.go:1 +0x5\n"
      "_cgo_run\n\t/src/x.c:9 pc=0x401234\n"
      "non-Go function at pc=0x7f0012\n"
      "...12 frames elided...\n"
      "main.f(...)\n\t/a b/c:d.go:7\n"
      "...additional frames elided...\n"
      "runtime: g 7: unexpected return pc for main.q called from 0x0\n"
      "stack: frame={sp:0xc00002e7c0, fp:0xc00002e7e0} stack=[0xc00002e000,0xc00002e800)\n"
      "created by main.g\n\t/a.go:8 +0x5\n"
      "[originating from goroutine 1]:\n"
      "main.g(...)\n\t/a.go:8 +0x5\n"
      "created by main.main\n\t/a.go:1 +0x9\n");
  ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
  ASSERT_EQ(dump.evidence.snapshots[0].goroutines.size(), 1u);
  const Goroutine& g = dump.evidence.snapshots[0].goroutines[0];
  std::span<const FrameId> stack = dump.symbols()[g.stack];
  ASSERT_EQ(stack.size(), 6u) << dump.shape();
  EXPECT_EQ(dump.frame(stack[1]), "_cgo_run@/src/x.c:9");
  EXPECT_TRUE(dump.symbols()[stack[1]].flags & kForeign);
  EXPECT_EQ(dump.symbols()[stack[2]].flags, kForeign | kNoPlace);
  EXPECT_EQ(dump.frame(stack[3]), "...12");
  EXPECT_EQ(dump.frame(stack[4]), "main.f@/a b/c:d.go:7i");
  EXPECT_EQ(dump.frame(stack[5]), "...0");
  EXPECT_EQ(dump.frame(g.created_by), "main.g@/a.go:8");
  ASSERT_EQ(dump.symbols()[g.ancestors].size(), 1u);
  EXPECT_EQ(dump.frame(dump.symbols()[g.ancestors][0]), "main.g@/a.go:8");
}

TEST(GoroutineText, RepeatedNumbersAreAnotherLook) {
  TextOf dump(std::string(kSelf) + "\n" + kBlock + "\nsome log line\n" + kBlock + "\n" + kOther);
  ASSERT_EQ(dump.evidence.snapshots.size(), 2u);
  EXPECT_EQ(dump.evidence.snapshots[0].goroutines.size(), 2u);
  EXPECT_EQ(dump.evidence.snapshots[1].goroutines.size(), 2u);
  EXPECT_NE(dump.notes().find("holds 2 dumps"), std::string::npos);
}

TEST(GoroutineText, RunningInTheMiddle) {
  std::string dumper =
      "goroutine 9 [running]:\nruntime/pprof.writeGoroutineStacks({0x1, 0x2})\n\t/pprof.go:816 "
      "+0x6b\n";
  std::string self = kSelf;
  std::string running =
      "goroutine 12 [running]:\nsyscall.Syscall(0x0, 0xb, 0x1, 0x1)\n\t/s.go:74 +0x25\n";
  TextOf one(dumper + "\n" + kBlock + "\n" + running + "\n" + kOther);
  ASSERT_EQ(one.evidence.snapshots.size(), 1u);
  EXPECT_EQ(one.evidence.snapshots[0].goroutines.size(), 4u);
  TextOf last(dumper + "\n" + kBlock + "\n" + kOther + "\n" + running);
  EXPECT_EQ(last.evidence.snapshots.size(), 1u);
  // Ids that come again show that it was the head of another dump.
  TextOf two(dumper + "\n" + kBlock + "\n" + kOther + "\n" + running + "\n" + kBlock + "\n" +
             kOther);
  ASSERT_EQ(two.evidence.snapshots.size(), 2u);
  EXPECT_EQ(two.evidence.snapshots[0].goroutines.size(), 3u);
  EXPECT_EQ(two.evidence.snapshots[1].goroutines.size(), 3u);
  EXPECT_EQ(two.evidence.snapshots[1].goroutines[0].id, 12u);
  // So does a stack that prints one.
  TextOf printed(self + "\n" + kBlock + "\n" + dumper + "\n" + kOther);
  EXPECT_EQ(printed.evidence.snapshots.size(), 2u);
}

TEST(GoroutineText, CrashesAreEachTheirOwn) {
  TextOf dump("panic: one\n\n" + std::string(kSelf) + "\nexit status 2\npanic: two\n\n" + kBlock);
  ASSERT_EQ(dump.evidence.snapshots.size(), 2u);
  EXPECT_EQ(dump.evidence.snapshots[0].message, "panic: one");
  EXPECT_EQ(dump.evidence.snapshots[1].message, "panic: two");
  EXPECT_EQ(dump.evidence.snapshots[0].goroutines[0].flags, kCrashing);
  EXPECT_EQ(dump.evidence.snapshots[1].goroutines[0].flags, kTraced);
}

// Stacks that a living program prints into its log are no dump, and a dump after them is one.
TEST(GoroutineText, SingleStacks) {
  std::string print = kPrint;
  std::string second = print;
  second.replace(10, 1, "6");
  TextOf prints("panic: recovered\n\n" + print + "\n2026/01/02 go on\n" + second);
  ASSERT_EQ(prints.evidence.snapshots.size(), 1u);
  EXPECT_EQ(prints.evidence.snapshots[0].kind, SnapshotKind::kGoroutineDump);
  EXPECT_EQ(prints.evidence.snapshots[0].goroutines.size(), 2u);
  EXPECT_NE(prints.notes().find("one by one"), std::string::npos);
  TextOf both(print + "\n" + second + "\n" + kSelf + "\n" + kBlock);
  ASSERT_EQ(both.evidence.snapshots.size(), 2u);
  EXPECT_EQ(both.evidence.snapshots[0].goroutines.size(), 2u);
  ASSERT_EQ(both.evidence.snapshots[1].goroutines.size(), 2u);
  EXPECT_EQ(both.evidence.snapshots[1].goroutines[0].id, 9u);
  EXPECT_EQ(both.evidence.snapshots[1].goroutines[1].argument_count, 1);
}

// Sections of a crash's threads: the stack that was missing is filled in, nothing is added up.
TEST(GoroutineText, ThreadSections) {
  TextOf dump("SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\n" + std::string(kOther) +
              "\ngoroutine 7 [running]:\n\tgoroutine running on other thread; stack unavailable\n"
              "created by main.main\n\t/a.go:9 +0x5\n\n-----\n\nSIGQUIT: quit\nPC=0x2 m=1 "
              "sigcode=0\n\ngoroutine 7 [running]:\nmain.spin()\n\t/a.go:7 +0x1\n\n" +
              kOther);
  ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
  const Snapshot& s = dump.evidence.snapshots[0];
  ASSERT_EQ(s.goroutines.size(), 2u);
  EXPECT_EQ(s.message, "SIGQUIT: quit");
  EXPECT_FALSE(s.goroutines[1].flags & kStackUnavailable);
  EXPECT_EQ(dump.symbols()[s.goroutines[1].stack].size(), 1u);
}

TEST(GoroutineText, HeadersAndStacksThatAreLost) {
  TextOf dump(std::string("main.lost(0x1)\n\t/a.go:1 +0x1\n\n") + kBlock +
              "\ngoroutine 20 [select]:\n\n" + kOther);
  ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
  const Snapshot& s = dump.evidence.snapshots[0];
  ASSERT_EQ(s.goroutines.size(), 4u) << dump.shape();
  EXPECT_EQ(s.goroutines[0].flags, kHeadless);
  EXPECT_EQ(s.goroutines[2].flags, kStackUnavailable);
  EXPECT_NE(dump.notes().find("1 stack has no header"), std::string::npos);
  EXPECT_NE(dump.notes().find("1 goroutine has a header and no stack"), std::string::npos);
}

TEST(GoroutineText, CutAtAFullBuffer) {
  std::string text;
  for (int i = 1; text.size() < 4096; i++) {
    std::string block = kBlock;
    text += block.replace(10, 1, std::to_string(i)) + "\n";
  }
  TextOf dump(text.substr(0, 4096));
  ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
  EXPECT_TRUE(dump.evidence.snapshots[0].cut);
  EXPECT_NE(dump.notes().find("at byte 4096"), std::string::npos) << dump.notes();
  EXPECT_FALSE(TextOf(text).evidence.snapshots[0].cut);
}

// What others print about goroutines: read where that is exact, else named.
TEST(GoroutineText, OtherTools) {
  TextOf leaks(
      "found unexpected goroutines:\n[Goroutine 7 in state chan receive, with main.f on top of the "
      "stack:\nmain.f()\n\t/a.go:3 +0x1\ncreated by main.g in goroutine 1\n\t/a.go:9 +0x2\n\n "
      "Goroutine 8 in state select, with main.h on top of the stack:\ngoroutine 8 "
      "[select]:\nmain.h(0xc000012000)\n\t/a.go:3 +0x1\n]\n");
  ASSERT_EQ(leaks.evidence.snapshots.size(), 1u);
  ASSERT_EQ(leaks.evidence.snapshots[0].goroutines.size(), 2u) << leaks.shape();
  EXPECT_EQ(leaks.words(leaks.evidence.snapshots[0].goroutines[0]), "chan receive");
  EXPECT_EQ(leaks.evidence.snapshots[0].goroutines[1].argument_count, 1);
  TextOf counted("48 goroutines [chan receive, 5 minutes]:\nmain.f()\n\t/a.go:3 +0x1\n");
  ASSERT_EQ(counted.evidence.snapshots.size(), 1u);
  EXPECT_EQ(counted.evidence.snapshots[0].goroutine_count(), 48u);
  TextOf delve(
      "  Goroutine 1 - User: ./main.go:12 main.main (0x4a) (thread 7) [chan receive 12]\n");
  EXPECT_TRUE(delve.evidence.snapshots.empty());
  EXPECT_NE(delve.notes().find("Delve"), std::string::npos);
  TextOf top(
      "      flat  flat%   sum%        cum   cum%\n  170 99.4% 99.4% 170 99.4%  runtime.gopark\n");
  EXPECT_NE(top.notes().find("pprof -top"), std::string::npos);
}

// Words of versions that call every lock a semaphore are told apart by the frames.
TEST(GoroutineText, SemacquireByFrames) {
  TextOf dump(
      "goroutine 7 [semacquire]:\nsync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)\n\t/go/sema.go:77 "
      "+0x5\nsync.(*Mutex).lockSlow(0xc000012340)\n\t/go/mutex.go:171 "
      "+0x5\nsync.(*Mutex).Lock(...)\n\t/go/mutex.go:90\nmain.f()\n\t/a.go:3 +0x1\n");
  const Goroutine& g = dump.evidence.snapshots[0].goroutines[0];
  EXPECT_EQ(g.reason, WaitReason::kMutexLock);
  EXPECT_EQ(dump.words(g), "semacquire");
}

TEST(GoroutineText, LinesOfAnyLength) {
  std::string text = std::string(kBlock) + "\n" + std::string(3 << 20, 'x') + "\n" + kOther;
  for (size_t piece : {size_t{0}, size_t{100000}}) {
    TextOf dump(text, piece);
    ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
    EXPECT_EQ(dump.evidence.snapshots[0].goroutines.size(), 2u);
    EXPECT_NE(dump.notes().find("longer than 1 MiB"), std::string::npos);
  }
}

// A stream that holds nothing is given up, and says so.
TEST(GoroutineText, NothingForLong) {
  class Noise : public ByteSource {
   public:
    base::Result<size_t> read(char* to, size_t size) override {
      for (size_t i = 0; i < size; i++) to[i] = (given_ + i) % 61 == 0 ? '\n' : 'n';
      given_ += size;
      return size;
    }
    uint64_t given_ = 0;
  };
  Noise noise;
  Evidence evidence;
  evidence.inputs.emplace_back();
  ReadOptions options;
  options.max_unrecognised_bytes = 8 << 20;
  read_text(noise, options, {}, InputId{0}, evidence);
  EXPECT_LT(noise.given_, uint64_t{12} << 20);
  ASSERT_EQ(evidence.inputs[0].notes.size(), 1u);
  EXPECT_EQ(evidence.inputs[0].notes[0].kind, Note::Kind::kLimit);
}

}  // namespace
}  // namespace unpark::evidence
