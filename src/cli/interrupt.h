// Interrupt: lets a long command end early and still say what it has found.
//
// While one exists, the first ^C (or SIGTERM) sets a flag; the second ends the process as usual.
// Make it before other threads are started: they take over which signals wait.
#pragma once

#include <signal.h>

#include <atomic>
#include <thread>

namespace unpark::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  const std::atomic<bool>* flag() const { return &came_; }

 private:
  sigset_t before_{};
  std::atomic<bool> came_ = false;
  std::jthread waiter_;
};

}  // namespace unpark::cli
