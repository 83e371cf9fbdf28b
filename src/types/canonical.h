// The canonical text of types and objects: the same for the same Go program however it was checked,
// and the form in which our results are compared with go/types (tests/oracle/types/README.md gives
// it).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "types/package.h"
#include "types/type.h"

namespace unpark::types {

// Memoises per type; one writer a thread. Asked for when no package is being declared: an interface
// is written with all its methods, and positions name files of any package of the context.
class CanonicalWriter {
 public:
  explicit CanonicalWriter(Context& cx) : cx_(cx) {}
  // The view is valid for the life of the writer. A type nested deeper than any real one is cut
  // with …
  std::string_view type(TypeId id);
  std::string object(ObjectId id);
  // The name of a field or method, with the package's path where that counts.
  std::string member(NameId name, PackageRef package) const;
  // FILE:OFFSET of the declaring identifier, - if it has none.
  std::string position(const Object& object);

 private:
  std::string text(TypeId id);
  std::string print(TypeId id);
  std::string tuple(TypeId id, bool variadic);
  std::string signature(const Signature& signature);
  std::string structure(TypeId id);
  std::string interface(TypeId id);
  std::string element(TypeId id);
  std::string union_text(TypeId id);
  std::string named(TypeId id);
  void add_elements(const Interface& interface, std::vector<std::string>& out,
                    std::vector<const Interface*>& seen);
  std::string_view file_name(source::FileId file);

  Context& cx_;
  absl::flat_hash_map<TypeId, std::unique_ptr<std::string>> memo_;
  absl::flat_hash_map<source::FileId, std::string> file_names_;
  uint32_t packages_seen_ = 0;
  std::vector<TypeId> open_;  // interfaces being printed, the innermost last
  int depth_ = 0;
  int parts_ = 0;  // printed for one call from outside
};

// As a Go programmer would write it, packages by name: for messages.
std::string type_text(Context& cx, TypeId id);

}  // namespace unpark::types
