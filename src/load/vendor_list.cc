#include "load/vendor_list.h"

#include <set>

#include "load/version.h"

namespace unpark::load {

namespace {

std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> out;
  size_t at = 0;
  while (at < line.size()) {
    size_t begin = line.find_first_not_of(" \t\r\v\f", at);
    if (begin == line.npos) break;
    size_t end = line.find_first_of(" \t\r\v\f", begin);
    if (end == line.npos) end = line.size();
    out.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

VendorList parse_vendor_list(std::string_view text) {
  VendorList list;
  ModuleVersion module;
  bool first = true;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    std::string_view line = text.substr(at, end == text.npos ? text.npos : end - at);
    at = end == text.npos ? text.size() : end + 1;
    if (first && line.starts_with("## ")) {
      std::string_view notes = line.substr(3);
      while (!notes.empty()) {
        size_t semi = notes.find(';');
        if (trim(notes.substr(0, semi)) == "workspace") list.for_workspace = true;
        notes = semi == notes.npos ? std::string_view() : notes.substr(semi + 1);
      }
    }
    first = false;
    if (line.starts_with("# ")) {
      std::vector<std::string_view> f = fields(line);
      if (f.size() < 3) continue;
      size_t arrow;
      if (is_semver(f[2])) {
        module = {std::string(f[1]), std::string(f[2])};
        arrow = 3;
      } else if (f[2] == "=>") {
        module = {std::string(f[1]), ""};
        arrow = 2;
      } else {
        module = {};
        continue;
      }
      if (f.size() >= arrow + 2 && f[arrow] == "=>") {
        VendoredModule& about = list.about[module];
        if (f.size() == arrow + 2) {
          about.replaced_by = {std::string(f[arrow + 1]), ""};
          list.replaced.push_back(module);
        } else if (f.size() == arrow + 3 && is_semver(f[arrow + 2])) {
          about.replaced_by = {std::string(f[arrow + 1]), std::string(f[arrow + 2])};
          list.replaced.push_back(module);
        }
      }
      continue;
    }
    if (module.path.empty()) continue;
    if (line.starts_with("## ")) {
      std::string_view notes = line.substr(3);
      VendoredModule& about = list.about[module];
      while (!notes.empty()) {
        size_t semi = notes.find(';');
        std::string_view entry = trim(notes.substr(0, semi));
        if (entry == "explicit") about.explicit_ = true;
        if (entry.starts_with("go ")) about.go_version = entry.substr(3);
        notes = semi == notes.npos ? std::string_view() : notes.substr(semi + 1);
      }
      continue;
    }
    std::vector<std::string_view> f = fields(line);
    if (f.size() != 1) continue;
    list.package_module.insert_or_assign(std::string(f[0]), module);
    auto [known, fresh] = list.versions.try_emplace(module.path, module.version);
    if (fresh || compare_semver(known->second, module.version) < 0) {
      known->second = module.version;
      list.modules.push_back(module);
    }
  }
  return list;
}

std::vector<std::string> vendor_conflicts(
    const VendorList& list, const std::vector<const ModFile*>& mod_files,
    const std::vector<Replace>& replaces,
    const std::function<ModuleVersion(const ModuleVersion&)>& replaced_by, bool before_go114) {
  std::vector<std::string> out;
  auto about = [&](const ModuleVersion& m) {
    auto found = list.about.find(m);
    return found == list.about.end() ? VendoredModule{} : found->second;
  };
  auto vendored_version = [&](const std::string& path) {
    auto found = list.versions.find(path);
    return found == list.versions.end() ? std::string() : found->second;
  };
  std::set<ModuleVersion> required;
  for (const ModFile* file : mod_files) {
    for (const Require& r : file->requires_) {
      required.insert(r.module);
      if (about(r.module).explicit_) continue;
      std::string version = vendored_version(r.module.path);
      if (!before_go114) {
        out.push_back(to_string(r.module) + " is required in go.mod, but not marked as explicit");
      } else if (!version.empty() && version != r.module.version) {
        out.push_back(to_string(r.module) + " is required in go.mod, but " + version +
                      " is vendored");
      }
    }
  }
  std::set<ModuleVersion> seen;
  for (const Replace& r : replaces) {
    if (!seen.insert(r.from).second) continue;
    ModuleVersion now = replaced_by(r.from);
    ModuleVersion then = about(r.from).replaced_by;
    if (then == now) continue;
    if (then.path.empty()) {
      if (before_go114 &&
          (r.from.version.empty() || vendored_version(r.from.path) != r.from.version)) {
        continue;
      }
      out.push_back(to_string(r.from) + " is replaced, but not marked as replaced");
    } else {
      out.push_back(to_string(r.from) + " is replaced by " + to_string(now) +
                    ", but marked as replaced by " + to_string(then));
    }
  }
  for (const ModuleVersion& m : list.modules) {
    if (about(m).explicit_ && !required.contains(m)) {
      out.push_back(to_string(m) + " is marked as explicit, but not required in go.mod");
    }
  }
  for (const ModuleVersion& m : list.replaced) {
    if (replaced_by(m).path.empty()) {
      out.push_back(to_string(m) + " is marked as replaced, but not replaced in go.mod");
    }
  }
  return out;
}

}  // namespace unpark::load
