// Runs Go's own test programs (GOROOT/test, those that begin with `// run`) on the stepper and says
// which of them do what they should: exit with 0 and write exactly what stands in NAME.out, or
// nothing where there is no such file.
//
//   gotest_run [--dir=GOROOT/test] [--imports=none|fmt|more|any] [--expected=FILE] [--jobs=N]
//              [--seconds=N] [--verbose] [--output] [FILE...]
//
// Without files: all programs under the directory that import nothing or only fmt (--imports=more:
// those that import something else; any: all). The standard library is loaded and checked once;
// each program then runs in a process of its own, so that no program can take the others with it.
//
// --expected names the list of programs that are known not to pass, `PATH reason` a line. With it
// the exit code is 0 exactly if the same programs fail.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "load/load.h"
#include "source/file_system.h"
#include "ssa/step/machine.h"
#include "ssa/step/overlay.h"
#include "types/units.h"

namespace {

using namespace unpark;

struct Options {
  std::string dir;
  std::string imports = "fmt";
  std::string expected;
  unsigned jobs = 2;
  int seconds = 20;
  bool verbose = false;
  bool output = false;
  std::vector<std::string> files;
};

struct Job {
  std::string name;  // below the test directory
  std::string path;
  std::string want;
  types::UnitId unit;
  bool loaded = false;
  std::string why;  // it did not pass
  double seconds = 0;
};

std::string read_file(const source::FileSystem& files, const std::string& path) {
  auto bytes = files.read(path);
  return bytes ? std::string(bytes->bytes()) : std::string();
}

// The first comment line says what to do with a program.
bool is_run(std::string_view text) {
  while (text.starts_with("//go:build") || text.starts_with("\n")) {
    text = text.substr(text.find('\n') + 1);
  }
  if (!text.starts_with("// run")) return false;
  std::string_view line = text.substr(0, text.find('\n'));
  return line == "// run" || line.starts_with("// run -") || line == "// run\r";
}

std::set<std::string> imports_of(std::string_view text) {
  std::set<std::string> out;
  bool group = false;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    auto quote = [&] {
      size_t a = line.find('"');
      size_t b = a == std::string_view::npos ? a : line.find('"', a + 1);
      if (b != std::string_view::npos) out.insert(std::string(line.substr(a + 1, b - a - 1)));
    };
    if (group) {
      if (line.starts_with(")")) group = false;
      quote();
    } else if (line.starts_with("import (")) {
      group = true;
    } else if (line.starts_with("import ")) {
      quote();
    } else if (line.starts_with("func ")) {
      break;
    }
  }
  return out;
}

void find_programs(const source::FileSystem& files, const std::string& dir, const Options& o,
                   std::vector<std::string>& out) {
  auto entries = files.list(dir);
  if (!entries) return;
  for (const base::DirEntry& e : *entries) {
    std::string path = dir + "/" + e.name;
    if (e.kind == base::FileKind::kDirectory) {
      if (!e.name.ends_with(".dir") && e.name != "bench" && e.name != "stress") {
        find_programs(files, path, o, out);
      }
      continue;
    }
    if (!e.name.ends_with(".go")) continue;
    std::string text = read_file(files, path);
    if (!is_run(text)) continue;
    std::set<std::string> imports = imports_of(text);
    imports.erase("unsafe");
    bool only_fmt = imports.empty() || (imports.size() == 1 && *imports.begin() == "fmt");
    if (o.imports == "none" ? !imports.empty() : o.imports == "fmt" && !only_fmt) continue;
    if (o.imports == "more" && only_fmt) continue;
    out.push_back(path);
  }
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

// In the child: runs the program; its output goes to fd, then a line with the verdict.
void run_child(ssa::Program& program, const Job& job, int fd) {
  std::string out;
  constexpr size_t kMost = 4 << 20;
  ssa::step::RunOptions options;
  options.args = {job.path};
  options.environment = {"PATH=/usr/bin:/bin", "HOME=/nonexistent"};
  options.write = [&](int, std::string_view bytes) {
    if (out.size() < kMost) out += bytes;
  };
  ssa::step::Image image(program);
  ssa::step::FifoScheduler scheduler;
  ssa::step::Machine machine(image, options, scheduler);
  ssa::step::ExitKind exit = machine.run(job.unit);
  std::string verdict;
  switch (exit) {
    case ssa::step::ExitKind::kExit:
      verdict = machine.state().exit_code == 0
                    ? "ok"
                    : fmt::format("exit code {}", machine.state().exit_code);
      break;
    case ssa::step::ExitKind::kFatal:
      verdict = "exit code 2";
      break;
    case ssa::step::ExitKind::kUnsupported:
      verdict = "unsupported: " + machine.state().message;
      break;
    default:
      verdict = "stopped: " + machine.state().message;
  }
  std::replace(verdict.begin(), verdict.end(), '\n', ' ');
  send_all(fd, out + "\n\x01" + verdict + fmt::format("\x01{}", machine.steps()));
}

struct Running {
  Job* job = nullptr;
  pid_t pid = 0;
  int fd = -1;
  std::string bytes;
  std::chrono::steady_clock::time_point since;
};

std::string first_line(std::string_view text) {
  while (text.starts_with("\n")) text.remove_prefix(1);
  return std::string(text.substr(0, std::min<size_t>(text.find('\n'), 160)));
}

void finish(Running& r, const Options& o, bool late) {
  int status = 0;
  if (late) kill(r.pid, SIGKILL);
  waitpid(r.pid, &status, 0);
  close(r.fd);
  Job& job = *r.job;
  job.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - r.since).count();
  size_t mark = r.bytes.rfind("\n\x01");
  std::string output = mark == std::string::npos ? r.bytes : r.bytes.substr(0, mark);
  std::string verdict = mark == std::string::npos ? "" : r.bytes.substr(mark + 2);
  verdict = verdict.substr(0, verdict.find('\x01'));
  if (o.output) send_all(1, output);
  if (late) {
    job.why = "takes too long";
  } else if (WIFSIGNALED(status)) {
    job.why = fmt::format("crash: signal {}", WTERMSIG(status));
  } else if (verdict.empty()) {
    job.why = fmt::format("crash: exit {}", WEXITSTATUS(status));
  } else if (verdict != "ok") {
    job.why = verdict;
    if (verdict.starts_with("exit")) job.why += ": " + first_line(output);
  } else if (output != job.want) {
    size_t at = static_cast<size_t>(
        std::mismatch(output.begin(), output.end(), job.want.begin(), job.want.end()).first -
        output.begin());
    size_t line = at ? output.rfind('\n', at - 1) : std::string::npos;
    size_t start = line == std::string::npos ? 0 : line + 1;
    job.why = "output differs: " + first_line(output.substr(start)) +
              " | want: " + first_line(start < job.want.size() ? job.want.substr(start) : "");
  }
  if (o.verbose) {
    fmt::print("{:<5} {:6.2f}s {} {}\n", job.why.empty() ? "ok" : "FAIL", job.seconds, job.name,
               job.why);
    std::fflush(stdout);
  }
}

void run_all(ssa::Program& program, std::vector<Job>& jobs, const Options& o) {
  std::vector<Running> running;
  size_t next = 0;
  while (next < jobs.size() || !running.empty()) {
    while (running.size() < o.jobs && next < jobs.size()) {
      Job& job = jobs[next++];
      if (!job.loaded) {
        job.why = "not loaded: left out by a build constraint, or no package";
        continue;
      }
      int ends[2];
      if (pipe(ends) != 0) return;
      std::fflush(stdout);
      pid_t pid = fork();
      if (pid == 0) {
        close(ends[0]);
        run_child(program, job, ends[1]);
        _exit(0);
      }
      close(ends[1]);
      running.push_back({&job, pid, ends[0], "", std::chrono::steady_clock::now()});
    }
    std::vector<pollfd> polls;
    for (const Running& r : running) polls.push_back({r.fd, POLLIN, 0});
    if (polls.empty()) continue;
    poll(polls.data(), polls.size(), 500);
    for (size_t i = running.size(); i-- > 0;) {
      Running& r = running[i];
      bool done = false;
      if (polls[i].revents) {
        char buffer[65536];
        ssize_t n = read(r.fd, buffer, sizeof buffer);
        if (n > 0) r.bytes.append(buffer, static_cast<size_t>(n));
        done = n <= 0;
      }
      bool late = std::chrono::steady_clock::now() - r.since > std::chrono::seconds(o.seconds);
      if (done || late) {
        finish(r, o, !done);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
}

// The programs that are known to fail, by name, with the reason.
std::map<std::string, std::string> read_expected(const source::FileSystem& files,
                                                 const std::string& path) {
  std::map<std::string, std::string> out;
  std::string text = read_file(files, path);
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line[0] == '#') continue;
    size_t space = line.find(' ');
    out[line.substr(0, space)] = space == std::string::npos ? "" : line.substr(space + 1);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; i++) {
    std::string_view arg = argv[i];
    auto value = [&](std::string_view name) {
      return std::string(arg.substr(std::min(arg.size(), name.size())));
    };
    if (arg.starts_with("--dir=")) {
      o.dir = value("--dir=");
    } else if (arg.starts_with("--imports=")) {
      o.imports = value("--imports=");
    } else if (arg.starts_with("--expected=")) {
      o.expected = value("--expected=");
    } else if (arg.starts_with("--jobs=")) {
      o.jobs = static_cast<unsigned>(std::max(1, std::atoi(value("--jobs=").c_str())));
    } else if (arg.starts_with("--seconds=")) {
      o.seconds = std::max(1, std::atoi(value("--seconds=").c_str()));
    } else if (arg == "--verbose") {
      o.verbose = true;
    } else if (arg == "--output") {
      o.output = true;
    } else if (arg.starts_with("--")) {
      std::fprintf(stderr, "gotest_run: unknown option %s\n", argv[i]);
      return 2;
    } else {
      o.files.emplace_back(arg);
    }
  }
  source::RealFileSystem real;
  base::Interner names;
  base::WorkerPool workers(0);
  load::GoEnv environment(load::process_environment(), real);
  std::string goroot = load::find_goroot("", environment, real).dir;
  if (goroot.empty()) {
    std::fprintf(stderr, "gotest_run: there is no Go installation\n");
    return 77;
  }
  if (o.dir.empty()) o.dir = goroot + "/test";
  if (o.files.empty()) find_programs(real, o.dir, o, o.files);

  source::OverlayFileSystem files(real);
  ssa::step::add_overlay(files, goroot);
  const std::string root = "/unpark-gotest";
  files.write(root + "/go.mod", "module gotest\n\ngo 1.26\n");
  std::vector<Job> jobs;
  for (size_t i = 0; i < o.files.size(); i++) {
    Job job;
    job.path = o.files[i];
    job.name = job.path.starts_with(o.dir + "/") ? job.path.substr(o.dir.size() + 1) : job.path;
    std::string out = job.path.substr(0, job.path.size() - 3) + ".out";
    if (real.stat(out).kind == base::FileKind::kRegular) job.want = read_file(real, out);
    files.write(fmt::format("{}/p{}/main.go", root, i), read_file(real, job.path));
    jobs.push_back(std::move(job));
  }
  load::LoadOptions options;
  options.dir = root;
  options.patterns = {"./...", "runtime", "internal/abi"};
  options.tests = false;
  options.cgo = false;
  auto loaded = load::load(options, files, workers, names);
  if (!loaded) {
    std::fprintf(stderr, "gotest_run: %s\n", loaded.error().message.c_str());
    return 2;
  }
  load::Program packages = std::move(*loaded);
  types::UnitOptions unit_options;
  unit_options.dependency_bodies = true;
  types::Forest forest = types::parse_files(packages, workers, names, unit_options);
  types::Units units = types::make_units(packages, forest, unit_options);
  types::Program typed(names, types::sizes_of(packages.context.goarch));
  typed.check(std::move(units.specs), workers);
  for (size_t i = 0; i < jobs.size(); i++) {
    load::PackageId id = packages.find(fmt::format("gotest/p{}", i));
    if (!id.exists() || packages[id].files.empty()) continue;
    jobs[i].unit = units.of_package[id.raw].package;
    jobs[i].loaded = jobs[i].unit.exists();
  }
  ssa::Program program(typed);
  run_all(program, jobs, o);

  size_t passed = 0;
  std::map<std::string, std::string> failed;
  for (const Job& job : jobs) {
    passed += job.why.empty();
    if (!job.why.empty()) failed[job.name] = job.why;
  }
  fmt::print("{} of {} programs do what they should\n", passed, jobs.size());
  if (o.expected.empty()) {
    for (const auto& [name, why] : failed) fmt::print("{} {}\n", name, why);
    return failed.empty() ? 0 : 1;
  }
  std::map<std::string, std::string> expected = read_expected(real, o.expected);
  bool same = true;
  for (const Job& job : jobs) {
    bool known = expected.count(job.name);
    if (job.why.empty() && known) fmt::print("passes now: {}\n", job.name);
    if (!job.why.empty() && !known) fmt::print("fails: {} {}\n", job.name, job.why);
    same &= job.why.empty() != known;
  }
  return same ? 0 : 1;
}
