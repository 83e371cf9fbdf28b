#include "evidence/read.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/os.h"
#include "evidence/gzip.h"
#include "harness/temp_dir.h"

namespace unpark::evidence {
namespace {

using testing::TempDir;

const std::string kFixtures = "tests/evidence/fixtures/";

struct BytesRead : Evidence {
  explicit BytesRead(std::string_view bytes, const ReadOptions& options = {}) {
    std::unique_ptr<ByteSource> source = source_of(bytes);
    read_input(*source, "x", options, *this);
  }
};

struct FileRead : Evidence {
  explicit FileRead(const std::string& path) { read_path(path, {}, *this); }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool has_note(const Input& input, Note::Kind kind, std::string_view part = "") {
  return std::any_of(input.notes.begin(), input.notes.end(), [&](const Note& note) {
    return note.kind == kind && has(note.message, part);
  });
}

// Bytes without end, or with a far one, that nobody keeps.
class Endless : public ByteSource {
 public:
  Endless(std::string piece, uint64_t size) : piece_(std::move(piece)), left_(size) {}
  base::Result<size_t> read(char* to, size_t size) override {
    size_t n = 0;
    while (n < size && left_ > 0) {
      size_t part = std::min<uint64_t>({size - n, left_, piece_.size() - at_});
      std::copy_n(piece_.data() + at_, part, to + n);
      at_ = (at_ + part) % piece_.size();
      n += part;
      left_ -= part;
    }
    return n;
  }
  uint64_t left() const { return left_; }

 private:
  std::string piece_;
  uint64_t left_;
  size_t at_ = 0;
};

TEST(Read, TellsInputsByTheirBytes) {
  struct Case {
    const char* file;
    const char* what;
  } cases[] = {
      {"go1.26.7/sched/schedtrace.txt", "scheduler trace"},
      {"go1.26.7/sched/scheddetail.txt", "scheduler trace"},
      {"go1.26.7/sched/expvar.json", "expvar variables"},
      {"go1.26.7/sched/prometheus.txt", "metrics"},
      {"go1.26.7/sched/metrics.txt", "metrics"},
      {"go1.26.7/race/variable.txt", "race reports"},
      {"go1.26.7/race/test.txt", "race reports"},
      {"go1.26.7/race/test.json.txt", "race reports"},
      {"go1.26.7/waits/goroutine.debug2.txt", "goroutine dump"},
      {"go1.26.7/waits/goroutine.debug1.txt", "goroutine profile"},
      {"go1.26.7/waits/goroutine.pb.gz", "goroutine profile, gzip"},
      {"go1.26.7/waits/heap.pb.gz", "heap profile, gzip"},
      {"go1.26.7/crash/panic.all.txt", "crash"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.file);
    FileRead evidence(kFixtures + c.file);
    ASSERT_EQ(evidence.inputs.size(), 1u);
    EXPECT_EQ(evidence.inputs[0].error, "");
    EXPECT_EQ(evidence.inputs[0].what, c.what);
    ASSERT_EQ(evidence.snapshots.size(), 1u);
    EXPECT_TRUE(evidence.snapshots[0].time_ns.has_value());
    EXPECT_EQ(evidence.inputs[0].bytes, base::file_info(kFixtures + c.file).size);
  }
}

// In one line, as loggers quote them or put them into JSON.
TEST(Read, TextInOneLine) {
  for (const char* file :
       {"waits/goroutine.debug2.txt", "waits/goroutine.debug1.txt", "waits/heap.debug1.txt",
        "waits/mutex.debug1.txt", "waits/block.debug1.txt", "race/variable.txt",
        "sched/schedtrace.txt", "sched/prometheus.txt"}) {
    std::string text = *base::read_file(kFixtures + "go1.26.7/" + file);
    std::string spelled;
    for (char c : text) {
      spelled += c == '\n'   ? "\\n"
                 : c == '\t' ? "\\t"
                 : c == '"'  ? "\\\""
                 : c == '\\' ? "\\\\"
                             : std::string(1, c);
    }
    BytesRead plain(text);
    ASSERT_EQ(plain.snapshots.size(), 1u) << file;
    for (const std::string& line :
         {"\"" + spelled + "\"\n", "2026/01/05 10:00:00 \"" + spelled + "\"\n",
          "{\"level\":\"info\",\"msg\":\"" + spelled + "\"}\n"}) {
      SCOPED_TRACE(file + (": " + line.substr(0, 40)));
      BytesRead logged(line);
      EXPECT_EQ(logged.inputs[0].error, "");
      ASSERT_EQ(logged.snapshots.size(), 1u);
      const Snapshot &a = plain.snapshots[0], &b = logged.snapshots[0];
      EXPECT_EQ(a.kind, b.kind);
      EXPECT_EQ(a.goroutine_count(), b.goroutine_count());
      EXPECT_EQ(a.samples.size(), b.samples.size());
      EXPECT_EQ(a.values, b.values);
      EXPECT_EQ(a.races.size(), b.races.size());
      EXPECT_EQ(a.sched.size(), b.sched.size());
      EXPECT_EQ(a.metrics.size(), b.metrics.size());
    }
  }
}

TEST(Read, SeveralKindsInOneInput) {
  std::string all;
  for (const char* file : {"sched/mixed.txt", "race/locked.txt", "waits/goroutine.debug2.txt",
                           "waits/goroutine.debug1.txt", "sched/prometheus.txt"}) {
    all += *base::read_file(kFixtures + "go1.26.7/" + file) + "\n";
  }
  BytesRead evidence(all);
  EXPECT_EQ(evidence.inputs[0].error, "");
  std::vector<SnapshotKind> kinds;
  for (const Snapshot& snapshot : evidence.snapshots) kinds.push_back(snapshot.kind);
  std::sort(kinds.begin(), kinds.end());
  EXPECT_EQ(kinds, (std::vector<SnapshotKind>{SnapshotKind::kGoroutineDump,
                                              SnapshotKind::kGoroutineProfile, SnapshotKind::kSched,
                                              SnapshotKind::kRaces, SnapshotKind::kMetrics}));
}

TEST(Read, NamesWhatItCannotRead) {
  struct Case {
    std::string bytes;
    const char* error;
    const char* instead;
  } cases[] = {
      {std::string("go 1.26 trace\0\0\0", 16), "is an execution trace", "goroutine?debug=2"},
      {"// Shop.\npackage main\n\nimport \"fmt\"\n\nfunc main() {}\n", "is Go source",
       "goroutine?debug=2"},
      {std::string("\x7f"
                   "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0",
                   18),
       "is a core file", "dlv core"},
      {std::string("\x7f"
                   "ELF\x02\x02\x01\0\0\0\0\0\0\0\0\0\0\x04",
                   18),
       "is a core file", "dlv core"},
      {std::string("\x7f"
                   "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0",
                   18),
       "is a program", "goroutine dump"},
      {"\x7f"
       "ELF",
       "is a program", "goroutine dump"},
      {"go1.7 heap dump\n...", "is a heap dump", "goroutine dump"},
      {"PK\x03\x04...", "is a zip archive", "unpack"},
      {std::string(257, '\0') + "ustar", "is a tar archive", "unpack"},
      {"\x89PNG\r\n\x1a\n", "is a picture", "text itself"},
      {"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>no</body></html>",
       "is an HTML page (\"Sign in\")", "login"},
      {"  <HTML><TITLE>\x01</TITLE>", "is an HTML page", "login"},
      {"hello\nworld\n", "has no goroutine dump", "goroutine dump"},
      {"\n\n  \n", "has only blanks", "goroutine dump"},
      {R"({"level":"info","cmdline":"x"})", "has no goroutine dump", "goroutine dump"},
      {std::string("\x01\x02\x03\xff\xfe\x00garbage\x05\x06", 16), "is binary", "goroutine dump"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.error);
    BytesRead evidence(c.bytes);
    ASSERT_EQ(evidence.inputs.size(), 1u);
    EXPECT_TRUE(evidence.snapshots.empty());
    EXPECT_TRUE(has(evidence.inputs[0].error, c.error)) << evidence.inputs[0].error;
    EXPECT_TRUE(has_note(evidence.inputs[0], Note::Kind::kInstead, c.instead));
    EXPECT_FALSE(has_note(evidence.inputs[0], Note::Kind::kMangled));
    EXPECT_EQ(evidence.inputs[0].what, "nothing that is read");
  }
  EXPECT_EQ(BytesRead("").inputs[0].error, "is empty");
  EXPECT_EQ(BytesRead(gzip("")).inputs[0].error, "is empty");
}

// Profiles of nothing that waits can be read, and are refused.
TEST(Read, ProfilesOfSomethingElse) {
  struct Case {
    std::string type, error;
  } cases[] = {
      {"cpu", "is a CPU profile, which shows what runs and nothing that waits"},
      {"wall", "is a profile of something else (wall)"},
      {"contentions", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type);
    std::string bytes = std::string("\x0a\x04\x08\x01\x10\x02", 6);  // sample type 1, unit 2
    bytes += std::string("\x12\x06\x0a\x01\x01\x12\x01\x07", 8);     // a sample
    bytes += std::string("\x22\x02\x08\x01", 4);                     // its location
    for (const std::string& text : {std::string(), c.type, std::string("count")}) {
      bytes += "\x32";
      bytes += static_cast<char>(text.size());
      bytes += text;
    }
    BytesRead evidence(bytes);
    EXPECT_EQ(evidence.snapshots.size(), c.error.empty() ? 1u : 0u);
    EXPECT_EQ(evidence.inputs[0].error, c.error);
    EXPECT_EQ(has_note(evidence.inputs[0], Note::Kind::kInstead, "goroutine?debug=2"),
              !c.error.empty());
  }
}

TEST(Read, LinesOfTheCollectorAloneSayWhatToBring) {
  FileRead evidence(kFixtures + "go1.26.7/sched/gctrace.txt");
  EXPECT_FALSE(evidence.inputs[0].error.empty());
  EXPECT_TRUE(has_note(evidence.inputs[0], Note::Kind::kInstead, "schedtrace"));
}

// Tests that passed leave no evidence, and their output is none that is wrong.
TEST(Read, TestsThatPassed) {
  for (const char* output :
       {"ok  \texample.com/app\t0.213s\n", "ok  \tapp\t(cached)\tcoverage: 71.2% of statements\n",
        "--- FAIL: TestX (0.00s)\n    x_test.go:9: no\nFAIL\nFAIL\texample.com/app\t0.002s\nFAIL\n",
        "?   \texample.com/app/x\t[no test files]\n", "FAIL\texample.com/app [build failed]\n",
        "{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"ok  \\tp\\t0.2s\\n\"}\n"}) {
    SCOPED_TRACE(output);
    BytesRead evidence(output);
    EXPECT_EQ(evidence.inputs[0].error, "");
    EXPECT_TRUE(evidence.inputs[0].what.starts_with("output of go test"));
    EXPECT_FALSE(has_note(evidence.inputs[0], Note::Kind::kInstead));
  }
  for (const char* other :
       {"ok\n", "ok then\n", "ok  \tapp\tsoon\n", "FAIL\n", "? what is this\n"}) {
    SCOPED_TRACE(other);
    EXPECT_NE(BytesRead(other).inputs[0].error, "");
  }
  BytesRead evidence(
      "ok  \ta\t0.2s\ngoroutine 7 [chan receive]:\nmain.f()\n\t/src/main.go:3 +0x1d\n"
      "FAIL\tb\t600.01s\nok  \tc\t0.1s\n");
  ASSERT_EQ(evidence.snapshots.size(), 1u);
  EXPECT_EQ(evidence.snapshots[0].goroutines.size(), 1u);
  EXPECT_EQ(evidence.inputs[0].what, "goroutine dump");
}

TEST(Read, UnpacksAndSaysWhatIsCut) {
  std::string text = *base::read_file(kFixtures + "go1.26.7/sched/scheddetail.txt");
  std::string packed = gzip(text);
  BytesRead whole(packed);
  EXPECT_EQ(whole.inputs[0].what, "scheduler trace, gzip");
  EXPECT_EQ(whole.inputs[0].bytes, packed.size());
  EXPECT_EQ(whole.inputs[0].error, "");
  BytesRead cut(std::string_view(packed).substr(0, packed.size() / 2));
  EXPECT_EQ(cut.snapshots.size(), 1u);
  EXPECT_TRUE(has(cut.inputs[0].error, "cut")) << cut.inputs[0].error;
}

// A log that begins with an object of its own is a log, however much of it there is.
TEST(Read, LogsOfJsonAreNoVariables) {
  std::string line = R"({"cmdline":["x"],"memstats":{"HeapAlloc":1},"msg":"started"})"
                     "\n";
  std::string dump = R"({"msg":"goroutine 7 [chan receive]:\nmain.f()\n\t/src/main.go:3 +0x1d\n"})"
                     "\n";
  BytesRead evidence(line + dump);
  ASSERT_EQ(evidence.snapshots.size(), 1u);
  EXPECT_EQ(evidence.snapshots[0].kind, SnapshotKind::kGoroutineDump);

  Endless log(line, uint64_t{80} << 20);
  Evidence large;
  ReadOptions options;
  options.max_unrecognised_bytes = uint64_t{70} << 20;
  read_input(log, "log", options, large);
  EXPECT_TRUE(large.snapshots.empty());
  EXPECT_TRUE(has(large.inputs[0].error, "has no goroutine dump"));
}

TEST(Read, GarbageWithoutEndCostsNothing) {
  for (const char* piece : {"no dump here\n", "x", "{\"a\":", "\n"}) {
    SCOPED_TRACE(piece);
    Endless garbage(piece, uint64_t{10} << 30);
    Evidence evidence;
    ReadOptions options;
    options.max_unrecognised_bytes = uint64_t{8} << 20;
    read_input(garbage, "garbage", options, evidence);
    EXPECT_GT(garbage.left(), uint64_t{9} << 30);
    EXPECT_TRUE(has_note(evidence.inputs[0], Note::Kind::kLimit, "the rest is not read"));
    EXPECT_FALSE(evidence.inputs[0].error.empty());
  }
  EXPECT_LT(base::peak_memory_bytes(), uint64_t{1} << 30);
}

TEST(Read, ProfilesAboveTheLimit) {
  std::string packed = *base::read_file(kFixtures + "go1.26.7/waits/goroutine.pb.gz");
  ReadOptions options;
  options.max_binary_bytes = 1000;
  BytesRead evidence(packed, options);
  EXPECT_TRUE(has(evidence.inputs[0].error, "1000 bytes")) << evidence.inputs[0].error;
}

TEST(Read, FilesThatCannotBeOpened) {
  TempDir dir;
  Evidence evidence;
  read_path(dir.file("absent"), {}, evidence);
  read_path(dir.path(), {}, evidence);
  ASSERT_EQ(evidence.inputs.size(), 2u);
  EXPECT_EQ(evidence.inputs[0].name, dir.file("absent"));
  for (const Input& input : evidence.inputs) EXPECT_FALSE(input.error.empty());
}

TEST(FilesOf, DirectoriesInOrder) {
  TempDir dir;
  dir.write("b/2.txt", "x");
  dir.write("b/1.txt", "x");
  dir.write("a.txt", "x");
  dir.write(".hidden", "x");
  dir.write(".git/x", "x");
  ASSERT_EQ(::symlink("..", dir.file("b/loop").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", dir.file("dangling").c_str()), 0);
  ASSERT_EQ(::mkfifo(dir.file("pipe").c_str(), 0600), 0);
  base::Result<std::vector<std::string>> files = files_of(dir.path());
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, (std::vector<std::string>{dir.file("a.txt"), dir.file("b/1.txt"),
                                              dir.file("b/2.txt")}));
  EXPECT_EQ(files_of(dir.path() + "/")->front(), dir.file("a.txt"));
  EXPECT_EQ(*files_of(dir.file("a.txt")), (std::vector<std::string>{dir.file("a.txt")}));
  EXPECT_EQ(*files_of("-"), (std::vector<std::string>{"-"}));
}

TEST(FilesOf, SaysWhatIsWrong) {
  TempDir dir;
  base::Result<std::vector<std::string>> absent = files_of(dir.file("absent"));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().message, dir.file("absent") + ": no such file or directory");
  base::Result<std::vector<std::string>> empty = files_of(dir.path());
  ASSERT_FALSE(empty);
  EXPECT_TRUE(has(empty.error().message, "has no files"));
}

}  // namespace
}  // namespace unpark::evidence
