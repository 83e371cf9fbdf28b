// Hashing of bytes (xxHash, XXH3). The values are stable across runs and machines of one byte
// order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace unpark::base {

struct Hash128 {
  uint64_t lo = 0;
  uint64_t hi = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

uint64_t hash64(const void* data, size_t size, uint64_t seed = 0);
inline uint64_t hash64(std::string_view text, uint64_t seed = 0) {
  return hash64(text.data(), text.size(), seed);
}
Hash128 hash128(std::string_view bytes);

// Mixes one more word into a running hash.
inline uint64_t hash_mix(uint64_t h, uint64_t v) {
  h ^= v + 0x9E3779B97F4A7C15u + (h << 6) + (h >> 2);
  h *= 0xFF51AFD7ED558CCDu;
  return h ^ (h >> 32);
}

}  // namespace unpark::base
