// Evidence for tests: dumps written goroutine by goroutine and read by the reader of text, profiles
// put together by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/diagnosis.h"
#include "evidence/byte_source.h"
#include "evidence/read.h"

namespace unpark::diagnose {

constexpr int64_t kSecond = 1'000'000'000;

// The text of a dump.
class DumpText {
 public:
  // Frames are "main.f(0xc000012345)@main.go:12", leaf first; the creator "main.main@main.go:3".
  DumpText& add(uint64_t id, std::string_view state, const std::vector<std::string>& frames,
                const std::string& creator = "", uint64_t creator_id = 0) {
    text_ += "goroutine " + std::to_string(id) + " [" + std::string(state) + "]:\n";
    for (const std::string& f : frames) add_frame(f);
    if (!creator.empty()) {
      size_t at = creator.rfind('@');
      text_ += "created by " + creator.substr(0, at);
      if (creator_id != 0) text_ += " in goroutine " + std::to_string(creator_id);
      text_ += "\n\t/app/" + creator.substr(at + 1) + " +0x1d\n";
    }
    text_ += "\n";
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  void add_frame(const std::string& frame) {
    size_t at = frame.rfind('@');
    text_ += frame.substr(0, at) + "\n\t/app/" + frame.substr(at + 1) + " +0x2a\n";
  }
  std::string text_;
};

class TestEvidence {
 public:
  // Reads an input of text; its snapshots are `seconds` old in the series, unless they know better.
  TestEvidence& add(const std::string& text, int64_t seconds = -1) {
    size_t before = evidence_.snapshots.size();
    auto source = evidence::source_of(text);
    evidence::read_input(*source, "test", {}, evidence_);
    for (size_t i = before; i < evidence_.snapshots.size(); i++) {
      evidence::Snapshot& s = evidence_.snapshots[i];
      if (seconds >= 0 && !s.time_ns) s.time_ns = kStart + seconds * kSecond;
    }
    return *this;
  }
  TestEvidence& add(const DumpText& dump, int64_t seconds = -1) {
    return add(dump.text(), seconds);
  }

  // An empty snapshot to fill by hand.
  evidence::Snapshot& snapshot(evidence::SnapshotKind kind, int64_t seconds = -1) {
    evidence::Snapshot s;
    s.kind = kind;
    s.input = next_input();
    if (seconds >= 0) s.time_ns = kStart + seconds * kSecond;
    evidence_.snapshots.push_back(std::move(s));
    return evidence_.snapshots.back();
  }

  // "main.f@main.go:12", leaf first.
  evidence::StackId stack(const std::vector<std::string>& frames) {
    std::vector<evidence::FrameId> ids;
    for (const std::string& f : frames) {
      size_t at = f.rfind('@'), colon = f.rfind(':');
      auto line = static_cast<uint32_t>(std::stoul(f.substr(colon + 1)));
      ids.push_back(symbols().frame({symbols().string(f.substr(0, at)),
                                     symbols().string(f.substr(at + 1, colon - at - 1)), line, 0}));
    }
    return symbols().stack(ids);
  }

  // A row of a profile by hand; as many values as the snapshot has types.
  void sample(evidence::Snapshot& s, const std::vector<std::string>& frames,
              const std::vector<int64_t>& values) {
    s.samples.push_back({stack(frames), {}, static_cast<uint32_t>(s.values.size())});
    s.values.insert(s.values.end(), values.begin(), values.end());
  }

  evidence::Symbols& symbols() { return evidence_.symbols; }
  evidence::Evidence& evidence() { return evidence_; }
  size_t snapshots() const { return evidence_.snapshots.size(); }

  Diagnosis diagnose(size_t base_end = 0, bool all = true, std::string benign = "") const {
    Options options;
    options.all = all;
    options.benign_patterns = std::move(benign);
    return diagnose::diagnose(evidence_, base_end, options);
  }

  // The canonical text of a group's place: "main.f:12".
  std::string place(const Group& g) const {
    auto stack = evidence_.symbols[g.stack];
    if (g.blocking_frame >= stack.size()) return "";
    const evidence::Frame& f = evidence_.symbols[stack[g.blocking_frame]];
    return std::string(evidence_.symbols.text(f.function)) + ":" + std::to_string(f.line);
  }
  // The group at a place, whatever it waits for, the largest of them.
  const Group* at(const Diagnosis& d, std::string_view where) const {
    const Group* best = nullptr;
    for (const Group& g : d.groups) {
      if (place(g) == where && (best == nullptr || g.count > best->count)) best = &g;
    }
    return best;
  }
  GroupId id_of(const Diagnosis& d, std::string_view where) const {
    const Group* g = at(d, where);
    return g == nullptr ? GroupId() : GroupId(static_cast<uint32_t>(g - d.groups.data()));
  }

 private:
  static constexpr int64_t kStart = 1'800'000'000 * kSecond;
  evidence::InputId next_input() {
    evidence_.inputs.emplace_back();
    return evidence::InputId(static_cast<uint32_t>(evidence_.inputs.size()) - 1);
  }
  evidence::Evidence evidence_;
};

}  // namespace unpark::diagnose
