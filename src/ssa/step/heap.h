// Heap: the memory of a Go program, as objects of bytes.
//
// A pointer is one word: the number of an object in its upper half, a byte offset in the lower. It
// means the same in every copy of the state, and 0 is nil. Object numbers come in three ranges:
//   heap       what the program allocates; collected
//   globals    package-level variables, one object each; made when first touched
//   constants  what never changes and all states share: string literals, type descriptors, the
//              closures of plain functions (image.h holds them)
//
// Maps and channels are objects too. They have no bytes; what they hold is in `native`.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "ssa/step/layout.h"

namespace unpark::ssa::step {

using Word = uint64_t;

inline constexpr uint32_t kGlobalRange = 0x4000'0000;
inline constexpr uint32_t kConstantRange = 0x8000'0000;
constexpr uint32_t object_of(Word p) { return static_cast<uint32_t>(p >> 32); }
constexpr uint32_t offset_of(Word p) { return static_cast<uint32_t>(p); }
constexpr Word pointer_to(uint32_t object, uint32_t offset = 0) {
  return static_cast<Word>(object) << 32 | offset;
}

struct GoString {
  Word data = 0;
  uint64_t size = 0;
};
struct GoSlice {
  Word data = 0;
  int64_t len = 0;
  int64_t cap = 0;
};
// An interface value: the type descriptor (0 for nil), and the value if it is a pointer, else a
// pointer to it.
struct GoInterface {
  Word type = 0;
  Word data = 0;
};

// What maps, channels and the like hold besides bytes.
class Native {
 public:
  virtual ~Native() = default;
  virtual std::unique_ptr<Native> clone() const = 0;
  // Calls back with every run of bytes in which pointers may be.
  using Visit = void (*)(void* context, const uint8_t* bytes, size_t size);
  virtual void visit(void* context, Visit see) const = 0;
  virtual uint64_t bytes() const = 0;
};

enum class ObjectKind : uint8_t { kFree, kBytes, kMap, kChan };

struct Object {
  std::unique_ptr<uint8_t[]> data;
  std::unique_ptr<Native> native;
  uint32_t size = 0;
  TypeId type;  // of the variable, or of one element
  ObjectKind kind = ObjectKind::kFree;
  bool scan = false;  // may hold pointers
  bool marked = false;

  Object() = default;
  Object(const Object& other);  // with copies of the bytes and of what is native
  Object(Object&&) = default;
  Object& operator=(Object&&) = default;
};

class Heap {
 public:
  // No object is larger: offsets have 32 bits.
  static constexpr uint64_t kMaxObject = 0x7fff'0000;
  // Object 1, to which all variables of size zero belong.
  static constexpr Word kZeroBase = pointer_to(1);

  Heap();

  uint32_t size() const { return static_cast<uint32_t>(objects_.size()); }
  Object& operator[](uint32_t id) { return objects_[id]; }
  // Zeroed bytes. `size` is at most kMaxObject.
  uint32_t add(uint64_t size, TypeId type, bool scan);
  uint32_t add_native(ObjectKind kind, std::unique_ptr<Native> native, TypeId type);
  void release(uint32_t id);

  // Bytes allocated since the last collection, and bytes held then.
  uint64_t fresh_bytes() const { return fresh_; }
  uint64_t held_bytes() const { return held_; }
  uint64_t allocations() const { return allocations_; }

  // Mark and sweep. Any word that names an object keeps it: what is no pointer but looks like one
  // costs memory, nothing else.
  void start_marking();
  void mark(const uint8_t* bytes, size_t size);
  void mark_word(Word w) {
    uint32_t id = object_of(w);
    if (id < objects_.size() && !objects_[id].marked) mark_object(id);
  }
  void finish_marking();
  bool is_marked(uint32_t id) const { return id >= objects_.size() || objects_[id].marked; }
  void sweep();

 private:
  uint32_t slot();
  void mark_object(uint32_t id);

  std::vector<Object> objects_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> gray_;
  uint64_t fresh_ = 0;
  uint64_t held_ = 0;
  uint64_t allocations_ = 0;
};

}  // namespace unpark::ssa::step
