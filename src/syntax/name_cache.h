// NameCache: remembers the ids of the names of one text, in front of an Interner that many threads
// share. A name is met some ten times in a file, so most lookups end here, without a lock.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/interner.h"

namespace unpark::syntax {

class NameCache {
 public:
  // `text` must outlive this.
  NameCache(std::string_view text, base::Interner& names) : text_(text), names_(names) {}

  // The name at [begin, begin + size) of the text.
  base::NameId intern(uint32_t begin, uint32_t size) {
    uint64_t key = head(begin, size);
    uint64_t hash = (key ^ size) * kMultiplier;
    if (size > 8) hash = (hash ^ load(begin + size - 8)) * kMultiplier;
    Slot& slot = slots_[hash >> (64 - kSlotBits)];
    if (slot.size == size && slot.key == key &&
        (size <= 8 ||
         std::memcmp(text_.data() + slot.begin + 8, text_.data() + begin + 8, size - 8) == 0)) {
      return slot.id;
    }
    slot = {key, begin, size, names_.intern(text_.substr(begin, size))};
    return slot.id;
  }

 private:
  static constexpr uint32_t kSlotBits = 11;
  static constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;

  struct Slot {
    uint64_t key = 0;
    uint32_t begin = 0;
    uint32_t size = 0;
    base::NameId id;
  };

  uint64_t load(uint32_t begin) const {
    uint64_t word;
    std::memcpy(&word, text_.data() + begin, 8);
    return word;
  }
  // The first eight bytes of the name, zeros behind a shorter one.
  uint64_t head(uint32_t begin, uint32_t size) const {
    if (size >= 8) return load(begin);
    if (std::endian::native == std::endian::little && text_.size() - begin >= 8) {
      return load(begin) & ((uint64_t{1} << (size * 8)) - 1);
    }
    uint64_t word = 0;
    std::memcpy(&word, text_.data() + begin, size);
    return word;
  }

  std::string_view text_;
  base::Interner& names_;
  std::array<Slot, size_t{1} << kSlotBits> slots_{};
};

}  // namespace unpark::syntax
