#include "cli/diagnose_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/os.h"
#include "cli/quantity.h"
#include "diagnose/benign.h"

namespace unpark::cli {

using base::Error;
using base::ErrorKind;
using base::Result;

void add_arguments(DiagnoseArguments& a, CLI::App& command) {
  command.add_option("inputs", a.inputs,
                     "Dumps, profiles, traces, reports: files, directories, - for standard input, "
                     "addresses of pages or of a server with /debug/pprof");
  auto add_list = [&](std::string name, std::vector<std::string>& to, std::string text) {
    return command.add_option(std::move(name), to, std::move(text))->allow_extra_args(false);
  };
  add_list("--base", a.base, "Compare with this input: another time, another build (repeatable)");
  add_list("--live", a.live, "Look at the process behind this address several times");
  command.add_option("--for", a.looks_for, "With --live: how long (60s)");
  command.add_option("--every", a.every, "With --live: how often (10s)");
  command.add_option("--save", a.save, "With --live: keep what was collected in this directory");
  command.add_option("--debug2-budget", a.debug2_budget,
                     "Ask for full dumps, which stop the process, of no more goroutines than this "
                     "(20000; 0: never)");
  command.add_option("--format", a.format, "text, json, sarif, html or pprof")
      ->check(CLI::IsMember({"text", "json", "sarif", "html", "pprof"}));
  command.add_option("-o,--output", a.output, "Write the report to this file");
  command.add_flag("--tree", a.tree, "With text: the stacks of the last look as a tree, too");
  command.add_flag("--all", a.all, "Show everything, however many and however small");
  add_list("--fail-on", a.fail_on,
           "Exit with 1 on: leak, growing, hang, races, suspicious, count=N, never (repeatable; "
           "default: leak, growing, hang and races)");
  command.add_option("--benign", a.benign, "A file of patterns of goroutines that are expected");
  command.add_flag("--no-default-patterns", a.no_default_patterns,
                   "Nothing is expected but what --benign says");
  command.add_flag("--no-redact", a.no_redact,
                   "Show and save values of labels, addresses and arguments");
  command.add_option("--timeout", a.timeout, "For one page of a server (60s)");
  command.add_option("--max-bytes", a.max_bytes, "Of one input, after decompression");
  command.add_option("--auth-file", a.auth_file,
                     "A file with the Authorization header to send: Bearer ... or Basic ...");
  command.add_option("--ca-file", a.ca_file, "Certificates to trust (PEM)");
  command.add_flag("--insecure", a.insecure, "Trust any certificate");
  command.add_option("--color", a.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command.add_flag("--stats", a.stats, "Print exact counts");
}

static void complain(std::string& problems, std::string text) {
  problems += (problems.empty() ? "" : "\nunpark: ") + text;
}

static double duration(const std::string& option, const std::string& text, std::string& problems) {
  std::optional<double> seconds = seconds_of(text);
  if (!seconds || *seconds <= 0) {
    complain(problems, fmt::format("{} {}: not a duration such as 90s, 2m or 1h", option, text));
  }
  return seconds.value_or(0);
}

static std::string read_benign(const std::string& path, std::string& problems) {
  constexpr uint64_t kMost = 1 << 20;
  Result<std::string> text = base::read_file(path, kMost);
  if (!text) {
    complain(problems, text.error().message);
    return "";
  }
  std::vector<std::string> errors;
  diagnose::parse_benign(*text, &errors);
  for (const std::string& e : errors) complain(problems, fmt::format("{}: {}", path, e));
  return std::move(*text);
}

Result<DiagnoseSettings> settings_of(const DiagnoseArguments& a) {
  DiagnoseSettings out;
  std::string problems;
  if (a.inputs.empty() && a.live.empty()) {
    complain(problems,
             "nothing to read: name files, directories, addresses, or - for standard "
             "input; or --live with an address");
  }
  if (a.live.size() > 1) {
    complain(problems, "--live takes one address: several services are several runs");
  }
  if (!a.save.empty() && a.live.empty()) complain(problems, "--save is for --live");
  if (a.tree && a.format != "text") complain(problems, "--tree is for --format text");
  out.looks_for = duration("--for", a.looks_for, problems);
  out.every = duration("--every", a.every, problems);
  out.timeout = duration("--timeout", a.timeout, problems);
  if (!a.max_bytes.empty()) {
    out.max_bytes = bytes_of(a.max_bytes);
    if (!out.max_bytes || *out.max_bytes == 0) {
      complain(problems, fmt::format("--max-bytes {}: not a size such as 64MiB", a.max_bytes));
    }
  }
  if (!a.benign.empty()) out.benign = read_benign(a.benign, problems);
  if (Result<FailOn> on = fail_on(a.fail_on); on) {
    out.fail_on = *on;
  } else {
    complain(problems, on.error().message);
  }
  if (!problems.empty()) return Error{ErrorKind::kUnsupported, problems, 0};
  return out;
}

}  // namespace unpark::cli
