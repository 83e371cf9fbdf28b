#include "cli/quantity.h"

#include <gtest/gtest.h>

namespace unpark::cli {
namespace {

TEST(Seconds, AsPeopleTypeThem) {
  EXPECT_EQ(seconds_of("90s"), 90);
  EXPECT_EQ(seconds_of("2m30s"), 150);
  EXPECT_EQ(seconds_of("1h"), 3600);
  EXPECT_EQ(seconds_of("1.5m"), 90);
  EXPECT_EQ(seconds_of("500ms"), 0.5);
  EXPECT_EQ(seconds_of("10"), 10);
  EXPECT_EQ(seconds_of("0"), 0);
  for (const char* bad :
       {"", "s", "10x", "-1s", "1s2", "1..2s", ".", "1e9s", "9999999999h", "1 s"}) {
    EXPECT_EQ(seconds_of(bad), std::nullopt) << bad;
  }
}

TEST(Bytes, AsPeopleTypeThem) {
  EXPECT_EQ(bytes_of("4096"), 4096u);
  EXPECT_EQ(bytes_of("64MiB"), 64u << 20);
  EXPECT_EQ(bytes_of("10MB"), 10'000'000u);
  EXPECT_EQ(bytes_of("1G"), 1u << 30);
  EXPECT_EQ(bytes_of("2k"), 2048u);
  for (const char* bad :
       {"", "MiB", "1.5G", "-1", "10XB", "99999999999999999999", "99999999999999T", "1 MiB"}) {
    EXPECT_EQ(bytes_of(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace unpark::cli
