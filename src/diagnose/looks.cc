#include "diagnose/looks.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

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

// Ids in common whose goroutines were started at different places, against those at equal ones.
bool ids_contradict(const Model& model, const LookWork& a, const LookWork& b) {
  const auto& of_a = model.snapshot_of(a).goroutines;
  const auto& of_b = model.snapshot_of(b).goroutines;
  size_t equal = 0, different = 0, j = 0;
  for (const LookWork::ById& x : a.by_id) {
    while (j < b.by_id.size() && b.by_id[j].id < x.id) j++;
    if (j == b.by_id.size()) break;
    if (b.by_id[j].id != x.id) continue;
    const Goroutine& p = of_a[x.goroutine];
    const Goroutine& q = of_b[b.by_id[j].goroutine];
    if (!p.created_by.exists() || !q.created_by.exists()) continue;
    (p.created_by == q.created_by ? equal : different)++;
  }
  return different > 2 && different > equal;
}

// The largest id falls by more than what end of the youngest goroutines explains: ids are handed
// out in batches, and the youngest are those that end first. A restart begins below a few hundred,
// or far below what was seen.
bool ids_fall(const LookWork& before, const LookWork& after) {
  if (before.by_id.empty() || after.by_id.empty()) return false;
  uint64_t was = before.by_id.back().id, is = after.by_id.back().id;
  if (is >= was) return false;
  // Ids below `was` in the later look that the earlier one lacks, though they were handed out by
  // then: goroutines do not come back.
  size_t missing = 0, common = 0, j = 0;
  for (const LookWork::ById& x : after.by_id) {
    while (j < before.by_id.size() && before.by_id[j].id < x.id) j++;
    bool there = j < before.by_id.size() && before.by_id[j].id == x.id;
    (there ? common : missing)++;
  }
  return missing > common || missing > 32;
}

bool may_be_one_process(const Model& model, const LookWork& a, const LookWork& b) {
  const evidence::Process& p = model.snapshot_of(a).process;
  const evidence::Process& q = model.snapshot_of(b).process;
  if (!p.build_id.empty() && !q.build_id.empty() && p.build_id != q.build_id) return false;
  if (p.start_ns && q.start_ns && std::llabs(*p.start_ns - *q.start_ns) > 2'000'000'000) {
    return false;
  }
  if (!p.go_version.empty() && !q.go_version.empty() && p.go_version != q.go_version) return false;
  return !ids_fall(a, b) && !ids_contradict(model, a, b);
}

size_t common_ids(const LookWork& a, const LookWork& b) {
  size_t common = 0, j = 0;
  for (const LookWork::ById& x : a.by_id) {
    while (j < b.by_id.size() && b.by_id[j].id < x.id) j++;
    common += j < b.by_id.size() && b.by_id[j].id == x.id;
  }
  return common;
}

// How far back a look is compared with others: looks at many processes in turn are rarely more.
constexpr uint32_t kBack = 16;

// Each look follows the one before it that it has most goroutines in common with and does not
// contradict; a better follower replaces one that had less in common.
void tell_processes_apart(Model& model) {
  constexpr uint32_t kNobody = UINT32_MAX;
  uint32_t count = static_cast<uint32_t>(model.looks.size());
  std::vector<uint32_t> follower(count, kNobody), followed(count, kNobody);
  std::vector<size_t> shared(count, 0);  // with the follower
  for (uint32_t i = 1; i < count; i++) {
    if (model.looks[i].only_leaked && !model.looks[i].shown) continue;
    uint32_t best = kNobody;
    size_t most = 0;
    for (uint32_t j = i; j-- > (i > kBack ? i - kBack : 0);) {
      if (model.looks[j].only_leaked && !model.looks[j].shown) continue;
      if (!may_be_one_process(model, model.looks[j], model.looks[i])) continue;
      size_t common = common_ids(model.looks[j], model.looks[i]);
      bool free = follower[j] == kNobody || shared[j] < common;
      if (!free || (best != kNobody && common <= most)) continue;
      best = j;
      most = common;
    }
    if (best == kNobody) continue;
    if (follower[best] != kNobody) followed[follower[best]] = kNobody;
    follower[best] = i;
    followed[i] = best;
    shared[best] = most;
  }
  uint32_t processes = 0;
  for (bool proof : {false, true}) {
    for (uint32_t i = 0; i < count; i++) {
      LookWork& look = model.looks[i];
      if ((look.only_leaked && !look.shown) != proof) continue;
      bool first = followed[i] == kNobody;
      look.process = first ? processes++ : model.looks[followed[i]].process;
    }
  }
}

bool same_moment(const Snapshot& profile, const Snapshot& dump) {
  if (profile.time_ns && dump.time_ns) {
    if (std::llabs(*profile.time_ns - *dump.time_ns) <= 2'000'000'000) return true;
    // The time of a file is worth less than a time that the evidence itself has.
    if (profile.time_is_own == dump.time_is_own) return false;
  }
  uint64_t a = profile.goroutine_count(), b = dump.goroutine_count();
  uint64_t gap = a > b ? a - b : b - a;
  return gap <= 10 + b / 50;
}

void drop_companions(Model& model) {
  auto is_companion = [&](const LookWork& look) {
    const Snapshot& s = model.snapshot_of(look);
    if (s.kind != SnapshotKind::kGoroutineProfile) return false;
    for (const LookWork& other : model.looks) {
      const Snapshot& dump = model.snapshot_of(other);
      if (other.in_base == look.in_base && has_blocks(dump.kind) && same_moment(s, dump)) {
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

// A leak profile beside other looks proves what they count, and is no count of its own.
void hide(Model& model) {
  bool others = std::any_of(model.looks.begin(), model.looks.end(),
                            [](const LookWork& l) { return !l.in_base && !l.only_leaked; });
  for (LookWork& look : model.looks) look.shown = !look.in_base && !(look.only_leaked && others);
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
    model.looks.push_back(std::move(look));
  }
  drop_companions(model);
  hide(model);
  // By time where all have one; what the user named in order stays in order otherwise.
  bool timed = std::all_of(model.looks.begin(), model.looks.end(), [&](const LookWork& l) {
    return model.snapshot_of(l).time_ns.has_value();
  });
  auto time = [&](const LookWork& l) { return timed ? *model.snapshot_of(l).time_ns : 0; };
  auto key = [&](const LookWork& l) {
    bool mere_proof = l.only_leaked && !l.shown;
    return std::tuple(!mere_proof, !l.in_base, time(l), l.snapshot);
  };
  std::sort(model.looks.begin(), model.looks.end(),
            [&](const LookWork& a, const LookWork& b) { return key(a) < key(b); });
  for (LookWork& look : model.looks) look.by_id = ids_of(model.snapshot_of(look));
  tell_processes_apart(model);
}

}  // namespace unpark::diagnose
