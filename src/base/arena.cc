#include "base/arena.h"

#include <algorithm>

namespace unpark::base {

void* Arena::grow(size_t size, size_t align) {
  size_t block = std::clamp<size_t>(total_, 4096, 1 << 20);
  block = std::max(block, size + align);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
  cursor_ = reinterpret_cast<uintptr_t>(blocks_.back().get());
  end_ = cursor_ + block;
  total_ += block;
  uintptr_t at = (cursor_ + align - 1) & ~(align - 1);
  cursor_ = at + size;
  return reinterpret_cast<void*>(at);
}

}  // namespace unpark::base
