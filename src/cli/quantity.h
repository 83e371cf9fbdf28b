// Quantities as people type them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace unpark::cli {

// "90s", "2m30s", "1h", "500ms", "10" (seconds). None for anything else, and above ten years.
std::optional<double> seconds_of(std::string_view text);

// "64MiB", "10MB", "1G", "4096": binary units except for those that say MB, GB, kB. None for
// anything else, and for what does not fit.
std::optional<uint64_t> bytes_of(std::string_view text);

// Digits alone. None for anything else, and for what does not fit.
std::optional<uint64_t> count_of(std::string_view text);

}  // namespace unpark::cli
