#include "cli/diagnose_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/os.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "evidence/byte_source.h"
#include "evidence/collect.h"
#include "evidence/fetch.h"
#include "evidence/read.h"
#include "evidence/redact.h"

namespace unpark::cli {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using evidence::Collection;
using evidence::CollectOptions;
using evidence::CollectProgress;
using evidence::Evidence;
using evidence::Fetcher;
using evidence::FetchOptions;
using evidence::Page;
using evidence::ReadOptions;
using evidence::Snapshot;
using evidence::Url;

// Whether the address is that of a process, or of one of its profiles: those are asked for by the
// rules of collect.h. Others are pages with a dump.
bool is_process(const Url& url) {
  return url.path == "/" || url.path.empty() || url.path.find("/debug/pprof") != std::string::npos;
}

// What the run is doing, in a line that goes away; nothing where there is no terminal.
class LiveLine {
 public:
  ~LiveLine() { clear(); }
  void show(const CollectProgress& p) {
    if (!possible_) return;
    clear();
    std::string line = fmt::format("look {} of {}", p.look, p.looks);
    if (p.goroutines > 0) line += fmt::format(", {} goroutines", p.goroutines);
    if (!p.page.empty()) line += fmt::format(", asking for {}", p.page);
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fflush(stderr);
    shown_ = true;
  }
  void clear() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
    shown_ = false;
  }

 private:
  bool possible_ = ProgressLine::possible();
  bool shown_ = false;
};

class Gatherer {
 public:
  Gatherer(const DiagnoseArguments& arguments, const DiagnoseSettings& settings, Evidence& evidence)
      : arguments_(arguments), settings_(settings), evidence_(evidence) {
    fetch_.total_seconds = settings.timeout;
    fetch_.idle_seconds = std::min(fetch_.idle_seconds, settings.timeout);
    fetch_.connect_seconds = std::min(fetch_.connect_seconds, settings.timeout);
    fetch_.tls = {arguments.ca_file, arguments.insecure};
    fetch_.auth_file = arguments.auth_file;
    if (settings.max_bytes) {
      fetch_.max_bytes = *settings.max_bytes;
      read_.max_text_bytes = *settings.max_bytes;
      read_.max_binary_bytes = *settings.max_bytes;
    }
  }

  bool complete() const { return complete_; }

  void add(const std::string& argument) {
    if (evidence::is_url(argument)) {
      add_page(argument);
      return;
    }
    Result<std::vector<std::string>> files = evidence::files_of(argument);
    if (!files) {
      add_failure(argument, files.error().message);
      return;
    }
    for (const std::string& file : *files) evidence::read_path(file, read_, evidence_);
  }

  void look_at(const std::string& address) { collect_from(address, settings_.looks_for); }

 private:
  void collect_from(const std::string& address, double seconds) {
    CollectOptions options;
    options.url = address;
    Interrupt interrupt;
    options.fetch = fetch_;
    options.fetch.cancel = interrupt.flag();
    options.read = read_;
    options.for_seconds = seconds;
    options.every_seconds = settings_.every;
    options.dump_budget = arguments_.debug2_budget;
    LiveLine line;
    auto save = [&](std::string_view name, std::string_view bytes) { return keep(name, bytes); };
    Collection collection = evidence::collect(
        options, *evidence::wall_clock(), evidence_,
        [&](const CollectProgress& p) { line.show(p); }, save);
    line.clear();
    for (const std::string& w : collection.warnings) say(w);
    for (const evidence::Note& note : collection.notes) say(note.message);
    if (!collection.error.empty()) {
      Result<Url> url = evidence::parse_url(address);
      add_failure(url ? url->shown() : "an address", collection.error);
    }
    if (!collection.save_error.empty()) fail(collection.save_error);
    if (collection.cancelled) {
      fail(fmt::format("interrupted after {} {}", collection.looks,
                       collection.looks == 1 ? "look" : "looks"));
    }
  }

  // Stores a page under --save, without what is private.
  base::Status keep(std::string_view name, std::string_view bytes) {
    if (arguments_.save.empty()) return base::Ok();
    std::string path = fmt::format("{}/{}", arguments_.save, name);
    base::Status made = base::make_dirs(arguments_.save);
    if (!made) return made.error();
    if (arguments_.no_redact) return base::write_file_atomic(path, bytes);
    Result<std::string> text = evidence::redacted(bytes, fetch_.max_bytes, pseudonyms_);
    if (!text) {
      return Error{ErrorKind::kMalformed,
                   fmt::format("{} is not saved: what is private in it cannot be told: {}", path,
                               text.error().message)};
    }
    return base::write_file_atomic(path, *text);
  }

  static void say(const std::string& words) { fmt::print(stderr, "unpark: {}\n", words); }

  void fail(const std::string& words) {
    say(words);
    complete_ = false;
  }

  void add_failure(std::string name, std::string message) {
    evidence::Input input;
    input.name = std::move(name);
    input.error = std::move(message);
    evidence_.inputs.push_back(std::move(input));
  }

  void add_page(const std::string& address) {
    Result<Url> url = evidence::parse_url(address);
    if (!url) {
      add_failure("an address", url.error().message);
      return;
    }
    if (is_process(*url)) {
      collect_from(address, 0);
      return;
    }
    std::vector<std::string> warnings;
    Result<Fetcher> fetcher = Fetcher::create(*url, fetch_, &warnings);
    for (const std::string& w : warnings) say(w);
    if (!fetcher) {
      add_failure(url->shown(), fetcher.error().message);
      return;
    }
    Result<Page> page = fetcher->get(*url);
    if (!page) {
      add_failure(url->shown(), page.error().message);
      return;
    }
    size_t first = evidence_.snapshots.size();
    auto source = evidence::source_of(page->body);
    evidence::read_input(*source, url->shown(), read_, evidence_);
    for (size_t i = first; i < evidence_.snapshots.size(); i++) {
      Snapshot& s = evidence_.snapshots[i];
      if (!s.time_ns) s.time_ns = base::wall_clock_ns();
    }
    std::string& error = evidence_.inputs.back().error;
    if (error.empty()) error = page->problem;
  }

  const DiagnoseArguments& arguments_;
  const DiagnoseSettings& settings_;
  Evidence& evidence_;
  FetchOptions fetch_;
  ReadOptions read_;
  evidence::Pseudonyms pseudonyms_;  // of all that is saved
  bool complete_ = true;
};

}  // namespace

Gathered gather(const DiagnoseArguments& arguments, const DiagnoseSettings& settings,
                Evidence& evidence) {
  Gatherer gatherer(arguments, settings, evidence);
  Gathered out;
  for (const std::string& base : arguments.base) gatherer.add(base);
  out.base_end = evidence.snapshots.size();
  for (const std::string& input : arguments.inputs) gatherer.add(input);
  for (const std::string& address : arguments.live) gatherer.look_at(address);
  out.complete = gatherer.complete();
  return out;
}

}  // namespace unpark::cli
