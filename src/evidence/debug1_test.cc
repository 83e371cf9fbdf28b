#include "evidence/debug1.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace unpark::evidence {
namespace {

struct Read {
  explicit Read(std::string_view text) {
    evidence.inputs.push_back({"test", "", text.size(), {}, ""});
    Debug1Reader reader(InputId{0}, evidence);
    while (!text.empty()) {
      size_t end = std::min(text.find('\n'), text.size());
      if (!reader.take(text.substr(0, end), 0)) left.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    reader.finish();
  }
  const Snapshot& snapshot(size_t i = 0) const { return evidence.snapshots.at(i); }
  std::vector<std::string> stack(StackId id) const {
    std::vector<std::string> out;
    for (FrameId f : evidence.symbols[id]) {
      const Frame& frame = evidence.symbols[f];
      out.push_back(std::string(evidence.symbols.text(frame.function)) + " " +
                    std::string(evidence.symbols.text(frame.file)) + ":" +
                    std::to_string(frame.line) + (frame.flags & kInlined ? " inlined" : ""));
    }
    return out;
  }
  std::string labels(const Goroutine& g) const {
    std::string out;
    for (const Label& l : evidence.symbols[g.labels]) {
      out += std::string(evidence.symbols.text(l.key)) + "=" +
             std::string(evidence.symbols.text(l.value)) + ";";
    }
    return out;
  }
  const std::vector<Note>& notes() const { return evidence.inputs[0].notes; }

  Evidence evidence;
  std::vector<std::string> left;  // lines it did not take
};

using Lines = std::vector<std::string>;

const char* const kProfile =
    "goroutine profile: total 6\n"
    "4 @ 0x48922a 0x416b9c 0x416797 0x5bf96d 0x48fe41\n"
    "#\t0x5bf96c\tmain.chanSend+0x4c\texample.test/fx/base.go:45\n"
    "\n"
    "2 @ 0x48922a 0x4636f7 0x5b745f 0x48fe41\n"
    "# labels: {\"job\":\"x\\n\\\"y\\\"\", \"\":\"\\xff\\u00fc}: \"}\n"
    "#\t0x5b745e\tmain.selectLoop+0xde\texample.test/fx/with blank/base.go:88\n"
    "\n";

TEST(Debug1, Goroutines) {
  Read read(kProfile);
  EXPECT_EQ(read.left, Lines{});
  EXPECT_TRUE(read.notes().empty());
  const Snapshot& s = read.snapshot();
  EXPECT_EQ(s.kind, SnapshotKind::kGoroutineProfile);
  EXPECT_EQ(s.claimed_total, 6u);
  EXPECT_FALSE(s.cut);
  ASSERT_EQ(s.goroutines.size(), 2u);
  EXPECT_EQ(s.goroutines[0].count, 4u);
  EXPECT_EQ(s.goroutines[0].reason, WaitReason::kChanSend);
  EXPECT_EQ(read.stack(s.goroutines[0].stack), Lines{"main.chanSend example.test/fx/base.go:45"});
  EXPECT_EQ(s.goroutines[1].count, 2u);
  EXPECT_EQ(s.goroutines[1].reason, WaitReason::kSelect);
  EXPECT_EQ(read.stack(s.goroutines[1].stack),
            Lines{"main.selectLoop example.test/fx/with blank/base.go:88"});
  EXPECT_EQ(read.labels(s.goroutines[1]), "=\xff\u00fc}: ;job=x\n\"y\";");
  EXPECT_FALSE(s.goroutines[0].labels.exists());
}

TEST(Debug1, WhatParksByItself) {
  Read read(
      "goroutine profile: total 5\n"
      "3 @ 0x4874ae 0x464be5 0x5b745f 0x48efe1\n"
      "#\t0x5b745e\tmain.selectLoop+0xde\tbase.go:88\n"
      "1 @ 0x4874ae 0x4733a5 0x4e63f4 0x48efe1\n"
      "#\t0x4e63f3\truntime/trace.(*traceMultiplexer).startLocked.func1+0xb3\tsubscribe.go:167\n"
      "1 @ 0x4865c7 0x5c3713 0x5bf322 0x5c358f 0x41809b 0x48fe41\n"
      "#\t0x5c3712\titer.Pull[...].func1.1+0x52\titer/iter.go:287\n"
      "#\t0x5bf321\tmain.seq+0x61\tv23.go:17\n");
  const std::vector<Goroutine>& g = read.snapshot().goroutines;
  EXPECT_EQ(g[0].reason, WaitReason::kSelect);
  EXPECT_EQ(g[1].reason, WaitReason::kTraceReaderBlocked);
  EXPECT_EQ(g[2].reason, WaitReason::kCoroutine);
}

// Of neighbours with one entry the outermost has the frame; a function that calls itself has two.
// A goroutine that has not begun stands in goexit, which is never printed and of which nothing is
// lost.
TEST(Debug1, WhatHasNotBegun) {
  std::string text = kProfile;
  Read read(text.replace(text.find("total 6"), 7, "total 7") + "1 @ 0x48fe41\n\n");
  EXPECT_TRUE(read.notes().empty());
  ASSERT_EQ(read.snapshot().goroutines.size(), 3u);
  EXPECT_EQ(read.stack(read.snapshot().goroutines[2].stack), Lines{"runtime.goexit :0"});
}

TEST(Debug1, OtherRecordsWithoutNamesHaveLostThem) {
  std::string text = kProfile;
  Read read(text.replace(text.find("total 6"), 7, "total 7") + "1 @ 0x48fe49\n\n");
  ASSERT_EQ(read.notes().size(), 1u);
  EXPECT_EQ(read.notes()[0].message,
            "goroutine profile: of 1 record the lines that name functions are missing");
}

TEST(Debug1, InlinedFrames) {
  Read read(
      "goroutine profile: total 1\n"
      "1 @ 0x10 0x2038 0x2020 0x2010 0x3030 0x3040 0x48fe41\n"
      "#\t0x2037\tmain.leaf+0x37\tmain.go:5\n"
      "#\t0x201f\tmain.mid+0x1f\tmain.go:6\n"
      "#\t0x200f\tmain.upper+0xf\tmain.go:7\n"
      "#\t0x302f\tmain.again+0x2f\tmain.go:8\n"
      "#\t0x303f\tmain.again+0x3f\tmain.go:9\n");
  EXPECT_EQ(read.stack(read.snapshot().goroutines[0].stack),
            (Lines{"main.leaf main.go:5 inlined", "main.mid main.go:6 inlined",
                   "main.upper main.go:7", "main.again main.go:8", "main.again main.go:9"}));
}

// Logs and pages lose blank lines, tabs and "#", and put lines between.
TEST(Debug1, AsPeoplePasteIt) {
  Read read(
      "look what I found: goroutine profile: total 6\n"
      "4 @ 0x48922a 0x416b9c 0x416797 0x5bf96d 0x48fe41\r\n"
      "   0x5bf96c main.chanSend+0x4c   example.test/fx/base.go:45   \n"
      "level=info msg=\"12 @ home\"\n"
      "12 monkeys @ the zoo\n"
      "2 @ 0x48922a 0x4636f7 0x5b745f 0x48fe41\n"
      " labels: {\"job\":\"x\"}\n"
      "level=info msg=something\n"
      "# 0x5b745e main.(*box[go.shape.struct { a int }]).loop+0xde example.test/fx/base.go:88\n");
  EXPECT_EQ(read.left, (Lines{"level=info msg=\"12 @ home\"", "12 monkeys @ the zoo",
                              "level=info msg=something"}));
  const Snapshot& s = read.snapshot();
  EXPECT_EQ(s.goroutine_count(), 6u);
  EXPECT_TRUE(read.notes().empty());
  EXPECT_EQ(read.stack(s.goroutines[0].stack), Lines{"main.chanSend example.test/fx/base.go:45"});
  EXPECT_EQ(read.stack(s.goroutines[1].stack),
            Lines{"main.(*box[go.shape.struct { a int }]).loop example.test/fx/base.go:88"});
  EXPECT_EQ(read.labels(s.goroutines[1]), "job=x;");
}

TEST(Debug1, BehindThePrefixOfALog) {
  std::string mutex =
      "--- mutex:\ncycles/second=2000000000\nsampling period=5\n3000000 4 @ 0x5bba87\n"
      "#\t0x5bba86\tsync.(*Mutex).Unlock+0x46\tsync/mutex.go:65\n";
  for (const std::string& text : {std::string(kProfile), mutex}) {
    for (const char* prefix : {"app_1  | ", "> ", "2026-11-20T19:52:16.71Z stderr F "}) {
      std::string logged;
      for (size_t at = 0; at < text.size();) {
        size_t end = text.find('\n', at) + 1;
        logged += prefix + text.substr(at, end - at);
        at = end;
      }
      Read read(logged), plain(text);
      ASSERT_EQ(read.evidence.snapshots.size(), 1u) << logged;
      EXPECT_EQ(read.snapshot().goroutine_count(), plain.snapshot().goroutine_count());
      EXPECT_EQ(read.snapshot().values, plain.snapshot().values);
      ASSERT_EQ(read.notes().size(), 1u);
      EXPECT_EQ(read.notes()[0].kind, Note::Kind::kMangled);
    }
  }
}

TEST(Debug1, CutAndHeadless) {
  std::string text(kProfile);
  Read cut(text.substr(0, text.find("2 @")));
  EXPECT_EQ(cut.snapshot().goroutine_count(), 4u);
  EXPECT_EQ(cut.snapshot().claimed_total, 6u);
  EXPECT_TRUE(cut.snapshot().cut);
  ASSERT_EQ(cut.notes().size(), 1u);
  EXPECT_EQ(cut.notes()[0].kind, Note::Kind::kMismatch);
  EXPECT_NE(cut.notes()[0].message.find("says 6 goroutines, its records add up to 4"),
            std::string::npos)
      << cut.notes()[0].message;

  Read headless(text.substr(text.find('\n') + 1));
  EXPECT_EQ(headless.snapshot().goroutine_count(), 6u);
  EXPECT_FALSE(headless.snapshot().claimed_total.has_value());
  EXPECT_TRUE(headless.snapshot().cut);
  ASSERT_EQ(headless.notes().size(), 1u);
  EXPECT_EQ(headless.notes()[0].kind, Note::Kind::kLost);

  Read wrong(
      "goroutine profile: total 1\n4 @ 0x48922a 0x5bf96d\n#\t0x5bf96c\tmain.f+0x4c\tmain.go:45\n");
  ASSERT_EQ(wrong.notes().size(), 1u);
  EXPECT_FALSE(wrong.snapshot().cut);
}

// Cut anywhere, it never has more than there was.
TEST(Debug1, CutAnywhere) {
  std::string text(kProfile);
  for (size_t size = 0; size <= text.size(); size++) {
    Read read(text.substr(0, size));
    if (read.evidence.snapshots.empty()) continue;
    EXPECT_LE(read.snapshot().goroutine_count(), 6u);
    if (size < text.find("# labels")) {
      EXPECT_FALSE(read.notes().empty()) << "at " << size;
    }
  }
}

TEST(Debug1, OrdinaryTextIsNoProfile) {
  Read read(
      "meet me @ 0x12\n7 @ 0x1 is late\n12 @\n3 @ 0x48922a 0x5bf96d\n# labels: {}\n"
      "#\t0x5bf96c\n--- goroutines:\nthe goroutine profile: total war\n0x12 0x13\n\n# HELP x y\n");
  EXPECT_TRUE(read.evidence.snapshots.empty());
  EXPECT_TRUE(read.notes().empty());
}

TEST(Debug1, SeveralInOneText) {
  std::string text = std::string(kProfile) + "some text\n" +
                     "goroutineleak profile: total 3\n"
                     "3 @ 0x48922a 0x462c46 0x5b7718 0x48fe41\n"
                     "#\t0x5b7717\tmain.forever+0x37\tbase.go:113\n"
                     "\n"
                     "jobs profile: total 2\n"
                     "2 @ 0x5b7718 0x48fe41\n"
                     "#\t0x5b7717\tmain.forever+0x37\tbase.go:113\n";
  Read read(text);
  ASSERT_EQ(read.evidence.snapshots.size(), 3u);
  const Snapshot &leaks = read.snapshot(1), &jobs = read.snapshot(2);
  EXPECT_EQ(leaks.kind, SnapshotKind::kLeakProfile);
  EXPECT_EQ(leaks.goroutine_count(), 3u);
  EXPECT_EQ(leaks.goroutines[0].flags, kLeaked);
  EXPECT_EQ(jobs.kind, SnapshotKind::kOtherProfile);
  EXPECT_EQ(jobs.value_types[0].type, "jobs");
  ASSERT_EQ(jobs.samples.size(), 1u);
  EXPECT_EQ(jobs.values[0], 2);
}

TEST(Debug1, HeapIsScaledAsItsProtobufIs) {
  Read read(
      "heap profile: 3: 98304 [5: 163840] @ heap/65536\n"
      "3: 98304 [5: 163840] @ 0x486cba 0x48b309 0x5bbd45\n"
      "#\t0x5bbd44\tmain.allocate+0x44\tmain.go:64\n"
      "\n"
      "0: 0 [0: 0] @ 0x486cba\n"
      "#\t0x486cb9\truntime.mallocgc+0x4\tmalloc.go:1\n"
      "\n"
      "\n"
      "# runtime.MemStats\n"
      "# Alloc = 7410232\n"
      "# PauseNs = [1 2 3]\n");
  EXPECT_EQ(read.left, Lines{""});
  const Snapshot& s = read.snapshot();
  EXPECT_EQ(s.kind, SnapshotKind::kHeap);
  EXPECT_EQ(s.period, 32768);
  ASSERT_EQ(s.samples.size(), 2u);
  // Blocks as large as the rate are seen with probability 1 - 1/e.
  EXPECT_EQ(std::vector<int64_t>(s.values.begin(), s.values.begin() + 4),
            (std::vector<int64_t>{7, 259191, 4, 155514}));
  EXPECT_EQ(s.values[4], 0);
}

TEST(Debug1, ContentionInNanoseconds) {
  Read read(
      "--- mutex:\n"
      "cycles/second=2000000000\n"
      "sampling period=5\n"
      "3000000 4 @ 0x5bba87\n"
      "#\t0x5bba86\tsync.(*Mutex).Unlock+0x46\tsync/mutex.go:65\n");
  const Snapshot& s = read.snapshot();
  EXPECT_EQ(s.kind, SnapshotKind::kMutex);
  EXPECT_EQ(s.period, 5);
  EXPECT_EQ(s.values, (std::vector<int64_t>{4, 1500000}));
}

TEST(Debug1, AbsurdNumbers) {
  Read read(
      "goroutine profile: total 99999999999999999999999\n"
      "99999999999999999999999 @ 0x5bba87\n"
      "#\t0xffffffffffffffffff\tmain.f+0xfffffffffffffffff\tmain.go:99999999999999999\n"
      "# labels: {\"a\":\n");
  const Snapshot& s = read.snapshot();
  ASSERT_EQ(s.goroutines.size(), 1u);
  EXPECT_EQ(s.goroutines[0].count, UINT32_MAX);
  EXPECT_GE(read.notes().size(), 2u);
}

// Addresses alone say what waits, where they are those of a Go that we know.
TEST(Debug1, HiddenFrames) {
  std::vector<HiddenFrames> go127 = {
      {{0x48922a, 0x417ace, 0x4175f2}, 3},  // receive
      {{0x48922a, 0x4177f9, 0x4175f2}, 3},  // from a nil channel
      {{0x48922a, 0x417ace, 0x417612}, 3},  // in a range loop
      {{0x48922a, 0x416b9c, 0x416797}, 3},  // send
      {{0x48922a, 0x4168ac, 0x416797}, 3},  // to a nil channel
      {{0x48922a, 0x4636f7, 0x5b745f}, 2},  // select
      {{0x48922a, 0x462c46, 0x5b7718}, 2},  // select {}
      {{0x44f9d4, 0x490f6b, 0x5b7718}, 2},  // preempted
      {{0x48922a, 0x417ace, 0x4175f3}, 3},  // none of the known places
      {{0x48922a, 0x417ace, 0x4175f2}, 9},
  };
  using enum WaitReason;
  EXPECT_EQ(waits_of_hidden(go127),
            (std::vector<WaitReason>{kChanReceive, kChanReceiveNil, kChanReceive, kChanSend,
                                     kChanSendNil, kSelect, kSelectNoCases, kNone, kNone, kNone}));
  for (HiddenFrames& h : go127) {
    if (h.pcs[0] == 0x48922a) h.pcs[0] = 0x489228;  // not where a known gopark calls
  }
  EXPECT_EQ(waits_of_hidden(go127), std::vector<WaitReason>(go127.size(), kNone));
  EXPECT_TRUE(waits_of_hidden({}).empty());
}

}  // namespace
}  // namespace unpark::evidence
