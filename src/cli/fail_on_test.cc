#include "cli/fail_on.h"

#include <gtest/gtest.h>

namespace unpark::cli {
namespace {

using diagnose::Diagnosis;
using diagnose::Strength;

Diagnosis with(Strength strength) {
  Diagnosis d;
  d.groups.resize(2);
  d.groups[0].strength = strength;
  d.groups[1].strength = Strength::kExpected;
  d.looks.resize(2);
  d.looks[1].goroutines = 100;
  return d;
}

bool fails_on(const std::vector<std::string>& values, const Diagnosis& d) {
  base::Result<FailOn> on = fail_on(values);
  EXPECT_TRUE(on.ok());
  return on.ok() && fails(*on, d);
}

TEST(FailOn, Default) {
  for (Strength s :
       {Strength::kProven, Strength::kAlwaysBlocked, Strength::kDeadlock, Strength::kGrowing,
        Strength::kSurviving, Strength::kOutlived, Strength::kHung}) {
    EXPECT_TRUE(fails_on({}, with(s)));
  }
  for (Strength s : {Strength::kOldAndMany, Strength::kNoticed, Strength::kExpected}) {
    EXPECT_FALSE(fails_on({}, with(s)));
  }
  Diagnosis races;
  races.races.resize(1);
  EXPECT_TRUE(fails_on({}, races));
  EXPECT_FALSE(fails_on({}, Diagnosis()));
}

TEST(FailOn, NarrowerAndWider) {
  EXPECT_FALSE(fails_on({"leak"}, with(Strength::kGrowing)));
  EXPECT_TRUE(fails_on({"leak"}, with(Strength::kDeadlock)));
  EXPECT_FALSE(fails_on({"growing"}, with(Strength::kProven)));
  EXPECT_TRUE(fails_on({"growing", "leak"}, with(Strength::kProven)));
  EXPECT_TRUE(fails_on({"growing"}, with(Strength::kOutlived)));
  EXPECT_FALSE(fails_on({"growing"}, with(Strength::kHung)));
  EXPECT_TRUE(fails_on({"hang"}, with(Strength::kHung)));
  EXPECT_TRUE(fails_on({"suspicious"}, with(Strength::kOldAndMany)));
  EXPECT_FALSE(fails_on({"never"}, with(Strength::kProven)));
  EXPECT_FALSE(fails_on({"count=100"}, with(Strength::kProven)));
  EXPECT_TRUE(fails_on({"count=99"}, with(Strength::kExpected)));
  Diagnosis races;
  races.races.resize(1);
  EXPECT_FALSE(fails_on({"leak"}, races));
  EXPECT_TRUE(fails_on({"races"}, races));
}

TEST(FailOn, Unknown) {
  for (const char* bad : {"", "count", "count=", "count=x", "count=-1", "leaks"}) {
    base::Result<FailOn> on = fail_on({bad});
    ASSERT_FALSE(on.ok()) << bad;
    EXPECT_NE(on.error().message.find("not one of"), std::string::npos);
  }
}

}  // namespace
}  // namespace unpark::cli
