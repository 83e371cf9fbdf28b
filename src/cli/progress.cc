#include "cli/progress.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "base/os.h"

namespace unpark::cli {

namespace {

constexpr int64_t kInterval = 50'000'000;        // nanoseconds between two lines
constexpr int64_t kPatience = 150'000'000;       // short runs show nothing
constexpr std::string_view kErase = "\r\x1b[K";  // and back to the first column

}  // namespace

bool ProgressLine::possible() {
  std::optional<std::string> term = base::env_var("TERM");
  return base::is_terminal(2) && term && !term->empty() && *term != "dumb";
}

void ProgressLine::show(const engine::Progress& progress) {
  int64_t now = base::wall_clock_ns();
  int64_t next = next_.load(std::memory_order_relaxed);
  if (next == 0) {
    next_.compare_exchange_strong(next, now + kPatience, std::memory_order_relaxed);
    return;
  }
  if (now < next ||
      !next_.compare_exchange_strong(next, now + kInterval, std::memory_order_relaxed)) {
    return;
  }
  std::string line(kErase);
  line += progress.pass;
  if (progress.total > 0) line += fmt::format(" {} of {}", progress.done, progress.total);
  std::lock_guard<std::mutex> lock(mutex_);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!shown_) return;
  std::fwrite(kErase.data(), 1, kErase.size(), stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace unpark::cli
