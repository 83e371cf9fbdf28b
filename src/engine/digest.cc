// A package's digest is made of its files' names and bytes and of the digests of the packages it
// imports, imports first. Contents are hashed as they were loaded: the bytes that are analysed are
// the bytes that count, and no time stamp can lie about them. The loader has to read every file
// anyway (which package it belongs to, and what it imports, stands in it), so this is cheap: 30 MB
// of source take about 5 ms.
#include "engine/digest.h"

#include <string>
#include <string_view>

namespace unpark::engine {

namespace {

// What a digest is made of, each piece with its length, so that no two lists of pieces are the same
// bytes.
class Pieces {
 public:
  void add(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(number >> shift);
  }
  void add(std::string_view text) {
    add(uint64_t{text.size()});
    bytes_ += text;
  }
  void add(base::Hash128 hash) {
    add(hash.lo);
    add(hash.hi);
  }
  base::Hash128 digest() const { return base::hash128(bytes_); }

 private:
  std::string bytes_;
};

class Digester {
 public:
  Digester(const load::Program& program, base::WorkerPool& workers)
      : program_(program), files_(program.files.size()), packages_(program.packages.size()) {
    workers.for_each(files_.size(), [&](size_t i, unsigned) {
      source::FileId id{static_cast<uint32_t>(i)};
      files_[i] = base::hash128(program.files[id].text());
    });
    for (load::PackageId id : program.import_order) packages_[id.raw] = of_package(id);
  }

  base::Hash128 of_root(load::PackageId id, base::Hash128 settings) const {
    const load::Package& p = program_[id];
    Pieces pieces;
    pieces.add(settings);
    pieces.add(packages_[id.raw]);
    add_files(p.test_files, pieces);
    add_imports(p.test_imports, pieces);
    add_files(p.xtest_files, pieces);
    add_imports(p.xtest_imports, pieces);
    return pieces.digest();
  }

 private:
  base::Hash128 of_package(load::PackageId id) const {
    const load::Package& p = program_[id];
    Pieces pieces;
    pieces.add(p.import_path);
    pieces.add(p.name);
    pieces.add(p.lang.minor);
    pieces.add(uint64_t{p.is_std});
    // The bodies of a package that no pattern names are looked at less closely.
    pieces.add(uint64_t{p.is_root});
    add_files(p.files, pieces);
    add_imports(p.imports, pieces);
    return pieces.digest();
  }

  void add_files(const std::vector<load::GoFile>& files, Pieces& pieces) const {
    pieces.add(uint64_t{files.size()});
    for (const load::GoFile& f : files) {
      pieces.add(f.name);
      pieces.add(f.lang.minor);
      pieces.add(files_[f.file.raw]);
    }
  }

  // That an import is missing counts, too.
  void add_imports(const std::vector<load::Import>& imports, Pieces& pieces) const {
    pieces.add(uint64_t{imports.size()});
    for (const load::Import& import : imports) {
      pieces.add(import.path);
      pieces.add(import.package.exists() ? packages_[import.package.raw] : base::Hash128{});
    }
  }

  const load::Program& program_;
  std::vector<base::Hash128> files_;
  std::vector<base::Hash128> packages_;
};

}  // namespace

Digests digest_roots(const load::Program& program, const std::vector<const rules::Rule*>& rules,
                     base::Hash128 analyser, base::WorkerPool& workers) {
  Pieces settings;
  settings.add(analyser);
  settings.add(program.context.goos);
  settings.add(program.context.goarch);
  settings.add(uint64_t{program.context.cgo});
  settings.add(uint64_t{rules.size()});
  for (const rules::Rule* rule : rules) settings.add(rule->info->id);

  Digester digester(program, workers);
  Digests out;
  Pieces all;
  all.add(settings.digest());
  for (load::PackageId root : program.roots) {
    out.roots.push_back(digester.of_root(root, settings.digest()));
    all.add(out.roots.back());
  }
  out.all = all.digest();
  return out;
}

}  // namespace unpark::engine
