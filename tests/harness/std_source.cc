#include "harness/std_source.h"

#include "load/go_env.h"
#include "load/version.h"
#include "source/file_system.h"

namespace unpark::testing {

std::string lacks_std(std::string_view version) {
  source::RealFileSystem files;
  load::GoRoot root = load::find_goroot("", load::GoEnv(load::process_environment(), files), files);
  if (root.dir.empty()) return "there are no sources of the standard library";
  if (load::compare_go_versions(root.version, version) >= 0) return {};
  return "the standard library here is that of Go " + root.version + ", older than " +
         std::string(version);
}

}  // namespace unpark::testing
