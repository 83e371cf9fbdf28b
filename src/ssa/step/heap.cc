#include "ssa/step/heap.h"

#include <algorithm>

namespace unpark::ssa::step {

namespace {

// An object's entry and the allocator's overhead, so that many tiny objects count too.
constexpr uint64_t kOverhead = 64;

}  // namespace

Heap::Heap() {
  objects_.resize(2);
  objects_[1].kind = ObjectKind::kBytes;
  objects_[1].data = std::make_unique<uint8_t[]>(8);  // an address, though there is nothing
}

Object::Object(const Object& other)
    : size(other.size), type(other.type), kind(other.kind), scan(other.scan) {
  if (other.data) {
    data = std::make_unique<uint8_t[]>(std::max(8u, size));
    std::memcpy(data.get(), other.data.get(), size);
  }
  if (other.native) native = other.native->clone();
}

uint32_t Heap::slot() {
  allocations_++;
  if (!free_.empty()) {
    uint32_t id = free_.back();
    free_.pop_back();
    return id;
  }
  objects_.emplace_back();
  return static_cast<uint32_t>(objects_.size() - 1);
}

uint32_t Heap::add(uint64_t size, TypeId type, bool scan) {
  if (size == 0) return object_of(kZeroBase);
  uint32_t id = slot();
  Object& o = objects_[id];
  o.data = std::make_unique<uint8_t[]>(size);
  o.size = static_cast<uint32_t>(size);
  o.type = type;
  o.kind = ObjectKind::kBytes;
  o.scan = scan;
  fresh_ += size + kOverhead;
  return id;
}

uint32_t Heap::add_native(ObjectKind kind, std::unique_ptr<Native> native, TypeId type) {
  uint32_t id = slot();
  Object& o = objects_[id];
  o.native = std::move(native);
  o.kind = kind;
  o.type = type;
  o.size = 0;
  fresh_ += 4 * kOverhead;
  return id;
}

void Heap::release(uint32_t id) {
  if (id <= object_of(kZeroBase)) return;
  Object& o = objects_[id];
  o.data.reset();
  o.native.reset();
  o.size = 0;
  o.kind = ObjectKind::kFree;
  free_.push_back(id);
}

void Heap::start_marking() {
  for (Object& o : objects_) o.marked = false;
}

void Heap::mark_object(uint32_t id) {
  Object& o = objects_[id];
  o.marked = true;
  if (o.scan || o.native) gray_.push_back(id);
}

void Heap::mark(const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i + sizeof(Word) <= size; i += sizeof(Word)) {
    Word w;
    std::memcpy(&w, bytes + i, sizeof w);
    mark_word(w);
  }
}

void Heap::finish_marking() {
  while (!gray_.empty()) {
    Object& o = objects_[gray_.back()];
    gray_.pop_back();
    if (o.native) {
      o.native->visit(this, [](void* self, const uint8_t* bytes, size_t size) {
        static_cast<Heap*>(self)->mark(bytes, size);
      });
    } else {
      mark(o.data.get(), o.size);
    }
  }
}

void Heap::sweep() {
  held_ = 0;
  for (uint32_t id = 2; id < objects_.size(); id++) {
    Object& o = objects_[id];
    if (o.kind == ObjectKind::kFree) continue;
    if (!o.marked) {
      release(id);
    } else {
      held_ += o.size + kOverhead + (o.native ? o.native->bytes() : 0);
    }
  }
  fresh_ = 0;
}

}  // namespace unpark::ssa::step
