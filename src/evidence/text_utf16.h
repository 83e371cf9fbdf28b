// UTF-16 as some shells and editors write it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "evidence/byte_source.h"

namespace unpark::evidence {

// How many bytes is_utf16() wants to see, where there are so many.
constexpr size_t kUtf16Sample = 64;

// The first bytes are of UTF-16 text: a byte order mark, or a zero in every other byte.
bool is_utf16(std::string_view start);

// The same text in UTF-8. `start` is what has been read of the source already; both must outlive
// the result. Halves of pairs that stand alone become U+FFFD.
std::unique_ptr<ByteSource> utf8_of_utf16(std::string_view start, ByteSource* rest);

}  // namespace unpark::evidence
