// Places in source text. Offsets are bytes from the start of the file; lines and columns are
// computed from a LineTable only when something is printed.
#pragma once

#include <compare>
#include <cstdint>

#include "base/id.h"

namespace unpark::source {

using FileId = base::Id<struct FileTag>;

// The half-open byte range [begin, end) of one file.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  constexpr uint32_t size() const { return end - begin; }
  friend constexpr auto operator<=>(Span, Span) = default;
};

struct Loc {
  FileId file;
  Span span;
  friend constexpr auto operator<=>(const Loc&, const Loc&) = default;
};

static_assert(sizeof(Span) == 8 && sizeof(Loc) == 12);

}  // namespace unpark::source
