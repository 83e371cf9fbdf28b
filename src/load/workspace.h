// Workspace: the main module (or the modules of a go.work), everything they require, and which
// module and directory an import path stands for.
//
// Versions are chosen by minimal version selection over the requirement graph, pruned as go.mod
// files since Go 1.17 allow; the graph beyond the main module's own go.mod is only read when a
// package is not found without it (https://go.dev/ref/mod#minimal-version-selection,
// #lazy-loading).
//
// go.sum is not read: the bytes in the module cache are analysed as they are.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "load/build_context.h"
#include "load/dir_cache.h"
#include "load/go_env.h"
#include "load/mod_file.h"
#include "load/note.h"
#include "load/pattern.h"
#include "load/vendor_list.h"

namespace unpark::load {

struct MainModule {
  std::string path;    // as its go.mod says
  std::string prefix;  // of its import paths: the path, or empty for the module "std" in GOROOT
  std::string dir;
  std::string mod_path;    // its go.mod
  bool in_goroot = false;  // part of the Go installation: its packages have no module
  ModFile file;
};

// A module some package was found in.
struct ModuleInfo {
  std::string path, version;  // no version: a main module
  std::string dir;            // empty when vendored
  std::string mod_path;
  std::string go_version;  // of its go.mod, may be empty
  ModuleVersion replaced_by;
  bool is_main = false;
};

struct Resolution {
  bool found = false;
  std::string import_path;  // canonical: with "vendor/" inside the standard library
  std::string dir;
  bool is_std = false;
  std::optional<ModuleVersion> module;  // none for the standard library
  std::optional<Note> note;             // why it was not found, or what is doubtful
};

class Workspace {
 public:
  struct Settings {
    const GoEnv* env = nullptr;
    std::string mod_mode;  // -mod: "", "mod", "readonly" or "vendor"
    std::string mod_file;  // -modfile
    bool no_work = false;  // the nearest go.mod counts, whatever go.work there is
  };

  // Finds the go.work or go.mod in force for `dir` and reads it. Finding none is no error.
  Workspace(const std::string& dir, const Settings& settings, DirCache& dirs);

  // Must be called before anything below; GOROOT may depend on what go.mod says.
  void set_context(const BuildContext& context);

  bool has_main() const { return !mains_.empty(); }
  const std::vector<MainModule>& mains() const { return mains_; }
  // The newest Go that go.mod or go.work asks for ("1.24.1"), empty when they are silent.
  std::string wanted_go() const;
  // The file that says so, for a note.
  std::string wanted_go_file() const;
  bool uses_vendor() const { return vendor_; }
  // The go.work in force, or empty.
  const std::string& work_path() const { return work_path_; }
  // What was wrong with the files read so far; taken by the caller.
  std::vector<Note> take_notes();

  // `importer` is the import path of the importing package (for the standard library's own vendor
  // directory), empty for patterns.
  Resolution resolve(const std::string& path, std::string_view importer, bool importer_is_std);

  // The import path of a directory; not found when it belongs to no module of this workspace.
  Resolution resolve_dir(const std::string& dir);

  // Whether a directory lies in a main module (its nested modules left out).
  bool owns(const std::string& dir);

  // Module of a package found by resolve(), with the details of its go.mod.
  ModuleInfo describe(const ModuleVersion& module);

  // Directories below `dir` that may hold packages, sorted, `dir` itself first. A module boundary,
  // a name starting with "." or "_", testdata, and what go.mod ignores are left out.
  std::vector<std::string> package_dirs(const std::string& dir, bool skip_vendor);

  // Import paths and directories of all packages whose path matches: in the main modules, all
  // modules they require, and the standard library.
  std::vector<Resolution> match(const Pattern& pattern);
  // Those of the main modules.
  std::vector<Resolution> main_packages();

 private:
  struct Replacement {
    ModuleVersion to;
    std::string base;  // directory that a relative path starts from
  };
  struct Summary {
    bool ok = false;
    bool pruned = false;
    std::string module_path;
    std::string go_version;
    std::vector<ModuleVersion> requirements;
    std::vector<std::string> ignores;
  };
  struct ModuleDir {
    std::string dir;
    bool is_local = false;  // nested go.mod files below are module boundaries
  };

  void note(NoteKind kind, std::string message, std::string hint, std::string path,
            uint32_t line = 0);

  // --- what is in force (workspace.cc) ---

  void read_work(const std::string& path);
  bool read_main(const std::string& dir, const std::string& mod_path, uint32_t work_line);
  void add_replaces();
  std::optional<Replacement> replacement(const ModuleVersion& module) const;
  // The replacement in force as vendor/modules.txt writes it; empty path: none.
  ModuleVersion replaced_by(const ModuleVersion& module) const;
  std::vector<ModuleVersion> requirements_of(const MainModule& main) const;
  const MainModule* main_of(std::string_view path) const;
  void choose_vendor();
  void check_vendor();

  // --- the requirement graph (workspace_graph.cc) ---

  ModuleDir dir_of(const ModuleVersion& module) const;
  const Summary& summary(const ModuleVersion& module);
  Summary read_summary(const ModuleVersion& module);
  void load_graph();
  // Selected version; none when the module is not in the graph (or not a root, before it is
  // loaded).
  std::optional<std::string> selected(const std::string& path) const;

  // --- from an import path to its directory (workspace_find.cc) ---

  // The directory of package `path` in a module of path `prefix` at `root`, if it holds Go files.
  std::optional<std::string> dir_in_module(std::string_view path, std::string_view prefix,
                                           const std::string& root, bool is_local);
  std::string std_vendored(const std::string& path, std::string_view importer);
  Resolution find_in_vendor(const std::string& path);
  Resolution find_in_modules(const std::string& path);
  // Why there is no directory of the module, unless `note` says something already.
  void missing_module(const ModuleVersion& module, std::optional<Note>& note) const;

  // --- all packages below a directory (workspace_match.cc) ---

  void walk(const std::string& root, const std::string& prefix, bool prune_vendor,
            bool prune_modules, const std::vector<std::string>& ignores, const Pattern* pattern,
            bool is_std, std::optional<ModuleVersion> module, std::vector<Resolution>& out);

  DirCache& dirs_;
  Settings settings_;
  std::string start_;  // the directory asked about
  std::string goroot_src_;
  bool cgo_ = true;
  std::string module_cache_;
  std::vector<Note> notes_;

  std::vector<MainModule> mains_;
  std::optional<WorkFile> work_;
  std::string work_path_;
  bool vendor_ = false;
  std::string vendor_dir_;
  VendorList vendor_list_;

  std::map<ModuleVersion, Replacement> replaces_;
  std::set<ModuleVersion> excludes_;
  std::map<std::string, std::string>
      roots_;  // of the main module's go.mod; highest version of each
  bool pruned_ = false;
  std::map<std::string, std::string> selected_;
  bool graph_loaded_ = false;
  std::map<ModuleVersion, Summary> summaries_;
};

// The module cache's spelling of a path or version: capitals as "!" and the small letter.
std::string escape_module(std::string_view text);

}  // namespace unpark::load
