// Ids are never given twice and rise with time, except that each processor hands them out from
// batches of sixteen. So two sorted lists of ids merged once tell who survived, and the largest id
// of a look says that whoever has a larger one was started after it.
#include "diagnose/series.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "diagnose/growth.h"

namespace unpark::diagnose {

namespace {

using evidence::Goroutine;

constexpr int64_t kMinute = 60'000'000'000;

// Calls `f(a, b)` for every id of either look; the other is null where only one has it.
template <typename F>
void merge(const LookWork& a, const LookWork& b, F f) {
  auto i = a.by_id.begin(), j = b.by_id.begin();
  while (i != a.by_id.end() || j != b.by_id.end()) {
    if (j == b.by_id.end() || (i != a.by_id.end() && i->id < j->id)) {
      f(&*i++, nullptr);
    } else if (i == a.by_id.end() || j->id < i->id) {
      f(nullptr, &*j++);
    } else {
      f(&*i++, &*j++);
    }
  }
}

class Following {
 public:
  explicit Following(Model& model) : model_(model) {
    uint32_t processes = 0;
    for (const LookWork& l : model.looks) processes = std::max(processes, l.process + 1);
    of_process_.resize(processes);
    for (uint32_t i = 0; i < model.looks.size(); i++) {
      if (!model.looks[i].only_leaked) of_process_[model.looks[i].process].push_back(i);
      hidden_ += !model.looks[i].shown;
    }
  }

  void run() {
    size_t published = model_.looks.size() - hidden_;
    for (GroupWork& g : model_.groups) {
      g.out.looks.resize(published);
      if (model_.looks.size() < 2) continue;
      g.arrived.assign(model_.looks.size(), 0);
      g.stayed.assign(model_.looks.size(), 0);
    }
    for (size_t l = hidden_; l < model_.looks.size(); l++) {
      for (size_t g = 0; g < model_.groups.size(); g++) {
        model_.groups[g].out.looks[l - hidden_].count = model_.looks[l].counts[g];
      }
    }
    for (const std::vector<uint32_t>& looks : of_process_) follow_ids(looks);
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      measure_growth(g);
      measure_ages(g);
    }
    count_base();
  }

 private:
  GroupLook* published(uint32_t look, uint32_t group) {
    if (look < hidden_ || group == kNoGroup) return nullptr;
    return &model_.groups[group].out.looks[look - hidden_];
  }

  void follow_ids(const std::vector<uint32_t>& looks) {
    std::vector<uint32_t> dumps;
    for (uint32_t l : looks) {
      if (!model_.looks[l].by_id.empty()) dumps.push_back(l);
    }
    for (size_t i = 1; i < dumps.size(); i++) {
      const LookWork& before = model_.looks[dumps[i - 1]];
      const LookWork& now = model_.looks[dumps[i]];
      compare(before, now, dumps[i]);
      follow_arrivals(before, now, model_.looks[dumps.back()], dumps[i]);
    }
  }

  void compare(const LookWork& before, const LookWork& now, uint32_t look) {
    if (GroupLook* first = published(look, 0); first != nullptr) {
      for (GroupWork& g : model_.groups) g.out.looks[look - hidden_].ids_known = true;
    }
    merge(before, now, [&](const LookWork::ById* a, const LookWork::ById* b) {
      uint32_t was = a == nullptr ? kNoGroup : before.group_of[a->goroutine];
      uint32_t is = b == nullptr ? kNoGroup : now.group_of[b->goroutine];
      if (was == is) {
        if (GroupLook* g = published(look, is)) g->survivors++;
        return;
      }
      if (GroupLook* g = published(look, was)) g->deaths++;
      if (GroupLook* g = published(look, is)) g->births++;
    });
  }

  // Goroutines that this look is the first to show, and where the last look has them.
  void follow_arrivals(const LookWork& before, const LookWork& now, const LookWork& last,
                       uint32_t look) {
    auto at_last = last.by_id.begin();
    merge(before, now, [&](const LookWork::ById* a, const LookWork::ById* b) {
      if (a != nullptr || b == nullptr) return;
      uint32_t group = now.group_of[b->goroutine];
      if (group == kNoGroup) return;
      model_.groups[group].arrived[look]++;
      while (at_last != last.by_id.end() && at_last->id < b->id) ++at_last;
      bool there = at_last != last.by_id.end() && at_last->id == b->id;
      if (there && last.group_of[at_last->goroutine] == group) {
        model_.groups[group].stayed[look]++;
      }
    });
  }

  void measure_growth(uint32_t group) {
    GroupWork& g = model_.groups[group];
    if (model_.looks.empty()) return;
    const std::vector<uint32_t>& looks = of_process_[model_.looks[g.look].process];
    std::vector<double> values;
    std::vector<std::optional<int64_t>> times;
    size_t dumps = 0;
    for (uint32_t l : looks) {
      values.push_back(static_cast<double>(model_.looks[l].counts[group]));
      times.push_back(model_.time_of(model_.looks[l]));
      dumps += !model_.looks[l].by_id.empty();
    }
    Growth& out = g.out.growth;
    out = growth_of(values, times);
    if (out.tested || values.size() < 2) return;
    out.tested = dumps >= 2;
    out.significant = rises_in_two(values.front(), values.back());
  }

  void measure_ages(uint32_t group) {
    GroupWork& g = model_.groups[group];
    if (model_.looks.empty()) return;
    const LookWork& look = model_.looks[g.look];
    const evidence::Snapshot& s = model_.snapshot_of(look);
    Ages& out = g.out.ages;
    absl::flat_hash_map<uint32_t, uint64_t> minutes;  // how many are how old
    for (uint32_t i : look.members_of(group)) {
      const Goroutine& one = s.goroutines[i];
      bool exact = false;
      std::optional<uint32_t> age = age_of(one, look, &exact);
      if (!age) {
        out.unknown += one.count;
        continue;
      }
      out.count[bucket_of(*age)] += one.count;
      if (!exact) out.lower_bounds += one.count;
      minutes[*age] += one.count;
    }
    if (minutes.empty()) return;
    std::vector<std::pair<uint32_t, uint64_t>> sorted(minutes.begin(), minutes.end());
    std::sort(sorted.begin(), sorted.end());
    out.oldest_minutes = sorted.back().first;
    uint64_t all = 0, half = 0;
    for (const auto& m : sorted) all += m.second;
    for (const auto& m : sorted) {
      half += m.second;
      out.median_minutes = m.first;
      if (half * 2 >= all) break;
    }
  }

  static size_t bucket_of(uint32_t minutes) {
    constexpr uint32_t kBounds[] = {1, 10, 60, 360, 1440};
    return static_cast<size_t>(std::upper_bound(std::begin(kBounds), std::end(kBounds), minutes) -
                               std::begin(kBounds));
  }

  // From the minutes it waits, which are a lower bound, and from the look that showed it first.
  std::optional<uint32_t> age_of(const Goroutine& g, const LookWork& look, bool* exact) const {
    std::optional<uint32_t> age;
    if (g.minutes != Goroutine::kNotShown) age = g.minutes;
    const auto& now = model_.time_of(look);
    if (g.id == 0 || !now) return age;
    // `after`: the first look whose largest id reaches its own; it was started before that look.
    std::optional<int64_t> started_before, started_after;
    for (uint32_t l : of_process_[look.process]) {
      const LookWork& other = model_.looks[l];
      const auto& time = model_.time_of(other);
      if (other.by_id.empty() || !time || *time > *now) continue;
      if (other.by_id.back().id >= g.id) {
        started_before = *time;
        break;
      }
      started_after = *time;
    }
    if (!started_before) return age;
    uint32_t least =
        static_cast<uint32_t>(std::max<int64_t>(0, (*now - *started_before) / kMinute));
    *exact = started_after.has_value();
    if (!*exact && least == 0) return age;
    return std::max(age.value_or(0), least);
  }

  const LookWork* last_of_base() const {
    const LookWork* last = nullptr;
    for (const LookWork& l : model_.looks) {
      if (l.in_base && !l.only_leaked) last = &l;
    }
    return last;
  }

  bool is_there_now(uint32_t group) const {
    for (size_t l = hidden_; l < model_.looks.size(); l++) {
      if (model_.looks[l].counts[group] > 0) return true;
    }
    return false;
  }

  // A group of another build is the same where functions are, whatever their lines.
  using Loose = std::tuple<uint32_t, uint32_t, Wait, bool>;
  Loose loose(uint32_t group) const {
    const GroupKey& k = model_.groups[group].key;
    return {k.place.function, k.creator.function, k.wait, k.first};
  }

  void count_base() {
    const LookWork* base = last_of_base();
    if (base == nullptr) return;
    std::map<Loose, uint64_t> gone;
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      if (base->counts[g] > 0 && !is_there_now(g)) gone[loose(g)] += base->counts[g];
    }
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      uint64_t count = base->counts[g];
      auto moved = gone.find(loose(g));
      if (count == 0 && moved != gone.end()) {
        count = moved->second;
        gone.erase(moved);
      }
      model_.groups[g].out.base_count = static_cast<int64_t>(count);
    }
  }

  Model& model_;
  std::vector<std::vector<uint32_t>> of_process_;
  size_t hidden_ = 0;
};

}  // namespace

void follow_groups(Model& model) { Following(model).run(); }

}  // namespace unpark::diagnose
