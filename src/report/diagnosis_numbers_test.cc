#include "report/diagnosis_numbers.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace unpark::report {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Looks at one process, so many nanoseconds apart.
struct Looks {
  diagnose::Diagnosis diagnosis;
  diagnose::Group group;

  Looks(const std::vector<uint64_t>& counts, int64_t apart, double per_hour) {
    for (size_t i = 0; i < counts.size(); i++) {
      diagnosis.looks.emplace_back();
      diagnosis.looks.back().time_ns = 1'700'000'000 * kSecond + static_cast<int64_t>(i) * apart;
      group.looks.push_back({counts[i], 0, 0, 0, false});
    }
    group.count = counts.back();
    group.growth.per_hour = per_hour;
  }
  std::string growth() const { return growth_words(diagnosis, group, false); }
};

TEST(GrowthWords, WhatWasSeenBeforeWhatFollowsFromIt) {
  EXPECT_EQ(Looks({189, 223, 254, 295, 326, 365}, kSecond, 126'557).growth(),
            "189 -> 223 -> 254 -> 295 -> 326 -> 365, +176 in 5s, about 35 per second");
  EXPECT_EQ(Looks({40, 50}, 60 * kSecond, 600).growth(),
            "40 -> 50, +10 in 1m, about 10 per minute");
  EXPECT_EQ(Looks({40, 50}, 600 * kSecond, 60).growth(),
            "40 -> 50, +10 in 10m, about 1 per minute");
  EXPECT_EQ(Looks({40, 50}, 1200 * kSecond, 30).growth(),
            "40 -> 50, +10 in 20m, about 30 per hour");
  EXPECT_EQ(Looks({4000, 5000}, 36'000 * kSecond, 100.4).growth(),
            "4,000 -> 5,000, +1,000 in 10h, about 100 per hour");
}

TEST(GrowthWords, FewerAndConstant) {
  EXPECT_EQ(Looks({50, 40}, 600 * kSecond, -60).growth(),
            "50 -> 40, -10 in 10m, about -1 per minute");
  EXPECT_EQ(Looks({7, 7, 7}, kSecond, 0).growth(), "constant: 7 in each of 3 looks");
  EXPECT_EQ(Looks({7, 9, 7}, kSecond, 0).growth(), "7 -> 9 -> 7");
  EXPECT_EQ(Looks({7}, kSecond, 0).growth(), "");
}

TEST(GrowthWords, WhoStayed) {
  Looks same({1, 1}, kSecond, 0);
  same.group.looks[1] = {1, 1, 0, 0, true};
  EXPECT_EQ(same.growth(), "constant: 1 in each of 2 looks, the same one");
  same.group.looks[1] = {1, 0, 1, 1, true};
  EXPECT_EQ(same.growth(),
            "constant: 1 in each of 2 looks; since the look before 0 still there, 1 new, 1 gone");
}

TEST(GrowthWords, WithoutTimes) {
  Looks two({10, 40}, kSecond, 0);
  two.group.growth.per_look = 30;
  for (diagnose::Look& look : two.diagnosis.looks) look.time_ns.reset();
  EXPECT_EQ(two.growth(), "10 -> 40, about 30 per look");
}

// What other processes had in between is no change of this one.
TEST(GrowthWords, OfSeveralProcesses) {
  Looks two({10, 500, 40, 700}, 60 * kSecond, 900);
  for (size_t i = 0; i < 4; i++) two.diagnosis.looks[i].process = i % 2;
  EXPECT_EQ(two.growth(), "10 -> 500 -> 40 -> 700, +30 in 2m, about 15 per minute");
}

TEST(GrowthWords, OfManyLooksTheLast) {
  Looks many({1, 2, 3, 4, 5, 6, 7, 8}, kSecond, 3600);
  EXPECT_TRUE(many.growth().starts_with("1 ... 3 -> 4 -> 5 -> 6 -> 7 -> 8, +7 in 7s, about 1 per "))
      << many.growth();
  EXPECT_TRUE(growth_words(many.diagnosis, many.group, true).starts_with("1 -> 2 -> 3 "));
}

TEST(AgeWords, OnlyWhereSomethingIsKnown) {
  Looks l({5}, kSecond, 0);
  EXPECT_EQ(age_words(l.diagnosis, l.group), "");
  l.group.ages.count[0] = 5;
  l.group.ages.oldest_minutes = 0;
  l.group.ages.median_minutes = 0;
  l.group.ages.unknown = 167;
  EXPECT_EQ(age_words(l.diagnosis, l.group), "");
  l.group.ages.oldest_minutes = 3;
  EXPECT_EQ(age_words(l.diagnosis, l.group),
            "oldest 3 min (since 2023-11-14T22:10:20Z), median below 1 min; not known for 167");
}

TEST(RankWords, EveryTermThatSaysSomething) {
  diagnose::Group g;
  g.strength = diagnose::Strength::kGrowing;
  g.growth.per_hour = 126'557;
  g.terms = {{"strength", 3, ""},
             {"victims", 441, "goroutines"},
             {"waits for another group", 1, ""},
             {"growth per hour", 126'557, "goroutines/h"},
             {"chance", 0.00139, ""},
             {"since base", -3, "goroutines"},
             {"bytes of one", 2048, "B"},
             {"count", 365, "goroutines"},
             {"share", 0.606, "%"},
             {"age", 0, "min"},
             {"something new", 12.5, "furlongs"}};
  EXPECT_EQ(rank_words(g),
            "strength growing; victims 441; waits for another group; growth 127,000 per hour, "
            "chance 0.0014; -3 since the base; 2.0 KiB each; 365 goroutines, 0.61 % of all; "
            "something new 12.5 furlongs");
}

TEST(RankWords, NoChanceWhereNothingChanges) {
  diagnose::Group g;
  g.strength = diagnose::Strength::kDeadlock;
  g.terms = {{"strength", 2, ""}, {"growth per hour", 0, ""}, {"chance", 0.5, ""}};
  EXPECT_EQ(rank_words(g), "strength deadlock");
}

TEST(Rounded, DigitsThatMatter) {
  EXPECT_EQ(rounded(126'557, 2), "130,000");
  EXPECT_EQ(rounded(126'557, 3), "127,000");
  EXPECT_EQ(rounded(1.936, 2), "1.9");
  EXPECT_EQ(rounded(9.99, 2), "10");
  EXPECT_EQ(rounded(0.00139, 2), "0.0014");
  EXPECT_EQ(rounded(-35.15, 2), "-35");
  EXPECT_EQ(rounded(0, 2), "0");
  EXPECT_EQ(rounded(std::numeric_limits<double>::infinity(), 2), "inf");
  EXPECT_EQ(rounded(1e300, 2), "1e+300");
  EXPECT_EQ(change_words(300), "+300");
  EXPECT_EQ(change_words(-1200), "-1,200");
}

}  // namespace
}  // namespace unpark::report
