#include "diagnose/groups.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "base/hash.h"

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::Goroutine;
using evidence::LabelsId;
using evidence::Snapshot;
using evidence::SnapshotKind;
using evidence::StackId;
using evidence::StringId;

constexpr size_t kExamples = 8;
constexpr size_t kLabels = 6;

// What decides a goroutine's group, as the source has it.
struct Raw {
  StackId stack;
  FrameId created_by;
  evidence::WaitReason reason;
  evidence::Status status;
  bool first;
  bool has_text;

  friend bool operator==(const Raw&, const Raw&) = default;
};
struct RawHash {
  size_t operator()(const Raw& r) const {
    uint64_t rest = uint64_t{static_cast<uint8_t>(r.reason)} << 16 |
                    uint64_t{static_cast<uint8_t>(r.status)} << 8 | r.first << 1 | r.has_text;
    return base::hash_mix(uint64_t{r.stack.raw} << 32 | r.created_by.raw, rest);
  }
};

struct KeyHash {
  size_t operator()(const GroupKey& k) const {
    uint64_t place = uint64_t{k.place.function} << 32 | k.place.line;
    uint64_t creator = uint64_t{k.creator.function} << 32 | k.creator.line;
    uint64_t rest = uint64_t{static_cast<uint8_t>(k.wait)} << 1 | k.first;
    return base::hash_mix(base::hash_mix(place, creator), rest);
  }
};
using GroupsByKey = absl::flat_hash_map<GroupKey, uint32_t, KeyHash>;

Raw raw_of(const Goroutine& g) {
  return {g.stack, g.created_by, g.reason, g.status, g.id == 1, g.state_text.exists()};
}

// The groups of goroutines that were seen in a look. The last goroutine of a stack mostly is like
// the next one; what differs in anything but the stack is in a table.
class Memory {
 public:
  Memory(const Snapshot& s, const std::vector<uint32_t>& group_of, uint32_t stacks)
      : s_(s), group_of_(group_of), last_(stacks, kNobody) {}

  uint32_t find(uint32_t goroutine) {
    const Goroutine& g = s_.goroutines[goroutine];
    if (!g.stack.exists()) return in_table(g);
    uint32_t& last = last_[g.stack.raw];
    if (last == kNobody) return kNoGroup;
    bool like = raw_of(s_.goroutines[last]) == raw_of(g);
    return like ? group_of_[last] : in_table(g);
  }
  // Once its group is known.
  void add(uint32_t goroutine) {
    const Goroutine& g = s_.goroutines[goroutine];
    if (g.stack.exists() && last_[g.stack.raw] == kNobody) {
      last_[g.stack.raw] = goroutine;
    } else {
      table_.emplace(raw_of(g), group_of_[goroutine]);
    }
  }

 private:
  static constexpr uint32_t kNobody = UINT32_MAX;

  uint32_t in_table(const Goroutine& g) const {
    auto at = table_.find(raw_of(g));
    return at == table_.end() ? kNoGroup : at->second;
  }

  const Snapshot& s_;
  const std::vector<uint32_t>& group_of_;
  std::vector<uint32_t> last_;  // for each stack, the first goroutine that had it
  absl::flat_hash_map<Raw, uint32_t, RawHash> table_;
};

class Grouping {
 public:
  explicit Grouping(Model& model) : model_(model) {}

  void run() {
    // Dumps know creators; profiles join what dumps have shown.
    for (bool profiles : {false, true}) {
      for (LookWork& look : model_.looks) {
        if (is_profile(look) == profiles) group(look, profiles);
      }
    }
    model_.groups.resize(keys_.size());
    for (size_t i = 0; i < keys_.size(); i++) model_.groups[i].key = keys_[i];
    join_woken();
    for (LookWork& look : model_.looks) list_members(look);
  }

 private:
  bool is_profile(const LookWork& look) const {
    SnapshotKind kind = model_.snapshot_of(look).kind;
    return kind == SnapshotKind::kGoroutineProfile || kind == SnapshotKind::kLeakProfile;
  }

  // Goroutine 1 of a profile, which has no numbers: the only one that the run time calls main in.
  bool begins_in_main(const Goroutine& g) const {
    std::span<const FrameId> frames = model_.evidence.symbols[g.stack];
    if (frames.empty()) return false;
    std::string_view outermost =
        model_.evidence.symbols.text(model_.evidence.symbols[frames.back()].function);
    return outermost == "runtime.main" || outermost == "main.main";
  }

  uint32_t group_of(const Goroutine& g, bool profile) {
    GroupKey key;
    key.place = model_.signatures.of(g.stack).place;
    key.wait = wait_of(model_.signatures.reason_of(g));
    key.first = profile ? begins_in_main(g) : g.id == 1;
    if (profile) {
      if (auto known = without_creator_.find(key); known != without_creator_.end()) {
        return known->second;
      }
    } else {
      key.creator = model_.signatures.place_of(g.created_by);
    }
    auto [slot, added] = by_key_.try_emplace(key, static_cast<uint32_t>(keys_.size()));
    if (added) {
      keys_.push_back(key);
      total_.push_back(0);
    }
    return slot->second;
  }

  // Goroutines whose id the snapshot shows twice count once.
  static std::vector<bool> duplicates(const Snapshot& s, const LookWork& look) {
    std::vector<bool> out(s.goroutines.size());
    if (look.by_id.empty()) return out;
    for (size_t i = 0; i < s.goroutines.size(); i++) out[i] = s.goroutines[i].id != 0;
    for (const LookWork::ById& x : look.by_id) out[x.goroutine] = false;
    return out;
  }

  void group(LookWork& look, bool profile) {
    const Snapshot& s = model_.snapshot_of(look);
    std::vector<bool> duplicate = duplicates(s, look);
    look.group_of.assign(s.goroutines.size(), kNoGroup);
    Memory memory(s, look.group_of, model_.evidence.symbols.stack_count());
    for (uint32_t i = 0; i < s.goroutines.size(); i++) {
      const Goroutine& g = s.goroutines[i];
      if (g.count == 0 || duplicate[i]) continue;
      uint32_t& group = look.group_of[i];
      group = memory.find(i);
      if (group == kNoGroup) {
        group = group_of(g, profile);
        memory.add(i);
      }
      if (!profile) note_total(group, g.count);
    }
  }

  // A goroutine that a ticker or a message has just woken stands where it has waited, and will wait
  // there again: it is one of those that wait there.
  void join_woken() {
    std::vector<uint32_t> joins(model_.groups.size(), kNoGroup);
    for (uint32_t g = 0; g < joins.size(); g++) {
      GroupKey key = model_.groups[g].key;
      if (key.wait != Wait::kNone || !key.place.exists()) continue;
      for (Wait wait : {Wait::kSelect, Wait::kReceive, Wait::kSend}) {
        key.wait = wait;
        auto waiting = by_key_.find(key);
        if (waiting != by_key_.end()) joins[g] = waiting->second;
      }
    }
    std::vector<bool> used(joins.size(), false);
    for (LookWork& look : model_.looks) {
      const Snapshot& s = model_.snapshot_of(look);
      for (size_t i = 0; i < look.group_of.size(); i++) {
        uint32_t& group = look.group_of[i];
        if (group == kNoGroup) continue;
        if (joins[group] != kNoGroup && is_ready(s.goroutines[i])) group = joins[group];
        used[group] = true;
      }
    }
    drop_unused(used);
  }

  static bool is_ready(const Goroutine& g) {
    return g.status == evidence::Status::kRunnable || g.status == evidence::Status::kRunning ||
           g.status == evidence::Status::kUnknown;
  }

  void drop_unused(const std::vector<bool>& used) {
    if (std::find(used.begin(), used.end(), false) == used.end()) return;
    std::vector<uint32_t> now(used.size(), kNoGroup);
    uint32_t kept = 0;
    for (uint32_t g = 0; g < used.size(); g++) {
      if (!used[g]) continue;
      now[g] = kept;
      if (g != kept) model_.groups[kept] = std::move(model_.groups[g]);
      kept++;
    }
    model_.groups.resize(kept);
    for (LookWork& look : model_.looks) {
      for (uint32_t& group : look.group_of) {
        if (group != kNoGroup) group = now[group];
      }
    }
  }

  void note_total(uint32_t group, uint64_t count) {
    total_[group] += count;
    GroupKey key = keys_[group];
    key.creator = {};
    auto [slot, added] = without_creator_.try_emplace(key, group);
    if (!added && total_[slot->second] < total_[group]) slot->second = group;
  }

  void list_members(LookWork& look) {
    const Snapshot& s = model_.snapshot_of(look);
    size_t groups = model_.groups.size();
    look.counts.assign(groups, 0);
    look.first_member.assign(groups + 1, 0);
    for (size_t i = 0; i < look.group_of.size(); i++) {
      uint32_t group = look.group_of[i];
      if (group == kNoGroup) continue;
      look.counts[group] += s.goroutines[i].count;
      look.first_member[group + 1]++;
    }
    for (size_t i = 0; i < groups; i++) look.first_member[i + 1] += look.first_member[i];
    look.members.resize(look.first_member[groups]);
    std::vector<uint32_t> next(look.first_member.begin(), look.first_member.end() - 1);
    auto add = [&](uint32_t goroutine) {
      uint32_t group = look.group_of[goroutine];
      if (group != kNoGroup) look.members[next[group]++] = goroutine;
    };
    for (const LookWork::ById& x : look.by_id) add(x.goroutine);
    bool some_without_id = look.by_id.size() < s.goroutines.size();
    for (uint32_t i = 0; some_without_id && i < s.goroutines.size(); i++) {
      if (s.goroutines[i].id == 0 || look.by_id.empty()) add(i);
    }
  }

  Model& model_;
  std::vector<GroupKey> keys_;  // of the groups
  GroupsByKey by_key_, without_creator_;
  std::vector<uint64_t> total_;  // for each group, over the dumps
};

// Counts keys. Neighbours are mostly equal, so the last one is kept at hand; most groups have few
// different ones, so the first ones are in a list.
class Counter {
 public:
  using Counts = absl::InlinedVector<std::pair<uint64_t, uint64_t>, 4>;

  void add(uint64_t key, uint64_t count) {
    if (key != last_) flush();
    last_ = key;
    pending_ += count;
  }
  // Most frequent first, then by key.
  Counts sorted() {
    flush();
    Counts out = few_;
    out.insert(out.end(), many_.begin(), many_.end());
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tuple(b.second, a.first) < std::tuple(a.second, b.first);
    });
    return out;
  }

 private:
  static constexpr size_t kFew = 8;

  void flush() {
    if (pending_ != 0) slot() += pending_;
    pending_ = 0;
  }
  uint64_t& slot() {
    for (auto& [key, count] : few_) {
      if (key == last_) return count;
    }
    if (few_.size() == kFew) return many_[last_];
    return few_.emplace_back(last_, 0).second;
  }

  Counts few_;
  absl::flat_hash_map<uint64_t, uint64_t> many_;  // what is not among the few
  uint64_t last_ = 0, pending_ = 0;
};

// A goroutine's state as one number, and as the evidence prints it.
uint64_t state_key(const Goroutine& g) {
  return uint64_t{g.state_text.raw} << 16 | uint64_t{static_cast<uint8_t>(g.reason)} << 8 |
         static_cast<uint8_t>(g.status);
}

std::string_view state_text(const Model& model, uint64_t key) {
  StringId text(static_cast<uint32_t>(key >> 16));
  auto reason = static_cast<evidence::WaitReason>(key >> 8 & 0xFF);
  if (text.exists()) return model.evidence.symbols.text(text);
  if (reason != evidence::WaitReason::kNone) return text_of(reason);
  return text_of(static_cast<evidence::Status>(key & 0xFF));
}

class Description {
 public:
  Description(Model& model, GroupWork& work, uint32_t group)
      : model_(model), work_(work), look_(model.looks[work.look]), group_(group) {}

  void run() {
    const Snapshot& s = model_.snapshot_of(look_);
    for (uint32_t i : look_.members_of(group_)) add(s.goroutines[i]);
    Group& out = work_.out;
    out.count = look_.counts[group_];
    auto stacks = stacks_.sorted();
    if (stacks.empty()) return;
    out.stack = StackId(static_cast<uint32_t>(stacks[0].first));
    out.stacks = static_cast<uint32_t>(stacks.size());
    out.blocking_frame = model_.signatures.of(out.stack).shown;
    out.reason = reason();
    if (auto all = created_by_.sorted(); !all.empty()) {
      out.created_by = FrameId(static_cast<uint32_t>(all[0].first));
    }
    std::sort(creators_.begin(), creators_.end());
    creators_.erase(std::unique(creators_.begin(), creators_.end()), creators_.end());
    out.creators = static_cast<uint32_t>(creators_.size());
    add_states();
    add_labels();
    out.stack_bytes = out.count * 2048;
  }

 private:
  void add(const Goroutine& g) {
    Group& out = work_.out;
    stacks_.add(g.stack.raw, g.count);
    reasons_.add(static_cast<uint8_t>(model_.signatures.reason_of(g)), g.count);
    states_.add(state_key(g), g.count);
    if (g.created_by.exists()) created_by_.add(g.created_by.raw, g.count);
    if (g.creator_id != 0) creators_.push_back(g.creator_id);
    if (g.labels.exists()) labels_.add(g.labels.raw, g.count);
    if (g.flags & evidence::kLeaked || look_.only_leaked) out.leaked += g.count;
    if (g.flags & evidence::kLockedToThread) out.locked_to_thread += g.count;
    if (g.id != 0 && out.examples.size() < kExamples) out.examples.push_back(g.id);
  }

  // Of most; of those that wait, where some of the group were woken.
  evidence::WaitReason reason() {
    auto all = reasons_.sorted();
    for (const auto& [reason, count] : all) {
      auto known = static_cast<evidence::WaitReason>(reason);
      if (wait_of(known) == work_.key.wait) return known;
    }
    return static_cast<evidence::WaitReason>(all[0].first);
  }

  static bool is_woken(uint64_t state) {
    auto status = static_cast<evidence::Status>(state & 0xFF);
    return status == evidence::Status::kRunnable || status == evidence::Status::kRunning;
  }

  void add_states() {
    Group& out = work_.out;
    auto all = states_.sorted();
    // Those that were woken are there to wait, too.
    if (work_.key.wait != Wait::kNone) {
      std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tuple(is_woken(a.first), b.second, a.first) <
               std::tuple(is_woken(b.first), a.second, b.first);
      });
    }
    out.status = static_cast<evidence::Status>(all[0].first & 0xFF);
    for (const auto& [key, count] : all) {
      std::string_view text = state_text(model_, key);
      if (!text.empty()) out.states.emplace_back(text, count);
    }
  }

  void add_labels() {
    std::map<std::pair<uint32_t, uint32_t>, uint64_t> pairs;
    for (const auto& [set, count] : labels_.sorted()) {
      for (const evidence::Label& l :
           model_.evidence.symbols[LabelsId(static_cast<uint32_t>(set))]) {
        pairs[{l.key.raw, l.value.raw}] += count;
      }
    }
    auto& out = work_.out.labels;
    for (const auto& [pair, count] : pairs) {
      out.push_back({{StringId(pair.first), StringId(pair.second)}, count});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tuple(b.second, a.first.key, a.first.value) <
             std::tuple(a.second, b.first.key, b.first.value);
    });
    if (out.size() > kLabels) out.resize(kLabels);
  }

  Model& model_;
  GroupWork& work_;
  const LookWork& look_;
  uint32_t group_;
  Counter stacks_, created_by_, labels_, reasons_, states_;
  std::vector<uint64_t> creators_;
};

// The look whose members speak for the group: the last one that shows it, of the process in which
// it grew most; of the base only when nothing else has it, of a leak profile only then too.
uint32_t speaking_look(const Model& model, uint32_t group) {
  if (model.looks.size() == 1) return 0;
  struct Seen {
    uint64_t first = 0;
    std::optional<uint32_t> last;
  };
  std::map<uint32_t, Seen> of_process;
  for (uint32_t l = 0; l < model.looks.size(); l++) {
    const LookWork& look = model.looks[l];
    if (!look.shown) continue;
    auto [slot, added] = of_process.try_emplace(look.process);
    if (added) slot->second.first = look.counts[group];
    if (look.counts[group] > 0) slot->second.last = l;
  }
  std::optional<uint32_t> best;
  std::tuple<int64_t, uint64_t, uint32_t> most;
  for (const auto& [process, seen] : of_process) {
    if (!seen.last) continue;
    uint64_t count = model.looks[*seen.last].counts[group];
    std::tuple now(static_cast<int64_t>(count - seen.first), count, *seen.last);
    if (best && now < most) continue;
    best = seen.last;
    most = now;
  }
  if (best) return *best;
  for (uint32_t l = 0; l < model.looks.size(); l++) {
    if (model.looks[l].counts[group] > 0) best = l;
  }
  return best.value_or(0);
}

}  // namespace

void make_groups(Model& model) { Grouping(model).run(); }

void describe_groups(Model& model) {
  for (uint32_t g = 0; g < model.groups.size(); g++) {
    GroupWork& work = model.groups[g];
    work.look = speaking_look(model, g);
    if (!model.looks.empty()) work.out.process = model.looks[work.look].process;
    Description(model, work, g).run();
    for (const LookWork& look : model.looks) {
      if (look.only_leaked) work.out.leaked = std::max(work.out.leaked, look.counts[g]);
    }
    // The leak profile is a look of its own, later than the last one: more may have come.
    if (work.out.count > 0) work.out.leaked = std::min(work.out.leaked, work.out.count);
  }
}

}  // namespace unpark::diagnose
