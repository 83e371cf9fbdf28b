// gzip as it is written: the same bytes give the same bytes, without a name and without a time.
#pragma once

#include <string>
#include <string_view>

namespace unpark::evidence {

std::string gzip(std::string_view bytes);

}  // namespace unpark::evidence
