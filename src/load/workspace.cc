// Which go.work or go.mod is in force, and what it says: the main modules, replacements and
// exclusions, and whether the vendor directory is used. `replace`, `exclude` and `ignore` lines
// count only in main modules.
//
// Cost: the files named above are read once, when the workspace is made.
#include "load/workspace.h"

#include <algorithm>
#include <utility>

namespace unpark::load {

using base::FileKind;

namespace {

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

}  // namespace

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
      if (!fresh && compare_semver(known->second, m.version) < 0) known->second = m.version;
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
        note(NoteKind::kModFile, "repeated replacement of " + to_string(r.from), "remove one line",
             main.mod_path, r.line);
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
             "modules of the workspace replace " + to_string(r.from) + " differently",
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

}  // namespace unpark::load
