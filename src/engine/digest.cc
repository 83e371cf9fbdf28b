// The digest of a package is made of its files' names and bytes, tests included, and of the same of
// everything that it or its tests import, and so on. Tests can import in circles (the test of a
// imports b, the test of b imports a), so packages that reach each other get their digest together,
// behind those that they lead to; the whole is linear in packages and imports.
//
// Contents are hashed as they were loaded: the bytes that are analysed are the bytes that count,
// and no time stamp can lie about them. The loader has to read every file anyway (to which package
// it belongs, and what it imports, stands in it), so this is cheap: 30 MB of source take about 5
// ms.
#include "engine/digest.h"

#include <algorithm>
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

// All imports of a package that lead somewhere, those of its tests included.
template <typename Visit>
void for_each_import(const load::Package& package, Visit visit) {
  for (const std::vector<load::Import>* imports :
       {&package.imports, &package.test_imports, &package.xtest_imports}) {
    for (const load::Import& import : *imports) {
      if (import.package.exists()) visit(import.package);
    }
  }
}

class Digester {
 public:
  Digester(const load::Program& program, base::WorkerPool& workers)
      : program_(program),
        files_(program.files.size()),
        own_(program.packages.size()),
        reach_(program.packages.size()),
        circle_(program.packages.size(), kNone),
        place_(program.packages.size()) {
    workers.for_each(files_.size(), [&](size_t i, unsigned) {
      source::FileId id{static_cast<uint32_t>(i)};
      files_[i] = base::hash128(program.files[id].text());
    });
    for (uint32_t i = 0; i < own_.size(); i++) own_[i] = of_package(program.packages[i]);
    find_circles();
  }

  base::Hash128 of_root(load::PackageId id, base::Hash128 settings) const {
    Pieces pieces;
    pieces.add(settings);
    pieces.add(own_[id.raw]);
    pieces.add(reach_[id.raw]);
    return pieces.digest();
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The package alone.
  base::Hash128 of_package(const load::Package& p) const {
    Pieces pieces;
    pieces.add(p.import_path);
    pieces.add(p.name);
    pieces.add(p.lang.minor);
    pieces.add(uint64_t{p.is_std});
    // The bodies of a package that no pattern names are looked at less closely.
    pieces.add(uint64_t{p.is_root});
    for (const std::vector<load::GoFile>* files : {&p.files, &p.test_files, &p.xtest_files}) {
      pieces.add(uint64_t{files->size()});
      for (const load::GoFile& f : *files) {
        pieces.add(f.name);
        pieces.add(f.lang.minor);
        pieces.add(files_[f.file.raw]);
      }
    }
    for (const std::vector<load::Import>* imports :
         {&p.imports, &p.test_imports, &p.xtest_imports}) {
      pieces.add(uint64_t{imports->size()});
      for (const load::Import& import : *imports) {
        pieces.add(import.path);
        // Where a path leads to is part of what it leads to; that it leads nowhere is said here.
        pieces.add(uint64_t{import.package.exists()});
      }
    }
    return pieces.digest();
  }

  // Tarjan's algorithm, with a stack of its own: circles are found behind those they lead to.
  void find_circles() {
    struct Frame {
      uint32_t package;
      std::vector<uint32_t> targets;
      size_t next = 0;
    };
    constexpr uint32_t kNew = UINT32_MAX;
    std::vector<uint32_t> number(own_.size(), kNew), low(own_.size());
    std::vector<uint32_t> open;
    std::vector<Frame> stack;
    uint32_t met = 0;
    auto enter = [&](uint32_t package) {
      number[package] = low[package] = met++;
      open.push_back(package);
      stack.push_back({package, {}});
      for_each_import(program_.packages[package],
                      [&](load::PackageId to) { stack.back().targets.push_back(to.raw); });
    };
    for (uint32_t start = 0; start < own_.size(); start++) {
      if (number[start] != kNew) continue;
      enter(start);
      while (!stack.empty()) {
        Frame& top = stack.back();
        uint32_t at = top.package;
        if (top.next < top.targets.size()) {
          uint32_t to = top.targets[top.next++];
          if (number[to] == kNew) {
            enter(to);
          } else if (circle_[to] == kNone) {
            low[at] = std::min(low[at], number[to]);
          }
          continue;
        }
        stack.pop_back();
        if (!stack.empty())
          low[stack.back().package] = std::min(low[stack.back().package], low[at]);
        if (low[at] != number[at]) continue;
        auto first = std::find(open.begin(), open.end(), at);
        std::vector<uint32_t> members(first, open.end());
        open.erase(first, open.end());
        close_circle(std::move(members));
      }
    }
  }

  void close_circle(std::vector<uint32_t> members) {
    // By import path, whatever else is loaded.
    std::sort(members.begin(), members.end());
    for (uint32_t i = 0; i < members.size(); i++) {
      circle_[members[i]] = circles_;
      place_[members[i]] = i;
    }
    Pieces pieces;
    pieces.add(uint64_t{members.size()});
    for (uint32_t member : members) {
      pieces.add(own_[member]);
      for_each_import(program_.packages[member], [&](load::PackageId to) {
        bool inside = circle_[to.raw] == circles_;
        pieces.add(uint64_t{inside});
        pieces.add(own_[to.raw]);
        pieces.add(inside ? base::Hash128{place_[to.raw], 0} : reach_[to.raw]);
      });
    }
    base::Hash128 digest = pieces.digest();
    for (uint32_t member : members) reach_[member] = digest;
    circles_++;
  }

  const load::Program& program_;
  std::vector<base::Hash128> files_;
  std::vector<base::Hash128> own_;
  std::vector<base::Hash128> reach_;  // of a package's circle and all it leads to
  std::vector<uint32_t> circle_;      // its number, from 0
  std::vector<uint32_t> place_;       // within it
  uint32_t circles_ = 0;
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
