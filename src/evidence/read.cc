#include "evidence/read.h"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/os.h"
#include "evidence/debug1.h"
#include "evidence/expvar.h"
#include "evidence/go_test_output.h"
#include "evidence/metrics.h"
#include "evidence/pprof.h"
#include "evidence/races.h"
#include "evidence/read_form.h"
#include "evidence/sched.h"
#include "evidence/text.h"

namespace unpark::evidence {

using base::DirEntry;
using base::Error;
using base::ErrorKind;
using base::FileInfo;
using base::FileKind;
using base::Result;

namespace {

// So much of an input is looked at to tell what it is.
constexpr size_t kPeek = 64 << 10;
// A larger JSON object is a log.
constexpr size_t kMaxExpvar = 64 << 20;

// A source that somebody else owns; counts what is read.
class BorrowedSource : public ByteSource {
 public:
  BorrowedSource(ByteSource& source, uint64_t* bytes) : source_(source), bytes_(bytes) {
    if (const std::string_view* all = source_.whole()) *bytes_ = all->size();
  }
  Result<size_t> read(char* to, size_t size) override {
    Result<size_t> n = source_.read(to, size);
    if (n) *bytes_ += *n;
    return n;
  }
  const std::string_view* whole() const override { return source_.whole(); }

 private:
  ByteSource& source_;
  uint64_t* bytes_;
};

// A source whose beginning can be looked at before it is read.
class Peekable : public ByteSource {
 public:
  explicit Peekable(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  // The first bytes: at least `size` where there are so many. Before the first read().
  std::string_view start(size_t size) {
    if (const std::string_view* all = source_->whole()) return all->substr(0, size);
    while (start_.size() < size && !error_ && !ended_) {
      size_t before = start_.size();
      size_t want = std::min<size_t>(size - before, 1 << 20);
      start_.resize(before + want);
      Result<size_t> n = source_->read(start_.data() + before, want);
      start_.resize(before + (n ? *n : 0));
      if (!n) error_ = n.error();
      ended_ = n && *n == 0;
    }
    return std::string_view(start_).substr(0, size);
  }

  const std::string_view* whole() const override { return source_->whole(); }

  Result<size_t> read(char* to, size_t size) override {
    if (at_ < start_.size()) {
      size_t n = start_.copy(to, size, at_);
      at_ += n;
      if (at_ == start_.size()) {
        at_ = 0;
        start_ = std::string();
      }
      return n;
    }
    if (error_) return *error_;
    if (ended_) return size_t{0};
    return source_->read(to, size);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string start_;
  size_t at_ = 0;
  std::optional<Error> error_;
  bool ended_ = false;
};

class InputReader {
 public:
  InputReader(const ReadOptions& options, InputId id, Evidence& evidence)
      : options_(options),
        id_(id),
        evidence_(evidence),
        first_snapshot_(evidence.snapshots.size()) {}

  void read(std::unique_ptr<ByteSource> packed) {
    uint64_t most = std::max(options_.max_text_bytes, options_.max_binary_bytes);
    std::string packing;
    Result<std::unique_ptr<ByteSource>> plain = decompressed(std::move(packed), most, &packing);
    if (!plain) return fail(plain.error().message);
    Peekable source(std::move(*plain));
    std::string start(source.start(kPeek));
    read_plain(source, start);
    bool only_tests = !found() && tested_packages_ > 0;
    if (!found() && !only_tests && input().error.empty()) explain(start);
    input().what =
        (only_tests ? "output of go test, without dumps or reports" : what_it_was()) + packing;
  }

 private:
  Input& input() { return evidence_.inputs[id_.raw]; }
  bool found() const { return evidence_.snapshots.size() > first_snapshot_; }
  void fail(std::string message) {
    if (input().error.empty()) input().error = std::move(message);
  }

  void read_plain(Peekable& source, std::string_view start) {
    Recognised recognised = recognise(start);
    switch (recognised.form) {
      case Form::kEmpty:
        return read_empty(source);
      case Form::kPprof:
        return read_profile(source);
      case Form::kMaybeExpvar:
        return read_object(source);
      case Form::kText:
        return read_lines(source);
      case Form::kOther:
        fail(std::string(recognised.what));
        input().notes.push_back({Note::Kind::kInstead, std::string(recognised.instead)});
        return;
    }
  }

  // Nothing came: because there is nothing, or because it cannot be read.
  void read_empty(Peekable& source) {
    char byte;
    Result<size_t> n = source.read(&byte, 1);
    fail(n ? "is empty" : n.error().message);
  }

  void read_profile(Peekable& source) {
    std::string own, problem;
    std::string_view bytes;
    if (const std::string_view* all = source.whole()) {
      bytes = all->substr(
          0, static_cast<size_t>(std::min<uint64_t>(all->size(), options_.max_binary_bytes)));
      if (bytes.size() < all->size()) problem = too_large();
    } else {
      base::Status status = read_all(source, options_.max_binary_bytes, &own);
      if (!status) problem = status.error().message;
      bytes = own;
    }
    read_pprof(bytes, id_, evidence_);
    // Why the bytes are not all there says more than what that makes of the profile.
    if (!problem.empty()) input().error = std::move(problem);
    if (found()) refuse(evidence_.snapshots.back());
  }

  // A profile that can be read, and says nothing of goroutines or of what they wait for.
  void refuse(const Snapshot& profile) {
    std::optional<Unrecognised> other = describe_profile(profile);
    if (!other || !input().error.empty()) return;
    fail(std::move(other->what));
    input().notes.push_back({Note::Kind::kInstead, std::move(other->instead)});
    evidence_.snapshots.pop_back();
  }

  std::string too_large() const {
    return fmt::format("has more than {} bytes, the limit", options_.max_binary_bytes);
  }

  void read_object(Peekable& source) {
    std::string_view bytes = source.start(kMaxExpvar + 1);
    if (bytes.size() <= kMaxExpvar && read_expvar(bytes, id_, evidence_)) return;
    read_lines(source);
  }

  void read_lines(Peekable& source) {
    Debug1Reader debug1(id_, evidence_);
    SchedReader sched(id_, evidence_);
    RaceReader races(id_, evidence_);
    MetricsReader metrics(id_, evidence_);
    GoTestOutput tests;
    LineReader* readers[] = {&debug1, &sched, &races, &metrics, &tests};
    read_text(source, options_, readers, id_, evidence_);
    tested_packages_ = tests.packages();
  }

  // Says why nothing was found, and what to do. A reader may have said better what to bring.
  void explain(std::string_view start) {
    Unrecognised other = describe_unrecognised(start);
    fail(std::move(other.what));
    // Whether its lines were clean does not matter then.
    std::erase_if(input().notes, [](const Note& n) { return n.kind == Note::Kind::kMangled; });
    for (const Note& note : input().notes) {
      if (note.kind == Note::Kind::kInstead) return;
    }
    input().notes.push_back({Note::Kind::kInstead, std::move(other.instead)});
  }

  // "goroutine dump (2), scheduler trace"
  std::string what_it_was() const {
    std::vector<std::pair<SnapshotKind, size_t>> kinds;
    for (size_t i = first_snapshot_; i < evidence_.snapshots.size(); i++) {
      SnapshotKind kind = evidence_.snapshots[i].kind;
      auto known = std::find_if(kinds.begin(), kinds.end(),
                                [&](const auto& entry) { return entry.first == kind; });
      if (known == kinds.end()) {
        kinds.emplace_back(kind, 1);
      } else {
        known->second++;
      }
    }
    std::string out;
    for (const auto& [kind, count] : kinds) {
      if (!out.empty()) out += ", ";
      out += text_of(kind);
      if (count > 1) out += fmt::format(" ({})", count);
    }
    return out.empty() ? "nothing that is read" : out;
  }

  const ReadOptions& options_;
  InputId id_;
  Evidence& evidence_;
  size_t first_snapshot_;
  uint64_t tested_packages_ = 0;  // that `go test` says something of
};

InputId add_input(std::string name, Evidence& evidence) {
  InputId id(static_cast<uint32_t>(evidence.inputs.size()));
  evidence.inputs.emplace_back();
  evidence.inputs.back().name = std::move(name);
  return id;
}

// Collects the files below a directory.
class Walk {
 public:
  base::Status add(const std::string& directory, int depth) {
    FileInfo info = base::file_info(directory);
    // A link may lead back up.
    if (!seen_.insert({info.device, info.inode}).second || depth > kMaxDepth) return base::Ok{};
    Result<std::vector<DirEntry>> entries = base::list_dir(directory);
    if (!entries) return entries.error();
    for (const DirEntry& entry : *entries) {
      if (entry.name.starts_with('.')) continue;
      std::string path =
          directory.ends_with('/') ? directory + entry.name : directory + "/" + entry.name;
      if (entry.kind == FileKind::kDirectory) {
        base::Status status = add(path, depth + 1);
        if (!status) return status;
      } else if (entry.kind == FileKind::kRegular) {
        files_.push_back(std::move(path));
        if (files_.size() > kMaxFiles) {
          return Error{
              ErrorKind::kLimit,
              fmt::format("has more than {} files; name a directory with dumps", kMaxFiles)};
        }
      }
    }
    return base::Ok{};
  }
  std::vector<std::string> take() {
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  static constexpr int kMaxDepth = 64;
  static constexpr size_t kMaxFiles = 100'000;

  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen_;
  std::vector<std::string> files_;
};

}  // namespace

void read_input(ByteSource& source, std::string name, const ReadOptions& options,
                Evidence& evidence) {
  InputId id = add_input(std::move(name), evidence);
  uint64_t bytes = 0;
  InputReader(options, id, evidence).read(std::make_unique<BorrowedSource>(source, &bytes));
  evidence.inputs[id.raw].bytes = bytes;
}

void read_path(const std::string& path, const ReadOptions& options, Evidence& evidence) {
  if (path == "-") {
    std::unique_ptr<ByteSource> source = standard_input();
    return read_input(*source, "standard input", options, evidence);
  }
  Result<std::unique_ptr<ByteSource>> source = open_file(path);
  if (!source) {
    InputId id = add_input(path, evidence);
    evidence.inputs[id.raw].error = source.error().message;
    return;
  }
  size_t first = evidence.snapshots.size();
  read_input(**source, path, options, evidence);
  FileInfo info = base::file_info(path);
  // A file has one age: of several looks in it none is known to be that old.
  bool one = evidence.snapshots.size() == first + 1;
  if (one && info.kind == FileKind::kRegular && !evidence.snapshots[first].time_ns) {
    evidence.snapshots[first].time_ns = info.mtime_ns;
    evidence.snapshots[first].time_is_of_file = true;
  }
}

Result<std::vector<std::string>> files_of(const std::string& argument) {
  if (argument == "-") return std::vector<std::string>{argument};
  FileInfo info = base::file_info(argument);
  if (info.kind == FileKind::kNone) {
    return Error{ErrorKind::kNotFound, fmt::format("{}: no such file or directory", argument)};
  }
  if (info.kind != FileKind::kDirectory) return std::vector<std::string>{argument};
  Walk walk;
  base::Status status = walk.add(argument, 0);
  if (!status) {
    Error error = status.error();
    if (error.kind == ErrorKind::kLimit)
      error.message = fmt::format("{}: {}", argument, error.message);
    return error;
  }
  std::vector<std::string> files = walk.take();
  if (files.empty()) {
    return Error{ErrorKind::kNotFound, fmt::format("{}: the directory has no files", argument)};
  }
  return files;
}

}  // namespace unpark::evidence
