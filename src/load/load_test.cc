#include "load/load.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/temp_dir.h"
#include "load/variants.h"

namespace unpark::load {
namespace {

// A small Go installation at /go and a module at /m.
class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    files.write("/go/VERSION", "go1.26.0\n");
    files.write("/go/src/runtime/runtime.go", "package runtime\n\nimport _ \"unsafe\"\n");
    files.write("/go/src/unsafe/unsafe.go", "package unsafe\n");
    files.write("/go/src/fmt/fmt.go", "package fmt\n\nimport _ \"golang.org/x/text\"\n");
    files.write("/go/src/vendor/golang.org/x/text/t.go", "package text\n");
    files.write("/m/go.mod", "module example.com/m\n\ngo 1.22\n");
    options.dir = "/m";
    options.patterns = {"./..."};
    options.goos = "linux";
    options.goarch = "amd64";
    options.environment =
        Environment{{"GOROOT", "/go"}, {"GOMODCACHE", "/cache"}, {"GOENV", "off"}};
  }

  Program run() {
    base::WorkerPool workers(2);
    base::Result<Program> program = load(options, files, workers, names);
    EXPECT_TRUE(program.ok());
    return std::move(*program);
  }

  static std::vector<std::string> paths(const Program& program, bool roots_only = true) {
    std::vector<std::string> out;
    for (const Package& p : program.packages) {
      if (p.is_root || !roots_only) out.push_back(p.import_path);
    }
    return out;
  }

  static std::string kinds(const Program& program) {
    std::string out;
    for (const Note& n : program.notes)
      out += (out.empty() ? "" : " ") + std::string(name_of(n.kind));
    return out;
  }

  source::MemoryFileSystem files;
  base::Interner names;
  LoadOptions options;
};

using Paths = std::vector<std::string>;

TEST_F(LoadTest, FindsPackagesFilesAndImports) {
  files.write("/m/a/a.go", "package a\n\nimport (\n\t\"fmt\"\n\tb \"example.com/m/b\"\n)\n");
  files.write("/m/a/a_windows.go", "package a\n");
  files.write("/m/a/a_test.go", "package a\n");
  files.write("/m/a/x_test.go", "package a_test\n\nimport _ \"example.com/m/a\"\n");
  files.write("/m/b/b.go", "package b\n");
  Program p = run();
  EXPECT_EQ(kinds(p), "");
  EXPECT_EQ(paths(p), (Paths{"example.com/m/a", "example.com/m/b"}));
  EXPECT_EQ(paths(p, false), (Paths{"example.com/m/a", "example.com/m/b", "fmt", "runtime",
                                    "unsafe", "vendor/golang.org/x/text"}));
  const Package& a = p[p.find("example.com/m/a")];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.dir, "/m/a");
  ASSERT_EQ(a.files.size(), 1u);
  EXPECT_EQ(p.files[a.files[0].file].path, "/m/a/a.go");
  EXPECT_TRUE(p.files[a.files[0].file].text().starts_with("package a\n"));
  EXPECT_EQ(a.ignored_files, Paths{"a_windows.go"});
  EXPECT_EQ(a.test_files.size(), 1u);
  EXPECT_EQ(a.xtest_files.size(), 1u);
  ASSERT_EQ(a.imports.size(), 2u);
  EXPECT_EQ(a.imports[0].path, "example.com/m/b");
  EXPECT_EQ(p[a.imports[1].package].import_path, "fmt");
  EXPECT_EQ(p[a.module].path, "example.com/m");
  EXPECT_EQ(a.lang, (LangVersion{1, 22}));
  const Package& text = p[p.find("vendor/golang.org/x/text")];
  EXPECT_TRUE(text.is_std);
  EXPECT_FALSE(text.module.exists());
  EXPECT_EQ(text.lang, (LangVersion{1, 26}));
  EXPECT_FALSE(p.find("absent").exists());

  std::vector<uint32_t> place(p.packages.size());
  ASSERT_EQ(p.import_order.size(), p.packages.size());
  for (uint32_t i = 0; i < p.import_order.size(); i++) place[p.import_order[i].raw] = i;
  for (uint32_t i = 0; i < p.packages.size(); i++) {
    for (const Import& import : p.packages[i].imports) {
      EXPECT_LT(place[import.package.raw], place[i]) << p.packages[i].import_path;
    }
  }
}

TEST_F(LoadTest, EachFileHasItsLanguage) {
  files.write("/m/a/plain.go", "package a\n");
  files.write("/m/a/newer.go", "//go:build go1.24\n\npackage a\n");
  files.write("/m/a/older.go", "//go:build go1.21\n\npackage a\n");
  files.write("/m/a/oldest.go", "//go:build linux && go1.5\n\npackage a\n");
  files.write("/m/a/no.go", "//go:build !go1.99\n\npackage a\n");
  Program p = run();
  std::string langs;
  for (const GoFile& f : p[p.find("example.com/m/a")].files) {
    langs += f.name + " " + to_string(f.lang) + "\n";
  }
  EXPECT_EQ(langs, "newer.go 1.24\nno.go 1.22\nolder.go 1.21\noldest.go 1.21\nplain.go 1.22\n");
}

TEST_F(LoadTest, CgoFilesStayOrGo) {
  files.write("/go/src/runtime/cgo/cgo.go", "package cgo\n");
  files.write("/go/src/syscall/s.go", "package syscall\n");
  files.write("/m/a/c.go", "package a\n\n/*\n*/\nimport \"C\"\n");
  files.write("/m/a/a.go", "package a\n");
  options.cgo = true;
  Program with = run();
  const Package& a = with[with.find("example.com/m/a")];
  ASSERT_EQ(a.files.size(), 2u);
  EXPECT_TRUE(a.files[1].cgo);
  ASSERT_EQ(a.imports.size(), 1u);
  EXPECT_EQ(a.imports[0].path, "C");
  EXPECT_FALSE(a.imports[0].package.exists());
  Paths implied;
  for (const Import& i : a.implied_imports) implied.push_back(i.path);
  EXPECT_EQ(implied, (Paths{"runtime/cgo", "syscall", "unsafe"}));
  options.cgo = false;
  Program without = run();
  EXPECT_EQ(without[without.find("example.com/m/a")].files.size(), 1u);
  EXPECT_EQ(without[without.find("example.com/m/a")].ignored_files, Paths{"c.go"});
}

TEST_F(LoadTest, MissingThingsAreNotesAndTheRunGoesOn) {
  files.write("/m/go.mod",
              "module example.com/m\n\ngo 1.22\n\nrequire (\n\texample.com/gone v1.0.0\n"
              "\texample.com/moved v1.0.0\n\texample.com/bad latest\n)\n\n"
              "replace example.com/moved => ../moved\n");
  files.write("/m/a.go",
              "package m\n\nimport (\n\t_ \"example.com/gone/x\"\n\t_ \"example.com/moved\"\n"
              "\t_ \"example.com/nowhere\"\n\t_ \"nostd\"\n\t_ \"fmt\"\n)\n");
  Program p = run();
  EXPECT_EQ(paths(p), Paths{"example.com/m"});
  const Package& m = p[p.find("example.com/m")];
  ASSERT_EQ(m.imports.size(), 5u);
  for (const Import& import : m.imports) {
    EXPECT_EQ(import.package.exists(), import.path == "fmt") << import.path;
  }
  auto has = [&](NoteKind kind, std::string_view words) {
    for (const Note& n : p.notes) {
      if (n.kind == kind && n.message.find(words) != n.message.npos && !n.hint.empty()) return true;
    }
    return false;
  };
  EXPECT_TRUE(has(NoteKind::kMissingModule, "example.com/gone@v1.0.0 is not in the module cache"));
  EXPECT_TRUE(has(NoteKind::kMissingDirectory, "replaced by ../moved"));
  EXPECT_TRUE(has(NoteKind::kMissingPackage, "example.com/nowhere (imported by example.com/m)"));
  EXPECT_TRUE(has(NoteKind::kMissingPackage, "nostd"));
  bool line = false;
  for (const Note& n : p.notes) {
    line = line || (n.kind == NoteKind::kModFile && n.path == "/m/go.mod" && n.line == 8);
  }
  EXPECT_TRUE(line);
}

TEST_F(LoadTest, BrokenFilesAreNotes) {
  files.write("/m/a/a.go", "package a\n");
  files.write("/m/a/b.go", "package b\n");
  files.write("/m/a/c.go", "//go:build a &&\n\npackage a\n");
  files.write("/m/a/d.go", "package a\nimport fmt\n");
  files.write("/m/a/e.go", "");
  files.write("/m/a/f_test.go", "package a\n\nimport \"C\"\n");
  Program p = run();
  const Package& a = p[p.find("example.com/m/a")];
  EXPECT_EQ(a.name, "a");
  Paths kept;
  for (const GoFile& f : a.files) kept.push_back(f.name);
  EXPECT_EQ(kept, (Paths{"a.go", "d.go"}));
  EXPECT_EQ(a.test_files.size(), 1u);
  EXPECT_EQ(kinds(p), "mixed-packages file file file file");
  EXPECT_EQ(p.notes[2].path, "/m/a/d.go");
  EXPECT_EQ(p.notes[2].line, 2u);
}

TEST_F(LoadTest, CutsImportCircles) {
  files.write("/m/a/a.go", "package a\n\nimport _ \"example.com/m/b\"\n");
  files.write("/m/b/b.go", "package b\n\nimport _ \"example.com/m/c\"\n");
  files.write("/m/c/c.go", "package c\n\nimport _ \"example.com/m/a\"\n");
  files.write("/m/d/d.go", "package d\n\nimport _ \"example.com/m/d\"\n");
  files.write("/m/e/e.go", "package e\n");
  files.write("/m/e/e_test.go", "package e\n\nimport _ \"example.com/m/f\"\n");
  files.write("/m/f/f.go", "package f\n\nimport _ \"example.com/m/e\"\n");
  Program p = run();
  EXPECT_EQ(kinds(p), "import-cycle import-cycle import-cycle");
  EXPECT_EQ(p.notes[0].message,
            "import cycle: example.com/m/a imports example.com/m/b imports example.com/m/c "
            "imports example.com/m/a");
  EXPECT_EQ(p.notes[1].message, "import cycle: example.com/m/d imports example.com/m/d");
  EXPECT_FALSE(p[p.find("example.com/m/c")].imports[0].package.exists());
  EXPECT_TRUE(p[p.find("example.com/m/a")].imports[0].package.exists());
  EXPECT_FALSE(p[p.find("example.com/m/e")].test_imports[0].package.exists());
  EXPECT_EQ(p.import_order.size(), p.packages.size());
  EXPECT_FALSE(list_variants(p).empty());
}

TEST_F(LoadTest, PatternsThatMatchNothingAreNotes) {
  files.write("/m/a.go", "package m\n");
  files.write("/m/empty/x.txt", "");
  files.write("/m/other/o.go", "//go:build never\n\npackage other\n");
  options.patterns = {".",
                      "./absent",
                      "./empty",
                      "./empty/...",
                      "./other",
                      "example.com/no",
                      "example.com/no/...",
                      "std/x"};
  Program p = run();
  EXPECT_EQ(paths(p), (Paths{"example.com/m", "example.com/m/other"}));
  EXPECT_EQ(kinds(p),
            "missing-package missing-package no-match no-match no-match no-match no-go-files "
            "no-go-files");
}

TEST_F(LoadTest, NamedTwiceIsNoUnmatchedPattern) {
  files.write("/m/a.go", "package m\n");
  options.patterns = {".", "./...", "example.com/m", "/m"};
  Program p = run();
  EXPECT_EQ(kinds(p), "");
  EXPECT_EQ(p.roots.size(), 1u);
}

TEST_F(LoadTest, WithoutGoOneNoteSaysSo) {
  files.write("/m/a.go", "package m\n\nimport (\n\t_ \"fmt\"\n\t_ \"os\"\n)\n");
  options.environment = Environment{{"GOENV", "off"}, {"GOROOT", "/absent"}};
  Program p = run();
  ASSERT_EQ(kinds(p), "no-goroot");
  EXPECT_NE(p.notes[0].message.find("/absent"), std::string::npos);
  EXPECT_EQ(paths(p), Paths{"example.com/m"});
  EXPECT_EQ(p.context.release_tags.back(), "go1.27");
}

TEST_F(LoadTest, TakesTheToolchainThatGoModAsksFor) {
  files.write("/m/go.mod", "module example.com/m\n\ngo 1.28.1\n");
  files.write("/m/a.go", "package m\n");
  Program old = run();
  EXPECT_EQ(kinds(old), "newer-go");
  EXPECT_EQ(old.notes[0].path, "/m/go.mod");
  EXPECT_EQ(old.packages[0].lang, (LangVersion{1, 28}));
  EXPECT_EQ(old.context.go_version, "1.26.0");

  std::string root = "/cache/golang.org/toolchain@v0.0.1-go1.28.1." + std::string(host_goos()) +
                     "-" + std::string(host_goarch());
  files.write(root + "/VERSION", "go1.28.1\n");
  files.write(root + "/src/runtime/r.go", "package runtime\n");
  Program fresh = run();
  EXPECT_EQ(kinds(fresh), "");
  EXPECT_EQ(fresh.context.goroot, root);
  (*options.environment)["GOTOOLCHAIN"] = "local";
  EXPECT_EQ(kinds(run()), "newer-go");
  (*options.environment)["GOTOOLCHAIN"] = "go1.28.1";
  EXPECT_EQ(run().context.goroot, root);
}

TEST_F(LoadTest, WorkspaceFilesWithFaultsAreUsedAsFarAsTheyGo) {
  files.write("/w/go.work", "go 1.22\n\nuse (\n\t./a\n\t./gone\n\t./a\n)\nunknown\n");
  files.write("/w/a/go.mod", "module example.com/a\n\ngo 1.22\n");
  files.write("/w/a/a.go", "package a\n");
  options.dir = "/w/a";
  Program p = run();
  EXPECT_EQ(paths(p), Paths{"example.com/a"});
  EXPECT_EQ(kinds(p), "missing-directory mod-file mod-file");
  EXPECT_EQ(p.notes[0].line, 5u);
}

TEST_F(LoadTest, VendorThatContradictsGoModIsUsedWithNotes) {
  files.write("/m/go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/v v1.1.0\n");
  files.write("/m/a.go",
              "package m\n\nimport (\n\t_ \"example.com/v\"\n\t_ \"example.com/u\"\n)\n");
  files.write("/m/vendor/modules.txt", "# example.com/v v1.0.0\n## explicit\nexample.com/v\n");
  files.write("/m/vendor/example.com/v/v.go", "package v\n");
  files.write("/m/vendor/example.com/u/u.go", "package u\n");
  Program p = run();
  EXPECT_EQ(kinds(p), "vendor vendor vendor");
  EXPECT_EQ(paths(p, false), (Paths{"example.com/m", "example.com/v"}));
  const Package& v = p[p.find("example.com/v")];
  EXPECT_EQ(p[v.module].version, "v1.0.0");
  EXPECT_EQ(v.lang, kDefaultLang);
}

TEST_F(LoadTest, ADirectoryAboveModulesLoadsEachOnItsOwn) {
  files.write("/top/one/go.mod",
              "module example.com/one\n\ngo 1.20\n\nrequire example.com/dep v1.0.0\n");
  files.write("/top/one/o.go", "package one\n\nimport _ \"example.com/dep\"\n");
  files.write("/top/two/go.mod",
              "module example.com/two\n\ngo 1.24\n\nrequire example.com/dep v1.1.0\n");
  files.write("/top/two/t.go",
              "package two\n\nimport (\n\t_ \"example.com/dep\"\n\t_ \"fmt\"\n)\n");
  files.write("/top/two/nested/go.mod", "module example.com/nested\n");
  files.write("/top/two/nested/n.go", "package nested\n");
  for (std::string v : {"v1.0.0", "v1.1.0"}) {
    files.write("/cache/example.com/dep@" + v + "/d.go", "package dep // " + v + "\n");
    files.write("/cache/cache/download/example.com/dep/@v/" + v + ".mod",
                "module example.com/dep\n");
  }
  options.dir = "/top";
  Program p = run();
  EXPECT_EQ(kinds(p), "");
  EXPECT_EQ(paths(p), (Paths{"example.com/nested", "example.com/one", "example.com/two"}));
  EXPECT_EQ(p[p.find("example.com/one")].lang, (LangVersion{1, 20}));
  EXPECT_EQ(p[p.find("example.com/two")].lang, (LangVersion{1, 24}));
  PackageId one = p[p.find("example.com/one")].imports[0].package;
  PackageId two = p[p.find("example.com/two")].imports[0].package;
  EXPECT_NE(one, two);
  EXPECT_EQ(p[p[one].module].version, "v1.0.0");
  EXPECT_EQ(p[p[two].module].version, "v1.1.0");

  // The same from elsewhere, by directory.
  options.dir = "/m";
  options.patterns = {"/top/two/...", "../top/one"};
  Program q = run();
  EXPECT_EQ(paths(q), (Paths{"example.com/one", "example.com/two"}));
  EXPECT_EQ(kinds(q), "");
}

TEST_F(LoadTest, AModuleThatGoWorkDoesNotUseIsLoadedOnItsOwn) {
  files.write("/w/go.work", "go 1.22\n\nuse ./a\n");
  files.write("/w/a/go.mod", "module example.com/a\n\ngo 1.22\n");
  files.write("/w/a/a.go", "package a\n");
  files.write("/w/b/go.mod", "module example.com/b\n\ngo 1.20\n");
  files.write("/w/b/b.go", "package b\n\nimport _ \"example.com/a\"\n");
  for (std::string dir : {"/w", "/m"}) {
    options.dir = dir;
    options.patterns = {"/w/..."};
    Program p = run();
    EXPECT_EQ(paths(p), (Paths{"example.com/a", "example.com/b"}));
    EXPECT_EQ(kinds(p), "missing-package no-module");
    EXPECT_EQ(p[p.find("example.com/b")].lang, (LangVersion{1, 20}));
  }
  options.dir = "/w/b";
  options.patterns = {"."};
  EXPECT_EQ(paths(run()), Paths{"example.com/b"});
}

TEST_F(LoadTest, GopathModeIsNotSupported) {
  files.write("/m/a.go", "package m\n");
  (*options.environment)["GO111MODULE"] = "off";
  Program p = run();
  EXPECT_EQ(kinds(p), "no-module");
  EXPECT_EQ(paths(p), Paths{"example.com/m"});
}

TEST_F(LoadTest, GoFilesWithoutAModuleAreLoadedWithANote) {
  files.write("/loose/x.go", "package x\n\nimport _ \"fmt\"\n");
  options.dir = "/loose";
  Program p = run();
  EXPECT_EQ(kinds(p), "no-module");
  ASSERT_EQ(p.roots.size(), 1u);
  EXPECT_TRUE(p[p.roots[0]].imports[0].package.exists());
}

TEST_F(LoadTest, NamedFilesMakeOnePackage) {
  files.write("/m/a.go", "package main\n\nimport _ \"example.com/m/b\"\n");
  files.write("/m/other_windows.go", "//go:build never\n\npackage main\n");
  files.write("/m/left_out.go", "package main\n");
  files.write("/m/b/b.go", "package b\n");
  options.patterns = {"a.go", "./other_windows.go", "b/b.go", "README"};
  Program p = run();
  EXPECT_EQ(paths(p), Paths{"command-line-arguments"});
  EXPECT_EQ(p[p.roots[0]].files.size(), 2u);
  EXPECT_TRUE(p[p.roots[0]].imports[0].package.exists());
  EXPECT_EQ(kinds(p), "no-match no-match");
}

// Everything but the ids of names, as text.
std::string describe(const Program& p) {
  std::string out;
  auto list = [&](const char* what, const std::vector<Import>& imports) {
    for (const Import& i : imports) {
      out += std::string(" ") + what + " " + i.path + "=" + std::to_string(i.package.raw);
    }
  };
  for (const Package& k : p.packages) {
    out += k.import_path + " " + k.name + " " + k.dir + " m" + std::to_string(k.module.raw);
    for (const std::vector<GoFile>* files : {&k.files, &k.test_files, &k.xtest_files}) {
      for (const GoFile& f : *files) {
        out += " " + f.name + "#" + std::to_string(f.file.raw) + p.files[f.file].path;
      }
    }
    list("imports", k.imports);
    list("test", k.test_imports);
    list("xtest", k.xtest_imports);
    list("implied", k.implied_imports);
    out += "\n";
  }
  for (const Module& m : p.modules) out += m.path + "@" + m.version + "\n";
  for (PackageId id : p.import_order) out += std::to_string(id.raw) + " ";
  for (const Note& n : p.notes) out += n.path + ": " + n.message + "\n";
  for (const Variant& v : list_variants(p)) out += v.name + "\n";
  return out;
}

TEST_F(LoadTest, AnyNumberOfWorkersGivesTheSame) {
  for (int i = 0; i < 60; i++) {
    std::string n = std::to_string(i);
    std::string dir = "/m/p" + n + "/";
    std::string import = "import (\n\t_ \"fmt\"\n\t_ \"example.com/m/p" + std::to_string(i / 2) +
                         "\"\n\t_ \"example.com/m/gone" + n + "\"\n)\n";
    files.write(dir + "a.go", "package p" + n + "\n\n" + (i > 0 ? import : ""));
    files.write(dir + "b.go", i % 7 ? "package p" + n + "\n" : "package other\n");
    files.write(dir + "x_test.go", "package p" + n + "_test\n\nimport _ \"example.com/m/p59\"\n");
  }
  base::WorkerPool one(1);
  base::Result<Program> first = load(options, files, one, names);
  ASSERT_TRUE(first.ok());
  std::string want = describe(*first);
  EXPECT_GT(want.size(), 10000u);
  for (uint64_t seed = 0; seed < 4; seed++) {
    base::WorkerPool many(4, seed);
    base::Interner other;
    base::Result<Program> again = load(options, files, many, other);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(describe(*again), want);
  }
}

TEST(LoadFiles, LinksThatLeadInCirclesAndUnreadableFilesAreNoTrouble) {
  unpark::testing::TempDir dir;
  dir.write("go.mod", "module example.com/m\n\ngo 1.22\n");
  dir.write("a/a.go", "package a\n");
  ASSERT_EQ(::symlink("..", dir.file("a/loop").c_str()), 0);
  ASSERT_EQ(::symlink("loop2", dir.file("loop2").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere.go", dir.file("a/dangling.go").c_str()), 0);
  ASSERT_EQ(::mkfifo(dir.file("a/pipe.go").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("a.go", dir.file("a/link.go").c_str()), 0);
  source::RealFileSystem files;
  base::WorkerPool workers(2);
  base::Interner names;
  LoadOptions options;
  options.dir = dir.path();
  options.patterns = {"./..."};
  options.environment = Environment{{"GOENV", "off"}};
  base::Result<Program> p = load(options, files, workers, names);
  ASSERT_TRUE(p.ok());
  ASSERT_EQ(p->roots.size(), 1u);
  EXPECT_EQ((*p)[p->roots[0]].files.size(), 2u);  // a.go and link.go
  std::vector<std::string> bad;
  for (const Note& n : p->notes) {
    if (n.kind == NoteKind::kFile) bad.push_back(n.path);
  }
  EXPECT_EQ(bad, (std::vector<std::string>{dir.file("a/dangling.go"), dir.file("a/pipe.go")}));
}

}  // namespace
}  // namespace unpark::load
