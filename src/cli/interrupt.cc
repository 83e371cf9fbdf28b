#include "cli/interrupt.h"

namespace unpark::cli {

static sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

Interrupt::Interrupt() {
  sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &before_);
  // The signal waits for a thread that asks for it, so that no handler, and nothing global, is
  // needed.
  waiter_ = std::jthread([this](std::stop_token stop) {
    sigset_t waited = end_signals();
    constexpr timespec kMoment = {0, 50'000'000};
    while (!stop.stop_requested()) {
      if (sigtimedwait(&waited, nullptr, &kMoment) < 0) continue;
      came_ = true;
      // This thread takes the next one, and dies of it with all the others.
      pthread_sigmask(SIG_UNBLOCK, &waited, nullptr);
      while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
}

Interrupt::~Interrupt() {
  waiter_.request_stop();
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace unpark::cli
