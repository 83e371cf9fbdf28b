// Type-checks every Go file below the given directories as a program of its own, and every
// directory NAME.dir as the packages that its files say; fails when one of them crashes, hangs or
// takes too much memory. What the files say matters little: most of the trees meant for this hold
// broken Go on purpose.
//
//   check_tree [--jobs=N] [--seconds=N] [--every=N] [--facts] [--dump=REGEX] [--goroot=DIR]
//   DIR|FILE...
//
// --every=N takes one program of N. --facts prints the facts of the single files in the form of
// tests/oracle/types, DIR's name and the path below it in place of the import path; --dump prints
// those declarations only whose line matches, each followed by its facts.
//
// Idea: the standard library is loaded and parsed once, without bodies. A batch of programs becomes
// further units beside it, in a forked process. A batch that fails is cut in two, until the program
// is found. Cost: some 0.3 s a batch for the declarations of the standard library.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "base/os.h"
#include "load/load.h"
#include "source/line_table.h"
#include "syntax/literal.h"
#include "syntax/parser.h"
#include "types/facts.h"
#include "types/units.h"

namespace {

using namespace unpark;

// A batch must not eat the machine; the standard library alone takes some 200 MiB.
[[maybe_unused]] constexpr uint64_t kMaxMemory = uint64_t{6} << 30;
constexpr size_t kBatch = 250;

struct Input {
  std::string name;                // as told to the user
  std::vector<std::string> files;  // absolute
  bool is_dir = false;             // the files are packages, by their package clauses
};

struct Settings {
  unsigned jobs = 2;
  unsigned seconds = 60;  // for a batch; a fifth for one program
  size_t every = 1;
  bool facts = false;
  std::optional<std::regex> dump;
};

uint64_t fnv1a(std::string_view bytes) {
  uint64_t h = 0xCBF29CE484222325u;
  for (unsigned char c : bytes) h = (h ^ c) * 0x100000001B3u;
  return h;
}

// The Go files and the directories of packages at or below `path`, in the order of their names.
bool find_inputs(const std::string& path, std::vector<Input>& out) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::string root = fs::canonical(path, error).string();
  if (error) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), error.message().c_str());
    return false;
  }
  if (!fs::is_directory(root, error)) {
    out.push_back({fs::path(root).filename().string(), {root}});
    return true;
  }
  std::map<std::string, Input> found;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() != ".go" || !it->is_regular_file(error)) continue;
    std::string file = it->path().string();
    std::string name = fs::path(root).filename().string() + file.substr(root.size());
    found[name] = {name, {file}};
    std::string dir = fs::path(name).parent_path().string();
    if (!dir.ends_with(".dir")) continue;
    Input& all = found[dir + "/"];
    all.name = dir + "/";
    all.is_dir = true;
    all.files.push_back(file);
  }
  for (auto& [name, input] : found) {
    std::sort(input.files.begin(), input.files.end());
    out.push_back(std::move(input));
  }
  return !error;
}

// The standard library and what programs beside it are made of.
class Bench {
 public:
  bool load(const std::string& goroot) {
    base::WorkerPool alone(1);  // no threads: the process will fork
    load::LoadOptions options;
    options.goroot = goroot;
    options.dir = goroot + "/src";
    options.patterns = {"std"};
    options.tests = false;
    options.cgo = false;
    auto loaded = load::load(options, files_, alone, names_);
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
      return false;
    }
    std_ = std::move(*loaded);
    // Bodies of the standard library say nothing about the programs.
    for (load::Package& package : std_.packages) package.is_root = false;
    forest_ = types::parse_files(std_, alone, names_, {});
    return true;
  }

  // Checks the programs, in this process.
  void check(const std::vector<const Input*>& inputs, const Settings& settings, std::FILE* out) {
    types::Units units = types::make_units(std_, forest_, {});
    std::map<std::string, types::UnitId> std_units;
    for (size_t i = 0; i < std_.packages.size(); i++) {
      std_units[std_.packages[i].import_path] = units.of_package[i].package;
    }
    std::deque<syntax::Tree> trees;
    std::vector<size_t> first_unit;
    for (const Input* input : inputs) {
      first_unit.push_back(units.specs.size());
      add(*input, std_units, trees, units.specs);
    }
    first_unit.push_back(units.specs.size());
    base::WorkerPool workers(1);
    types::Program typed(names_, types::sizes_of(std_.context.goarch));
    typed.check(std::move(units.specs), workers);
    // Writing the facts walks everything the checker left behind.
    types::Context& cx = typed.context();
    for (size_t i = 0; i < inputs.size(); i++) {
      for (size_t u = first_unit[i]; u < first_unit[i + 1]; u++) {
        const types::Unit& unit = typed.unit(types::UnitId{static_cast<uint32_t>(u)});
        const types::Package& package = cx.package(unit.package);
        types::CanonicalWriter writer(cx);
        for (const types::File& file : package.files) {
          source::LineTable lines(file.tree->text());
          types::for_each_declaration(cx, package, file, writer, [&](const auto& d) {
            if (!settings.facts || inputs[i]->is_dir) return;
            auto at = lines.position(d.offset);
            std::string line = fmt::format("{}\t{}:{}:{}\t{}\t{}\t{:016x}\n", inputs[i]->name,
                                           base_name(file.path), at.line, at.column, d.name,
                                           d.facts, fnv1a(d.text));
            if (settings.dump) {
              if (!std::regex_search(line, *settings.dump)) return;
              line += d.text;
            }
            std::fwrite(line.data(), 1, line.size(), out);
          });
        }
      }
    }
  }

 private:
  static std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
  }

  void add(const Input& input, const std::map<std::string, types::UnitId>& std_units,
           std::deque<syntax::Tree>& trees, std::vector<types::UnitSpec>& specs) {
    std::map<std::string, types::UnitId> packages;  // of this input, by package name
    size_t first = specs.size();
    for (const std::string& path : input.files) {
      auto bytes = files_.read(path);
      if (!bytes) continue;
      source::FileId id = std_.files.add({path, std::move(*bytes)});
      const source::SourceFile& file = std_.files[id];
      trees.push_back(syntax::parse(file.text(), names_));
      syntax::Tree& tree = trees.back();
      std::string name(tree.package_name.exists() ? names_.text(tree[tree.package_name].name)
                                                  : "p");
      auto [it, is_new] =
          packages.try_emplace(name, types::UnitId{static_cast<uint32_t>(specs.size())});
      if (is_new) {
        types::UnitSpec spec;
        spec.path = input.is_dir ? name : input.name;
        spec.name = name;
        specs.push_back(std::move(spec));
      }
      types::UnitSpec& spec = specs[it->second.raw];
      spec.files.push_back({id, file.path, &tree, types::GoVersion{std_.context.lang.minor}});
      spec.weight += file.text().size();
    }
    for (size_t u = first; u < specs.size(); u++) {
      for (const types::FileSpec& file : specs[u].files) {
        for (auto import : file.tree->imports)
          link((*file.tree)[import], *file.tree, std_units, packages, specs[u]);
      }
    }
  }

  void link(const syntax::ImportSpec& import, const syntax::Tree& tree,
            const std::map<std::string, types::UnitId>& std_units,
            const std::map<std::string, types::UnitId>& packages, types::UnitSpec& spec) {
    if (!import.path.exists()) return;
    auto path = syntax::string_value(tree.text(tree.span(import.path)));
    if (!path || *path == "unsafe") return;
    if (auto it = std_units.find(*path); it != std_units.end()) {
      spec.imports.emplace_back(*path, it->second);
    } else if (auto own = packages.find(std::string(base_name(*path))); own != packages.end()) {
      spec.imports.emplace_back(*path, own->second);
    }
  }

  source::RealFileSystem files_;
  base::Interner names_;
  load::Program std_;
  types::Forest forest_;
};

// Runs batches in processes, and finds the program in a batch that fails.
class Runner {
 public:
  Runner(Bench& bench, const Settings& settings) : bench_(bench), settings_(settings) {}

  void add(std::vector<const Input*> batch) { waiting_.push_back(std::move(batch)); }

  void run() {
    while (!waiting_.empty() || !running_.empty()) {
      while (!waiting_.empty() && running_.size() < settings_.jobs) {
        std::vector<const Input*> batch = std::move(waiting_.front());
        waiting_.pop_front();
        start(std::move(batch));
      }
      finish();
    }
  }

  size_t failed = 0;
  uint64_t peak_kib = 0;

 private:
  struct Batch {
    std::vector<const Input*> inputs;
    std::FILE* out = nullptr;
    std::FILE* err = nullptr;
  };

  void start(std::vector<const Input*> inputs) {
    Batch batch{std::move(inputs), std::tmpfile(), std::tmpfile()};
    std::fflush(nullptr);
    pid_t pid = fork();
    if (pid == 0) {
      unsigned seconds = settings_.seconds;
      if (batch.inputs.size() == 1) seconds = std::max(1u, seconds / 5);
      alarm(seconds);
      rlimit no_core{0, 0};
      setrlimit(RLIMIT_CORE, &no_core);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
      rlimit memory{kMaxMemory, kMaxMemory};
      setrlimit(RLIMIT_AS, &memory);
#endif
      if (batch.err) dup2(fileno(batch.err), STDERR_FILENO);
      bench_.check(batch.inputs, settings_, batch.out ? batch.out : stdout);
      std::fflush(nullptr);
      _exit(0);
    }
    if (pid < 0) {
      std::perror("fork");
      failed++;
      return;
    }
    running_[pid] = std::move(batch);
  }

  void finish() {
    int status = 0;
    rusage usage{};
    pid_t pid = wait4(-1, &status, 0, &usage);
    auto it = running_.find(pid);
    if (it == running_.end()) {
      if (pid < 0) running_.clear();
      return;
    }
    Batch batch = std::move(it->second);
    running_.erase(it);
    peak_kib = std::max<uint64_t>(peak_kib, static_cast<uint64_t>(usage.ru_maxrss));
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (good) {
      copy(batch.out, stdout, SIZE_MAX);
    } else if (batch.inputs.size() > 1) {
      auto middle = batch.inputs.begin() + static_cast<ptrdiff_t>(batch.inputs.size() / 2);
      waiting_.emplace_front(middle, batch.inputs.end());
      waiting_.emplace_front(batch.inputs.begin(), middle);
    } else {
      failed++;
      std::string why = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "does not end"
                        : WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                              : fmt::format("exit status {}", WEXITSTATUS(status));
      std::fprintf(stderr, "%s: %s\n", batch.inputs[0]->name.c_str(), why.c_str());
      copy(batch.err, stderr, 3000);
    }
    if (batch.out) std::fclose(batch.out);
    if (batch.err) std::fclose(batch.err);
  }

  static void copy(std::FILE* from, std::FILE* to, size_t limit) {
    if (!from) return;
    std::rewind(from);
    char block[4096];
    size_t n = 0;
    while (limit > 0 && (n = std::fread(block, 1, std::min(limit, sizeof block), from)) > 0) {
      std::fwrite(block, 1, n, to);
      limit -= n;
    }
  }

  Bench& bench_;
  const Settings& settings_;
  std::deque<std::vector<const Input*>> waiting_;
  std::map<pid_t, Batch> running_;
};

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  std::string goroot;
  std::vector<Input> inputs;
  for (int i = 1; i < argc; i++) {
    std::string arg = argv[i];
    if (arg.starts_with("--jobs=")) {
      settings.jobs = static_cast<unsigned>(std::max(1, std::atoi(arg.c_str() + 7)));
    } else if (arg.starts_with("--seconds=")) {
      settings.seconds = static_cast<unsigned>(std::max(1, std::atoi(arg.c_str() + 10)));
    } else if (arg.starts_with("--every=")) {
      settings.every = static_cast<size_t>(std::max(1, std::atoi(arg.c_str() + 8)));
    } else if (arg.starts_with("--goroot=")) {
      goroot = arg.substr(9);
    } else if (arg == "--facts") {
      settings.facts = true;
    } else if (arg.starts_with("--dump=")) {
      settings.facts = true;
      settings.dump.emplace(arg.substr(7));
    } else if (!find_inputs(arg, inputs)) {
      return 2;
    }
  }
  source::RealFileSystem files;
  if (goroot.empty()) {
    goroot = load::find_goroot("", load::GoEnv(load::process_environment(), files), files).dir;
  }
  if (goroot.empty()) {
    std::fprintf(stderr, "no GOROOT: the standard library is needed\n");
    return 77;
  }
  Bench bench;
  if (!bench.load(goroot)) return 2;
  Runner runner(bench, settings);
  std::vector<const Input*> batch;
  size_t count = 0;
  for (size_t i = 0; i < inputs.size(); i += settings.every) {
    batch.push_back(&inputs[i]);
    count++;
    if (batch.size() < kBatch) continue;
    runner.add(std::move(batch));
    batch.clear();
  }
  if (!batch.empty()) runner.add(std::move(batch));
  runner.run();
  std::fprintf(stderr, "%zu programs, %zu failed; largest process %llu MiB\n", count, runner.failed,
               static_cast<unsigned long long>(runner.peak_kib >> 10));
  return runner.failed == 0 && count > 0 ? 0 : 1;
}
