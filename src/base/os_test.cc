#include "base/os.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "harness/temp_dir.h"

namespace unpark::base {
namespace {

using testing::TempDir;

TEST(Os, ReadsAndMapsRegularFilesOnly) {
  TempDir dir;
  std::string path = dir.write("a.txt", "hello");
  std::string empty = dir.write("empty", "");
  EXPECT_EQ(*read_file(path), "hello");
  EXPECT_EQ(map_file(path)->bytes(), "hello");
  EXPECT_EQ(*read_file(empty), "");
  EXPECT_TRUE(map_file(empty)->bytes().empty());

  Result<std::string> missing = read_file(dir.file("absent"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find(dir.file("absent")), std::string::npos);

  Result<MappedFile> directory = map_file(dir.path());
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().message.find("directory"), std::string::npos);

  ASSERT_EQ(::mkfifo(dir.file("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_file(dir.file("pipe")));
}

TEST(Os, RefusesFilesAboveTheLimit) {
  TempDir dir;
  std::string path = dir.write("a", "123456");
  EXPECT_TRUE(read_file(path, 6));
  Result<std::string> large = read_file(path, 5);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, ErrorKind::kTooLarge);
  EXPECT_FALSE(map_file(path, 5));
}

TEST(Os, ReadsFilesThatHideTheirSize) {
  if (file_info("/proc/self/status").kind != FileKind::kRegular) GTEST_SKIP() << "no /proc here";
  Result<std::string> status = read_file("/proc/self/status");
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("Pid:"), std::string::npos);
}

TEST(Os, ListsSortedAndFollowsLinks) {
  TempDir dir;
  dir.write("b/inner", "");
  dir.write("a", "");
  ASSERT_EQ(::symlink("b", dir.file("link").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", dir.file("dangling").c_str()), 0);
  Result<std::vector<DirEntry>> entries = list_dir(dir.path());
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].kind, FileKind::kRegular);
  EXPECT_EQ((*entries)[1].kind, FileKind::kDirectory);
  EXPECT_FALSE((*entries)[1].is_link);
  EXPECT_EQ((*entries)[2].kind, FileKind::kNone);
  EXPECT_TRUE((*entries)[2].is_link);
  EXPECT_EQ((*entries)[3].kind, FileKind::kDirectory);
  EXPECT_TRUE((*entries)[3].is_link);
  EXPECT_EQ(*real_path(dir.file("link")), dir.file("b"));
  EXPECT_EQ(list_dir(dir.file("absent")).error().kind, ErrorKind::kNotFound);
}

TEST(Os, MakesDirectoriesAndWritesAtomically) {
  TempDir dir;
  ASSERT_TRUE(make_dirs(dir.file("x/y/z")));
  ASSERT_TRUE(make_dirs(dir.file("x/y/z")));
  EXPECT_EQ(file_info(dir.file("x/y/z")).kind, FileKind::kDirectory);
  dir.write("file", "old");
  EXPECT_FALSE(make_dirs(dir.file("file/below")));
  ASSERT_TRUE(write_file_atomic(dir.file("file"), "new bytes"));
  EXPECT_EQ(*read_file(dir.file("file")), "new bytes");
  EXPECT_EQ(list_dir(dir.path())->size(), 2u);
  EXPECT_FALSE(write_file_atomic(dir.file("absent/file"), "x"));
}

TEST(Os, WritesAtomicallyPieceByPiece) {
  TempDir dir;
  dir.write("file", "old");
  {
    Result<AtomicFile> file = AtomicFile::create(dir.file("file"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("new "));
    ASSERT_TRUE(file->write("bytes"));
    EXPECT_EQ(*read_file(dir.file("file")), "old");
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(*read_file(dir.file("file")), "new bytes");
  }
  {
    Result<AtomicFile> file = AtomicFile::create(dir.file("file"));
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("given up"));
  }
  EXPECT_EQ(*read_file(dir.file("file")), "new bytes");
  EXPECT_EQ(list_dir(dir.path())->size(), 1u);
}

TEST(Os, CountsWhatTheProcessUsed) {
  volatile uint64_t sum = 0;
  for (uint64_t i = 0; i < 20000000; i++) sum = sum + i;
  EXPECT_GT(cpu_seconds(), 0.0);
  EXPECT_GT(peak_memory_bytes(), uint64_t{1} << 20);
}

TEST(Os, ReadsAWholeFile) {
  TempDir dir;
  std::string path = dir.write("a", std::string(100000, 'x'));
  EXPECT_EQ(read_file(path)->size(), 100000u);
  EXPECT_EQ(read_file(path, 100000)->size(), 100000u);
}

TEST(Os, RemovesAndTouches) {
  TempDir dir;
  std::string path = dir.write("sub/a", "x");
  EXPECT_FALSE(remove_dir(dir.file("sub")));
  int64_t before = file_info(path).mtime_ns;
  EXPECT_TRUE(touch_file(path));
  EXPECT_GE(file_info(path).mtime_ns, before);
  EXPECT_LT(std::abs(wall_clock_ns() - file_info(path).mtime_ns), int64_t{60} * 1000000000);
  EXPECT_TRUE(remove_file(path));
  EXPECT_TRUE(remove_dir(dir.file("sub")));
  EXPECT_EQ(remove_file(path).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(remove_dir(path).error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(touch_file(path));
}

TEST(Os, KnowsItsOwnFile) {
  std::string path = executable_path();
  if (path.empty()) GTEST_SKIP() << "this system does not say";
  Result<MappedFile> file = map_file(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes().substr(1, 3), "ELF");
}

}  // namespace
}  // namespace unpark::base
