// docs/wait_reasons.md speaks of every reason.
#include <gtest/gtest.h>

#include <string>

#include "base/os.h"
#include "evidence/wait_reason.h"

namespace unpark::evidence {
namespace {

TEST(WaitReasonPage, HasEveryReason) {
  auto page = base::read_file("docs/wait_reasons.md");
  ASSERT_TRUE(page.ok()) << "tests run at the top of the tree";
  for (int i = 1; i < static_cast<int>(WaitReason::kOther); i++) {
    std::string text(text_of(static_cast<WaitReason>(i)));
    ASSERT_FALSE(text.empty());
    EXPECT_NE(page->find("`" + text + "`"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace unpark::evidence
