#include "oracle/load/go_list.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "harness/temp_dir.h"
#include "load/variants.h"

namespace unpark::oracle {

using load::Variant;
using load::VariantKind;

namespace {

std::string quote(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// Runs `go arguments` and gives its exit status.
int run(const Query& query, const std::vector<std::string>& arguments, std::string& out,
        std::string& err) {
  testing::TempDir temp;
  std::string command = "cd " + quote(query.dir) + " && env -i";
  for (const auto& [key, value] : query.environment) command += " " + quote(key + "=" + value);
  command += " " + quote(go_command());
  for (const std::string& argument : arguments) command += " " + quote(argument);
  command += " > " + temp.file("out") + " 2> " + temp.file("err");
  int status = std::system(command.c_str());
  out = slurp(temp.file("out"));
  err = slurp(temp.file("err"));
  return status;
}

std::string show(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& item : list) out += (out.empty() ? "" : " ") + item;
  return "[" + out + "]";
}

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

std::vector<std::string> file_names(const std::vector<load::GoFile>& files, bool cgo) {
  std::vector<std::string> out;
  for (const load::GoFile& file : files) {
    if (file.cgo == cgo) out.push_back(file.name);
  }
  return out;
}

std::vector<std::string> without_tests(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& n) { return n.ends_with("_test.go"); });
  return names;
}

// What our program says about a variant, in go list's terms.
Listed describe(const load::Program& program, const Variant& v) {
  const load::Package& p = program[v.package];
  Listed out;
  out.name = p.name;
  out.dir = p.dir;
  out.standard = p.is_std;
  out.root = p.is_root;
  if (v.kind != VariantKind::kPlain && v.kind != VariantKind::kTestMain) {
    out.for_test = program[v.for_test].import_path;
  }
  if (p.module.exists()) {
    const load::Module& m = program[p.module];
    out.module_path = m.path;
    out.module_version = m.version;
    out.module_go = m.go_version;
    if (!m.replaced_by.path.empty()) {
      out.replace_path = m.replaced_by.path;
      out.replace_version = m.replaced_by.version;
    }
  }
  if (v.kind == VariantKind::kTestMain) {
    out.name = "main";
    out.standard = false;
  } else if (v.kind == VariantKind::kXTest) {
    out.name += "_test";
    out.standard = false;
    out.go_files = file_names(p.xtest_files, false);
  } else {
    out.go_files = file_names(p.files, false);
    out.cgo_files = file_names(p.files, true);
    if (v.kind == VariantKind::kTest) {
      for (const load::GoFile& file : p.test_files) out.go_files.push_back(file.name);
    }
    if (v.kind == VariantKind::kPlain) {
      out.test_files = file_names(p.test_files, false);
      out.xtest_files = file_names(p.xtest_files, false);
      out.ignored = p.ignored_files;
    }
  }
  for (const load::VariantImport& import : v.imports) {
    out.imports.push_back(import.name);
    if (import.name != import.path) out.import_map[import.path] = import.name;
  }
  return out;
}

}  // namespace

std::string go_command() {
  std::string path = base::env_var("PATH").value_or("");
  std::stringstream dirs(path);
  for (std::string dir; std::getline(dirs, dir, ':');) {
    if (::access((dir + "/go").c_str(), X_OK) == 0) return dir + "/go";
  }
  return {};
}

load::Environment base_environment() {
  load::Environment out;
  for (const char* name : {"HOME", "PATH", "GOROOT", "GOCACHE"}) {
    if (std::optional<std::string> value = base::env_var(name)) out[name] = *value;
  }
  out["GOENV"] = "off";
  out["GOPROXY"] = "off";
  out["GOSUMDB"] = "off";
  out["GOTOOLCHAIN"] = "local";
  out["GOTELEMETRY"] = "off";
  return out;
}

std::optional<std::string> run_go(const Query& query, const std::vector<std::string>& arguments) {
  std::string out, err;
  if (run(query, arguments, out, err) == 0) return std::nullopt;
  return out + err;
}

std::map<std::string, Listed> go_list(const Query& query, std::string& failure) {
  std::vector<std::string> arguments = {
      "list", "-e", "-deps", "-pgo=off",
      "-json=ImportPath,Name,Dir,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles,Imports,"
      "ImportMap,ForTest,Standard,Module,DepOnly,Error"};
  if (query.tests) arguments.emplace_back("-test");
  arguments.insert(arguments.end(), query.patterns.begin(), query.patterns.end());
  std::string text, err;
  if (run(query, arguments, text, err) != 0) {
    failure = "go list failed: " + err;
    return {};
  }
  std::map<std::string, Listed> out;
  std::stringstream in(text);
  while (in >> std::ws && !in.eof()) {
    nlohmann::json j;
    in >> j;
    auto words = [&](const char* key) {
      return j.contains(key) ? j[key].get<std::vector<std::string>>() : std::vector<std::string>();
    };
    Listed p;
    p.name = j.value("Name", "");
    p.dir = j.value("Dir", "");
    p.for_test = j.value("ForTest", "");
    p.standard = j.value("Standard", false);
    p.root = !j.value("DepOnly", false);
    if (j.contains("Error")) p.error = j["Error"].value("Err", "");
    if (j.contains("Module")) {
      const nlohmann::json& m = j["Module"];
      p.module_path = m.value("Path", "");
      p.module_version = m.value("Version", "");
      p.module_go = m.value("GoVersion", "");
      if (m.contains("Replace")) {
        p.replace_path = m["Replace"].value("Path", "");
        p.replace_version = m["Replace"].value("Version", "");
      }
    }
    p.go_files = words("GoFiles");
    p.cgo_files = words("CgoFiles");
    p.test_files = words("TestGoFiles");
    p.xtest_files = words("XTestGoFiles");
    p.ignored = words("IgnoredGoFiles");
    p.imports = words("Imports");
    if (j.contains("ImportMap")) {
      p.import_map = j["ImportMap"].get<std::map<std::string, std::string>>();
    }
    out.emplace(j.value("ImportPath", ""), std::move(p));
  }
  return out;
}

Comparison compare(const Query& query) {
  Comparison result;
  auto differ = [&](const std::string& what) { result.differences.push_back(what); };
  std::string failure;
  std::map<std::string, Listed> theirs = go_list(query, failure);
  if (!failure.empty()) {
    differ(failure);
    return result;
  }
  load::LoadOptions options;
  options.dir = query.dir;
  options.patterns = query.patterns;
  options.tests = query.tests;
  options.environment = query.environment;
  source::RealFileSystem files;
  base::WorkerPool workers;
  base::Interner names;
  base::Result<load::Program> program = load::load(options, files, workers, names);
  if (!program) {
    differ("load failed: " + program.error().message);
    return result;
  }
  result.notes = program->notes;
  std::set<std::string> seen;
  for (const Variant& v : load::list_variants(*program)) {
    seen.insert(v.name);
    auto found = theirs.find(v.name);
    if (found == theirs.end()) {
      differ(v.name + ": go list does not have it");
      continue;
    }
    result.packages++;
    const Listed& want = found->second;
    Listed have = describe(*program, v);
    auto check = [&](const char* field, const std::string& a, const std::string& b) {
      if (a != b) differ(v.name + ": " + field + " is " + a + ", go list says " + b);
    };
    auto check_list = [&](const char* field, const std::vector<std::string>& a,
                          const std::vector<std::string>& b) {
      if (a != b) differ(v.name + ": " + field + " is " + show(a) + ", go list says " + show(b));
    };
    check("Name", have.name, want.name);
    check("Dir", have.dir, want.dir);
    check("ForTest", have.for_test, want.for_test);
    check("Module.Path", have.module_path.value_or("none"), want.module_path.value_or("none"));
    check("Module.Version", have.module_version.value_or("none"),
          want.module_version.value_or("none"));
    check("Module.GoVersion", have.module_go.value_or("none"), want.module_go.value_or("none"));
    check("Module.Replace.Path", have.replace_path.value_or("none"),
          want.replace_path.value_or("none"));
    check("Module.Replace.Version", have.replace_version.value_or("none"),
          want.replace_version.value_or("none"));
    if (v.kind == VariantKind::kPlain || v.kind == VariantKind::kTest ||
        v.kind == VariantKind::kRecompiled) {
      check("Standard", have.standard ? "true" : "false", want.standard ? "true" : "false");
    }
    check_list("Imports", sorted(have.imports), sorted(want.imports));
    std::vector<std::string> have_map, want_map;
    for (const auto& [from, to] : have.import_map) have_map.push_back(from + " => " + to);
    for (const auto& [from, to] : want.import_map) want_map.push_back(from + " => " + to);
    check_list("ImportMap", have_map, want_map);
    if (v.kind == VariantKind::kTestMain) continue;
    check_list("GoFiles", have.go_files, want.go_files);
    check_list("CgoFiles", have.cgo_files, want.cgo_files);
    if (v.kind != VariantKind::kPlain) continue;
    check("root", have.root ? "true" : "false", want.root ? "true" : "false");
    if (have.root && query.tests) {
      check_list("TestGoFiles", have.test_files, want.test_files);
      check_list("XTestGoFiles", have.xtest_files, want.xtest_files);
      check_list("IgnoredGoFiles", have.ignored, want.ignored);
    } else {
      check_list("IgnoredGoFiles", without_tests(have.ignored), without_tests(want.ignored));
    }
  }
  for (const auto& [name, listed] : theirs) {
    if (seen.contains(name)) continue;
    // Missing packages and unmatched patterns are entries with nothing but an error; ours are
    // notes.
    if (!listed.error.empty() && listed.dir.empty()) continue;
    differ(name + ": only go list has it" +
           (listed.error.empty() ? "" : " (" + listed.error + ")"));
  }
  return result;
}

}  // namespace unpark::oracle
