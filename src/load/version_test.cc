#include "load/version.h"

#include <gtest/gtest.h>

#include <vector>

namespace unpark::load {
namespace {

TEST(Version, GoVersionsStandInTheOrderOfTheirRelease) {
  std::vector<const char*> order = {"",        "1.9",     "1.20rc1", "1.20",    "1.20.1", "1.21",
                                    "1.21rc1", "1.21rc2", "1.21.0",  "1.21.10", "1.22",   "2.0"};
  for (size_t i = 0; i < order.size(); i++) {
    for (size_t j = 0; j < order.size(); j++) {
      int want = i < j ? -1 : i > j ? 1 : 0;
      EXPECT_EQ(compare_go_versions(order[i], order[j]), want) << order[i] << " " << order[j];
    }
  }
  EXPECT_EQ(compare_go_versions("1.20", "1.20.0"), 0);
  EXPECT_EQ(compare_go_versions("1", "1.0.0"), 0);
  for (const char* bad : {"go1.2", "1.", "1.02", "1.2.3rc1", "1.2x!", "1.2.", "v1.2"}) {
    EXPECT_FALSE(is_go_version(bad)) << bad;
  }
}

TEST(Version, LanguageIsMajorAndMinor) {
  EXPECT_EQ(lang_of("1.21rc2"), (LangVersion{1, 21}));
  EXPECT_EQ(lang_of("1.9.3"), (LangVersion{1, 9}));
  EXPECT_EQ(lang_of("1"), (LangVersion{1, 0}));
  EXPECT_FALSE(lang_of("1.99999"));
  EXPECT_FALSE(lang_of("next"));
  EXPECT_EQ(to_string(LangVersion{1, 27}), "1.27");
}

TEST(Version, SemanticVersionsStandInOrder) {
  std::vector<const char*> order = {"bad",
                                    "v0.0.0-20200102030405-abcdefabcdef",
                                    "v0.0.1",
                                    "v1.0.0-alpha",
                                    "v1.0.0-alpha.1",
                                    "v1.0.0-alpha.beta",
                                    "v1.0.0-beta",
                                    "v1.0.0-beta.2",
                                    "v1.0.0-beta.11",
                                    "v1.0.0-rc.1",
                                    "v1.0.0",
                                    "v1.2.0",
                                    "v1.10.0",
                                    "v2.0.0+incompatible"};
  for (size_t i = 0; i < order.size(); i++) {
    for (size_t j = 0; j < order.size(); j++) {
      int want = i < j ? -1 : i > j ? 1 : 0;
      EXPECT_EQ(compare_semver(order[i], order[j]), want) << order[i] << " " << order[j];
    }
  }
  EXPECT_EQ(compare_semver("v1.2", "v1.2.0"), 0);
  EXPECT_EQ(compare_semver("v1.2.0+a", "v1.2.0+b"), 0);
  EXPECT_TRUE(is_canonical_semver("v3.0.0+incompatible"));
  for (const char* bad : {"1.2.3", "v1.2", "v01.2.3", "v1.2.3-01", "v1.2.3-", "v1.2.3+meta",
                          "v1.2.3-a..b", "v1.2.3 "}) {
    EXPECT_FALSE(is_canonical_semver(bad)) << bad;
  }
}

}  // namespace
}  // namespace unpark::load
