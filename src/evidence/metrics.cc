#include "evidence/metrics.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace unpark::evidence {

namespace {

constexpr uint64_t kMaxMetrics = 250'000;
constexpr size_t kMaxFamilies = 100'000;

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool is_name_char(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

// Takes a metric's or label's name from the front; empty when there is none.
std::string_view take_name(std::string_view& text) {
  if (text.empty() || !is_name_start(text[0])) return {};
  size_t size = 1;
  while (size < text.size() && is_name_char(text[size])) size++;
  std::string_view name = text.substr(0, size);
  text.remove_prefix(size);
  return name;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
}

std::string_view take_token(std::string_view& text) {
  skip_blanks(text);
  size_t end = text.find_first_of(" \t");
  std::string_view token = text.substr(0, end);
  text.remove_prefix(token.size());
  return token;
}

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    return text[0] == '-' ? -std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc()) return std::nullopt;
  // One NaN for all of them, whatever its sign and payload.
  return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
}

// What may follow a value: a time stamp, and in OpenMetrics an exemplar.
bool is_rest_of_sample(std::string_view text) {
  skip_blanks(text);
  if (text.empty() || text[0] == '#') return true;
  if (!number_in(take_token(text))) return false;
  skip_blanks(text);
  return text.empty() || text[0] == '#';
}

// Takes a quoted string with its escapes; false when it does not end.
bool take_quoted(std::string_view& text, std::string* value) {
  value->clear();
  if (!text.starts_with('"')) return false;
  for (size_t i = 1; i < text.size(); i++) {
    char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (c == '\\' && i + 1 < text.size()) {
      char escaped = text[++i];
      if (escaped != 'n' && escaped != '\\' && escaped != '"') value->push_back('\\');
      c = escaped == 'n' ? '\n' : escaped;
    }
    value->push_back(c);
  }
  return false;
}

// Of the groups of runtime/metrics.
bool is_runtime_group(std::string_view group) {
  for (std::string_view known : {"cgo", "cpu", "gc", "godebug", "memory", "sched", "sync"}) {
    if (group == known) return true;
  }
  return false;
}

}  // namespace

bool MetricsReader::take(std::string_view line, uint64_t) {
  if (line.size() < 3) return false;
  if (line[0] == '#') return take_comment(line);
  if (line[0] == '/') return take_runtime_metric(line);
  return is_name_start(line[0]) && take_sample(line);
}

bool MetricsReader::take_comment(std::string_view line) {
  std::string_view text = line.substr(1);
  std::string_view keyword = take_token(text);
  if (keyword == "EOF" && text.empty() && !families_.empty()) {
    close_snapshot();
    return true;
  }
  bool is_type = keyword == "TYPE";
  if (!is_type && keyword != "HELP" && keyword != "UNIT") return false;
  skip_blanks(text);
  std::string_view name = take_name(text);
  if (name.empty() || (!text.empty() && text[0] != ' ' && text[0] != '\t')) return false;
  family_ = name;
  if (is_type && families_.size() < kMaxFamilies && !families_.insert(family_).second) {
    close_snapshot();
    family_ = name;
    families_.insert(family_);
  }
  return true;
}

// Whether a line of this name and a number is a sample, without labels to prove it.
bool MetricsReader::is_expected(std::string_view name) const {
  if (!family_.empty() && name.starts_with(family_)) return true;
  return name.starts_with("go_") || name.starts_with("process_");
}

bool MetricsReader::take_sample(std::string_view line) {
  std::string_view text = line;
  std::string_view name = take_name(text);
  labels_.clear();
  bool has_labels = text.starts_with('{');
  if (has_labels) {
    if (!take_labels(text)) return false;
  } else if (!is_expected(name)) {
    return false;
  }
  if (text.empty() || (text[0] != ' ' && text[0] != '\t')) return false;
  std::optional<double> value = number_in(take_token(text));
  if (!value || !is_rest_of_sample(text)) return false;
  if (!name.ends_with("_bucket")) add(name, *value);
  return true;
}

// `{path="C:\\dir",code="200"}`
bool MetricsReader::take_labels(std::string_view& text) {
  text.remove_prefix(1);
  while (true) {
    skip_blanks(text);
    if (text.starts_with('}')) {
      text.remove_prefix(1);
      return true;
    }
    std::string_view name = take_name(text);
    if (name.empty() || !text.starts_with('=')) return false;
    text.remove_prefix(1);
    if (!take_quoted(text, &unescaped_)) return false;
    labels_.push_back({evidence_.symbols.string(name), evidence_.symbols.string(unescaped_)});
    if (name == "version") go_version_ = unescaped_;
    skip_blanks(text);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
}

// "/sched/goroutines:goroutines 152": a name, and the first number of the few words after it. What
// programs print between them differs.
bool MetricsReader::take_runtime_metric(std::string_view line) {
  constexpr int kMaxWords = 4;
  size_t slash = line.find('/', 1);
  if (slash == line.npos || !is_runtime_group(line.substr(1, slash - 1))) return false;
  size_t end = line.find_first_of(" \t=", slash);
  if (end == line.npos) return false;
  std::string_view name = line.substr(0, end);
  while (name.ends_with(':')) name.remove_suffix(1);
  if (name.find(':') == name.npos) return false;
  std::string_view text = line.substr(end);
  labels_.clear();
  for (int i = 0; i < kMaxWords; i++) {
    std::string_view word = take_token(text);
    while (word.starts_with('=') || word.starts_with(':')) word.remove_prefix(1);
    if (std::optional<double> value = number_in(word)) {
      add(name, *value);
      break;
    }
  }
  return true;
}

void MetricsReader::add(std::string_view name, double value) {
  learn_process(name, value);
  if (kept_ >= kMaxMetrics) {
    dropped_++;
    return;
  }
  kept_++;
  Metric metric;
  metric.name = evidence_.symbols.string(name);
  if (!labels_.empty()) metric.labels = evidence_.symbols.labels(labels_);
  metric.value = value;
  snapshot_.metrics.push_back(metric);
}

void MetricsReader::learn_process(std::string_view name, double value) {
  if (name == "go_info" && !labels_.empty()) snapshot_.process.go_version = go_version_;
  // Seconds since 1970; above 9e9 they are something else.
  if (name == "process_start_time_seconds" && value > 0 && value < 9e9) {
    snapshot_.process.start_ns = static_cast<int64_t>(value * 1e9);
  }
}

void MetricsReader::close_snapshot() {
  if (!snapshot_.metrics.empty()) {
    snapshot_.kind = SnapshotKind::kMetrics;
    snapshot_.input = input_;
    evidence_.snapshots.push_back(std::move(snapshot_));
  }
  snapshot_ = Snapshot();
  families_.clear();
  family_.clear();
}

void MetricsReader::finish() {
  close_snapshot();
  if (dropped_ > 0) {
    evidence_.inputs[input_.raw].notes.push_back(
        {Note::Kind::kLimit,
         fmt::format("metrics: {} samples after the first {} were not kept", dropped_, kept_)});
  }
}

}  // namespace unpark::evidence
