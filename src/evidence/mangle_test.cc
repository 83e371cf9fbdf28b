// Dumps as people paste them: our own dumps, mangled in one way and in two, still have the same
// goroutines in the same states on the same stacks.
#include "harness/mangle.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "harness/evidence_text.h"

namespace unpark::evidence {
namespace {

using testing::Mangling;
using testing::manglings;
using testing::TextOf;

std::string fixture(const std::string& path) {
  std::ifstream in("tests/evidence/fixtures/" + path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Dump {
  std::string name;
  std::string text;
};

std::vector<Dump> dumps() {
  return {{"names", testing::odd_names_dump()},
          {"1.27", fixture("go1.27.3/waits/goroutine.debug2.txt")},
          {"1.19", fixture("go1.19.8/waits/goroutine.debug2.txt")},
          {"leaked", fixture("go1.26.7/waits-leakprofile/goroutineleak.debug2.txt")},
          {"bubble", fixture("go1.25.14/bubble/goroutine.debug2.txt")},
          {"crash", fixture("go1.27.3/crash/panic.all.txt")}};
}

std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream x(a), y(b);
  std::string s, t;
  for (size_t n = 1; std::getline(x, s); n++) {
    if (!std::getline(y, t) || s != t) {
      return "line " + std::to_string(n) + "\n  want: " + s + "\n  have: " + t;
    }
    t.clear();
  }
  return "";
}

void expect_same(const Dump& dump, const std::string& how, const std::string& text,
                 const std::string& wanted) {
  TextOf read(text);
  std::string shape = read.shape();
  if (shape == wanted) return;
  ADD_FAILURE() << dump.name << " " << how << ": " << first_difference(wanted, shape) << "\n"
                << read.notes();
}

// What was one word is two, or two are one, and nothing in the text tells.
bool cannot_be_undone(const std::string& first, const std::string& second) {
  // So narrow that not even a prefix and a header fit in one line.
  if (first == "wrapped-33" || second == "wrapped-33") return true;
  // The number and the text have become one word.
  if (first == "numbers" && second == "tabs-lost") return true;
  // Markup is broken apart as well.
  if (second == "wrapped-80" && (first == "links" || first == "caret-m")) return true;
  // Blanks, or a line of another program, in the middle of a label.
  return first == "wrapped-80" && (second == "blanks-at-end" || second == "foreign-lines");
}

// Then it is said that something is missing or was put together.
void expect_told(const Dump& dump, const std::string& how, const std::string& text) {
  TextOf read(text);
  EXPECT_TRUE(read.shape() == TextOf(dump.text).shape() || !read.notes().empty() ||
              read.evidence.snapshots.empty())
      << dump.name << " " << how;
}

TEST(Mangle, OddNames) {
  TextOf read(testing::odd_names_dump());
  ASSERT_EQ(read.evidence.snapshots.size(), 1u);
  const Snapshot& s = read.evidence.snapshots[0];
  ASSERT_EQ(s.goroutines.size(), 3u);
  EXPECT_EQ(read.notes(), "");
  EXPECT_EQ(s.goroutines[0].id, 9876543210u);
  EXPECT_EQ(read.frame(read.symbols()[s.goroutines[0].stack][0]),
            "gopkg.in/yaml%2ev2.(*parser).peek@/home/j\xc3\xbcrgen "
            "mustermann/go/src/gopkg.in/yaml.v2/decode.go:79");
  EXPECT_EQ(read.frame(read.symbols()[s.goroutines[0].stack][1]),
            "main.main@C:/Users/John Doe/my project/main.go:12");
  EXPECT_EQ(s.goroutines[1].creator_id, 9876543210u);
  EXPECT_EQ(s.goroutines[1].minutes, 5u);
  EXPECT_EQ(read.symbols()[s.goroutines[2].stack].size(), 4u);
  EXPECT_EQ(read.frame(read.symbols()[s.goroutines[2].stack][1]),
            "main.Map[...].func1.2@/src/cache/map.go:33i");
  EXPECT_EQ(read.frame(s.goroutines[2].created_by), "main.start@/src/cache/start.go:8");
}

TEST(Mangle, OneWay) {
  for (const Dump& dump : dumps()) {
    std::string wanted = TextOf(dump.text).shape();
    ASSERT_GT(wanted.size(), 500u) << dump.name;
    for (const Mangling& m : manglings()) {
      std::string text = m.apply(dump.text);
      expect_same(dump, m.name, text, wanted);
      // What was repaired is told; what leaves the text readable as it is needs no word.
      static const std::set<std::string> kHarmless = {
          "first-line", "tabs-lost",     "tabs-to-blanks",   "left-trimmed",
          "indent",     "blanks-at-end", "blank-lines-lost", "links"};
      if (text != dump.text && !kHarmless.contains(m.name)) {
        EXPECT_NE(TextOf(text).notes(), "") << m.name;
      }
    }
  }
}

TEST(Mangle, TwoWays) {
  for (const Dump& dump : dumps()) {
    std::string wanted = TextOf(dump.text).shape();
    for (const Mangling& first : manglings()) {
      std::string once = first.apply(dump.text);
      for (const Mangling& second : manglings()) {
        if (first.name == second.name) continue;
        if (cannot_be_undone(first.name, second.name)) {
          expect_told(dump, first.name + ", then " + second.name, second.apply(once));
          continue;
        }
        expect_same(dump, first.name + ", then " + second.name, second.apply(once), wanted);
      }
    }
  }
}

}  // namespace
}  // namespace unpark::evidence
