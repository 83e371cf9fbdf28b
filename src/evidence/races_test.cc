#include "evidence/races.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/os.h"

namespace unpark::evidence {
namespace {

constexpr const char* kVersions[] = {"go1.19.8",  "go1.20.12", "go1.22.4", "go1.23.1", "go1.24.6",
                                     "go1.25.14", "go1.26.7",  "go1.27.0", "go1.27.3"};
constexpr const char* kKinds[] = {"variable", "map",    "slice", "global",
                                  "channel",  "nested", "locked"};

struct Reading {
  Evidence evidence;
  std::vector<std::string> foreign;
  explicit Reading(std::string_view text) {
    evidence.inputs.push_back({});
    RaceReader reader(InputId(0), evidence);
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      if (!reader.take(line, at)) foreign.emplace_back(line);
      at = end + 1;
    }
    reader.finish();
  }
  const std::vector<Race>& races() const {
    static const std::vector<Race> kNothing;
    return evidence.snapshots.empty() ? kNothing : evidence.snapshots[0].races;
  }
  const std::vector<Note>& notes() const { return evidence.inputs[0].notes; }
  // "main.f main.go:12", leaf first.
  std::vector<std::string> stack(StackId id) const {
    std::vector<std::string> out;
    for (FrameId frame_id : evidence.symbols[id]) {
      const Frame& frame = evidence.symbols[frame_id];
      out.push_back(std::string(evidence.symbols.text(frame.function)) + " " +
                    std::string(evidence.symbols.text(frame.file)) + ":" +
                    std::to_string(frame.line));
    }
    return out;
  }
  // The line of the innermost frame in the program's own file.
  uint32_t user_line(StackId id, std::string_view file) const {
    for (FrameId frame_id : evidence.symbols[id]) {
      const Frame& frame = evidence.symbols[frame_id];
      if (evidence.symbols.text(frame.file) == file) return frame.line;
    }
    return 0;
  }
};

std::string fixture(const std::string& version, const std::string& name) {
  base::Result<std::string> text =
      base::read_file("tests/evidence/fixtures/" + version + "/race/" + name);
  EXPECT_TRUE(text) << version << " " << name;
  return text ? *text : "";
}

bool contains(const nlohmann::json& lines, uint32_t line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST(Races, ReadsReportsOfAllVersions) {
  for (const char* version : kVersions) {
    for (const char* kind : kKinds) {
      SCOPED_TRACE(std::string(version) + " " + kind);
      auto expected = nlohmann::json::parse(fixture(version, std::string(kind) + ".expected.json"));
      std::string file = expected["file"];
      Reading r(fixture(version, std::string(kind) + ".txt"));
      EXPECT_TRUE(r.foreign.empty()) << r.foreign[0];
      EXPECT_TRUE(r.notes().empty()) << r.notes()[0].message;
      ASSERT_EQ(r.races().size(), expected["reports"].get<size_t>());
      for (const Race& race : r.races()) {
        ASSERT_EQ(race.accesses.size(), 2u);
        for (const RaceAccess& access : race.accesses) {
          EXPECT_NE(access.kind, RaceAccess::kUnknown);
          EXPECT_NE(access.address, 0u);
          EXPECT_EQ(access.by_main, access.goroutine == 0);
          uint32_t line = r.user_line(access.stack, file);
          // Go 1.27 prints two calls of the run time where main.mapRace, which one of them is
          // inlined into, should be.
          bool lost = std::string_view(version).starts_with("go1.27") &&
                      std::string_view(kind) == "map" && line == 117;
          EXPECT_TRUE(lost || contains(expected["race_lines"], line)) << line;
        }
        ASSERT_FALSE(race.creations.empty());
        for (const RaceCreation& creation : race.creations) {
          EXPECT_TRUE(contains(expected["go_lines"], r.user_line(creation.stack, file)));
        }
      }
    }
  }
}

TEST(Races, ReadsOutputOfTests) {
  for (const char* version : kVersions) {
    SCOPED_TRACE(version);
    Reading r(fixture(version, "test.txt"));
    ASSERT_EQ(r.races().size(), 1u);
    EXPECT_EQ(r.races()[0].accesses.size(), 2u);
    EXPECT_EQ(r.races()[0].creations.size(), 2u);
    EXPECT_EQ(r.user_line(r.races()[0].accesses[0].stack, "example.test/fx/raceatest/race_test.go"),
              10u);
    EXPECT_TRUE(std::find(r.foreign.begin(), r.foreign.end(), "=== RUN   TestRacy") !=
                r.foreign.end());
  }
}

constexpr std::string_view kReport =
    "==================\n"
    "WARNING: DATA RACE\n"
    "Write at 0x00c000016048 by goroutine 8:\n"
    "  main.(*counter).bump()\n"
    "      /src/a b/main.go:17 +0x7e\n"
    "  main.Map[go.shape.struct { x int }].func1()\n"
    "      /src/main.go:27 +0x79\n"
    "\n"
    "Previous read at 0x00c000016048 by main goroutine:\n"
    "  main.main()\n"
    "      /src/main.go:40 +0x90\n"
    "\n"
    "Goroutine 8 (running) created at:\n"
    "  main.main()\n"
    "      /src/main.go:25 +0xa4\n"
    "==================\n";

TEST(Races, KeepsEveryPart) {
  Reading r(kReport);
  ASSERT_EQ(r.races().size(), 1u);
  const Race& race = r.races()[0];
  EXPECT_EQ(race.offset, 19u);
  EXPECT_EQ(race.accesses[0].kind, RaceAccess::kWrite);
  EXPECT_EQ(race.accesses[0].address, 0xc000016048u);
  EXPECT_EQ(race.accesses[0].goroutine, 8u);
  EXPECT_EQ(
      r.stack(race.accesses[0].stack),
      (std::vector<std::string>{"main.(*counter).bump /src/a b/main.go:17",
                                "main.Map[go.shape.struct { x int }].func1 /src/main.go:27"}));
  EXPECT_EQ(race.accesses[1].kind, RaceAccess::kRead);
  EXPECT_TRUE(race.accesses[1].by_main);
  ASSERT_EQ(race.creations.size(), 1u);
  EXPECT_TRUE(race.creations[0].running);
  EXPECT_EQ(r.stack(race.creations[0].stack),
            (std::vector<std::string>{"main.main /src/main.go:25"}));
}

// Indentation, empty lines and the lines around a report do not survive pasting; other goroutines
// write between its lines.
TEST(Races, SurvivesLostBlanksAndForeignLines) {
  std::string text;
  size_t foreign = 0;
  for (size_t at = 0; at < kReport.size();) {
    size_t end = kReport.find('\n', at);
    std::string_view line = kReport.substr(at, end - at);
    at = end + 1;
    size_t first = line.find_first_not_of(' ');
    if (first == line.npos || line.starts_with('=')) continue;
    text.append(line.substr(first)).append("\nlistening on :8080\ncalling serve()\n");
    foreign += 2;
  }
  Reading r(text);
  EXPECT_EQ(r.foreign.size(), foreign);
  ASSERT_EQ(r.races().size(), 1u);
  EXPECT_TRUE(r.notes().empty());
  Reading plain(kReport);
  for (size_t i = 0; i < 2; i++) {
    EXPECT_EQ(r.stack(r.races()[0].accesses[i].stack),
              plain.stack(plain.races()[0].accesses[i].stack));
  }
  EXPECT_EQ(r.stack(r.races()[0].creations[0].stack),
            (std::vector<std::string>{"main.main /src/main.go:25"}));
}

TEST(Races, TellsWhatIsMissing) {
  // Without its first line it is a report all the same.
  std::string text(kReport.substr(kReport.find("Write at")));
  Reading headless(text);
  EXPECT_EQ(headless.races().size(), 1u);
  EXPECT_TRUE(headless.notes().empty());

  Reading second_half(text.substr(text.find("Previous")));
  ASSERT_EQ(second_half.races().size(), 1u);
  ASSERT_EQ(second_half.races()[0].accesses.size(), 2u);
  EXPECT_EQ(second_half.races()[0].accesses[0].kind, RaceAccess::kUnknown);
  ASSERT_EQ(second_half.notes().size(), 1u);
  EXPECT_EQ(second_half.notes()[0].kind, Note::Kind::kLost);

  Reading first_half(text.substr(0, text.find("Previous")));
  ASSERT_EQ(first_half.races().size(), 1u);
  EXPECT_EQ(first_half.races()[0].accesses.size(), 1u);
  EXPECT_EQ(first_half.notes().size(), 1u);

  Reading no_creation(text.substr(0, text.find("Goroutine 8")));
  ASSERT_EQ(no_creation.notes().size(), 1u);
  EXPECT_NE(no_creation.notes()[0].message.find("created"), std::string::npos);
}

TEST(Races, StacksThatCouldNotBeRestored) {
  std::string text(kReport);
  size_t at = text.find("  main.main()");
  text.replace(at, text.find("\n\n", at) - at, "  [failed to restore the stack]");
  Reading r(text);
  ASSERT_EQ(r.races().size(), 1u);
  EXPECT_TRUE(r.foreign.empty());
  EXPECT_TRUE(r.races()[0].accesses[0].stack.exists());
  EXPECT_FALSE(r.races()[0].accesses[1].stack.exists());
  EXPECT_TRUE(r.races()[0].creations[0].stack.exists());
  ASSERT_EQ(r.notes().size(), 1u);
  EXPECT_NE(r.notes()[0].message.find("history_size"), std::string::npos);
}

TEST(Races, WordsOnTheMemoryAndOnLocks) {
  std::string text(kReport);
  text.insert(text.find("Goroutine 8"),
              "Heap block of size 16 at 0x00c000016040 allocated by main goroutine:\n"
              "  main.newCounter()\n"
              "      /src/main.go:9 +0x11\n"
              "\n"
              "Mutex 3 created at:\n"
              "  main.lock()\n"
              "      /src/main.go:10 +0x11\n"
              "\n");
  Reading r(text);
  EXPECT_TRUE(r.foreign.empty());
  ASSERT_EQ(r.races().size(), 1u);
  EXPECT_EQ(r.races()[0].note,
            "Heap block of size 16 at 0x00c000016040 allocated by main goroutine");
  EXPECT_EQ(r.stack(r.races()[0].accesses[1].stack).size(), 1u);
  EXPECT_EQ(r.stack(r.races()[0].creations[0].stack),
            (std::vector<std::string>{"main.main /src/main.go:25"}));

  Reading global(
      "WARNING: DATA RACE\nRead at 0x01 by main goroutine:\n  main.f()\n      m.go:1 +0x1\n\n"
      "Previous write at 0x01 by goroutine 7:\n  main.g()\n      m.go:2 +0x1\n\n"
      "Global var main.table of size 8 at 0x0000006 declared at m.go:3\n\n"
      "Goroutine 7 (finished) created at:\n  main.h()\n      m.go:4 +0x1\n");
  EXPECT_EQ(global.races()[0].note,
            "Global var main.table of size 8 at 0x0000006 declared at m.go:3");
  EXPECT_TRUE(global.notes().empty());
}

TEST(Races, CountsAgreeWithTheProcess) {
  Reading r(std::string(kReport) + "Found 3 data race(s)\n");
  ASSERT_EQ(r.notes().size(), 1u);
  EXPECT_EQ(r.notes()[0].kind, Note::Kind::kMismatch);
  EXPECT_NE(r.notes()[0].message.find("found 3, the input has 1"), std::string::npos);
}

TEST(Races, LeavesOtherTextAlone) {
  std::string_view text =
      "Read at your own risk\nPrevious write at noon\nmain.main()\n\t/src/main.go:17 +0x7e\n"
      "Goroutine 8 (running) created at:\nWARNING: disk full\nFound 2 files\n";
  Reading r(text);
  EXPECT_EQ(r.foreign.size(), 7u);
  EXPECT_TRUE(r.races().empty());
}

}  // namespace
}  // namespace unpark::evidence
