#include "load/go_env.h"

#include <algorithm>

#include "base/os.h"
#include "load/version.h"

namespace unpark::load {

using base::FileKind;

namespace {

constexpr std::string_view kReadFromProcess[] = {
    "CC",      "CGO_ENABLED", "GO111MODULE", "GO386",      "GOAMD64",
    "GOARCH",  "GOARM",       "GOARM64",     "GOENV",      "GOEXPERIMENT",
    "GOFLAGS", "GOMIPS",      "GOMIPS64",    "GOMODCACHE", "GOOS",
    "GOPATH",  "GOPPC64",     "GORISCV64",   "GOROOT",     "GOTOOLCHAIN",
    "GOWASM",  "GOWORK",      "HOME",        "PATH",       "XDG_CONFIG_HOME",
};

// Lines KEY=VALUE; comments start with '#'. Later lines win.
Environment parse_env_file(std::string_view text) {
  Environment out;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    std::string_view line = text.substr(at, end == text.npos ? text.npos : end - at);
    at = end == text.npos ? text.size() : end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    size_t equals = line.find('=');
    if (line.empty() || line[0] < 'A' || line[0] > 'Z' || equals == line.npos) continue;
    out.insert_or_assign(std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)));
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t end = text.find(separator);
    if (end != 0) out.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

std::string lookup(const Environment& from, std::string_view name) {
  auto found = from.find(name);
  return found == from.end() ? std::string() : found->second;
}

}  // namespace

Environment process_environment() {
  Environment out;
  for (std::string_view name : kReadFromProcess) {
    std::string key(name);
    if (std::optional<std::string> value = base::env_var(key.c_str())) {
      out.emplace(std::move(key), std::move(*value));
    }
  }
  return out;
}

GoEnv::GoEnv(Environment environment, const source::FileSystem& files)
    : environment_(std::move(environment)) {
  std::string path = process("GOENV");
  if (path == "off") return;
  if (path.empty()) {
    std::string home = process("HOME");
    std::string config = process("XDG_CONFIG_HOME");
    if (host_goos() == "darwin") {
      config = home.empty() ? "" : home + "/Library/Application Support";
    } else if (config.empty() && !home.empty()) {
      config = home + "/.config";
    }
    if (config.empty()) return;
    path = config + "/go/env";
  }
  if (base::Result<source::FileBytes> file = files.read(path)) {
    user_ = parse_env_file(file->bytes());
  }
}

void GoEnv::read_goroot(const std::string& goroot, const source::FileSystem& files) {
  if (base::Result<source::FileBytes> file = files.read(goroot + "/go.env")) {
    goroot_ = parse_env_file(file->bytes());
  }
}

std::string GoEnv::process(std::string_view name) const { return lookup(environment_, name); }

std::string GoEnv::get(std::string_view name) const {
  for (const Environment* from : {&environment_, &user_, &goroot_}) {
    std::string value = lookup(*from, name);
    if (!value.empty()) return value;
  }
  return {};
}

std::vector<std::string> GoEnv::gopath() const {
  std::string path = get("GOPATH");
  if (!path.empty()) return split(path, ':');
  std::string home = process("HOME");
  if (home.empty()) return {};
  return {home + "/go"};
}

std::string GoEnv::module_cache() const {
  std::string dir = get("GOMODCACHE");
  if (!dir.empty()) return dir;
  std::vector<std::string> path = gopath();
  return path.empty() ? std::string() : path[0] + "/pkg/mod";
}

std::vector<std::string> split_tags(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), ' ', ',');
  return split(spaced, ',');
}

GoFlags parse_go_flags(std::string_view text) {
  GoFlags out;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == '\t' || text[at] == '\n') {
      at++;
      continue;
    }
    // A flag, or all of it in quotes.
    size_t end;
    std::string_view flag;
    if (text[at] == '\'' || text[at] == '"') {
      end = text.find(text[at], at + 1);
      if (end == text.npos) return out;
      flag = text.substr(at + 1, end - at - 1);
      end++;
    } else {
      end = text.find_first_of(" \t\n", at);
      if (end == text.npos) end = text.size();
      flag = text.substr(at, end - at);
    }
    at = end;
    while (flag.starts_with('-')) flag.remove_prefix(1);
    size_t equals = flag.find('=');
    std::string_view name = flag.substr(0, equals);
    std::string_view value = equals == flag.npos ? std::string_view() : flag.substr(equals + 1);
    if (name == "mod") out.mod = value;
    if (name == "modfile") out.modfile = value;
    if (name == "tags") out.tags = split_tags(value);
    if ((name == "race" || name == "msan" || name == "asan") && value != "false") {
      out.modes.emplace_back(name);
    }
  }
  return out;
}

namespace {

// What the library says of itself: "const Version = 19" is Go 1.19. For trees without a VERSION
// file, as distributions package the source alone.
std::string library_version(const std::string& dir, const source::FileSystem& files) {
  base::Result<source::FileBytes> file = files.read(dir + "/src/internal/goversion/goversion.go");
  if (!file) return {};
  constexpr std::string_view kBegin = "\nconst Version = ";
  std::string_view text = file->bytes();
  size_t at = text.find(kBegin);
  if (at == text.npos) return {};
  text = text.substr(at + kBegin.size());
  std::string version = "1." + std::string(text.substr(0, text.find_first_not_of("0123456789")));
  return is_go_version(version) ? version : std::string();
}

}  // namespace

GoRoot goroot_at(const std::string& dir, const source::FileSystem& files) {
  GoRoot out;
  if (dir.empty() || files.stat(dir + "/src/runtime").kind != FileKind::kDirectory) return out;
  out.dir = dir;
  base::Result<source::FileBytes> version = files.read(dir + "/VERSION");
  if (!version) {
    out.version = library_version(dir, files);
    return out;
  }
  std::string_view text = version->bytes();
  text = text.substr(0, text.find_first_of(" \r\n"));
  // Builds between releases say "devel go1.27-abcdef".
  size_t go = text.find("go1");
  if (version->bytes().starts_with("devel ")) {
    text = version->bytes().substr(6);
    go = text.find("go1");
    if (go != text.npos) text = text.substr(0, text.find_first_of(" -\r\n", go));
  }
  if (go == text.npos) return out;
  text = text.substr(go + 2);
  size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.' ||
                               (text[end] >= 'a' && text[end] <= 'z'))) {
    end++;
  }
  if (is_go_version(text.substr(0, end))) out.version = text.substr(0, end);
  return out;
}

GoRoot find_toolchain(std::string_view version, const GoEnv& env, const source::FileSystem& files) {
  std::string cache = env.module_cache();
  if (cache.empty()) return {};
  return goroot_at(cache + "/golang.org/toolchain@v0.0.1-go" + std::string(version) + "." +
                       std::string(host_goos()) + "-" + std::string(host_goarch()),
                   files);
}

GoRoot find_goroot(const std::string& wanted, const GoEnv& env, const source::FileSystem& files) {
  std::vector<std::string> tried;
  auto usable = [&](const std::string& dir) {
    if (dir.empty() || std::find(tried.begin(), tried.end(), dir) != tried.end()) return GoRoot{};
    tried.push_back(dir);
    return goroot_at(dir, files);
  };
  for (const std::string& dir : {wanted, env.get("GOROOT")}) {
    if (GoRoot root = usable(dir); !root.dir.empty()) return root;
  }
  for (const std::string& dir : split(env.process("PATH"), ':')) {
    if (files.stat(dir + "/go").kind != FileKind::kRegular) continue;
    base::Result<std::string> real = files.real_path(dir + "/go");
    if (!real) continue;
    if (GoRoot root = usable(std::string(parent_dir(parent_dir(*real)))); !root.dir.empty()) {
      return root;
    }
  }
  std::vector<std::string> usual = {"/usr/local/go",
                                    "/usr/lib/go",
                                    "/usr/lib/golang",
                                    "/usr/share/go",
                                    "/opt/go",
                                    "/opt/homebrew/opt/go/libexec",
                                    "/usr/local/opt/go/libexec",
                                    "/snap/go/current"};
  std::string home = env.process("HOME");
  if (!home.empty()) usual.push_back(home + "/sdk/go");
  for (const std::string& dir : usual) {
    if (GoRoot root = usable(dir); !root.dir.empty()) return root;
  }
  // Versioned directories: /usr/lib/go-1.22, $HOME/sdk/go1.22.1, toolchain modules. The newest
  // wins.
  GoRoot best;
  auto look_in = [&](const std::string& parent, std::string_view prefix) {
    base::Result<std::vector<base::DirEntry>> entries = files.list(parent);
    if (!entries) return;
    for (const base::DirEntry& entry : *entries) {
      if (!entry.name.starts_with(prefix)) continue;
      GoRoot root = usable(parent + "/" + entry.name);
      if (root.dir.empty()) continue;
      if (best.dir.empty() || compare_go_versions(best.version, root.version) < 0) best = root;
    }
  };
  look_in("/usr/lib", "go-");
  look_in("/usr/share", "go-");
  if (!home.empty()) look_in(home + "/sdk", "go");
  std::string cache = env.module_cache();
  if (!cache.empty()) look_in(cache + "/golang.org", "toolchain@");
  best.tried = std::move(tried);
  return best;
}

std::string_view host_goos() {
#if defined(__APPLE__)
  return "darwin";
#elif defined(__FreeBSD__)
  return "freebsd";
#elif defined(__NetBSD__)
  return "netbsd";
#elif defined(__OpenBSD__)
  return "openbsd";
#else
  return "linux";
#endif
}

std::string_view host_goarch() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#elif defined(__i386__)
  return "386";
#elif defined(__arm__)
  return "arm";
#elif defined(__riscv) && __riscv_xlen == 64
  return "riscv64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
  return "ppc64le";
#elif defined(__s390x__)
  return "s390x";
#elif defined(__loongarch64)
  return "loong64";
#else
  return "amd64";
#endif
}

std::string join_path(std::string_view dir, std::string_view path) {
  std::string whole;
  if (!path.starts_with('/')) whole = std::string(dir) + "/";
  whole += path;
  std::string out;
  std::string_view rest = whole;
  while (!rest.empty()) {
    size_t end = rest.find('/');
    std::string_view element = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (element.empty() || element == ".") continue;
    if (element == "..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
      continue;
    }
    out += '/';
    out += element;
  }
  return out.empty() ? "/" : out;
}

std::string_view parent_dir(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == path.npos || slash == 0) return "/";
  return path.substr(0, slash);
}

bool is_within(std::string_view path, std::string_view dir) {
  if (dir == "/") return path.starts_with('/');
  return path.starts_with(dir) && (path.size() == dir.size() || path[dir.size()] == '/');
}

}  // namespace unpark::load
