// Heap profiles are samples, scaled up by the reader of Go: a number of objects is worth what the
// number of samples behind it is, which is bytes divided by the sampling period. Growth of fewer
// than eight samples is noise.
#include "diagnose/join.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diagnose/classify.h"
#include "diagnose/globs.h"
#include "diagnose/growth.h"

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::Sample;
using evidence::Snapshot;
using evidence::SnapshotKind;

constexpr double kDefaultPeriod = 512 * 1024;
constexpr double kSamplesOfGrowth = 8;
// Behind a line that is to be named. Fewer may be what happened to be in use.
constexpr double kSamplesOfOrigin = 4;
constexpr int64_t kObjectsWorthShowing = 1000;

std::optional<size_t> value_index(const Snapshot& s, std::string_view type) {
  for (size_t i = 0; i < s.value_types.size(); i++) {
    if (s.value_types[i].type == type) return i;
  }
  return std::nullopt;
}

int64_t value_of(const Snapshot& s, const Sample& sample, std::optional<size_t> index) {
  if (!index || sample.first_value + *index >= s.values.size()) return 0;
  return s.values[sample.first_value + *index];
}

// Calls whose user makes what the goroutines of a mechanism serve.
struct Makers {
  Mechanism mechanism;
  std::vector<std::string_view> calls;
};
const std::vector<Makers>& makers() {
  static const std::vector<Makers> kMakers = {
      {Mechanism::kTransportPerCall,
       {"net/http.(*Transport).onceSetNextProtoDefaults", "net/http.(*Transport).*",
        "net/http.(*Client).*", "net/http.NewRequest*"}},
      {Mechanism::kBodyUnclosed,
       {"net/http.(*Client).*", "net/http.NewRequest*", "net/http.(*Transport).*"}},
      {Mechanism::kRowsUnclosed,
       {"database/sql.(*DB).*", "database/sql.(*Stmt).*", "database/sql.(*Tx).*",
        "database/sql.(*Conn).*"}},
      {Mechanism::kAfterFuncPileUp, {"time.AfterFunc", "context.AfterFunc"}},
      {Mechanism::kContextWatcher, {"context.With*"}},
      {Mechanism::kListenerNeverClosed, {"net.Listen*", "net.(*ListenConfig).Listen*"}},
  };
  return kMakers;
}

// Allocations that pile up where something is not stopped, whether or not a goroutine shows it.
struct PileUp {
  std::string_view call;
  Mechanism mechanism;
};
constexpr PileUp kPileUps[] = {
    {"time.AfterFunc", Mechanism::kAfterFuncPileUp},
    {"context.AfterFunc", Mechanism::kAfterFuncPileUp},
    {"time.NewTicker", Mechanism::kTickerNeverStopped},
    {"time.Tick", Mechanism::kTickerNeverStopped},
    {"context.WithCancel", Mechanism::kContextWatcher},
    {"context.WithTimeout", Mechanism::kContextWatcher},
    {"context.WithDeadline", Mechanism::kContextWatcher},
    {"context.WithCancelCause", Mechanism::kContextWatcher},
};

class Join {
 public:
  explicit Join(Model& model) : model_(model), signatures_(model.signatures) {
    for (const Snapshot& s : model.evidence.snapshots) {
      if (s.kind == SnapshotKind::kHeap) heaps_.push_back(&s);
      if (s.kind == SnapshotKind::kAllocs) allocs_ = &s;
      if (s.kind == SnapshotKind::kMutex || s.kind == SnapshotKind::kBlock) {
        contention_.push_back(&s);
      }
    }
  }

  void run() {
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      uint32_t function = model_.groups[g].key.place.function;
      if (function != Place::kNone) by_function_[function].push_back(g);
    }
    if (!heaps_.empty()) add_heap(*heaps_.back());
    for (const Snapshot* s : contention_) add_contention(*s);
    find_origins();
    find_pile_ups();
  }

 private:
  const Function& function_of(FrameId f) { return signatures_.names().of(f); }

  // The groups of the functions of a stack, each once.
  std::vector<uint32_t> groups_of(const Sample& sample) {
    std::vector<uint32_t> out;
    for (FrameId f : signatures_.symbols()[sample.stack]) {
      const Function& function = function_of(f);
      auto groups = by_function_.find(function.id);
      if (function.home != Home::kUser || groups == by_function_.end()) continue;
      out.insert(out.end(), groups->second.begin(), groups->second.end());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  void add_heap(const Snapshot& heap) {
    auto objects = value_index(heap, "inuse_objects"), bytes = value_index(heap, "inuse_space");
    for (const Sample& sample : heap.samples) {
      for (uint32_t g : groups_of(sample)) {
        Group& out = model_.groups[g].out;
        out.heap_objects = out.heap_objects.value_or(0) + value_of(heap, sample, objects);
        out.heap_bytes = out.heap_bytes.value_or(0) + value_of(heap, sample, bytes);
      }
    }
  }

  // Where the innermost user code of a contended stack is that of a group which waits for a lock.
  void add_contention(const Snapshot& s) {
    auto count = value_index(s, "contentions"), delay = value_index(s, "delay");
    for (const Sample& sample : s.samples) {
      Place place = signatures_.of(sample.stack).place;
      auto groups = by_function_.find(place.function);
      if (groups == by_function_.end()) continue;
      for (uint32_t g : groups->second) {
        GroupWork& work = model_.groups[g];
        if (!is_lock(work.key.wait) && work.key.place != place) continue;
        work.out.contentions = work.out.contentions.value_or(0) + value_of(s, sample, count);
        work.out.contention_ns = work.out.contention_ns.value_or(0) + value_of(s, sample, delay);
      }
    }
  }

  // The first frame of the user's code further out than a frame that matches; none: no such frame.
  FrameId user_of(std::span<const FrameId> stack, std::string_view call) {
    bool below = false;
    for (FrameId f : stack) {
      const Function& function = function_of(f);
      if (below && function.home == Home::kUser) return f;
      below |= matches_glob(call, function.name);
    }
    return {};
  }

  void find_origins() {
    const Snapshot* s = heaps_.empty() ? allocs_ : heaps_.back();
    if (s == nullptr) return;
    for (const Makers& m : makers()) {
      uint64_t most = 0;
      for (const GroupWork& g : model_.groups) {
        if (g.out.mechanism == m.mechanism) most = std::max(most, g.out.count);
      }
      for (std::string_view call : m.calls) {
        if (most > 0 && set_origin(*s, call, m.mechanism, most)) break;
      }
    }
  }

  // The line below which most is in use, when that is enough to be more than chance, and enough for
  // the goroutines: each is there for something that was made and is in use. (Not so with timers,
  // which are gone when their functions run.) Profiles show the heap as the last collection left
  // it, so a part of them will do.
  bool set_origin(const Snapshot& s, std::string_view call, Mechanism mechanism, uint64_t count) {
    bool heap = s.kind == SnapshotKind::kHeap;
    auto objects = value_index(s, heap ? "inuse_objects" : "alloc_objects");
    auto bytes = value_index(s, heap ? "inuse_space" : "alloc_space");
    std::map<FrameId, std::pair<int64_t, int64_t>> by_line;
    for (const Sample& sample : s.samples) {
      FrameId user = user_of(signatures_.symbols()[sample.stack], call);
      if (!user.exists()) continue;
      by_line[user].first += value_of(s, sample, objects);
      by_line[user].second += value_of(s, sample, bytes);
    }
    double period = s.period > 0 ? static_cast<double>(s.period) : kDefaultPeriod;
    uint64_t least =
        mechanism == Mechanism::kAfterFuncPileUp ? 1 : std::max<uint64_t>(1, count / 4);
    FrameId best;
    int64_t most = static_cast<int64_t>(least) - 1;
    for (const auto& [frame, in_use] : by_line) {
      if (static_cast<double>(in_use.second) < kSamplesOfOrigin * period) continue;
      if (in_use.first > most) std::tie(best, most) = std::tuple(frame, in_use.first);
    }
    if (!best.exists()) return false;
    for (GroupWork& g : model_.groups) {
      if (g.out.mechanism != mechanism) continue;
      g.out.origin = best;
      g.out.origin_objects = most;
    }
    return true;
  }

  // One call of one line over all heap profiles.
  struct Row {
    FrameId frame;
    evidence::StackId stack;
    std::vector<double> objects, bytes;
  };

  void find_pile_ups() {
    if (heaps_.empty()) return;
    for (const PileUp& p : kPileUps) {
      std::map<Place, Row> rows;
      for (size_t i = 0; i < heaps_.size(); i++) collect(p.call, i, rows);
      for (const auto& [place, row] : rows) add_pile_up(p, row);
    }
  }

  // The call must be the user's own: what libraries start they stop.
  void collect(std::string_view call, size_t heap, std::map<Place, Row>& rows) {
    const Snapshot& s = *heaps_[heap];
    auto objects = value_index(s, "inuse_objects"), bytes = value_index(s, "inuse_space");
    for (const Sample& sample : s.samples) {
      std::span<const FrameId> stack = signatures_.symbols()[sample.stack];
      for (size_t i = 0; i + 1 < stack.size(); i++) {
        if (function_of(stack[i]).name != call) continue;
        if (function_of(stack[i + 1]).home != Home::kUser) break;
        Row& row = rows[signatures_.place_of(stack[i + 1])];
        row.frame = stack[i + 1];
        row.stack = sample.stack;
        row.objects.resize(heaps_.size());
        row.bytes.resize(heaps_.size());
        row.objects[heap] += static_cast<double>(value_of(s, sample, objects));
        row.bytes[heap] += static_cast<double>(value_of(s, sample, bytes));
        break;
      }
    }
  }

  void add_pile_up(const PileUp& p, const Row& row) {
    double period = static_cast<double>(heaps_.back()->period);
    if (period <= 0) period = kDefaultPeriod;
    if (row.bytes.back() < kSamplesOfGrowth * period) return;
    if (row.objects.back() < static_cast<double>(kObjectsWorthShowing)) return;
    std::vector<std::optional<int64_t>> times;
    for (const Snapshot* s : heaps_) times.push_back(model_.time_of(*s));
    GroupWork g;
    g.from_heap = true;
    g.key.place = signatures_.place_of(row.frame);
    g.out.stack = row.stack;
    std::span<const FrameId> frames = signatures_.symbols()[row.stack];
    g.out.blocking_frame =
        static_cast<uint32_t>(std::find(frames.begin(), frames.end(), row.frame) - frames.begin());
    g.out.mechanism = p.mechanism;
    g.out.origin = row.frame;
    g.out.origin_objects = static_cast<int64_t>(row.objects.back());
    g.out.heap_objects = g.out.origin_objects;
    g.out.heap_bytes = static_cast<int64_t>(row.bytes.back());
    g.out.growth = growth_of(row.objects, times);
    bool enough = row.bytes.back() - row.bytes.front() >= kSamplesOfGrowth * period;
    bool grows = g.out.growth.significant && enough;
    bool stopped_late = p.mechanism != Mechanism::kAfterFuncPileUp;
    g.out.strength = !grows         ? Strength::kNoticed
                     : stopped_late ? Strength::kOldAndMany
                                    : Strength::kGrowing;
    g.out.looks.resize(model_.groups.empty() ? 0 : model_.groups[0].out.looks.size());
    model_.groups.push_back(std::move(g));
    for (LookWork& look : model_.looks) {
      look.counts.push_back(0);
      look.first_member.push_back(look.first_member.back());
    }
  }

  Model& model_;
  Signatures& signatures_;
  std::vector<const Snapshot*> heaps_, contention_;
  const Snapshot* allocs_ = nullptr;
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> by_function_;
};

// What a heap profile can name for a mechanism; empty: nothing.
std::string_view made_by_user(Mechanism m) {
  switch (m) {
    case Mechanism::kTransportPerCall:
      return "the line that makes a transport for each request";
    case Mechanism::kBodyUnclosed:
      return "the line that sends the requests";
    case Mechanism::kRowsUnclosed:
    case Mechanism::kConnectionPoolExhausted:
      return "the line that opens the rows or transactions";
    case Mechanism::kAfterFuncPileUp:
      return "the line that starts the timers";
    case Mechanism::kContextWatcher:
      return "the line that derives the contexts";
    default:
      return {};
  }
}

std::string place_text(Signatures& signatures, FrameId frame) {
  const evidence::Frame& f = signatures.symbols()[frame];
  return fmt::format("{} ({}:{})", signatures.names().of(frame).name,
                     signatures.symbols().text(f.file), f.line);
}

}  // namespace

void join_profiles(Model& model) { Join(model).run(); }

void say_what_is_missing(Model& model) {
  const auto& snapshots = model.evidence.snapshots;
  bool heap = std::any_of(snapshots.begin(), snapshots.end(), [](const Snapshot& s) {
    return s.kind == SnapshotKind::kHeap || s.kind == SnapshotKind::kAllocs;
  });
  for (GroupWork& g : model.groups) {
    std::string_view line = made_by_user(g.out.mechanism);
    bool suspected = g.out.strength <= Strength::kOldAndMany;
    bool no_ids = !g.from_heap && model.looks[g.look].by_id.empty();
    if (suspected && is_lock(g.key.wait) && g.out.mechanism == Mechanism::kLockStuck && no_ids) {
      g.out.missing = "a dump with debug=2 shows who may hold the lock; profiles do not";
    }
    if (line.empty() || g.out.strength > Strength::kOldAndMany || g.from_heap) continue;
    if (g.out.origin.exists()) {
      g.out.missing = fmt::format(
          "the goroutines do not show {}; by the heap profile it is {}, with {} objects in use",
          line, place_text(model.signatures, g.out.origin), g.out.origin_objects);
    } else if (heap) {
      g.out.missing = fmt::format(
          "the goroutines do not show {}, and the heap profile has no sample of it yet: a heap "
          "profile after more traffic, or with a smaller runtime.MemProfileRate, names it",
          line);
    } else {
      g.out.missing = fmt::format("a heap profile (/debug/pprof/heap) names {}", line);
    }
  }
}

}  // namespace unpark::diagnose
