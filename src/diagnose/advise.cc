#include "diagnose/advise.h"

#include <algorithm>
#include <map>

namespace unpark::diagnose {

namespace {

using evidence::Snapshot;
using evidence::SnapshotKind;

bool has_kind(const Model& model, SnapshotKind kind) {
  const auto& snapshots = model.evidence.snapshots;
  return std::any_of(snapshots.begin(), snapshots.end(),
                     [&](const Snapshot& s) { return s.kind == kind; });
}

// Of the process that was looked at most often.
size_t most_looks(const Diagnosis& d) {
  std::map<uint32_t, size_t> looks;
  size_t most = 0;
  for (const Look& look : d.looks) most = std::max(most, ++looks[look.process]);
  return most;
}

}  // namespace

std::vector<std::string> next_steps(const Model& model, const Diagnosis& d) {
  std::vector<std::string> out;
  if (d.looks.empty()) {
    if (has_kind(model, SnapshotKind::kGoroutineDelta)) {
      out.push_back(
          "the goroutine profile without seconds=: a delta shows only what changed meanwhile");
    }
    if (d.races.empty() || !d.series.empty()) {
      out.push_back("a goroutine dump: /debug/pprof/goroutine?debug=2 shows who waits where");
    }
    return out;
  }
  bool sure = d.verdict == Verdict::kLeak || d.verdict == Verdict::kHang;
  bool dumps = std::any_of(model.looks.begin(), model.looks.end(),
                           [](const LookWork& l) { return !l.in_base && !l.by_id.empty(); });
  bool partial =
      std::all_of(d.looks.begin(), d.looks.end(), [](const Look& l) { return l.partial; });
  if (partial && d.verdict == Verdict::kNotEnough) {
    out.push_back(
        "a dump of all goroutines: GOTRACEBACK=all for one that a crash leaves, kill -QUIT, or "
        "/debug/pprof/goroutine?debug=2");
  }
  bool cut = std::any_of(d.looks.begin(), d.looks.end(), [](const Look& l) { return l.cut; });
  bool ended = std::all_of(d.looks.begin(), d.looks.end(), [&](const Look& l) {
    return model.evidence.snapshots[l.snapshot].kind == SnapshotKind::kCrash;
  });
  if (!sure && !partial && ended) {
    out.push_back(
        "two looks at the next process before it ends, a minute apart: growth and survival show in "
        "two, and are tested in five");
  } else if (!sure && !partial && most_looks(d) == 1) {
    out.push_back(
        "a second look at the same process, a minute later: growth and survival show in two, and "
        "are tested in five");
  } else if (!sure && !partial && most_looks(d) < 5) {
    out.push_back("five looks or more: growth is tested from five on");
  }
  if (!dumps) {
    out.push_back(
        "a dump with debug=2: profiles know neither creators, ids and ages, nor who holds a lock");
  }
  if (cut) {
    out.push_back("the profile form (debug=0), which is not cut however many goroutines there are");
  }
  for (const Group& g : d.groups) {
    bool asks = g.strength <= Strength::kOldAndMany && !g.origin.exists() && !g.missing.empty();
    if (!asks || has_kind(model, SnapshotKind::kHeap)) continue;
    out.push_back("a heap profile (/debug/pprof/heap): it names lines that goroutines do not show");
    break;
  }
  bool proof = has_kind(model, SnapshotKind::kLeakProfile);
  if (!sure && !proof && !partial && d.verdict != Verdict::kNoLeakFound) {
    out.push_back(
        "the goroutineleak profile (Go 1.27, or 1.26 with GOEXPERIMENT=goroutineleakprofile): it "
        "proves leaks");
  }
  return out;
}

}  // namespace unpark::diagnose
