// BuildContext: for which machine and with which tags packages are selected
// (https://pkg.go.dev/cmd/go#hdr-Build_constraints).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "load/constraint.h"
#include "load/go_env.h"
#include "load/version.h"

namespace unpark::load {

struct BuildContext {
  std::string goos, goarch;
  bool cgo = false;
  std::string goroot;
  std::string go_version;                 // of GOROOT: "1.26.8"
  LangVersion lang;                       // of GOROOT
  std::vector<std::string> tags;          // the user's, sorted
  std::vector<std::string> tool_tags;     // goexperiment.x, amd64.v1, race, ...
  std::vector<std::string> release_tags;  // go1.1 ... go1.N

  bool has_tag(std::string_view tag) const;
  // Whether _GOOS, _GOARCH and _test at the end of a file's name let it in.
  bool matches_name(std::string_view file_name) const;
  bool matches(const FileConstraints& constraints) const;

 private:
  friend BuildContext make_build_context(const struct BuildChoices&, const GoEnv&, const GoRoot&,
                                         const source::FileSystem&);
  std::set<std::string, std::less<>> known_;  // every tag above
};

// What the user asked for; the rest comes from the environment.
struct BuildChoices {
  std::string goos, goarch;
  std::vector<std::string> tags;
  std::vector<std::string> modes;  // "race", ...
  std::optional<bool> cgo;
};

BuildContext make_build_context(const BuildChoices& choices, const GoEnv& env, const GoRoot& root,
                                const source::FileSystem& files);

bool is_known_os(std::string_view name);
bool is_known_arch(std::string_view name);

// Packages that the linker adds to a program: runtime, sometimes runtime/cgo or math.
std::vector<std::string> linker_imports(const BuildContext& context);

}  // namespace unpark::load
