// The tables of the HTML page's data: strings, frames, and the tree of stacks. A stack is a node of
// that tree, and the way from the root to it; stacks that begin alike share their beginning.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/symbols.h"
#include "report/html_json.h"

namespace unpark::report {

class HtmlTables {
 public:
  HtmlTables(const evidence::Symbols& symbols, size_t text_limit)
      : symbols_(symbols), text_limit_(text_limit) {}

  // A text, made safe to show and cut to the limit.
  uint32_t text(std::string_view text);
  // -1: none. Its function has one name whatever the source, so that looks can be compared.
  int64_t frame(evidence::FrameId id);
  // The node of a stack; -1 for the empty one. Where new nodes would make more than `most`, the
  // stack ends at the last frame it shares with others. Of very deep stacks the innermost
  // kMaxDepth frames are taken.
  int64_t node(evidence::StackId id, size_t most = SIZE_MAX);
  size_t node_count() const { return nodes_.size(); }

  // As fields of the object that is open: strings, frames, nodes.
  void write(HtmlJson& out) const;

  static constexpr size_t kMaxDepth = 512;

 private:
  struct Frame {
    uint32_t function, file, line, flags;
  };
  struct Node {
    int64_t parent, frame;
  };

  const evidence::Symbols& symbols_;
  size_t text_limit_;
  std::vector<std::string> strings_;
  std::vector<Frame> frames_;
  std::vector<Node> nodes_;
  absl::flat_hash_map<std::string, uint32_t> string_index_;
  absl::flat_hash_map<uint32_t, uint32_t> frame_index_;  // by FrameId
  absl::flat_hash_map<std::pair<int64_t, int64_t>, int64_t> node_index_;
};

}  // namespace unpark::report
