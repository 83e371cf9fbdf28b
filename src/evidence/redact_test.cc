// Redaction: what is kept, and that nothing private is left. Also of dumps and profiles that Go
// itself wrote.
#include "evidence/redact.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/os.h"
#include "evidence/byte_source.h"
#include "evidence/gzip.h"

namespace unpark::evidence {
namespace {

constexpr uint64_t kMiB = 1 << 20;

std::string unpacked(std::string_view bytes) {
  std::string what, out;
  auto source = decompressed(source_of(bytes), 64 * kMiB, &what);
  EXPECT_TRUE(source.ok());
  if (!source) return out;
  EXPECT_TRUE(read_all(**source, 64 * kMiB, &out).ok());
  return out;
}

std::string redact_text(std::string_view bytes) {
  Pseudonyms names;
  return evidence::redact_text(bytes, names);
}

base::Result<std::string> redacted(std::string_view bytes, uint64_t max_bytes) {
  Pseudonyms names;
  return evidence::redacted(bytes, max_bytes, names);
}

// No heap address of any layout: more than four digits behind 0x, except where code addresses
// stand, in debug=1 profiles, and pseudonyms, which no heap has.
bool has_address(const std::string& text) {
  for (size_t at = 0; (at = text.find("0x", at)) != std::string::npos; at += 2) {
    uint64_t word = std::strtoull(text.c_str() + at, nullptr, 16);
    bool pseudonym = word >> 40 == 0x20 || word >> 40 == 0x30 || word >> 28 == 1;
    if (word > 0xffff && !pseudonym) return true;
  }
  return false;
}

TEST(HiddenValue, HidesOnceAndEquallyForEqualValues) {
  std::string hidden = hidden_value("alice@example.com");
  EXPECT_EQ(hidden.size(), 9u);
  EXPECT_EQ(hidden[0], '~');
  EXPECT_EQ(hidden.find("alice"), std::string::npos);
  EXPECT_EQ(hidden_value("alice@example.com"), hidden);
  EXPECT_NE(hidden_value("bob@example.com"), hidden);
  EXPECT_EQ(hidden_value(hidden), hidden);
}

TEST(WithoutAddresses, LongHexadecimalNumbersOnly) {
  EXPECT_EQ(without_addresses("m=0 0x1d +0x1f4 0xc000012345, 0xC0FFEE"),
            "m=0 0x1d +0x1f4 0x0, 0x0");
  EXPECT_EQ(without_addresses("f00x123456"), "f00x123456");
  EXPECT_EQ(without_addresses("0x"), "0x");
}

TEST(RedactText, Goroutine) {
  EXPECT_EQ(
      redact_text("goroutine 7 gp=0xc000007500 m=nil [chan send, 5 minutes, locked to thread]:\n"
                  "main.(*Shop[...]).price(0xc000123456, {0xc0000aa000?, 0x5}, 0x2a)\n"
                  "\t/src/shop.go:32 +0x1d fp=0xc000051f28 sp=0xc000051ea8 pc=0x47daef\n"
                  "main.inlined(...)\n"
                  "\t/src/shop.go:40\n"
                  "...23 frames elided...\n"
                  "created by main.serve in goroutine 1\n"
                  "\t/src/shop.go:30 +0x99\n"
                  "\n"),
      "goroutine 7 gp=0x0 m=nil [chan send, 5 minutes, locked to thread]:\n"
      "main.(*Shop[...]).price(0x200000180456, {0x200000280000?, 0x0}, 0x0)\n"
      "\t/src/shop.go:32 +0x1d\n"
      "main.inlined(...)\n"
      "\t/src/shop.go:40\n"
      "...23 frames elided...\n"
      "created by main.serve in goroutine 1\n"
      "\t/src/shop.go:30 +0x99\n"
      "\n");
}

TEST(Pseudonyms, KeepWhichObjectsAreTheSameAndSideBySide) {
  Pseudonyms names;
  uint64_t object = names.of(0xc000123458);
  EXPECT_EQ(names.of(0xc000123458), object);
  EXPECT_EQ(names.of(0xc000123470), object + 0x18);
  // The next page, and the one before; and one far away.
  EXPECT_EQ(names.of(0xc000124008), object + 0xbb0);
  EXPECT_EQ(names.of(0xc000122ff8), object - 0x460);
  uint64_t other = names.of(0xc000500458);
  EXPECT_GT(other, object + 0x10000);
  EXPECT_EQ(other & 0xfff, 0x458u);
  // Of what does not look like an object, not even that it is the same.
  EXPECT_NE(names.of(0x19a3c5b2e10), names.of(0x19a3c5b2e10));
  EXPECT_EQ(names.of(0x19a3c5b2e17) & 0xfff, 0u);
  EXPECT_EQ(names.of(0xc000123459) & 0xfff, 0u);
  EXPECT_EQ(names.of(42), 0u);
  EXPECT_EQ(names.of(0x4a5b60), names.of(123456));
}

// Variables of the program are not on the heap; receivers are addresses all the same.
TEST(Pseudonyms, OfReceiversWhereverTheyAre) {
  Pseudonyms names;
  uint64_t store = names.of_object(0x6b2a40);
  EXPECT_EQ(names.of_object(0x6b2a58), store + 0x18);
  EXPECT_EQ(names.of(0x6b2a40), store);
  EXPECT_LT(store, uint64_t{1} << 32);
  EXPECT_EQ(names.of(0x6b2a44), 0x1000u) << "a number, perhaps";
  EXPECT_EQ(names.of_object(0), 0u);
}

// In all that is stored together, and so that nothing tells where the heap is.
TEST(Pseudonyms, AreGivenInOrderOfAppearance) {
  Pseudonyms one, other;
  for (uint64_t page : {7, 3, 9, 7, 8}) {
    EXPECT_EQ(one.of(0xc000000000 + (page << 20) + 0x18),
              other.of(0xc0f0000000 + (page << 20) + 0x18));
  }
}

TEST(RedactText, AnObjectHasOneNameInAllThatIsStored) {
  Pseudonyms names;
  std::string first = evidence::redact_text("goroutine 7 [select]:\nmain.f(0xc000012348)\n", names);
  std::string second = evidence::redact_text(
      "goroutine 9 [select]:\nmain.g(0xc000555000)\nmain.f(0xc000012348)\n", names);
  std::string call = first.substr(first.find("main.f"));
  EXPECT_NE(second.find(call), std::string::npos) << second;
}

TEST(RedactText, OnlyReceiversOutsideOfTheHeapAreAddresses) {
  std::string text = redact_text(
      "goroutine 7 [select]:\nmain.(*T).f(0x6b2a40)\nmain.(*T).f.func1(0x6b3a48)\n"
      "main.(*T).g(0x6b4a48?)\nmain.h(0x6b5a48, 0x6b2a40)\n");
  EXPECT_NE(text.find("main.(*T).f(0x10180a40)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("main.(*T).f.func1(0x1000)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("main.(*T).g(0x1000?)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("main.h(0x1000, 0x10180a40)\n"), std::string::npos) << text;
}

TEST(RedactText, ArgumentsThatGoDoesNotPrintGo) {
  EXPECT_EQ(redact_text("goroutine 7 [select]:\nmain.f(\"s3cr3t\", 0x5)\nmain.g(_, 0x5?, ...)\n"),
            "goroutine 7 [select]:\nmain.f()\nmain.g(_, 0x0?, ...)\n");
}

TEST(RedactText, LabelsInTheirThreePlaces) {
  std::string hash = hidden_value("al ice");
  EXPECT_EQ(redact_text("goroutine 7 [select] {service: shop, user: \"al ice\"}:\n"),
            "goroutine 7 [select] {service: shop, user: \"" + hash + "\"}:\n");
  EXPECT_EQ(redact_text("goroutine 7 [select labels:{\"user\": \"al ice\"}]:\n"),
            "goroutine 7 [select labels:{\"user\": \"" + hash + "\"}]:\n");
  EXPECT_EQ(redact_text("# labels: {\"user\":\"al ice\", \"worker\":\"w1\"}\n"),
            "# labels: {\"user\":\"" + hash + "\", \"worker\":\"w1\"}\n");
}

TEST(RedactText, LabelsThatLookLikeTheEndOfTheHeader) {
  std::string out =
      redact_text("goroutine 7 [select] {\"]: \": \"x]: y}:\", \"a\\\"\": \"s\\u00e9\"}:\n");
  EXPECT_EQ(out, "goroutine 7 [select] {\"]: \": \"" + hidden_value("x]: y}:") +
                     "\", \"a\\\"\": \"" + hidden_value("s\xc3\xa9") + "\"}:\n");
}

TEST(RedactText, LabelsThatCannotBeReadGo) {
  EXPECT_EQ(redact_text("goroutine 7 [select] {user: alice\nmain.f(0x1)\n"),
            "goroutine 7 [select]:\nmain.f(0x0)\n");
  EXPECT_EQ(redact_text("goroutine 7 [select, 3 minutes labels:{\"user\" alice}]:\nmain.f(0x1)\n"),
            "goroutine 7 [select, 3 minutes]:\nmain.f(0x0)\n");
}

TEST(RedactText, WhatIsNoEvidenceGoes) {
  std::string out;
  Pseudonyms names;
  TextRedactor redactor(&out, &names);
  redactor.add("2026/11/21 login of alice from 10.0.0.7\npanic: token s3cr3t\n\n");
  redactor.add("main.f(0xc000012345)\nfatal error: all goroutines are asleep - deadlock!\n");
  redactor.finish();
  EXPECT_EQ(out, "panic: (left out)\n\nfatal error: all goroutines are asleep - deadlock!\n");
  EXPECT_EQ(redactor.left_out(), 2u);
}

TEST(RedactText, RaceReport) {
  EXPECT_EQ(
      redact_text("==================\nWARNING: DATA RACE\n"
                  "Write at 0x00c0000a6010 by main goroutine:\n"
                  "  main.closeRace()\n      /src/main.go:92 +0xb0\n\n"
                  "Goroutine 8 (finished) created at:\n  main.f()\n      /src/main.go:88 +0x9c\n"
                  "==================\nFound 1 data race(s)\n"),
      "==================\nWARNING: DATA RACE\n"
      "Write at 0x0 by main goroutine:\n"
      "  main.closeRace()\n      /src/main.go:92 +0xb0\n\n"
      "Goroutine 8 (finished) created at:\n  main.f()\n      /src/main.go:88 +0x9c\n"
      "==================\n");
}

TEST(RedactText, SchedulerAndMetrics) {
  std::string sched =
      "SCHED 0ms: gomaxprocs=3 idleprocs=1 threads=3\n  G1: status=2() m=0 lockedm=0\n";
  EXPECT_EQ(redact_text(sched), sched);
  EXPECT_EQ(redact_text("# TYPE up gauge\nup{user=\"alice\",le=\"0.5\"} 1\ngo_goroutines 12\n"),
            "# TYPE up gauge\nup{user=\"" + hidden_value("alice") +
                "\",le=\"0.5\"} 1\ngo_goroutines 12\n");
}

TEST(RedactText, PiecesOfAnySizeGiveTheSame) {
  std::string text =
      "goroutine 7 [select] {user: alice}:\r\nmain.f(0xc000012345)\n\t/src/a.go:1 +0x1d\nnoise\n"
      "goroutine 8 [running]:\nmain.g()\n\t/src/a.go:2";
  std::string whole = redact_text(text);
  for (size_t size : {1, 2, 7, 64}) {
    std::string out;
    Pseudonyms names;
    TextRedactor redactor(&out, &names);
    for (size_t at = 0; at < text.size(); at += size) {
      redactor.add(std::string_view(text).substr(at, size));
    }
    redactor.finish();
    EXPECT_EQ(out, whole) << size;
  }
}

TEST(RedactText, EndlessLinesAreLeftOutInConstantMemory) {
  std::string out;
  Pseudonyms names;
  TextRedactor redactor(&out, &names);
  std::string piece(1 << 16, '0');
  for (int i = 0; i < 1000; i++) redactor.add(piece);
  redactor.add("\ngoroutine 7 [select]:\n");
  redactor.finish();
  EXPECT_EQ(out, "goroutine 7 [select]:\n");
  EXPECT_EQ(redactor.left_out(), 1u);
}

TEST(RedactText, DumpsOfGoKeepTheirGoroutines) {
  for (const char* version : {"go1.19.8", "go1.26.7", "go1.27.3"}) {
    std::string path = std::string("tests/evidence/fixtures/") + version + "/waits/";
    auto bytes = base::read_file(path + "goroutine.debug2.txt");
    ASSERT_TRUE(bytes.ok()) << path;
    std::string out = redact_text(*bytes);
    auto count = [](const std::string& text, std::string_view what) {
      size_t n = 0;
      for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at++) n++;
      return n;
    };
    EXPECT_GT(count(out, "\ngoroutine "), 100u);
    EXPECT_EQ(count(out, "\ngoroutine "), count(*bytes, "\ngoroutine "));
    EXPECT_EQ(count(out, "\ncreated by "), count(*bytes, "\ncreated by "));
    EXPECT_EQ(count(out, "\n\t"), count(*bytes, "\n\t"));
    EXPECT_FALSE(has_address(out)) << version;
    EXPECT_EQ(out.find("tenant: a.b"), std::string::npos);
    EXPECT_EQ(redact_text(out), out) << "redacting twice changes nothing";

    auto profile = base::read_file(path + "goroutine.debug1.txt");
    ASSERT_TRUE(profile.ok());
    std::string lines = redact_text(*profile);
    EXPECT_EQ(count(lines, " @ 0x"), count(*profile, " @ 0x"));
    EXPECT_EQ(count(lines, "\n#\t"), count(*profile, "\n#\t"));
    EXPECT_EQ(count(lines, "# labels"), count(*profile, "# labels"));
    EXPECT_EQ(lines.find("a.b/c_1"), std::string::npos);
  }
}

TEST(RedactPprof, ValuesOfLabelsAreNowhereInTheBytes) {
  auto packed = base::read_file("tests/evidence/fixtures/go1.26.7/waits/goroutine.pb.gz");
  ASSERT_TRUE(packed.ok());
  std::string plain = unpacked(*packed);
  ASSERT_NE(plain.find("a.b/c_1"), std::string::npos);
  auto out = redact_pprof(plain);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->find("a.b/c_1"), std::string::npos);
  EXPECT_NE(out->find(hidden_value("a.b/c_1")), std::string::npos);
  EXPECT_NE(out->find("tenant"), std::string::npos);
  EXPECT_NE(out->find("main.selectLoop"), std::string::npos);
  auto again = redacted(*packed, 64 * kMiB);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(unpacked(*again), *out);
}

TEST(RedactPprof, WhatIsNoProfileIsRefused) {
  for (std::string_view bytes : {"", "goroutine 1 [running]:\n", "\x0a\xff\xff\xff\xff\x0f", "\x32",
                                 "\x32\x03"
                                 "abc",
                                 "{}"}) {
    EXPECT_FALSE(redact_pprof(bytes).ok());
  }
}

TEST(Redacted, JsonKeepsNumbersOnly) {
  auto out = redacted(
      R"({"cmdline": ["./x", "--token=s3cr3t"], "goroutines": 152, "by": {"a": 1, "b": "c"}})",
      kMiB);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(*out, "{\n \"goroutines\": 152,\n \"by\": {\n  \"a\": 1\n }\n}\n");
  EXPECT_FALSE(redacted(std::string(100000, '{'), kMiB).ok());
}

TEST(Gzip, IsReadBackAndHasNoTime) {
  std::string text(300000, 'x');
  std::string packed = gzip(text);
  EXPECT_EQ(packed, gzip(text));
  EXPECT_EQ(packed.substr(4, 4), std::string(4, '\0'));
  EXPECT_EQ(unpacked(packed), text);
  EXPECT_EQ(unpacked(gzip("")), "");
}

}  // namespace
}  // namespace unpark::evidence
