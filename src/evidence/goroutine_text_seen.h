// SeenIds: which goroutine ids a snapshot has already. Ids are handed out in order, so neighbours
// in a dump are mostly near each other: 64 of them share a word, and the last word is at hand.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>

namespace unpark::evidence {

class SeenIds {
 public:
  bool contains(uint64_t id) const {
    auto found = words_.find(id >> 6);
    return found != words_.end() && (found->second >> (id & 63) & 1);
  }
  // False: it was there.
  bool insert(uint64_t id) {
    if (last_ == nullptr || id >> 6 != page_) {
      page_ = id >> 6;
      last_ = &words_[page_];
    }
    uint64_t bit = uint64_t{1} << (id & 63);
    if (*last_ & bit) return false;
    *last_ |= bit;
    return true;
  }
  void clear() {
    words_.clear();
    last_ = nullptr;
  }

 private:
  absl::flat_hash_map<uint64_t, uint64_t> words_;
  uint64_t* last_ = nullptr;  // of page_; adding a page moves them all, and makes it the last
  uint64_t page_ = 0;
};

}  // namespace unpark::evidence
