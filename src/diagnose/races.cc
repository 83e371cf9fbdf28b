#include "diagnose/races.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace unpark::diagnose {

namespace {

using evidence::Race;
using evidence::RaceAccess;

bool writes(const RaceAccess& a) {
  return a.kind == RaceAccess::kWrite || a.kind == RaceAccess::kAtomicWrite;
}

struct Keys {
  std::string exact;      // with lines
  std::string functions;  // without
};

Keys keys_of(Model& model, const Race& race) {
  std::vector<std::pair<std::string, std::string>> sides;
  for (const RaceAccess& a : race.accesses) {
    auto frames = model.signatures.symbols()[a.stack];
    const StackInfo& info = model.signatures.of(a.stack);
    std::string function, line;
    if (info.shown < frames.size()) {
      function = model.signatures.names().of(frames[info.shown]).name;
      line = fmt::format(":{}", model.signatures.symbols()[frames[info.shown]].line);
    }
    std::string side = (writes(a) ? "write " : "read ") + function;
    sides.emplace_back(side + line, side);
  }
  std::sort(sides.begin(), sides.end());
  Keys out;
  for (const auto& [exact, functions] : sides) {
    out.exact += exact + "\n";
    out.functions += functions + "\n";
  }
  return out;
}

}  // namespace

std::vector<RaceGroup> group_races(Model& model) {
  std::vector<RaceGroup> out;
  absl::flat_hash_map<std::string, size_t> known;
  absl::flat_hash_map<std::string, uint32_t> same_functions;
  const auto& snapshots = model.evidence.snapshots;
  for (uint32_t s = 0; s < snapshots.size(); s++) {
    for (uint32_t r = 0; r < snapshots[s].races.size(); r++) {
      Keys keys = keys_of(model, snapshots[s].races[r]);
      auto [slot, added] = known.try_emplace(keys.exact, out.size());
      if (!added) {
        out[slot->second].reports++;
        continue;
      }
      uint32_t number = ++same_functions[keys.functions];
      uint64_t hash = base::hash64(keys.functions, number);
      out.push_back({s, r, 1, fmt::format("race/1:{:016x}", hash)});
    }
  }
  return out;
}

}  // namespace unpark::diagnose
