#include "load/mod_file.h"

#include <gtest/gtest.h>

#include "load/vendor_list.h"

namespace unpark::load {
namespace {

std::string errors_of(const std::vector<ModError>& errors) {
  std::string out;
  for (const ModError& e : errors) out += std::to_string(e.line) + ": " + e.message + "\n";
  return out;
}

TEST(ModFile, ReadsEveryDirective) {
  ModFile file = parse_mod_file(R"(// Deprecated: no
module "example.com/m" // comment

go 1.25.1
toolchain go1.25.3

require example.com/a v1.0.0 // indirect
require (
	example.com/b v2.0.0+incompatible
	// a comment alone
	example.com/c/v3 v3.1.0-pre // indirect; why
	example.com/d v1.0.0 // indirectly
)
replace example.com/a => ../a
replace (
	example.com/b v2.0.0+incompatible => "example.com/fork" v1.2.3
)
exclude example.com/a v0.9.0
retract v0.1.0
retract [v0.2.0, v0.3.0] // bad
retract ( v0.4.0 )
godebug panicnil=1
tool example.com/m/cmd
ignore ./x
ignore (
)
)",
                                ModRole::kMain);
  EXPECT_EQ(errors_of(file.errors), "");
  EXPECT_EQ(file.module_path, "example.com/m");
  EXPECT_EQ(file.go_version, "1.25.1");
  EXPECT_EQ(file.toolchain, "go1.25.3");
  ASSERT_EQ(file.requires_.size(), 4u);
  EXPECT_TRUE(file.requires_[0].indirect);
  EXPECT_FALSE(file.requires_[1].indirect);
  EXPECT_TRUE(file.requires_[2].indirect);
  EXPECT_FALSE(file.requires_[3].indirect);
  EXPECT_EQ(file.requires_[2].module, (ModuleVersion{"example.com/c/v3", "v3.1.0-pre"}));
  EXPECT_EQ(file.requires_[2].line, 11u);
  ASSERT_EQ(file.replaces.size(), 2u);
  EXPECT_EQ(file.replaces[0].to, (ModuleVersion{"../a", ""}));
  EXPECT_EQ(file.replaces[1].from, (ModuleVersion{"example.com/b", "v2.0.0+incompatible"}));
  EXPECT_EQ(file.replaces[1].to, (ModuleVersion{"example.com/fork", "v1.2.3"}));
  EXPECT_EQ(file.excludes, (std::vector<ModuleVersion>{{"example.com/a", "v0.9.0"}}));
  EXPECT_EQ(file.tools, std::vector<std::string>{"example.com/m/cmd"});
  EXPECT_EQ(file.ignores, std::vector<std::string>{"./x"});
  ASSERT_EQ(file.godebug.size(), 1u);
  EXPECT_EQ(file.godebug[0].value, "1");
}

TEST(ModFile, SaysWhichLineIsWrongAndReadsTheRest) {
  ModFile file = parse_mod_file(R"(module example.com/m
module again
go next
require example.com/a
require example.com/a latest
replace example.com/a ./a
replace example.com/a => b
frobnicate x
/* old */ go 1.20
require "example.com/\q" v1.0.0
require "unended
require example.com/good v1.0.0
exclude (
	example.com/x v1
)",
                                ModRole::kMain);
  EXPECT_EQ(errors_of(file.errors),
            "2: repeated module line\n"
            "3: invalid go version \"next\": it must look like 1.23\n"
            "4: a require line needs a module path and a version\n"
            "5: invalid version \"latest\" of example.com/a: it must look like v1.2.3\n"
            "6: a replace line looks like: replace module [version] => module version, or => "
            "./directory\n"
            "7: a replacement module without a version must be a directory path (starting with "
            "./ or ../ or /)\n"
            "8: unknown directive \"frobnicate\"\n"
            "9: only // comments are allowed, not /* */\n"
            "10: unknown escape in a quoted string\n"
            "11: a quoted string does not end on its line\n"
            "13: the block that starts here has no \")\"\n"
            "14: invalid version \"v1\" of example.com/x: it must look like v1.2.3\n");
  EXPECT_EQ(file.module_path, "example.com/m");
  ASSERT_EQ(file.requires_.size(), 1u);
  EXPECT_EQ(file.requires_[0].module.path, "example.com/good");
}

TEST(ModFile, DependenciesAreReadLeniently) {
  ModFile file = parse_mod_file(
      "module example.com/d\ngo v1.13.2-dev\nfuture thing (\n\tx\n)\nreplace a => ./a\n"
      "require example.com/e v1.0.0\nexclude example.com/e v1.0.0\n",
      ModRole::kDependency);
  EXPECT_EQ(file.go_version, "1.13");
  EXPECT_TRUE(file.replaces.empty());
  EXPECT_TRUE(file.excludes.empty());
  EXPECT_EQ(file.requires_.size(), 1u);
}

TEST(WorkFile, ReadsUseAndReplace) {
  WorkFile file = parse_work_file(
      "go 1.23\n\nuse ./a\nuse (\n\t\"./b c\"\n\t../d // outside\n)\nreplace example.com/x "
      "v1.0.0 => ./x\nuse\nrequire example.com/x v1.0.0\n");
  ASSERT_EQ(file.uses.size(), 3u);
  EXPECT_EQ(file.uses[1].dir, "./b c");
  EXPECT_EQ(file.uses[2].line, 6u);
  EXPECT_EQ(file.replaces.size(), 1u);
  EXPECT_EQ(errors_of(file.errors),
            "9: a use line needs exactly one directory\n10: unknown directive \"require\"\n");
}

TEST(VendorList, ReadsModulesPackagesAndReplacements) {
  VendorList list = parse_vendor_list(R"(## workspace
# example.com/a v1.2.0
## explicit; go 1.18
example.com/a
example.com/a/sub
# example.com/b v1.0.0 => ../b
example.com/b
# example.com/c => example.com/fork v1.5.0
# broken
stray line here
)");
  EXPECT_TRUE(list.for_workspace);
  EXPECT_EQ(list.package_module.at("example.com/a/sub"),
            (ModuleVersion{"example.com/a", "v1.2.0"}));
  EXPECT_TRUE(list.about.at({"example.com/a", "v1.2.0"}).explicit_);
  EXPECT_EQ(list.about.at({"example.com/a", "v1.2.0"}).go_version, "1.18");
  EXPECT_EQ(list.about.at({"example.com/b", "v1.0.0"}).replaced_by, (ModuleVersion{"../b", ""}));
  EXPECT_EQ(list.about.at({"example.com/c", ""}).replaced_by,
            (ModuleVersion{"example.com/fork", "v1.5.0"}));
  EXPECT_EQ(list.modules.size(), 2u);
}

TEST(VendorList, FindsWhatContradictsGoMod) {
  VendorList list = parse_vendor_list(
      "# example.com/a v1.2.0\n## explicit\nexample.com/a\n# example.com/r v1.0.0 => ./r\n");
  ModFile mod = parse_mod_file(
      "module m\nrequire example.com/a v1.3.0\nreplace example.com/q => ./q\n", ModRole::kMain);
  auto replaced = [](const ModuleVersion& m) {
    return m.path == "example.com/q" ? ModuleVersion{"./q", ""} : ModuleVersion{};
  };
  EXPECT_EQ(vendor_conflicts(list, {&mod}, mod.replaces, replaced, false),
            (std::vector<std::string>{
                "example.com/a@v1.3.0 is required in go.mod, but not marked as explicit",
                "example.com/q is replaced, but not marked as replaced",
                "example.com/a@v1.2.0 is marked as explicit, but not required in go.mod",
                "example.com/r@v1.0.0 is marked as replaced, but not replaced in go.mod"}));
  EXPECT_EQ(vendor_conflicts(list, {&mod}, {}, replaced, true).front(),
            "example.com/a@v1.3.0 is required in go.mod, but v1.2.0 is vendored");
}

}  // namespace
}  // namespace unpark::load
