// All packages that a pattern matches, and all directories below one that may hold packages: walks
// over the directories of the standard library and of modules.
//
// Links to directories are not followed: they could lead in circles. Nested modules, names that the
// go command passes over, and what a go.mod ignores are left out.
//
// Cost: one listing per directory below which the pattern can match.
#include <algorithm>

#include "load/workspace.h"

namespace unpark::load {

using base::FileKind;

namespace {

// An ignore line "./x" means the directory x of the module, "x" any directory or path x.
bool is_ignored(const std::vector<std::string>& ignores, std::string_view relative) {
  if (ignores.empty() || relative.empty()) return false;
  std::string dir = "/" + std::string(relative) + "/";
  for (std::string_view pattern : ignores) {
    bool anchored = pattern.starts_with("./");
    if (anchored) pattern.remove_prefix(2);
    std::string wanted = std::string(pattern.starts_with('/') ? "" : "/") + std::string(pattern);
    if (!wanted.ends_with('/')) wanted += '/';
    if (anchored ? dir.starts_with(wanted) : dir.find(wanted) != dir.npos) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> Workspace::package_dirs(const std::string& dir, bool skip_vendor) {
  const std::vector<std::string>* ignores = nullptr;
  std::string root;
  for (const MainModule& main : mains_) {
    if (is_within(dir, main.dir) && main.dir.size() >= root.size()) {
      root = main.dir;
      ignores = &main.file.ignores;
    }
  }
  std::vector<std::string> out;
  std::vector<std::string> stack = {dir};
  while (!stack.empty()) {
    std::string at = std::move(stack.back());
    stack.pop_back();
    if (ignores && at.size() > root.size() &&
        is_ignored(*ignores, std::string_view(at).substr(root.size() + 1))) {
      continue;
    }
    const Listing& listing = dirs_.list(at);
    if (at != dir && listing.has_file("go.mod")) continue;
    if (!listing.error.empty()) {
      note(NoteKind::kDirectory, listing.error, "make it readable, or leave it out", at);
    }
    out.push_back(at);
    for (auto entry = listing.entries.rbegin(); entry != listing.entries.rend(); ++entry) {
      // Links to directories are not followed: they could lead in circles.
      if (entry->kind != FileKind::kDirectory || entry->is_link) continue;
      if (entry->name[0] == '.' || entry->name[0] == '_' || entry->name == "testdata") continue;
      if (skip_vendor && entry->name == "vendor") continue;
      stack.push_back(at == "/" ? "/" + entry->name : at + "/" + entry->name);
    }
  }
  return out;
}

void Workspace::walk(const std::string& root, const std::string& prefix, bool prune_vendor,
                     bool prune_modules, const std::vector<std::string>& ignores,
                     const Pattern* pattern, bool is_std, std::optional<ModuleVersion> module,
                     std::vector<Resolution>& out) {
  std::vector<std::pair<std::string, std::string>> stack = {
      {root, ""}};  // directory, path in module
  while (!stack.empty()) {
    auto [dir, below] = std::move(stack.back());
    stack.pop_back();
    std::string path = join_import_path(prefix, below);
    if (!path.empty() && pattern && !pattern->can_match_below(path)) continue;
    if (is_ignored(ignores, below)) continue;
    const Listing& listing = dirs_.list(dir);
    if (!below.empty() && prune_modules && listing.has_file("go.mod")) continue;
    if (!listing.error.empty()) {
      note(NoteKind::kDirectory, listing.error, "make it readable, or leave it out", dir);
    }
    bool hidden = path.empty() || path == "builtin" || (path == "runtime/cgo" && !cgo_);
    if (!hidden && (!pattern || pattern->matches(path)) && listing.has_go_files()) {
      Resolution r;
      r.found = true;
      r.import_path = path;
      r.dir = dir;
      r.is_std = is_std;
      r.module = module;
      out.push_back(std::move(r));
    }
    size_t slash = below.rfind('/');
    std::string_view last =
        slash == below.npos ? std::string_view(below) : std::string_view(below).substr(slash + 1);
    if (prune_vendor && last == "vendor") continue;
    for (auto entry = listing.entries.rbegin(); entry != listing.entries.rend(); ++entry) {
      if (entry->kind != FileKind::kDirectory || entry->is_link) continue;
      if (entry->name[0] == '.' || entry->name[0] == '_' || entry->name == "testdata") continue;
      stack.emplace_back(dir + "/" + entry->name, join_import_path(below, entry->name));
    }
  }
}

std::vector<Resolution> Workspace::main_packages() {
  std::vector<Resolution> out;
  for (const MainModule& main : mains_) {
    std::optional<ModuleVersion> module;
    if (!main.in_goroot) module = ModuleVersion{main.path, ""};
    walk(main.dir, main.prefix, true, true, main.file.ignores, nullptr, main.in_goroot,
         std::move(module), out);
  }
  return out;
}

std::vector<Resolution> Workspace::match(const Pattern& pattern) {
  std::vector<Resolution> out;
  if (!goroot_src_.empty()) {
    walk(goroot_src_, "", false, true, {}, &pattern, true, std::nullopt, out);
    if (pattern.can_match_below("cmd")) {
      walk(goroot_src_ + "/cmd", "cmd", false, true, {}, &pattern, true, std::nullopt, out);
    }
  }
  for (const MainModule& main : mains_) {
    if (main.in_goroot) continue;
    if (!pattern.can_match_below(main.prefix)) continue;
    walk(main.dir, main.prefix, true, true, main.file.ignores, &pattern, false,
         ModuleVersion{main.path, ""}, out);
  }
  if (vendor_) {
    size_t before = out.size();
    walk(vendor_dir_, "", true, false, {}, &pattern, false, std::nullopt, out);
    for (size_t i = before; i < out.size(); i++) {
      auto owner = vendor_list_.package_module.find(out[i].import_path);
      if (owner != vendor_list_.package_module.end()) out[i].module = owner->second;
    }
  } else if (has_main()) {
    load_graph();
    for (const auto& [path, version] : selected_) {
      if (!pattern.can_match_below(path)) continue;
      ModuleVersion module{path, version};
      ModuleDir root = dir_of(module);
      if (!dirs_.list(root.dir).exists) {
        std::optional<Note> missing;
        missing_module(module, missing);
        notes_.push_back(std::move(*missing));
        continue;
      }
      walk(root.dir, path, true, root.is_local, summary(module).ignores, &pattern, false, module,
           out);
    }
  }
  // What was found first stays: the standard library, then the main modules, then the others.
  std::set<std::string> seen;
  std::erase_if(out, [&](const Resolution& r) { return !seen.insert(r.import_path).second; });
  std::sort(out.begin(), out.end(),
            [](const Resolution& a, const Resolution& b) { return a.import_path < b.import_path; });
  return out;
}

}  // namespace unpark::load
