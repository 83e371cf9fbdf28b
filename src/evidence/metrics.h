// Metrics as text: what Prometheus scrapes (also in the OpenMetrics form), and listings of
// runtime/metrics ("/sched/goroutines:goroutines 152").
#pragma once

#include <absl/container/flat_hash_set.h>

#include <string>
#include <string_view>
#include <vector>

#include "evidence/line_reader.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

// Adds a kMetrics snapshot for each scrape it sees: a family that is declared again begins the next
// one. A sample is taken only where its look proves what it is: it has labels, its family has been
// declared, or it has a name of the Go or process collectors; other lines of a name and a number
// may be anything. Samples of histogram buckets are taken and not kept.
class MetricsReader : public LineReader {
 public:
  MetricsReader(InputId input, Evidence& evidence) : input_(input), evidence_(evidence) {}

  bool take(std::string_view line, uint64_t offset) override;
  void finish() override;

 private:
  bool take_comment(std::string_view line);
  bool take_sample(std::string_view line);
  bool take_runtime_metric(std::string_view line);
  bool take_labels(std::string_view& text);
  bool is_expected(std::string_view name) const;
  void add(std::string_view name, double value);
  void learn_process(std::string_view name, double value);
  void close_snapshot();

  InputId input_;
  Evidence& evidence_;
  Snapshot snapshot_;
  std::string family_;                         // declared last
  absl::flat_hash_set<std::string> families_;  // declared in this scrape
  std::vector<Label> labels_;                  // of the sample being read
  std::string unescaped_;
  std::string go_version_;
  uint64_t kept_ = 0, dropped_ = 0;
};

}  // namespace unpark::evidence
