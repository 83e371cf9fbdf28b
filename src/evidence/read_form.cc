#include "evidence/read_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "evidence/pprof.h"

namespace unpark::evidence {

namespace {

struct Magic {
  std::string_view bytes;
  size_t offset;
  std::string_view what;
  std::string_view instead;
};

constexpr std::string_view kBringDump =
    "bring a goroutine dump (/debug/pprof/goroutine?debug=2, or the text that kill -QUIT prints) "
    "or "
    "a goroutine profile (/debug/pprof/goroutine)";
constexpr std::string_view kUnpack = "unpack it and give the directory";
constexpr std::string_view kBringText = "bring the text itself, copied or saved to a file";

constexpr Magic kMagics[] = {
    {"go1.7 heap dump\n", 0, "is a heap dump of debug.WriteHeapDump, which is not read",
     kBringDump},
    {"MZ", 0, "is a program for Windows", kBringDump},
    {"MDMP", 0, "is a memory dump of Windows, which is not read", kBringDump},
    {"\xcf\xfa\xed\xfe", 0, "is a program or a core file of macOS, which is not read", kBringDump},
    {"PK\x03\x04", 0, "is a zip archive", kUnpack},
    {"ustar", 257, "is a tar archive", kUnpack},
    {"7z\xbc\xaf\x27\x1c", 0, "is a 7z archive", kUnpack},
    {"Rar!\x1a\x07", 0, "is a RAR archive", kUnpack},
    {"BZh", 0, "is compressed with bzip2, which is not read", "unpack it with bunzip2"},
    {"\x89PNG\r\n\x1a\n", 0, "is a picture", kBringText},
    {"\xff\xd8\xff", 0, "is a picture", kBringText},
    {"GIF8", 0, "is a picture", kBringText},
    {"%PDF-", 0, "is a PDF file", kBringText},
    {"SQLite format 3", 0, "is an SQLite database", kBringDump},
    {"PERFILE2", 0, "is a recording of perf, which knows no goroutines", kBringDump},
};

bool has_at(std::string_view start, size_t offset, std::string_view bytes) {
  return start.size() >= offset + bytes.size() && start.substr(offset, bytes.size()) == bytes;
}

// "go 1.22 trace\0\0\0"
bool is_execution_trace(std::string_view start) {
  return start.starts_with("go 1.") && start.substr(0, 16).find(" trace") != start.npos;
}

Recognised recognise_elf(std::string_view start) {
  constexpr size_t kTypeOffset = 16;
  constexpr char kBigEndian = 2;
  constexpr char kCore = 4;
  char type = 0;
  if (start.size() >= kTypeOffset + 2) type = start[kTypeOffset + (start[5] == kBigEndian ? 1 : 0)];
  if (type == kCore) {
    return {
        Form::kOther, "is a core file, which is not read",
        "open it with dlv core PROGRAM CORE and bring what `goroutines -t` prints; for the next "
        "time, GOTRACEBACK=crash writes a goroutine dump as well"};
  }
  return {Form::kOther, "is a program", kBringDump};
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  size_t first = text.find_first_not_of(" \t\r\n");
  return first == text.npos ? std::string_view() : text.substr(first);
}

bool contains_word(std::string_view text, std::string_view lower_word) {
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(), same) !=
         text.end();
}

bool is_html(std::string_view start) {
  std::string_view text = without_blanks(start).substr(0, 1000);
  return text.starts_with('<') &&
         (contains_word(text, "<!doctype html") || contains_word(text, "<html"));
}

std::string title_of(std::string_view page) {
  constexpr size_t kMaxTitle = 80;
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  constexpr std::string_view kOpen = "<title";
  auto at = std::search(page.begin(), page.end(), kOpen.begin(), kOpen.end(), same);
  std::string_view rest = page.substr(static_cast<size_t>(at - page.begin()));
  size_t begin = rest.find('>');
  if (begin == rest.npos) return {};
  rest = without_blanks(rest.substr(begin + 1));
  std::string_view title = rest.substr(0, rest.find_first_of("<\r\n"));
  if (title.empty() || title.size() > kMaxTitle) return {};
  for (char c : title) {
    if (static_cast<unsigned char>(c) < ' ' || c == '"') return {};
  }
  return fmt::format(" (\"{}\")", title);
}

// "package main" at the beginning of a line, and a declaration at that of another.
bool is_go_source(std::string_view start) {
  bool package = false, declaration = false;
  while (!start.empty()) {
    size_t end = std::min(start.find('\n'), start.size());
    std::string_view line = start.substr(0, end);
    start.remove_prefix(std::min(end + 1, start.size()));
    package |= line.starts_with("package ") && line.size() < 80;
    for (std::string_view word : {"import ", "import(", "func ", "type ", "var ", "const "}) {
      declaration |= line.starts_with(word);
    }
  }
  return package && declaration;
}

// Bytes that text does not have make up more than a tenth.
bool is_binary(std::string_view start) {
  size_t odd = 0;
  for (char c : start) {
    auto byte = static_cast<unsigned char>(c);
    odd += (byte < ' ' && byte != '\n' && byte != '\r' && byte != '\t' && byte != 0x1b) ||
           byte == 0x7f || byte >= 0xf8 || byte == 0xc0 || byte == 0xc1;
  }
  return odd * 10 > start.size();
}

}  // namespace

Recognised recognise(std::string_view start) {
  constexpr size_t kPprofPeek = 64;
  if (start.empty()) return {Form::kEmpty, {}, {}};
  for (const Magic& magic : kMagics) {
    if (has_at(start, magic.offset, magic.bytes)) return {Form::kOther, magic.what, magic.instead};
  }
  if (start.starts_with("\x7f"
                        "ELF"))
    return recognise_elf(start);
  if (is_execution_trace(start)) {
    return {Form::kOther, "is an execution trace, which is not read", kBringDump};
  }
  if (looks_like_pprof(start.substr(0, kPprofPeek))) return {Form::kPprof, {}, {}};
  std::string_view text = without_blanks(start);
  bool names_expvar =
      text.find("\"cmdline\"") != text.npos || text.find("\"memstats\"") != text.npos;
  if (text.starts_with('{') && names_expvar) return {Form::kMaybeExpvar, {}, {}};
  return {Form::kText, {}, {}};
}

std::optional<Unrecognised> describe_profile(const Snapshot& profile) {
  if (profile.kind != SnapshotKind::kOtherProfile || profile.value_types.empty()) {
    return std::nullopt;
  }
  std::string types;
  for (const ValueType& type : profile.value_types) {
    // Profiles of mutexes and blocking without samples say no more of which one they are.
    if (type.type == "contentions") return std::nullopt;
    if (type.type == "cpu") {
      return Unrecognised{"is a CPU profile, which shows what runs and nothing that waits",
                          std::string(kBringDump)};
    }
    types += fmt::format("{}{}", types.empty() ? "" : ", ", type.type);
  }
  return Unrecognised{fmt::format("is a profile of something else ({})", types),
                      std::string(kBringDump)};
}

Unrecognised describe_unrecognised(std::string_view start) {
  if (without_blanks(start).empty() && !start.empty()) {
    return {"has only blanks at its beginning, and nothing that unpark reads",
            std::string(kBringDump)};
  }
  if (is_html(start)) {
    return {
        fmt::format("is an HTML page{}", title_of(start)),
        "when an address led here, it may need a login, or another port or path; bring the dump "
        "itself"};
  }
  if (is_binary(start)) {
    return {"is binary, and nothing that unpark reads", std::string(kBringDump)};
  }
  if (is_go_source(start)) {
    return {"is Go source, which `unpark check` reads", std::string(kBringDump)};
  }
  return {"has no goroutine dump, profile, scheduler trace, race report or metrics in it",
          std::string(kBringDump)};
}

}  // namespace unpark::evidence
