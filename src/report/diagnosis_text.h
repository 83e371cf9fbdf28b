// A diagnosis for people: the verdict, then the groups in their order, each with its reasons.
//
//   likely leak: 1 group growing
//   evidence: 2 looks at one process over 10m, go1.26.7: 1,204 -> 4,310 goroutines
//
//   #1 growing[UP1005 abandoned-sender]: 4,310 goroutines wait to send to receivers that ...
//     --> quote/quote.go:32 in quote.Handler.func1.1 [chan send]
//      | called from net/http/server.go:2322 in http.HandlerFunc.ServeHTTP
//      = started: quote/quote.go:30 in quote.Handler.func1
//      = growth: 1,204 -> 4,310, +3,106 in 10m, about 310 per minute
//      = help: give the channel room for every value
//
// Groups without a suspicion, and expected ones, take a line each. So do those of which a single
// look cannot tell whether they pile up.
#pragma once

#include <string>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"

namespace unpark::report {

struct DiagnosisTextOptions {
  std::string working_dir;  // paths are shown relative to it
  bool color = false;
  bool redact = true;   // no addresses, no values of labels
  bool all = false;     // no limits on what is listed
  size_t width = 0;     // columns of the terminal; 0: lines are as long as what they say
  bool tree = false;    // the stacks of the last look as a tree, too
  size_t base_end = 0;  // snapshots before it are the base of a comparison
};

std::string diagnosis_text(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                           const DiagnosisTextOptions& options);

}  // namespace unpark::report
