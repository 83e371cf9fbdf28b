// What logs, shippers, terminals, editors and web pages do to a goroutine dump, as functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace unpark::testing {

struct Mangling {
  std::string name;
  std::function<std::string(std::string_view)> apply;
};

// In groups: prefixes, white space, web pages. None of them loses what cannot be found again.
const std::vector<Mangling>& manglings();

// A dump with the names that break readers: blanks and other scripts in paths, drive letters,
// escaped dots, names of old compilers, long ids.
std::string odd_names_dump();

}  // namespace unpark::testing
