#include "harness/go_cases.h"

#include <gtest/gtest.h>

#include <string>

namespace unpark::testing {
namespace {

using diag::Finding;
using diag::Message;
using source::FileBytes;
using source::FileId;
using source::Loc;

using Mismatches = std::vector<std::string>;

struct GoCasesTest : ::testing::Test {
  source::FileStore files;
  diag::Places places{files};
  FileId file;
  std::vector<Finding> findings;

  void load(std::string text) {
    file = files.add({"/m/bad.go", FileBytes("package p\n" + std::move(text))});
  }
  Loc find(std::string_view needle) {
    size_t at = files[file].text().find(needle);
    EXPECT_NE(at, std::string_view::npos) << needle;
    uint32_t begin = static_cast<uint32_t>(at);
    return {file, {begin, begin + static_cast<uint32_t>(needle.size())}};
  }
  Finding& report(std::string_view needle, std::string words, std::string rule = "UP4008") {
    Finding finding;
    finding.rule = std::move(rule);
    finding.name = "blocked-under-lock";
    finding.where = find(needle);
    finding.message = Message(std::move(words));
    findings.push_back(std::move(finding));
    return findings.back();
  }
  Mismatches check() { return check_go_cases(file, findings, places); }
};

const char* const kDrain = R"(
func (q *Queue) BadDrain() int {
	q.mu.Lock() // note "q.mu locked here"
	defer q.mu.Unlock()
	return <-q.done // want UP4008 "waits with q.mu held"
	//     ^^^^^^^^
}

func (q *Queue) GoodDrain() int {
	return <-q.other
}
)";

TEST_F(GoCasesTest, AllAsExpected) {
  load(kDrain);
  Finding& one = report("<-q.done", "receive waits with q.mu held");
  one.labels = {{find("q.mu.Lock()"), Message("q.mu locked here")},
                {find("q.mu.Unlock()"), Message("a label without a note")}};
  EXPECT_EQ(check(), Mismatches{});
}

TEST_F(GoCasesTest, NothingFound) {
  load(kDrain);
  EXPECT_EQ(check(), (Mismatches{"line 3: BadDrain has no finding",
                                 "line 4: no label says \"q.mu locked here\"",
                                 "line 6: no finding of UP4008 says \"waits with q.mu held\""}));
}

TEST_F(GoCasesTest, OtherRuleTextLineOrPlace) {
  load("func f() {\n\ta() // want UP4008 \"held\"\n\tb()\n}\n");
  report("a()", "held", "UP1005");
  EXPECT_EQ(check(), (Mismatches{"line 3: no finding of UP4008 says \"held\"",
                                 "line 3: unexpected finding: UP1005 \"held\""}));
  findings.clear();
  report("a()", "free");
  EXPECT_EQ(check().size(), 2u);
  findings.clear();
  report("b()", "held");
  EXPECT_EQ(check(), (Mismatches{"line 3: no finding of UP4008 says \"held\"",
                                 "line 4: unexpected finding: UP4008 \"held\""}));
  findings.clear();
  report("a()", "is held here");
  EXPECT_EQ(check(), Mismatches{});
}

TEST_F(GoCasesTest, RuleByName) {
  load("func f() {\n\ta() // want blocked-under-lock \"held\"\n}\n");
  report("a()", "held");
  EXPECT_EQ(check(), Mismatches{});
}

TEST_F(GoCasesTest, SeveralOnALine) {
  load("func f() {\n\ta(b()) // want UP1 \"x\" want UP2 `y \"z\"` note \"n\\\"m\"\n}\n");
  report("a(b())", "x", "UP1").labels = {{find("b()"), Message("n\"m")}};
  report("b()", "y \"z\"", "UP2");
  EXPECT_EQ(check(), Mismatches{});
  findings.pop_back();
  EXPECT_EQ(check(), Mismatches{"line 3: no finding of UP2 says \"y \"z\"\""});
}

TEST_F(GoCasesTest, EachWantMeetsOneFinding) {
  load("func f() {\n\ta(b()) // want UP1 \"x\"\n}\n");
  report("a(b())", "x", "UP1");
  report("b()", "x", "UP1");
  EXPECT_EQ(check(), Mismatches{"line 3: unexpected finding: UP1 \"x\""});
}

TEST_F(GoCasesTest, TheWantThatSaysMostIsMetFirst) {
  load("func f() {\n\ta(b()) // want UP1 \"x\" want UP1 \"x and y\"\n}\n");
  report("a(b())", "x and y", "UP1");
  report("b()", "x", "UP1");
  EXPECT_EQ(check(), Mismatches{});
}

TEST_F(GoCasesTest, CaretsPinTheSpan) {
  load(kDrain);
  report("q.done", "waits with q.mu held").labels = {
      {find("q.mu.Lock()"), Message("q.mu locked here")}};
  EXPECT_EQ(check(),
            Mismatches{"line 6: UP4008 is at columns 11 to 17, the carets are at columns 9 "
                       "to 17"});
}

TEST_F(GoCasesTest, CaretsInOrderAtTheLeftAndBehindWideText) {
  load(
      "func f() {\n"
      "\tabc(\"é\", d()) // want UP1 \"x\" want UP1 \"x\"\n"
      "\t//^^^^^^^^^^^\n"
      "\t//       ^^^\n"
      "}\n");
  report("d()", "x", "UP1");
  report("abc(\"é\", d())", "x", "UP1");
  EXPECT_EQ(check(), Mismatches{});

  load("func f() {\n\ta(b(), c()) // want UP1 \"x\" want UP1 \"x\"\n\t//^^ ^^^\n}\n");
  findings.clear();
  report("c()", "x", "UP1");
  report("a(b(", "x", "UP1");
  EXPECT_EQ(check(), (Mismatches{"line 3: UP1 is at columns 9 to 12, the carets are at columns 7 "
                                 "to 10"}));
}

TEST_F(GoCasesTest, FaultyExpectations) {
  load(
      "func f() {\n"
      "\ta() // want \"no rule\"\n"
      "\tb() // want UP1\n"
      "\tc() // want UP1 \"open\n"
      "\td() // note \"n\" and more\n"
      "\t//  ^^^\n"
      "\te()\n"
      "\t//  ^^^\n"
      "}\n");
  report("d()", "x").labels = {{find("d()"), Message("n")}};
  findings.back().where.file = FileId();
  const std::string faulty = ": faulty expectation; write `want RULE \"text\"` or `note \"text\"`";
  EXPECT_EQ(check(), (Mismatches{"line 3" + faulty, "line 4" + faulty, "line 5" + faulty,
                                 "line 6" + faulty, "line 7: more carets than wants",
                                 "line 9: carets that stand below no expectation"}));
}

TEST_F(GoCasesTest, ProseAndStringsAreNotExpectations) {
  load(
      "// want is a word, and so is note.\n"
      "// notes \"n\" wanted UP1 \"x\"\n"
      "func f() {\n"
      "\ta(\"// want UP1 \\\"x\\\"\", '\"', `\n// want UP1 \"x\"\n`)\n"
      "\t/* // want UP1 \"x\" */\n"
      "}\n");
  EXPECT_EQ(check(), (Mismatches{"line 2: faulty expectation; write `want RULE \"text\"` or `note "
                                 "\"text\"`"}));
}

TEST_F(GoCasesTest, FindingsInOtherFilesArePassedOver) {
  load("func f() {\n\ta() // note \"n\"\n}\n");
  Finding& one = report("a()", "x");
  one.labels = {{find("a()"), Message("n")}};
  one.where.file = FileId(77);
  EXPECT_EQ(check(), Mismatches{});
}

TEST_F(GoCasesTest, NamesAreKept) {
  load(R"(
func GoodButFound() {
	one() // want UP4008 "x"
}

// MissedNow needs the value of a global.
func MissedNow() {
	two()
}

func (q *Q[T]) MissedWithoutReason() { nothing() }

// NoisyStill is reported since reflection is not understood.
func NoisyStill() { three() } // want UP4008 "x"

// NoisyNoMore was reported once.
func NoisyNoMore() {
	if true {
		x := func() { f(`}`, '}', "}") }
	}
}

func Badge() {}
func bodyless(x int)
func Bad() { four() } // want UP4008 "x"
)");
  report("one()", "x");
  report("three()", "x");
  report("four()", "x");
  EXPECT_EQ(check(), (Mismatches{
                         "line 3: GoodButFound has a finding",
                         "line 12: MissedWithoutReason has no comment that says why",
                         "line 18: NoisyNoMore is no longer reported: call it Good",
                     }));
  report("two()", "x");
  EXPECT_EQ(check(), (Mismatches{
                         "line 3: GoodButFound has a finding",
                         "line 8: MissedNow is no longer missed: call it Bad",
                         "line 9: unexpected finding: UP4008 \"x\"",
                         "line 12: MissedWithoutReason has no comment that says why",
                         "line 18: NoisyNoMore is no longer reported: call it Good",
                     }));
}

}  // namespace
}  // namespace unpark::testing
