// A diagnosis as a pprof profile, so that viewers of profiles show it: a sample for each group, its
// value the number of goroutines, with the labels mechanism, rule, strength and state.
#pragma once

#include <string>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"

namespace unpark::report {

// gzip.
std::string diagnosis_pprof(const evidence::Evidence& evidence,
                            const diagnose::Diagnosis& diagnosis);

}  // namespace unpark::report
