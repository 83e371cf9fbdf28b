// What the passes of an analysis cost, as the tree that `--timings` prints.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/os.h"
#include "engine/analyze.h"

namespace unpark::engine {

// Used by the thread that runs the passes: CPU seconds of the whole process.
class PassClock {
 public:
  // Names the time since the last pass ended. Parts that were added since then are its parts.
  void pass(std::string name) {
    double now = base::cpu_seconds();
    times_.push_back({std::move(name), now - last_, 0});
    times_.insert(times_.end(), parts_.begin(), parts_.end());
    parts_.clear();
    last_ = last_part_ = now;
  }
  // Names the time since the last part, or pass, ended.
  void part(std::string name) {
    double now = base::cpu_seconds();
    add_part(std::move(name), now - last_part_);
    last_part_ = now;
  }
  void add_part(std::string name, double cpu) { parts_.push_back({std::move(name), cpu, 1}); }
  std::vector<PassTime> take() { return std::move(times_); }

 private:
  double last_ = base::cpu_seconds();
  double last_part_ = last_;
  std::vector<PassTime> times_, parts_;
};

// Where a worker's time goes while rules run, by slots that the owner numbers. Used by one thread;
// without `on`, free.
class Stopwatch {
 public:
  void start(size_t slots) {
    seconds_.assign(slots, 0.0);
    last_ = base::thread_cpu_seconds();
  }
  bool on() const { return !seconds_.empty(); }
  // What came since the last call belongs to nobody.
  void skip() {
    if (on()) last_ = base::thread_cpu_seconds();
  }
  // What came since the last call belongs to the slot.
  void charge(size_t slot) {
    if (!on()) return;
    double now = base::thread_cpu_seconds();
    seconds_[slot] += now - last_;
    last_ = now;
  }
  double seconds(size_t slot) const { return on() ? seconds_[slot] : 0; }

 private:
  std::vector<double> seconds_;
  double last_ = 0;
};

}  // namespace unpark::engine
