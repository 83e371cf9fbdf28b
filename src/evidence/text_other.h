// What other tools print about goroutines and has no stacks in it: named, so that whoever brings it
// learns what to bring instead.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evidence/snapshot.h"

namespace unpark::evidence {

class OtherTools {
 public:
  void look(std::string_view line);
  void add_notes(std::vector<Note>* notes) const;
  // go-deadlock prints the goroutines it suspects, and no others unless told to.
  bool saw_go_deadlock() const { return seen_[kGoDeadlock] > 0; }

 private:
  static constexpr size_t kCount = 7, kGoDeadlock = 4;
  uint64_t seen_[kCount] = {};
};

}  // namespace unpark::evidence
