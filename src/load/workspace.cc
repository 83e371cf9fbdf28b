// How a module's go.mod decides: its `replace`, `exclude` and `ignore` lines count only for main
// modules. The graph is read breadth first from the main modules' requirements. A module whose
// go.mod is of Go 1.17 or later lists all it needs, so what stands behind its requirements is not
// read
// ("pruned"); an older one is followed to the end.
//
// Cost: one go.mod read per module version in the graph, and for an import path one directory
// listing per prefix that is a module.
#include "load/workspace.h"

#include <algorithm>
#include <deque>

namespace unpark::load {

using base::DirEntry;
using base::FileKind;

namespace {

std::string describe_module(const ModuleVersion& m) {
  return m.version.empty() ? m.path : m.path + "@" + m.version;
}

// The nearest `name` at `dir` or above it, or empty.
std::string find_upwards(std::string dir, std::string_view name, DirCache& dirs) {
  while (true) {
    // Asked for by name: directories above may be large, or closed to us.
    std::string path = join_path(dir, name);
    FileKind kind = dirs.files().stat(path).kind;
    if (kind == FileKind::kRegular || kind == FileKind::kOther) return path;
    if (dir == "/") return {};
    dir = parent_dir(dir);
  }
}

int compare_versions(const std::string& a, const std::string& b) { return compare_semver(a, b); }

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

Workspace::Workspace(const std::string& dir, const Settings& settings, DirCache& dirs)
    : dirs_(dirs), settings_(settings), start_(dir) {
  module_cache_ = settings.env->module_cache();
  std::string work = settings.env->get("GOWORK");
  if (work == "off" || settings.no_work) {
    work.clear();
  } else if (work.empty() || work == "auto") {
    work = find_upwards(dir, "go.work", dirs);
  } else {
    work = join_path(dir, work);
  }
  if (!work.empty()) {
    read_work(work);
  } else {
    std::string mod = find_upwards(dir, "go.mod", dirs);
    if (!mod.empty()) {
      std::string root(parent_dir(mod));
      if (!settings.mod_file.empty()) mod = join_path(dir, settings.mod_file);
      read_main(root, mod, 0);
    }
  }
  pruned_ =
      !work_ && !mains_.empty() && compare_go_versions(mains_[0].file.go_version, "1.17") >= 0;
  for (const MainModule& main : mains_) {
    excludes_.insert(main.file.excludes.begin(), main.file.excludes.end());
  }
  add_replaces();
  for (const MainModule& main : mains_) {
    for (const ModuleVersion& m : requirements_of(main)) {
      auto [known, fresh] = roots_.try_emplace(m.path, m.version);
      if (!fresh && compare_versions(known->second, m.version) < 0) known->second = m.version;
    }
  }
  choose_vendor();
}

void Workspace::note(NoteKind kind, std::string message, std::string hint, std::string path,
                     uint32_t line) {
  notes_.push_back({kind, std::move(message), std::move(hint), std::move(path), line});
}

std::vector<Note> Workspace::take_notes() { return std::exchange(notes_, {}); }

void Workspace::read_work(const std::string& path) {
  work_path_ = path;
  base::Result<source::FileBytes> bytes = dirs_.files().read(path);
  if (!bytes) {
    note(NoteKind::kModFile, bytes.error().message, "set GOWORK=off to do without a go.work", path);
    work_.emplace();
    return;
  }
  work_ = parse_work_file(bytes->bytes());
  for (const ModError& e : work_->errors) {
    note(NoteKind::kModFile, e.message, "correct the line", path, e.line);
  }
  std::string dir(parent_dir(path));
  std::set<std::string> seen;
  for (const WorkUse& use : work_->uses) {
    std::string root = join_path(dir, use.dir);
    if (!seen.insert(root).second) {
      note(NoteKind::kModFile, "the directory " + use.dir + " is used twice", "remove one line",
           path, use.line);
      continue;
    }
    read_main(root, root + "/go.mod", use.line);
  }
}

bool Workspace::read_main(const std::string& dir, const std::string& mod_path, uint32_t work_line) {
  base::Result<source::FileBytes> bytes = dirs_.files().read(mod_path);
  if (!bytes) {
    if (work_line != 0) {
      note(NoteKind::kMissingDirectory, "go.work uses " + dir + ", but there is no go.mod in it",
           "create the module, or remove it with `go work edit -dropuse`", work_path_, work_line);
    } else {
      note(NoteKind::kModFile, bytes.error().message, "make it readable", mod_path);
    }
    return false;
  }
  MainModule main;
  main.file = parse_mod_file(bytes->bytes(), ModRole::kMain);
  for (const ModError& e : main.file.errors) {
    note(NoteKind::kModFile, e.message, "correct the line", mod_path, e.line);
  }
  main.path = main.file.module_path;
  if (main.path.empty()) {
    note(NoteKind::kModFile, "there is no module line", "add `module PATH`, or run `go mod init`",
         mod_path, 1);
    main.path = "command-line-arguments";
  }
  for (const MainModule& other : mains_) {
    if (other.path == main.path) {
      note(NoteKind::kModFile,
           "the module " + main.path + " is in the workspace twice: " + other.dir + " and " + dir,
           "remove one of them from go.work", work_path_, work_line);
      return false;
    }
  }
  main.prefix = main.path;
  main.dir = dir;
  main.mod_path = mod_path;
  mains_.push_back(std::move(main));
  return true;
}

void Workspace::add_replaces() {
  if (work_) {
    std::string dir(parent_dir(work_path_));
    for (const Replace& r : work_->replaces) replaces_.try_emplace(r.from, Replacement{r.to, dir});
  }
  std::set<std::string> by_work;
  for (const auto& [from, to] : replaces_) by_work.insert(from.path);
  for (const MainModule& main : mains_) {
    std::set<ModuleVersion> own;
    for (const Replace& r : main.file.replaces) {
      if (by_work.contains(r.from.path)) continue;
      if (!own.insert(r.from).second) {
        note(NoteKind::kModFile, "repeated replacement of " + describe_module(r.from),
             "remove one line", main.mod_path, r.line);
        continue;
      }
      Replacement to{r.to, main.dir};
      auto [known, fresh] = replaces_.try_emplace(r.from, to);
      bool same = known->second.to.version == r.to.version &&
                  (r.to.version.empty() ? join_path(known->second.base, known->second.to.path) ==
                                              join_path(main.dir, r.to.path)
                                        : known->second.to.path == r.to.path);
      if (!fresh && !same) {
        note(NoteKind::kModFile,
             "modules of the workspace replace " + describe_module(r.from) + " differently",
             "add one replace line for it to go.work", main.mod_path, r.line);
      }
    }
  }
}

std::optional<Workspace::Replacement> Workspace::replacement(const ModuleVersion& module) const {
  if (module.version.empty() && main_of(module.path)) return std::nullopt;
  auto found = replaces_.find(module);
  if (found == replaces_.end()) found = replaces_.find({module.path, ""});
  if (found == replaces_.end()) return std::nullopt;
  return found->second;
}

ModuleVersion Workspace::replaced_by(const ModuleVersion& module) const {
  std::optional<Replacement> r = replacement(module);
  if (!r) return {};
  if (!work_ || !r->to.version.empty() || r->to.path.starts_with('/')) return r->to;
  // In a workspace directories are written relative to the go.work.
  std::string dir = join_path(r->base, r->to.path);
  std::string base(parent_dir(work_path_));
  std::string up;
  while (!is_within(dir, base)) {
    up += up.empty() ? ".." : "/..";
    base = parent_dir(base);
  }
  std::string below = dir.size() > base.size() ? dir.substr(base == "/" ? 1 : base.size() + 1) : "";
  std::string out = up.empty() ? "." : up;
  if (!below.empty()) out += "/" + below;
  return {out, ""};
}

std::vector<ModuleVersion> Workspace::requirements_of(const MainModule& main) const {
  std::vector<ModuleVersion> out;
  for (const Require& r : main.file.requires_) {
    bool excluded = std::find(main.file.excludes.begin(), main.file.excludes.end(), r.module) !=
                    main.file.excludes.end();
    if (!excluded) out.push_back(r.module);
  }
  return out;
}

const MainModule* Workspace::main_of(std::string_view path) const {
  for (const MainModule& main : mains_) {
    if (main.path == path) return &main;
  }
  return nullptr;
}

void Workspace::choose_vendor() {
  if (mains_.empty()) return;
  std::string root(work_ ? parent_dir(work_path_) : mains_[0].dir);
  vendor_dir_ = join_path(root, "vendor");
  const std::string& mode = settings_.mod_mode;
  if (mode == "mod" || mode == "readonly") return;
  const std::string& go = work_ ? work_->go_version : mains_[0].file.go_version;
  const Listing& listing = dirs_.list(vendor_dir_);
  if (mode != "vendor" && (!listing.exists || go.empty() || compare_go_versions(go, "1.14") < 0)) {
    return;
  }
  base::Result<source::FileBytes> bytes = dirs_.files().read(vendor_dir_ + "/modules.txt");
  if (bytes) vendor_list_ = parse_vendor_list(bytes->bytes());
  if (mode != "vendor" && vendor_list_.for_workspace != work_.has_value()) {
    vendor_list_ = {};
    return;
  }
  vendor_ = true;
  check_vendor();
}

void Workspace::check_vendor() {
  std::vector<const ModFile*> mod_files;
  std::vector<Replace> replaces;
  for (const MainModule& main : mains_) {
    mod_files.push_back(&main.file);
    replaces.insert(replaces.end(), main.file.replaces.begin(), main.file.replaces.end());
  }
  if (work_) replaces.insert(replaces.end(), work_->replaces.begin(), work_->replaces.end());
  bool before_go114 = !work_ && compare_go_versions(mains_[0].file.go_version, "1.14") < 0;
  for (std::string& conflict : vendor_conflicts(
           vendor_list_, mod_files, replaces,
           [this](const ModuleVersion& m) { return replaced_by(m); }, before_go114)) {
    note(NoteKind::kVendor, std::move(conflict),
         work_ ? "run `go work vendor`, or use -mod=readonly"
               : "run `go mod vendor`, or use -mod=mod",
         vendor_dir_ + "/modules.txt");
  }
}

void Workspace::set_context(const BuildContext& context) {
  cgo_ = context.cgo;
  if (context.goroot.empty()) return;
  goroot_src_ = context.goroot + "/src";
  for (MainModule& main : mains_) {
    main.in_goroot = is_within(main.dir, goroot_src_);
    if (main.in_goroot && main.path == "std") main.prefix.clear();
  }
}

std::string Workspace::wanted_go() const {
  std::string best;
  auto offer = [&](const std::string& go, std::string_view toolchain) {
    if (compare_go_versions(go, best) > 0) best = go;
    if (toolchain.starts_with("go")) {
      std::string name(toolchain.substr(2, toolchain.find('-') - 2));
      if (compare_go_versions(name, best) > 0) best = name;
    }
  };
  if (work_) offer(work_->go_version, work_->toolchain);
  for (const MainModule& main : mains_) offer(main.file.go_version, main.file.toolchain);
  return best;
}

std::string Workspace::wanted_go_file() const {
  if (work_) return work_path_;
  return mains_.empty() ? std::string() : mains_[0].mod_path;
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
         describe_module(module) + " is replaced by " + actual.path + ", where there is no go.mod",
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
    if (!fresh && compare_versions(known->second, m.version) < 0) known->second = m.version;
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
          bool raised = !s.version.empty() && compare_versions(s.version, r.version) > 0;
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
             describe_module(module) + " is replaced by " + r->to.path + ", which does not exist",
             "create the directory or correct the replace line", join_path(r->base, r->to.path), 0};
    return;
  }
  ModuleVersion actual = r ? r->to : module;
  out = Note{NoteKind::kMissingModule,
             "module " + describe_module(actual) + " is not in the module cache",
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
            others.push_back(describe_module(module));
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
          "package " + path + " is in " + describe_module(*out.module) + " and in " + others[0] +
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
