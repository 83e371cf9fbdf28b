#include "evidence/collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <utility>

#include "base/os.h"
#include "evidence/collect_target.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

class WallClock : public Clock {
 public:
  WallClock() : start_(Steady::now()), start_ns_(base::wall_clock_ns()) {}

  int64_t now_ns() override {
    return start_ns_ +
           std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now() - start_).count();
  }

  void sleep_until_ns(int64_t time_ns, const std::atomic<bool>* cancel) override {
    constexpr int64_t kSlice = 100'000'000;
    while (!(cancel && cancel->load())) {
      int64_t left = time_ns - now_ns();
      if (left <= 0) return;
      std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(left, kSlice)));
    }
  }

 private:
  using Steady = std::chrono::steady_clock;
  Steady::time_point start_;
  int64_t start_ns_;
};

int64_t nanoseconds(double seconds) { return static_cast<int64_t>(std::llround(seconds * 1e9)); }

// The looks of a collection and when they are.
struct Plan {
  int64_t start_ns = 0;
  int64_t every_ns = 0;
  uint32_t looks = 1;

  int64_t time_of(uint32_t look) const { return start_ns + (look - 1) * every_ns; }
  // The look that comes next when `done` is over; looks whose time has passed are left out, the
  // last one is not.
  uint32_t next(uint32_t done, int64_t now_ns) const {
    uint32_t look = done + 1;
    while (look < looks && time_of(look) < now_ns) look++;
    return look;
  }
};

Plan plan_for(const CollectOptions& options, int64_t now_ns) {
  constexpr double kMaxLooks = 10'000;
  Plan plan;
  plan.start_ns = now_ns;
  double every = std::max(options.every_seconds, 0.1);
  plan.every_ns = nanoseconds(every);
  plan.looks = 1 + static_cast<uint32_t>(std::min(
                       kMaxLooks, std::floor(std::max(options.for_seconds, 0.0) / every + 1e-9)));
  return plan;
}

class Collector {
 public:
  Collector(const CollectOptions& options, Clock& clock, Evidence& evidence, OnProgress on_progress,
            SavePage save)
      : options_(options),
        clock_(clock),
        evidence_(evidence),
        on_progress_(on_progress),
        save_(save) {}

  Collection run() {
    Result<Url> url = parse_url(options_.url);
    if (!url) return failed(url.error().message);
    Result<Fetcher> fetcher = Fetcher::create(*url, options_.fetch, &out_.warnings);
    if (!fetcher) return failed(fetcher.error().message);
    fetcher_.emplace(std::move(*fetcher));
    Result<Target> target = find_target(*url, *fetcher_);
    if (!target) return failed(target.error().message);
    target_ = std::move(*target);
    look_all();
    out_.cancelled = is_cancelled();
    if (out_.cancelled) out_.error.clear();
    return std::move(out_);
  }

 private:
  // What became of a page.
  enum class Outcome : uint8_t { kRead, kAbsent, kFailed };
  struct Asked {
    std::string_view name;   // of the profile, or of the path
    std::string_view query;  // "debug=2"
    std::string_view file;   // "goroutine.debug2.txt"
    bool optional = true;    // left out without a word where it is not there or something else
  };

  Collection failed(std::string message) {
    out_.error = std::move(message);
    out_.cancelled = is_cancelled();
    return std::move(out_);
  }

  bool is_cancelled() const { return options_.fetch.cancel && options_.fetch.cancel->load(); }
  bool may_go_on() const { return !is_cancelled() && out_.error.empty(); }

  void look_all() {
    constexpr uint32_t kMaxFailures = 2;
    plan_ = plan_for(options_, clock_.now_ns());
    uint32_t failures = 0;
    for (look_ = 1; look_ <= plan_.looks && may_go_on();
         look_ = plan_.next(look_, clock_.now_ns())) {
      wait_for_look();
      if (is_cancelled()) return;
      time_ns_ = clock_.now_ns();
      bool is_first = out_.looks == 0;
      std::string problem = look(look_ == plan_.looks);
      if (problem.empty()) {
        failures = 0;
        out_.looks++;
        if (is_first && plan_.looks > 1) fetch_state();
        continue;
      }
      if (is_cancelled()) return;
      // One look that fails is a gap; what fails at the beginning, at the end or twice is over.
      if (is_first || look_ == plan_.looks || ++failures == kMaxFailures) {
        out_.error = out_.looks == 0
                         ? std::move(problem)
                         : fmt::format("{} (after {} looks that worked)", problem, out_.looks);
      } else {
        note(Note::Kind::kLost, fmt::format("look {} failed: {}", look_, problem));
      }
    }
    look_ = plan_.looks;
    if (may_go_on()) fetch_end();
  }

  void wait_for_look() {
    if (clock_.now_ns() >= plan_.time_of(look_)) return;
    report({});
    clock_.sleep_until_ns(plan_.time_of(look_), options_.fetch.cancel);
  }

  // Empty, or what was wrong.
  std::string look(bool is_last) {
    if (!target_.single.empty()) return fetch_single();
    size_t before = evidence_.snapshots.size();
    if (fetch({"goroutine", "debug=0", "goroutine.pb.gz", false}) != Outcome::kRead)
      return problem_;
    goroutines_ = 0;
    for (size_t i = before; i < evidence_.snapshots.size(); i++) {
      goroutines_ += evidence_.snapshots[i].goroutine_count();
    }
    if (may_go_on() && dump_is_due(is_last)) fetch_dump();
    return {};
  }

  std::string fetch_single() {
    std::string file = target_.single_file();
    return fetch({target_.single, target_.single_query, file, false}) == Outcome::kRead
               ? std::string()
               : problem_;
  }

  bool dump_is_due(bool is_last) {
    if (goroutines_ > options_.dump_budget) {
      if (!told_budget_) {
        told_budget_ = true;
        note(
            Note::Kind::kLimit,
            fmt::format("{} goroutines are more than the budget of {} for dumps with ids and ages, "
                        "which stop the process: counts only",
                        goroutines_, options_.dump_budget));
      }
      return false;
    }
    return is_last || dump_bytes_ < options_.dump_bytes;
  }

  void fetch_dump() {
    uint64_t before = out_.bytes;
    if (fetch({"goroutine", "debug=2", "goroutine.debug2.txt", false}) != Outcome::kRead) {
      note(Note::Kind::kLost, problem_);
    }
    dump_bytes_ += out_.bytes - before;
  }

  // What tells how the process is, beside its goroutines.
  void fetch_state() {
    if (!target_.single.empty()) return;
    for (const Asked& asked :
         {Asked{"heap", "debug=0", "heap.pb.gz"}, Asked{"/debug/vars", "", "vars.json"},
          Asked{"/metrics", "", "metrics.txt"}}) {
      if (may_go_on()) fetch_optional(asked);
    }
  }

  void fetch_end() {
    if (!target_.single.empty()) return;
    time_ns_ = clock_.now_ns();
    fetch_state();
    for (const Asked& asked :
         {Asked{"mutex", "debug=0", "mutex.pb.gz"}, Asked{"block", "debug=0", "block.pb.gz"}}) {
      if (may_go_on()) fetch_optional(asked);
    }
    if (options_.leak_profile && may_go_on()) {
      fetch_optional({"goroutineleak", "debug=0", "goroutineleak.pb.gz"});
    }
  }

  void fetch_optional(const Asked& asked) {
    if (!target_.may_have(asked.name)) return;
    Outcome outcome = fetch(asked);
    if (outcome == Outcome::kFailed && !is_cancelled()) note(Note::Kind::kLost, problem_);
    // What was not there at the beginning is not asked for again.
    if (outcome == Outcome::kAbsent) target_.absent.emplace_back(asked.name);
  }

  Outcome fetch(const Asked& asked) {
    Url url = target_.page(asked.name, asked.query);
    report(url.query.empty() ? std::string(asked.name)
                             : fmt::format("{}?{}", asked.name, asked.query));
    Result<Page> page = fetcher_->get(url);
    if (!page) {
      problem_ = page.error().message;
      bool refused =
          page.error().kind == ErrorKind::kNotFound || page.error().kind == ErrorKind::kPermission;
      return refused && asked.optional ? Outcome::kAbsent : Outcome::kFailed;
    }
    out_.bytes += page->body.size();
    Outcome outcome = read(url, *page, asked);
    if (outcome == Outcome::kRead) save(asked.file, page->body);
    return outcome;
  }

  // Adds the page to the evidence. Some servers answer every address with a page of their own.
  Outcome read(const Url& url, const Page& page, const Asked& asked) {
    size_t before = evidence_.snapshots.size();
    std::unique_ptr<ByteSource> source = source_of(std::string_view(page.body));
    read_input(*source, fmt::format("{} (look {})", url.shown(), look_), options_.read, evidence_);
    Input& input = evidence_.inputs.back();
    if (!page.problem.empty()) input.error = page.problem;
    if (evidence_.snapshots.size() == before) {
      problem_ = fmt::format("{}: {}", url.shown(), input.error);
      for (const Note& n : input.notes) {
        if (n.kind == Note::Kind::kInstead) problem_ += "; " + n.message;
      }
      evidence_.inputs.pop_back();
      return asked.optional && page.problem.empty() ? Outcome::kAbsent : Outcome::kFailed;
    }
    for (size_t i = before; i < evidence_.snapshots.size(); i++) {
      // One clock for all pages: that of the process may be another.
      evidence_.snapshots[i].time_ns = time_ns_;
      evidence_.snapshots[i].time_is_own = false;
    }
    name_kind(asked.name);
    return Outcome::kRead;
  }

  // Mutex and block profiles without samples look the same; here it is known which one it is.
  void name_kind(std::string_view name) {
    Snapshot& snapshot = evidence_.snapshots.back();
    if (snapshot.kind != SnapshotKind::kOtherProfile) return;
    if (name != "mutex" && name != "block") return;
    std::string& what = evidence_.inputs.back().what;
    std::string_view before = text_of(snapshot.kind);
    snapshot.kind = name == "mutex" ? SnapshotKind::kMutex : SnapshotKind::kBlock;
    if (what.starts_with(before)) what.replace(0, before.size(), text_of(snapshot.kind));
  }

  void save(std::string_view file, std::string_view bytes) {
    if (!out_.save_error.empty()) return;
    base::Status saved =
        save_(fmt::format("look{:0{}}-{}", look_, plan_.looks > 99 ? 5 : 2, file), bytes);
    if (!saved) out_.save_error = saved.error().message;
  }

  void report(std::string_view page) { on_progress_({look_, plan_.looks, page, goroutines_}); }

  void note(Note::Kind kind, std::string message) {
    constexpr size_t kMaxNotes = 100;
    if (out_.notes.size() < kMaxNotes) out_.notes.push_back({kind, std::move(message)});
  }

  const CollectOptions& options_;
  Clock& clock_;
  Evidence& evidence_;
  OnProgress on_progress_;
  SavePage save_;
  Collection out_;
  std::optional<Fetcher> fetcher_;
  Target target_;
  Plan plan_;
  uint32_t look_ = 0;
  int64_t time_ns_ = 0;      // of the look
  uint64_t goroutines_ = 0;  // counted last
  uint64_t dump_bytes_ = 0;
  bool told_budget_ = false;
  std::string problem_;  // of the last page that failed
};

}  // namespace

std::unique_ptr<Clock> wall_clock() { return std::make_unique<WallClock>(); }

Collection collect(const CollectOptions& options, Clock& clock, Evidence& evidence,
                   OnProgress on_progress, SavePage save) {
  return Collector(options, clock, evidence, on_progress, save).run();
}

}  // namespace unpark::evidence
