#include "diagnose/test_failures.h"

#include <algorithm>
#include <string_view>

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::Goroutine;

bool runs_tests(std::string_view function) {
  return function == "testing.tRunner" || function == "testing.(*B).runN";
}

// The outermost function is one that runs a test, and the innermost is not testing's own.
bool stands_in_test(Model& model, const Group& g) {
  std::span<const FrameId> frames = model.signatures.symbols()[g.stack];
  const StackInfo& info = model.signatures.of(g.stack);
  if (frames.empty() || info.runtime_only) return false;
  Names& names = model.signatures.names();
  auto root = std::find_if(frames.rbegin(), frames.rend(), [&](FrameId f) {
    const Function& function = names.of(f);
    return function.home != Home::kRuntime;
  });
  return root != frames.rend() && runs_tests(names.of(*root).name) &&
         names.of(frames[info.blocking]).package != "testing";
}

bool goleak_found_all(const evidence::Snapshot& s, std::span<const uint32_t> members) {
  return !members.empty() && std::all_of(members.begin(), members.end(), [&](uint32_t i) {
    return (s.goroutines[i].flags & evidence::kOutlived) != 0;
  });
}

}  // namespace

void find_test_failures(Model& model) {
  for (uint32_t g = 0; g < model.groups.size(); g++) {
    GroupWork& work = model.groups[g];
    if (work.from_heap) continue;
    const LookWork& look = model.looks[work.look];
    const evidence::Snapshot& s = model.snapshot_of(look);
    work.outlived = goleak_found_all(s, look.members_of(g));
    work.hung = s.message.starts_with("panic: test timed out") && stands_in_test(model, work.out);
  }
}

}  // namespace unpark::diagnose
