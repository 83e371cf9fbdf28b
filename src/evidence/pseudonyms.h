// Pseudonyms: words of memory that say of objects which are the same and which lie side by side,
// and nothing else.
//
// Who holds a lock is known by its address and by that of the object around it. So an address of an
// object keeps its place inside its page of 4 KiB, and the page gets a running number; pages that
// are neighbours stay neighbours, where the number beside is free. Addresses of objects are
// receivers of methods, wherever they are, and words on Go's heap. All other words lose their
// value: what is left is whether they are small, as lengths are, large, as addresses of types are,
// or of the size of addresses on the heap.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>

namespace unpark::evidence {

// The same calls give the same pseudonyms.
class Pseudonyms {
 public:
  uint64_t of(uint64_t word);
  // Of a word that is known to be the address of an object.
  uint64_t of_object(uint64_t address);

 private:
  uint64_t number_of(uint64_t page);

  absl::flat_hash_set<uint64_t> objects_;            // known, and not on the heap
  absl::flat_hash_map<uint64_t, uint64_t> numbers_;  // of pages
  absl::flat_hash_set<uint64_t> taken_;
  uint64_t islands_ = 0;  // of pages that are neighbours
  uint64_t others_ = 0;   // words that only have the size of addresses
};

}  // namespace unpark::evidence
