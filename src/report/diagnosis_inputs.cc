#include "report/diagnosis_inputs.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "report/diagnosis_words.h"
#include "report/glyphs.h"
#include "report/paint.h"
#include "report/wrap.h"

namespace unpark::report {

using evidence::Evidence;
using evidence::Input;
using evidence::Note;
using evidence::Snapshot;
using evidence::SnapshotKind;

namespace {

constexpr size_t kFewFiles = 4;  // of one directory: a line each
constexpr size_t kMostLines = 10;
constexpr size_t kMostNotes = 5;

constexpr size_t kKinds = static_cast<size_t>(SnapshotKind::kMetrics) + 1;

std::string kind_words(SnapshotKind kind, uint64_t count) {
  switch (kind) {
    case SnapshotKind::kCrash:
      return count == 1 ? "1 crash" : number(count) + " crashes";
    case SnapshotKind::kRaces:
      return count_of(count, "log") + " of the race detector";
    case SnapshotKind::kExpvar:
      return count == 1 ? "1 set of variables" : number(count) + " sets of variables";
    case SnapshotKind::kMetrics:
      return count_of(count, "set") + " of metrics";
    default:
      return count_of(count, evidence::text_of(kind));
  }
}

// Inputs of one directory, or pages of one server.
struct Place {
  std::string name;  // "http://web:6060", "dumps"; empty: files without a directory
  bool base = false, server = false;
  std::vector<size_t> inputs;  // that were read, if only in part
};

bool is_page(std::string_view name) {
  return name.starts_with("http://") || name.starts_with("https://");
}

// The scheme and authority of an address, the directory of a file.
std::string_view place_of(std::string_view name) {
  if (is_page(name)) {
    size_t host = name.find("//") + 2;
    return name.substr(0, name.find('/', host));
  }
  size_t slash = name.find_last_of("/\\");
  return slash == name.npos ? std::string_view() : name.substr(0, slash);
}

class InputLines {
 public:
  InputLines(const Evidence& evidence, const DiagnosisTextOptions& options)
      : evidence_(evidence),
        options_(options),
        paint_(options.color),
        discretion_(options.redact),
        kinds_(evidence.inputs.size()),
        base_(evidence.inputs.size()) {
    for (size_t i = 0; i < evidence.snapshots.size(); i++) {
      const Snapshot& s = evidence.snapshots[i];
      if (s.input.raw >= kinds_.size()) continue;
      kinds_[s.input.raw][static_cast<size_t>(s.kind)]++;
      base_[s.input.raw] = base_[s.input.raw] || i < options.base_end;
    }
  }

  std::string write() {
    std::vector<Place> places = gather();
    size_t lines = 0;
    for (const Place& place : places) {
      if (options_.all || place.inputs.size() <= (place.server ? 1 : kFewFiles)) {
        for (size_t i : place.inputs) {
          if (may_go_on(lines)) add_one(i);
        }
      } else if (may_go_on(lines)) {
        add_place(place);
      }
    }
    add_left_out(lines, "input");
    add_errors();
    out_ += notes("  ");
    return std::move(out_);
  }

  // What several inputs have to say is one line.
  std::string notes(std::string_view before) {
    std::vector<std::pair<std::string, std::vector<size_t>>> said;
    absl::flat_hash_map<std::string, size_t> index;
    for (size_t i = 0; i < evidence_.inputs.size(); i++) {
      for (const Note& note : evidence_.inputs[i].notes) {
        std::string words = printable(discretion_.message(note.message));
        auto [at, added] = index.try_emplace(words, said.size());
        if (added) said.push_back({words, {}});
        std::vector<size_t>& who = said[at->second].second;
        if (who.empty() || who.back() != i) who.push_back(i);
      }
    }
    std::string out;
    for (size_t i = 0; i < said.size(); i++) {
      if (i == kMostNotes && !options_.all) {
        out += fmt::format("{}... and {}; --all shows them\n", before,
                           count_of(said.size() - kMostNotes, "note"));
        break;
      }
      const auto& [words, who] = said[i];
      std::string more = who.size() == 1 ? "" : fmt::format(" and {} more", number(who.size() - 1));
      out += wrapped(fmt::format("{}{}{}{}: {}", before, paint_(Style::kBold, "note: "),
                                 printable(evidence_.inputs[who[0]].name), more, words),
                     before.size() + 2, options_.width) +
             "\n";
    }
    return out;
  }

 private:
  bool was_read(size_t input) const {
    return evidence_.inputs[input].error.empty() ||
           std::any_of(kinds_[input].begin(), kinds_[input].end(), [](uint64_t n) { return n; });
  }

  std::vector<Place> gather() const {
    std::vector<Place> places;
    absl::flat_hash_map<std::pair<std::string, bool>, size_t> index;
    for (size_t i = 0; i < evidence_.inputs.size(); i++) {
      if (!was_read(i)) continue;
      std::string_view name = evidence_.inputs[i].name;
      bool base = base_[i];
      auto [at, added] = index.try_emplace({std::string(place_of(name)), base}, places.size());
      if (added) places.push_back({at->first.first, base, is_page(name), {}});
      places[at->second].inputs.push_back(i);
    }
    return places;
  }

  bool may_go_on(size_t& lines) const { return lines++ < kMostLines || options_.all; }

  void add_left_out(size_t lines, std::string_view what) {
    if (lines <= kMostLines || options_.all) return;
    add_line(fmt::format("... and {}; --all shows them", count_of(lines - kMostLines, what)));
  }

  void add_line(const std::string& line) { out_ += wrapped("  " + line, 4, options_.width) + "\n"; }

  void add_one(size_t i) {
    const Input& input = evidence_.inputs[i];
    add_line(fmt::format("{}{}: {}", base_[i] ? "base " : "", printable(input.name),
                         printable(input.what)));
  }

  void add_place(const Place& place) {
    std::array<uint64_t, kKinds> sums{};
    for (size_t i : place.inputs) {
      for (size_t k = 0; k < kKinds; k++) sums[k] += kinds_[i][k];
    }
    std::string words = place.base ? "base: " : "";
    bool first = true;
    for (size_t k = 0; k < kKinds; k++) {
      if (sums[k] == 0) continue;
      words += (first ? "" : ", ") + kind_words(static_cast<SnapshotKind>(k), sums[k]);
      first = false;
    }
    if (first) words += count_of(place.inputs.size(), "input");
    if (!place.name.empty()) {
      words += (place.server ? " of " : " in ") + printable(place.name);
    }
    add_line(words);
  }

  void add_errors() {
    size_t lines = 0;
    for (size_t i = 0; i < evidence_.inputs.size(); i++) {
      const Input& input = evidence_.inputs[i];
      if (input.error.empty() || !may_go_on(lines)) continue;
      add_line(paint_(Style::kError, was_read(i) ? "not read to its end" : "not read") + ": " +
               error_words(input, discretion_));
    }
    add_left_out(lines, "input");
  }

 public:
  // Messages about files and pages begin with their name, those about their bytes do not.
  static std::string error_words(const Input& input, const Discretion& discretion) {
    bool named = input.error.starts_with(input.name);
    return (named ? "" : printable(input.name) + ": ") + printable(discretion.message(input.error));
  }

 private:
  const Evidence& evidence_;
  const DiagnosisTextOptions& options_;
  Paint paint_;
  Discretion discretion_;
  std::vector<std::array<uint64_t, kKinds>> kinds_;  // snapshots of each kind, for each input
  std::vector<bool> base_;
  std::string out_;
};

}  // namespace

std::string inputs_text(const Evidence& evidence, const DiagnosisTextOptions& options) {
  return InputLines(evidence, options).write();
}

std::string input_errors_text(const Evidence& evidence, const DiagnosisTextOptions& options) {
  Discretion discretion(options.redact);
  std::string out;
  for (const Input& input : evidence.inputs) {
    if (input.error.empty()) continue;
    out += "unpark: " + InputLines::error_words(input, discretion) + "\n";
  }
  return out;
}

std::string input_notes_text(const Evidence& evidence, const DiagnosisTextOptions& options) {
  return InputLines(evidence, options).notes("");
}

}  // namespace unpark::report
