// FrameCache: from the two raw lines of a frame to its id, without hashing their text.
//
// Dumps repeat few frames very often. An entry is found by the ends of both lines, where frames
// differ most, and then compared in full with what Symbols keeps, so a collision costs time only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "evidence/goroutine_text_lines.h"
#include "evidence/symbols.h"

namespace unpark::evidence {

class FrameCache {
 public:
  explicit FrameCache(Symbols& symbols) : symbols_(symbols), slots_(kSlots) {}

  // `place` is the line below without its tab and with nothing after the offset. None: not known,
  // or not clean.
  FrameId find(std::string_view name, bool only_dots, std::string_view place);
  // Makes the frame of parsed lines; no place: null.
  FrameId make(const FunctionLine& function, const FileLine* place);

 private:
  static constexpr size_t kSlots = 1 << 14;

  bool is(FrameId id, std::string_view name, bool only_dots, std::string_view place) const;

  Symbols& symbols_;
  std::vector<FrameId> slots_;
};

// The name may be in a dump that nothing has touched: no traces of markup.
bool is_clean_name(std::string_view name);

}  // namespace unpark::evidence
