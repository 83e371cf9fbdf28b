#include "report/diagnosis_words.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace unpark::report {
namespace {

TEST(ShortFunction, KeepsTheLastElementOfThePackage) {
  EXPECT_EQ(short_function("example.com/shop/quote.(*Book).Price.func1"),
            "quote.(*Book).Price.func1");
  EXPECT_EQ(short_function("github.com/jackc/pgx/v5.Connect"), "pgx/v5.Connect");
  EXPECT_EQ(short_function("gopkg.in/yaml%2ev2.Unmarshal"), "yaml.v2.Unmarshal");
  EXPECT_EQ(short_function("main.main"), "main.main");
  EXPECT_EQ(short_function("net/http.(*conn).serve"), "http.(*conn).serve");
  EXPECT_EQ(short_function("example.com/a/b.Map[go.shape.int]"), "b.Map[...]");
  EXPECT_EQ(short_function("main.(*T[example.com/x.Y]).F"), "main.(*T[...]).F");
  EXPECT_EQ(short_function(""), "");
  EXPECT_EQ(short_function("panic"), "panic");
}

TEST(ShortFile, AsAPersonLooksForIt) {
  auto file = [](std::string_view path, std::string_view function) {
    return short_file(path, function, "/home/me/shop");
  };
  EXPECT_EQ(file("/home/me/shop/quote/q.go", "example.com/shop/quote.F"), "quote/q.go");
  EXPECT_EQ(file("/home/me/shopping/q.go", "main.F"), "shopping/q.go");
  EXPECT_EQ(file("/root/go/pkg/mod/github.com/jackc/pgx/v5@v5.5.0/conn.go",
                 "github.com/jackc/pgx/v5.Connect"),
            "github.com/jackc/pgx/v5@v5.5.0/conn.go");
  EXPECT_EQ(file("/usr/local/go/src/net/http/server.go", "net/http.(*conn).serve"),
            "net/http/server.go");
  EXPECT_EQ(file("/build/src/shop/quote/q.go", "example.com/shop/quote.F"), "shop/quote/q.go");
  EXPECT_EQ(file("example.com/shop/quote/q.go", "example.com/shop/quote.F"),
            "example.com/shop/quote/q.go");
  EXPECT_EQ(file("/build/cmd/server/main.go", "main.main"), "server/main.go");
  EXPECT_EQ(file("C:\\src\\server\\main.go", "main.main"), "server\\main.go");
  EXPECT_EQ(file("main.go", "main.main"), "main.go");
  EXPECT_EQ(file("", "main.main"), "?");
}

TEST(Numbers, Grouped) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(999), "999");
  EXPECT_EQ(number(1000), "1,000");
  EXPECT_EQ(number(12345678), "12,345,678");
  EXPECT_EQ(number(UINT64_MAX), "18,446,744,073,709,551,615");
  EXPECT_EQ(amount(1800), "1,800");
  EXPECT_EQ(amount(0.254), "0.254");
  EXPECT_EQ(amount(-12.34), "-12.3");
  EXPECT_EQ(amount(123456.7), "123,457");
  EXPECT_EQ(amount(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(amount(std::numeric_limits<double>::quiet_NaN()), "?");
}

TEST(Durations, InTheTwoLargestUnits) {
  constexpr int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(duration_text(0), "0us");
  EXPECT_EQ(duration_text(5'000), "5us");
  EXPECT_EQ(duration_text(250'000'000), "250ms");
  EXPECT_EQ(duration_text(1'500'000'000), "1.5s");
  EXPECT_EQ(duration_text(59 * kSecond), "59s");
  EXPECT_EQ(duration_text(600 * kSecond), "10m");
  EXPECT_EQ(duration_text(605 * kSecond), "10m05s");
  EXPECT_EQ(duration_text(7500 * kSecond), "2h05m");
  EXPECT_EQ(duration_text(72 * 3600 * kSecond), "3d");
  EXPECT_EQ(duration_text(INT64_MIN).substr(0, 1), "-");
  EXPECT_EQ(minutes_text(7), "7 min");
  EXPECT_EQ(minutes_text(125), "2h05m");
  EXPECT_EQ(minutes_text(UINT32_MAX).back(), 'h');
}

TEST(Bytes, InUnits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(9 << 20), "9.0 MiB");
  EXPECT_EQ(bytes_text(-2048), "-2.0 KiB");
  EXPECT_EQ(bytes_text(INT64_MIN).front(), '-');
}

TEST(Time, Utc) {
  EXPECT_EQ(time_text(1'700'000'000'999'999'999), "2023-11-14T22:13:20Z");
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_text(-1), "1969-12-31T23:59:59Z");
}

// Every mechanism makes a sentence of one goroutine and of several.
TEST(GroupWords, OneAndSeveral) {
  for (int i = 0; i <= static_cast<int>(diagnose::Mechanism::kRuntime); i++) {
    diagnose::Group group;
    group.mechanism = static_cast<diagnose::Mechanism>(i);
    group.count = 2;
    std::string several = group_words(group);
    group.count = 1;
    std::string one = group_words(group);
    EXPECT_TRUE(several.starts_with("2 goroutines ")) << several;
    ASSERT_TRUE(one.starts_with("1 goroutine ")) << one;
    std::string verb = one.substr(12, one.find_first_of(" ,", 12) - 12);
    EXPECT_TRUE(verb.ends_with('s')) << one;
    for (const char* plural : {" they ", " themselves"}) {
      EXPECT_EQ(one.find(plural), std::string::npos) << one;
    }
  }
}

TEST(StateWords, PrintedBeforeWhatTheStackSays) {
  diagnose::Group group;
  EXPECT_EQ(state_words(group), "unknown");
  group.status = evidence::Status::kRunnable;
  EXPECT_EQ(state_words(group), "runnable");
  group.reason = evidence::WaitReason::kChanSend;
  EXPECT_EQ(state_words(group), "chan send");
  group.states = {{"chan send (nil chan)", 2}};
  EXPECT_EQ(state_words(group), "chan send (nil chan)");
}

TEST(VerdictWords, SayWhatTheVerdictRestsOn) {
  diagnose::Diagnosis d;
  d.series.resize(1);
  EXPECT_EQ(verdict_words(d), "not enough evidence: only counters speak of goroutines");
  d.looks.resize(2);
  d.looks[1].goroutines = 12;
  d.verdict = diagnose::Verdict::kNoLeakFound;
  EXPECT_EQ(verdict_words(d), "no leak found: 12 goroutines in 2 looks");
  d.looks[0].goroutines = 30;
  d.looks[0].process = 1;
  EXPECT_EQ(verdict_words(d), "no leak found: 42 goroutines in 2 looks");
  d.looks[0].process = 0;
  d.races.resize(1);
  EXPECT_EQ(verdict_words(d), "no leak found: 12 goroutines in 2 looks; and 1 data race");
  d.verdict = diagnose::Verdict::kRaces;
  EXPECT_EQ(verdict_words(d), "races: 1 data race, no leak found");
  d.races.clear();
  d.groups.resize(3);
  d.groups[0].strength = diagnose::Strength::kProven;
  d.groups[1].strength = diagnose::Strength::kProven;
  d.verdict = diagnose::Verdict::kLeak;
  EXPECT_EQ(verdict_words(d), "leak: 2 groups proven by the run time");
}

TEST(Discretion, NumbersObjectsAndHashesValues) {
  Discretion shown(false), hidden(true);
  EXPECT_EQ(shown.object(0xc000012345), "0xc000012345");
  EXPECT_EQ(hidden.object(0xc000012345), "object 1");
  EXPECT_EQ(hidden.object(0xc000055555), "object 2");
  EXPECT_EQ(hidden.object(0xc000012345), "object 1");
  EXPECT_EQ(shown.label_value("user", "alice"), "alice");
  EXPECT_EQ(hidden.label_value("user", "alice")[0], '~');
  EXPECT_EQ(hidden.label_value("service", "shop"), "shop");
  EXPECT_EQ(hidden.message("at 0xc000012345"), "at 0x0");
  EXPECT_EQ(without_label_values("up{user=\"alice\"}"), "up{...}");
  EXPECT_EQ(without_label_values("up"), "up");
}

}  // namespace
}  // namespace unpark::report
