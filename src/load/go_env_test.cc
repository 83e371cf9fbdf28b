#include "load/go_env.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace unpark::load {
namespace {

TEST(GoEnv, ProcessThenUserFileThenGoroot) {
  source::MemoryFileSystem files;
  files.write("/home/u/.config/go/env", "# mine\nGOFLAGS=-tags=user\nGOPATH=/user\nBROKEN\n");
  files.write("/go/go.env", "GOTOOLCHAIN=local\r\nGOPATH=/root\nGOFLAGS=-tags=root\n");
  GoEnv env({{"HOME", "/home/u"}, {"GOFLAGS", "-tags=process"}, {"GOPATH", ""}}, files);
  env.read_goroot("/go", files);
  EXPECT_EQ(env.get("GOFLAGS"), "-tags=process");
  EXPECT_EQ(env.get("GOPATH"), "/user");
  EXPECT_EQ(env.get("GOTOOLCHAIN"), "local");
  EXPECT_EQ(env.module_cache(), "/user/pkg/mod");
  EXPECT_EQ(GoEnv({{"HOME", "/h"}, {"GOENV", "off"}}, files).module_cache(), "/h/go/pkg/mod");
  EXPECT_EQ(GoEnv({{"GOENV", "/home/u/.config/go/env"}}, files).get("GOFLAGS"), "-tags=user");
  EXPECT_EQ(GoEnv({{"GOMODCACHE", "/c"}, {"GOENV", "off"}}, files).module_cache(), "/c");
}

TEST(GoEnv, ReadsGoflags) {
  GoFlags flags = parse_go_flags("-mod=vendor  --tags=a,b '-modfile=x y.mod' -race -v -asan=false");
  EXPECT_EQ(flags.mod, "vendor");
  EXPECT_EQ(flags.modfile, "x y.mod");
  EXPECT_EQ(flags.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(flags.modes, std::vector<std::string>{"race"});
  EXPECT_EQ(parse_go_flags("'unended").mod, "");
}

TEST(GoEnv, KnowsTheVersionOfSourceWithoutVersionFile) {
  source::MemoryFileSystem files;
  files.write("/share/go/src/runtime/proc.go", "package runtime\n");
  EXPECT_EQ(goroot_at("/share/go", files).dir, "/share/go");
  EXPECT_EQ(goroot_at("/share/go", files).version, "");
  std::string path = "/share/go/src/internal/goversion/goversion.go";
  files.write(path, "package goversion\n\nconst Version = 19\n");
  EXPECT_EQ(goroot_at("/share/go", files).version, "1.19");
  files.write(path, "package goversion\n\nconst Version = x\n");
  EXPECT_EQ(goroot_at("/share/go", files).version, "");
  files.write("/share/go/VERSION", "go1.21.3\n");
  EXPECT_EQ(goroot_at("/share/go", files).version, "1.21.3");
}

TEST(GoEnv, FindsGo) {
  source::MemoryFileSystem files;
  auto install = [&](const std::string& dir, const std::string& version) {
    files.write(dir + "/VERSION", version);
    files.write(dir + "/src/runtime/proc.go", "package runtime\n");
    files.write(dir + "/bin/go", "");
  };
  GoEnv plain({{"HOME", "/home/u"}, {"GOENV", "off"}, {"PATH", "/bin:/opt/x/bin"}}, files);
  GoRoot none = find_goroot("", plain, files);
  EXPECT_EQ(none.dir, "");
  EXPECT_NE(std::find(none.tried.begin(), none.tried.end(), "/usr/local/go"), none.tried.end());

  install("/home/u/sdk/go1.22.1", "go1.22.1\n");
  install("/home/u/sdk/go1.9", "go1.9\n");
  install("/usr/lib/go-1.21", "go1.21rc2\n");
  EXPECT_EQ(find_goroot("", plain, files).dir, "/home/u/sdk/go1.22.1");
  install("/usr/lib/go", "go1.20.3\ntime 2023\n");
  GoRoot usual = find_goroot("", plain, files);
  EXPECT_EQ(usual.dir, "/usr/lib/go");
  EXPECT_EQ(usual.version, "1.20.3");
  install("/opt/x", "devel go1.27-abcdef Mon\n");
  GoRoot on_path = find_goroot("", plain, files);
  EXPECT_EQ(on_path.dir, "/opt/x");
  EXPECT_EQ(on_path.version, "1.27");
  install("/wanted", "go1.25.0");
  GoEnv with({{"GOROOT", "/wanted"}, {"GOENV", "off"}, {"PATH", "/opt/x/bin"}}, files);
  EXPECT_EQ(find_goroot("", with, files).dir, "/wanted");
  EXPECT_EQ(find_goroot("/usr/lib/go", with, files).dir, "/usr/lib/go");

  std::string machine = std::string(host_goos()) + "-" + std::string(host_goarch());
  install("/home/u/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.30.2." + machine, "go1.30.2");
  EXPECT_EQ(find_toolchain("1.30.2", plain, files).version, "1.30.2");
  EXPECT_EQ(find_toolchain("1.30.3", plain, files).dir, "");
}

TEST(GoEnv, JoinsPaths) {
  EXPECT_EQ(join_path("/a/b", "c"), "/a/b/c");
  EXPECT_EQ(join_path("/a/b", "../c/./d/"), "/a/c/d");
  EXPECT_EQ(join_path("/a/b", "/x//y"), "/x/y");
  EXPECT_EQ(join_path("/a", "../../.."), "/");
  EXPECT_EQ(join_path("/a", ""), "/a");
  EXPECT_TRUE(is_within("/a/b", "/a"));
  EXPECT_FALSE(is_within("/ab", "/a"));
  EXPECT_TRUE(is_within("/a", "/a"));
}

}  // namespace
}  // namespace unpark::load
