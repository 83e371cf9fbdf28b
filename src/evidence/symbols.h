// Symbols: what all evidence of one run speaks of. Strings, frames, stacks and label sets, each
// kept once, so that equal things have equal ids in every snapshot and comparing two dumps compares
// integers.
//
// Ids are dense and in the order of first mention: they depend on the input alone. Not thread-safe:
// one Symbols has one writer. Text stays where it is while Symbols lives.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/id.h"

namespace unpark::evidence {

using StringId = base::Id<struct StringTag>;
using FrameId = base::Id<struct FrameTag>;
using StackId = base::Id<struct StackTag>;
using LabelsId = base::Id<struct LabelsTag>;

enum FrameFlag : uint32_t {
  kInlined = 1,  // has no frame of its own in the stack
  kForeign = 2,  // not Go: C code, or a name without parentheses
  kElision = 4,  // not a frame: `line` frames that the dump leaves out here; 0: it does not say
  kNoPlace = 8,  // file and line are not known
};

// One line of a stack. The function's name is as the source of the evidence prints it;
// function_name.h takes it apart and makes names of different sources equal.
struct Frame {
  StringId function;
  StringId file;
  uint32_t line = 0;
  uint32_t flags = 0;  // of FrameFlag

  bool is_elision() const { return flags & kElision; }
  friend bool operator==(const Frame&, const Frame&) = default;
};
static_assert(sizeof(Frame) == 16);

struct Label {
  StringId key;
  StringId value;
  friend bool operator==(const Label&, const Label&) = default;
};

class Symbols {
 public:
  Symbols();
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;

  StringId string(std::string_view text);
  FrameId frame(const Frame& frame);
  // Frames from the leaf outwards. The empty stack is a stack.
  StackId stack(std::span<const FrameId> frames);
  // Room for that many more stacks: what is added one by one is moved and hashed again otherwise.
  void expect_stacks(size_t count);
  // In any order; equal sets have equal ids. The empty set is none.
  LabelsId labels(std::span<const Label> labels);

  // The empty text for no id.
  std::string_view text(StringId id) const {
    return id.exists() ? strings_[id.raw] : std::string_view();
  }
  const Frame& operator[](FrameId id) const { return frames_[id.raw]; }
  // Empty for no id. Valid until the next stack is added.
  std::span<const FrameId> operator[](StackId id) const {
    if (!id.exists()) return {};
    const Range& r = stacks_[id.raw];
    return {stack_frames_.data() + r.first, r.count};
  }
  // Sorted by key, then value, as texts. Valid until the next set is added.
  std::span<const Label> operator[](LabelsId id) const {
    if (!id.exists()) return {};
    const Range& r = label_sets_[id.raw];
    return {labels_.data() + r.first, r.count};
  }

  uint32_t string_count() const { return static_cast<uint32_t>(strings_.size()); }
  uint32_t frame_count() const { return static_cast<uint32_t>(frames_.size()); }
  uint32_t stack_count() const { return static_cast<uint32_t>(stacks_.size()); }
  uint64_t bytes() const;  // of memory, about

 private:
  struct Range {
    uint64_t first = 0;
    uint32_t count = 0;
  };
  // The tables hold ids; hashing and comparing look at what they stand for, or, while something is
  // looked up, at what the caller has.
  struct StringKey {
    using is_transparent = void;
    const Symbols* in;
    size_t operator()(uint32_t id) const;
    size_t operator()(std::string_view text) const;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, std::string_view b) const { return in->strings_[a] == b; }
    bool operator()(std::string_view a, uint32_t b) const { return in->strings_[b] == a; }
  };
  struct FrameKey {
    using is_transparent = void;
    const Symbols* in;
    size_t operator()(uint32_t id) const { return (*this)(in->frames_[id]); }
    size_t operator()(const Frame& frame) const;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const Frame& b) const { return in->frames_[a] == b; }
    bool operator()(const Frame& a, uint32_t b) const { return in->frames_[b] == a; }
  };
  struct StackKey {
    using is_transparent = void;
    const Symbols* in;
    size_t operator()(uint32_t id) const { return (*this)((*in)[StackId{id}]); }
    size_t operator()(std::span<const FrameId> frames) const;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, std::span<const FrameId> b) const;
    bool operator()(std::span<const FrameId> a, uint32_t b) const { return (*this)(b, a); }
  };
  struct LabelsKey {
    using is_transparent = void;
    const Symbols* in;
    size_t operator()(uint32_t id) const { return (*this)((*in)[LabelsId{id}]); }
    size_t operator()(std::span<const Label> labels) const;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, std::span<const Label> b) const;
    bool operator()(std::span<const Label> a, uint32_t b) const { return (*this)(b, a); }
  };
  template <typename Key>
  using Table = absl::flat_hash_set<uint32_t, Key, Key>;

  base::Arena text_;
  std::vector<std::string_view> strings_;
  std::vector<Frame> frames_;
  std::vector<Range> stacks_;
  std::vector<FrameId> stack_frames_;
  std::vector<Range> label_sets_;
  std::vector<Label> labels_;
  Table<StringKey> string_table_;
  Table<FrameKey> frame_table_;
  Table<StackKey> stack_table_;
  Table<LabelsKey> labels_table_;
};

}  // namespace unpark::evidence
