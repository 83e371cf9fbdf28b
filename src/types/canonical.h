// The canonical text of types and objects: the same for the same Go program however it was checked, and
// the form in which our results are compared with go/types (tests/oracle/types/README.md gives it).
#pragma once

#include <string>
#include <string_view>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

// Memoises per type; one writer a thread.
class CanonicalWriter {
 public:
  explicit CanonicalWriter(Context& cx) : cx_(cx) {}
  // The view is valid for the life of the writer.
  std::string_view type(TypeId id);
  std::string object(ObjectId id);

 private:
  void write(TypeId id, std::string& out);

  Context& cx_;
  absl::flat_hash_map<TypeId, std::unique_ptr<std::string>> memo_;
};

// As a Go programmer would write it, packages by name: for messages.
std::string type_text(Context& cx, TypeId id);

}  // namespace unpark::types
