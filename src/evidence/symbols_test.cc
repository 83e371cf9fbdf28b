#include "evidence/symbols.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evidence/wait_reason.h"

namespace unpark::evidence {
namespace {

TEST(Symbols, EqualThingsHaveEqualIds) {
  Symbols symbols;
  StringId main = symbols.string("main.main");
  StringId file = symbols.string("main.go");
  EXPECT_EQ(symbols.string(std::string("main.") + "main"), main);
  FrameId a = symbols.frame({main, file, 7, 0});
  FrameId b = symbols.frame({main, file, 8, 0});
  EXPECT_NE(a, b);
  EXPECT_EQ(symbols.frame({main, file, 7, 0}), a);
  EXPECT_NE(symbols.frame({main, file, 7, kInlined}), a);
  StackId stack = symbols.stack(std::vector{a, b});
  StackId empty = symbols.stack({});
  EXPECT_EQ(symbols.stack(std::vector{a, b}), stack);
  EXPECT_NE(symbols.stack(std::vector{b, a}), stack);
  EXPECT_TRUE(empty.exists());
  EXPECT_TRUE(symbols[empty].empty());
  ASSERT_EQ(symbols[stack].size(), 2u);
  EXPECT_EQ(symbols.text(symbols[symbols[stack][1]].function), "main.main");
}

TEST(Symbols, LabelsAreSets) {
  Symbols symbols;
  Label path{symbols.string("path"), symbols.string("/quote")};
  Label tenant{symbols.string("tenant"), symbols.string("7")};
  LabelsId one = symbols.labels(std::vector{tenant, path});
  EXPECT_EQ(symbols.labels(std::vector{path, tenant}), one);
  EXPECT_EQ(symbols.text(symbols[one][0].key), "path");
  EXPECT_FALSE(symbols.labels({}).exists());
  EXPECT_TRUE(symbols[LabelsId()].empty());
}

// Text stays where it is while tables grow.
TEST(Symbols, TextStays) {
  Symbols symbols;
  std::string_view first = symbols.text(symbols.string("first"));
  for (int i = 0; i < 100000; i++) symbols.string("name" + std::to_string(i));
  EXPECT_EQ(symbols.text(symbols.string("first")).data(), first.data());
  EXPECT_EQ(symbols.string_count(), 100001u);
}

TEST(WaitReason, WordsAndBack) {
  EXPECT_EQ(wait_reason_of("chan receive (nil chan)"), WaitReason::kChanReceiveNil);
  EXPECT_EQ(wait_reason_of("sync.WaitGroup.Wait"), WaitReason::kWaitGroupWait);
  EXPECT_EQ(wait_reason_of("chan"), std::nullopt);
  EXPECT_EQ(wait_reason_of(""), std::nullopt);
  EXPECT_EQ(wait_reason_of("?"), std::nullopt);
  EXPECT_EQ(kind_of(WaitReason::kIoWait), WaitKind::kOutside);
  for (int i = 1; i < static_cast<int>(WaitReason::kOther); i++) {
    auto reason = static_cast<WaitReason>(i);
    EXPECT_EQ(wait_reason_of(text_of(reason)), reason) << text_of(reason);
  }
  EXPECT_EQ(status_of("syscall"), Status::kSyscall);
  EXPECT_EQ(status_of("sleep"), std::nullopt);
}

}  // namespace
}  // namespace unpark::evidence
