// The order of a diagnosis.
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

void publish_looks(const Model& model, Diagnosis& out) {
  for (const LookWork& work : model.looks) {
    if (!work.shown) continue;
    const evidence::Snapshot& s = model.snapshot_of(work);
    uint64_t goroutines = 0;
    for (uint64_t count : work.counts) goroutines += count;
    out.looks.push_back({work.snapshot, s.time_ns, goroutines, work.process, s.cut, s.partial});
  }
  // A process that begins after another was seen for the last time is the same service, restarted.
  for (size_t i = 1; i < out.looks.size(); i++) {
    bool new_one = true, old_one_ended = true;
    for (size_t j = 0; j < i; j++) new_one &= out.looks[j].process != out.looks[i].process;
    for (size_t j = i; j < out.looks.size(); j++) {
      old_one_ended &= out.looks[j].process != out.looks[i - 1].process;
    }
    out.restarts += new_one && old_one_ended;
  }
}

void publish_groups(const std::vector<uint32_t>& order, Model& model, Diagnosis& out) {
  std::vector<GroupId> id_of(model.groups.size());
  for (uint32_t i = 0; i < order.size(); i++) id_of[order[i]] = GroupId(i);
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
  return out;
}

}  // namespace unpark::diagnose
