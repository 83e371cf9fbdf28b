// Processes: which looks are of one process, and which processes run one program.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "diagnose/model.h"

namespace unpark::diagnose {

// What an order of looks would mean.
struct Succession {
  std::vector<uint32_t> process;   // of each look of the order
  std::vector<uint32_t> followed;  // index in the order of the look before of its process
  uint32_t processes = 0;
  uint32_t falls = 0;     // how often the largest id of a process falls from look to look
  size_t come_backs = 0;  // goroutines that a look shows though the one before must have, too

  static constexpr uint32_t kNobody = UINT32_MAX;
};

// Processes are told apart by build id and start time where the evidence has them, by the largest
// goroutine id, by ids that two looks share but that were started at different places, and by
// goroutines that would have come back. `order`: indices into Model::looks, whose ids are filled.
Succession succession_of(const Model& model, std::span<const uint32_t> order);

// Fills LookWork::program where processes are known: two processes run one program when half of the
// functions of the user's code that one of them shows are those of the other. Those of package main
// decide where both show some, as programs of one module share the rest.
void tell_programs_apart(Model& model);

}  // namespace unpark::diagnose
