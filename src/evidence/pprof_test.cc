#include "evidence/pprof.h"

#include <gtest/gtest.h>

#include <chrono>
#include <protozero/pbf_writer.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace unpark::evidence {
namespace {

// Writes profiles, good and bad ones.
class Builder {
 public:
  explicit Builder(std::vector<std::pair<std::string, std::string>> types) {
    string("");
    for (auto& [type, unit] : types) {
      protozero::pbf_writer m(top_, 1);
      m.add_uint64(1, string(type));
      m.add_uint64(2, string(unit));
    }
  }

  uint64_t string(const std::string& text) {
    for (size_t i = 0; i < strings_.size(); i++) {
      if (strings_[i] == text) return i;
    }
    strings_.push_back(text);
    return strings_.size() - 1;
  }
  void function(uint64_t id, const std::string& name, const std::string& file) {
    uint64_t name_index = string(name), file_index = string(file);
    protozero::pbf_writer m(top_, 5);
    m.add_uint64(1, id);
    m.add_uint64(2, name_index);
    m.add_uint64(4, file_index);
  }
  void location(uint64_t id, uint64_t address, std::vector<std::pair<uint64_t, int64_t>> lines) {
    protozero::pbf_writer m(top_, 4);
    m.add_uint64(1, id);
    m.add_uint64(3, address);
    for (auto [function, line] : lines) {
      protozero::pbf_writer l(m, 4);
      l.add_uint64(1, function);
      l.add_int64(2, line);
    }
  }
  void sample(std::vector<uint64_t> locations, std::vector<int64_t> values,
              std::vector<std::pair<std::string, std::string>> labels = {}, bool packed = true) {
    for (auto& [key, value] : labels) string(key), string(value);
    protozero::pbf_writer m(top_, 2);
    if (packed) {
      m.add_packed_uint64(1, locations.begin(), locations.end());
      m.add_packed_int64(2, values.begin(), values.end());
    } else {
      for (uint64_t l : locations) m.add_uint64(1, l);
      for (int64_t v : values) m.add_int64(2, v);
    }
    for (auto& [key, value] : labels) {
      protozero::pbf_writer l(m, 3);
      l.add_uint64(1, string(key));
      l.add_uint64(2, string(value));
    }
  }
  void raw(uint32_t field, const std::string& bytes) { top_.add_bytes(field, bytes); }
  void number(uint32_t field, int64_t value) { top_.add_int64(field, value); }

  std::string done() {
    std::string out = out_;
    protozero::pbf_writer m(out);
    for (const std::string& s : strings_) m.add_string(6, s);
    return out;
  }

 private:
  std::string out_;
  protozero::pbf_writer top_{out_};
  std::vector<std::string> strings_;
};

const std::vector<std::pair<std::string, std::string>> kGoroutines = {{"goroutine", "count"}};

struct Read {
  explicit Read(const std::string& bytes) {
    evidence.inputs.push_back({"test", "", bytes.size(), {}, ""});
    ok = read_pprof(bytes, InputId{0}, evidence);
    EXPECT_EQ(evidence.snapshots.size(), ok ? 1u : 0u);
    EXPECT_EQ(evidence.inputs[0].error.empty(), ok);
  }
  const Snapshot& snapshot() const { return evidence.snapshots.at(0); }
  std::vector<std::string> stack(StackId id) const {
    std::vector<std::string> out;
    for (FrameId f : evidence.symbols[id]) {
      const Frame& frame = evidence.symbols[f];
      out.push_back(std::string(evidence.symbols.text(frame.function)) + " " +
                    std::string(evidence.symbols.text(frame.file)) + ":" +
                    std::to_string(frame.line) + (frame.flags & kInlined ? " inlined" : "") +
                    (frame.flags & kElision ? " elision" : ""));
    }
    return out;
  }
  bool has_note(Note::Kind kind) const {
    for (const Note& n : evidence.inputs[0].notes) {
      if (n.kind == kind) return true;
    }
    return false;
  }

  Evidence evidence;
  bool ok = false;
};

TEST(Pprof, StacksCountsLabels) {
  Builder b(kGoroutines);
  b.function(1, "runtime.gopark", "runtime/proc.go");
  b.function(2, "runtime.selectgo", "runtime/select.go");
  b.function(3, "main.leaf", "main.go");
  b.function(4, "main.mid", "main.go");
  b.function(5, "main.root", "main.go");
  b.location(1, 0x100, {{1, 474}});
  b.location(2, 0x200, {{2, 351}});
  b.location(3, 0x300, {{3, 10}, {4, 20}, {5, 30}});
  b.sample({1, 2, 3}, {7}, {{"tenant", "a"}, {"job", "x y"}});
  b.sample({1, 2, 3}, {5}, {}, false);
  b.sample({3}, {0});
  b.number(9, 1'790'000'000'000'000'000);
  Read read(b.done());
  ASSERT_TRUE(read.ok);
  const Snapshot& s = read.snapshot();
  EXPECT_EQ(s.kind, SnapshotKind::kGoroutineProfile);
  ASSERT_EQ(s.goroutines.size(), 2u) << "nothing is said of goroutines that are none";
  EXPECT_EQ(s.goroutine_count(), 12u);
  EXPECT_EQ(s.goroutines[0].count, 7u);
  EXPECT_EQ(s.goroutines[0].reason, WaitReason::kSelect);
  EXPECT_EQ(s.goroutines[0].status, Status::kUnknown);
  EXPECT_EQ(s.goroutines[0].stack, s.goroutines[1].stack) << "packed or not";
  EXPECT_EQ(
      read.stack(s.goroutines[0].stack),
      (std::vector<std::string>{
          "runtime.gopark runtime/proc.go:474", "runtime.selectgo runtime/select.go:351",
          "main.leaf main.go:10 inlined", "main.mid main.go:20 inlined", "main.root main.go:30"}));
  const Symbols& symbols = read.evidence.symbols;
  ASSERT_EQ(symbols[s.goroutines[0].labels].size(), 2u);
  EXPECT_EQ(symbols.text(symbols[s.goroutines[0].labels][0].key), "job");
  EXPECT_EQ(symbols.text(symbols[s.goroutines[0].labels][0].value), "x y");
  EXPECT_FALSE(s.goroutines[1].labels.exists());
  EXPECT_EQ(s.time_ns, 1'790'000'000'000'000'000);
  EXPECT_TRUE(read.evidence.inputs[0].notes.empty());
}

TEST(Pprof, Kinds) {
  struct Case {
    std::vector<std::pair<std::string, std::string>> types;
    const char* leaf;
    SnapshotKind kind;
  };
  const Case kCases[] = {
      {{{"goroutineleak", "count"}}, "main.f", SnapshotKind::kLeakProfile},
      {{{"threadcreate", "count"}}, "main.f", SnapshotKind::kThreadCreate},
      {{{"contentions", "count"}, {"delay", "nanoseconds"}},
       "sync.(*Mutex).Unlock",
       SnapshotKind::kMutex},
      {{{"contentions", "count"}, {"delay", "nanoseconds"}},
       "runtime.unlock",
       SnapshotKind::kMutex},
      {{{"contentions", "count"}, {"delay", "nanoseconds"}},
       "sync.(*Mutex).Lock",
       SnapshotKind::kBlock},
      {{{"contentions", "count"}, {"delay", "nanoseconds"}},
       "runtime.selectgo",
       SnapshotKind::kBlock},
      {{{"samples", "count"}, {"cpu", "nanoseconds"}}, "main.f", SnapshotKind::kOtherProfile},
      {{{"inuse_objects", "count"}, {"inuse_space", "bytes"}}, "main.f", SnapshotKind::kHeap},
  };
  for (const Case& c : kCases) {
    Builder b(c.types);
    b.function(1, c.leaf, "main.go");
    b.location(1, 0x100, {{1, 10}});
    b.sample({1}, std::vector<int64_t>(c.types.size(), 3));
    Read read(b.done());
    ASSERT_TRUE(read.ok);
    EXPECT_EQ(read.snapshot().kind, c.kind) << c.types[0].first << " " << c.leaf;
    bool goroutines = c.kind == SnapshotKind::kLeakProfile;
    EXPECT_EQ(read.snapshot().goroutines.size(), goroutines ? 1u : 0u);
    EXPECT_EQ(read.snapshot().samples.size(), goroutines ? 0u : 1u);
    if (goroutines) {
      EXPECT_EQ(read.snapshot().goroutines[0].flags, kLeaked);
    }
  }
}

// Of ?seconds=N: what came and what went. Never goroutines that are there.
TEST(Pprof, Differences) {
  for (bool negative : {true, false}) {
    Builder b(kGoroutines);
    b.function(1, "main.f", "main.go");
    b.location(1, 0x100, {{1, 10}});
    b.sample({1}, {12});
    if (negative) b.sample({1}, {-4});
    if (!negative) b.number(10, 30'000'000'000);
    Read read(b.done());
    ASSERT_TRUE(read.ok);
    const Snapshot& s = read.snapshot();
    EXPECT_EQ(s.kind, SnapshotKind::kGoroutineDelta);
    EXPECT_TRUE(s.goroutines.empty());
    ASSERT_EQ(s.samples.size(), negative ? 2u : 1u);
    EXPECT_EQ(s.values[0], 12);
    if (negative) {
      EXPECT_EQ(s.values[1], -4);
    }
  }
}

TEST(Pprof, IdsNeedNotBeInOrder) {
  Builder b(kGoroutines);
  b.function(900, "main.f", "main.go");
  b.function(7, "main.g", "main.go");
  b.location(UINT64_MAX, 0x100, {{900, 1}});
  b.location(3, 0x200, {{7, 2}});
  b.sample({3, UINT64_MAX}, {1});
  Read read(b.done());
  ASSERT_TRUE(read.ok);
  EXPECT_EQ(read.stack(read.snapshot().goroutines[0].stack),
            (std::vector<std::string>{"main.g main.go:2", "main.f main.go:1"}));
}

TEST(Pprof, WithoutSymbolsAddressesStand) {
  Builder b(kGoroutines);
  b.location(1, 0xabc, {});
  b.function(1, "main.f", "");
  b.location(2, 0xdef, {{1, 0}});
  b.sample({1, 2}, {1});
  Read read(b.done());
  ASSERT_TRUE(read.ok);
  const Snapshot& s = read.snapshot();
  EXPECT_EQ(read.stack(s.goroutines[0].stack), (std::vector<std::string>{"0xabc :0", "main.f :0"}));
  const Symbols& symbols = read.evidence.symbols;
  EXPECT_EQ(symbols[symbols[s.goroutines[0].stack][0]].flags, kForeign | kNoPlace);
  EXPECT_EQ(symbols[symbols[s.goroutines[0].stack][1]].flags, uint32_t{kNoPlace});
}

TEST(Pprof, WhatIsDamagedIsToldAndTheRestKept) {
  Builder b(kGoroutines);
  b.function(1, "main.f", "main.go");
  b.location(1, 0x100, {{1, 10}, {55, 1}});
  b.sample({1}, {3});
  b.sample({1, 77}, {2});    // a location that is not there
  b.sample({1}, {1, 1, 1});  // more values than kinds
  b.raw(2, "\x0a\x7f\x01");  // a length beyond the message
  b.raw(4, "\xff\xff\xff");  // no message at all
  Read read(b.done());
  ASSERT_TRUE(read.ok);
  EXPECT_EQ(read.snapshot().goroutine_count(), 5u);
  EXPECT_TRUE(read.has_note(Note::Kind::kLost));
  EXPECT_FALSE(read.snapshot().cut);
}

TEST(Pprof, AbsurdNumbers) {
  Builder b(kGoroutines);
  b.function(1, "main.f", "main.go");
  b.location(1, 0x100, {{1, INT64_MAX}});
  b.sample({1}, {INT64_MAX});
  Read read(b.done());
  ASSERT_TRUE(read.ok);
  EXPECT_EQ(read.snapshot().goroutines[0].count, UINT32_MAX);
  EXPECT_TRUE(read.has_note(Note::Kind::kMismatch));
}

// Cut anywhere: an error that says so, or what came before. The table of names is at the end.
TEST(Pprof, CutAnywhere) {
  Builder b(kGoroutines);
  b.function(1, "main.f", "main.go");
  b.location(1, 0x100, {{1, 10}});
  for (int i = 0; i < 20; i++) b.sample({1}, {1});
  std::string bytes = b.done();
  bool refused = false, kept = false;
  for (size_t size = 0; size < bytes.size(); size++) {
    Read read(bytes.substr(0, size));
    if (!read.ok) {
      refused |= read.evidence.inputs[0].error.find("cut") != std::string::npos;
    } else {
      kept = true;
      EXPECT_LE(read.snapshot().goroutine_count(), 20u);
    }
  }
  EXPECT_TRUE(refused);
  EXPECT_TRUE(kept);
}

TEST(Pprof, NoProfiles) {
  for (const char* text : {"", "goroutine 1 [running]:\nmain.main()\n", "{\"cmdline\":[]}", "\n\n",
                           "Z\x04zz", "SCHED 0ms: gomaxprocs=4\n",
                           "\x7f"
                           "ELF\x02\x01\x01"}) {
    EXPECT_FALSE(looks_like_pprof(text)) << text;
    EXPECT_FALSE(Read(text).ok) << text;
  }
  EXPECT_TRUE(looks_like_pprof(Builder(kGoroutines).done()));
}

// Few bytes that stand for many frames: locations of many lines, named often. What is kept stays in
// proportion to the input.
TEST(Pprof, FewBytesCannotMeanManyFrames) {
  Builder b(kGoroutines);
  b.function(1, "main.f", "main.go");
  b.location(1, 0x100, std::vector<std::pair<uint64_t, int64_t>>(1000, {1, 10}));
  for (int i = 0; i < 3000; i++) {
    std::vector<uint64_t> stack(static_cast<size_t>(i % 100 + 1), 1);
    b.sample(stack, {i + 1});
  }
  std::string bytes = b.done();
  Read read(bytes);
  ASSERT_TRUE(read.ok);
  EXPECT_EQ(read.snapshot().goroutines.size(), 3000u);
  EXPECT_LT(read.evidence.symbols.bytes(), bytes.size() * 60 + (8 << 20));
  EXPECT_TRUE(read.has_note(Note::Kind::kLimit));
  for (const Goroutine& g : read.snapshot().goroutines) {
    EXPECT_LE(read.evidence.symbols[g.stack].size(), 4097u);
  }
}

// 100,000 samples in a tenth of a second, on a machine that does nothing else; here with room.
TEST(Pprof, LargeProfiles) {
  Builder b(kGoroutines);
  std::mt19937 random(1);
  for (uint64_t i = 1; i <= 3000; i++) {
    b.function(i, "example.test/service/package.(*Type).method" + std::to_string(i),
               "example.test/service/package/file" + std::to_string(i % 100) + ".go");
    b.location(i, 0x400000 + i * 64, {{i, static_cast<int64_t>(i)}});
  }
  uint64_t total = 0;
  for (int i = 0; i < 100000; i++) {
    std::vector<uint64_t> stack;
    for (int d = 0; d < 16; d++) stack.push_back(random() % 3000 + 1);
    b.sample(stack, {i % 5 + 1});
    total += static_cast<uint64_t>(i % 5 + 1);
  }
  std::string bytes = b.done();
  auto start = std::chrono::steady_clock::now();
  Read read(bytes);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(read.ok);
  EXPECT_EQ(read.snapshot().goroutine_count(), total);
  EXPECT_LT(took.count(), 2.0);
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
}

}  // namespace
}  // namespace unpark::evidence
