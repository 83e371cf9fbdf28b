#include "report/pprof_writer.h"

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <protozero/pbf_writer.hpp>
#include <string_view>
#include <vector>

#include "evidence/gzip.h"
#include "evidence/profile_proto.h"
#include "report/diagnosis_words.h"

namespace unpark::report {

namespace {

using diagnose::Diagnosis;
using diagnose::Group;
using evidence::Evidence;
using evidence::Frame;
using evidence::FrameId;
using protozero::pbf_writer;

using namespace evidence::profile_proto;

class ProfileWriter {
 public:
  ProfileWriter(const Evidence& evidence, const Diagnosis& diagnosis)
      : evidence_(evidence), diagnosis_(diagnosis), to_(bytes_) {
    string("");
  }

  std::string write() {
    add_value_type(kSampleType);
    for (const Group& group : diagnosis_.groups) {
      if (group.count > 0) add_sample(group);
    }
    add_mapping();
    // The table is complete once all else is written.
    if (!diagnosis_.looks.empty() && diagnosis_.looks.back().time_ns) {
      to_.add_int64(kTimeNanos, *diagnosis_.looks.back().time_ns);
    }
    add_value_type(kPeriodType);
    to_.add_int64(kPeriod, 1);
    for (std::string_view text : strings_) to_.add_bytes(kStringTable, text.data(), text.size());
    return evidence::gzip(bytes_);
  }

 private:
  uint64_t string(std::string_view text) {
    auto [at, added] = string_ids_.try_emplace(text, strings_.size());
    if (added) strings_.push_back(text);
    return at->second;
  }

  // Of texts that do not outlive the call.
  uint64_t own_string(std::string text) {
    if (auto at = string_ids_.find(text); at != string_ids_.end()) return at->second;
    return string(own_.emplace_back(std::move(text)));
  }

  void add_value_type(uint32_t field) {
    pbf_writer type(to_, field);
    type.add_int64(1, static_cast<int64_t>(string("goroutine")));
    type.add_int64(2, static_cast<int64_t>(string("count")));
  }

  // One mapping that has everything, so that nobody looks for the program to name functions.
  void add_mapping() {
    pbf_writer mapping(to_, kMapping);
    mapping.add_uint64(1, 1);
    for (uint32_t has : {7, 8, 9}) mapping.add_bool(has, true);  // functions, files, lines
  }

  void add_sample(const Group& group) {
    std::vector<uint64_t> locations;
    for (FrameId frame : evidence_.symbols[group.stack]) {
      if (!evidence_.symbols[frame].is_elision()) locations.push_back(location(frame));
    }
    int64_t value = static_cast<int64_t>(group.count);
    pbf_writer sample(to_, kSample);
    sample.add_packed_uint64(1, locations.begin(), locations.end());
    sample.add_packed_int64(2, &value, &value + 1);
    const diagnose::MechanismInfo& info = diagnose::info_of(group.mechanism);
    add_label("mechanism", string(info.name), sample);
    if (!info.rule.empty()) add_label("rule", string(info.rule), sample);
    add_label("strength", string(diagnose::name_of(group.strength)), sample);
    add_label("state", own_string(state_words(group)), sample);
  }

  void add_label(std::string_view key, uint64_t value, pbf_writer& sample) {
    pbf_writer label(sample, 3);
    label.add_int64(1, static_cast<int64_t>(string(key)));
    label.add_int64(2, static_cast<int64_t>(value));
  }

  uint64_t location(FrameId id) {
    auto [at, added] = location_ids_.try_emplace(id.raw, location_ids_.size() + 1);
    uint64_t location_id = at->second;
    if (!added) return location_id;
    const Frame& frame = evidence_.symbols[id];
    uint64_t function_id = function(frame);
    pbf_writer location(to_, kLocation);
    location.add_uint64(1, location_id);
    location.add_uint64(2, 1);
    pbf_writer line(location, 4);
    line.add_uint64(1, function_id);
    line.add_int64(2, frame.line);
    return location_id;
  }

  uint64_t function(const Frame& frame) {
    auto [at, added] =
        function_ids_.try_emplace({frame.function.raw, frame.file.raw}, function_ids_.size() + 1);
    uint64_t function_id = at->second;
    if (!added) return function_id;
    int64_t name = static_cast<int64_t>(string(evidence_.symbols.text(frame.function)));
    pbf_writer function(to_, kFunction);
    function.add_uint64(1, function_id);
    function.add_int64(2, name);
    function.add_int64(3, name);
    function.add_int64(4, static_cast<int64_t>(string(evidence_.symbols.text(frame.file))));
    return function_id;
  }

  const Evidence& evidence_;
  const Diagnosis& diagnosis_;
  std::string bytes_;
  pbf_writer to_;
  std::deque<std::string> own_;
  std::vector<std::string_view> strings_;
  absl::flat_hash_map<std::string_view, uint64_t> string_ids_;
  absl::flat_hash_map<uint32_t, uint64_t> location_ids_;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint64_t> function_ids_;
};

}  // namespace

std::string diagnosis_pprof(const Evidence& evidence, const Diagnosis& diagnosis) {
  return ProfileWriter(evidence, diagnosis).write();
}

}  // namespace unpark::report
