// Where the cache of results is, and `unpark cache`.
#pragma once

#include <optional>
#include <string>

#include "engine/cache.h"

namespace unpark::cli {

// UNPARK_CACHE, else unpark in the XDG cache directory. None when UNPARK_CACHE is "off", or no
// directory is named and there is no home.
std::optional<engine::ResultCache> open_cache();

}  // namespace unpark::cli
