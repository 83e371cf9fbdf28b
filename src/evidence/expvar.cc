#include "evidence/expvar.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace unpark::evidence {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr size_t kMaxBytes = 256 << 20;
constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxMetrics = 100'000;
constexpr size_t kMaxPath = 1000;

// expvar.Float writes "NaN", "+Inf" and "-Inf" as they are, which is no JSON: here they are null.
std::string with_nulls(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords = {"NaN", "+Inf", "-Inf", "Inf"};
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out.append(text.substr(i++, 2));
      continue;
    }
    if (c == '"') in_string = !in_string;
    auto word = in_string ? kWords.end()
                          : std::find_if(kWords.begin(), kWords.end(), [&](std::string_view w) {
                              return text.substr(i).starts_with(w);
                            });
    if (word == kWords.end()) {
      out.push_back(c);
    } else {
      out.append("null");
      i += word->size() - 1;
    }
  }
  return out;
}

class Flattener {
 public:
  Flattener(Evidence& evidence, Snapshot* snapshot) : evidence_(evidence), snapshot_(snapshot) {}

  // Arrays are left out: of the standard ones, those in memstats are histories of pauses and sizes.
  void add(const object& from, size_t depth) {
    if (depth > kMaxDepth) return;
    for (simdjson::dom::key_value_pair pair : from) {
      size_t before = path_.size();
      if (before + pair.key.size() + 1 > kMaxPath) continue;
      if (before > 0) path_.push_back('.');
      path_.append(pair.key);
      add_value(pair.value, depth);
      path_.resize(before);
    }
  }
  bool is_full() const { return snapshot_->metrics.size() >= kMaxMetrics; }

 private:
  void add_value(const element& value, size_t depth) {
    object inner;
    double number = 0;
    if (value.get_object().get(inner) == simdjson::SUCCESS) {
      add(inner, depth + 1);
    } else if (value.get_double().get(number) == simdjson::SUCCESS && !is_full()) {
      snapshot_->metrics.push_back({evidence_.symbols.string(path_), LabelsId(), number});
    }
  }

  Evidence& evidence_;
  Snapshot* snapshot_;
  std::string path_;
};

bool is_expvar(const object& root) {
  object memstats;
  if (root["memstats"].get_object().get(memstats) == simdjson::SUCCESS) {
    element alloc;
    if (memstats["HeapAlloc"].get(alloc) == simdjson::SUCCESS) return true;
  }
  simdjson::dom::array cmdline;
  return root["cmdline"].get_array().get(cmdline) == simdjson::SUCCESS;
}

// The first word only: arguments may hold secrets.
std::string binary_of(const object& root) {
  std::string_view word;
  if (root["cmdline"].get_array().at(0).get_string().get(word) != simdjson::SUCCESS) return {};
  return std::string(word);
}

simdjson::error_code parse(simdjson::dom::parser& parser, std::string_view bytes, element* root) {
  simdjson::error_code error = parser.parse(bytes.data(), bytes.size(), true).get(*root);
  if (error == simdjson::SUCCESS) return error;
  std::string repaired = with_nulls(bytes);
  if (repaired == bytes) return error;
  return parser.parse(repaired.data(), repaired.size(), true).get(*root);
}

}  // namespace

bool read_expvar(std::string_view bytes, InputId input, Evidence& evidence) {
  if (bytes.size() > kMaxBytes) return false;
  simdjson::dom::parser parser;
  element root;
  object values;
  if (parse(parser, bytes, &root) != simdjson::SUCCESS) return false;
  if (root.get_object().get(values) != simdjson::SUCCESS || !is_expvar(values)) return false;
  Snapshot snapshot;
  snapshot.kind = SnapshotKind::kExpvar;
  snapshot.input = input;
  snapshot.process.binary = binary_of(values);
  Flattener flattener(evidence, &snapshot);
  flattener.add(values, 0);
  if (flattener.is_full()) {
    evidence.inputs[input.raw].notes.push_back(
        {Note::Kind::kLimit,
         fmt::format("/debug/vars: numbers after the first {} were not kept", kMaxMetrics)});
  }
  evidence.snapshots.push_back(std::move(snapshot));
  return true;
}

}  // namespace unpark::evidence
