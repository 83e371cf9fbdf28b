#include "evidence/pseudonyms.h"

namespace unpark::evidence {

namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kIsland = 256;  // pages
// Between these, readers take words for addresses on the heap. Pseudonyms of such are there, too,
// in places where no heap is; those of variables of the program are below.
constexpr uint64_t kHeapFrom = uint64_t{1} << 32;
constexpr uint64_t kHeapTo = uint64_t{1} << 46;
constexpr uint64_t kObjects = 0x200000000000;
constexpr uint64_t kOthers = 0x300000000000;
constexpr uint64_t kVariables = 0x10000000;

// Go asks for its heap at these addresses, from there upwards. What lies elsewhere may as well be a
// time or a number of somebody. Pseudonyms get pseudonyms again: the same ones.
bool is_on_heap(uint64_t word) {
  constexpr uint64_t kStarts[] = {0xc000000000, 0x4000000000, 0x14000000000, kObjects};
  constexpr uint64_t kLargest = uint64_t{1} << 36;
  constexpr uint64_t kAlignment = 4;  // of semaphores inside of locks
  if (word % kAlignment != 0) return false;
  for (uint64_t start : kStarts) {
    if (word >= start && word < start + kLargest) return true;
  }
  return false;
}

}  // namespace

uint64_t Pseudonyms::of(uint64_t word) {
  if (word < kPage) return 0;
  if (is_on_heap(word) || objects_.contains(word)) return of_object(word);
  if (word < kHeapFrom || word >= kHeapTo) return kPage;
  return kOthers + ++others_ * kPage;
}

uint64_t Pseudonyms::of_object(uint64_t address) {
  if (address < kPage) return 0;
  if (!is_on_heap(address)) objects_.insert(address);
  uint64_t place = number_of(address / kPage) * kPage + address % kPage;
  if (address >= kHeapFrom && address < kHeapTo) return kObjects + place;
  return place < kHeapFrom - kVariables ? kVariables + place : kPage;
}

uint64_t Pseudonyms::number_of(uint64_t page) {
  auto [slot, is_new] = numbers_.try_emplace(page, 0);
  if (!is_new) return slot->second;
  uint64_t number = 0;
  auto below = numbers_.find(page - 1), above = numbers_.find(page + 1);
  if (below != numbers_.end() && !taken_.contains(below->second + 1)) {
    number = below->second + 1;
  } else if (above != numbers_.end() && !taken_.contains(above->second - 1)) {
    number = above->second - 1;
  } else {
    number = ++islands_ * kIsland + kIsland / 2;
    while (taken_.contains(number)) number = ++islands_ * kIsland + kIsland / 2;
  }
  numbers_[page] = number;
  taken_.insert(number);
  return number;
}

}  // namespace unpark::evidence
