// The requirement graph: the go.mod of each module version, and the version of each module that
// minimal version selection chooses.
//
// The graph is read breadth first from the main modules' requirements. A module whose go.mod is of
// Go 1.17 or later lists all it needs, so what stands behind its requirements is not read
// ("pruned"); an older one is followed to the end.
//
// Cost: one go.mod read per module version in the graph.
#include <deque>

#include "load/workspace.h"

namespace unpark::load {

std::string escape_module(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') {
      out += '!';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

Workspace::ModuleDir Workspace::dir_of(const ModuleVersion& module) const {
  if (module.version.empty()) {
    const MainModule* main = main_of(module.path);
    return main ? ModuleDir{main->dir, true} : ModuleDir{};
  }
  ModuleVersion actual = module;
  if (std::optional<Replacement> r = replacement(module)) {
    if (r->to.version.empty()) return {join_path(r->base, r->to.path), true};
    actual = r->to;
  }
  if (module_cache_.empty()) return {};
  return {module_cache_ + "/" + escape_module(actual.path) + "@" + escape_module(actual.version),
          false};
}

ModuleInfo Workspace::describe(const ModuleVersion& module) {
  ModuleInfo out;
  out.path = module.path;
  out.version = module.version;
  if (module.version.empty()) {
    if (const MainModule* main = main_of(module.path)) {
      out.is_main = true;
      out.dir = main->dir;
      out.mod_path = main->mod_path;
      out.go_version = main->file.go_version;
      // The go command fills it in, but not in a workspace.
      if (out.go_version.empty() && !work_) out.go_version = to_string(kDefaultLang);
      return out;
    }
  }
  out.replaced_by = replaced_by(module);
  if (vendor_) {
    auto about = vendor_list_.about.find(module);
    if (about != vendor_list_.about.end()) out.go_version = about->second.go_version;
    return out;
  }
  out.dir = dir_of(module).dir;
  if (dirs_.list(out.dir).has_file("go.mod")) out.mod_path = out.dir + "/go.mod";
  out.go_version = summary(module).go_version;
  return out;
}

Workspace::Summary Workspace::read_summary(const ModuleVersion& module) {
  Summary out;
  if (module.version.empty()) {
    if (const MainModule* main = main_of(module.path)) {
      out.ok = true;
      out.module_path = main->path;
      out.go_version = main->file.go_version;
      out.requirements = requirements_of(*main);
      out.ignores = main->file.ignores;
      out.pruned = compare_go_versions(out.go_version, "1.17") >= 0;
    }
    return out;
  }
  ModuleVersion actual = module;
  std::vector<std::string> places;
  std::optional<Replacement> r = replacement(module);
  if (r) actual = r->to;
  if (actual.version.empty()) {
    places.push_back(join_path(r->base, actual.path) + "/go.mod");
  } else if (!module_cache_.empty()) {
    places.push_back(module_cache_ + "/cache/download/" + escape_module(actual.path) + "/@v/" +
                     escape_module(actual.version) + ".mod");
    places.push_back(module_cache_ + "/" + escape_module(actual.path) + "@" +
                     escape_module(actual.version) + "/go.mod");
  }
  for (const std::string& place : places) {
    base::Result<source::FileBytes> bytes = dirs_.files().read(place);
    if (!bytes) continue;
    ModFile file = parse_mod_file(bytes->bytes(), ModRole::kDependency);
    out.ok = true;
    out.module_path = file.module_path;
    out.go_version = file.go_version;
    out.ignores = std::move(file.ignores);
    out.pruned = compare_go_versions(out.go_version, "1.17") >= 0;
    for (Require& require : file.requires_) {
      if (!excludes_.contains(require.module)) {
        out.requirements.push_back(std::move(require.module));
      }
    }
    break;
  }
  if (!out.ok && actual.version.empty()) {
    note(NoteKind::kMissingDirectory,
         to_string(module) + " is replaced by " + actual.path + ", where there is no go.mod",
         "create the module or correct the replace line", std::string(parent_dir(places[0])));
  }
  return out;
}

const Workspace::Summary& Workspace::summary(const ModuleVersion& module) {
  auto found = summaries_.find(module);
  if (found == summaries_.end()) {
    found = summaries_.emplace(module, read_summary(module)).first;
  }
  return found->second;
}

void Workspace::load_graph() {
  if (graph_loaded_) return;
  graph_loaded_ = true;
  enum class Pruning : uint8_t { kPruned, kUnpruned, kWorkspace };
  std::deque<std::pair<ModuleVersion, Pruning>> queue;
  std::set<std::pair<ModuleVersion, Pruning>> seen;
  auto select = [&](const ModuleVersion& m) {
    if (main_of(m.path)) return;  // a main module wins over any version
    auto [known, fresh] = selected_.try_emplace(m.path, m.version);
    if (!fresh && compare_semver(known->second, m.version) < 0) known->second = m.version;
  };
  auto enqueue = [&](const ModuleVersion& m, Pruning pruning) {
    if (seen.emplace(m, pruning).second) queue.emplace_back(m, pruning);
  };
  auto drain = [&] {
    while (!queue.empty()) {
      auto [m, pruning] = std::move(queue.front());
      queue.pop_front();
      const Summary& s = summary(m);
      Pruning next =
          s.pruned && pruning != Pruning::kUnpruned ? Pruning::kPruned : Pruning::kUnpruned;
      for (const ModuleVersion& r : s.requirements) {
        select(r);
        if (pruning != Pruning::kPruned || !s.pruned) enqueue(r, next);
      }
    }
  };
  if (work_) {
    for (const MainModule& main : mains_) enqueue({main.path, ""}, Pruning::kWorkspace);
    drain();
    // A requirement of a main module may be raised by another one. What the raised version requires
    // counts as if a main module had listed it.
    std::set<std::string> whole;
    std::set<ModuleVersion> done;
    for (const MainModule& main : mains_) whole.insert(main.path);
    auto chosen = [&](const std::string& path) {
      auto found = selected_.find(path);
      bool main = main_of(path) != nullptr;
      return ModuleVersion{path, main || found == selected_.end() ? "" : found->second};
    };
    while (true) {
      std::set<ModuleVersion> next;
      for (const std::string& path : whole) {
        ModuleVersion m = chosen(path);
        if (!done.contains(m)) {
          next.insert(m);
          continue;
        }
        for (const ModuleVersion& r : summary(m).requirements) {
          ModuleVersion s = chosen(r.path);
          bool raised = !s.version.empty() && compare_semver(s.version, r.version) > 0;
          if (raised && !done.contains(s)) next.insert(s);
        }
      }
      if (next.empty()) break;
      for (const ModuleVersion& m : next) {
        enqueue(m, Pruning::kWorkspace);
        done.insert(m);
        whole.insert(m.path);
      }
      drain();
    }
    return;
  }
  for (const auto& [path, version] : roots_) select({path, version});
  for (const auto& [path, version] : roots_) {
    enqueue({path, version}, pruned_ ? Pruning::kPruned : Pruning::kUnpruned);
  }
  drain();
}

std::optional<std::string> Workspace::selected(const std::string& path) const {
  if (main_of(path)) return "";
  const std::map<std::string, std::string>& from = graph_loaded_ ? selected_ : roots_;
  if (!graph_loaded_ && work_) return std::nullopt;
  auto found = from.find(path);
  if (found == from.end()) return std::nullopt;
  return found->second;
}

}  // namespace unpark::load
