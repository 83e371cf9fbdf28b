// vendor/modules.txt: which vendored package belongs to which module
// (https://go.dev/ref/mod#vendoring).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "load/mod_file.h"

namespace unpark::load {

struct VendoredModule {
  bool explicit_ = false;  // required by the main module's go.mod
  std::string go_version;
  ModuleVersion replaced_by;  // empty path: not replaced
};

struct VendorList {
  bool for_workspace = false;
  std::vector<ModuleVersion> modules;   // that provide packages, in order of appearance
  std::vector<ModuleVersion> replaced;  // all that are replaced, in order
  std::map<std::string, std::string, std::less<>> versions;  // of the modules above, by path
  std::map<std::string, ModuleVersion, std::less<>> package_module;
  std::map<ModuleVersion, VendoredModule> about;
};

// Lines that cannot be understood are passed over.
VendorList parse_vendor_list(std::string_view text);

// Where the list contradicts the main modules' go.mod files, in words; empty when it does not.
// `replaced_by` gives the replacement in force for a module (empty path: none).
std::vector<std::string> vendor_conflicts(
    const VendorList& list, const std::vector<const ModFile*>& mod_files,
    const std::vector<Replace>& replaces,
    const std::function<ModuleVersion(const ModuleVersion&)>& replaced_by, bool before_go114);

}  // namespace unpark::load
