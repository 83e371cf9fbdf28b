// Expectations in Go files: what findings a rule must have there, and what it must not.
//
//	func (q *Queue) BadDrain() int {
//		q.mu.Lock() // note "q.mu locked here"
//		defer q.mu.Unlock()
//		return <-q.done // want UP4008 "waits with q.mu held"
//		//     ^^^^^^^^
//	}
//
// - `want RULE "text"` in a line comment: a finding of the rule (its id or name) begins on this
// line and its
//   message contains the text. Each want meets one finding and each finding one want.
// - `note "text"`: a label of some finding begins on this line and contains the text. A label needs
// no note.
// - A comment may hold several of them. The text is a Go string, "…" or `…`.
// - Carets in a comment below pin the exact code: the first group the first want of the line, and
// so on.
//   Slashes directly before a caret count as carets, for code at the very left.
// - Functions and methods called Bad… hold a finding, Good… none. Missed… should hold one and does
// not, Noisy…
//   holds one and should not: each has a comment that says why, and fails on the day it turns
//   right.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "diag/finding.h"
#include "diag/places.h"
#include "source/span.h"

namespace unpark::testing {

// What is not as the file says, as "line 12: …" in the order of lines; empty when all is. Findings
// in other files are passed over. Faulty expectations are mismatches, too. The file must be valid
// Go.
std::vector<std::string> check_go_cases(source::FileId file,
                                        std::span<const diag::Finding> findings,
                                        diag::Places& places);

}  // namespace unpark::testing
