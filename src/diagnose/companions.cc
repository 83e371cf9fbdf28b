// Kinds are compared, not groups: a goroutine that reads is at times ready to run, or busy with
// what it has read, and then in another group; it is still one reader. Counts of kinds are made
// when first asked for, by one walk over each look.
#include "diagnose/companions.h"

#include <algorithm>
#include <cmath>

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;
using evidence::StackId;

constexpr uint64_t kFewReaders = 10;
constexpr double kMostForOne = 4.5;
constexpr double kRises = 1.8;

bool waits_for_companion(Wait wait) {
  return wait == Wait::kReceive || wait == Wait::kSelect || wait == Wait::kCond;
}

}  // namespace

Companions::Companions(Model& model) : model_(model), counts_(model.looks.size()) {
  for (uint32_t g = 0; g < model_.groups.size(); g++) {
    const GroupWork& work = model_.groups[g];
    bool outside = work.key.wait == Wait::kNetwork ||
                   (is_sync(work.key.wait) && work.out.mechanism == Mechanism::kSlowOutside);
    bool reads = outside && work.out.count >= kFewReaders;
    if (reads && work.out.mechanism != Mechanism::kListenerNeverClosed &&
        work.out.mechanism != Mechanism::kTransportPerCall) {
      readers_.push_back(g);
    }
  }
}

Companions::Kind Companions::kind_of(StackId stack) {
  if (!stack.exists()) return kNoKind;
  if (stack.raw >= kinds_.size()) kinds_.resize(size_t{stack.raw} + 1);
  std::optional<Kind>& kind = kinds_[stack.raw];
  if (!kind) kind = find_kind(stack);
  return *kind;
}

Companions::Kind Companions::find_kind(StackId stack) {
  Kind out = kNoKind;
  std::span<const FrameId> frames = model_.signatures.symbols()[stack];
  for (size_t i = frames.size(); i-- > 0;) {
    if (model_.signatures.symbols()[frames[i]].is_elision()) continue;
    const Function& f = model_.signatures.names().of(frames[i]);
    if (f.home == Home::kRuntime || f.home == Home::kWaiting) continue;
    if (out != kNoKind) return out | (Kind{f.id} + 1);
    out = (Kind{f.id} + 1) << 32;
    if (f.home == Home::kUser) users_.insert(out);
  }
  return out;
}

uint64_t Companions::count_of(uint32_t look, Kind kind) {
  auto& counts = counts_[look];
  if (counts.empty()) {
    const LookWork& work = model_.looks[look];
    const Snapshot& s = model_.snapshot_of(work);
    absl::flat_hash_map<uint32_t, uint64_t> of_stack;
    for (size_t i = 0; i < work.group_of.size(); i++) {
      if (work.group_of[i] != kNoGroup) {
        of_stack[s.goroutines[i].stack.raw] += s.goroutines[i].count;
      }
    }
    for (const auto& [stack, count] : of_stack) {
      Kind of = kind_of(StackId(stack));
      counts[of & kOutermost] += count;
      if (of != (of & kOutermost)) counts[of] += count;
    }
  }
  auto found = counts.find(kind);
  return found == counts.end() ? 0 : found->second;
}

bool Companions::of_readers(uint32_t group) {
  const GroupWork& g = model_.groups[group];
  if (!waits_for_companion(g.key.wait)) return false;
  // Connections that a client has opened are no load, and as many as the client's: asked instead is
  // whether who made the client is still there.
  bool profile = model_.looks[g.look].by_id.empty();
  if (g.out.mechanism == Mechanism::kClientUnclosed && !profile) return false;
  if (clients_wait(group)) return true;
  // A request whose handler can only receive is no long poll: nothing ends it when the client goes.
  bool handler = model_.signatures.of(g.out.stack).serves_request;
  if (handler && g.key.wait == Wait::kReceive) return profile && rises_with_load(group);
  if (handler && g.key.wait == Wait::kCond) return false;
  bool related = std::any_of(readers_.begin(), readers_.end(), [&](uint32_t r) {
    Kind kind = kind_of_group(group), reader = kind_of_group(r);
    bool one_start = (kind & kOutermost) == (reader & kOutermost);
    Kind mask = one_start ? UINT64_MAX : kOutermost;
    kind &= mask;
    reader &= mask;
    if (reader != kind && in_proportion(g.look, kind, reader)) return are_related(group, reader);
    return false;
  });
  return related || rises_with_load(group);
}

// About as many for each reader, of all that there are, in every look, and in the last third of
// them as in the first, while the load rose to twice what it was. Profiles do not tell who stayed:
// there one kind of readers will do, and counts that vary more.
bool Companions::rises_with_load(uint32_t group) {
  bool profile = model_.looks[model_.groups[group].look].by_id.empty();
  absl::flat_hash_set<Kind> kinds;
  for (uint32_t r : readers_) {
    if (r != group) kinds.insert(kind_of_group(r) & kOutermost);
  }
  if (rises_with(group, kinds, profile ? 1.5 : 1.25)) return true;
  return profile && std::any_of(kinds.begin(), kinds.end(),
                                [&](Kind k) { return rises_with(group, {k}, 1.5); });
}

bool Companions::rises_with(uint32_t group, const absl::flat_hash_set<Kind>& readers, double most) {
  double first_of = 0, first = 0, last_of = 0, last = 0;
  std::vector<uint32_t> looks = looks_beside(model_.groups[group].look);
  size_t third = std::max<size_t>(1, looks.size() / 3);
  for (size_t i = 0; i < third && looks.size() > 1; i++) {
    uint32_t a = looks[i], b = looks[looks.size() - 1 - i];
    first += static_cast<double>(model_.looks[a].counts[group]);
    last += static_cast<double>(model_.looks[b].counts[group]);
    for (Kind k : readers) {
      first_of += static_cast<double>(count_of(a, k));
      last_of += static_cast<double>(count_of(b, k));
    }
  }
  if (last_of < kRises * first_of || first_of * first * last == 0) return false;
  double change = (last / last_of) / (first / first_of);
  if (change >= most || change <= 1 / most) return false;
  size_t may_differ = looks.size() / 5;
  return std::all_of(looks.begin(), looks.end(), [&](uint32_t l) {
    double load = 0;
    for (Kind k : readers) load += static_cast<double>(count_of(l, k));
    load *= last / last_of;
    double gap = std::abs(static_cast<double>(model_.looks[l].counts[group]) - load);
    return gap <= std::max(5.0, load / 2) || may_differ-- > 0;
  });
}

bool Companions::of_their_creators(uint32_t group) {
  const GroupWork& g = model_.groups[group];
  const LookWork& look = model_.looks[g.look];
  const Snapshot& s = model_.snapshot_of(look);
  if (look.by_id.empty() || !waits_for_companion(g.key.wait)) return false;
  struct Owners {
    uint64_t count = 0, born_together = 0;
    absl::flat_hash_set<uint64_t> different;
  };
  absl::flat_hash_map<Kind, Owners> of_kind;
  for (uint32_t i : look.members_of(group)) {
    const Goroutine& one = s.goroutines[i];
    auto at =
        std::lower_bound(look.by_id.begin(), look.by_id.end(), LookWork::ById{one.creator_id, 0});
    if (one.creator_id == 0 || at == look.by_id.end() || at->id != one.creator_id) continue;
    StackId owner = s.goroutines[at->goroutine].stack;
    if (at_rest(owner)) continue;
    Owners& owners = of_kind[kind_of(owner) & kOutermost];
    owners.count++;
    owners.different.insert(one.creator_id);
    owners.born_together += first_look_of(one.id, g.look) == first_look_of(one.creator_id, g.look);
  }
  Kind kind = kind_of_group(group) & kOutermost;
  uint64_t most = g.out.count * 9;
  for (const auto& [owner, owners] : of_kind) {
    if (owner == kind || owners.count * 10 < most || suspected(owner)) continue;
    bool one_each = owners.different.size() * 10 >= most;
    if (one_each && (!g.out.growth.significant || owners.born_together * 10 >= most)) return true;
    if (in_proportion(g.look, kind, owner)) return true;
  }
  return false;
}

// A server's connection between two requests: what a request has left behind is not its own.
bool Companions::at_rest(StackId stack) {
  const StackInfo& info = model_.signatures.of(stack);
  if (!info.serves_request) return false;
  std::span<const FrameId> frames = model_.signatures.symbols()[stack];
  return model_.signatures.names().of(frames[info.shown]).home != Home::kUser;
}

std::vector<uint32_t> Companions::looks_beside(uint32_t look) const {
  std::vector<uint32_t> out;
  for (uint32_t l = 0; l < model_.looks.size(); l++) {
    const LookWork& other = model_.looks[l];
    if (!other.only_leaked && other.process == model_.looks[look].process) out.push_back(l);
  }
  return out;
}

uint32_t Companions::first_look_of(uint64_t id, uint32_t beside) const {
  for (uint32_t l : looks_beside(beside)) {
    const LookWork& look = model_.looks[l];
    auto at = std::lower_bound(look.by_id.begin(), look.by_id.end(), LookWork::ById{id, 0});
    if (at != look.by_id.end() && at->id == id) return l;
  }
  return static_cast<uint32_t>(model_.looks.size());
}

// The server of HTTP/1 reads ahead while a handler runs, to learn when the client goes.
bool Companions::clients_wait(uint32_t group) {
  const GroupWork& g = model_.groups[group];
  if (g.key.wait != Wait::kReceive && g.key.wait != Wait::kSelect) return false;
  const LookWork& look = model_.looks[g.look];
  if (look.by_id.empty() || !model_.signatures.of(g.out.stack).serves_request) return false;
  const Snapshot& s = model_.snapshot_of(look);
  absl::flat_hash_set<uint64_t> connected;
  for (const LookWork::ById& one : look.by_id) {
    const Goroutine& reader = s.goroutines[one.goroutine];
    std::string_view name = model_.signatures.names().of(reader.created_by).name;
    if (name == "net/http.(*connReader).startBackgroundRead") connected.insert(reader.creator_id);
  }
  std::span<const uint32_t> members = look.members_of(group);
  auto waits = [&](uint32_t i) { return connected.contains(s.goroutines[i].id); };
  auto many = static_cast<size_t>(std::count_if(members.begin(), members.end(), waits));
  return many * 10 >= members.size() * 9;
}

bool Companions::of_sessions(uint32_t group) {
  const GroupWork& g = model_.groups[group];
  if (g.out.mechanism != Mechanism::kTransportPerCall) return false;
  Kind kind = kind_of_group(group) & kOutermost;
  if (count_of(g.look, kind) < kFewReaders) return false;
  return std::any_of(users_.begin(), users_.end(),
                     [&](Kind user) { return in_proportion(g.look, kind, user); });
}

// Who stands at a send or a lock is stuck even so.
bool Companions::went_to_rest(uint32_t group) {
  const GroupWork& g = model_.groups[group];
  if (g.key.wait != Wait::kReceive && g.key.wait != Wait::kSelect) return false;
  Kind kind = kind_of_group(group) & kOutermost;
  std::vector<uint32_t> looks = looks_beside(g.look);
  if (looks.size() < 2) return false;
  auto rise = [](uint64_t first, uint64_t last) {
    return static_cast<int64_t>(last) - static_cast<int64_t>(first);
  };
  int64_t here =
      rise(model_.looks[looks.front()].counts[group], model_.looks[looks.back()].counts[group]);
  int64_t all = rise(count_of(looks.front(), kind), count_of(looks.back(), kind));
  return all * 2 < here;
}

bool Companions::suspected(Kind kind) {
  for (uint32_t g = 0; g < model_.groups.size(); g++) {
    if (model_.groups[g].out.strength <= Strength::kOldAndMany &&
        (kind_of_group(g) & kOutermost) == kind) {
      return true;
    }
  }
  return false;
}

bool Companions::is_shared_stream(uint32_t group) const {
  const GroupWork& g = model_.groups[group];
  if (g.key.wait != Wait::kSelect && g.key.wait != Wait::kReceive) return false;
  if (!model_.signatures.of(g.out.stack).serves_request) return false;
  std::span<const FrameId> frames = model_.signatures.symbols()[g.out.stack];
  return std::none_of(frames.begin(), frames.end(), [&](FrameId f) {
    if (model_.signatures.symbols()[f].is_elision()) return false;
    std::string_view name = model_.signatures.names().of(f).name;
    return name == "net/http.(*conn).serve" || name.ends_with(".(*Server).serveConn") ||
           name == "net/rpc.(*service).call" || name.ends_with(".(*Server).processUnaryRPC");
  });
}

// As many as there are readers in each look; or so many times as many while the load changes: what
// accumulates grows faster than the load.
bool Companions::in_proportion(uint32_t look, Kind a, Kind b) {
  std::vector<uint32_t> looks = looks_beside(look);
  if (keeps_proportion(looks, a, b, 1, 20)) return true;
  double x = static_cast<double>(count_of(look, a)), y = static_cast<double>(count_of(look, b));
  if (x < y / 2 || x > y * kMostForOne) return false;
  uint64_t least = UINT64_MAX, most = 0;
  for (uint32_t l : looks) {
    least = std::min(least, count_of(l, b));
    most = std::max(most, count_of(l, b));
  }
  return most * 2 >= least * 3 && keeps_proportion(looks, a, b, x / y, 8);
}

// Give or take a part of them, one in `part`; one look of five may catch them at something else.
bool Companions::keeps_proportion(const std::vector<uint32_t>& looks, Kind a, Kind b,
                                  double for_each, double part) {
  size_t may_differ = looks.size() / 5;
  for (uint32_t l : looks) {
    double y = static_cast<double>(count_of(l, b)) * for_each;
    double gap = std::abs(static_cast<double>(count_of(l, a)) - y);
    if (gap > std::max(3.0, y / part) && may_differ-- == 0) return false;
  }
  return true;
}

const Companions::Family& Companions::family_of(uint32_t l, Kind kind) {
  auto [slot, added] = families_.try_emplace({l, kind});
  Family& out = slot->second;
  if (!added) return out;
  const LookWork& look = model_.looks[l];
  const Snapshot& s = model_.snapshot_of(look);
  Kind mask = kind == (kind & kOutermost) ? kOutermost : UINT64_MAX;
  for (const LookWork::ById& one : look.by_id) {
    const Goroutine& g = s.goroutines[one.goroutine];
    if ((kind_of(g.stack) & mask) != kind) continue;
    out.ids.insert(one.id);
    if (g.creator_id > 1) out.creators.insert(g.creator_id);
    out.functions.insert(model_.signatures.place_of(g.created_by).function);
  }
  return out;
}

// Started by one another, or by the same goroutines.
bool Companions::are_related(uint32_t group, Kind reader) {
  uint32_t l = model_.groups[group].look;
  const LookWork& look = model_.looks[l];
  const Snapshot& s = model_.snapshot_of(look);
  // Profiles have no numbers: that the counts agree is all there is.
  if (look.by_id.empty()) return true;
  const Family& readers = family_of(l, reader);
  const Place& creator = model_.groups[group].key.creator;
  if (creator.exists() && readers.functions.contains(creator.function)) return true;
  std::span<const uint32_t> members = look.members_of(group);
  size_t related = 0;
  for (uint32_t i : members) {
    const Goroutine& one = s.goroutines[i];
    related += readers.ids.contains(one.creator_id) || readers.creators.contains(one.creator_id) ||
               readers.creators.contains(one.id);
  }
  return related * 10 >= members.size() * 9;
}

}  // namespace unpark::diagnose
