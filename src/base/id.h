// Id: a position in one store. Four bytes, typed, and meaningless without that store.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace unpark::base {

template <typename Tag>
struct Id {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t raw = kNone;

  constexpr Id() = default;
  constexpr explicit Id(uint32_t value) : raw(value) {}
  constexpr bool exists() const { return raw != kNone; }
  friend constexpr auto operator<=>(Id, Id) = default;

  template <typename H>
  friend H AbslHashValue(H h, Id id) {
    return H::combine(std::move(h), id.raw);
  }
};

}  // namespace unpark::base

template <typename Tag>
struct std::hash<unpark::base::Id<Tag>> {
  size_t operator()(unpark::base::Id<Tag> id) const noexcept {
    return static_cast<size_t>(id.raw) * 0x9E3779B97F4A7C15u;
  }
};
