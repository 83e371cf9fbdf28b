// What the checker found out about a declaration, as text: one line a fact
// (tests/oracle/types/README.md gives the format). `--print=types` shows it, and the same facts of
// go/types are compared with it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "types/canonical.h"
#include "types/package.h"

namespace unpark::types {

struct DeclarationFacts {
  uint32_t offset = 0;  // of the declared name, or of the specification
  std::string name;     // "func F", "type T", "import \"fmt\"", …
  uint64_t facts = 0;
  std::string_view text;  // the fact lines; valid during the visit
};

// Visits the functions and the specifications of constants, imports, types and variables of one
// file, in source order.
void for_each_declaration(Context& cx, const Package& package, const File& file,
                          CanonicalWriter& writer,
                          const std::function<void(const DeclarationFacts&)>& visit);

}  // namespace unpark::types
