// What load() finds equals what the go command lists: packages, test variants, files, imports,
// modules.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "harness/temp_dir.h"
#include "oracle/load/fixture.h"
#include "oracle/load/go_list.h"

namespace unpark::oracle {
namespace {

#define NEEDS_GO() \
  if (go_command().empty()) GTEST_SKIP() << "there is no go command on the PATH to compare with"

size_t expect_same(const std::string& name, const Query& query) {
  Comparison result = compare(query);
  std::string shown;
  for (size_t i = 0; i < std::min<size_t>(result.differences.size(), 20); i++) {
    shown += "\n  " + result.differences[i];
  }
  EXPECT_TRUE(result.differences.empty()) << name << " in " << query.dir << ": "
                                          << result.differences.size() << " differences" << shown;
  printf("load oracle: %s: %zu packages compared, %zu differences\n", name.c_str(), result.packages,
         result.differences.size());
  return result.packages;
}

Query named(std::vector<std::string> patterns) {
  Query query;
  query.dir = "/";
  query.patterns = std::move(patterns);
  query.environment = base_environment();
  return query;
}

std::string goroot() {
  load::GoEnv env(base_environment(), source::RealFileSystem());
  return load::find_goroot("", env, source::RealFileSystem()).dir;
}

TEST(LoadOracle, StandardLibraryWithItsTests) {
  NEEDS_GO();
  EXPECT_GT(expect_same("std", named({"std"})), 1000u);
}

TEST(LoadOracle, StandardLibraryOnAnotherSystem) {
  NEEDS_GO();
  Query query = named({"std"});
  query.tests = false;
  query.environment["GOOS"] = "windows";
  query.environment["GOARCH"] = "arm64";
  EXPECT_GT(expect_same("std windows/arm64", query), 250u);
}

TEST(LoadOracle, Fixtures) {
  NEEDS_GO();
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/fixtures/load")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  ASSERT_FALSE(paths.empty());
  size_t packages = 0, differences = 0;
  for (const std::string& path : paths) {
    testing::TempDir temp;
    std::string failure;
    Fixture fixture = unpack(path, temp.path(), failure);
    EXPECT_EQ(failure, "") << path;
    EXPECT_FALSE(fixture.runs.empty()) << path;
    size_t compared = 0;
    std::vector<std::string> kinds;
    for (const Query& query : fixture.runs) {
      Comparison result = compare(query);
      for (const load::Note& note : result.notes) kinds.emplace_back(load::name_of(note.kind));
      for (const std::string& difference : result.differences) {
        ADD_FAILURE() << fixture.name << " (" << ::testing::PrintToString(query.patterns)
                      << "): " << difference;
      }
      if (fixture.notes.empty()) {
        for (const load::Note& note : result.notes) {
          ADD_FAILURE() << fixture.name << ": unexpected note: " << note.message << " "
                        << note.path;
        }
      }
      compared += result.packages;
      differences += result.differences.size();
    }
    for (const std::string& kind : fixture.notes) {
      EXPECT_NE(std::find(kinds.begin(), kinds.end(), kind), kinds.end())
          << fixture.name << ": no note of kind " << kind;
    }
    EXPECT_GE(compared, fixture.expect) << fixture.name;
    packages += compared;
  }
  printf("load oracle: %zu fixtures: %zu packages compared, %zu differences\n", paths.size(),
         packages, differences);
}

TEST(SlowLoadOracle, CommandsWithTheirTests) {
  NEEDS_GO();
  EXPECT_GT(expect_same("cmd", named({"cmd"})), 800u);
  EXPECT_GT(expect_same("cmd/...", named({"cmd/..."})), 800u);
}

TEST(SlowLoadOracle, InsideGoroot) {
  NEEDS_GO();
  Query query = named({"./..."});
  query.dir = goroot() + "/src";
  EXPECT_GT(expect_same("GOROOT/src ./...", query), 1000u);
  query.dir = goroot() + "/src/cmd";
  EXPECT_GT(expect_same("GOROOT/src/cmd ./...", query), 800u);
  query.dir = goroot() + "/src/net";
  query.patterns = {"./http", ".", "../os/..."};
  EXPECT_GT(expect_same("GOROOT/src/net", query), 100u);
}

TEST(SlowLoadOracle, StandardLibraryOnManySystems) {
  NEEDS_GO();
  for (const auto& [os, arch] :
       std::vector<std::pair<std::string, std::string>>{{"linux", "arm64"},
                                                        {"linux", "386"},
                                                        {"linux", "riscv64"},
                                                        {"darwin", "arm64"},
                                                        {"windows", "amd64"},
                                                        {"freebsd", "amd64"},
                                                        {"js", "wasm"},
                                                        {"wasip1", "wasm"},
                                                        {"plan9", "386"},
                                                        {"android", "arm"},
                                                        {"ios", "arm64"},
                                                        {"aix", "ppc64"},
                                                        {"linux", "mips64le"},
                                                        {"linux", "s390x"},
                                                        {"solaris", "amd64"},
                                                        {"illumos", "amd64"}}) {
    for (const char* cgo : {"0", "1"}) {
      Query query = named({"std"});
      query.environment["GOOS"] = os;
      query.environment["GOARCH"] = arch;
      query.environment["CGO_ENABLED"] = cgo;
      // Mobile systems need cgo to link; without it the go command reports errors.
      if ((os == "android" || os == "ios") && cgo[0] == '0') continue;
      expect_same("std " + os + "/" + arch + " CGO_ENABLED=" + cgo, query);
    }
  }
}

TEST(SlowLoadOracle, Settings) {
  NEEDS_GO();
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"GOEXPERIMENT", "nogreenteagc"},
           {"GOEXPERIMENT", "noregabi,jsonv2"},
           {"GOEXPERIMENT", "none"},
           {"GOAMD64", "v3"},
           {"GOFLAGS", "-tags=purego,netgo"},
           {"GOFLAGS", "-race"},
           {"GOFLAGS", "'-tags=boringcrypto' -trimpath"}}) {
    Query query = named({"std"});
    query.environment[key] = value;
    expect_same("std " + key + "=" + value, query);
  }
}

// For modules of one's own: UNPARK_ORACLE_DIR=DIR load_oracle_test --gtest_filter=*GivenDirectory
TEST(SlowLoadOracle, GivenDirectory) {
  NEEDS_GO();
  std::optional<std::string> dir = base::env_var("UNPARK_ORACLE_DIR");
  if (!dir) GTEST_SKIP() << "UNPARK_ORACLE_DIR names no directory to compare";
  Query query = named({"./..."});
  query.dir = *dir;
  expect_same(*dir + " ./...", query);
  query.patterns = {"all"};
  expect_same(*dir + " all", query);
}

}  // namespace
}  // namespace unpark::oracle
