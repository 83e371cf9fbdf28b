// The driver: bytes into lines, lines to whoever reads them.
//
// Where the bytes are in memory they are read in place; else through one buffer that keeps the
// beginning of what is not complete yet. Clean goroutine blocks are read right from there; every
// other line goes through the Unwrapper, and then to the first who takes it: goroutine blocks, the
// line readers in their order, stacks without a header.
#include "evidence/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "evidence/goroutine_text.h"
#include "evidence/text_other.h"
#include "evidence/text_utf16.h"
#include "evidence/unwrap.h"

namespace unpark::evidence {

namespace {

constexpr size_t kBuffer = 1 << 20;
// A goroutine's block that does not end within so much is read line by line.
constexpr size_t kMaxBlock = 256 << 10;
constexpr size_t kMaxLine = 1 << 20;
// A whole dump may be one line, of JSON or with "\n" spelled out.
constexpr size_t kMaxDumpLine = 160 << 20;
constexpr std::string_view kHeader = "goroutine ";

class TextReader {
 public:
  TextReader(const ReadOptions& options, std::span<LineReader* const> readers, InputId input,
             Evidence& evidence)
      : options_(options),
        readers_(readers),
        input_(input),
        evidence_(evidence),
        blocks_(evidence, input) {}

  void read(ByteSource& source) {
    if (const std::string_view* all = source.whole()) {
      if (is_utf16(*all)) {
        std::unique_ptr<ByteSource> utf8 = utf8_of_utf16(*all, nullptr);
        read_chunks(*utf8);
      } else {
        blocks_.expect_bytes(all->size());
        read_whole(*all);
      }
    } else {
      read_chunks(source);
    }
    finish();
  }

 private:
  void read_whole(std::string_view text) {
    offset_ = 0;
    consume(text, true);
    ends_in_line_ = !text.empty() && text.back() != '\n';
    offset_ = text.size();
  }

  void read_chunks(ByteSource& source);
  size_t consume(std::string_view text, bool at_end);
  size_t next_line(std::string_view text, bool at_end);
  void line(std::string_view raw);
  void dispatch(std::string_view line);
  void finish();
  bool at_limit();
  void note(Note::Kind kind, std::string message) {
    evidence_.inputs[input_.raw].notes.push_back({kind, std::move(message)});
  }

  const ReadOptions& options_;
  std::span<LineReader* const> readers_;
  InputId input_;
  Evidence& evidence_;
  GoroutineText blocks_;
  Unwrapper unwrapper_;
  OtherTools others_;
  uint64_t offset_ = 0;       // in the input, of the text that consume() has
  uint64_t line_offset_ = 0;  // of the line that is being read
  uint64_t recognised_ = 0;   // up to here something was
  uint64_t cut_lines_ = 0;
  bool skipping_ = false;  // the rest of a line that is too long
  bool stopped_ = false;
  bool failed_ = false;
  bool ends_in_line_ = false;
};

void TextReader::read_chunks(ByteSource& source) {
  size_t room = kBuffer, kept = 0;
  auto buffer = std::make_unique_for_overwrite<char[]>(room);
  bool first = true;
  while (!stopped_) {
    if (kept == room) {  // a long line
      auto larger = std::make_unique_for_overwrite<char[]>(room * 2);
      std::memcpy(larger.get(), buffer.get(), kept);
      buffer = std::move(larger);
      room *= 2;
    }
    base::Result<size_t> got = source.read(buffer.get() + kept, room - kept);
    if (!got) {
      Input& input = evidence_.inputs[input_.raw];
      if (input.error.empty()) input.error = got.error().message;
      failed_ = true;
    }
    size_t size = kept + (got ? *got : 0);
    bool at_end = !got || *got == 0;
    std::string_view text(buffer.get(), size);
    // Whatever the pieces are, the same bytes decide.
    if (first && size < kUtf16Sample && !at_end) {
      kept = size;
      continue;
    }
    if (first && is_utf16(text)) {
      std::unique_ptr<ByteSource> utf8 = utf8_of_utf16(text, &source);
      return read_chunks(*utf8);
    }
    first = false;
    size_t used = consume(text, at_end);
    offset_ += used;
    kept = size - used;
    if (at_end) {
      ends_in_line_ = ends_in_line_ || (size > 0 && text.back() != '\n');
      break;
    }
    ends_in_line_ = size > 0 && text.back() != '\n';
    std::memmove(buffer.get(), buffer.get() + used, kept);
    if (room > kBuffer && kept < kBuffer / 2) {
      auto smaller = std::make_unique_for_overwrite<char[]>(kBuffer);
      std::memcpy(smaller.get(), buffer.get(), kept);
      buffer = std::move(smaller);
      room = kBuffer;
    }
  }
}

bool TextReader::at_limit() {
  if (line_offset_ > recognised_ + options_.max_unrecognised_bytes) {
    note(Note::Kind::kLimit,
         fmt::format(
             "nothing was recognised in {} MiB of text from byte {} on: the rest is not read",
             options_.max_unrecognised_bytes >> 20, recognised_));
    return stopped_ = true;
  }
  if (line_offset_ > options_.max_text_bytes) {
    note(Note::Kind::kLimit,
         fmt::format("only the first {} MiB of text were read", options_.max_text_bytes >> 20));
    return stopped_ = true;
  }
  return false;
}

// Returns how much of the text is done; the rest must come again, with more behind it.
size_t TextReader::consume(std::string_view text, bool at_end) {
  size_t at = 0;
  while (at < text.size() && !stopped_) {
    std::string_view rest = text.substr(at);
    line_offset_ = offset_ + at;
    if (!skipping_ && rest.starts_with(kHeader) && unwrapper_.is_idle()) {
      size_t used = blocks_.take_blocks(rest, line_offset_, at_end);
      if (used > 0) {
        unwrapper_.forget_prefix();
        at += used;
        recognised_ = offset_ + at;
        continue;
      }
      if (!at_end && rest.size() < kMaxBlock) break;
    }
    size_t used = next_line(rest, at_end);
    if (used == 0) break;
    at += used;
    if (at_limit()) break;
  }
  return at;
}

size_t TextReader::next_line(std::string_view text, bool at_end) {
  size_t end = text.find('\n');
  if (skipping_) {
    skipping_ = end == text.npos;
    return skipping_ ? text.size() : end + 1;
  }
  size_t length = std::min(end, text.size());
  bool is_long = length > kMaxLine &&
                 (length > kMaxDumpLine || text.substr(0, kMaxLine).find(kHeader) == text.npos);
  if (is_long) {
    cut_lines_++;
    line(text.substr(0, kMaxLine));
    skipping_ = end == text.npos;
    return skipping_ ? text.size() : end + 1;
  }
  if (end == text.npos && !at_end) return 0;
  line(text.substr(0, length));
  return end == text.npos ? text.size() : end + 1;
}

void TextReader::line(std::string_view raw) {
  unwrapper_.take(raw, [&](std::string_view clean) { dispatch(clean); });
}

void TextReader::dispatch(std::string_view line) {
  if (blocks_.take(line, line_offset_)) {
    recognised_ = line_offset_ + 1;
    return;
  }
  for (LineReader* reader : readers_) {
    if (!reader->take(line, line_offset_)) continue;
    recognised_ = line_offset_ + 1;
    // A scheduler's line may stand between those of a stack, nothing else may.
    if (!line.starts_with("SCHED ")) blocks_.interrupt();
    return;
  }
  blocks_.take_stray(line, line_offset_);
  others_.look(line);
}

void TextReader::finish() {
  unwrapper_.finish([&](std::string_view clean) { dispatch(clean); });
  blocks_.finish(offset_, ends_in_line_ || failed_ || stopped_);
  for (LineReader* reader : readers_) reader->finish();
  std::vector<Note>& notes = evidence_.inputs[input_.raw].notes;
  unwrapper_.add_notes(&notes);
  others_.add_notes(&notes);
  for (size_t i = evidence_.snapshots.size(); others_.saw_go_deadlock() && i-- > 0;) {
    if (evidence_.snapshots[i].input != input_) break;
    evidence_.snapshots[i].partial = true;
  }
  if (cut_lines_ > 0) {
    note(Note::Kind::kLimit,
         fmt::format("{} longer than {} MiB: only the beginning was read",
                     cut_lines_ == 1 ? "a line is" : "some lines are", kMaxLine >> 20));
  }
}

}  // namespace

void read_text(ByteSource& source, const ReadOptions& options, std::span<LineReader* const> readers,
               InputId input, Evidence& evidence) {
  TextReader(options, readers, input, evidence).read(source);
}

}  // namespace unpark::evidence
