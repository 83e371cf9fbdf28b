#include "report/glyphs.h"

#include <gtest/gtest.h>

#include <span>

#include "report/width_table.h"

namespace unpark::report {
namespace {

uint32_t width(std::string_view text) {
  uint32_t total = 0;
  for (const Glyph& glyph : glyphs(text)) total += glyph.width;
  return total;
}

TEST(Glyphs, Widths) {
  EXPECT_EQ(width("abc"), 3u);
  EXPECT_EQ(width("\t"), 4u);
  EXPECT_EQ(width("é"), 1u);
  EXPECT_EQ(width("e\xCC\x81"), 1u);  // with a combining acute accent
  EXPECT_EQ(width("日本"), 4u);
  EXPECT_EQ(width("한"), 2u);
  EXPECT_EQ(width("🙂"), 2u);
  EXPECT_EQ(width("ａ"), 2u);  // full width
  EXPECT_EQ(width("\xEF\xBB\xBF"), 0u);
}

TEST(Glyphs, BytesOfCharacters) {
  std::vector<Glyph> all = glyphs("a日b");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].byte, 1u);
  EXPECT_EQ(all[1].shown, "日");
  EXPECT_EQ(all[2].byte, 4u);
}

TEST(Glyphs, WhatATerminalWouldObeyIsNamed) {
  EXPECT_EQ(printable("\x1b[31m"), "<U+001B>[31m");
  EXPECT_EQ(printable("a\u202Eb"), "a<U+202E>b");
  EXPECT_EQ(printable("a\u2066b\u061Cc"), "a<U+2066>b<U+061C>c");
  EXPECT_EQ(printable("\u0085"), "<U+0085>");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "<U+0000>");
  EXPECT_EQ(printable("one\ntwo\tthree"), "one two three");
}

TEST(Glyphs, BrokenUtf8IsReplacedByteByByte) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(printable("a\xFFz"), "a" + r + "z");
  EXPECT_EQ(printable("\xC3"), r);
  EXPECT_EQ(printable("\xC3z"), r + "z");
  EXPECT_EQ(printable("\xC0\x80"), r + r);          // overlong
  EXPECT_EQ(printable("\xE0\x80\x80"), r + r + r);  // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), r + r + r);  // surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), r + r + r + r);
  EXPECT_EQ(printable("\xF0\x9F\x99"), r + r + r);  // cut off
}

TEST(WidthTable, IsSortedWithoutOverlap) {
  auto check = [](std::span<const CodePointRange> ranges) {
    for (size_t i = 0; i < ranges.size(); i++) {
      EXPECT_LE(ranges[i].first, ranges[i].last);
      if (i > 0) {
        EXPECT_LT(ranges[i - 1].last, ranges[i].first);
      }
    }
  };
  check(kZeroWidth);
  check(kDoubleWidth);
}

}  // namespace
}  // namespace unpark::report
