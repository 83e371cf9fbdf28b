// LineTable: byte offsets to lines and columns, and back.
//
// Lines end at '\n'. Lines and columns count from one, columns in bytes. Built in one pass over the
// text; a lookup is a binary search.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unpark::source {

struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

class LineTable {
 public:
  // `text` need not outlive the table.
  explicit LineTable(std::string_view text);

  // Offsets beyond the text give the place behind its last byte.
  Position position(uint32_t offset) const;
  // The offset of a line's first byte; lines beyond the last give the size of the text.
  uint32_t line_start(uint32_t line) const;
  uint32_t line_count() const { return static_cast<uint32_t>(starts_.size()); }

 private:
  std::vector<uint32_t> starts_;
  uint32_t size_;
};

}  // namespace unpark::source
