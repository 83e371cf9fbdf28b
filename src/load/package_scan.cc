#include "load/package_scan.h"

#include <algorithm>

#include "source/line_table.h"
#include "syntax/parser.h"

namespace unpark::load {

using base::DirEntry;
using base::FileKind;

namespace {

// The text of an import path between its quotes. Paths with escapes are not valid anyway.
std::string_view unquote(std::string_view literal) {
  if (literal.size() < 2) return {};
  return literal.substr(1, literal.size() - 2);
}

// A package clause in a file that is only documentation.
constexpr std::string_view kDocumentation = "documentation";

class Scanner {
 public:
  Scanner(const std::string& dir, DirCache& dirs, const BuildContext& context,
          base::Interner& names, const ScanOptions& options)
      : dir_(dir), dirs_(dirs), context_(context), names_(names), options_(options) {}

  ScannedPackage scan() {
    const Listing& listing = dirs_.list(dir_);
    if (!listing.error.empty()) {
      note(NoteKind::kDirectory, listing.error, "make it readable", dir_, 0);
    }
    for (const DirEntry& entry : listing.entries) {
      if (!entry.name.ends_with(".go") || entry.kind == FileKind::kDirectory) continue;
      if (options_.only) {
        const std::vector<std::string>& only = *options_.only;
        if (std::find(only.begin(), only.end(), entry.name) != only.end()) take(entry.name);
        continue;
      }
      if (entry.name[0] == '_' || entry.name[0] == '.') continue;
      if (!context_.matches_name(entry.name)) {
        out_.ignored.push_back(entry.name);
        continue;
      }
      if (!options_.tests && entry.name.ends_with("_test.go")) {
        skipped_tests_.push_back(entry.name);
        continue;
      }
      take(entry.name);
    }
    if (out_.files.empty()) read_name_from_tests();
    return std::move(out_);
  }

 private:
  void note(NoteKind kind, std::string message, std::string hint, std::string path, uint32_t line) {
    out_.notes.push_back({kind, std::move(message), std::move(hint), std::move(path), line});
  }

  // A package may consist of tests alone: it exists, and they know its name.
  void read_name_from_tests() {
    for (const std::string& name : skipped_tests_) take(name);
    if (options_.tests || options_.only) return;
    out_.only_tests = !out_.test_files.empty() || !out_.xtest_files.empty();
    out_.test_files.clear();
    out_.xtest_files.clear();
  }

  void take(const std::string& name) {
    std::string path = dir_ + "/" + name;
    base::Result<source::FileBytes> bytes = dirs_.files().read(path);
    if (!bytes) {
      note(NoteKind::kFile, bytes.error().message, "the file is left out", path, 0);
      return;
    }
    std::string_view text = bytes->bytes();
    if (text.size() >= (size_t{1} << 30)) {
      note(NoteKind::kFile, "the file is larger than 1 GiB", "the file is left out", path, 0);
      return;
    }
    FileConstraints constraints = read_constraints(text);
    if (!constraints.error.empty()) {
      note(NoteKind::kFile, constraints.error, "the file is left out", path, 0);
      return;
    }
    if (!options_.only && !context_.matches(constraints)) {
      out_.ignored.push_back(name);
      return;
    }
    FileHeader header = read_header(text, names_);
    if (!header.error.empty()) {
      note(NoteKind::kFile, header.error, "what can be read of the file is used", path,
           source::LineTable(text).position(header.error_offset).line);
    }
    if (header.package_name.empty()) return;
    if (header.package_name == kDocumentation) {
      out_.ignored.push_back(name);
      return;
    }
    ScannedFile file;
    file.name = name;
    file.bytes = std::move(*bytes);
    file.imports = std::move(header.imports);
    file.min_go_minor = constraints.min_go_minor;
    place(std::move(file), std::move(header.package_name), path);
  }

  void place(ScannedFile file, std::string package, const std::string& path) {
    bool is_test = file.name.ends_with("_test.go");
    bool is_xtest = false;
    if (is_test && package.ends_with("_test") && package != out_.name) {
      is_xtest = true;
      package.resize(package.size() - 5);
    }
    if (out_.name.empty()) {
      out_.name = package;
    } else if (package != out_.name) {
      note(NoteKind::kMixedPackages,
           "this file is of package " + package + ", the others in its directory are of package " +
               out_.name,
           "the file is left out; move it, or give it a build constraint", path, 0);
      return;
    }
    auto c = std::find(file.imports.begin(), file.imports.end(), "C");
    if (c != file.imports.end()) {
      if (is_test) {
        note(NoteKind::kFile, "cgo cannot be used in a test file", "", path, 0);
        file.imports.erase(c);
      } else if (!context_.cgo) {
        out_.ignored.push_back(std::move(file.name));
        return;
      } else {
        file.cgo = true;
      }
    }
    (is_xtest  ? out_.xtest_files
     : is_test ? out_.test_files
               : out_.files)
        .push_back(std::move(file));
  }

  const std::string& dir_;
  DirCache& dirs_;
  const BuildContext& context_;
  base::Interner& names_;
  const ScanOptions& options_;
  std::vector<std::string> skipped_tests_;
  ScannedPackage out_;
};

}  // namespace

FileHeader read_header(std::string_view text, base::Interner& names) {
  FileHeader out;
  syntax::ParseOptions options;
  options.imports_only = true;
  options.keep_comments = false;
  syntax::Tree tree = syntax::parse(text, names, options);
  if (!tree.errors.empty()) {
    out.error = tree.errors[0].message;
    out.error_offset = tree.errors[0].span.begin;
  }
  if (tree.package_name.exists()) {
    out.package_name = names.text(tree[tree.package_name].name);
  } else if (out.error.empty()) {
    out.error = "there is no package clause";
  }
  for (syntax::Ref<syntax::ImportSpec> ref : tree.imports) {
    const syntax::ImportSpec& spec = tree[ref];
    if (!spec.path.exists()) continue;
    std::string_view path = unquote(tree.text(tree.span(spec.path)));
    if (path.empty() || path.find_first_of("\\ \t\n\"`") != path.npos) {
      if (out.error.empty()) {
        out.error = "invalid import path";
        out.error_offset = tree.span(spec.path).begin;
      }
      continue;
    }
    out.imports.push_back(path);
  }
  return out;
}

ScannedPackage scan_package(const std::string& dir, DirCache& dirs, const BuildContext& context,
                            base::Interner& names, const ScanOptions& options) {
  return Scanner(dir, dirs, context, names, options).scan();
}

}  // namespace unpark::load
