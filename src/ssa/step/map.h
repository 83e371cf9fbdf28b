// MapData: a Go map. Entries keep the order of insertion, so that a run can be repeated.
//
// A hash table of entry numbers with linear probing, over an array of entries. An entry is deleted
// by clearing its mark; the array is squeezed when half of it is dead. Iterators name entries by
// the number each got when it was inserted, which squeezing does not change: an iterator goes on at
// the first entry of its number or later, and ends at the numbers given after it began. So it meets
// every entry at most once, and none that was deleted before it got there.
#pragma once

#include <algorithm>

#include "ssa/step/machine.h"

namespace unpark::ssa::step {

class MapData : public Native {
 public:
  MapData(const Layout& key, const Layout& elem)
      : key_size_(word_up(key.size)), stride_(std::max(8u, key_size_ + word_up(elem.size))) {}

  uint64_t size() const { return live_; }
  // The element, or null. `failed`: the key cannot be hashed, a panic is under way.
  uint8_t* find(Machine& m, const Layout& key, const uint8_t* k, bool& failed);
  // The element of the key, made zero if it is new.
  uint8_t* insert(Machine& m, const Layout& key, const uint8_t* k, bool& failed);
  void erase(Machine& m, const Layout& key, const uint8_t* k, bool& failed);
  void clear();

  uint64_t next_number() const { return next_number_; }
  // Moves `number` to the next living entry below `end`; null when there is none.
  const uint8_t* next(uint64_t& number, uint64_t end, const uint8_t*& elem) const;

  std::unique_ptr<Native> clone() const override { return std::make_unique<MapData>(*this); }
  void visit(void* context, Visit see) const override {
    see(context, bytes_.data(), bytes_.size());
  }
  uint64_t bytes() const override { return bytes_.size() + table_.size() * 4 + marks_.size() * 24; }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;
  struct Mark {
    uint64_t number = 0;
    uint64_t hash = 0;
    bool live = false;
  };
  // `looks`: nothing is going to be inserted.
  bool locate(Machine& m, const Layout& key, const uint8_t* k, bool looks, uint64_t& h,
              uint32_t& entry);
  void rebuild();

  uint32_t key_size_;
  uint32_t stride_;
  uint64_t live_ = 0;
  uint64_t next_number_ = 0;
  std::vector<Mark> marks_;
  std::vector<uint8_t> bytes_;
  std::vector<uint32_t> table_;
};

// What a map iterator's register, or reflect's iterator, holds.
struct MapCursor {
  Word map = 0;
  uint64_t number = 0;
  uint64_t end = 0;
};

}  // namespace unpark::ssa::step
