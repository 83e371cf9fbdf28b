// From an import path to its directory and module, and back.
//
// A path is looked for in the standard library, then in the main modules and the vendor directory
// if that is used, else in every module of the graph whose path it begins with. Where the main
// module's go.mod lists all it needs (since Go 1.17), the graph behind it is only read when nothing
// is found without it.
//
// Cost: for an import path one directory listing per prefix that is a module.
#include "load/workspace.h"

namespace unpark::load {

std::optional<std::string> Workspace::dir_in_module(std::string_view path, std::string_view prefix,
                                                    const std::string& root, bool is_local) {
  if (!has_path_prefix(path, prefix)) return std::nullopt;
  std::string_view rest = path.substr(prefix.size());
  if (rest.starts_with('/')) rest.remove_prefix(1);
  std::string dir = rest.empty() ? root : root + "/" + std::string(rest);
  if (!dirs_.list(dir).has_go_files()) return std::nullopt;
  if (is_local) {
    for (std::string_view d = dir; d.size() > root.size(); d = parent_dir(d)) {
      if (dirs_.list(std::string(d)).has_file("go.mod")) return std::nullopt;
    }
  }
  return dir;
}

std::string Workspace::std_vendored(const std::string& path, std::string_view importer) {
  if (is_std_import_path(path)) return path;
  std::string vendored = has_path_prefix(importer, "cmd") ? "cmd/vendor/" + path : "vendor/" + path;
  return dirs_.list(goroot_src_ + "/" + vendored).exists ? vendored : path;
}

Resolution Workspace::resolve(const std::string& path, std::string_view importer,
                              bool importer_is_std) {
  Resolution out;
  out.import_path = path;
  if (!is_valid_import_path(path)) {
    out.note = Note{NoteKind::kMissingPackage, "invalid import path \"" + path + "\"", "", "", 0};
    return out;
  }
  if (importer_is_std && !goroot_src_.empty()) out.import_path = std_vendored(path, importer);
  const std::string& target = out.import_path;
  if (!goroot_src_.empty() && is_std_import_path(target)) {
    std::string dir = goroot_src_ + "/" + target;
    if (dirs_.list(dir).has_go_files()) {
      out.found = out.is_std = true;
      out.dir = std::move(dir);
      return out;
    }
  }
  Resolution found = vendor_ ? find_in_vendor(target) : find_in_modules(target);
  found.import_path = target;
  if (!found.found && !found.note) {
    std::string hint;
    if (is_std_import_path(target) && !main_of(target)) {
      hint = goroot_src_.empty() ? "install Go or set GOROOT"
                                 : "it is not in the standard library at " + goroot_src_;
    } else if (mains_.empty()) {
      hint = "there is no go.mod; run `go mod init` and `go mod tidy`";
    } else {
      hint = vendor_ ? "run `go mod vendor`" : "run `go get " + target + "` or `go mod tidy`";
    }
    found.note = Note{NoteKind::kMissingPackage, "no module provides package " + target,
                      std::move(hint), "", 0};
  }
  return found;
}

Resolution Workspace::find_in_vendor(const std::string& path) {
  Resolution out;
  for (const MainModule& main : mains_) {
    if (auto dir = dir_in_module(path, main.prefix, main.dir, true)) {
      out.found = true;
      out.dir = std::move(*dir);
      out.module = ModuleVersion{main.path, ""};
      out.is_std = main.in_goroot;
      return out;
    }
  }
  auto dir = dir_in_module(path, "", vendor_dir_, false);
  if (!dir) return out;
  auto owner = vendor_list_.package_module.find(path);
  std::string go = work_ ? work_->go_version : mains_[0].file.go_version;
  if (owner == vendor_list_.package_module.end() && compare_go_versions(go, "1.23") >= 0) {
    out.note = Note{NoteKind::kVendor,
                    "package " + path + " is in the vendor directory, but not in modules.txt",
                    work_ ? "run `go work vendor`" : "run `go mod vendor`",
                    vendor_dir_ + "/modules.txt", 0};
    return out;
  }
  out.found = true;
  out.dir = std::move(*dir);
  if (owner != vendor_list_.package_module.end()) out.module = owner->second;
  for (const MainModule& main : mains_) out.is_std = out.is_std || main.in_goroot;
  return out;
}

void Workspace::missing_module(const ModuleVersion& module, std::optional<Note>& out) const {
  if (out) return;
  std::optional<Replacement> r = replacement(module);
  if (r && r->to.version.empty()) {
    out =
        Note{NoteKind::kMissingDirectory,
             to_string(module) + " is replaced by " + r->to.path + ", which does not exist",
             "create the directory or correct the replace line", join_path(r->base, r->to.path), 0};
    return;
  }
  ModuleVersion actual = r ? r->to : module;
  out =
      Note{NoteKind::kMissingModule, "module " + to_string(actual) + " is not in the module cache",
           "run `go mod download`", module_cache_, 0};
}

Resolution Workspace::find_in_modules(const std::string& path) {
  // Without pruning the main module's own list does not say enough.
  if (!mains_.empty() && !work_ && !pruned_) load_graph();
  while (true) {
    Resolution out;
    std::vector<std::string> others;
    std::optional<Note> missing;
    for (std::string_view prefix = path;; prefix = prefix.substr(0, prefix.rfind('/'))) {
      if (std::optional<std::string> version = selected(std::string(prefix))) {
        ModuleVersion module{std::string(prefix), *version};
        ModuleDir root = dir_of(module);
        if (!dirs_.list(root.dir).exists) {
          missing_module(module, missing);
        } else if (auto dir = dir_in_module(path, prefix, root.dir, root.is_local)) {
          if (out.found) {
            others.push_back(to_string(module));
          } else {
            out.found = true;
            out.dir = std::move(*dir);
            out.module = std::move(module);
          }
        }
      }
      if (prefix.find('/') == prefix.npos) break;
    }
    if (out.found && !others.empty()) {
      out.note = Note{
          NoteKind::kAmbiguousImport,
          "package " + path + " is in " + to_string(*out.module) + " and in " + others[0] +
              "; the first is used",
          "remove one of the modules with `go mod tidy` or `go get " + out.module->path + "@none`",
          "", 0};
    }
    if (out.found) return out;
    if (graph_loaded_ || mains_.empty()) {
      out.note = std::move(missing);
      return out;
    }
    load_graph();
  }
}

bool Workspace::owns(const std::string& dir) {
  for (const MainModule& main : mains_) {
    if (!is_within(dir, main.dir)) continue;
    bool nested = false;
    for (std::string_view d = dir; d.size() > main.dir.size(); d = parent_dir(d)) {
      if (dirs_.list(std::string(d)).has_file("go.mod")) nested = true;
    }
    if (!nested) return true;
  }
  return false;
}

Resolution Workspace::resolve_dir(const std::string& dir) {
  Resolution out;
  out.dir = dir;
  auto found = [&](std::string path, std::optional<ModuleVersion> module) {
    out.found = true;
    out.import_path = std::move(path);
    out.module = std::move(module);
    out.is_std = !goroot_src_.empty() && is_within(dir, goroot_src_);
  };
  for (const MainModule& main : mains_) {
    if (!is_within(dir, main.dir) || !owns(dir)) continue;
    std::string below = dir.size() == main.dir.size() ? "" : dir.substr(main.dir.size() + 1);
    if (dir == goroot_src_) return out;
    if (below.starts_with("vendor/")) {
      std::string path = below.substr(7);
      auto listed = vendor_list_.package_module.find(path);
      if (vendor_ && listed != vendor_list_.package_module.end()) found(path, listed->second);
      return out;
    }
    bool own = true;
    for (const MainModule& other : mains_) {
      own = own && !(is_within(dir, other.dir) && other.dir.size() > main.dir.size());
    }
    if (!own) continue;
    std::optional<ModuleVersion> module;
    if (!main.in_goroot) module = ModuleVersion{main.path, ""};
    found(join_import_path(main.prefix, below), std::move(module));
    return out;
  }
  if (!goroot_src_.empty() && dir != goroot_src_ && is_within(dir, goroot_src_)) {
    found(dir.substr(goroot_src_.size() + 1), std::nullopt);
    return out;
  }
  // A directory of a required module.
  load_graph();
  for (const auto& [path, version] : selected_) {
    ModuleVersion module{path, version};
    ModuleDir root = dir_of(module);
    if (root.dir.empty() || !is_within(dir, root.dir)) continue;
    std::string below = dir.size() == root.dir.size() ? "" : dir.substr(root.dir.size() + 1);
    if (below.find("/vendor/") != below.npos || below.starts_with("vendor/")) continue;
    found(join_import_path(path, below), module);
    return out;
  }
  return out;
}

}  // namespace unpark::load
