// Collects evidence from a live process, gently: what is cheap first, what costs only below a
// budget, each costly page as seldom as it can be.
//
// A look is a goroutine profile (protobuf: cheap for the process), and a dump with ids and ages
// (debug=2: stops the process while it is made) when the profile counted few enough goroutines.
// Heap profile, /debug/vars and /metrics at the beginning and at the end; mutex and block profiles
// and, where the process offers it, the leak profile (which forces a garbage collection) once at
// the end. Pages that are not there are left out.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/fetch.h"
#include "evidence/read.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

// Time, so that tests need not wait.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t now_ns() = 0;  // since 1970; never goes back
  // Until then, or until `cancel` becomes true.
  virtual void sleep_until_ns(int64_t time_ns, const std::atomic<bool>* cancel) = 0;
};
std::unique_ptr<Clock> wall_clock();

struct CollectOptions {
  // "http://host:6060", an address below which /debug/pprof/ is, that of the index page, or that of
  // one profile, which is then all that is looked at.
  std::string url;
  FetchOptions fetch;
  ReadOptions read;
  double for_seconds = 60;         // from the first look to the last
  double every_seconds = 10;       // between looks
  uint64_t dump_budget = 20'000;   // goroutines above which no dump is asked for
  uint64_t dump_bytes = 64 << 20;  // of dumps; then only the last look has one
  bool leak_profile = true;
};

// What is being done, for whoever waits.
struct CollectProgress {
  uint32_t look = 0;        // from 1
  uint32_t looks = 0;       // planned
  std::string_view page;    // "goroutine?debug=2"; empty: waiting for the next look
  uint64_t goroutines = 0;  // of the last look
};

struct Collection {
  uint32_t looks = 0;  // that brought a goroutine profile or what else was asked for
  uint64_t bytes = 0;
  bool cancelled = false;
  std::string error;                  // why nothing was collected, or no more
  std::string save_error;             // the first one
  std::vector<std::string> warnings;  // on credentials and certificates
  std::vector<Note> notes;            // on single pages that failed
};

// Gets the name of a file and what it should hold: a page as it was sent. Failures are kept in
// save_error, and nothing more is saved.
using SavePage = absl::FunctionRef<base::Status(std::string_view name, std::string_view bytes)>;
using OnProgress = absl::FunctionRef<void(const CollectProgress&)>;

// Adds an input and its snapshots for each page. All snapshots of a look have the time at which the
// look began. What was collected before a failure, or before options.fetch.cancel, is kept.
Collection collect(const CollectOptions& options, Clock& clock, Evidence& evidence,
                   OnProgress on_progress, SavePage save);

}  // namespace unpark::evidence
