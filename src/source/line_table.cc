#include "source/line_table.h"

#include <algorithm>
#include <cstring>

namespace unpark::source {

LineTable::LineTable(std::string_view text)
    : starts_{0}, size_(static_cast<uint32_t>(text.size())) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  for (const char* at = begin; at != end;) {
    const void* newline = std::memchr(at, '\n', static_cast<size_t>(end - at));
    if (!newline) break;
    at = static_cast<const char*>(newline) + 1;
    starts_.push_back(static_cast<uint32_t>(at - begin));
  }
}

Position LineTable::position(uint32_t offset) const {
  offset = std::min(offset, size_);
  auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  auto line = static_cast<uint32_t>(after - starts_.begin());
  return {line, offset - starts_[line - 1] + 1};
}

uint32_t LineTable::line_start(uint32_t line) const {
  if (line == 0) return 0;
  return line <= starts_.size() ? starts_[line - 1] : size_;
}

}  // namespace unpark::source
