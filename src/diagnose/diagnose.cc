// The order of a diagnosis.
#include <algorithm>

#include "diagnose/advise.h"
#include "diagnose/benign.h"
#include "diagnose/classify.h"
#include "diagnose/diagnosis.h"
#include "diagnose/groups.h"
#include "diagnose/join.h"
#include "diagnose/judge.h"
#include "diagnose/lines.h"
#include "diagnose/looks.h"
#include "diagnose/model.h"
#include "diagnose/races.h"
#include "diagnose/rank.h"
#include "diagnose/series.h"
#include "diagnose/test_failures.h"
#include "diagnose/waits_for.h"

namespace unpark::diagnose {

namespace {

std::vector<BenignPattern> patterns_of(const Options& options) {
  std::vector<std::string> errors;  // whoever took the text from the user has shown them
  std::vector<BenignPattern> out = parse_benign(options.benign_patterns, &errors);
  if (options.no_default_patterns) return out;
  for (BenignPattern& p : default_benign()) out.push_back(std::move(p));
  return out;
}

// Whether a look was certainly taken after another one of another process had been.
bool comes_later(const Model& model, const Look& before, const Look& after) {
  const evidence::Snapshot& a = model.evidence.snapshots[before.snapshot];
  const evidence::Snapshot& b = model.evidence.snapshots[after.snapshot];
  if (a.input == b.input) return true;
  if (!before.time_ns || !after.time_ns) return false;
  // Who waits for longer than that lived beside the other process.
  constexpr int64_t kMinute = 60'000'000'000;
  int64_t minutes = (*after.time_ns - *before.time_ns) / kMinute + 1;
  return std::none_of(b.goroutines.begin(), b.goroutines.end(), [&](const auto& g) {
    return g.minutes != evidence::Goroutine::kNotShown && g.minutes > minutes;
  });
}

void publish_looks(const Model& model, Diagnosis& out) {
  for (const LookWork& work : model.looks) {
    if (!work.shown) continue;
    const evidence::Snapshot& s = model.snapshot_of(work);
    uint64_t goroutines = 0;
    for (uint64_t count : work.counts) goroutines += count;
    out.looks.push_back({work.snapshot, model.time_of(work), goroutines, work.process, s.cut,
                         s.partial, work.program});
  }
  // A process that begins after another of its program was seen for the last time is that one,
  // restarted.
  for (size_t i = 1; i < out.looks.size(); i++) {
    bool new_one = true, old_one_ended = true;
    for (size_t j = 0; j < i; j++) new_one &= out.looks[j].process != out.looks[i].process;
    for (size_t j = i; j < out.looks.size(); j++) {
      old_one_ended &= out.looks[j].process != out.looks[i - 1].process;
    }
    const Look &before = out.looks[i - 1], &after = out.looks[i];
    bool same_program = before.program == after.program;
    out.restarts += new_one && old_one_ended && same_program && comes_later(model, before, after);
  }
}

void publish_groups(const std::vector<uint32_t>& order, Model& model, Diagnosis& out) {
  std::vector<GroupId> id_of(model.groups.size());
  for (uint32_t i = 0; i < order.size(); i++) id_of[order[i]] = GroupId(i);
  out.groups.reserve(order.size());
  for (uint32_t i : order) out.groups.push_back(std::move(model.groups[i].out));
  out.cycles = std::move(model.cycles);
  out.edges = std::move(model.edges);
  for (Edge& e : out.edges) {
    e.from = id_of[e.from.raw];
    if (e.to.exists()) e.to = id_of[e.to.raw];
  }
}

}  // namespace

Diagnosis diagnose(const evidence::Evidence& evidence, size_t base_end, const Options& options) {
  Model model(evidence);
  find_looks(base_end, model);
  make_groups(model);
  describe_groups(model);
  follow_groups(model);
  classify_groups(model);
  find_waits(model);
  join_profiles(model);
  find_test_failures(model);
  judge_groups(patterns_of(options), model);
  answer_the_rest(model);
  say_what_is_missing(model);
  std::vector<uint32_t> order = rank_groups(options.all, model);
  Diagnosis out;
  publish_looks(model, out);
  publish_groups(order, model, out);
  out.races = group_races(model);
  out.series = lines_of_growth(model);
  out.verdict = verdict_of(out);
  out.next_steps = next_steps(model, out);
  out.notes = std::move(model.notes);
  return out;
}

}  // namespace unpark::diagnose
