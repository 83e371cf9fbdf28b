// A file that was copied, unpacked or downloaded has the time of that, and nothing marks it. Three
// things cannot be when the times are those of the looks:
//
// - Files are written as fast as they can be copied. Looks that are less than a moment apart, and
//   that for most of them, are no series.
// - The ids of the goroutines want another order (processes.h).
// - Goroutines waited longer, from one look to the next, than the files are apart, or much less: of
//   those that waited all the time both looks tell the minutes.
//
// Times that pass may be wrong all the same: files that were copied one by one, minutes after each
// other, out of a process in which nothing waits for minutes.
#include "diagnose/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "diagnose/processes.h"

namespace unpark::diagnose {

namespace {

using evidence::Goroutine;
using evidence::Snapshot;
using evidence::SnapshotKind;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;

// Of how a file that is copied takes longer than one that is not: a slow disk, and what it takes to
// begin another one.
constexpr int64_t kCopyStart = kSecond / 5;
constexpr int64_t kCopyBytesPerSecond = 32 << 20;

struct FileTime {
  int64_t time_ns = 0;
  int64_t copy_ns = 0;  // that it takes to copy it
};

// A dump and what it is when a process dies are looks of one row.
SnapshotKind row_of(SnapshotKind kind) {
  return kind == SnapshotKind::kCrash ? SnapshotKind::kGoroutineDump : kind;
}

std::string span_text(int64_t ns) {
  if (ns < kSecond) return fmt::format("{} ms", ns / 1'000'000);
  if (ns < 2 * kMinute) return fmt::format("{} s", ns / kSecond);
  return fmt::format("{} min", ns / kMinute);
}

// Most of the files of one kind were written as fast one after the other as they can be copied.
std::string look_copied(const Model& model) {
  std::map<SnapshotKind, std::vector<FileTime>> rows;
  for (const Snapshot& s : model.evidence.snapshots) {
    if (!s.time_is_of_file || !s.time_ns) continue;
    int64_t bytes = static_cast<int64_t>(
        std::min<uint64_t>(model.evidence.inputs[s.input.raw].bytes, uint64_t{1} << 30));
    rows[row_of(s.kind)].push_back(
        {*s.time_ns, kCopyStart + bytes * kSecond / kCopyBytesPerSecond});
  }
  for (auto& [kind, files] : rows) {
    if (files.size() < 2) continue;
    std::sort(files.begin(), files.end(), [](const FileTime& a, const FileTime& b) {
      return std::tuple(a.time_ns, a.copy_ns) < std::tuple(b.time_ns, b.copy_ns);
    });
    size_t close = 0;
    for (size_t i = 1; i < files.size(); i++) {
      close += files[i].time_ns - files[i - 1].time_ns < files[i].copy_ns;
    }
    if (close * 2 < files.size() - 1) continue;
    return fmt::format("they were written within {}, as copies are",
                       span_text(files.back().time_ns - files.front().time_ns + 999'999));
  }
  return {};
}

// How much later the second of two looks must be, in minutes.
struct Elapsed {
  int64_t least = 0;
  std::optional<int64_t> most;
};

// Minutes are whole, so two of them differ from the time in between by less than one. Who has begun
// to wait anew, meanwhile, has waited less; so the most that any waited longer is what those did
// who waited all the time, and when they are several it is also the most it can be.
Elapsed elapsed_between(const Model& model, const LookWork& before, const LookWork& after) {
  const auto& old_ones = model.snapshot_of(before).goroutines;
  const auto& new_ones = model.snapshot_of(after).goroutines;
  std::vector<int64_t> longer;  // of those that waited for minutes before
  int64_t least = 0;
  size_t j = 0;
  for (const LookWork::ById& x : after.by_id) {
    while (j < before.by_id.size() && before.by_id[j].id < x.id) j++;
    if (j == before.by_id.size()) break;
    const Goroutine& now = new_ones[x.goroutine];
    const Goroutine& was = old_ones[before.by_id[j].goroutine];
    if (before.by_id[j].id != x.id || now.stack != was.stack) continue;
    if (now.minutes == Goroutine::kNotShown) continue;
    int64_t had = was.minutes == Goroutine::kNotShown ? 0 : int64_t{was.minutes};
    least = std::max(least, int64_t{now.minutes} - had - 1);
    if (had > 0) longer.push_back(int64_t{now.minutes} - had);
  }
  Elapsed out{least, std::nullopt};
  if (longer.empty()) return out;
  int64_t most = *std::max_element(longer.begin(), longer.end());
  auto agree =
      std::count_if(longer.begin(), longer.end(), [&](int64_t m) { return m >= most - 1; });
  if (most >= 0 && agree >= 2 && static_cast<size_t>(agree) * 4 >= longer.size()) {
    out.most = most + 2;
  }
  return out;
}

class Doubt {
 public:
  explicit Doubt(const Model& model) : model_(model) {
    for (uint32_t i = 0; i < model.looks.size(); i++) {
      const LookWork& look = model.looks[i];
      if (look.by_id.empty() || !model.snapshot_of(look).time_ns) continue;
      as_named_.push_back(i);
      any_of_file_ |= model.snapshot_of(look).time_is_of_file;
    }
    by_time_ = as_named_;
    std::sort(by_time_.begin(), by_time_.end(), [&](uint32_t a, uint32_t b) {
      return std::tuple(time(a), a) < std::tuple(time(b), b);
    });
    by_id_ = as_named_;
    auto id = [&](uint32_t look) { return model.looks[look].by_id.back().id; };
    std::sort(by_id_.begin(), by_id_.end(),
              [&](uint32_t a, uint32_t b) { return std::tuple(id(a), a) < std::tuple(id(b), b); });
  }

  std::string run() const {
    if (!any_of_file_ || by_time_.size() < 2) return {};
    Succession timed = succession_of(model_, by_time_);
    if (is_out_of_order(timed)) return "the goroutines' numbers say another order";
    return contradicts_minutes(timed);
  }

 private:
  int64_t time(uint32_t look) const { return *model_.snapshot_of(model_.looks[look]).time_ns; }

  bool is_out_of_order(const Succession& timed) const {
    auto rank = [](const Succession& s) { return std::tuple(s.processes, s.come_backs); };
    if (rank(succession_of(model_, by_id_)) < rank(timed)) return true;
    // That the youngest have ended explains a fall, too: then whoever named the files decides.
    Succession named = succession_of(model_, as_named_);
    return std::tuple(named.processes, named.come_backs, named.falls) <
           std::tuple(timed.processes, timed.come_backs, timed.falls);
  }

  std::string contradicts_minutes(const Succession& timed) const {
    for (uint32_t i = 0; i < by_time_.size(); i++) {
      uint32_t before = timed.followed[i];
      if (before == Succession::kNobody) continue;
      uint32_t a = by_time_[before], b = by_time_[i];
      Elapsed elapsed = elapsed_between(model_, model_.looks[a], model_.looks[b]);
      int64_t apart = time(b) - time(a);
      bool fits = apart >= elapsed.least * kMinute - 5 * kSecond &&
                  (!elapsed.most || apart <= *elapsed.most * kMinute);
      if (fits) continue;
      return fmt::format("two are {} apart, while goroutines waited {} min longer",
                         span_text(apart),
                         apart < elapsed.least * kMinute ? elapsed.least + 1 : *elapsed.most - 2);
    }
    return {};
  }

  const Model& model_;
  std::vector<uint32_t> as_named_, by_time_, by_id_;  // indices into Model::looks
  bool any_of_file_ = false;
};

}  // namespace

std::string believe_times(Model& model) {
  const auto& snapshots = model.evidence.snapshots;
  std::string why = look_copied(model);
  if (why.empty()) why = Doubt(model).run();
  model.times.clear();
  for (const Snapshot& s : snapshots) {
    bool doubted = !why.empty() && s.time_is_of_file;
    model.times.push_back(doubted ? std::nullopt : s.time_ns);
  }
  return why;
}

}  // namespace unpark::diagnose
