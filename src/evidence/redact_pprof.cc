// Redaction of a pprof profile: read once to learn which strings functions, files, types and names
// of labels use, then written again. What only values of labels used is emptied, and their hashes
// come behind the other strings; so nothing private is left in a table that nobody points to.
// Comments, links and fields that are not part of the format are left out.
#include <map>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/profile_proto.h"
#include "evidence/redact.h"

namespace unpark::evidence {

namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;

using namespace profile_proto;

std::string_view view(data_view d) { return {d.data(), d.size()}; }

struct SampleLabel {
  uint64_t key = 0, text = 0, number = 0, unit = 0;
};

SampleLabel label_of(pbf_reader message) {
  SampleLabel label;
  while (message.next()) {
    if (message.wire_type() != pbf_wire_type::varint) {
      message.skip();
      continue;
    }
    uint32_t tag = message.tag();
    uint64_t value = message.get_uint64();
    if (tag == 1) label.key = value;
    if (tag == 2) label.text = value;
    if (tag == 3) label.number = value;
    if (tag == 4) label.unit = value;
  }
  return label;
}

class Rewriter {
 public:
  explicit Rewriter(std::string_view bytes) : bytes_(bytes) {}

  // False when this is no profile. Throws what protozero throws at bytes that are no messages.
  bool read() {
    for (pbf_reader in = whole(); in.next();) {
      if (in.tag() == kStringTable && in.wire_type() == pbf_wire_type::length_delimited) {
        strings_.push_back(view(in.get_view()));
      } else {
        in.skip();
      }
    }
    if (strings_.empty() || !strings_[0].empty()) return false;
    used_.resize(strings_.size());
    bool has_type = false;
    for (pbf_reader in = whole(); in.next();) {
      has_type |= in.tag() == kSampleType && in.wire_type() == pbf_wire_type::length_delimited;
      mark(in);
    }
    return has_type;
  }

  std::string write() {
    std::string out;
    pbf_writer to(out);
    for (pbf_reader in = whole(); in.next();) {
      uint32_t tag = in.tag();
      if (in.wire_type() == pbf_wire_type::varint) {
        uint64_t value = in.get_uint64();
        bool kept = tag == kDropFrames || tag == kKeepFrames || tag == kTimeNanos ||
                    tag == kDurationNanos || tag == kPeriod || tag == kDefaultSampleType;
        if (kept) to.add_uint64(tag, value);
      } else if (in.wire_type() == pbf_wire_type::length_delimited) {
        data_view message = in.get_view();
        bool kept = tag == kSampleType || tag == kMapping || tag == kLocation || tag == kFunction ||
                    tag == kPeriodType;
        if (kept) to.add_bytes(tag, message);
        if (tag == kSample) write_sample(message, to);
      } else {
        in.skip();
      }
    }
    for (size_t i = 0; i < strings_.size(); i++) {
      to.add_bytes(kStringTable,
                   used_[i] ? data_view(strings_[i].data(), strings_[i].size()) : data_view("", 0));
    }
    for (const std::string& value : hidden_) to.add_string(kStringTable, value);
    return out;
  }

 private:
  pbf_reader whole() const { return pbf_reader(bytes_.data(), bytes_.size()); }
  std::string_view text(uint64_t index) const {
    return index < strings_.size() ? strings_[index] : std::string_view();
  }
  void use(uint64_t index) {
    if (index < used_.size()) used_[index] = true;
  }

  // Marks the strings that the fields from `first` to `last` of a message name.
  void use_fields(pbf_reader message, uint32_t first, uint32_t last) {
    while (message.next()) {
      if (message.wire_type() == pbf_wire_type::varint) {
        uint32_t tag = message.tag();
        uint64_t value = message.get_uint64();
        if (tag >= first && tag <= last) use(value);
      } else {
        message.skip();
      }
    }
  }

  void mark(pbf_reader& in) {
    uint32_t tag = in.tag();
    if (in.wire_type() == pbf_wire_type::varint) {
      uint64_t value = in.get_uint64();
      if (tag == kDropFrames || tag == kKeepFrames || tag == kDefaultSampleType) use(value);
      return;
    }
    if (in.wire_type() != pbf_wire_type::length_delimited) {
      in.skip();
      return;
    }
    pbf_reader message(in.get_view());
    if (tag == kSampleType || tag == kPeriodType) use_fields(message, 1, 2);
    if (tag == kMapping) use_fields(message, 5, 6);
    if (tag == kFunction) use_fields(message, 2, 4);
    if (tag == kSample) {
      while (message.next()) {
        if (message.tag() == 3 && message.wire_type() == pbf_wire_type::length_delimited) {
          mark_label(label_of(message.get_message()));
        } else {
          message.skip();
        }
      }
    }
  }

  void mark_label(const SampleLabel& label) {
    use(label.key);
    use(label.unit);
    if (shows_label(text(label.key))) use(label.text);
  }

  void write_sample(data_view sample, pbf_writer& to) {
    pbf_writer out(to, kSample);
    pbf_reader in(sample);
    while (in.next()) {
      uint32_t tag = in.tag();
      if (in.wire_type() == pbf_wire_type::varint) {
        uint64_t value = in.get_uint64();
        if (tag == 1 || tag == 2) out.add_uint64(tag, value);
      } else if (in.wire_type() == pbf_wire_type::length_delimited) {
        data_view bytes = in.get_view();
        if (tag == 1 || tag == 2) out.add_bytes(tag, bytes);
        if (tag == 3) write_label(label_of(pbf_reader(bytes)), out);
      } else {
        in.skip();
      }
    }
  }

  void write_label(const SampleLabel& label, pbf_writer& sample) {
    // Sizes of allocations; other numbers may be anybody's.
    bool number = label.text == 0;
    if (number && text(label.key) != "bytes") return;
    pbf_writer out(sample, 3);
    out.add_uint64(1, label.key);
    if (number) {
      out.add_uint64(3, label.number);
      if (label.unit != 0) out.add_uint64(4, label.unit);
    } else {
      out.add_uint64(2, shows_label(text(label.key)) ? label.text : hidden_index(label.text));
    }
  }

  uint64_t hidden_index(uint64_t index) {
    auto [at, added] =
        hidden_indices_.try_emplace(hidden_value(text(index)), strings_.size() + hidden_.size());
    if (added) hidden_.push_back(at->first);
    return at->second;
  }

  std::string_view bytes_;
  std::vector<std::string_view> strings_;
  std::vector<bool> used_;
  std::vector<std::string> hidden_;
  std::map<std::string, uint64_t> hidden_indices_;
};

}  // namespace

base::Result<std::string> redact_pprof(std::string_view bytes) {
  try {
    Rewriter rewriter(bytes);
    if (!bytes.empty() && rewriter.read()) return rewriter.write();
  } catch (const protozero::exception&) {
    // Falls through: no profile.
  }
  return base::Error{base::ErrorKind::kMalformed, "not a pprof profile", 0};
}

}  // namespace unpark::evidence
