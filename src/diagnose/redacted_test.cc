// What is saved without what is private says the same of who waits for whom.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/os.h"
#include "diagnose/test_evidence.h"
#include "evidence/redact.h"

namespace unpark::diagnose {
namespace {

using Row = std::tuple<uint32_t, uint64_t, int, uint32_t, uint64_t, int, uint32_t>;

std::vector<Row> edges_of(const Diagnosis& d) {
  std::vector<Row> out;
  for (const Edge& e : d.edges) {
    out.emplace_back(e.from.raw, e.from_goroutine, e.role, e.to.raw, e.to_goroutine,
                     static_cast<int>(e.known), e.count);
  }
  return out;
}

// As diagnosed from dumps that were saved one after the other.
void expect_the_same(const std::vector<std::string>& dumps, const std::string& name) {
  TestEvidence live, saved;
  evidence::Pseudonyms names;
  for (const std::string& dump : dumps) {
    live.add(dump);
    saved.add(evidence::redact_text(dump, names));
  }
  Diagnosis a = live.diagnose(), b = saved.diagnose();
  EXPECT_EQ(edges_of(a), edges_of(b)) << name;
  ASSERT_EQ(a.cycles.size(), b.cycles.size()) << name;
  for (size_t i = 0; i < a.cycles.size(); i++) EXPECT_EQ(a.cycles[i].edges, b.cycles[i].edges);
  EXPECT_EQ(a.verdict, b.verdict) << name;
  ASSERT_EQ(a.groups.size(), b.groups.size()) << name;
  for (size_t i = 0; i < a.groups.size(); i++) {
    EXPECT_EQ(a.groups[i].mechanism, b.groups[i].mechanism) << name;
    EXPECT_EQ(a.groups[i].strength, b.groups[i].strength) << name;
  }
}

std::string text_of_file(const std::string& path) {
  auto bytes = base::read_file(path);
  EXPECT_TRUE(bytes.ok()) << path;
  return bytes ? *bytes : std::string();
}

TEST(Redacted, TheFirstDumpsSayTheSame) {
  std::string directory = "docs/first_dump/";
  std::string one = text_of_file(directory + "dump1.txt"),
              two = text_of_file(directory + "dump2.txt");
  TestEvidence e;
  e.add(one).add(two);
  EXPECT_EQ(e.diagnose().cycles.size(), 1u);
  expect_the_same({one}, "dump1");
  expect_the_same({one, two}, "both");
}

// One object spans two pages, two locks of it are waited for.
TEST(Redacted, LocksAcrossPages) {
  DumpText dump;
  dump.add(
      7, "sync.Mutex.Lock, 3 minutes",
      {"sync.(*Mutex).Lock(...)@mutex.go:46", "internal/sync.(*Mutex).Lock(0xc000124010)@m.go:70",
       "main.(*ledger).transfer(0xc000123fe8, 0x5)@ledger.go:21"},
      "main.main@main.go:5", 1);
  dump.add(8, "sync.Mutex.Lock, 3 minutes",
           {"internal/sync.(*Mutex).Lock(0xc000123ff0)@m.go:70",
            "main.(*ledger).statement(0xc000123fe8)@ledger.go:41"},
           "main.main@main.go:6", 1);
  TestEvidence e;
  e.add(dump);
  EXPECT_EQ(e.diagnose().cycles.size(), 1u);
  expect_the_same({dump.text()}, "ledger");
}

TEST(Redacted, DumpsOfGoSayTheSame) {
  size_t dumps = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator("tests/evidence/fixtures")) {
    std::string path = entry.path().string();
    if (!path.ends_with("debug2.txt")) continue;
    expect_the_same({text_of_file(path)}, path);
    dumps++;
  }
  EXPECT_GT(dumps, 10u);
}

}  // namespace
}  // namespace unpark::diagnose
