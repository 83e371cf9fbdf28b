// Threads are started once and wait for the next parallel section. A section is a function that
// every worker runs once, with its number; loops and graphs are both written as sections.
#include "base/worker_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <queue>
#include <random>
#include <thread>

#include "base/check.h"

namespace unpark::base {

struct WorkerPool::Impl {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable done;
  const std::function<void(unsigned)>* section = nullptr;
  uint64_t generation = 0;
  unsigned running = 0;
  bool stop = false;
  uint64_t shuffle_seed = 0;
  uint64_t sections = 0;
  std::vector<std::jthread> threads;

  void worker(unsigned number) {
    uint64_t seen = 0;
    for (;;) {
      const std::function<void(unsigned)>* work = nullptr;
      {
        std::unique_lock<std::mutex> lock(mutex);
        wake.wait(lock, [&] { return stop || generation != seen; });
        if (stop) return;
        seen = generation;
        work = section;
      }
      (*work)(number);
      std::lock_guard<std::mutex> lock(mutex);
      if (--running == 0) done.notify_one();
    }
  }

  void run(const std::function<void(unsigned)>& work) {
    if (!threads.empty()) {
      std::lock_guard<std::mutex> lock(mutex);
      UNPARK_CHECK(running == 0, "a parallel section inside another");
      section = &work;
      running = static_cast<unsigned>(threads.size());
      generation++;
      wake.notify_all();
    }
    work(0);
    if (!threads.empty()) {
      std::unique_lock<std::mutex> lock(mutex);
      done.wait(lock, [&] { return running == 0; });
    }
  }
};

WorkerPool::WorkerPool(unsigned jobs, uint64_t shuffle_seed)
    : jobs_(jobs ? jobs : std::max(1u, std::thread::hardware_concurrency())),
      impl_(std::make_unique<Impl>()) {
  impl_->shuffle_seed = shuffle_seed;
  for (unsigned i = 1; i < jobs_; i++) {
    impl_->threads.emplace_back([impl = impl_.get(), i] { impl->worker(i); });
  }
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->wake.notify_all();
  impl_->threads.clear();
}

void WorkerPool::for_each(size_t count, const std::function<void(size_t, unsigned)>& body) {
  if (count == 0) return;
  std::vector<size_t> order;
  if (impl_->shuffle_seed) {
    order.resize(count);
    for (size_t i = 0; i < count; i++) order[i] = i;
    std::mt19937_64 random(impl_->shuffle_seed + ++impl_->sections);
    std::shuffle(order.begin(), order.end(), random);
  }
  if (jobs_ == 1 || count == 1) {
    for (size_t i = 0; i < count; i++) body(order.empty() ? i : order[i], 0);
    return;
  }
  std::atomic<size_t> next{0};
  impl_->run([&](unsigned worker) {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
      body(order.empty() ? i : order[i], worker);
    }
  });
}

void WorkerPool::for_each_ready(const TaskGraph& graph,
                                const std::function<void(uint32_t, unsigned)>& body) {
  if (graph.size() == 0) return;
  std::vector<uint64_t> rank = graph.weight;
  if (impl_->shuffle_seed) {
    std::mt19937_64 random(impl_->shuffle_seed + ++impl_->sections);
    for (uint64_t& r : rank) r = random();
  }
  auto later = [&](uint32_t a, uint32_t b) {
    return rank[a] != rank[b] ? rank[a] < rank[b] : a > b;
  };
  std::priority_queue<uint32_t, std::vector<uint32_t>, decltype(later)> ready(later);
  std::vector<uint32_t> needs = graph.needs;
  for (uint32_t i = 0; i < needs.size(); i++) {
    if (needs[i] == 0) ready.push(i);
  }
  std::mutex mutex;
  std::condition_variable wake;
  size_t left = graph.size();
  unsigned busy = 0;
  impl_->run([&](unsigned worker) {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return !ready.empty() || left == 0 || busy == 0; });
      if (left == 0) return;
      UNPARK_CHECK(!ready.empty(), "the task graph has a cycle");
      uint32_t task = ready.top();
      ready.pop();
      busy++;
      lock.unlock();
      body(task, worker);
      lock.lock();
      busy--;
      left--;
      for (uint32_t next : graph.dependents[task]) {
        if (--needs[next] == 0) ready.push(next);
      }
      wake.notify_all();
    }
  });
}

}  // namespace unpark::base
