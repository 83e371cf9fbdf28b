// `unpark diagnose`: from dumps, profiles and live processes to the cause.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/os.h"
#include "cli/commands.h"
#include "cli/diagnose_inputs.h"
#include "cli/diagnose_options.h"
#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"
#include "report/diagnosis_html.h"
#include "report/diagnosis_inputs.h"
#include "report/diagnosis_json.h"
#include "report/diagnosis_sarif.h"
#include "report/diagnosis_text.h"
#include "report/pprof_writer.h"

namespace unpark::cli {

namespace {

using diagnose::Diagnosis;
using evidence::Evidence;

bool is_for_terminal(const DiagnoseArguments& a) {
  return a.output.empty() && base::is_terminal(1);
}

bool wants_color(const DiagnoseArguments& a) {
  bool terminal = is_for_terminal(a) && !base::env_var("NO_COLOR");
  return a.color == "always" || (a.color == "auto" && terminal);
}

// What COLUMNS says goes before what the terminal says. Too narrow is as good as not known.
size_t width_for(const DiagnoseArguments& a) {
  constexpr uint32_t kLeast = 40;
  if (!is_for_terminal(a)) return 0;
  uint32_t columns = base::terminal_columns(1);
  if (std::optional<std::string> said = base::env_var("COLUMNS")) {
    uint32_t number = 0;
    auto [end, error] = std::from_chars(said->data(), said->data() + said->size(), number);
    if (error == std::errc() && end == said->data() + said->size()) columns = number;
  }
  return columns == 0 ? 0 : std::max(columns, kLeast);
}

report::DiagnosisTextOptions text_options(const DiagnoseArguments& a, size_t base_end) {
  return {.working_dir = base::current_dir(),
          .color = wants_color(a),
          .redact = !a.no_redact,
          .all = a.all,
          .width = width_for(a),
          .tree = a.tree,
          .base_end = base_end};
}

// All but JSON, which has every group and is written as it is made.
std::string render(const DiagnoseArguments& a, const Evidence& evidence, const Diagnosis& diagnosis,
                   size_t base_end) {
  bool redact = !a.no_redact;
  if (a.format == "sarif") {
    return report::diagnosis_sarif(
        evidence, diagnosis,
        {.working_dir = base::current_dir(), .version = kVersion, .redact = redact});
  }
  if (a.format == "html") {
    return report::render_diagnosis_html(evidence, diagnosis,
                                         {.redact = redact, .base_end = base_end});
  }
  if (a.format == "pprof") return report::diagnosis_pprof(evidence, diagnosis);
  return report::diagnosis_text(evidence, diagnosis, text_options(a, base_end));
}

bool give(const DiagnoseArguments& a, const Evidence& evidence, const Diagnosis& diagnosis,
          size_t base_end, const report::ReportSink& sink) {
  if (a.format != "json") return sink(render(a, evidence, diagnosis, base_end));
  report::DiagnosisJsonOptions options{.redact = !a.no_redact, .base_end = base_end};
  return report::write_diagnosis_json(evidence, diagnosis, options, sink);
}

base::Status give_to_file(const DiagnoseArguments& a, const Evidence& evidence,
                          const Diagnosis& diagnosis, size_t base_end) {
  base::Result<base::AtomicFile> file = base::AtomicFile::create(a.output);
  if (!file) return file.error();
  base::Status status = base::Ok{};
  give(a, evidence, diagnosis, base_end, [&](std::string_view piece) {
    status = file->write(piece);
    return status.ok();
  });
  return status ? file->commit() : status;
}

bool write(const DiagnoseArguments& a, const Evidence& evidence, const Diagnosis& diagnosis,
           size_t base_end) {
  if (a.output.empty() || a.output == "-") {
    return give(a, evidence, diagnosis, base_end,
                [](std::string_view piece) {
                  return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size();
                }) &&
           std::fflush(stdout) == 0;
  }
  base::Status status = give_to_file(a, evidence, diagnosis, base_end);
  if (!status) fmt::print(stderr, "unpark: {}\n", status.error().message);
  return status.ok();
}

void print_stats(const Evidence& evidence, const Diagnosis& diagnosis) {
  uint64_t bytes = 0, goroutines = 0;
  for (const evidence::Input& input : evidence.inputs) bytes += input.bytes;
  for (const evidence::Snapshot& s : evidence.snapshots) goroutines += s.goroutine_count();
  const evidence::Symbols& symbols = evidence.symbols;
  fmt::print(stderr,
             "inputs {}\nbytes {}\nsnapshots {}\ngoroutines {}\nstrings {}\nframes {}\nstacks {}\n"
             "looks {}\ngroups {}\nedges {}\nraces {}\npeak memory {} MiB\n",
             evidence.inputs.size(), bytes, evidence.snapshots.size(), goroutines,
             symbols.string_count(), symbols.frame_count(), symbols.stack_count(),
             diagnosis.looks.size(), diagnosis.groups.size(), diagnosis.edges.size(),
             diagnosis.races.size(), base::peak_memory_bytes() >> 20);
}

bool all_was_read(const Evidence& evidence) {
  for (const evidence::Input& input : evidence.inputs) {
    if (!input.error.empty()) return false;
  }
  return true;
}

// What the report does not say before the same eyes.
void print_notes(const DiagnoseArguments& a, const Evidence& evidence, size_t base_end) {
  report::DiagnosisTextOptions options = text_options(a, base_end);
  std::string words;
  bool text = a.format == "text";
  if (!text || !is_for_terminal(a) || !base::is_terminal(2)) {
    words += report::input_errors_text(evidence, options);
  }
  if (!text) words += report::input_notes_text(evidence, options);
  std::fwrite(words.data(), 1, words.size(), stderr);
}

int run_diagnose(const DiagnoseArguments& a) {
  base::Result<DiagnoseSettings> settings = settings_of(a);
  if (!settings) {
    fmt::print(stderr, "unpark: {}\n", settings.error().message);
    return kFailed;
  }
  if (a.format == "pprof" && a.output.empty() && base::is_terminal(1)) {
    fmt::print(stderr, "unpark: a profile is nothing for a terminal; write it with --output\n");
    return kFailed;
  }
  Evidence evidence;
  Gathered gathered = gather(a, *settings, evidence);
  diagnose::Options options{.benign_patterns = settings->benign,
                            .no_default_patterns = a.no_default_patterns,
                            .all = a.all};
  Diagnosis diagnosis = diagnose::diagnose(evidence, gathered.base_end, options);
  bool good = write(a, evidence, diagnosis, gathered.base_end);
  print_notes(a, evidence, gathered.base_end);
  if (a.stats) print_stats(evidence, diagnosis);
  if (!good || !gathered.complete || !all_was_read(evidence)) return kFailed;
  return fails(settings->fail_on, diagnosis) ? kFindings : kClean;
}

}  // namespace

Run add_diagnose(CLI::App& app) {
  auto arguments = std::make_shared<DiagnoseArguments>();
  CLI::App* command = app.add_subcommand(
      "diagnose", "Find what leaks in goroutine dumps, profiles and running processes");
  add_arguments(*arguments, *command);
  return [arguments] { return run_diagnose(*arguments); };
}

}  // namespace unpark::cli
