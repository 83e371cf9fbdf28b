#include "diag/fingerprint.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "base/hash.h"

namespace unpark::diag {

// Each part is preceded by its length, so that no two lists of parts run together to the same
// bytes.
static uint64_t hash_parts(std::initializer_list<std::string_view> parts) {
  std::string bytes;
  for (std::string_view part : parts) {
    fmt::format_to(std::back_inserter(bytes), "{}:", part.size());
    bytes += part;
  }
  return base::hash64(bytes);
}

std::vector<std::string> fingerprints(const Finding& finding) {
  std::vector<std::string> out;
  if (finding.site.exists()) {
    const Site& site = finding.site;
    uint64_t hash = hash_parts(
        {finding.rule, site.package, site.function, site.operation, std::to_string(site.ordinal)});
    out.push_back(fmt::format("site/1:{:016x}", hash));
  }
  if (finding.shape) {
    out.push_back(
        fmt::format("shape/1:{:016x}", hash_parts({finding.rule, std::to_string(*finding.shape)})));
  }
  if (out.empty()) {
    uint64_t hash =
        hash_parts({finding.rule, finding.package, finding.function, finding.message.format});
    out.push_back(fmt::format("text/1:{:016x}", hash));
  }
  return out;
}

std::string to_string(const Site& site) {
  if (!site.exists()) return "";
  return fmt::format("{}.{}:{}#{}", site.package, site.function, site.operation, site.ordinal);
}

}  // namespace unpark::diag
