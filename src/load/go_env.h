// The settings of the go command: process environment, `go env -w` file, GOROOT/go.env, defaults
// (https://pkg.go.dev/cmd/go#hdr-Environment_variables), and where Go is installed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/file_system.h"

namespace unpark::load {

using Environment = std::map<std::string, std::string, std::less<>>;

// The variables of this process that decide how Go loads packages.
Environment process_environment();

class GoEnv {
 public:
  // `environment` stands for the process's. Reads the user's settings file.
  GoEnv(Environment environment, const source::FileSystem& files);

  // Reads GOROOT/go.env, the weakest of the settings.
  void read_goroot(const std::string& goroot, const source::FileSystem& files);

  // Empty when it is set nowhere, as the go command sees no difference.
  std::string get(std::string_view name) const;
  // From the process environment alone.
  std::string process(std::string_view name) const;

  // The entries of GOPATH; $HOME/go by default.
  std::vector<std::string> gopath() const;
  std::string module_cache() const;

 private:
  Environment environment_;
  Environment user_;
  Environment goroot_;
};

// What GOFLAGS says that matters here.
struct GoFlags {
  std::string mod;      // -mod
  std::string modfile;  // -modfile
  std::vector<std::string> tags;
  std::vector<std::string> modes;  // "race", "msan", "asan"
};
GoFlags parse_go_flags(std::string_view text);
// "a,b" or "a b".
std::vector<std::string> split_tags(std::string_view text);

// An installed Go.
struct GoRoot {
  std::string dir;                 // empty: none was found
  std::string version;             // "1.26.8"; empty when its VERSION file says nothing
  std::vector<std::string> tried;  // places looked at, for the hint when there is none
};

// Looks at `wanted` (an option of the user), GOROOT, `go` on the PATH, the usual places and the
// toolchains in the module cache, in this order.
GoRoot find_goroot(const std::string& wanted, const GoEnv& env, const source::FileSystem& files);
// The Go of a toolchain module in the module cache with exactly this version ("1.25.1"), if any.
GoRoot find_toolchain(std::string_view version, const GoEnv& env, const source::FileSystem& files);
// The Go installed in `dir`; without a dir when there is none.
GoRoot goroot_at(const std::string& dir, const source::FileSystem& files);

std::string_view host_goos();
std::string_view host_goarch();

// Clean absolute paths: `path` relative to `dir`, without "." and ".." and doubled slashes.
std::string join_path(std::string_view dir, std::string_view path);
std::string_view parent_dir(std::string_view path);
// `path` is `dir` or lies below it.
bool is_within(std::string_view path, std::string_view dir);

}  // namespace unpark::load
