// Goroutine ids are never given twice. Each processor takes sixteen of them at once and hands them
// out one after the other: so who has an id was started later than all smaller ones of its sixteen,
// and a look that shows it shows those, or they have ended. One that ended and is there in another
// look is proof that this look was earlier, or is of another process. Cost: a few walks over two
// sorted lists of ids, for each look and up to sixteen before it.
#include "diagnose/processes.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;

constexpr uint32_t kNobody = Succession::kNobody;

// Two sorted lists of ids, walked together.
struct Comparison {
  size_t common = 0;
  size_t contradictions = 0;  // common, but started at different places
  size_t agreements = 0;      // and at the same
  size_t missing = 0;         // of the later look, in the earlier one
  size_t come_backs = 0;      // missing, though the earlier one has a larger one of the sixteen
};

uint64_t batch_of(uint64_t id) { return (id - 1) / 16; }

Comparison compare(const Model& model, const LookWork& before, const LookWork& after) {
  const auto& old_ones = model.snapshot_of(before).goroutines;
  const auto& new_ones = model.snapshot_of(after).goroutines;
  Comparison out;
  size_t j = 0;
  for (const LookWork::ById& x : after.by_id) {
    while (j < before.by_id.size() && before.by_id[j].id < x.id) j++;
    const LookWork::ById* next = j < before.by_id.size() ? &before.by_id[j] : nullptr;
    const Goroutine& now = new_ones[x.goroutine];
    if (next == nullptr || next->id != x.id) {
      out.missing++;
      // Dumps differ in whether they show the run time's own.
      bool user = (now.flags & evidence::kSystem) == 0;
      out.come_backs += user && next != nullptr && batch_of(next->id) == batch_of(x.id);
      continue;
    }
    out.common++;
    const Goroutine& was = old_ones[next->goroutine];
    if (!was.created_by.exists() || !now.created_by.exists()) continue;
    (was.created_by == now.created_by ? out.agreements : out.contradictions)++;
  }
  return out;
}

// The largest id falls by more than what end of the youngest goroutines explains: the youngest are
// those that end first, and processors that rest hand out old ids. A restart begins below a few
// hundred, or far below what was seen.
bool ids_fall(const LookWork& before, const LookWork& after, const Comparison& c) {
  if (before.by_id.empty() || after.by_id.empty()) return false;
  if (after.by_id.back().id >= before.by_id.back().id) return false;
  return c.missing > c.common || c.missing > 32;
}

// Some headers of a dump may be unreadable; and one that shows only a few says nothing of others.
bool they_come_back(const Model& model, const LookWork& before, const Comparison& c) {
  constexpr size_t kFew = 8;
  const Snapshot& s = model.snapshot_of(before);
  if (s.cut || s.partial || before.by_id.size() < kFew) return false;
  return c.come_backs > 2 + c.common / 16;
}

bool processes_differ(const evidence::Process& p, const evidence::Process& q) {
  if (!p.build_id.empty() && !q.build_id.empty() && p.build_id != q.build_id) return true;
  if (p.start_ns && q.start_ns && std::llabs(*p.start_ns - *q.start_ns) > 2'000'000'000) {
    return true;
  }
  return !p.go_version.empty() && !q.go_version.empty() && p.go_version != q.go_version;
}

// Finds for each look the one before it that it follows.
class Chaining {
 public:
  Chaining(const Model& model, std::span<const uint32_t> order) : model_(model), order_(order) {
    uint32_t count = static_cast<uint32_t>(order.size());
    out_.process.assign(count, 0);
    out_.followed.assign(count, kNobody);
    follower_.assign(count, kNobody);
    links_.assign(count, {});
  }

  // Each look follows the one before it that it has most goroutines in common with and does not
  // contradict; a better follower replaces one that had less in common.
  Succession run() {
    for (uint32_t i = 1; i < order_.size(); i++) {
      if (!is_mere_proof(i)) follow(i);
    }
    for (bool proof : {false, true}) {
      for (uint32_t i = 0; i < order_.size(); i++) {
        if (is_mere_proof(i) == proof) number(i);
      }
    }
    return std::move(out_);
  }

 private:
  struct Link {
    size_t common = 0, come_backs = 0;
  };

  // How far back a look is compared with others: looks at many processes in turn are rarely more.
  static constexpr uint32_t kBack = 16;

  const LookWork& look(uint32_t i) const { return model_.looks[order_[i]]; }
  bool is_mere_proof(uint32_t i) const { return look(i).only_leaked && !look(i).shown; }

  void follow(uint32_t i) {
    uint32_t best = kNobody;
    Link most;
    for (uint32_t j = i; j-- > (i > kBack ? i - kBack : 0);) {
      if (is_mere_proof(j)) continue;
      const LookWork &before = look(j), &after = look(i);
      if (processes_differ(model_.snapshot_of(before).process, model_.snapshot_of(after).process)) {
        continue;
      }
      Comparison c = compare(model_, before, after);
      if (c.contradictions > 2 && c.contradictions > c.agreements) continue;
      if (ids_fall(before, after, c) || they_come_back(model_, before, c)) continue;
      bool free = follower_[j] == kNobody || links_[follower_[j]].common < c.common;
      if (!free || (best != kNobody && c.common <= most.common)) continue;
      best = j;
      most = {c.common, c.come_backs};
    }
    if (best == kNobody) return;
    if (follower_[best] != kNobody) out_.followed[follower_[best]] = kNobody;
    follower_[best] = i;
    out_.followed[i] = best;
    links_[i] = most;
  }

  void number(uint32_t i) {
    uint32_t before = out_.followed[i];
    if (before == kNobody) {
      out_.process[i] = out_.processes++;
      return;
    }
    out_.process[i] = out_.process[before];
    out_.come_backs += links_[i].come_backs;
    const auto &was = look(before).by_id, &is = look(i).by_id;
    out_.falls += !was.empty() && !is.empty() && is.back().id < was.back().id;
  }

  const Model& model_;
  std::span<const uint32_t> order_;
  Succession out_;
  std::vector<uint32_t> follower_;
  std::vector<Link> links_;  // of each look with the one it follows
};

// The functions of the user's code that a process shows, with their files: different programs have
// a main.run each.
class Program {
 public:
  void add(const Snapshot& s, Signatures& signatures) {
    for (const Goroutine& g : s.goroutines) {
      if (g.created_by.exists()) add(g.created_by, signatures);
      if (!g.stack.exists() || !stacks_.insert(g.stack.raw).second) continue;
      for (FrameId f : signatures.symbols()[g.stack]) add(f, signatures);
    }
    build_id_ = s.process.build_id.empty() ? build_id_ : s.process.build_id;
  }

  bool is_that_of(const Program& other) const {
    if (!build_id_.empty() && build_id_ == other.build_id_) return true;
    if (!main_.empty() && !other.main_.empty()) return are_alike(main_, other.main_);
    if (functions_.empty() && other.functions_.empty()) return true;
    return are_alike(functions_, other.functions_);
  }

 private:
  using Set = absl::flat_hash_set<std::pair<uint32_t, uint32_t>>;

  void add(FrameId frame, Signatures& signatures) {
    if (!frames_.insert(frame.raw).second) return;
    const Function& function = signatures.names().of(frame);
    if (function.home != Home::kUser) return;
    std::pair key(function.id, signatures.symbols()[frame].file.raw);
    functions_.insert(key);
    // Every program has this one.
    if (function.package == "main" && function.name != "main.main") main_.insert(key);
  }

  static bool are_alike(const Set& a, const Set& b) {
    const Set &small = a.size() <= b.size() ? a : b, &large = a.size() <= b.size() ? b : a;
    size_t common = 0;
    for (const auto& key : small) common += large.contains(key);
    return common * 2 >= small.size() && common > 0;
  }

  absl::flat_hash_set<uint32_t> stacks_, frames_;
  Set main_, functions_;
  std::string build_id_;
};

}  // namespace

Succession succession_of(const Model& model, std::span<const uint32_t> order) {
  return Chaining(model, order).run();
}

void tell_programs_apart(Model& model) {
  uint32_t processes = 0;
  for (const LookWork& look : model.looks) processes = std::max(processes, look.process + 1);
  if (processes < 2) return;
  std::vector<Program> shown(processes);
  for (const LookWork& look : model.looks) {
    shown[look.process].add(model.snapshot_of(look), model.signatures);
  }
  // Of each process, the first one that runs the same program; programs are numbered by these.
  std::vector<uint32_t> program(processes);
  std::vector<uint32_t> first;
  for (uint32_t p = 0; p < processes; p++) {
    auto same = std::find_if(first.begin(), first.end(),
                             [&](uint32_t f) { return shown[p].is_that_of(shown[f]); });
    program[p] = static_cast<uint32_t>(same - first.begin());
    if (same == first.end()) first.push_back(p);
  }
  for (LookWork& look : model.looks) look.program = program[look.process];
}

}  // namespace unpark::diagnose
