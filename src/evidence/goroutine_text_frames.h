// FrameCache: from the two raw lines of a frame to its id, without hashing their text.
//
// Dumps repeat few frames very often, and mostly in the same order. So the frame that came after
// this one's caller last time is tried first, by comparing the text with what Symbols keeps. Else
// an entry is found by the ends of both lines, where frames differ most, and compared likewise: a
// wrong guess costs time only.
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

  // Reads the frame at `p`, if it is the one that followed `before` last time: returns the start of
  // the next line and appends the arguments. Null: it is another one, or not clean.
  const char* guess(FrameId before, const char* p, const char* end, uint32_t index, FrameId* frame,
                    std::vector<Argument>* arguments) const;
  void follows(FrameId before, FrameId frame);

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
  std::vector<FrameId> next_;  // by frame; the first one is that of no frame
};

// The name may be in a dump that nothing has touched: no traces of markup.
bool is_clean_name(std::string_view name);

}  // namespace unpark::evidence
