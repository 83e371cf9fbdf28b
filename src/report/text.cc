#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "report/glyphs.h"
#include "report/paint.h"
#include "report/snippet.h"

namespace unpark::report {

namespace {

// The marks of a finding in one file.
struct FileMarks {
  source::FileId file;
  std::vector<Mark> marks;
};

}  // namespace

// Reading the excerpts from top to bottom gives the labels in another order than they were told.
static bool needs_numbers(const diag::Finding& finding) {
  const std::vector<diag::Label>& labels = finding.labels;
  for (size_t i = 0; i < labels.size(); i++) {
    if (labels[i].where.file != finding.where.file) return true;
    if (i > 0 && labels[i].where.span < labels[i - 1].where.span) return true;
  }
  return false;
}

// The finding's own file first, the others as the labels come to them.
static std::vector<FileMarks> marks_by_file(const diag::Finding& finding, diag::Places& places) {
  std::vector<FileMarks> files = {{finding.where.file, {{finding.where.span, true, ""}}}};
  bool numbered = needs_numbers(finding);
  size_t number = 0;
  for (const diag::Label& label : finding.labels) {
    number++;
    if (places.path(label.where.file).empty()) continue;
    auto in_file = std::find_if(files.begin(), files.end(), [&](const FileMarks& marks) {
      return marks.file == label.where.file;
    });
    if (in_file == files.end()) {
      files.push_back({label.where.file, {}});
      in_file = files.end() - 1;
    }
    std::string words = diag::to_text(label.message, places, label.where.file);
    if (numbered) words = fmt::format("({}) {}", number, words);
    Mark& primary = files[0].marks[0];
    if (label.where == finding.where && primary.words.empty()) {
      primary.words = std::move(words);  // says what is wrong right at the carets
    } else {
      in_file->marks.push_back({label.where.span, false, std::move(words)});
    }
  }
  return files;
}

static uint32_t digits_of_last_line(const std::vector<FileMarks>& files, diag::Places& places) {
  uint32_t last = 1;
  for (const FileMarks& file : files) {
    for (const Mark& mark : file.marks) {
      last = std::max(last, places.begin({file.file, mark.span}).line);
    }
  }
  return static_cast<uint32_t>(std::to_string(last).size());
}

static std::string place_text(source::Loc where, diag::Places& places, const TextOptions& options) {
  source::Position at = places.begin(where);
  std::string path = diag::display_path(places.path(where.file), options.working_dir);
  return fmt::format("{}:{}:{}", printable(path), at.line, at.column);
}

static void add_finding(const diag::Finding& finding, diag::Places& places,
                        const TextOptions& options, std::string& out) {
  Paint paint(options.color);
  source::FileId here = finding.where.file;
  auto words = [&](const diag::Message& message) {
    return printable(diag::to_text(message, places, here));
  };

  std::string head = fmt::format("{}[{} {}]", diag::to_string(finding.severity),
                                 printable(finding.rule), printable(finding.name));
  out += paint(style_of(finding.severity), head);
  out += paint(Style::kBold, ": " + words(finding.message)) + "\n";

  std::vector<FileMarks> files = marks_by_file(finding, places);
  uint32_t gutter = digits_of_last_line(files, places);
  std::string margin(gutter, ' ');
  for (const FileMarks& file : files) {
    if (places.path(file.file).empty()) {
      if (finding.package.empty()) continue;
      out += margin + paint(Style::kGutter, "--> ");
      out += "package " + printable(finding.package) + "\n";
      continue;
    }
    out += margin + paint(Style::kGutter, file.file == here ? "--> " : "::: ");
    out += place_text({file.file, file.marks[0].span}, places, options) + "\n";
    if (places.text(file.file).empty()) continue;
    SnippetOptions how{gutter, options.max_columns, style_of(finding.severity)};
    out += snippet(file.file, file.marks, places, how, paint);
  }

  auto remark = [&](Style style, std::string_view kind, const diag::Message& message) {
    out += margin + paint(Style::kGutter, " = ") + paint(style, kind) + words(message) + "\n";
  };
  for (const diag::Message& note : finding.notes) remark(Style::kBold, "note: ", note);
  if (!finding.advice.empty()) remark(Style::kHelp, "help: ", finding.advice);
}

std::string findings_text(const diag::Results& results, diag::Places& places,
                          const TextOptions& options) {
  std::string out;
  for (const diag::Finding& finding : results.findings) {
    add_finding(finding, places, options, out);
    out += "\n";
  }
  return out;
}

std::string notes_text(const diag::Results& results, diag::Places& places,
                       const TextOptions& options) {
  Paint paint(options.color);
  std::string out;
  for (const diag::Note& note : results.notes) {
    out += paint(Style::kBold, "note: ");
    if (!places.path(note.where.file).empty()) {
      out += place_text(note.where, places, options) + ": ";
    }
    out += printable(diag::to_text(note.message, places, note.where.file)) + "\n";
  }
  return out;
}

static std::string count(size_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

std::string summary_text(const diag::Results& results) {
  std::array<size_t, 3> by_severity{};
  for (const diag::Finding& finding : results.findings) {
    by_severity[static_cast<size_t>(finding.severity)]++;
  }
  const diag::Coverage& coverage = results.coverage;
  std::string out =
      fmt::format("{} ({}, {}, {} info) in {}: {} analysed, {} incomplete; {} withheld",
                  count(results.findings.size(), "finding"), count(by_severity[0], "error"),
                  count(by_severity[1], "warning"), by_severity[2],
                  count(coverage.packages_matched, "package"), coverage.packages_analysed,
                  coverage.packages_incomplete, count(coverage.findings_withheld, "finding"));
  if (!results.accepted.empty()) out += fmt::format(", {} suppressed", results.accepted.size());
  if (results.in_baseline > 0) out += fmt::format(", {} in the baseline", results.in_baseline);
  if (results.in_generated > 0) {
    out += fmt::format(", {} in generated files", results.in_generated);
  }
  return out + "\n";
}

}  // namespace unpark::report
