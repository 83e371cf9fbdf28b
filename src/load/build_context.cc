#include "load/build_context.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

namespace unpark::load {

namespace {

// Names that are (or once were) operating systems; a file's name may end in one.
constexpr std::string_view kKnownOs[] = {
    "aix",   "android", "darwin", "dragonfly", "freebsd", "hurd",    "illumos", "ios",     "js",
    "linux", "nacl",    "netbsd", "openbsd",   "plan9",   "solaris", "wasip1",  "windows", "zos"};
constexpr std::string_view kUnix[] = {"aix",     "android", "darwin",  "dragonfly",
                                      "freebsd", "hurd",    "illumos", "ios",
                                      "linux",   "netbsd",  "openbsd", "solaris"};
constexpr std::string_view kKnownArch[] = {
    "386",     "amd64",  "amd64p32", "arm",      "armbe",     "arm64",       "arm64be", "loong64",
    "mips",    "mipsle", "mips64",   "mips64le", "mips64p32", "mips64p32le", "ppc",     "ppc64",
    "ppc64le", "riscv",  "riscv64",  "s390",     "s390x",     "sparc",       "sparc64", "wasm"};
// Pairs for which cgo exists at all.
constexpr std::string_view kCgoPairs[] = {
    "aix/ppc64",     "android/386",   "android/amd64",   "android/arm",     "android/arm64",
    "darwin/amd64",  "darwin/arm64",  "dragonfly/amd64", "freebsd/386",     "freebsd/amd64",
    "freebsd/arm",   "freebsd/arm64", "freebsd/riscv64", "illumos/amd64",   "ios/amd64",
    "ios/arm64",     "linux/386",     "linux/amd64",     "linux/arm",       "linux/arm64",
    "linux/loong64", "linux/mips",    "linux/mips64",    "linux/mips64le",  "linux/mipsle",
    "linux/ppc64le", "linux/riscv64", "linux/s390x",     "linux/sparc64",   "netbsd/386",
    "netbsd/amd64",  "netbsd/arm",    "netbsd/arm64",    "openbsd/386",     "openbsd/amd64",
    "openbsd/arm",   "openbsd/arm64", "openbsd/mips64",  "openbsd/riscv64", "solaris/amd64",
    "windows/386",   "windows/amd64", "windows/arm64"};

bool contains(std::span<const std::string_view> list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// The text between `before` and the next `after`, or empty.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  size_t begin = text.find(before);
  if (begin == text.npos) return {};
  begin += before.size();
  size_t end = text.find(after, begin);
  return end == text.npos ? std::string_view() : text.substr(begin, end - begin);
}

// Machines with a register calling convention, and those of them on which it cannot be turned off.
constexpr std::string_view kRegabi[] = {"amd64",   "arm64",   "loong64", "ppc64",
                                        "ppc64le", "riscv64", "s390x"};
bool regabi_always(std::string_view goarch) { return goarch != "s390x"; }

// The experiments that a release turns on by default are a composite literal in its
// internal/buildcfg/exp.go. Its values are `true` or the name of a condition on the target.
std::map<std::string, bool> default_experiments(std::string_view exp_go, std::string_view goos,
                                                std::string_view goarch) {
  std::map<std::string, bool> out;
  constexpr std::string_view kXchg8[] = {"amd64", "arm", "arm64", "ppc64le", "ppc64"};
  std::string_view literal = between(exp_go, "baseline := goexperiment.Flags{", "}");
  while (!literal.empty()) {
    size_t end = literal.find('\n');
    std::string_view line = literal.substr(0, end);
    literal = end == literal.npos ? std::string_view() : literal.substr(end + 1);
    size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    auto strip = [](std::string_view s) {
      size_t begin = s.find_first_not_of(" \t,");
      if (begin == s.npos) return std::string_view();
      return s.substr(begin, s.find_last_not_of(" \t,") - begin + 1);
    };
    name = strip(name);
    value = strip(value);
    if (name.empty() || name.starts_with("//")) continue;
    bool on = value != "false";
    if (value == "regabiSupported" || value == "regabiAlwaysOn") on = contains(kRegabi, goarch);
    if (value == "haveXchg8") on = contains(kXchg8, goarch);
    if (value == "dwarf5Supported") on = goos != "darwin" && goos != "ios" && goos != "aix";
    out[lower(name)] = on;
  }
  return out;
}

// GOEXPERIMENT is a list of names, each turned on, or off with "no" before it.
void apply_experiments(std::string_view setting, std::map<std::string, bool>& experiments) {
  while (!setting.empty()) {
    size_t comma = setting.find(',');
    std::string name(setting.substr(0, comma));
    setting = comma == setting.npos ? std::string_view() : setting.substr(comma + 1);
    if (name.empty()) continue;
    if (name == "none") {
      for (auto& [experiment, on] : experiments) on = false;
      continue;
    }
    bool on = !name.starts_with("no");
    if (!on) name.erase(0, 2);
    if (name == "regabi") {
      experiments["regabiwrappers"] = experiments["regabiargs"] = on;
    } else {
      experiments[name] = on;
    }
  }
}

// Whatever GOEXPERIMENT says, newer releases have the register convention wherever it is finished,
// and none has it elsewhere.
void settle_regabi(std::string_view exp_go, std::string_view goarch,
                   std::map<std::string, bool>& experiments) {
  bool supported = contains(kRegabi, goarch);
  bool forced = supported && regabi_always(goarch) && exp_go.find("regabiAlwaysOn") != exp_go.npos;
  for (const char* name : {"regabiwrappers", "regabiargs"}) {
    if (forced) experiments[name] = true;
    if (!supported) experiments[name] = false;
  }
}

int number_behind(std::string_view text, std::string_view prefix, int otherwise) {
  if (!text.starts_with(prefix)) return otherwise;
  int n = otherwise;
  std::from_chars(text.data() + prefix.size(), text.data() + text.size(), n);
  return n;
}

// Tags like amd64.v1 that say which instructions may be used.
std::vector<std::string> feature_tags(const std::string& goarch,
                                      const std::function<std::string(std::string_view)>& setting) {
  std::vector<std::string> out;
  auto add = [&](const std::string& feature) { out.push_back(goarch + "." + feature); };
  if (goarch == "386") {
    std::string v = setting("GO386");
    add(v == "softfloat" ? v : "sse2");
  } else if (goarch == "amd64") {
    int level = std::clamp(number_behind(setting("GOAMD64"), "v", 1), 1, 4);
    for (int i = 1; i <= level; i++) add("v" + std::to_string(i));
  } else if (goarch == "arm") {
    int level = std::clamp(number_behind(setting("GOARM"), "", 7), 5, 7);
    for (int i = 5; i <= level; i++) add(std::to_string(i));
  } else if (goarch == "arm64") {
    std::string v = setting("GOARM64");
    v = v.substr(0, v.find(','));
    bool good = v.size() == 4 && v[0] == 'v' && (v[1] == '8' || v[1] == '9') && v[2] == '.' &&
                v[3] >= '0' && v[3] <= (v[1] == '8' ? '9' : '5');
    if (!good) v = "v8.0";
    int minor = v[3] - '0';
    for (int i = 0; i <= minor; i++) add(v.substr(0, 3) + std::to_string(i));
    // v9.N has all of v8.(N+5).
    for (int i = 0; v[1] == '9' && i <= minor + 5 && i <= 9; i++) add("v8." + std::to_string(i));
  } else if (goarch == "mips" || goarch == "mipsle") {
    add(setting("GOMIPS") == "softfloat" ? "softfloat" : "hardfloat");
  } else if (goarch == "mips64" || goarch == "mips64le") {
    add(setting("GOMIPS64") == "softfloat" ? "softfloat" : "hardfloat");
  } else if (goarch == "ppc64" || goarch == "ppc64le") {
    int level = std::clamp(number_behind(setting("GOPPC64"), "power", 8), 8, 10);
    for (int i = 8; i <= level; i++) add("power" + std::to_string(i));
  } else if (goarch == "riscv64") {
    int year = number_behind(setting("GORISCV64"), "rva", 20);
    for (int profile : {20, 22, 23}) {
      if (profile == 20 || year >= profile) add("rva" + std::to_string(profile) + "u64");
    }
  } else if (goarch == "wasm") {
    add("satconv");
    add("signext");
  }
  return out;
}

bool on_path(const std::string& program, const GoEnv& env, const source::FileSystem& files) {
  std::string path = env.process("PATH");
  std::string_view rest = path;
  while (!rest.empty()) {
    size_t colon = rest.find(':');
    std::string dir(rest.substr(0, colon));
    rest = colon == rest.npos ? std::string_view() : rest.substr(colon + 1);
    if (!dir.empty() && files.stat(dir + "/" + program).kind == base::FileKind::kRegular) {
      return true;
    }
  }
  return false;
}

// cgo is on when asked for, or when the target is this machine and there is a C compiler.
bool default_cgo(const BuildContext& context, const GoEnv& env, std::string_view built_in,
                 const source::FileSystem& files) {
  std::string setting = env.get("CGO_ENABLED");
  if (setting == "1") return true;
  if (setting == "0") return false;
  if (built_in == "1") return true;
  if (built_in == "0") return false;
  if (context.goos != host_goos() || context.goarch != host_goarch()) return false;
  if (!contains(kCgoPairs, context.goos + "/" + context.goarch)) return false;
  if (!env.get("CC").empty()) return true;
  bool clang = context.goos == "darwin" || context.goos == "freebsd" || context.goos == "openbsd" ||
               context.goos == "ios";
  return on_path(clang ? "clang" : "gcc", env, files);
}

}  // namespace

bool is_known_os(std::string_view name) { return contains(kKnownOs, name); }
bool is_known_arch(std::string_view name) { return contains(kKnownArch, name); }

bool BuildContext::has_tag(std::string_view tag) const {
  if (tag == "cgo" && cgo) return true;
  if (tag == goos || tag == goarch || tag == "gc") return true;
  if (tag == "linux" && goos == "android") return true;
  if (tag == "solaris" && goos == "illumos") return true;
  if (tag == "darwin" && goos == "ios") return true;
  if (tag == "unix" && contains(kUnix, goos)) return true;
  if (tag == "boringcrypto") tag = "goexperiment.boringcrypto";
  return known_.contains(tag);
}

bool BuildContext::matches_name(std::string_view file_name) const {
  file_name = file_name.substr(0, file_name.find('.'));
  // What stands before the first "_" is a plain name: linux.go is for every system.
  size_t first = file_name.find('_');
  if (first == file_name.npos) return true;
  file_name = file_name.substr(first);
  auto pop = [&] {
    size_t bar = file_name.rfind('_');
    std::string_view last = bar == file_name.npos ? file_name : file_name.substr(bar + 1);
    file_name = bar == file_name.npos ? std::string_view() : file_name.substr(0, bar);
    return last;
  };
  std::string_view last = pop();
  if (last == "test") last = pop();
  if (!is_known_os(last) && !is_known_arch(last)) return true;
  std::string_view before = pop();
  if (is_known_arch(last) && is_known_os(before)) return has_tag(last) && has_tag(before);
  return has_tag(last);
}

bool BuildContext::matches(const FileConstraints& constraints) const {
  for (const Constraint& constraint : constraints.all) {
    if (!constraint.holds([&](std::string_view tag) { return has_tag(tag); })) return false;
  }
  return true;
}

BuildContext make_build_context(const BuildChoices& choices, const GoEnv& env, const GoRoot& root,
                                const source::FileSystem& files) {
  auto first = [](std::string a, std::string b) { return a.empty() ? std::move(b) : std::move(a); };
  BuildContext out;
  out.goos = first(first(choices.goos, env.get("GOOS")), std::string(host_goos()));
  out.goarch = first(first(choices.goarch, env.get("GOARCH")), std::string(host_goarch()));
  out.goroot = root.dir;
  out.go_version = root.version;
  // Without a GOROOT, the newest language we know.
  out.lang = lang_of(root.version).value_or(LangVersion{1, 27});
  for (uint16_t i = 1; i <= out.lang.minor; i++) {
    out.release_tags.push_back("go1." + std::to_string(i));
  }

  std::string build_defaults, exp_go;
  if (!root.dir.empty()) {
    std::string dir = root.dir + "/src/internal/buildcfg/";
    if (auto file = files.read(dir + "zbootstrap.go")) build_defaults = file->bytes();
    if (auto file = files.read(dir + "exp.go")) exp_go = file->bytes();
  }
  auto built_in = [&](std::string_view name) {
    return std::string(between(build_defaults, std::string(name) + " = `", "`"));
  };
  std::map<std::string, bool> experiments = default_experiments(exp_go, out.goos, out.goarch);
  apply_experiments(first(env.get("GOEXPERIMENT"), built_in("defaultGOEXPERIMENT")), experiments);
  settle_regabi(exp_go, out.goarch, experiments);
  for (const auto& [name, on] : experiments) {
    if (on) out.tool_tags.push_back("goexperiment." + name);
  }
  for (std::string& tag : feature_tags(out.goarch, [&](std::string_view name) {
         return first(env.get(name), built_in("Default" + std::string(name)));
       })) {
    out.tool_tags.push_back(std::move(tag));
  }
  for (const std::string& mode : choices.modes) out.tool_tags.push_back(mode);

  out.tags = choices.tags;
  std::sort(out.tags.begin(), out.tags.end());
  std::string_view cgo_default = between(build_defaults, "DefaultCGO_ENABLED = \"", "\"");
  out.cgo = choices.cgo.value_or(default_cgo(out, env, cgo_default, files));
  for (const std::vector<std::string>* list : {&out.tags, &out.tool_tags, &out.release_tags}) {
    out.known_.insert(list->begin(), list->end());
  }
  return out;
}

std::vector<std::string> linker_imports(const BuildContext& context) {
  std::vector<std::string> out = {"runtime"};
  std::string_view os = context.goos;
  std::string_view arch = context.goarch;
  // Mobile systems link with the system's linker, which needs the C side of the runtime.
  bool external = (os == "android" && arch != "arm64") || (os == "ios");
  if (external && context.cgo) out.emplace_back("runtime/cgo");
  if (arch == "arm") out.emplace_back("math");
  for (std::string_view mode : {"race", "msan", "asan"}) {
    if (std::find(context.tool_tags.begin(), context.tool_tags.end(), mode) !=
        context.tool_tags.end()) {
      out.push_back("runtime/" + std::string(mode));
    }
  }
  return out;
}

}  // namespace unpark::load
