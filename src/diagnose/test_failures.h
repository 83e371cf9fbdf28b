// What failed tests leave: goroutines that goleak found, and the test that ran out of time.
#pragma once

#include "diagnose/model.h"

namespace unpark::diagnose {

// Fills GroupWork::outlived and GroupWork::hung.
//
// `go test` ends with a panic and a dump when the time is up ("panic: test timed out after 10m0s").
// Tests that were running then have goroutines whose outermost function is testing.tRunner, or
// (*testing.B).runN; those that wait for other tests, subtests or their turn stand in the package
// testing itself, and are not where it hangs.
void find_test_failures(Model& model);

}  // namespace unpark::diagnose
