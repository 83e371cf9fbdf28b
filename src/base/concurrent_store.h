// ConcurrentStore: an append-only sequence that many threads read while some append.
//
// Elements live in chunks of doubling size that never move, so a reference stays good for the life
// of the store. `operator[]` takes no lock: a reader may use any id it was handed by a thread that
// synchronised with it (a lock, an atomic, the end of a parallel loop). `add` takes a lock.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "base/check.h"

namespace unpark::base {

template <typename IdT, typename T>
class ConcurrentStore {
 public:
  ConcurrentStore() = default;
  ConcurrentStore(const ConcurrentStore&) = delete;
  ConcurrentStore& operator=(const ConcurrentStore&) = delete;
  ~ConcurrentStore() {
    for (std::atomic<T*>& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
  }

  IdT add(T value) {
    std::lock_guard<std::mutex> lock(mutex_);
    uint32_t index = size_.load(std::memory_order_relaxed);
    slot(index) = std::move(value);
    size_.store(index + 1, std::memory_order_release);
    return IdT{index};
  }

  // Reserves `count` default-made elements with consecutive ids and gives the first. One thread may
  // then fill them without a lock, before it hands their ids to others.
  IdT add_block(uint32_t count) {
    std::lock_guard<std::mutex> lock(mutex_);
    uint32_t first = size_.load(std::memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) slot(first + i);
    size_.store(first + count, std::memory_order_release);
    return IdT{first};
  }

  const T& operator[](IdT id) const { return *at(id.raw); }
  T& operator[](IdT id) { return *at(id.raw); }
  uint32_t size() const { return size_.load(std::memory_order_acquire); }
  uint64_t bytes() const {
    uint64_t total = 0;
    for (uint32_t c = 0; c < kChunks; c++) {
      if (chunks_[c].load(std::memory_order_relaxed)) total += sizeof(T) * (uint64_t{kFirst} << c);
    }
    return total;
  }

 private:
  static constexpr uint32_t kFirstLog = 10;
  static constexpr uint32_t kFirst = 1u << kFirstLog;
  static constexpr uint32_t kChunks = 32 - kFirstLog;

  // Chunk c holds kFirst << c elements, the first of them at index kFirst * (2^c - 1).
  static uint32_t chunk_of(uint32_t index) {
    return static_cast<uint32_t>(std::bit_width((index >> kFirstLog) + 1)) - 1;
  }
  static uint32_t base_of(uint32_t chunk) { return ((1u << chunk) - 1) << kFirstLog; }

  T* at(uint32_t index) const {
    UNPARK_DCHECK(index < size_.load(std::memory_order_relaxed), "id from another store?");
    uint32_t c = chunk_of(index);
    return chunks_[c].load(std::memory_order_acquire) + (index - base_of(c));
  }
  T& slot(uint32_t index) {
    uint32_t c = chunk_of(index);
    T* chunk = chunks_[c].load(std::memory_order_relaxed);
    if (!chunk) {
      chunk = new T[size_t{kFirst} << c]();
      chunks_[c].store(chunk, std::memory_order_release);
    }
    return chunk[index - base_of(c)];
  }

  std::mutex mutex_;
  std::atomic<uint32_t> size_{0};
  std::array<std::atomic<T*>, kChunks> chunks_{};
};

}  // namespace unpark::base
