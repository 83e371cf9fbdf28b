// In order: find Go and the workspaces, expand the patterns to packages, then scan packages in
// waves: all packages of a wave are scanned in parallel, their imports are resolved one after
// another in a fixed order, and what is new makes the next wave. At the end packages are sorted and
// renumbered, and imports that close a circle are cut.
//
// Cost: every directory is listed once, every file read once.
#include "load/load.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "load/dir_cache.h"
#include "load/package_scan.h"
#include "load/pattern.h"
#include "load/workspace.h"

namespace unpark::load {

using base::FileKind;

namespace {

constexpr std::string_view kCommandLine = "command-line-arguments";
constexpr std::string_view kTestMainImports[] = {"os", "reflect", "testing",
                                                 "testing/internal/testdeps"};
// The standard library shares one instance among all workspaces.
constexpr uint32_t kShared = UINT32_MAX;

// A package on its way: what is known before and after its directory is scanned.
struct Draft {
  Package package;
  uint32_t workspace = 0;  // whose rules resolve its imports
  std::optional<ModuleVersion> module;
  std::vector<std::string> only_files;  // when it is made of named files
  bool scan_tests = false;
  bool named = false;  // by a pattern without "..."
  bool only_tests = false;
  bool no_main = false;  // is no package of the pattern when it turns out to be a program
  ScannedPackage scanned;
};

std::vector<std::string> import_paths(const std::vector<ScannedFile>& files) {
  std::set<std::string_view> paths;
  for (const ScannedFile& file : files) paths.insert(file.imports.begin(), file.imports.end());
  return {paths.begin(), paths.end()};
}

class Loader {
 public:
  Loader(const LoadOptions& options, const source::FileSystem& files, base::WorkerPool& workers,
         base::Interner& names)
      : options_(options), workers_(workers), names_(names), dirs_(files) {}

  base::Result<Program> run() {
    dir_ = join_path(base::current_dir(), options_.dir);
    GoEnv env(options_.environment ? *options_.environment : process_environment(), dirs_.files());
    env_ = &env;
    GoRoot root = find_goroot(options_.goroot, env, dirs_.files());
    if (!root.dir.empty()) env.read_goroot(root.dir, dirs_.files());
    flags_ = parse_go_flags(env.get("GOFLAGS"));
    if (env.get("GO111MODULE") == "off") {
      note(NoteKind::kNoModule, "GO111MODULE=off asks for GOPATH mode, which is not supported",
           "add a go.mod; packages are looked up as in modules");
    }

    std::vector<std::string> patterns = options_.patterns;
    if (patterns.empty()) patterns.emplace_back(".");
    open_workspaces(patterns);
    choose_toolchain(root);
    make_context(root);
    for (const std::unique_ptr<Workspace>& workspace : workspaces_) {
      workspace->set_context(program_.context);
    }
    expand(patterns);
    bool any_tests = false;
    for (uint32_t index : roots_) any_tests = any_tests || drafts_[index].scan_tests;
    run_waves();
    if (all_) any_tests = widen_to_all() || any_tests;
    if (any_tests) add_test_main();
    finish();
    return std::move(program_);
  }

 private:
  void note(NoteKind kind, std::string message, std::string hint = "", std::string path = "",
            uint32_t line = 0) {
    program_.notes.push_back({kind, std::move(message), std::move(hint), std::move(path), line});
  }

  // --- Workspaces and toolchain.

  // The directory a local pattern starts from.
  std::string base_of(const std::string& pattern) const {
    std::string path = join_path(dir_, pattern.substr(0, pattern.find("...")));
    bool cut = pattern.find("...") != pattern.npos &&
               !pattern.substr(0, pattern.find("...")).ends_with("/");
    return cut ? std::string(parent_dir(path)) : path;
  }

  // The working directory's workspace is the first. Local patterns that lie in other modules bring
  // their own.
  void open_workspaces(const std::vector<std::string>& patterns) {
    Workspace::Settings own = settings_for_other();
    own.mod_file = options_.mod_file.empty() ? flags_.modfile : options_.mod_file;
    workspaces_.push_back(std::make_unique<Workspace>(dir_, own, dirs_));
    for (const std::string& pattern : patterns) {
      if (!is_local_pattern(pattern) || pattern.ends_with(".go")) continue;
      std::string base = base_of(pattern);
      if (!dirs_.list(base).exists || owner_of(base)) continue;
      if (open_for(base)) continue;
      if (pattern.find("...") != pattern.npos) open_modules_below(base);
    }
  }

  // Opens the workspace or module that `dir` lies in. False when it lies in none.
  bool open_for(const std::string& dir) {
    Workspace::Settings settings = settings_for_other();
    auto fresh = std::make_unique<Workspace>(dir, settings, dirs_);
    if (!fresh->owns(dir) && !fresh->work_path().empty()) {
      std::string work = fresh->work_path();
      settings.no_work = true;
      fresh = std::make_unique<Workspace>(dir, settings, dirs_);
      if (!fresh->owns(dir)) return false;
      note(NoteKind::kNoModule,
           "the module " + fresh->mains()[0].path + " is not used by " + work +
               "; it is loaded on its own",
           "add it with `go work use`", fresh->mains()[0].dir);
    }
    if (!fresh->owns(dir)) return false;
    workspaces_.push_back(std::move(fresh));
    return true;
  }

  // -modfile and GOWORK speak of the working directory's module only.
  Workspace::Settings settings_for_other() const {
    Workspace::Settings settings;
    settings.env = env_;
    settings.mod_mode = options_.mod_mode.empty() ? flags_.mod : options_.mod_mode;
    return settings;
  }

  // `base` is in no module, but modules may lie below it.
  void open_modules_below(const std::string& base) {
    std::vector<std::string> stack = {base};
    while (!stack.empty()) {
      std::string at = std::move(stack.back());
      stack.pop_back();
      const Listing& listing = dirs_.list(at);
      if (listing.has_file("go.work")) {
        auto fresh = std::make_unique<Workspace>(at, settings_for_other(), dirs_);
        bool known = std::any_of(workspaces_.begin(), workspaces_.end(), [&](const auto& other) {
          return other->work_path() == fresh->work_path();
        });
        if (!known) workspaces_.push_back(std::move(fresh));
      }
      if (listing.has_file("go.mod") && !owner_of(at)) open_for(at);
      for (auto entry = listing.entries.rbegin(); entry != listing.entries.rend(); ++entry) {
        if (entry->kind != FileKind::kDirectory || entry->is_link) continue;
        if (entry->name[0] == '.' || entry->name[0] == '_' || entry->name == "testdata" ||
            entry->name == "vendor") {
          continue;
        }
        stack.push_back(join_path(at, entry->name));
      }
    }
  }

  std::optional<uint32_t> owner_of(const std::string& dir) {
    for (uint32_t i = 0; i < workspaces_.size(); i++) {
      if (workspaces_[i]->owns(dir)) return i;
    }
    return std::nullopt;
  }

  // GOTOOLCHAIN says whether a go.mod may ask for another Go than the one found.
  void choose_toolchain(GoRoot& root) {
    std::string setting = env_->get("GOTOOLCHAIN");
    std::string wanted, file;
    for (const std::unique_ptr<Workspace>& workspace : workspaces_) {
      std::string go = workspace->wanted_go();
      if (compare_go_versions(go, wanted) > 0) {
        wanted = go;
        file = workspace->wanted_go_file();
      }
    }
    std::string_view name = setting;
    name = name.substr(0, name.find('+'));
    if (name.starts_with("go1")) {
      std::string version(name.substr(2, name.find('-') - 2));
      if (version != root.version) {
        GoRoot other = find_toolchain(version, *env_, dirs_.files());
        if (!other.dir.empty()) root = std::move(other);
      }
    }
    if (wanted.empty() || compare_go_versions(root.version, wanted) >= 0) return;
    bool may_switch = options_.goroot.empty() && setting != "local" &&
                      (setting.empty() || setting == "auto" || setting == "path" ||
                       setting.find('+') != setting.npos);
    if (may_switch) {
      // A go line without a patch number means the first release of that line.
      std::string first = wanted;
      if (std::count(first.begin(), first.end(), '.') == 1 &&
          compare_go_versions(first, "1.21") >= 0 && first.find_first_of("abcdefr") == first.npos) {
        first += ".0";
      }
      GoRoot other = find_toolchain(first, *env_, dirs_.files());
      if (!other.dir.empty()) {
        root = std::move(other);
        return;
      }
    }
    if (root.dir.empty()) return;
    note(NoteKind::kNewerGo,
         "go " + wanted + " is asked for, the newest installed is go " + root.version,
         "install go " + wanted + "; newer parts of the standard library are missing until then",
         file);
  }

  void make_context(const GoRoot& root) {
    BuildChoices choices;
    choices.goos = options_.goos;
    choices.goarch = options_.goarch;
    choices.tags = options_.tags.empty() ? flags_.tags : options_.tags;
    choices.modes = flags_.modes;
    choices.cgo = options_.cgo;
    program_.context = make_build_context(choices, *env_, root, dirs_.files());
    if (!root.dir.empty()) return;
    std::string tried;
    for (const std::string& place : root.tried) tried += (tried.empty() ? "" : ", ") + place;
    note(NoteKind::kNoGoroot,
         "no Go installation was found" +
             (tried.empty() ? std::string() : " (looked at " + tried + ")"),
         "install Go, put go on the PATH, or set GOROOT; the standard library is missing");
  }

  // --- Patterns.

  void expand(const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
      if (pattern.ends_with(".go") &&
          dirs_.files().stat(join_path(dir_, pattern)).kind == FileKind::kRegular) {
        expand_files(patterns);
        return;
      }
    }
    for (const std::string& pattern : patterns) {
      size_t before = matched_;
      if (is_local_pattern(pattern)) {
        expand_local(pattern);
      } else {
        expand_imports(pattern);
      }
      if (matched_ == before) {
        note(NoteKind::kNoMatch, "the pattern " + pattern + " matched no packages",
             is_local_pattern(pattern) ? "" : "a directory is written ./" + pattern);
      }
    }
  }

  void expand_files(const std::vector<std::string>& patterns) {
    std::string dir;
    Draft draft;
    for (const std::string& pattern : patterns) {
      std::string path = join_path(dir_, pattern);
      if (!pattern.ends_with(".go") || dirs_.files().stat(path).kind != FileKind::kRegular) {
        note(NoteKind::kNoMatch, "named files must be Go files, " + pattern + " is none",
             "name files only, or packages only", path);
        continue;
      }
      std::string parent(parent_dir(path));
      if (dir.empty()) dir = parent;
      if (parent != dir) {
        note(NoteKind::kNoMatch, "named files must all be in one directory, " + pattern + " is not",
             "name the packages instead", path);
        continue;
      }
      draft.only_files.push_back(path.substr(path.rfind('/') + 1));
    }
    draft.package.import_path = kCommandLine;
    draft.package.dir = dir;
    draft.named = true;
    // Named files see the module's requirements, but are no part of it: as for the go command, they
    // are in the newest language.
    draft.workspace = owner_of(dir).value_or(0);
    add_root(std::move(draft));
  }

  void expand_local(const std::string& pattern) {
    std::string base = base_of(pattern);
    bool wild = pattern.find("...") != pattern.npos;
    const Listing& listing = dirs_.list(base);
    if (!listing.exists) {
      note(NoteKind::kNoMatch, "there is no directory " + base, "", base);
      return;
    }
    if (!wild) {
      expand_dir(base, true);
      return;
    }
    Pattern matcher(join_path(dir_, pattern));
    std::vector<std::string> bases = {base};
    for (const std::unique_ptr<Workspace>& workspace : workspaces_) {
      if (owner_of(base)) break;
      for (const MainModule& main : workspace->mains()) {
        if (main.dir != base && is_within(main.dir, base)) bases.push_back(main.dir);
      }
    }
    std::sort(bases.begin(), bases.end());
    for (const std::string& start : bases) {
      Workspace& workspace = *workspaces_[owner_of(start).value_or(0)];
      for (const std::string& dir : workspace.package_dirs(start, false)) {
        if (matcher.matches(dir) && dirs_.list(dir).has_go_files()) expand_dir(dir, false);
      }
    }
  }

  void expand_dir(const std::string& dir, bool named) {
    if (!dirs_.list(dir).has_go_files()) {
      if (!named) return;
      note(NoteKind::kNoGoFiles, "there are no Go files in " + dir, "", dir);
      matched_++;
      return;
    }
    std::optional<uint32_t> owner = owner_of(dir);
    uint32_t workspace = owner.value_or(0);
    Resolution r = workspaces_[workspace]->resolve_dir(dir);
    if (!r.found) {
      // GOROOT/src itself and pieces of vendor directories are no packages.
      const std::string& goroot = program_.context.goroot;
      if (owner || (!goroot.empty() && dir == goroot + "/src")) return;
      note(NoteKind::kNoModule, "the directory is in no module",
           "run `go mod init`; only the standard library can be imported until then", dir);
      r.import_path = dir.substr(1);
      r.is_std = false;
    }
    if (r.is_std && r.import_path == "builtin" && !named) return;
    add_root(workspace, std::move(r), named);
  }

  void expand_imports(const std::string& pattern) {
    Workspace& workspace = *workspaces_[0];
    bool wild = pattern.find("...") != pattern.npos;
    if (pattern == "std" || pattern == "cmd") {
      for (Resolution& r : workspace.match(Pattern(pattern == "std" ? "..." : "cmd/..."))) {
        add_std_root(pattern, std::move(r));
      }
      // "..." does not reach into vendor directories, these names do.
      for (Resolution& r :
           workspace.match(Pattern(pattern == "std" ? "vendor/..." : "cmd/vendor/..."))) {
        add_std_root(pattern, std::move(r));
      }
    } else if (pattern == "all" || pattern == "work") {
      for (Resolution& r : workspace.main_packages()) add_root(0, std::move(r), false);
      all_ = all_ || pattern == "all";
    } else if (pattern == "tool") {
      for (const MainModule& main : workspace.mains()) {
        for (const std::string& tool : main.file.tools) expand_import(tool);
      }
    } else if (wild) {
      for (Resolution& r : workspace.match(Pattern(pattern))) add_root(0, std::move(r), false);
    } else {
      expand_import(pattern);
    }
  }

  void add_std_root(std::string_view pattern, Resolution r) {
    bool in_cmd = has_path_prefix(r.import_path, "cmd");
    if (!r.is_std || in_cmd != (pattern == "cmd")) return;
    bool vendored = r.import_path.starts_with("cmd/vendor/");
    uint32_t index = add_root(0, std::move(r), false);
    // The commands that cmd has vendored are not among its own.
    drafts_[index].no_main = vendored;
  }

  void expand_import(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    Resolution r = workspaces_[0]->resolve(path, "", false);
    if (r.note) {
      program_.notes.push_back(*r.note);
      matched_ += !r.found;
    }
    if (r.found) add_root(0, std::move(r), true);
  }

  // --- Packages.

  uint32_t add_root(uint32_t workspace, Resolution r, bool named) {
    uint32_t index = add_package(workspace, std::move(r));
    drafts_[index].named = drafts_[index].named || named;
    drafts_[index].scan_tests = options_.tests;
    mark_root(index);
    return index;
  }
  void add_root(Draft draft) {
    draft.scan_tests = options_.tests;
    drafts_.push_back(std::move(draft));
    mark_root(static_cast<uint32_t>(drafts_.size() - 1));
    pending_.push_back(static_cast<uint32_t>(drafts_.size() - 1));
  }
  void mark_root(uint32_t index) {
    drafts_[index].package.is_root = true;
    roots_.insert(index);
    matched_++;
  }

  // The draft of a resolved package, made when it is new.
  uint32_t add_package(uint32_t workspace, Resolution r) {
    uint32_t shared = r.is_std && !r.module ? kShared : workspace;
    auto key = std::make_pair(r.import_path, shared);
    auto [known, fresh] = by_path_.try_emplace(key, static_cast<uint32_t>(drafts_.size()));
    if (!fresh) return known->second;
    Draft draft;
    draft.workspace = workspace;
    draft.package.import_path = std::move(r.import_path);
    draft.package.dir = std::move(r.dir);
    draft.package.is_std = r.is_std;
    draft.package.workspace = shared == kShared ? 0 : workspace;
    draft.module = std::move(r.module);
    drafts_.push_back(std::move(draft));
    pending_.push_back(known->second);
    return known->second;
  }

  void run_waves() {
    while (!pending_.empty()) {
      std::vector<uint32_t> wave = std::exchange(pending_, {});
      workers_.for_each(wave.size(), [&](size_t i, unsigned) {
        Draft& draft = drafts_[wave[i]];
        ScanOptions options;
        options.tests = draft.scan_tests;
        options.only = draft.only_files.empty() ? nullptr : &draft.only_files;
        draft.scanned = scan_package(draft.package.dir, dirs_, program_.context, names_, options);
      });
      for (uint32_t index : wave) take_scan(index);
    }
  }

  // "all" is what the main modules' packages and tests reach. Gives whether tests were read.
  bool widen_to_all() {
    std::vector<uint32_t> reached;
    std::vector<bool> seen(drafts_.size(), false);
    auto visit = [&](const std::vector<Import>& imports) {
      for (const Import& import : imports) {
        if (!import.package.exists() || seen[import.package.raw]) continue;
        seen[import.package.raw] = true;
        reached.push_back(import.package.raw);
      }
    };
    for (uint32_t root : roots_) {
      visit(drafts_[root].package.test_imports);
      visit(drafts_[root].package.xtest_imports);
      visit(drafts_[root].package.imports);
    }
    for (size_t i = 0; i < reached.size(); i++) visit(drafts_[reached[i]].package.imports);
    std::erase_if(reached, [&](uint32_t index) { return roots_.contains(index); });
    for (uint32_t index : reached) mark_root(index);
    if (!options_.tests) return false;
    workers_.for_each(reached.size(), [&](size_t i, unsigned) {
      Draft& draft = drafts_[reached[i]];
      draft.scanned =
          scan_package(draft.package.dir, dirs_, program_.context, names_, ScanOptions{});
    });
    for (uint32_t index : reached) {
      ScannedPackage scanned = std::move(drafts_[index].scanned);
      for (Note& n : scanned.notes) program_.notes.push_back(std::move(n));
      drafts_[index].package.ignored_files = std::move(scanned.ignored);
      take_tests(index, scanned);
    }
    run_waves();
    return true;
  }

  void take_tests(uint32_t index, ScannedPackage& scanned) {
    Package& package = drafts_[index].package;
    add_files(package, scanned.test_files, package.test_files);
    add_files(package, scanned.xtest_files, package.xtest_files);
    resolve_all(index, import_paths(scanned.test_files), package.test_imports);
    resolve_all(index, import_paths(scanned.xtest_files), package.xtest_imports);
  }

  void take_scan(uint32_t index) {
    ScannedPackage scanned = std::move(drafts_[index].scanned);
    for (Note& n : scanned.notes) program_.notes.push_back(std::move(n));
    Draft& draft = drafts_[index];
    Package& package = draft.package;
    draft.only_tests = scanned.only_tests;
    if (draft.no_main && scanned.name == "main" && !draft.named) scanned = {};
    if (scanned.empty() && !scanned.only_tests) {
      if (draft.named || !package.is_root) {
        note(NoteKind::kNoGoFiles,
             scanned.ignored.empty() ? "there are no usable Go files in " + package.dir
                                     : "build constraints exclude all Go files in " + package.dir,
             scanned.ignored.empty() ? "" : "choose other tags, or another GOOS or GOARCH",
             package.dir);
      }
      if (package.is_root && !draft.named) package.is_root = false;
    }
    package.name = scanned.name;
    package.ignored_files = std::move(scanned.ignored);
    package.module = module_of(draft);
    package.lang = lang_of_package(package);
    add_files(package, scanned.files, package.files);
    resolve_all(index, import_paths(scanned.files), package.imports);
    take_tests(index, scanned);
    resolve_all(index, implied_imports(package), package.implied_imports);
  }

  ModuleId module_of(const Draft& draft) {
    if (!draft.module) return {};
    auto key = std::make_pair(draft.workspace, *draft.module);
    auto [known, fresh] =
        module_ids_.try_emplace(key, ModuleId{static_cast<uint32_t>(program_.modules.size())});
    if (fresh) {
      ModuleInfo info = workspaces_[draft.workspace]->describe(*draft.module);
      program_.modules.push_back({info.path, info.version, info.dir, info.mod_path, info.go_version,
                                  info.replaced_by, info.is_main});
    }
    return known->second;
  }

  LangVersion lang_of_package(const Package& package) const {
    if (!package.module.exists()) return program_.context.lang;
    return lang_of(program_.modules[package.module.raw].go_version).value_or(kDefaultLang);
  }

  void add_files(const Package& package, std::vector<ScannedFile>& from, std::vector<GoFile>& to) {
    for (ScannedFile& file : from) {
      LangVersion lang = package.lang;
      // A file may choose its own version, but none before the one that gave it the choice.
      if (file.min_go_minor) {
        lang.minor = static_cast<uint16_t>(std::clamp<uint32_t>(*file.min_go_minor, 21, 9999));
      }
      source::FileId id = program_.files.add({package.dir + "/" + file.name, file.bytes});
      to.push_back({file.name, id, lang, file.cgo});
    }
  }

  std::vector<std::string> implied_imports(const Package& package) const {
    std::vector<std::string> out;
    bool cgo = std::any_of(package.files.begin(), package.files.end(),
                           [](const GoFile& f) { return f.cgo; });
    const std::string& path = package.import_path;
    if (cgo) {
      out.emplace_back("unsafe");
      bool runtime = package.is_std && path.starts_with("runtime/");
      std::string_view last = runtime ? std::string_view(path).substr(8) : std::string_view();
      if (last != "cgo") out.emplace_back("runtime/cgo");
      if (last != "cgo" && last != "race" && last != "msan" && last != "asan") {
        out.emplace_back("syscall");
      }
    }
    if (package.name == "main") {
      for (std::string& import : linker_imports(program_.context)) out.push_back(std::move(import));
    }
    std::erase_if(out, [&](const std::string& p) {
      return std::any_of(package.imports.begin(), package.imports.end(),
                         [&](const Import& i) { return i.path == p; });
    });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  void resolve_all(uint32_t importer, std::vector<std::string> paths, std::vector<Import>& to) {
    std::vector<Import> out;
    for (std::string& path : paths) {
      PackageId id;
      if (path != "C") id = resolve_import(importer, path);
      out.push_back({std::move(path), id});
    }
    to = std::move(out);
  }

  PackageId resolve_import(uint32_t importer, const std::string& path) {
    uint32_t workspace = drafts_[importer].workspace;
    const Package& from = drafts_[importer].package;
    bool from_std = from.is_std;
    Resolution r = resolve_cached(workspace, path, from_std ? from.import_path : "", from_std);
    if (r.note) {
      Note n = *r.note;
      if (!r.found) n.message += " (imported by " + from.import_path + ")";
      if (n.path.empty()) n.path = from.dir;
      // Without a Go installation one note says it all.
      bool no_std = program_.context.goroot.empty() && is_std_import_path(path);
      if (!no_std) program_.notes.push_back(std::move(n));
    }
    if (!r.found) return {};
    return PackageId{add_package(workspace, std::move(r))};
  }

  // Outside the standard library an import path means the same everywhere in a workspace.
  Resolution resolve_cached(uint32_t workspace, const std::string& path, std::string_view importer,
                            bool importer_is_std) {
    std::string tree;
    if (importer_is_std) tree = has_path_prefix(importer, "cmd") ? "cmd" : "std";
    auto key = std::make_tuple(importer_is_std ? 0 : workspace, tree, path);
    auto found = resolved_.find(key);
    if (found != resolved_.end()) return found->second;
    Resolution r = workspaces_[workspace]->resolve(path, importer, importer_is_std);
    resolved_.emplace(std::move(key), r);
    return r;
  }

  void add_test_main() {
    std::set<uint32_t> workspaces;
    for (uint32_t index : roots_) {
      const Package& p = drafts_[index].package;
      if (!p.test_files.empty() || !p.xtest_files.empty()) {
        workspaces.insert(drafts_[index].workspace);
      }
    }
    if (workspaces.empty()) return;
    auto add = [&](const std::string& path, std::vector<Import>& to) {
      Resolution r = resolve_cached(*workspaces.begin(), path, "", false);
      PackageId id;
      if (r.found && r.is_std) id = PackageId{add_package(*workspaces.begin(), std::move(r))};
      to.push_back({path, id});
    };
    for (std::string_view path : kTestMainImports) {
      add(std::string(path), program_.test_main_imports);
    }
    for (const std::string& path : linker_imports(program_.context)) {
      add(path, program_.test_main_implied);
    }
    run_waves();
  }

  // --- The end: sort, renumber, cut circles.

  void finish() {
    for (const std::unique_ptr<Workspace>& workspace : workspaces_) {
      for (Note& n : workspace->take_notes()) program_.notes.push_back(std::move(n));
    }
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < drafts_.size(); i++) {
      // What a wildcard met, but no file of which belongs to this build, is no package.
      const Draft& d = drafts_[i];
      bool empty =
          d.package.files.empty() && d.package.test_files.empty() && d.package.xtest_files.empty();
      bool keep = !empty || d.only_tests || d.named || !roots_.contains(i);
      if (keep) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      const Package& x = drafts_[a].package;
      const Package& y = drafts_[b].package;
      return std::tie(x.import_path, x.workspace, x.dir) <
             std::tie(y.import_path, y.workspace, y.dir);
    });
    std::vector<PackageId> renumbered(drafts_.size());
    for (uint32_t i = 0; i < order.size(); i++) renumbered[order[i]] = PackageId{i};
    auto remap = [&](std::vector<Import>& imports) {
      for (Import& import : imports) {
        if (import.package.exists()) import.package = renumbered[import.package.raw];
      }
    };
    for (uint32_t index : order) {
      Package package = std::move(drafts_[index].package);
      remap(package.imports);
      remap(package.test_imports);
      remap(package.xtest_imports);
      remap(package.implied_imports);
      if (package.is_root) {
        program_.roots.push_back(PackageId{static_cast<uint32_t>(program_.packages.size())});
      }
      program_.packages.push_back(std::move(package));
    }
    remap(program_.test_main_imports);
    remap(program_.test_main_implied);
    order_imports();
    cut_test_circles();
    std::vector<Note>& notes = program_.notes;
    auto key = [](const Note& n) { return std::tie(n.path, n.line, n.message, n.hint); };
    std::sort(notes.begin(), notes.end(),
              [&](const Note& a, const Note& b) { return key(a) < key(b); });
    notes.erase(std::unique(notes.begin(), notes.end()), notes.end());
  }

  // Depth first with an explicit stack. An import of a package that is still open closes a circle.
  void order_imports() {
    enum class State : uint8_t { kNew, kOpen, kDone };
    std::vector<Package>& packages = program_.packages;
    std::vector<State> state(packages.size(), State::kNew);
    struct Frame {
      uint32_t package;
      size_t next = 0;
    };
    for (uint32_t start = 0; start < packages.size(); start++) {
      if (state[start] != State::kNew) continue;
      std::vector<Frame> stack = {{start}};
      state[start] = State::kOpen;
      while (!stack.empty()) {
        Frame& top = stack.back();
        Package& package = packages[top.package];
        size_t own = package.imports.size();
        if (top.next == own + package.implied_imports.size()) {
          state[top.package] = State::kDone;
          program_.import_order.push_back(PackageId{top.package});
          stack.pop_back();
          continue;
        }
        size_t i = top.next++;
        Import& import = i < own ? package.imports[i] : package.implied_imports[i - own];
        if (!import.package.exists()) continue;
        uint32_t target = import.package.raw;
        if (state[target] == State::kNew) {
          state[target] = State::kOpen;
          stack.push_back({target});
        } else if (state[target] == State::kOpen) {
          std::string circle = packages[target].import_path;
          bool inside = false;
          for (const Frame& frame : stack) {
            if (inside) circle += " imports " + packages[frame.package].import_path;
            inside = inside || frame.package == target;
          }
          circle += " imports " + packages[target].import_path;
          note(NoteKind::kImportCycle, "import cycle: " + circle,
               "the last of these imports is ignored", package.dir);
          import.package = {};
        }
      }
    }
  }

  // A test inside package p must not import what imports p.
  void cut_test_circles() {
    std::vector<Package>& packages = program_.packages;
    std::vector<uint32_t> mark(packages.size(), UINT32_MAX);
    for (PackageId root : program_.roots) {
      for (Import& import : packages[root.raw].test_imports) {
        if (!import.package.exists()) continue;
        if (!reaches(import.package, root, mark)) continue;
        note(
            NoteKind::kImportCycle,
            "import cycle in the test of " + packages[root.raw].import_path + ": " + import.path +
                " imports " + packages[root.raw].import_path,
            "make it a test of package " + packages[root.raw].name + "_test; the import is ignored",
            packages[root.raw].dir);
        import.package = {};
      }
    }
  }

  // Everything marked with the target's number was seen in a search that did not reach it.
  bool reaches(PackageId from, PackageId target, std::vector<uint32_t>& mark) const {
    std::vector<PackageId> stack = {from};
    while (!stack.empty()) {
      PackageId at = stack.back();
      stack.pop_back();
      if (at == target) return true;
      if (mark[at.raw] == target.raw) continue;
      mark[at.raw] = target.raw;
      const Package& p = program_.packages[at.raw];
      for (const std::vector<Import>* list : {&p.imports, &p.implied_imports}) {
        for (const Import& import : *list) {
          if (import.package.exists()) stack.push_back(import.package);
        }
      }
    }
    return false;
  }

  const LoadOptions& options_;
  base::WorkerPool& workers_;
  base::Interner& names_;
  DirCache dirs_;
  Program program_;
  std::string dir_;
  const GoEnv* env_ = nullptr;
  GoFlags flags_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;

  std::deque<Draft> drafts_;  // resolving adds drafts; a draft stays where it is
  std::map<std::pair<std::string, uint32_t>, uint32_t> by_path_;
  std::map<std::pair<uint32_t, ModuleVersion>, ModuleId> module_ids_;
  std::map<std::tuple<uint32_t, std::string, std::string>, Resolution> resolved_;
  std::set<uint32_t> roots_;
  std::vector<uint32_t> pending_;
  size_t matched_ = 0;  // packages found for patterns, and those a note already speaks of
  bool all_ = false;
};

}  // namespace

PackageId Program::find(std::string_view import_path) const {
  auto at = std::lower_bound(
      packages.begin(), packages.end(), import_path,
      [](const Package& p, std::string_view path) { return p.import_path < path; });
  if (at == packages.end() || at->import_path != import_path) return {};
  return PackageId{static_cast<uint32_t>(at - packages.begin())};
}

base::Result<Program> load(const LoadOptions& options, const source::FileSystem& files,
                           base::WorkerPool& workers, base::Interner& names) {
  return Loader(options, files, workers, names).run();
}

}  // namespace unpark::load
