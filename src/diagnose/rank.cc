#include "diagnose/rank.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/hash.h"
#include "diagnose/lines.h"

namespace unpark::diagnose {

namespace {

constexpr uint64_t kWorthShowing = 10;

std::string_view operation_of(Wait wait) {
  switch (wait) {
    case Wait::kReceive:
      return "recv";
    case Wait::kSend:
      return "send";
    case Wait::kSelect:
    case Wait::kNoCases:
      return "select";
    case Wait::kLock:
      return "lock";
    case Wait::kReadLock:
      return "rlock";
    case Wait::kCond:
    case Wait::kWaitGroup:
      return "wait";
    default:
      return "at";
  }
}

double growth_an_hour(const Group& g) {
  bool growing = g.strength == Strength::kGrowing || g.strength == Strength::kSurviving;
  if (!growing && g.growth.total <= 0) return 0;
  return std::max(0.0, g.growth.per_hour != 0 ? g.growth.per_hour : g.growth.per_look);
}

double bytes_of_one(const Group& g) {
  double bytes = static_cast<double>(g.stack_bytes);
  if (g.heap_bytes) bytes += static_cast<double>(std::max<int64_t>(0, *g.heap_bytes));
  double many = static_cast<double>(std::max<uint64_t>(1, g.count));
  return bytes <= 0 ? 1 : bytes / many;
}

// `total`: goroutines of the group's look.
void add_terms(uint64_t total, GroupWork& work) {
  Group& g = work.out;
  g.terms.reserve(8);
  auto add = [&](std::string_view name, double value, std::string_view unit) {
    g.terms.push_back({name, value, unit});
  };
  add("strength", static_cast<double>(g.strength), "");
  if (work.victims > 0) add("victims", static_cast<double>(work.victims), "goroutines");
  if (work.is_victim) add("waits for another group", 1, "");
  bool timed = g.growth.per_hour != 0;
  if (g.looks.size() > 1) {
    if (timed) add("growth per hour", g.growth.per_hour, "goroutines/h");
    if (!timed) add("growth per look", g.growth.per_look, "goroutines/look");
    if (g.growth.tested && g.growth.probability < 1) add("chance", g.growth.probability, "");
  }
  if (g.base_count) {
    add("since base", static_cast<double>(static_cast<int64_t>(g.count) - *g.base_count),
        "goroutines");
  }
  add("bytes of one", bytes_of_one(g), "B");
  add("count", static_cast<double>(g.count), "goroutines");
  if (total > 0) {
    add("share", 100 * static_cast<double>(g.count) / static_cast<double>(total), "%");
  }
  if (g.ages.oldest_minutes) add("age", static_cast<double>(*g.ages.oldest_minutes), "min");
}

void name_site(Signatures& signatures, GroupWork& work) {
  Group& g = work.out;
  auto frames = signatures.symbols()[g.stack];
  if (frames.empty() || g.blocking_frame >= frames.size()) return;
  const Function& f = signatures.names().of(frames[g.blocking_frame]);
  std::string_view function = f.name;
  if (function.size() > f.package.size() && function.starts_with(f.package)) {
    function.remove_prefix(f.package.size() + 1);
  }
  std::string_view operation = work.from_heap ? "alloc" : operation_of(work.key.wait);
  g.site.reserve(f.package.size() + function.size() + operation.size() + 4);
  g.site.append(f.package).append(".").append(function);
  g.site.append(":").append(operation).append("#?");
  // Lines stay out of it: the same group of the next build has others.
  const Function& creator = signatures.names().of(g.created_by);
  uint64_t hash = base::hash64(g.site);
  hash = base::hash64(creator.name, hash);
  g.fingerprint = fmt::format(FMT_COMPILE("group/1:{:016x}"), hash);
}

bool is_shown(const Group& g, bool all, bool in_edge) {
  if (all || in_edge || g.strength < Strength::kExpected) return true;
  return g.mechanism != Mechanism::kRuntime && g.count >= kWorthShowing;
}

std::vector<uint32_t> sorted(const Model& model, const std::vector<uint32_t>& groups) {
  auto key = [&](uint32_t i) {
    const GroupWork& w = model.groups[i];
    const Group& g = w.out;
    uint32_t age = g.ages.oldest_minutes.value_or(0);
    return std::tuple(g.strength, w.is_victim && g.strength != Strength::kProven,
                      -growth_an_hour(g) * bytes_of_one(g), ~g.count, g.mechanism, ~age, i);
  };
  std::vector<decltype(key(0))> keys;
  keys.reserve(groups.size());
  for (uint32_t i : groups) keys.push_back(key(i));
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> out;
  out.reserve(keys.size());
  for (const auto& k : keys) out.push_back(std::get<6>(k));
  return out;
}

}  // namespace

std::vector<uint32_t> rank_groups(bool all, Model& model) {
  std::vector<uint32_t> order;
  std::vector<bool> in_edge(model.groups.size(), false);
  for (const Edge& e : model.edges) {
    in_edge[e.from.raw] = true;
    if (e.to.exists()) in_edge[e.to.raw] = true;
  }
  std::vector<uint64_t> totals;
  for (const LookWork& look : model.looks) {
    totals.push_back(std::accumulate(look.counts.begin(), look.counts.end(), uint64_t{0}));
  }
  for (uint32_t i = 0; i < model.groups.size(); i++) {
    GroupWork& work = model.groups[i];
    bool only_base = !work.from_heap && model.looks[work.look].in_base;
    if (only_base || !is_shown(work.out, all, in_edge[i])) continue;
    add_terms(work.look < totals.size() ? totals[work.look] : 0, work);
    name_site(model.signatures, work);
    order.push_back(i);
  }
  return sorted(model, order);
}

Verdict verdict_of(const Diagnosis& d) {
  Strength strongest = Strength::kExpected;
  for (const Group& g : d.groups) strongest = std::min(strongest, g.strength);
  if (strongest <= Strength::kDeadlock) return Verdict::kLeak;
  if (strongest <= Strength::kOutlived) return Verdict::kLikelyLeak;
  if (strongest == Strength::kHung) return Verdict::kHang;
  if (strongest == Strength::kOldAndMany) return Verdict::kSuspicious;
  bool grows =
      d.looks.empty() && std::any_of(d.series.begin(), d.series.end(), [](const Series& s) {
        return s.growth.significant && counts_goroutines(s.name);
      });
  if (grows) return Verdict::kSuspicious;
  if (!d.races.empty()) return Verdict::kRaces;
  bool whole =
      std::any_of(d.looks.begin(), d.looks.end(), [](const Look& l) { return !l.partial; });
  return whole ? Verdict::kNoLeakFound : Verdict::kNotEnough;
}

}  // namespace unpark::diagnose
