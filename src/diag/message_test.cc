#include "diag/message.h"

#include <gtest/gtest.h>

#include "diag/places.h"

namespace unpark::diag {
namespace {

using source::FileBytes;
using source::FileId;
using source::Loc;

struct MessageTest : ::testing::Test {
  source::FileStore files;
  FileId pool =
      files.add({"/m/pool/pool.go", FileBytes(std::string("package pool\n\nvar x int\n"))});
  FileId other = files.add({"/m/app/main.go", FileBytes(std::string("package main\r\nlast"))});
  Places places{files};
};

TEST_F(MessageTest, ArgumentsByKind) {
  Message message("{0} of {1} sends, {2}; see {3} and {4}", Code{"ch"}, int64_t{3}, Words{"twice"},
                  Loc{pool, {14, 17}}, Loc{other, {14, 18}});
  EXPECT_EQ(to_text(message, places, pool), "`ch` of 3 sends, twice; see line 3 and main.go:2");
  EXPECT_EQ(to_text(message, places, other), "`ch` of 3 sends, twice; see pool.go:3 and line 2");
}

TEST_F(MessageTest, BracesAndMissingArguments) {
  EXPECT_EQ(to_text(Message("struct{{}} {0} {1} {x} {"), places, pool), "struct{} {0} {1} {x} {");
  EXPECT_EQ(to_text(Message("{0}{0}", Words{"{1}"}), places, pool), "{1}{1}");
  EXPECT_EQ(to_text(Message(), places, pool), "");
}

TEST_F(MessageTest, PlacesThatDoNotExist) {
  EXPECT_EQ(places.path(FileId()), "");
  EXPECT_EQ(places.path(FileId(99)), "");
  EXPECT_EQ(places.line(pool, 0), "");
  EXPECT_EQ(places.line(pool, 77), "");
  EXPECT_EQ(places.begin({pool, {9999, 9999}}).line, 4u);
  EXPECT_EQ(to_text(Message("{0}", Loc{FileId(), {5, 6}}), places, pool), ":1");
}

TEST_F(MessageTest, LinesWithoutTheirEnds) {
  EXPECT_EQ(places.line(pool, 1), "package pool");
  EXPECT_EQ(places.line(pool, 2), "");
  EXPECT_EQ(places.line(other, 1), "package main");
  EXPECT_EQ(places.line(other, 2), "last");
}

TEST(DisplayPath, RelativeWhenShorter) {
  EXPECT_EQ(display_path("/home/u/m/pool/pool.go", "/home/u/m"), "pool/pool.go");
  EXPECT_EQ(display_path("/home/u/m/pool/pool.go", "/home/u/m/cmd"), "../pool/pool.go");
  EXPECT_EQ(display_path("/usr/lib/x.go", "/home/u/m/a/b/c"), "/usr/lib/x.go");
  EXPECT_EQ(display_path("/m/x.go", ""), "/m/x.go");
  EXPECT_EQ(display_path("", "/m"), "");
}

}  // namespace
}  // namespace unpark::diag
