#include "cli/diagnose_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/os.h"
#include "evidence/byte_source.h"
#include "evidence/fetch.h"
#include "evidence/read.h"

namespace unpark::cli {

namespace {

using base::Result;
using evidence::Evidence;
using evidence::Fetcher;
using evidence::FetchOptions;
using evidence::Page;
using evidence::ReadOptions;
using evidence::Snapshot;
using evidence::Url;

class Gatherer {
 public:
  Gatherer(const DiagnoseArguments& arguments, const DiagnoseSettings& settings, Evidence& evidence)
      : arguments_(arguments), evidence_(evidence) {
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

 private:
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
    std::vector<std::string> warnings;
    Result<Fetcher> fetcher = Fetcher::create(*url, fetch_, &warnings);
    for (const std::string& w : warnings) fmt::print(stderr, "unpark: {}\n", w);
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
  Evidence& evidence_;
  FetchOptions fetch_;
  ReadOptions read_;
};

}  // namespace

Gathered gather(const DiagnoseArguments& arguments, const DiagnoseSettings& settings,
                Evidence& evidence) {
  Gathered out;
  Gatherer gatherer(arguments, settings, evidence);
  for (const std::string& base : arguments.base) gatherer.add(base);
  out.base_end = evidence.snapshots.size();
  for (const std::string& input : arguments.inputs) gatherer.add(input);
  return out;
}

}  // namespace unpark::cli
