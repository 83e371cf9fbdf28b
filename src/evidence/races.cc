// Reads race reports line by line.
//
// A report is a list of sections: two accesses, the creations of their goroutines, at times a word
// on the memory; each a header and the frames below it, two lines a frame. Frames belong to the
// last header, whatever stands between: other goroutines go on writing while a report is printed. A
// report ends at its closing line, at the first line of another, or when too many foreign lines
// have passed. Headers are known by their words alone, since indentation, empty lines and the first
// line of a report get lost on the way into an issue.
//
// Cost: one pass; lines outside of reports cost a look at their first byte.
#include "evidence/races.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "evidence/counted.h"

namespace unpark::evidence {

namespace {

constexpr uint32_t kMaxForeignLines = 256;
constexpr size_t kMaxFrames = 4096;
constexpr std::string_view kSeparator = "==================";
constexpr std::string_view kWarning = "WARNING: DATA RACE";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool take_text(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

std::optional<uint64_t> take_number(std::string_view& text, int base = 10) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

bool is_separator(std::string_view text) {
  return text.starts_with(kSeparator) && text.find_first_not_of('=') == text.npos;
}

struct AccessHeader {
  RaceAccess access;
  bool previous = false;
};

std::optional<RaceAccess::Kind> take_kind(std::string_view& text, bool* previous) {
  *previous = take_text(text, "Previous ");
  bool atomic = take_text(text, *previous ? "atomic " : "Atomic ");
  bool lower = *previous || atomic;
  if (take_text(text, lower ? "read" : "Read")) {
    return atomic ? RaceAccess::kAtomicRead : RaceAccess::kRead;
  }
  if (take_text(text, lower ? "write" : "Write")) {
    return atomic ? RaceAccess::kAtomicWrite : RaceAccess::kWrite;
  }
  return std::nullopt;
}

// "Previous write at 0x00c000016048 by goroutine 9:"
std::optional<AccessHeader> access_header(std::string_view text) {
  AccessHeader out;
  std::optional<RaceAccess::Kind> kind = take_kind(text, &out.previous);
  if (!kind || !take_text(text, " at 0x")) return std::nullopt;
  std::optional<uint64_t> address = take_number(text, 16);
  if (!address || !take_text(text, " by ")) return std::nullopt;
  out.access.kind = *kind;
  out.access.address = *address;
  if (take_text(text, "main goroutine")) {
    out.access.by_main = true;
    return out;
  }
  if (!take_text(text, "goroutine ")) return std::nullopt;
  out.access.goroutine = take_number(text).value_or(0);
  return out;
}

// "Goroutine 8 (running) created at:"
std::optional<RaceCreation> creation_header(std::string_view text) {
  if (!take_text(text, "Goroutine ")) return std::nullopt;
  std::optional<uint64_t> goroutine = take_number(text);
  if (!goroutine || !take_text(text, " (")) return std::nullopt;
  RaceCreation out;
  out.goroutine = *goroutine;
  out.running = text.starts_with("running");
  if (!out.running && !text.starts_with("finished")) return std::nullopt;
  return out;
}

// "main.(*counter).bump()": its name; empty when the line is something else.
std::string_view function_in(std::string_view text) {
  if (!text.ends_with("()") || text.size() < 3) return {};
  text.remove_suffix(2);
  // Only type arguments have blanks.
  return text.substr(0, text.find('[')).find(' ') == text.npos ? text : std::string_view();
}

struct Place {
  std::string_view file;
  uint32_t line = 0;
};

// "/src/main.go:17 +0x7e". Without its end it must not have blanks: "listening on :8080".
std::optional<Place> place_in(std::string_view text) {
  size_t offset = text.rfind(" +0x");
  if (offset == text.npos && text.find(' ') != text.npos) return std::nullopt;
  text = text.substr(0, offset);
  size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  std::string_view digits = text.substr(colon + 1);
  Place out;
  out.file = text.substr(0, colon);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.line);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

}  // namespace

bool RaceReader::take(std::string_view line, uint64_t offset) {
  std::string_view text = trimmed(line);
  if (text.empty()) return open_;
  bool taken = open_ ? take_frame(text) || take_outside(text, offset) || take_creation(text) ||
                           take_remark(text)
                     : take_outside(text, offset);
  if (taken) {
    foreign_lines_ = 0;
  } else if (open_ && ++foreign_lines_ > kMaxForeignLines) {
    close_race();
  }
  return taken;
}

// What can stand outside of a report, or begin one, or end one.
bool RaceReader::take_outside(std::string_view text, uint64_t offset) {
  switch (text[0]) {
    case '=':
      return is_separator(text) && take_separator();
    case 'W':
      if (text.starts_with(kWarning)) {
        begin(offset);
        race_.note = trimmed(text.substr(kWarning.size()));
        return true;
      }
      if (text.starts_with("WARNING: ThreadSanitizer:")) {
        close_race();
        other_tools_++;
        return true;
      }
      return take_access(text, offset);
    case 'R':
    case 'P':
    case 'A':
      return take_access(text, offset);
    case 'F':
      return take_summary(text);
    case 'r':
      if (!text.starts_with("race: limit on ")) return false;
      too_many_goroutines_ = true;
      return true;
    default:
      return false;
  }
}

bool RaceReader::take_separator() {
  close_race();
  return true;
}

bool RaceReader::take_access(std::string_view text, uint64_t offset) {
  std::optional<AccessHeader> header = access_header(text);
  if (!header) return false;
  // The first access of a report comes first; a later one stands in a report whose first lines are
  // lost, and so does an earlier one where nothing is open.
  if (!open_ || (!header->previous && !race_.accesses.empty()) || race_.accesses.size() >= 2) {
    begin(offset);
  }
  begin_section(Section::kAccess);
  if (header->previous && race_.accesses.empty()) race_.accesses.emplace_back();
  race_.accesses.push_back(header->access);
  return true;
}

bool RaceReader::take_creation(std::string_view text) {
  std::optional<RaceCreation> creation = creation_header(text);
  if (!creation) return false;
  begin_section(Section::kCreation);
  race_.creations.push_back(*creation);
  return true;
}

// What else a report can say of the memory and of locks.
bool RaceReader::take_remark(std::string_view text) {
  bool on_memory = text.starts_with("Heap block of size ") || text.starts_with("Global var ") ||
                   text.starts_with("Location is ");
  bool on_locks = text.starts_with("Mutex ") ||
                  (text.starts_with("Goroutine ") && text.find(" lock mutex ") != text.npos);
  if (!on_memory && !on_locks) return false;
  begin_section(Section::kIgnored);
  if (on_memory && race_.note.empty()) {
    if (text.ends_with(':')) text.remove_suffix(1);
    race_.note = text;
  }
  return true;
}

bool RaceReader::take_frame(std::string_view text) {
  if (section_ == Section::kNone) return false;
  if (text == "[failed to restore the stack]") {
    close_section();
    return true;
  }
  if (std::string_view function = function_in(text); !function.empty()) {
    // One that has no place is a line of somebody else.
    function_ = evidence_.symbols.string(function);
    return true;
  }
  if (!function_.exists()) return false;
  std::optional<Place> place = place_in(text);
  if (!place) return false;
  Frame frame{.function = std::exchange(function_, StringId()), .file = {}, .line = place->line};
  if (place->file == "-" || place->file == "??") {
    frame.flags = kNoPlace;
    frame.line = 0;
  } else {
    frame.file = evidence_.symbols.string(place->file);
  }
  if (frames_.size() < kMaxFrames) frames_.push_back(evidence_.symbols.frame(frame));
  return true;
}

// "Found 2 data race(s)"
bool RaceReader::take_summary(std::string_view text) {
  if (!take_text(text, "Found ")) return false;
  std::optional<uint64_t> count = take_number(text);
  if (!count || !text.starts_with(" data race(s)")) return false;
  close_race();
  claimed_ += *count;
  return true;
}

void RaceReader::begin(uint64_t offset) {
  close_race();
  open_ = true;
  race_.offset = offset;
}

void RaceReader::begin_section(Section section) {
  close_section();
  section_ = section;
}

void RaceReader::close_section() {
  if (!frames_.empty()) {
    StackId stack = evidence_.symbols.stack(frames_);
    if (section_ == Section::kAccess) race_.accesses.back().stack = stack;
    if (section_ == Section::kCreation) race_.creations.back().stack = stack;
  }
  frames_.clear();
  function_ = StringId();
  section_ = Section::kNone;
}

void RaceReader::close_race() {
  close_section();
  if (open_) {
    judge(race_);
    if (!race_.accesses.empty()) races_.push_back(std::move(race_));
  }
  race_ = Race();
  open_ = false;
  foreign_lines_ = 0;
}

// Counts what is missing from a report.
void RaceReader::judge(const Race& race) {
  if (race.accesses.size() < 2 || race.accesses[0].kind == RaceAccess::kUnknown) {
    halves_++;
    return;
  }
  bool without_stack = false, without_creation = false;
  for (const RaceAccess& access : race.accesses) {
    if (!access.stack.exists()) without_stack = true;
    if (access.by_main) continue;
    bool created = false;
    for (const RaceCreation& creation : race.creations) {
      if (creation.goroutine == access.goroutine && creation.stack.exists()) created = true;
    }
    if (!created) without_creation = true;
  }
  without_stack_ += without_stack;
  without_creation_ += without_creation;
}

void RaceReader::write_notes() {
  std::vector<Note>& notes = evidence_.inputs[input_.raw].notes;
  auto note = [&](Note::Kind kind, std::string message) {
    notes.push_back({kind, "race reports: " + std::move(message)});
  };
  if (halves_ > 0) {
    note(Note::Kind::kLost,
         counted(halves_, "shows", "show") + " only one of the two accesses, or none");
  }
  if (without_stack_ > 0) {
    note(Note::Kind::kLost, counted(without_stack_, "has", "have") +
                                " an access without a stack; GORACE=history_size=7 keeps more");
  }
  if (without_creation_ > 0) {
    note(Note::Kind::kLost, counted(without_creation_, "does", "do") +
                                " not show where one of the goroutines was created");
  }
  if (claimed_ > races_.size()) {
    note(Note::Kind::kMismatch,
         fmt::format("the process says it found {}, the input has {}", claimed_, races_.size()));
  }
  if (too_many_goroutines_) {
    note(Note::Kind::kLimit, "the detector ended the process: too many goroutines at once");
  }
  if (other_tools_ > 0) {
    note(Note::Kind::kInstead,
         counted(other_tools_, "is", "are") + " of the detector for C and C++ and not read");
  }
}

void RaceReader::finish() {
  close_race();
  write_notes();
  if (races_.empty()) return;
  Snapshot snapshot;
  snapshot.kind = SnapshotKind::kRaces;
  snapshot.input = input_;
  snapshot.races = std::move(races_);
  races_.clear();
  evidence_.snapshots.push_back(std::move(snapshot));
}

}  // namespace unpark::evidence
