#include "diagnose/looks.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "diagnose/processes.h"
#include "diagnose/times.h"

namespace unpark::diagnose {

namespace {

using evidence::Goroutine;
using evidence::Snapshot;
using evidence::SnapshotKind;

bool has_blocks(SnapshotKind kind) {
  return kind == SnapshotKind::kGoroutineDump || kind == SnapshotKind::kCrash;
}

bool shows_goroutines(const Snapshot& s) {
  switch (s.kind) {
    case SnapshotKind::kGoroutineDump:
    case SnapshotKind::kCrash:
    case SnapshotKind::kGoroutineProfile:
    case SnapshotKind::kLeakProfile:
      return !s.goroutines.empty();
    default:
      return false;
  }
}

std::vector<LookWork::ById> ids_of(const Snapshot& s) {
  std::vector<LookWork::ById> out;
  if (!has_blocks(s.kind)) return out;
  out.reserve(s.goroutines.size());
  for (uint32_t i = 0; i < s.goroutines.size(); i++) {
    if (s.goroutines[i].id != 0) out.push_back({s.goroutines[i].id, i});
  }
  if (!std::is_sorted(out.begin(), out.end())) std::sort(out.begin(), out.end());
  auto same = [](const LookWork::ById& a, const LookWork::ById& b) { return a.id == b.id; };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

bool count_the_same(const Snapshot& profile, const Snapshot& dump) {
  uint64_t a = profile.goroutine_count(), b = dump.goroutine_count();
  uint64_t gap = a > b ? a - b : b - a;
  return gap <= 10 + b / 50;
}

bool same_moment(const Model& model, const Snapshot& profile, const Snapshot& dump) {
  const auto &a = model.time_of(profile), &b = model.time_of(dump);
  if (a && b) {
    if (std::llabs(*a - *b) <= 2'000'000'000) return true;
    // The time of a file is worth less than a time that the evidence itself has.
    if (profile.time_is_own == dump.time_is_own) return false;
  }
  return count_the_same(profile, dump);
}

bool is_profile(const Snapshot& s) { return s.kind == SnapshotKind::kGoroutineProfile; }

void drop_companions(Model& model) {
  auto is_companion = [&](const LookWork& look) {
    const Snapshot& s = model.snapshot_of(look);
    if (!is_profile(s)) return false;
    for (const LookWork& other : model.looks) {
      const Snapshot& dump = model.snapshot_of(other);
      if (other.in_base == look.in_base && has_blocks(dump.kind) && same_moment(model, s, dump)) {
        return true;
      }
    }
    return false;
  };
  std::vector<LookWork> kept;
  for (const LookWork& look : model.looks) {
    if (!is_companion(look)) kept.push_back(look);
  }
  model.looks = std::move(kept);
}

// Profiles that may be from before, between or after the dumps: in a row with them they would make
// counts rise and fall.
void drop_what_has_no_place(Model& model) {
  size_t dumps = 0, timed = 0, dropped = 0;
  for (const LookWork& look : model.looks) {
    bool dump = !look.in_base && has_blocks(model.snapshot_of(look).kind);
    dumps += dump;
    timed += dump && model.time_of(look);
  }
  if (dumps < 2 || timed == dumps) return;
  auto has_no_place = [&](const LookWork& look) {
    const Snapshot& s = model.snapshot_of(look);
    if (look.in_base || !is_profile(s)) return false;
    // In a log the lines say it.
    return std::none_of(model.looks.begin(), model.looks.end(), [&](const LookWork& other) {
      const Snapshot& dump = model.snapshot_of(other);
      return has_blocks(dump.kind) && dump.input == s.input;
    });
  };
  dropped = static_cast<size_t>(std::erase_if(model.looks, has_no_place));
  if (dropped == 0) return;
  model.notes.push_back(fmt::format(
      "{} left out: whether {} taken before or after the dumps is not known",
      dropped == 1 ? "a goroutine profile is" : fmt::format("{} goroutine profiles are", dropped),
      dropped == 1 ? "it was" : "they were"));
}

// A leak profile beside other looks proves what they count, and is no count of its own.
void hide(Model& model) {
  bool others = std::any_of(model.looks.begin(), model.looks.end(),
                            [](const LookWork& l) { return !l.in_base && !l.only_leaked; });
  for (LookWork& look : model.looks) look.shown = !look.in_base && !(look.only_leaked && others);
}

// "dump2.txt" before "dump10.txt".
bool precedes(std::string_view a, std::string_view b) {
  auto digits = [](std::string_view text) {
    size_t end = text.find_first_not_of("0123456789");
    std::string_view number = text.substr(0, end);
    size_t zeros = std::min(number.find_first_not_of('0'), number.size());
    return std::pair(number.substr(zeros), number.size());
  };
  while (!a.empty() && !b.empty()) {
    auto [m, m_size] = digits(a);
    auto [n, n_size] = digits(b);
    if (m_size > 0 && n_size > 0) {
      if (m != n) return std::tuple(m.size(), m) < std::tuple(n.size(), n);
      a.remove_prefix(m_size);
      b.remove_prefix(n_size);
    } else {
      if (a[0] != b[0]) return a[0] < b[0];
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

using Order = std::vector<uint32_t>;  // indices into Model::looks

// As the user named them. Names in the order of their letters come from a directory or a pattern,
// which know no numbers.
Order as_named(const Model& model) {
  auto name = [&](uint32_t look) -> std::string_view {
    return model.evidence.inputs[model.snapshot_of(model.looks[look]).input.raw].name;
  };
  Order out(model.looks.size());
  std::iota(out.begin(), out.end(), 0);
  if (std::is_sorted(out.begin(), out.end(),
                     [&](uint32_t a, uint32_t b) { return name(a) < name(b); })) {
    std::sort(out.begin(), out.end(), [&](uint32_t a, uint32_t b) {
      if (precedes(name(a), name(b))) return true;
      return !precedes(name(b), name(a)) && a < b;
    });
  }
  return out;
}

// Dumps in the order of their largest ids, at the places of dumps; empty when that contradicts the
// order inside one input.
Order by_ids(const Model& model, const Order& named) {
  Order out = named;
  std::vector<std::tuple<uint64_t, size_t, uint32_t>> dumps;  // largest id, place, look
  for (uint32_t look : named) {
    const auto& ids = model.looks[look].by_id;
    if (!ids.empty()) dumps.emplace_back(ids.back().id, dumps.size(), look);
  }
  std::sort(dumps.begin(), dumps.end());
  absl::flat_hash_map<uint32_t, uint32_t> last;  // of each input, the look that was placed last
  for (const auto& [id, place, look] : dumps) {
    uint32_t input = model.snapshot_of(model.looks[look]).input.raw;
    auto [slot, first] = last.try_emplace(input, look);
    if (!first && slot->second > look) return {};
    slot->second = look;
  }
  auto next = dumps.begin();
  for (uint32_t& look : out) {
    if (!model.looks[look].by_id.empty()) look = std::get<2>(*next++);
  }
  return out;
}

void put_in_order(const Order& order, Model& model) {
  std::vector<LookWork> looks;
  looks.reserve(order.size());
  for (uint32_t look : order) looks.push_back(std::move(model.looks[look]));
  model.looks = std::move(looks);
}

// The order of the arguments, or that of the ids where the looks would otherwise be of more
// processes, or goroutines would come back.
void order_without_times(Model& model) {
  Order order = as_named(model);
  if (Order other = by_ids(model, order); !other.empty() && other != order) {
    Succession named = succession_of(model, order), by_id = succession_of(model, other);
    if (std::tuple(by_id.processes, by_id.come_backs) <
        std::tuple(named.processes, named.come_backs)) {
      order = std::move(other);
    }
  }
  put_in_order(order, model);
}

// As many profiles that know their times as dumps that do not, each counting what its dump counts:
// they were taken together.
void take_times_of_profiles(Model& model) {
  std::vector<uint32_t> dumps, profiles;  // snapshots
  for (const LookWork& look : model.looks) {
    const Snapshot& s = model.snapshot_of(look);
    if (has_blocks(s.kind) && !model.time_of(look)) dumps.push_back(look.snapshot);
    if (is_profile(s) && s.time_is_own) profiles.push_back(look.snapshot);
  }
  if (dumps.empty() || dumps.size() != profiles.size()) return;
  std::sort(profiles.begin(), profiles.end(), [&](uint32_t a, uint32_t b) {
    return std::tuple(*model.times[a], a) < std::tuple(*model.times[b], b);
  });
  const auto& snapshots = model.evidence.snapshots;
  for (size_t i = 0; i < dumps.size(); i++) {
    if (!count_the_same(snapshots[profiles[i]], snapshots[dumps[i]])) return;
  }
  for (size_t i = 0; i < dumps.size(); i++) model.times[dumps[i]] = model.times[profiles[i]];
}

bool have_times(const Model& model) {
  return std::all_of(model.looks.begin(), model.looks.end(),
                     [&](const LookWork& l) { return model.time_of(l).has_value(); });
}

// By time where all have one; as they are otherwise.
void sort_looks(Model& model) {
  bool timed = have_times(model);
  auto key = [&](uint32_t i) {
    const LookWork& l = model.looks[i];
    bool mere_proof = l.only_leaked && !l.shown;
    return std::tuple(!mere_proof, !l.in_base, timed ? *model.time_of(l) : 0, i);
  };
  Order order(model.looks.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  put_in_order(order, model);
}

void note_times(const std::string& why, Model& model) {
  std::vector<uint32_t> looks_of;
  for (const LookWork& look : model.looks) {
    if (look.only_leaked) continue;
    looks_of.resize(std::max<size_t>(looks_of.size(), look.process + 1));
    looks_of[look.process]++;
  }
  bool series = std::any_of(looks_of.begin(), looks_of.end(), [](uint32_t n) { return n > 1; });
  if (why.empty() || !series || have_times(model)) return;
  model.notes.push_back(fmt::format(
      "the times of the files are not those of the looks: {}; growth is told per look", why));
}

void note_programs(Model& model) {
  uint32_t programs = 0;
  for (const LookWork& look : model.looks) {
    if (look.shown) programs = std::max(programs, look.program + 1);
  }
  if (programs < 2) return;
  model.notes.push_back(fmt::format(
      "the looks are at {} different programs, whose counts are not compared", programs));
}

}  // namespace

void find_looks(size_t base_end, Model& model) {
  const auto& snapshots = model.evidence.snapshots;
  for (uint32_t i = 0; i < snapshots.size(); i++) {
    if (!shows_goroutines(snapshots[i])) continue;
    LookWork look;
    look.snapshot = i;
    look.in_base = i < base_end;
    look.only_leaked = snapshots[i].kind == SnapshotKind::kLeakProfile;
    look.by_id = ids_of(snapshots[i]);
    model.looks.push_back(std::move(look));
  }
  std::string doubt = believe_times(model);
  if (!have_times(model)) {
    order_without_times(model);
    take_times_of_profiles(model);
  }
  drop_companions(model);
  drop_what_has_no_place(model);
  hide(model);
  sort_looks(model);
  Order order(model.looks.size());
  std::iota(order.begin(), order.end(), 0);
  Succession succession = succession_of(model, order);
  for (uint32_t i : order) model.looks[i].process = succession.process[i];
  tell_programs_apart(model);
  note_times(doubt, model);
  note_programs(model);
}

}  // namespace unpark::diagnose
