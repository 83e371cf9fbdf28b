// The order of a diagnosis.
#include "diagnose/diagnosis.h"
#include "diagnose/groups.h"
#include "diagnose/looks.h"
#include "diagnose/model.h"

namespace unpark::diagnose {

Diagnosis diagnose(const evidence::Evidence& evidence, size_t base_end, const Options&) {
  Model model(evidence);
  find_looks(base_end, model);
  make_groups(model);
  describe_groups(model);
  Diagnosis out;
  for (const LookWork& work : model.looks) {
    if (work.in_base) continue;
    const evidence::Snapshot& s = model.snapshot_of(work);
    out.looks.push_back({work.snapshot, s.time_ns, s.goroutine_count(), work.process, s.cut});
  }
  for (GroupWork& g : model.groups) out.groups.push_back(std::move(g.out));
  if (!out.looks.empty()) out.verdict = Verdict::kNoLeakFound;
  return out;
}

}  // namespace unpark::diagnose
