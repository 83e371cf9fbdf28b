#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/concurrent_store.h"
#include "base/interner.h"
#include "base/worker_pool.h"

namespace unpark::base {
namespace {

TEST(Interner, GivesOneIdForEachTextFromAnyThread) {
  constexpr std::string_view known[] = {"sync", "Lock"};
  Interner names(known);
  EXPECT_EQ(names.find("Lock"), NameId{1});
  WorkerPool pool(4);
  std::vector<std::vector<NameId>> ids(8, std::vector<NameId>(5000));
  pool.for_each(8, [&](size_t turn, unsigned) {
    for (size_t i = 0; i < 5000; i++) {
      ids[turn][i] = names.intern("name" + std::to_string((i * 7 + turn) % 5000));
    }
  });
  for (size_t turn = 0; turn < 8; turn++) {
    for (size_t i = 0; i < 5000; i++) {
      EXPECT_EQ(names.text(ids[turn][i]), "name" + std::to_string((i * 7 + turn) % 5000));
    }
  }
  EXPECT_EQ(names.size(), 5002u);
  EXPECT_FALSE(names.find("absent").exists());
}

TEST(ConcurrentStore, KeepsReferencesWhileItGrows) {
  ConcurrentStore<NameId, int> store;
  int& first = store[store.add(7)];
  for (int i = 1; i < 100000; i++) EXPECT_EQ(store.add(i).raw, static_cast<uint32_t>(i));
  EXPECT_EQ(first, 7);
  EXPECT_EQ(store[NameId{99999}], 99999);
  NameId block = store.add_block(3000);
  EXPECT_EQ(block.raw, 100000u);
  EXPECT_EQ(store.size(), 103000u);
}

TEST(Arena, AlignsAndCopies) {
  Arena arena;
  std::string big(3 << 20, 'x');
  EXPECT_EQ(arena.copy(std::string_view("abc")), "abc");
  auto* d = arena.make<double>(1.5);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(d) % alignof(double), 0u);
  EXPECT_EQ(arena.copy(std::string_view(big)), big);
  EXPECT_EQ(*d, 1.5);
}

TEST(WorkerPool, RunsEveryTaskAfterWhatItNeeds) {
  for (unsigned jobs : {1u, 2u, 7u}) {
    for (uint64_t seed : {0u, 1u, 2u}) {
      WorkerPool pool(jobs, seed);
      TaskGraph graph(200);
      for (uint32_t i = 1; i < 200; i++) graph.add_edge(i / 2, i);
      graph.weight.assign(200, 1);
      std::vector<std::atomic<int>> done(200);
      std::atomic<int> wrong{0};
      pool.for_each_ready(graph, [&](uint32_t task, unsigned worker) {
        if (worker >= jobs) wrong++;
        if (task > 0 && done[task / 2] != 1) wrong++;
        done[task]++;
      });
      EXPECT_EQ(wrong, 0);
      for (auto& d : done) EXPECT_EQ(d, 1);
      std::atomic<size_t> sum{0};
      pool.for_each(1000, [&](size_t i, unsigned) { sum += i; });
      EXPECT_EQ(sum, 499500u);
    }
  }
}

}  // namespace
}  // namespace unpark::base
