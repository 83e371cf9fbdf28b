// Whole dumps of Go 1.19 to 1.27, against what the programs that wrote them know.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

using nlohmann::json;

const std::string kFixtures = "tests/evidence/fixtures/";

std::string content(const std::string& path) {
  std::string out;
  auto file = evidence::open_file(path);
  if (!file) return out;
  std::string what;
  auto plain = evidence::decompressed(std::move(*file), 1 << 28, &what);
  if (plain) (void)evidence::read_all(**plain, 1 << 28, &out);
  return out;
}

// Folders of this kind, of all versions that have one.
std::vector<std::string> folders(const std::string& kind) {
  std::vector<std::string> out;
  for (const auto& version : std::filesystem::directory_iterator(kFixtures)) {
    std::string folder = version.path().string() + "/" + kind + "/";
    if (std::filesystem::exists(folder)) out.push_back(folder);
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool is_always_blocked(const std::string& kind) {
  return kind == "chan receive (nil chan)" || kind == "chan send (nil chan)" ||
         kind == "select (no cases)";
}

// Goroutines at a place of the user's code, by strength and what they were proven to be.
struct Found {
  uint64_t count = 0, leaked = 0;
};
std::map<std::string, Found> found_at(const TestEvidence& e, const Diagnosis& d) {
  std::map<std::string, Found> out;
  for (const Group& g : d.groups) {
    std::string state = g.states.empty() ? "" : g.states[0].first;
    Found& f = out[e.place(g) + " " + state];
    f.count += g.count;
    f.leaked += g.leaked;
  }
  return out;
}

// What the program says waits at "function:line state". Sites of the same place are one.
std::map<std::string, Found> expected_at(const json& expected) {
  std::map<std::string, Found> out;
  for (const json& site : expected["sites"]) {
    std::string function = site["function"];
    if (site["line"] == 0 || !function.starts_with("main.")) continue;
    Found& f = out[function + ":" + std::to_string(site["line"].get<int>()) + " " +
                   site["kind"].get<std::string>()];
    uint64_t count = site["count"];
    f.count += count;
    if (site.value("leaked", false)) f.leaked += count;
  }
  return out;
}

TEST(Fixtures, GroupsOfDumpsAreWhatTheProgramKnows) {
  for (const std::string& folder : folders("waits")) {
    SCOPED_TRACE(folder);
    json expected = json::parse(content(folder + "expected.json"));
    TestEvidence e;
    e.add(content(folder + "goroutine.debug2.txt"));
    Diagnosis d = e.diagnose();
    EXPECT_EQ(d.verdict, Verdict::kLeak);  // nil channels and empty selects
    EXPECT_EQ(d.looks.at(0).goroutines, expected["goroutines"].get<uint64_t>());
    auto found = found_at(e, d);
    size_t compared = 0;
    for (const auto& [place, want] : expected_at(expected)) {
      if (place.ends_with("running|runnable")) continue;
      EXPECT_EQ(found[place].count, want.count) << place;
      compared++;
    }
    EXPECT_GT(compared, 25u);
    for (const Group& g : d.groups) {
      bool always = !g.states.empty() && is_always_blocked(g.states[0].first);
      EXPECT_EQ(g.strength == Strength::kAlwaysBlocked, always) << e.place(g);
    }
  }
}

TEST(Fixtures, WhatIsLeakedIsProven) {
  size_t dumps = 0;
  for (const char* kind : {"waits", "waits-leakprofile"}) {
    for (const std::string& folder : folders(kind)) {
      json expected = json::parse(content(folder + "expected.json"));
      for (const char* name : {"goroutineleak.debug2.txt", "goroutine-after-leak.debug2.txt"}) {
        if (!std::filesystem::exists(folder + name)) continue;
        SCOPED_TRACE(folder + name);
        TestEvidence e;
        e.add(content(folder + name));
        Diagnosis d = e.diagnose();
        auto found = found_at(e, d);
        uint64_t total = 0;
        for (const auto& [place, want] : expected_at(expected)) {
          if (want.leaked == 0) continue;
          EXPECT_EQ(found[place].leaked, want.leaked) << place;
          total += want.leaked;
        }
        EXPECT_EQ(total, 40u);
        for (const Group& g : d.groups) {
          EXPECT_EQ(g.strength == Strength::kProven, g.leaked > 0) << e.place(g);
        }
        EXPECT_EQ(d.verdict, Verdict::kLeak);
        dumps++;
      }
    }
  }
  EXPECT_GE(dumps, 4u);
}

TEST(Fixtures, ALeakProfileProvesByItself) {
  for (const char* kind : {"waits", "waits-leakprofile"}) {
    for (const std::string& folder : folders(kind)) {
      if (!std::filesystem::exists(folder + "goroutineleak.pb.gz")) continue;
      SCOPED_TRACE(folder);
      TestEvidence e;
      e.add(content(folder + "goroutineleak.pb.gz"));
      Diagnosis d = e.diagnose();
      uint64_t leaked = 0;
      for (const Group& g : d.groups) leaked += g.leaked;
      EXPECT_EQ(leaked, 40u);
      EXPECT_EQ(d.verdict, Verdict::kLeak);
      // Beside a dump of the same process it proves what the dump counts.
      TestEvidence both;
      both.add(content(folder + "goroutine.debug2.txt"));
      both.add(content(folder + "goroutineleak.pb.gz"));
      d = both.diagnose();
      ASSERT_EQ(d.looks.size(), 1u);
      leaked = 0;
      for (const Group& g : d.groups) leaked += g.leaked;
      EXPECT_EQ(leaked, 40u);
    }
  }
}

// The same moment as text and as profile: equal groups, but for who started them.
TEST(Fixtures, DumpAndProfileAgree) {
  for (const std::string& folder : folders("waits")) {
    SCOPED_TRACE(folder);
    TestEvidence text, profile;
    text.add(content(folder + "goroutine.debug2.txt"));
    profile.add(content(folder + "goroutine.pb.gz"));
    auto by_place = [](const TestEvidence& e, const Diagnosis& d) {
      std::map<std::string, uint64_t> out;
      for (const Group& g : d.groups) {
        if (e.place(g).starts_with("main.")) out[e.place(g)] += g.count;
      }
      return out;
    };
    auto a = by_place(text, text.diagnose()), b = by_place(profile, profile.diagnose());
    size_t equal = 0;
    for (const auto& [place, count] : a) equal += b.contains(place) && b[place] == count;
    // The program's own goroutine stands elsewhere, and generic functions have other names.
    EXPECT_GE(equal + 8, a.size());
    EXPECT_GT(equal, 25u);
    TestEvidence both;
    both.add(content(folder + "goroutine.debug2.txt")).add(content(folder + "goroutine.pb.gz"));
    EXPECT_EQ(both.diagnose().looks.size(), 1u);
  }
}

TEST(Fixtures, DeadlocksThatTheRunTimeSaw) {
  size_t seen = 0;
  for (const std::string& folder : folders("crash")) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::string name = file.path().filename().string();
      if (!name.starts_with("deadlock") || name.ends_with(".json")) continue;
      SCOPED_TRACE(folder + name);
      TestEvidence e;
      e.add(content(file.path().string()));
      Diagnosis d = e.diagnose();
      if (d.looks.empty()) continue;
      EXPECT_EQ(d.verdict, Verdict::kLeak);
      seen++;
    }
  }
  EXPECT_GE(seen, 9u);
}

// Two looks at a process that does nothing new.
TEST(Fixtures, OneProcessTwiceIsQuietButForWhatIsProven) {
  for (const std::string& folder : folders("waits-minutes")) {
    SCOPED_TRACE(folder);
    TestEvidence e;
    e.add(content(folder + "stack.txt")).add(content(folder + "stack.txt"));
    Diagnosis d = e.diagnose();
    EXPECT_EQ(d.looks.size(), 2u);
    EXPECT_EQ(d.looks[0].process, d.looks[1].process);
    EXPECT_EQ(d.restarts, 0u);
    for (const Group& g : d.groups) {
      EXPECT_NE(g.strength, Strength::kGrowing);
      EXPECT_NE(g.strength, Strength::kSurviving);
      EXPECT_EQ(g.looks[1].births + g.looks[1].deaths, 0u);
    }
  }
}

TEST(Fixtures, RacesAreCountedOnce) {
  for (const std::string& folder : folders("race")) {
    for (const char* kind : {"map", "nested", "locked"}) {
      std::string report = content(folder + kind + std::string(".txt"));
      if (report.empty()) continue;
      SCOPED_TRACE(folder + kind);
      TestEvidence once, twice;
      once.add(report);
      twice.add(report).add(report);
      EXPECT_EQ(once.diagnose().races.size(), twice.diagnose().races.size());
    }
  }
}

}  // namespace
}  // namespace unpark::diagnose
