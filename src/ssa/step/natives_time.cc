// Time: a clock that moves only when every goroutine waits, then straight to the next timer.
#include <algorithm>

#include "ssa/step/natives.h"

namespace unpark::ssa::step {

namespace {

constexpr int64_t kSecond = 1'000'000'000;
// What the monotonic clock showed when the program began.
constexpr int64_t kStart = 1'257'893'999'000'000'000;

int64_t monotonic(Machine& m) { return m.state().now - kStart; }

void now(Machine& m, NativeCall& c) {
  c.set<int64_t>(0, m.state().now / kSecond);
  c.set<int32_t>(1, static_cast<int32_t>(m.state().now % kSecond));
  c.set<int64_t>(2, monotonic(m));
  m.state().now++;  // time does not stand still
}

void nano(Machine& m, NativeCall& c) {
  c.set<int64_t>(0, monotonic(m));
  m.state().now++;
}

void no(Machine&, NativeCall& c) { c.set<bool>(0, false); }

void sleep(Machine& m, NativeCall& c) {
  Wake& wake = m.current().wake;
  if (wake.ready) {
    wake.ready = false;
    return;
  }
  int64_t d = c.get<int64_t>(0);
  if (d <= 0) return;
  Timer t;
  if (__builtin_add_overflow(m.state().now, d, &t.when)) t.when = INT64_MAX;
  t.sleeper = m.waiter();
  m.start_timer(t);
  m.park("sleep");
}

// `when` is in monotonic time.
int64_t absolute(int64_t when) {
  int64_t out = 0;
  return __builtin_add_overflow(when, kStart, &out) ? INT64_MAX : out;
}

void new_timer(Machine& m, NativeCall& c) {
  Image& image = m.image();
  TypeId type = image.find_type("time", "Timer");
  // Behind the visible fields: what a Reset needs.
  uint64_t size = m.layout(type).size;
  Word p = m.allocate_bytes(size + 24, type, true);
  uint8_t* bytes = m.at(p, size + 24);
  if (!bytes) return;
  bytes[image.field_offset(type, "initTimer")] = 1;
  Timer t;
  t.when = absolute(c.get<int64_t>(0));
  t.period = c.get<int64_t>(1);
  t.function = c.get<Word>(2);
  t.argument = c.get<GoInterface>(3);
  t.timer = p;
  std::memcpy(bytes + size, &t.function, 8);
  std::memcpy(bytes + size + 8, &t.argument, 16);
  m.start_timer(t);
  c.set(0, p);
}

void stop_timer(Machine& m, NativeCall& c) { c.set<bool>(0, m.stop_timer(c.get<Word>(0))); }

void reset_timer(Machine& m, NativeCall& c) {
  Word p = c.get<Word>(0);
  bool was = m.stop_timer(p);
  TypeId type = m.image().find_type("time", "Timer");
  uint64_t size = m.layout(type).size;
  const uint8_t* bytes = m.at(p, size + 24);
  if (!bytes) return;
  Timer t;
  t.when = absolute(c.get<int64_t>(1));
  t.period = c.get<int64_t>(2);
  t.timer = p;
  std::memcpy(&t.function, bytes + size, 8);
  std::memcpy(&t.argument, bytes + size + 8, 16);
  m.start_timer(t);
  c.set<bool>(0, was);
}

}  // namespace

NativeTable time_natives() {
  static constexpr NativeEntry kTable[] = {
      {"time.now", now},
      {"time.runtimeNow", now},
      {"time.runtimeNano", nano},
      {"time.runtimeIsBubbled", no},
      {"time.Sleep", sleep},
      {"time.newTimer", new_timer},
      {"time.stopTimer", stop_timer},
      {"time.resetTimer", reset_timer},
      {"internal/poll.runtimeNano", nano},
      {"runtime.nanotime", nano},
  };
  return kTable;
}

}  // namespace unpark::ssa::step
