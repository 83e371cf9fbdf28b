#include "evidence/symbols.h"

#include <algorithm>

#include "base/hash.h"

namespace unpark::evidence {

Symbols::Symbols()
    : string_table_(0, StringKey{this}, StringKey{this}),
      frame_table_(0, FrameKey{this}, FrameKey{this}),
      stack_table_(0, StackKey{this}, StackKey{this}),
      labels_table_(0, LabelsKey{this}, LabelsKey{this}) {}

size_t Symbols::StringKey::operator()(uint32_t id) const { return (*this)(in->strings_[id]); }

size_t Symbols::StringKey::operator()(std::string_view text) const { return base::hash64(text); }

size_t Symbols::FrameKey::operator()(const Frame& frame) const {
  uint64_t names = uint64_t{frame.function.raw} << 32 | frame.file.raw;
  return base::hash_mix(names, uint64_t{frame.line} << 32 | frame.flags);
}

size_t Symbols::StackKey::operator()(std::span<const FrameId> frames) const {
  return base::hash64(frames.data(), frames.size_bytes());
}

bool Symbols::StackKey::operator()(uint32_t a, std::span<const FrameId> b) const {
  std::span<const FrameId> kept = (*in)[StackId{a}];
  return std::equal(kept.begin(), kept.end(), b.begin(), b.end());
}

size_t Symbols::LabelsKey::operator()(std::span<const Label> labels) const {
  return base::hash64(labels.data(), labels.size_bytes());
}

bool Symbols::LabelsKey::operator()(uint32_t a, std::span<const Label> b) const {
  std::span<const Label> kept = (*in)[LabelsId{a}];
  return std::equal(kept.begin(), kept.end(), b.begin(), b.end());
}

StringId Symbols::string(std::string_view text) {
  auto found = string_table_.find(text);
  if (found != string_table_.end()) return StringId{*found};
  uint32_t id = string_count();
  strings_.push_back(text_.copy(text));
  string_table_.insert(id);
  return StringId{id};
}

FrameId Symbols::frame(const Frame& frame) {
  auto found = frame_table_.find(frame);
  if (found != frame_table_.end()) return FrameId{*found};
  uint32_t id = frame_count();
  frames_.push_back(frame);
  frame_table_.insert(id);
  return FrameId{id};
}

StackId Symbols::stack(std::span<const FrameId> frames) {
  auto found = stack_table_.find(frames);
  if (found != stack_table_.end()) return StackId{*found};
  uint32_t id = stack_count();
  stacks_.push_back({stack_frames_.size(), static_cast<uint32_t>(frames.size())});
  stack_frames_.insert(stack_frames_.end(), frames.begin(), frames.end());
  stack_table_.insert(id);
  return StackId{id};
}

void Symbols::expect_stacks(size_t count) {
  stacks_.reserve(stacks_.size() + count);
  stack_table_.reserve(stack_table_.size() + count);
}

LabelsId Symbols::labels(std::span<const Label> labels) {
  if (labels.empty()) return {};
  std::vector<Label> sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end(), [&](const Label& a, const Label& b) {
    return a.key != b.key ? text(a.key) < text(b.key) : text(a.value) < text(b.value);
  });
  std::span<const Label> key(sorted);
  auto found = labels_table_.find(key);
  if (found != labels_table_.end()) return LabelsId{*found};
  uint32_t id = static_cast<uint32_t>(label_sets_.size());
  label_sets_.push_back({labels_.size(), static_cast<uint32_t>(sorted.size())});
  labels_.insert(labels_.end(), sorted.begin(), sorted.end());
  labels_table_.insert(id);
  return LabelsId{id};
}

uint64_t Symbols::bytes() const {
  return text_.bytes() + strings_.capacity() * sizeof(strings_[0]) +
         frames_.capacity() * sizeof(Frame) + stacks_.capacity() * sizeof(Range) +
         stack_frames_.capacity() * sizeof(FrameId) + labels_.capacity() * sizeof(Label) +
         label_sets_.capacity() * sizeof(Range) +
         5 * (string_table_.capacity() + frame_table_.capacity() + stack_table_.capacity() +
              labels_table_.capacity());
}

}  // namespace unpark::evidence
