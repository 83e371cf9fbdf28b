// Arena: bump allocation for things that die together. Nothing is destroyed one by one, so only
// trivially destructible things may live here. Not thread-safe: one arena a thread or a package.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace unpark::base {

class Arena {
 public:
  void* allocate(size_t size, size_t align) {
    uintptr_t at = (cursor_ + align - 1) & ~(align - 1);
    if (at + size > end_) return grow(size, align);
    cursor_ = at + size;
    return reinterpret_cast<void*>(at);
  }
  template <typename T, typename... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }
  template <typename T>
  std::span<T> copy(std::span<const T> items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    T* out = static_cast<T*>(allocate(items.size_bytes(), alignof(T)));
    std::memcpy(out, items.data(), items.size_bytes());
    return {out, items.size()};
  }
  std::string_view copy(std::string_view text) {
    std::span<char> out = copy(std::span<const char>(text.data(), text.size()));
    return {out.data(), out.size()};
  }
  uint64_t bytes() const { return total_; }

 private:
  void* grow(size_t size, size_t align);

  uintptr_t cursor_ = 0;
  uintptr_t end_ = 0;
  uint64_t total_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace unpark::base
