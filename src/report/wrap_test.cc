#include "report/wrap.h"

#include <gtest/gtest.h>

#include <string>

namespace unpark::report {
namespace {

TEST(Wrap, BreaksAtBlanks) {
  EXPECT_EQ(wrapped("  = help: close every body", 4, 16), "  = help: close\n    every body");
  EXPECT_EQ(wrapped("one two three", 2, 5), "one\n  two\n  three");
}

TEST(Wrap, LeavesWhatFits) {
  EXPECT_EQ(wrapped("one two three", 2, 13), "one two three");
  EXPECT_EQ(wrapped("one two three", 2, 0), "one two three");
  EXPECT_EQ(wrapped("", 2, 1), "");
  EXPECT_EQ(wrapped("     ", 2, 3), "     ");
}

TEST(Wrap, KeepsBlanksInsideALine) {
  EXPECT_EQ(wrapped("   #1        20 main.go", 4, 15), "   #1        20\n    main.go");
}

TEST(Wrap, LongNamesStayWhole) {
  EXPECT_EQ(wrapped("at example.com/a/very/long/name now", 3, 10),
            "at\n   example.com/a/very/long/name\n   now");
}

TEST(Wrap, ColoursTakeNoRoom) {
  EXPECT_EQ(wrapped("\033[1mone\033[0m two", 2, 7), "\033[1mone\033[0m two");
  EXPECT_EQ(wrapped("\033[1mone\033[0m two six", 2, 7), "\033[1mone\033[0m two\n  six");
}

TEST(Wrap, WideCharactersTakeTwo) {
  EXPECT_EQ(wrapped("世界 世界", 1, 9), "世界 世界");
  EXPECT_EQ(wrapped("世界 世界", 1, 8), "世界\n 世界");
}

}  // namespace
}  // namespace unpark::report
