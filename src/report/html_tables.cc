#include "report/html_tables.h"

#include "evidence/function_name.h"
#include "report/glyphs.h"

namespace unpark::report {

// At most `limit` bytes of a text, whole characters.
static std::string cut(std::string_view text, size_t limit) {
  if (text.size() <= limit) return printable(text);
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) end--;
  return printable(text.substr(0, end)) + "\u2026";
}

uint32_t HtmlTables::text(std::string_view text) {
  std::string shown = cut(text, text_limit_);
  auto [at, is_new] = string_index_.try_emplace(std::move(shown), strings_.size());
  if (is_new) strings_.push_back(at->first);
  return at->second;
}

int64_t HtmlTables::frame(evidence::FrameId id) {
  if (!id.exists()) return -1;
  auto [at, is_new] = frame_index_.try_emplace(id.raw, frames_.size());
  if (is_new) {
    const evidence::Frame& frame = symbols_[id];
    frames_.push_back({text(evidence::canonical(symbols_.text(frame.function))),
                       text(symbols_.text(frame.file)), frame.line, frame.flags});
  }
  return at->second;
}

int64_t HtmlTables::node(evidence::StackId id, size_t most) {
  std::span<const evidence::FrameId> frames = symbols_[id];
  if (frames.size() > kMaxDepth) frames = frames.first(kMaxDepth);
  int64_t node = -1;
  for (size_t i = frames.size(); i-- > 0;) {
    std::pair<int64_t, int64_t> key(node, frame(frames[i]));
    auto at = node_index_.find(key);
    if (at == node_index_.end()) {
      if (nodes_.size() >= most) break;
      at = node_index_.emplace(key, static_cast<int64_t>(nodes_.size())).first;
      nodes_.push_back({key.first, key.second});
    }
    node = at->second;
  }
  return node;
}

void HtmlTables::write(HtmlJson& out) const {
  out.key("strings");
  out.open('[');
  for (const std::string& text : strings_) out.value(std::string_view(text));
  out.close(']');
  out.key("frames");
  out.open('[');
  for (const Frame& frame : frames_) {
    out.value(frame.function);
    out.value(frame.file);
    out.value(frame.line);
    out.value(frame.flags);
  }
  out.close(']');
  out.key("nodes");
  out.open('[');
  // A parent by how far back it stands, which is mostly 1; 0: none.
  for (size_t i = 0; i < nodes_.size(); i++) {
    out.value(nodes_[i].parent < 0 ? 0 : static_cast<int64_t>(i) - nodes_[i].parent);
    out.value(nodes_[i].frame);
  }
  out.close(']');
}

}  // namespace unpark::report
