// WorkerPool: a fixed number of threads for loops and for graphs of tasks.
//
// The calling thread works too, so `WorkerPool(1)` runs everything in place. Each index or task
// runs once; nothing is promised about order, and with a shuffle seed (tests) the order is made
// hostile on purpose. A body must not throw and must not start another loop on the same pool.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace unpark::base {

// Tasks 0..size-1 and who must wait for whom. Must be acyclic.
struct TaskGraph {
  std::vector<std::vector<uint32_t>> dependents;  // per task: the tasks that wait for it
  std::vector<uint32_t> needs;                    // per task: how many it waits for
  std::vector<uint64_t> weight;                   // per task: heavier ready tasks start first

  explicit TaskGraph(size_t size) : dependents(size), needs(size), weight(size) {}
  size_t size() const { return needs.size(); }
  void add_edge(uint32_t before, uint32_t after) {
    dependents[before].push_back(after);
    needs[after]++;
  }
};

class WorkerPool {
 public:
  // `jobs` 0 means one per processor. A nonzero `shuffle_seed` shuffles every queue.
  explicit WorkerPool(unsigned jobs = 0, uint64_t shuffle_seed = 0);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  unsigned jobs() const { return jobs_; }

  // Calls body(index, worker) for every index below `count`; worker is below jobs(). Returns when
  // all are done; everything they wrote is visible to the caller.
  void for_each(size_t count, const std::function<void(size_t, unsigned)>& body);

  // Calls body(task, worker) for every task, a task only after all it needs; what those wrote is
  // visible to it. Among ready tasks the heaviest starts first.
  void for_each_ready(const TaskGraph& graph, const std::function<void(uint32_t, unsigned)>& body);

 private:
  struct Impl;
  unsigned jobs_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unpark::base
