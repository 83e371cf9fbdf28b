#include "load/constraint.h"

#include <gtest/gtest.h>

#include <set>

#include "load/build_context.h"
#include "load/pattern.h"

namespace unpark::load {
namespace {

bool holds(const Constraint& c, const std::set<std::string_view>& tags) {
  return c.holds([&](std::string_view tag) { return tags.contains(tag); });
}

bool go_build(std::string_view text, const std::set<std::string_view>& tags) {
  base::Result<Constraint> c = parse_go_build(text);
  EXPECT_TRUE(c.ok()) << text;
  return c.ok() && holds(*c, tags);
}

TEST(Constraint, EvaluatesExpressions) {
  EXPECT_TRUE(go_build("linux && !cgo || darwin", {"linux"}));
  EXPECT_FALSE(go_build("linux && !cgo || darwin", {"linux", "cgo"}));
  EXPECT_TRUE(go_build("linux && !cgo || darwin", {"darwin", "cgo"}));
  EXPECT_FALSE(go_build("!(a||b)&&c", {"a", "c"}));
  EXPECT_TRUE(go_build("!(a||b)&&c", {"c"}));
  EXPECT_TRUE(go_build("amd64.v3", {"amd64.v3"}));
  for (const char* bad : {"", "a b", "a &&", "&& a", "!!a", "(a", "a)", "a & b", "a-b", "()"}) {
    EXPECT_FALSE(parse_go_build(bad).ok()) << bad;
  }
  EXPECT_FALSE(parse_go_build(std::string(100000, '(')).ok());
  std::string many = "a";
  for (int i = 0; i < 2000; i++) many += "||a";
  EXPECT_FALSE(parse_go_build(many).ok());
}

TEST(Constraint, EvaluatesPlusBuildLines) {
  EXPECT_TRUE(holds(parse_plus_build("linux,!cgo darwin"), {"linux"}));
  EXPECT_FALSE(holds(parse_plus_build("linux,!cgo darwin"), {"linux", "cgo"}));
  EXPECT_FALSE(holds(parse_plus_build(""), {"linux"}));
  EXPECT_FALSE(holds(parse_plus_build("!!linux"), {"linux"}));
  EXPECT_TRUE(holds(parse_plus_build("a-b"), {"ignore"}));
}

TEST(Constraint, KnowsTheReleaseItImplies) {
  auto release = [](std::string_view text) { return parse_go_build(text)->min_go_minor(); };
  EXPECT_EQ(release("linux && go1.22"), 22u);
  EXPECT_EQ(release("(linux && go1.22) || (windows && go1.20)"), 20u);
  EXPECT_EQ(release("linux"), std::nullopt);
  EXPECT_EQ(release("linux || (windows && go1.22)"), std::nullopt);
  EXPECT_EQ(release("!go1.22"), std::nullopt);
  EXPECT_EQ(release("!(!go1.22 || linux)"), 22u);
  EXPECT_EQ(release("go1"), 0u);
  EXPECT_EQ(release("go1.x"), std::nullopt);
}

TEST(Constraint, ReadsOnlyTheTopOfAFile) {
  auto count = [](std::string_view text) { return read_constraints(text).all.size(); };
  EXPECT_EQ(count("// c\n\n//go:build a\n\npackage p\n"), 1u);
  EXPECT_EQ(count("//go:build a\npackage p\n"), 1u);
  EXPECT_EQ(count("/* x */ /* y\n*/\n//go:build a\npackage p\n"), 1u);
  EXPECT_EQ(count("/*\n//go:build a\n*/\npackage p\n"), 0u);
  EXPECT_EQ(count("package p\n//go:build a\n"), 0u);
  EXPECT_EQ(count("// +build a\n// +build b\n\npackage p\n"), 2u);
  EXPECT_EQ(count("// +build a\npackage p\n"), 0u);
  EXPECT_EQ(count("//go:build a\n// +build b\n\npackage p\n"), 1u);
  EXPECT_EQ(count("\xEF\xBB\xBF//go:build a\n\npackage p\n"), 1u);
  EXPECT_EQ(count("//go:building a\n\npackage p\n"), 0u);
  EXPECT_EQ(count("// +build a\n\t"), 1u);  // ends with a blank line that no newline ends
  EXPECT_NE(read_constraints("//go:build a\n//go:build b\npackage p").error, "");
  EXPECT_NE(read_constraints("//go:build a &&\npackage p").error, "");
  EXPECT_EQ(read_constraints("//go:build go1.18 && a\npackage p").min_go_minor, 18u);
}

BuildContext context_for(std::string goos, std::string goarch, Environment environment = {}) {
  environment["GOENV"] = "off";
  source::MemoryFileSystem files;
  files.write("/go/src/runtime/proc.go", "package runtime\n");
  files.write("/go/VERSION", "go1.26.8\ntime x\n");
  files.write("/go/src/internal/buildcfg/zbootstrap.go",
              "const DefaultGOAMD64 = `v1`\nconst defaultGOEXPERIMENT = ``\n"
              "const DefaultCGO_ENABLED = \"\"\n");
  files.write("/go/src/internal/buildcfg/exp.go",
              "\tbaseline := goexperiment.Flags{\n\t\tRegabiArgs: regabiSupported,\n"
              "\t\tDwarf5: dwarf5Supported,\n\t\tGreenTeaGC: true,\n\t\tOff: false,\n\t}\n");
  GoEnv env(environment, files);
  BuildChoices choices;
  choices.goos = std::move(goos);
  choices.goarch = std::move(goarch);
  return make_build_context(choices, env, goroot_at("/go", files), files);
}

TEST(BuildContext, MatchesFileNames) {
  BuildContext linux = context_for("linux", "amd64");
  for (const char* in : {"a.go", "a_linux.go", "a_amd64.go", "a_linux_amd64.go", "linux.go",
                         "windows.go", "a_linux_test.go", "a_b_linux.go", "a_unix.go",
                         "a_amd64_linux.go", "a_linux.pb.go", "a_test.go"}) {
    EXPECT_TRUE(linux.matches_name(in)) << in;
  }
  for (const char* out :
       {"a_windows.go", "a_arm64.go", "a_linux_arm64.go", "a_windows_amd64.go", "a_darwin_test.go",
        "a_arm64_linux_arm64.go", "_windows.go", "a_windows.pb.go"}) {
    EXPECT_FALSE(linux.matches_name(out)) << out;
  }
  BuildContext android = context_for("android", "arm64");
  EXPECT_TRUE(android.matches_name("a_linux.go"));
  EXPECT_TRUE(android.matches_name("a_android.go"));
  EXPECT_FALSE(linux.matches_name("a_android.go"));
}

TEST(BuildContext, HasTheToolchainsTags) {
  BuildContext c =
      context_for("linux", "amd64", {{"GOAMD64", "v2"}, {"GOEXPERIMENT", "nodwarf5,x"}});
  for (const char* tag : {"linux", "unix", "amd64", "amd64.v1", "amd64.v2", "gc", "go1.1", "go1.26",
                          "goexperiment.greenteagc", "goexperiment.regabiargs", "goexperiment.x"}) {
    EXPECT_TRUE(c.has_tag(tag)) << tag;
  }
  for (const char* tag : {"cgo", "amd64.v3", "go1.27", "goexperiment.dwarf5", "goexperiment.off",
                          "windows", "ignore", "gccgo"}) {
    EXPECT_FALSE(c.has_tag(tag)) << tag;
  }
  EXPECT_EQ(c.lang, (LangVersion{1, 26}));
  EXPECT_TRUE(context_for("ios", "arm64").has_tag("darwin"));
  EXPECT_FALSE(context_for("ios", "arm64").has_tag("goexperiment.dwarf5"));
  EXPECT_TRUE(context_for("linux", "arm64", {{"GOARM64", "v9.0,lse"}}).has_tag("arm64.v8.5"));
  EXPECT_FALSE(context_for("linux", "arm64").has_tag("arm64.v8.1"));
  EXPECT_TRUE(context_for("linux", "386", {{"CGO_ENABLED", "1"}}).has_tag("cgo"));
  EXPECT_FALSE(context_for("windows", "amd64").has_tag("cgo"));
}

TEST(Pattern, MatchesLikeTheGoCommand) {
  auto match = [](const char* pattern, std::string_view name) {
    return Pattern(pattern).matches(name);
  };
  EXPECT_TRUE(match("net/...", "net"));
  EXPECT_TRUE(match("net/...", "net/http"));
  EXPECT_FALSE(match("net/...", "netchan"));
  EXPECT_TRUE(match("net...", "netchan"));
  EXPECT_TRUE(match(".../internal/...", "a/b/internal"));
  EXPECT_TRUE(match("a...c", "a/b/c"));
  EXPECT_FALSE(match("a...c", "a/b/cd"));
  EXPECT_TRUE(match("...", "x/vendor"));
  EXPECT_FALSE(match("...", "x/vendor/y"));
  EXPECT_FALSE(match("x/...", "x/vendor/y"));
  EXPECT_TRUE(match("x/vendor/...", "x/vendor/y"));
  EXPECT_TRUE(match("x/vendor/...", "x/vendor"));
  EXPECT_FALSE(match("x/vendor/...", "x/vendor/y/vendor/z"));
  EXPECT_TRUE(match("a/b", "a/b"));
  EXPECT_FALSE(match("a/b", "a/b/c"));
  EXPECT_TRUE(Pattern("a/b/...").can_match_below("a"));
  EXPECT_TRUE(Pattern("a/b/...").can_match_below("a/b/c"));
  EXPECT_FALSE(Pattern("a/b/...").can_match_below("a/c"));
  EXPECT_FALSE(Pattern(std::string(30, '.') + "x").matches(std::string(20000, 'y')));
}

TEST(Pattern, ChecksImportPaths) {
  for (const char* good : {"fmt", "example.com/a-b/c_d", "x/~y", "gopkg.in/yaml.v3", "a/.hidden"}) {
    EXPECT_TRUE(is_valid_import_path(good)) << good;
  }
  for (const char* bad :
       {"", "/abs", "a//b", "a/", "./a", "../a", "a/../b", "a b", "-x", "a\\b", "a/b.", "a:b"}) {
    EXPECT_FALSE(is_valid_import_path(bad)) << bad;
  }
}

}  // namespace
}  // namespace unpark::load
