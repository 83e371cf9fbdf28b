// The protobuf is walked three times: for what everything refers to (strings, functions, mappings,
// the kinds of values), then for locations, which become frames once, then for samples, which
// become stacks. Nothing is kept of a sample but its row, so a profile of 100,000 of them costs
// little more than its stacks.
//
// Ids and indices are the writer's and may be anything: Go numbers from one in order, which is
// looked up without a table. What refers to something that does not exist is counted and left out.
//
// Limits: see kMax... below; beyond them the rest is counted, not kept. A damaged message loses
// itself, a damaged length the rest of the file.
#include "evidence/pprof.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "evidence/pprof_message.h"
#include "evidence/profile_proto.h"

namespace unpark::evidence {

namespace {

constexpr size_t kMaxEntries = 4 << 20;  // of each table, and samples
constexpr size_t kMaxValueTypes = 64;
constexpr size_t kMaxFrames = 4096;            // of a stack
constexpr size_t kMaxLines = 1024;             // of a location
constexpr uint64_t kMaxAllFrames = 128 << 20;  // of all stacks

using namespace profile_proto;

// Things with ids, found by them.
template <typename T>
class IdTable {
 public:
  // False when there are too many. Of two with one id, the first counts.
  bool add(T item) {
    if (items_.size() == kMaxEntries) return false;
    uint64_t id = item.id;
    items_.push_back(std::move(item));
    if (id != items_.size()) dense_ = false;
    return true;
  }
  const T* find(uint64_t id) {
    if (id - 1 < items_.size() && items_[id - 1].id == id) return &items_[id - 1];
    if (dense_) return nullptr;
    if (by_id_.empty()) {
      for (uint32_t i = 0; i < items_.size(); i++) by_id_.try_emplace(items_[i].id, i);
    }
    auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : &items_[at->second];
  }

 private:
  std::vector<T> items_;
  absl::flat_hash_map<uint64_t, uint32_t> by_id_;  // made when it is needed
  bool dense_ = true;                              // ids are 1, 2, 3 ...
};

struct Function {
  uint64_t id = 0;
  uint32_t name = 0, file = 0;  // in the string table
};

struct Location {
  uint64_t id = 0;
  uint32_t first = 0, count = 0;  // of location_frames_, leaf first
};

struct Line {
  uint64_t function = 0;
  int64_t line = 0;
};

class PprofReader {
 public:
  PprofReader(std::string_view bytes, InputId input, Evidence& evidence)
      : bytes_(bytes),
        evidence_(evidence),
        symbols_(evidence.symbols),
        input_(evidence.inputs[input.raw]) {
    snapshot_.input = input;
  }

  bool run() {
    read_tables();
    if (strings_.empty() || types_.empty()) return refuse();
    for (const auto& [type, unit] : types_) {
      snapshot_.value_types.push_back({std::string(string(type)), std::string(string(unit))});
    }
    read_locations();
    read_samples();
    name_kind();
    if (counts_goroutines()) make_goroutines();
    tell();
    evidence_.snapshots.push_back(std::move(snapshot_));
    return true;
  }

 private:
  bool refuse() {
    if (cut_ && !types_.empty()) {
      input_.error =
          "this profile is cut: the table of names, which is at its end, is missing. Take it again";
    } else {
      input_.error = "this is no pprof profile, or it is damaged at its beginning";
    }
    return false;
  }

  // --- what everything refers to

  void read_tables() {
    Message top(bytes_);
    while (top.next()) {
      switch (top.field()) {
        case kSample:
          sample_count_++;
          break;
        case kSampleType:
          if (types_.size() < kMaxValueTypes) types_.push_back(value_type(top.bytes()));
          break;
        case kStringTable:
          if (strings_.size() < kMaxEntries) {
            strings_.push_back(top.bytes());
          } else {
            beyond_limit_++;
          }
          break;
        case kFunction:
          read_function(top.bytes());
          break;
        case kMapping:
          if (!seen_mapping_) read_mapping(top.bytes());
          break;
        case kTimeNanos:
          time_ns_ = top.number();
          break;
        case kDurationNanos:
          snapshot_.duration_ns = top.number();
          break;
        case kPeriod:
          snapshot_.period = top.number();
          break;
        case kDefaultSampleType:
          default_type_ = top.number();
          break;
      }
    }
    cut_ = top.damaged();
    if (time_ns_ > 0) {
      snapshot_.time_ns = time_ns_;
      snapshot_.time_is_own = true;
    }
    snapshot_.process.binary = string(binary_);
    snapshot_.process.build_id = string(build_id_);
  }

  std::pair<int64_t, int64_t> value_type(std::string_view bytes) {
    std::pair<int64_t, int64_t> out{0, 0};
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 1) out.first = m.number();
      if (m.field() == 2) out.second = m.number();
    }
    return out;
  }

  void read_function(std::string_view bytes) {
    Function f;
    uint64_t system_name = 0;
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 1) f.id = m.unsigned_number();
      if (m.field() == 2) f.name = index(m.unsigned_number());
      if (m.field() == 3) system_name = m.unsigned_number();
      if (m.field() == 4) f.file = index(m.unsigned_number());
    }
    if (f.name == 0) f.name = index(system_name);
    add(&functions_, f, m);
  }

  // The first one is that of the program itself.
  void read_mapping(std::string_view bytes) {
    seen_mapping_ = true;
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 5) binary_ = m.number();
      if (m.field() == 6) build_id_ = m.number();
    }
  }

  template <typename T>
  void add(IdTable<T>* table, const T& item, const Message& from) {
    if (from.damaged() || item.id == 0) {
      damaged_++;
    } else if (!table->add(item)) {
      beyond_limit_++;
    }
  }

  static uint32_t index(uint64_t number) {
    return static_cast<uint32_t>(std::min<uint64_t>(number, UINT32_MAX));
  }

  std::string_view string(int64_t index) {
    if (index >= 0 && static_cast<uint64_t>(index) < strings_.size()) return strings_[index];
    unknown_++;
    return {};
  }

  // The same as an id; each is looked up once, however often and long it is.
  StringId interned(int64_t index) {
    std::string_view text = string(index);
    if (text.empty()) return symbols_.string("");
    if (interned_.empty()) interned_.resize(strings_.size());
    StringId& id = interned_[static_cast<size_t>(index)];
    if (!id.exists()) id = symbols_.string(text);
    return id;
  }

  // --- locations

  void read_locations() {
    Message top(bytes_);
    while (top.next()) {
      if (top.field() == kLocation) read_location(top.bytes());
    }
  }

  void read_location(std::string_view bytes) {
    Location location;
    uint64_t address = 0;
    lines_.clear();
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 1) location.id = m.unsigned_number();
      if (m.field() == 3) address = m.unsigned_number();
      if (m.field() == 4) {
        if (lines_.size() < kMaxLines) {
          lines_.push_back(line(m.bytes()));
        } else {
          beyond_limit_++;
        }
      }
    }
    location.first = static_cast<uint32_t>(location_frames_.size());
    // The last one is the function whose frame it is; the others were inlined into it.
    for (size_t i = 0; i < lines_.size(); i++) {
      location_frames_.push_back(frame(lines_[i], address, i + 1 < lines_.size()));
    }
    if (lines_.empty()) location_frames_.push_back(frame({}, address, false));
    location.count = static_cast<uint32_t>(location_frames_.size()) - location.first;
    add(&locations_, location, m);
  }

  static Line line(std::string_view bytes) {
    Line out;
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 1) out.function = m.unsigned_number();
      if (m.field() == 2) out.line = m.number();
    }
    return out;
  }

  FrameId frame(const Line& line, uint64_t address, bool inlined) {
    uint32_t flags = inlined ? uint32_t{kInlined} : 0;
    const Function* function = line.function != 0 ? functions_.find(line.function) : nullptr;
    if (!function && line.function != 0) unknown_++;
    if (!function || string(function->name).empty()) {
      Frame bare{symbols_.string(fmt::format("{:#x}", address)), symbols_.string(""), 0,
                 flags | kForeign | kNoPlace};
      return symbols_.frame(bare);
    }
    Frame out{interned(function->name), interned(function->file), 0, flags};
    if (line.line > 0 && line.line <= UINT32_MAX) out.line = static_cast<uint32_t>(line.line);
    if (symbols_.text(out.file).empty() || out.line == 0) out.flags |= kNoPlace;
    return symbols_.frame(out);
  }

  // --- samples

  void read_samples() {
    size_t rows = std::min(sample_count_, kMaxEntries);
    snapshot_.samples.reserve(rows);
    // A sample with a stack of some depth takes more bytes than that.
    symbols_.expect_stacks(std::min(rows, bytes_.size() / 16));
    if (types_.size() <= 4) snapshot_.values.reserve(rows * types_.size());
    frames_left_ = std::min<uint64_t>(kMaxAllFrames, bytes_.size() * 8 + (1 << 20));
    Message top(bytes_);
    while (top.next()) {
      if (top.field() == kSample) read_sample(top.bytes());
    }
  }

  void read_sample(std::string_view bytes) {
    if (snapshot_.samples.size() == kMaxEntries) {
      beyond_limit_++;
      return;
    }
    frames_.clear();
    labels_.clear();
    dropped_frames_ = 0;
    Sample sample;
    sample.first_value = static_cast<uint32_t>(snapshot_.values.size());
    size_t values = 0;
    auto add_value = [&](uint64_t value) {
      if (values++ < types_.size()) snapshot_.values.push_back(static_cast<int64_t>(value));
    };
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 1) m.each_number([&](uint64_t id) { add_location(id); });
      if (m.field() == 2) m.each_number(add_value);
      if (m.field() == 3) read_label(m.bytes());
    }
    if (m.damaged() || values != types_.size()) {
      snapshot_.values.resize(sample.first_value);
      damaged_++;
      return;
    }
    if (dropped_frames_ > 0) {
      Frame left_out{symbols_.string(""), symbols_.string(""),
                     static_cast<uint32_t>(std::min<uint64_t>(dropped_frames_, UINT32_MAX)),
                     kElision | kNoPlace};
      frames_.push_back(symbols_.frame(left_out));
    }
    sample.stack = symbols_.stack(frames_);
    sample.labels = symbols_.labels(labels_);
    snapshot_.samples.push_back(sample);
  }

  void add_location(uint64_t id) {
    const Location* location = locations_.find(id);
    if (!location) {
      unknown_++;
      return;
    }
    for (uint32_t i = 0; i < location->count; i++) {
      if (frames_.size() >= kMaxFrames || frames_left_ == 0) {
        dropped_frames_ += location->count - i;
        if (frames_left_ == 0) beyond_limit_++;
        return;
      }
      frames_.push_back(location_frames_[location->first + i]);
      frames_left_--;
    }
  }

  void read_label(std::string_view bytes) {
    int64_t key = 0, text = 0, number = 0, unit = 0;
    Message m(bytes);
    while (m.next()) {
      if (m.field() == 1) key = m.number();
      if (m.field() == 2) text = m.number();
      if (m.field() == 3) number = m.number();
      if (m.field() == 4) unit = m.number();
    }
    if (labels_.size() >= kMaxValueTypes) {
      beyond_limit_++;
      return;
    }
    StringId value = interned(text);
    // A label is a text or a number, and an empty text is not written.
    if (text == 0 && number != 0) {
      constexpr size_t kLongestUnit = 64;
      std::string_view of = string(unit).substr(0, kLongestUnit);
      value = symbols_.string(of.empty() ? fmt::format("{}", number)
                                         : fmt::format("{} {}", number, of));
    }
    labels_.push_back({interned(key), value});
  }

  // --- what it is

  size_t type_named(std::string_view name) const {
    const std::vector<ValueType>& types = snapshot_.value_types;
    auto at = std::find_if(types.begin(), types.end(),
                           [&](const ValueType& t) { return t.type == name; });
    return static_cast<size_t>(at - types.begin());
  }
  bool has_type(std::string_view name) const {
    return type_named(name) < snapshot_.value_types.size();
  }

  void name_kind() {
    SnapshotKind& kind = snapshot_.kind;
    kind = SnapshotKind::kOtherProfile;
    if (has_type("goroutine") || has_type("goroutines")) {
      kind = SnapshotKind::kGoroutineProfile;
    } else if (has_type("goroutineleak")) {
      kind = SnapshotKind::kLeakProfile;
    } else if (has_type("inuse_space") || has_type("inuse_objects")) {
      bool allocs = string(default_type_).starts_with("alloc_");
      kind = allocs ? SnapshotKind::kAllocs : SnapshotKind::kHeap;
    } else if (has_type("contentions")) {
      kind = kind_of_contention();
    } else if (has_type("threadcreate")) {
      kind = SnapshotKind::kThreadCreate;
    }
    // Go gives goroutine profiles a duration only when they are the difference of two.
    bool goroutines = kind == SnapshotKind::kGoroutineProfile || kind == SnapshotKind::kLeakProfile;
    bool negative = std::any_of(snapshot_.values.begin(), snapshot_.values.end(),
                                [](int64_t v) { return v < 0; });
    if (goroutines && (negative || snapshot_.duration_ns > 0)) kind = SnapshotKind::kGoroutineDelta;
  }

  // Mutex and block profiles have the same types. The first is recorded where a lock is released,
  // the second where a wait ends.
  SnapshotKind kind_of_contention() const {
    size_t unlocks = 0, others = 0;
    for (const Sample& sample : snapshot_.samples) {
      std::span<const FrameId> frames = symbols_[sample.stack];
      if (frames.empty()) continue;
      std::string_view leaf = symbols_.text(symbols_[frames[0]].function);
      bool unlock = leaf.find("nlock") != leaf.npos || leaf == "runtime._LostContendedRuntimeLock";
      (unlock ? unlocks : others)++;
    }
    if (unlocks + others == 0) return SnapshotKind::kOtherProfile;
    return unlocks >= others ? SnapshotKind::kMutex : SnapshotKind::kBlock;
  }

  bool counts_goroutines() const {
    return snapshot_.kind == SnapshotKind::kGoroutineProfile ||
           snapshot_.kind == SnapshotKind::kLeakProfile;
  }

  void make_goroutines() {
    size_t type =
        std::min({type_named("goroutine"), type_named("goroutines"), type_named("goroutineleak")});
    snapshot_.goroutines.reserve(snapshot_.samples.size());
    StackWaits waits(symbols_);
    for (const Sample& sample : snapshot_.samples) {
      int64_t count = snapshot_.values[sample.first_value + type];
      if (count == 0) continue;
      Goroutine g;
      g.stack = sample.stack;
      g.labels = sample.labels;
      g.count = static_cast<uint32_t>(std::min<int64_t>(count, UINT32_MAX));
      if (count != g.count) absurd_++;
      g.reason = waits.of(g.stack);
      if (snapshot_.kind == SnapshotKind::kLeakProfile) g.flags |= kLeaked;
      snapshot_.goroutines.push_back(g);
    }
    snapshot_.samples.clear();
    snapshot_.samples.shrink_to_fit();
    snapshot_.values.clear();
    snapshot_.values.shrink_to_fit();
  }

  // --- what to know about it

  void tell() {
    auto note = [&](Note::Kind kind, uint64_t count, std::string message) {
      if (count > 0) input_.notes.push_back({kind, std::move(message)});
    };
    if (cut_) {
      snapshot_.cut = true;
      note(Note::Kind::kCut, 1, "the profile is cut or damaged: samples may be missing at its end");
    }
    note(Note::Kind::kLost, damaged_,
         fmt::format("{} damaged samples, locations or functions were left out", damaged_));
    note(Note::Kind::kLost, unknown_,
         fmt::format("{} references to strings, functions or locations that the profile does not "
                     "hold",
                     unknown_));
    note(Note::Kind::kLimit, beyond_limit_,
         fmt::format("the profile is larger than any real one: {} of its entries or frames were "
                     "left out",
                     beyond_limit_));
    note(Note::Kind::kMismatch, absurd_,
         fmt::format("{} counts of goroutines are too large to be true", absurd_));
  }

  std::string_view bytes_;
  Evidence& evidence_;
  Symbols& symbols_;
  Input& input_;
  Snapshot snapshot_;

  std::vector<std::pair<int64_t, int64_t>> types_;
  std::vector<std::string_view> strings_;
  std::vector<StringId> interned_;  // beside strings_
  IdTable<Function> functions_;
  IdTable<Location> locations_;
  std::vector<FrameId> location_frames_;
  int64_t time_ns_ = 0, default_type_ = 0, binary_ = 0, build_id_ = 0;
  bool seen_mapping_ = false;
  size_t sample_count_ = 0;  // as many as there seem to be

  // Of the message at hand.
  std::vector<Line> lines_;
  std::vector<FrameId> frames_;
  std::vector<Label> labels_;
  uint64_t dropped_frames_ = 0;
  uint64_t frames_left_ = 0;

  bool cut_ = false;
  uint64_t damaged_ = 0, unknown_ = 0, beyond_limit_ = 0, absurd_ = 0;
};

// Two numbers, which are indices of strings, and nothing else.
bool is_value_type(Message* field) {
  std::string_view bytes = field->bytes();
  if (bytes.empty() || bytes.size() > 20) return false;
  Message m(bytes);
  while (m.next()) {
    if (m.field() > 2 || m.has_bytes()) return false;
  }
  return !m.damaged();
}

}  // namespace

bool looks_like_pprof(std::string_view first_bytes) {
  // All writers put the kinds of values, messages of two small numbers, at or near the beginning.
  bool found = false;
  Message top(first_bytes);
  while (top.next()) {
    switch (top.field()) {
      case kSampleType:
      case kPeriodType:
        if (!is_value_type(&top)) return found;
        found = true;
        break;
      case kSample:
      case kMapping:
      case kLocation:
      case kFunction:
      case kStringTable:
        if (!top.has_bytes()) return false;
        break;
      case kTimeNanos:
      case kDurationNanos:
      case kPeriod:
      case kDefaultSampleType:
        if (top.has_bytes()) return false;
        break;
      default:
        return false;
    }
  }
  return found;
}

bool read_pprof(std::string_view bytes, InputId input, Evidence& evidence) {
  return PprofReader(bytes, input, evidence).run();
}

}  // namespace unpark::evidence
