// Atomics, and the semaphores and notification lists under package sync.
#include "ssa/step/natives.h"

namespace unpark::ssa::step {

namespace {

// Calls f with the variable at the pointer in parameter 0.
template <typename T, typename F>
void with(Machine& m, NativeCall& c, F f) {
  uint8_t* p = m.at(c.get<Word>(0), sizeof(T));
  if (!p) return;
  T v;
  std::memcpy(&v, p, sizeof v);
  f(v);
  std::memcpy(p, &v, sizeof v);
}

template <typename T>
void add(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) {
    v = static_cast<T>(v + c.get<T>(1));
    c.set(0, v);
  });
}
template <typename T>
void and_old(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) {
    c.set(0, v);
    v = static_cast<T>(v & c.get<T>(1));
  });
}
template <typename T>
void or_old(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) {
    c.set(0, v);
    v = static_cast<T>(v | c.get<T>(1));
  });
}
template <typename T>
void load(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) { c.set(0, v); });
}
template <typename T>
void store(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) { v = c.get<T>(1); });
}
template <typename T>
void swap(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) {
    c.set(0, v);
    v = c.get<T>(1);
  });
}
template <typename T>
void cas(Machine& m, NativeCall& c) {
  with<T>(m, c, [&](T& v) {
    bool same = v == c.get<T>(1);
    if (same) v = c.get<T>(2);
    c.set<bool>(0, same);
  });
}

void nothing(Machine&, NativeCall&) {}
void no(Machine&, NativeCall& c) { c.set<bool>(0, false); }
void zero(Machine&, NativeCall& c) { c.set<int64_t>(0, 0); }

void acquire(Machine& m, NativeCall& c, const char* reason) {
  m.current().wake.ready = false;
  with<uint32_t>(m, c, [&](uint32_t& v) {
    if (v > 0) {
      v--;
      return;
    }
    m.state().semaphores[c.get<Word>(0)].push_back(m.waiter());
    m.park(reason);
  });
}

void acquire_semaphore(Machine& m, NativeCall& c) { acquire(m, c, "semacquire"); }
void acquire_mutex(Machine& m, NativeCall& c) { acquire(m, c, "sync.Mutex.Lock"); }
void acquire_rlock(Machine& m, NativeCall& c) { acquire(m, c, "sync.RWMutex.RLock"); }
void acquire_rwlock(Machine& m, NativeCall& c) { acquire(m, c, "sync.RWMutex.Lock"); }
void acquire_group(Machine& m, NativeCall& c) { acquire(m, c, "sync.WaitGroup.Wait"); }

void release(Machine& m, NativeCall& c) {
  with<uint32_t>(m, c, [&](uint32_t& v) { v++; });
  m.wake_one(c.get<Word>(0));
}

// A notifyList begins with two counters: tickets given, tickets notified.
void notify_add(Machine& m, NativeCall& c) {
  with<uint32_t>(m, c, [&](uint32_t& wait) { c.set(0, wait++); });
}

void notify_wait(Machine& m, NativeCall& c) {
  Wake& wake = m.current().wake;
  if (wake.ready) {
    wake.ready = false;
    return;
  }
  Word list = c.get<Word>(0);
  uint32_t ticket = c.get<uint32_t>(1);
  const uint8_t* p = m.at(list, 8);
  if (!p) return;
  uint32_t notified;
  std::memcpy(&notified, p + 4, 4);
  if (static_cast<int32_t>(ticket - notified) < 0) return;
  m.state().semaphores[list].push_back(m.waiter(ticket));
  m.park("sync.Cond.Wait");
}

void notify(Machine& m, Word list, bool all) {
  uint8_t* p = m.at(list, 8);
  if (!p) return;
  uint32_t given;
  uint32_t notified;
  std::memcpy(&given, p, 4);
  std::memcpy(&notified, p + 4, 4);
  if (given == notified) return;
  uint32_t until = all ? given : notified + 1;
  std::memcpy(p + 4, &until, 4);
  auto it = m.state().semaphores.find(list);
  if (it == m.state().semaphores.end()) return;
  std::deque<Waiter> queue = std::move(it->second);
  m.state().semaphores.erase(it);
  std::deque<Waiter> rest;
  for (Waiter& w : queue) {
    if (static_cast<int32_t>(w.which - until) < 0) {
      m.wake(w, {true, true, 0, {}});
    } else {
      rest.push_back(std::move(w));
    }
  }
  if (!rest.empty()) m.state().semaphores[list] = std::move(rest);
}

void notify_all(Machine& m, NativeCall& c) { notify(m, c.get<Word>(0), true); }
void notify_one(Machine& m, NativeCall& c) { notify(m, c.get<Word>(0), false); }

void fatal(Machine& m, NativeCall& c) { m.fatal(m.view(c.get<GoString>(0))); }
void nanotime(Machine& m, NativeCall& c) { c.set(0, m.state().now); }

// A pool may forget what it was given at any time; this one does at once.
void pool_get(Machine& m, NativeCall& c) {
  Word pool = c.get<Word>(0);
  Image& image = m.image();
  TypeId type = image.find_type("sync", "Pool");
  const uint8_t* p = m.at(pool + image.field_offset(type, "New"), 8);
  if (!p) return;
  Word make;
  std::memcpy(&make, p, 8);
  if (make) m.call_value(make, {}, c.code().native_results, After::kResume);
}

}  // namespace

NativeTable sync_natives() {
  static constexpr NativeEntry kTable[] = {
      {"sync/atomic.AddInt32", add<int32_t>},
      {"sync/atomic.AddInt64", add<int64_t>},
      {"sync/atomic.AddUint32", add<uint32_t>},
      {"sync/atomic.AddUint64", add<uint64_t>},
      {"sync/atomic.AddUintptr", add<uint64_t>},
      {"sync/atomic.AndInt32", and_old<int32_t>},
      {"sync/atomic.AndInt64", and_old<int64_t>},
      {"sync/atomic.AndUint32", and_old<uint32_t>},
      {"sync/atomic.AndUint64", and_old<uint64_t>},
      {"sync/atomic.AndUintptr", and_old<uint64_t>},
      {"sync/atomic.OrInt32", or_old<int32_t>},
      {"sync/atomic.OrInt64", or_old<int64_t>},
      {"sync/atomic.OrUint32", or_old<uint32_t>},
      {"sync/atomic.OrUint64", or_old<uint64_t>},
      {"sync/atomic.OrUintptr", or_old<uint64_t>},
      {"sync/atomic.CompareAndSwapInt32", cas<int32_t>},
      {"sync/atomic.CompareAndSwapInt64", cas<int64_t>},
      {"sync/atomic.CompareAndSwapPointer", cas<uint64_t>},
      {"sync/atomic.CompareAndSwapUint32", cas<uint32_t>},
      {"sync/atomic.CompareAndSwapUint64", cas<uint64_t>},
      {"sync/atomic.CompareAndSwapUintptr", cas<uint64_t>},
      {"sync/atomic.LoadInt32", load<int32_t>},
      {"sync/atomic.LoadInt64", load<int64_t>},
      {"sync/atomic.LoadPointer", load<uint64_t>},
      {"sync/atomic.LoadUint32", load<uint32_t>},
      {"sync/atomic.LoadUint64", load<uint64_t>},
      {"sync/atomic.LoadUintptr", load<uint64_t>},
      {"sync/atomic.StoreInt32", store<int32_t>},
      {"sync/atomic.StoreInt64", store<int64_t>},
      {"sync/atomic.StorePointer", store<uint64_t>},
      {"sync/atomic.StoreUint32", store<uint32_t>},
      {"sync/atomic.StoreUint64", store<uint64_t>},
      {"sync/atomic.StoreUintptr", store<uint64_t>},
      {"sync/atomic.SwapInt32", swap<int32_t>},
      {"sync/atomic.SwapInt64", swap<int64_t>},
      {"sync/atomic.SwapPointer", swap<uint64_t>},
      {"sync/atomic.SwapUint32", swap<uint32_t>},
      {"sync/atomic.SwapUint64", swap<uint64_t>},
      {"sync/atomic.SwapUintptr", swap<uint64_t>},
      {"sync/atomic.runtime_procPin", zero},
      {"sync/atomic.runtime_procUnpin", nothing},
      {"internal/runtime/atomic.Load", load<uint32_t>},
      {"internal/runtime/atomic.Load64", load<uint64_t>},
      {"internal/runtime/atomic.Loadp", load<uint64_t>},
      {"internal/runtime/atomic.Loaduintptr", load<uint64_t>},
      {"internal/runtime/atomic.Store", store<uint32_t>},
      {"internal/runtime/atomic.Store64", store<uint64_t>},
      {"internal/runtime/atomic.StorepNoWB", store<uint64_t>},
      {"internal/runtime/atomic.Xadd", add<uint32_t>},
      {"internal/runtime/atomic.Xadd64", add<uint64_t>},
      {"internal/runtime/atomic.Xadduintptr", add<uint64_t>},
      {"internal/runtime/atomic.Cas", cas<uint32_t>},
      {"internal/runtime/atomic.Cas64", cas<uint64_t>},
      {"internal/runtime/atomic.Casp1", cas<uint64_t>},
      {"sync.runtime_Semacquire", acquire_semaphore},
      {"sync.runtime_SemacquireWaitGroup", acquire_group},
      {"sync.runtime_SemacquireRWMutexR", acquire_rlock},
      {"sync.runtime_SemacquireRWMutex", acquire_rwlock},
      {"sync.runtime_Semrelease", release},
      {"sync.runtime_notifyListAdd", notify_add},
      {"sync.runtime_notifyListWait", notify_wait},
      {"sync.runtime_notifyListNotifyAll", notify_all},
      {"sync.runtime_notifyListNotifyOne", notify_one},
      {"sync.runtime_notifyListCheck", nothing},
      {"sync.runtime_registerPoolCleanup", nothing},
      {"sync.runtime_procPin", zero},
      {"sync.runtime_procUnpin", nothing},
      {"sync.fatal", fatal},
      {"sync.throw", fatal},
      {"sync.(*Pool).Get", pool_get},
      {"sync.(*Pool).Put", nothing},
      {"internal/sync.runtime_SemacquireMutex", acquire_mutex},
      {"internal/sync.runtime_Semrelease", release},
      {"internal/sync.runtime_canSpin", no},
      {"internal/sync.runtime_doSpin", nothing},
      {"internal/sync.runtime_nanotime", nanotime},
      {"internal/sync.fatal", fatal},
      {"internal/sync.throw", fatal},
      {"internal/poll.runtime_Semacquire", acquire_semaphore},
      {"internal/poll.runtime_Semrelease", release},
      {"internal/synctest.IsInBubble", no},
  };
  return kTable;
}

}  // namespace unpark::ssa::step
