#include <gtest/gtest.h>

#include "harness/temp_dir.h"
#include "source/file_store.h"
#include "source/file_system.h"
#include "source/line_table.h"

namespace unpark::source {
namespace {

using base::FileKind;

TEST(LineTable, CountsFromOneInBytes) {
  std::string text = "ab\n\nc\xc3\xa9x";
  LineTable lines(text);
  EXPECT_EQ(lines.line_count(), 3u);
  EXPECT_EQ(lines.position(0), (Position{1, 1}));
  EXPECT_EQ(lines.position(2), (Position{1, 3}));
  EXPECT_EQ(lines.position(3), (Position{2, 1}));
  EXPECT_EQ(lines.position(7), (Position{3, 4}));
  EXPECT_EQ(lines.position(1000), (Position{3, 5}));
  EXPECT_EQ(lines.line_start(3), 4u);
  EXPECT_EQ(lines.line_start(9), text.size());
  EXPECT_EQ(LineTable("").position(5), (Position{1, 1}));
}

TEST(FileSystem, MemoryHoldsFilesAndTheirDirectories) {
  MemoryFileSystem files;
  files.write("/m/a/x.go", "x");
  files.write("/m/a.go", "y");
  files.write("/m/a/b/z.go", "z");
  EXPECT_EQ(files.stat("/m").kind, FileKind::kDirectory);
  EXPECT_EQ(files.stat("/m/a.go").size, 1u);
  EXPECT_EQ(files.stat("/n").kind, FileKind::kNone);
  auto entries = files.list("/m");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].kind, FileKind::kDirectory);
  EXPECT_EQ((*entries)[1].name, "a.go");
  EXPECT_EQ(files.read("/m/a/x.go")->bytes(), "x");
  EXPECT_FALSE(files.read("/m/a"));
  EXPECT_FALSE(files.list("/m/a.go"));
}

TEST(FileSystem, OverlayReplacesAndAddsFiles) {
  testing::TempDir dir;
  dir.write("p/a.go", "old");
  dir.write("p/b.go", "kept");
  RealFileSystem real;
  OverlayFileSystem files(real);
  files.write(dir.file("p/a.go"), "new");
  files.write(dir.file("q/c.go"), "added");
  EXPECT_EQ(files.read(dir.file("p/a.go"))->bytes(), "new");
  EXPECT_EQ(files.read(dir.file("p/b.go"))->bytes(), "kept");
  EXPECT_EQ(files.read(dir.file("q/c.go"))->bytes(), "added");
  EXPECT_EQ(files.list(dir.file("p"))->size(), 2u);
  EXPECT_EQ(files.list(dir.path())->size(), 2u);
  EXPECT_EQ(files.stat(dir.file("q")).kind, FileKind::kDirectory);
}

TEST(FileSystem, RealReadsSmallAndLargeFiles) {
  testing::TempDir dir;
  std::string big(1 << 20, 'x');
  RealFileSystem files;
  EXPECT_EQ(files.read(dir.write("small", "s"))->bytes(), "s");
  EXPECT_EQ(files.read(dir.write("big", big))->bytes(), big);
  EXPECT_FALSE(files.read(dir.path()));
}

TEST(FileStore, KeepsBytesWhileItGrowsAndMoves) {
  FileStore store;
  FileId first = store.add({"/a.go", FileBytes(std::string("package a"))});
  std::string_view text = store[first].text();
  for (int i = 0; i < 5000; i++) store.add({"/b.go", FileBytes(std::string("b"))});
  FileStore moved = std::move(store);
  EXPECT_EQ(moved[first].text().data(), text.data());
  EXPECT_EQ(moved[first].path, "/a.go");
  EXPECT_EQ(moved.size(), 5001u);
}

}  // namespace
}  // namespace unpark::source
