// How a group grows, how old it is and what it is ranked by, in words: only what says something.
#pragma once

#include <string>

#include "diagnose/diagnosis.h"

namespace unpark::report {

// "114 -> 133 -> 214, +100 in 5s, about 20 per second; since the look before 194 still there, ...",
// or "constant: 1 in each of 6 looks". Rates are in the unit that the looks span: what was seen for
// seconds says little of a day. `all`: every look, however many. Empty for fewer than two looks.
std::string growth_words(const diagnose::Diagnosis& diagnosis, const diagnose::Group& group,
                         bool all);

// "oldest 12 min (since ...), median 3 min; ..."; empty when none is known to be a minute old.
std::string age_words(const diagnose::Diagnosis& diagnosis, const diagnose::Group& group);

// The terms in the order in which they count: "strength growing; growth 72,000 per hour, 2.0 KiB
// each; ...". Without those that say nothing: zeros, and chance where nothing changes.
std::string rank_words(const diagnose::Group& group);

// "+300", "-12".
std::string change_words(int64_t change);
// At most so many digits that are not zero: "130,000", "1.9".
std::string rounded(double value, int digits);

}  // namespace unpark::report
