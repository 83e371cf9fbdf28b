// The stacks of one look as a tree, from what starts goroutines to where they are: a flame graph
// for a terminal.
//
//   5,514 100.0% ==================== all goroutines
//   4,310  78.2% ================       created by quote.Handler.func1
//                                       quote.Handler.func1.1
//
// A chain of calls without a branch is one entry of several lines at one depth. Goroutines are
// counted by functions, so two places of one function are one entry.
#pragma once

#include <string>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"
#include "report/diagnosis_text.h"

namespace unpark::report {

// Of the last look; empty when there is none. Branches of less than a hundredth of all goroutines
// are counted together, unless options.all.
std::string diagnosis_tree(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                           const DiagnosisTextOptions& options);

}  // namespace unpark::report
