// Goroutines that wait for locks and wait groups, as dumps print them.
#pragma once

#include <string>
#include <vector>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {

// What a goroutine that waits for a mutex shows of it.
inline std::vector<std::string> locking(const std::string& mutex,
                                        std::vector<std::string> callers) {
  std::vector<std::string> out = {
      "internal/sync.runtime_SemacquireMutex(0x1?, 0x1?, 0x7f1?)@sema.go:95",
      "internal/sync.(*Mutex).lockSlow(" + mutex + ")@mutex.go:149",
      "internal/sync.(*Mutex).Lock(...)@mutex.go:70", "sync.(*Mutex).Lock(...)@mutex.go:46"};
  out.insert(out.end(), callers.begin(), callers.end());
  return out;
}

inline const char* const kLock = "sync.Mutex.Lock";
inline const char* const kServe = "net/http.(*Server).Serve@server.go:3086";

// The first edge from a group.
inline const Edge* edge(const Diagnosis& d, GroupId from) {
  for (const Edge& e : d.edges) {
    if (e.from == from) return &e;
  }
  return nullptr;
}

inline const char* const kWaits = "sync.WaitGroup.Wait";

// What a goroutine that waits for a wait group shows of it.
inline std::vector<std::string> waiting(const std::string& group,
                                        std::vector<std::string> callers) {
  std::vector<std::string> out = {"sync.runtime_SemacquireWaitGroup(0x40?, 0xe0?)@sema.go:114",
                                  "sync.(*WaitGroup).Wait(" + group + ")@waitgroup.go:206"};
  out.insert(out.end(), callers.begin(), callers.end());
  return out;
}

// Two locks of one object, taken in opposite orders by two methods; the queue behind them.
inline DumpText two_orders(const std::vector<std::string>& extra = {}) {
  DumpText dump;
  dump.add(10, kLock, locking("0xc000010010", {"main.(*ledger).transfer(0xc000010000)@l.go:27"}),
           kServe, 1);
  dump.add(11, kLock, locking("0xc000010000", {"main.(*ledger).statement(0xc000010000)@l.go:47"}),
           kServe, 1);
  for (uint64_t id = 20; id < 40; id++) {
    dump.add(id, kLock, locking("0xc000010000", {"main.(*ledger).transfer(0xc000010000)@l.go:21"}),
             kServe, 1);
  }
  for (uint64_t id = 40; id < 60; id++) {
    dump.add(id, kLock, locking("0xc000010010", {"main.(*ledger).statement(0xc000010000)@l.go:41"}),
             kServe, 1);
  }
  if (!extra.empty()) dump.add(90, "running", extra, kServe, 1);
  return dump;
}

}  // namespace unpark::diagnose
