// Fuzzing of the readers of go.mod, go.work, modules.txt, constraints and versions. Nothing may
// crash or hang, whatever the bytes are.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "load/constraint.h"
#include "load/go_env.h"
#include "load/mod_file.h"
#include "load/pattern.h"
#include "load/vendor_list.h"
#include "load/version.h"

using namespace unpark::load;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ModFile main = parse_mod_file(text, ModRole::kMain);
  for (const Require& r : main.requires_) {
    UNPARK_CHECK(is_canonical_semver(r.module.version), "an unchecked version");
  }
  parse_mod_file(text, ModRole::kDependency);
  parse_work_file(text);
  VendorList list = parse_vendor_list(text);
  vendor_conflicts(
      list, {&main}, main.replaces, [](const ModuleVersion&) { return ModuleVersion{}; }, false);
  FileConstraints constraints = read_constraints(text);
  for (const Constraint& c : constraints.all) {
    c.holds([](std::string_view tag) { return tag.size() % 2 == 0; });
    c.min_go_minor();
  }
  if (unpark::base::Result<Constraint> c = parse_go_build(text)) c->min_go_minor();
  parse_go_flags(text);
  size_t half = size / 2;
  std::string_view a = text.substr(0, half), b = text.substr(half);
  UNPARK_CHECK(compare_semver(a, b) == -compare_semver(b, a), "an order of one direction");
  UNPARK_CHECK(compare_go_versions(a, b) == -compare_go_versions(b, a),
               "an order of one direction");
  if (size < 2000) Pattern(std::string(a)).matches(b);
  return 0;
}
