// A test of p replaces p by p with its test files. Whatever lies between the test and p must then
// be compiled again on top of the replacement: the packages that the test reaches and that reach p.
// There is no replacement, and nothing to compile again, when p has no tests inside it and is no
// program.
//
// Cost: for each tested package one walk over all it reaches and one over all that reach it.
#include "load/variants.h"

#include <algorithm>
#include <tuple>

namespace unpark::load {

namespace {

class VariantLister {
 public:
  explicit VariantLister(const Program& program)
      : program_(program), plain_(program.packages.size()), importers_(program.packages.size()) {
    for (uint32_t i = 0; i < program.packages.size(); i++) {
      for_each_import(i, [&](uint32_t target) { importers_[target].push_back(i); });
    }
  }

  std::vector<Variant> list() {
    for (PackageId root : program_.roots) {
      use_plain(root.raw);
      const Package& p = program_[root];
      if (!p.test_files.empty() || !p.xtest_files.empty()) list_tests(root);
    }
    replaced_.clear();
    for (uint32_t i = 0; i < program_.packages.size(); i++) {
      if (!plain_[i]) continue;
      const Package& p = program_.packages[i];
      out_.push_back({p.import_path, VariantKind::kPlain, PackageId{i}, {}, names(p.imports)});
    }
    std::sort(out_.begin(), out_.end(), [](const Variant& a, const Variant& b) {
      return std::tie(a.name, a.package, a.for_test) < std::tie(b.name, b.package, b.for_test);
    });
    return std::move(out_);
  }

 private:
  template <typename Visit>
  void for_each_import(uint32_t package, const Visit& visit) const {
    const Package& p = program_.packages[package];
    for (const std::vector<Import>* list : {&p.imports, &p.implied_imports}) {
      for (const Import& import : *list) {
        if (import.package.exists()) visit(import.package.raw);
      }
    }
  }

  // The packages that stand for others in the test at hand have a suffix.
  std::vector<VariantImport> names(const std::vector<Import>& imports) const {
    std::vector<VariantImport> out;
    for (const Import& import : imports) {
      std::string name = import.path;
      if (import.package.exists()) {
        name = program_[import.package].import_path;
        if (!replaced_.empty() && replaced_[import.package.raw]) name += suffix_;
      }
      out.push_back({import.path, std::move(name)});
    }
    return out;
  }

  static std::vector<Import> join(std::vector<Import> a, const std::vector<Import>& b) {
    a.insert(a.end(), b.begin(), b.end());
    std::sort(a.begin(), a.end(), [](const Import& x, const Import& y) { return x.path < y.path; });
    a.erase(std::unique(a.begin(), a.end(),
                        [](const Import& x, const Import& y) { return x.path == y.path; }),
            a.end());
    return a;
  }

  void list_tests(PackageId root) {
    const Package& p = program_[root];
    suffix_ = " [" + p.import_path + ".test]";
    replaced_.assign(program_.packages.size(), false);
    bool inside = !p.test_files.empty() || p.name == "main";
    std::vector<Import> main = program_.test_main_imports;
    std::vector<Import> test = join(p.imports, p.test_imports);
    std::vector<const std::vector<Import>*> starts = {&main, &program_.test_main_implied, &test,
                                                      &p.xtest_imports, &p.implied_imports};
    if (inside) find_recompiled(root, starts);
    use_rest_plain(starts);
    std::vector<VariantImport> main_imports = names(main);
    if (inside) {
      out_.push_back({p.import_path + suffix_, VariantKind::kTest, root, root, names(test)});
    }
    if (!p.files.empty() || !p.test_files.empty()) {
      std::erase_if(main_imports, [&](const VariantImport& i) { return i.path == p.import_path; });
      main_imports.push_back({p.import_path, p.import_path + (inside ? suffix_ : "")});
    }
    if (!p.xtest_files.empty()) {
      std::string name = p.import_path + "_test";
      out_.push_back({name + suffix_, VariantKind::kXTest, root, root, names(p.xtest_imports)});
      main_imports.push_back({name, name + suffix_});
    }
    out_.push_back(
        {p.import_path + ".test", VariantKind::kTestMain, root, root, std::move(main_imports)});
    for (uint32_t i = 0; i < replaced_.size(); i++) {
      if (!replaced_[i] || i == root.raw) continue;
      const Package& q = program_.packages[i];
      out_.push_back({q.import_path + suffix_, VariantKind::kRecompiled, PackageId{i}, root,
                      names(q.imports)});
    }
  }

  // Sets replaced_ for the root and for what lies between its tests and it.
  void find_recompiled(PackageId root, const std::vector<const std::vector<Import>*>& starts) {
    std::vector<bool> reaching(program_.packages.size(), false);
    std::vector<uint32_t> stack = {root.raw};
    reaching[root.raw] = true;
    while (!stack.empty()) {
      uint32_t at = stack.back();
      stack.pop_back();
      for (uint32_t importer : importers_[at]) {
        if (reaching[importer]) continue;
        reaching[importer] = true;
        stack.push_back(importer);
      }
    }
    // What does not reach the root leads to nothing that does.
    auto meet = [&](uint32_t package) {
      if (!reaching[package] || replaced_[package]) return;
      replaced_[package] = true;
      stack.push_back(package);
    };
    replaced_[root.raw] = true;
    for (const std::vector<Import>* list : starts) {
      for (const Import& import : *list) {
        if (import.package.exists()) meet(import.package.raw);
      }
    }
    while (!stack.empty()) {
      uint32_t at = stack.back();
      stack.pop_back();
      for_each_import(at, meet);
    }
  }

  // What a test reaches without meeting a replaced package is used as it is.
  void use_rest_plain(const std::vector<const std::vector<Import>*>& starts) {
    for (const std::vector<Import>* list : starts) {
      for (const Import& import : *list) {
        if (import.package.exists() && !replaced_[import.package.raw]) {
          use_plain(import.package.raw);
        }
      }
    }
    for (uint32_t i = 0; i < replaced_.size(); i++) {
      if (!replaced_[i]) continue;
      for_each_import(i, [&](uint32_t target) {
        if (!replaced_[target]) use_plain(target);
      });
    }
  }

  void use_plain(uint32_t package) {
    std::vector<uint32_t> stack = {package};
    while (!stack.empty()) {
      uint32_t at = stack.back();
      stack.pop_back();
      if (plain_[at]) continue;
      plain_[at] = true;
      for_each_import(at, [&](uint32_t target) { stack.push_back(target); });
    }
  }

  const Program& program_;
  std::vector<bool> plain_;  // packages that something uses as they are
  std::vector<std::vector<uint32_t>> importers_;
  std::vector<bool> replaced_;  // in the test at hand: seen by the test under its suffixed name
  std::string suffix_;
  std::vector<Variant> out_;
};

}  // namespace

std::vector<Variant> list_variants(const Program& program) { return VariantLister(program).list(); }

}  // namespace unpark::load
