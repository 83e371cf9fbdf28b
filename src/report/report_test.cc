// Whole reports, compared with what they must be.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/os.h"
#include "report/json.h"
#include "report/text.h"

namespace unpark::report {
namespace {

using diag::Code;
using diag::Finding;
using diag::Message;
using source::FileBytes;
using source::FileId;
using source::Loc;

struct ReportTest : ::testing::Test {
  source::FileStore files;
  diag::Places places{files};
  diag::Results results;
  TextOptions options{.working_dir = "/m", .color = false, .max_columns = 120};

  FileId add(std::string path, std::string text) {
    return files.add({std::move(path), FileBytes(std::move(text))});
  }
  Loc find(FileId file, std::string_view needle) {
    size_t at = files[file].text().find(needle);
    EXPECT_NE(at, std::string_view::npos) << needle;
    uint32_t begin = static_cast<uint32_t>(at);
    return {file, {begin, begin + static_cast<uint32_t>(needle.size())}};
  }
  Finding finding(Loc where, std::string words = "it is stuck") {
    Finding out;
    out.rule = "UP1005";
    out.name = "abandoned-sender";
    out.severity = diag::Severity::kError;
    out.confidence = diag::Confidence::kHigh;
    out.where = where;
    out.message = Message(std::move(words));
    return out;
  }
  std::string text_of(Finding one) {
    results.findings = {std::move(one)};
    return findings_text(results, places, options);
  }
};

// A JSON writer that leaves broken bytes out changes nothing.
bool is_utf8(const std::string& text) {
  nlohmann::json json = text;
  auto handler = nlohmann::json::error_handler_t::ignore;
  return nlohmann::json::parse(json.dump(-1, ' ', false, handler)) == json;
}

const char* const kHandler = R"(package quote

func Handler(src Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers := make(chan answer)
		go func() {
			price, err := src.Price(symbol)
			answers <- answer{price, err}
		}()
		select {
		case a := <-answers:
			reply(w, a)
		case <-time.After(patience):
			w.WriteHeader(504)
		}
	})
}
)";

TEST_F(ReportTest, FindingWithStory) {
  FileId file = add("/m/quote/quote.go", kHandler);
  Finding one = finding(find(file, "answers <- answer{price, err}"));
  Loc gives_up = find(file, "<-time.After(patience)");
  one.message =
      Message("nobody receives this value of {0} when {1} wins", Code{"answers"}, gives_up);
  one.labels = {{find(file, "make(chan answer)"), Message("made without room")},
                {one.where, Message("waits for a receiver")},
                {gives_up, Message("this case leaves {0} behind", Code{"answers"})}};
  one.notes = {Message("{0} is not used elsewhere", Code{"answers"})};
  one.advice = Message("give it room for one value: {0}", Code{"make(chan answer, 1)"});
  EXPECT_EQ(
      text_of(one),
      R"(error[UP1005 abandoned-sender]: nobody receives this value of `answers` when line 13 wins
  --> quote/quote.go:8:4
   |
 5 |         answers := make(chan answer)
   |                    ----------------- made without room
 6 |         go func() {
 7 |             price, err := src.Price(symbol)
 8 |             answers <- answer{price, err}
   |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ waits for a receiver
...
13 |         case <-time.After(patience):
   |              ---------------------- this case leaves `answers` behind
   = note: `answers` is not used elsewhere
   = help: give it room for one value: `make(chan answer, 1)`

)");
}

TEST_F(ReportTest, StoryThroughFilesIsNumbered) {
  FileId pool = add("/m/pool.go", "package p\n\nfunc (p *Pool) run() {\n\tp.jobs <- 1\n}\n");
  FileId close = add("/m/close.go", "package p\n\nfunc (p *Pool) Close() {\n\tclose(p.jobs)\n}\n");
  Finding one = finding(find(pool, "p.jobs <- 1"), "send on closed channel");
  one.severity = diag::Severity::kWarning;
  one.labels = {{find(close, "close(p.jobs)"), Message("closed here")},
                {find(pool, "p.jobs <- 1"), Message("then this panics")},
                {find(close, "Close"), Message("called by users")}};
  EXPECT_EQ(text_of(one), R"(warning[UP1005 abandoned-sender]: send on closed channel
 --> pool.go:4:2
  |
4 |     p.jobs <- 1
  |     ^^^^^^^^^^^ (2) then this panics
 ::: close.go:4:2
  |
3 | func (p *Pool) Close() {
  |                ----- (3) called by users
4 |     close(p.jobs)
  |     ------------- (1) closed here

)");
}

TEST_F(ReportTest, StoryThatGoesBackIsNumbered) {
  FileId file = add("/m/a.go", "one()\ntwo()\n");
  Finding one = finding(find(file, "one"));
  one.labels = {{find(file, "two"), Message("first")}, {find(file, "one()"), Message("second")}};
  EXPECT_EQ(text_of(one), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:1
  |
1 | one()
  | ^^^
  | ----- (2) second
2 | two()
  | --- (1) first

)");
}

TEST_F(ReportTest, WideCombiningAndTabs) {
  FileId file = add("/m/a.go", "\tx := \"日本e\xCC\x81\t\"; lock(mu)\n");
  EXPECT_EQ(text_of(finding(find(file, "lock(mu)"))),
            "error[UP1005 abandoned-sender]: it is stuck\n"
            " --> a.go:1:21\n"
            "  |\n"
            "1 |     x := \"日本e\xCC\x81    \"; lock(mu)\n"
            "  |                       ^^^^^^^^\n\n");
  EXPECT_EQ(text_of(finding(find(file, "本e"))),
            "error[UP1005 abandoned-sender]: it is stuck\n"
            " --> a.go:1:11\n"
            "  |\n"
            "1 |     x := \"日本e\xCC\x81    \"; lock(mu)\n"
            "  |             ^^^\n\n");
}

TEST_F(ReportTest, LongLinesAreCutAroundTheMark) {
  options.max_columns = 30;
  std::string line = "call(" + std::string(100, 'a') + ", MARK, " + std::string(100, 'b') + ")\n";
  FileId file = add("/m/a.go", line);
  EXPECT_EQ(text_of(finding(find(file, "MARK"))), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:108
  |
1 | …aaaaaaaa, MARK, bbbbbbbbbbbbbb…
  |            ^^^^

)");
  EXPECT_EQ(text_of(finding(find(file, "call"))), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:1
  |
1 | call(aaaaaaaaaaaaaaaaaaaaaaaaa…
  | ^^^^

)");
  EXPECT_EQ(text_of(finding(find(file, "b)"))), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:213
  |
1 | …bbbbbbbbbbbbbbbbbbbbbbbbbbbbb)
  |                              ^^

)");
}

TEST_F(ReportTest, AMegabyteOnOneLine) {
  std::string line = std::string(500000, 'a') + " MARK " + std::string(500000, 'b');
  options.max_columns = 24;
  FileId file = add("/m/a.go", line);
  EXPECT_EQ(text_of(finding(find(file, "MARK"))), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:500002
  |
1 | …aaaaaaa MARK bbbbbbbbbbb…
  |          ^^^^

)");
}

TEST_F(ReportTest, SpansOverLinesEmptySpansAndEnds) {
  FileId file = add("/m/a.go", "go func() {\r\n\twork()\r\n}()\r\n");
  EXPECT_EQ(text_of(finding({file, {0, 27}})), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:1
  |
1 | go func() {
  | ^^^^^^^^^^^

)");
  EXPECT_EQ(text_of(finding({file, {3, 3}})), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:1:4
  |
1 | go func() {
  |    ^

)");
  EXPECT_EQ(text_of(finding({file, {7000, 9000}})), R"(error[UP1005 abandoned-sender]: it is stuck
 --> a.go:4:1
  |
4 |
  | ^

)");
}

TEST_F(ReportTest, PlacesWithoutTextOrFile) {
  Finding nowhere = finding(Loc{}, "the package has no way to stop");
  nowhere.package = "example.com/m/pool";
  EXPECT_EQ(text_of(nowhere),
            "error[UP1005 abandoned-sender]: the package has no way to stop\n"
            " --> package example.com/m/pool\n\n");
  FileId empty = add("/m/empty.go", "");
  EXPECT_EQ(text_of(finding({empty, {0, 0}})),
            "error[UP1005 abandoned-sender]: it is stuck\n --> empty.go:1:1\n\n");
}

TEST_F(ReportTest, SourceCannotSteerTheTerminal) {
  FileId file = add("/m/\x1b[2J.go", "x := \"\x1b[31m\" // \u202E\n");
  std::string text = text_of(finding(find(file, "x"), "see \x1b]0;title\x07"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(text.find('\x07'), std::string::npos) << text;
  EXPECT_EQ(text.find("\u202E"), std::string::npos) << text;
  EXPECT_NE(text.find("<U+202E>"), std::string::npos) << text;
}

// Whatever the text and the places: the output is printable UTF-8, and each finding names its file.
TEST_F(ReportTest, AnyBytesAndAnyPlaces) {
  std::mt19937 random(42);
  auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  const std::vector<std::string> pieces = {"\n",           "\r\n",      "\t",       "x",
                                           "日",           "e\xCC\x81", "\xFF",     "\x80",
                                           "\xE2\x80\xAE", "\x1b[",     "\xF0\x9F", "é"};
  options.max_columns = 10;
  for (int round = 0; round < 2000; round++) {
    std::string text;
    for (uint32_t i = below(60); i > 0; i--) text += pieces[below(pieces.size())];
    FileId file = add("/m/a.go", text);
    auto place = [&] {
      uint32_t begin = below(text.size() + 3);
      return Loc{file, {begin, begin + below(20)}};
    };
    Finding one = finding(place());
    for (uint32_t i = below(4); i > 0; i--) one.labels.push_back({place(), Message("here")});
    std::string out = text_of(one);
    EXPECT_NE(out.find("--> a.go:"), std::string::npos);
    for (char c : out) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << out;
    ASSERT_TRUE(is_utf8(out)) << out;
  }
}

TEST_F(ReportTest, ColourOnlyWhenAskedFor) {
  FileId file = add("/m/a.go", "one()\n");
  Finding one = finding(find(file, "one"));
  one.advice = Message("do not");
  std::string plain = text_of(one);
  options.color = true;
  std::string colored = text_of(one);
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_EQ(colored,
            "\x1b[1;31merror[UP1005 abandoned-sender]\x1b[0m\x1b[1m: it is stuck\x1b[0m\n"
            " \x1b[1;34m--> \x1b[0ma.go:1:1\n"
            "\x1b[1;34m  |\x1b[0m\n"
            "\x1b[1;34m1 |\x1b[0m one()\n"
            "\x1b[1;34m  |\x1b[0m \x1b[1;31m^^^\x1b[0m\n"
            " \x1b[1;34m = \x1b[0m\x1b[1;32mhelp: \x1b[0mdo not\n\n");
}

TEST_F(ReportTest, NotesAndSummary) {
  FileId file = add("/m/go.mod", "module m\n");
  results.notes = {{Message("{0} was not found", Code{"example.com/x"}), find(file, "m\n")},
                   {Message("stopped by the limit of {0} states", int64_t{100}), Loc{}}};
  EXPECT_EQ(notes_text(results, places, options),
            "note: go.mod:1:8: `example.com/x` was not found\n"
            "note: stopped by the limit of 100 states\n");

  EXPECT_EQ(summary_text(results),
            "0 findings (0 errors, 0 warnings, 0 info) in 0 packages: 0 analysed, 0 incomplete; "
            "0 findings withheld\n");
  results.coverage = {.packages_matched = 1,
                      .packages_analysed = 1,
                      .packages_incomplete = 1,
                      .findings_withheld = 1};
  results.findings = {finding({file, {0, 1}})};
  results.accepted.resize(2);
  results.in_baseline = 3;
  results.in_generated = 4;
  EXPECT_EQ(summary_text(results),
            "1 finding (1 error, 0 warnings, 0 info) in 1 package: 1 analysed, 1 incomplete; "
            "1 finding withheld, 2 suppressed, 3 in the baseline, 4 in generated files\n");
}

TEST_F(ReportTest, Json) {
  FileId file = add("/m/quote/quote.go", kHandler);
  FileId other = add("/elsewhere/x.go", "package x\n");
  Finding one = finding(find(file, "answers <- answer{price, err}"));
  one.message = Message("nobody receives from {0}", Code{"answers"});
  one.labels = {{find(file, "make(chan answer)"), Message("made without room")},
                {find(other, "x"), Message("used in {0}", find(file, "Handler"))}};
  one.advice = Message("give it room");
  one.notes = {Message("an assumption")};
  one.package = "example.com/m/quote";
  one.function = "Handler.func1.1";
  one.site = {one.package, one.function, "send", 1};
  one.shape = 7;
  results.findings = {one};
  results.notes = {{Message("no go.sum"), Loc{}}, {Message("odd"), find(other, "package")}};
  results.coverage = {.packages_matched = 3,
                      .packages_analysed = 2,
                      .packages_incomplete = 1,
                      .findings_withheld = 4};
  EXPECT_EQ(render_json(results, places, "/m"), R"({
  "findings": [
    {
      "rule": "UP1005",
      "name": "abandoned-sender",
      "severity": "error",
      "confidence": "high",
      "message": "nobody receives from `answers`",
      "advice": "give it room",
      "package": "example.com/m/quote",
      "function": "Handler.func1.1",
      "file": "quote/quote.go",
      "line": 8,
      "column": 4,
      "endLine": 8,
      "endColumn": 33,
      "labels": [
        {
          "file": "quote/quote.go",
          "line": 5,
          "column": 14,
          "message": "made without room"
        },
        {
          "file": "/elsewhere/x.go",
          "line": 1,
          "column": 9,
          "message": "used in quote.go:3"
        }
      ],
      "site": "example.com/m/quote.Handler.func1.1:send#1",
      "fingerprints": [
        "site/1:748cd2c0bcb90a17",
        "shape/1:b5b8a4a750cd5153"
      ]
    }
  ],
  "notes": [
    {
      "message": "no go.sum"
    },
    {
      "message": "odd",
      "file": "/elsewhere/x.go",
      "line": 1,
      "column": 1
    }
  ],
  "summary": {
    "packagesMatched": 3,
    "packagesAnalysed": 2,
    "packagesIncomplete": 1,
    "findingsWithheld": 4,
    "bySeverity": {
      "error": 1,
      "warning": 0,
      "info": 0
    }
  }
}
)");
}

// Every key that is written is in the schema and the other way round, at every level.
void expect_same_keys(const nlohmann::json& schema, const nlohmann::json& value,
                      const std::string& where) {
  if (value.is_array()) {
    EXPECT_EQ(schema.value("type", ""), "array") << where;
    for (const nlohmann::json& item : value) {
      expect_same_keys(schema.at("items"), item, where + "[]");
    }
  }
  if (!value.is_object()) return;
  ASSERT_TRUE(schema.contains("properties")) << where;
  for (const auto& [key, inner] : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(key)) << where << "." << key;
    expect_same_keys(schema["properties"][key], inner, where + "." + key);
  }
  for (const nlohmann::json& key : schema.at("required")) {
    EXPECT_TRUE(value.contains(key.get<std::string>())) << where << "." << key;
  }
}

TEST_F(ReportTest, JsonHasTheKeysOfItsSchema) {
  FileId file = add("/m/a.go", "one()\n");
  Finding one = finding(find(file, "one"));
  one.labels = {{one.where, Message("here")}};
  results.findings = {one};
  results.notes = {{Message("odd"), one.where}, {Message("odd"), Loc{}}};
  auto text = base::read_file("docs/json.schema.json");
  ASSERT_TRUE(text) << "tests run at the top of the tree";
  nlohmann::json schema = nlohmann::json::parse(*text, nullptr, false);
  nlohmann::json report = nlohmann::json::parse(render_json(results, places, "/m"), nullptr, false);
  ASSERT_TRUE(schema.is_object());
  ASSERT_TRUE(report.is_object());
  expect_same_keys(schema, report, "");
}

TEST_F(ReportTest, JsonOfOddText) {
  FileId file = add("/m/caf\xe9.go", "x\n");
  Finding one = finding(find(file, "x"), "bad \xff \"quoted\" \x01");
  results.findings = {one, finding(Loc{})};
  nlohmann::json read = nlohmann::json::parse(render_json(results, places, "/m"), nullptr, false);
  ASSERT_FALSE(read.is_discarded());
  EXPECT_EQ(read["findings"][0]["file"], "caf\xEF\xBF\xBD.go");
  EXPECT_EQ(read["findings"][0]["message"], "bad \xEF\xBF\xBD \"quoted\" \x01");
  EXPECT_EQ(read["findings"][1]["file"], "");
  EXPECT_EQ(read["findings"][1]["line"], 0);
  EXPECT_EQ(read["findings"][1]["endColumn"], 0);
}

}  // namespace
}  // namespace unpark::report
