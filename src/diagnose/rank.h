// Ranks: strength first; among equals the cause before its victims, then growth an hour times
// bytes, then the count. Ages decide only between groups of one mechanism: a signal loop waits for
// months. Every term is kept, in the order in which it counts.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills terms, site, fingerprint; gives the groups to show, in order. Expected groups are shown
// when `all` is set, when they are many, or when an edge needs them.
std::vector<uint32_t> rank_groups(bool all, Model& model);

Verdict verdict_of(const Diagnosis& diagnosis);

}  // namespace unpark::diagnose
