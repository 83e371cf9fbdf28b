// ProgressLine: what a run is doing, in one line on the terminal that is rewritten and goes away.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "engine/analyze.h"

namespace unpark::cli {

class ProgressLine {
 public:
  // Whether standard error is a terminal that can rewrite a line.
  static bool possible();

  ~ProgressLine() { clear(); }
  // From any thread; most calls return at once.
  void show(const engine::Progress& progress);
  void clear();

 private:
  std::mutex mutex_;
  std::atomic<int64_t> next_{0};  // the time at which the line may change again
  bool shown_ = false;
};

}  // namespace unpark::cli
