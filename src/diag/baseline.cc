#include "diag/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_map>

#include "diag/fingerprint.h"

namespace unpark::diag {

using Json = nlohmann::ordered_json;

static constexpr int kVersion = 1;
static constexpr const char* kVersionKey = "unparkBaseline";

static base::Error malformed(std::string what) {
  return {base::ErrorKind::kMalformed, "baseline: " + std::move(what)};
}

// The string at `key`, empty when there is none.
static base::Result<std::string> text_at(const Json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end()) return std::string();
  if (!found->is_string()) return malformed(fmt::format("\"{}\" is not a string", key));
  return found->get<std::string>();
}

static base::Result<BaselineEntry> parse_entry(const Json& json, size_t index) {
  if (!json.is_object()) return malformed(fmt::format("entry {} is not an object", index));
  BaselineEntry entry;
  base::Result<std::string> rule = text_at(json, "rule");
  if (!rule) return rule.error();
  base::Result<std::string> file = text_at(json, "file");
  if (!file) return file.error();
  base::Result<std::string> function = text_at(json, "function");
  if (!function) return function.error();
  entry.rule = std::move(*rule);
  entry.file = std::move(*file);
  entry.function = std::move(*function);
  auto prints = json.find("fingerprints");
  if (prints == json.end() || !prints->is_array() || prints->empty()) {
    return malformed(fmt::format("entry {} has no list of fingerprints", index));
  }
  for (const Json& print : *prints) {
    if (!print.is_string()) {
      return malformed(fmt::format("entry {} has a fingerprint that is not a string", index));
    }
    entry.fingerprints.push_back(print.get<std::string>());
  }
  return entry;
}

base::Result<Baseline> parse_baseline(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return malformed("not JSON");
  if (!json.is_object()) return malformed("not a JSON object");
  auto version = json.find(kVersionKey);
  if (version == json.end() || !version->is_number_integer()) {
    return malformed(fmt::format("no version (\"{}\"); was it written by unpark?", kVersionKey));
  }
  if (version->get<int64_t>() != kVersion) {
    return base::Error{base::ErrorKind::kUnsupported,
                       fmt::format("baseline: version {}, this unpark reads version {}",
                                   version->get<int64_t>(), kVersion)};
  }
  auto findings = json.find("findings");
  if (findings == json.end() || !findings->is_array()) return malformed("no list of findings");
  Baseline baseline;
  for (size_t i = 0; i < findings->size(); i++) {
    base::Result<BaselineEntry> entry = parse_entry((*findings)[i], i);
    if (!entry) return entry.error();
    baseline.entries.push_back(std::move(*entry));
  }
  return baseline;
}

std::string to_json(const Baseline& baseline) {
  std::vector<BaselineEntry> entries = baseline.entries;
  std::sort(entries.begin(), entries.end(), [](const BaselineEntry& a, const BaselineEntry& b) {
    return std::tie(a.file, a.rule, a.function, a.fingerprints) <
           std::tie(b.file, b.rule, b.function, b.fingerprints);
  });
  Json findings = Json::array();
  for (const BaselineEntry& entry : entries) {
    findings.push_back(Json{{"rule", entry.rule},
                            {"file", entry.file},
                            {"function", entry.function},
                            {"fingerprints", entry.fingerprints}});
  }
  Json json{{kVersionKey, kVersion}, {"findings", std::move(findings)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Baseline make_baseline(std::span<const Finding> findings, Places& places,
                       std::string_view working_dir) {
  Baseline baseline;
  for (const Finding& finding : findings) {
    baseline.entries.push_back({finding.rule,
                                display_path(places.path(finding.where.file), working_dir),
                                finding.function, fingerprints(finding)});
  }
  return baseline;
}

BaselineMatch match(const Baseline& baseline, std::span<const Finding> findings) {
  std::unordered_map<std::string_view, std::deque<size_t>> entries_with;
  for (size_t i = 0; i < baseline.entries.size(); i++) {
    for (const std::string& print : baseline.entries[i].fingerprints) {
      entries_with[print].push_back(i);
    }
  }
  std::vector<std::vector<std::string>> prints;
  for (const Finding& finding : findings) prints.push_back(fingerprints(finding));

  BaselineMatch out;
  out.known.resize(findings.size());
  std::vector<bool> used(baseline.entries.size());
  size_t left = baseline.entries.size();
  for (std::string_view kind : {"site/", "shape/", "text/"}) {
    for (size_t i = 0; i < findings.size(); i++) {
      for (const std::string& print : prints[i]) {
        if (out.known[i] || !print.starts_with(kind)) continue;
        auto found = entries_with.find(print);
        if (found == entries_with.end()) continue;
        std::deque<size_t>& entries = found->second;
        while (!entries.empty() && used[entries.front()]) entries.pop_front();
        if (entries.empty()) continue;
        used[entries.front()] = true;
        out.known[i] = true;
        left--;
      }
    }
  }
  out.unused = static_cast<uint32_t>(left);
  return out;
}

}  // namespace unpark::diag
