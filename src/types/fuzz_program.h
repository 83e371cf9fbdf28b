// FuzzProgram: any bytes as package "p" of a program, beside a standard library of a few lines. For
// fuzz targets.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interner.h"
#include "base/worker_pool.h"
#include "syntax/literal.h"
#include "syntax/parser.h"
#include "types/program.h"

namespace unpark::types {

struct FuzzLibrary {
  const char* path;
  const char* text;
};

inline constexpr FuzzLibrary kFuzzLibrary[] = {
    {"sync", R"(package sync
type Locker interface { Lock(); Unlock() }
type Mutex struct { state int32; sema uint32 }
func (m *Mutex) Lock() {}
func (m *Mutex) Unlock() {}
type Once struct { m Mutex; done bool }
func (o *Once) Do(f func()) { if !o.done { defer o.m.Unlock(); f() } }
func OnceValue[T any](f func() T) func() T { return f }
)"},
    {"fmt", R"(package fmt
type Stringer interface { String() string }
func Println(a ...any) (n int, err error) { return }
func Sprint(a ...any) string { return "" }
)"},
    {"iter", R"(package iter
type Seq[V any] func(yield func(V) bool)
type Seq2[K, V any] func(yield func(K, V) bool)
)"},
    {"slices", R"(package slices
import "iter"
type Ordered interface { ~int | ~int64 | ~uint8 | ~float64 | ~string }
func Sort[S ~[]E, E Ordered](x S) {}
func SortFunc[S ~[]E, E any](x S, cmp func(a, b E) int) {}
func Collect[E any](seq iter.Seq[E]) []E { var s []E; for v := range seq { s = append(s, v) }; return s }
type Set[K comparable] map[K]struct{}
func (s Set[K]) All() iter.Seq[K] { return func(yield func(K) bool) { for k := range s { if !yield(k) { return } } } }
)"},
};

// Cuts a text at lines that say `---`, into at most `most` parts.
inline std::vector<std::string_view> cut_fuzz_text(std::string_view text, size_t most) {
  constexpr std::string_view kCut = "\n---\n";
  std::vector<std::string_view> parts;
  for (;;) {
    size_t at = parts.size() + 1 < most ? text.find(kCut) : std::string_view::npos;
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + kCut.size());
  }
}

// Making an interner costs more than most checks, so many runs share one.
inline base::Interner& fuzz_names() {
  constexpr uint32_t kRunsOfOne = 10000;
  static std::unique_ptr<base::Interner> names;
  static uint32_t runs = 0;
  if (runs++ % kRunsOfOne == 0) names = std::make_unique<base::Interner>();
  return *names;
}

class FuzzProgram {
 public:
  static constexpr size_t kMaxFiles = 8;

  // The files must outlive it; at most kMaxFiles.
  FuzzProgram(const std::vector<std::string_view>& files, base::WorkerPool& workers,
              base::Interner& names)
      : typed_(names, {}) {
    std::vector<UnitSpec> units;
    for (const FuzzLibrary& library : kFuzzLibrary) {
      add_unit(units, library.path);
      add_file(units.back(), library.path, library.text, names);
    }
    static constexpr std::string_view kPaths[kMaxFiles] = {"a.go", "b.go", "c.go", "d.go",
                                                           "e.go", "f.go", "g.go", "h.go"};
    add_unit(units, "p");
    for (size_t i = 0; i < files.size(); i++) add_file(units.back(), kPaths[i], files[i], names);
    for (UnitSpec& unit : units) resolve_imports(units, unit);
    unit_ = UnitId{static_cast<uint32_t>(units.size() - 1)};
    typed_.check(std::move(units), workers);
  }

  Program& typed() { return typed_; }
  UnitId unit() const { return unit_; }  // of package p

 private:
  static void add_unit(std::vector<UnitSpec>& units, std::string_view path) {
    UnitSpec unit;
    unit.path = unit.name = path;
    units.push_back(std::move(unit));
  }

  void add_file(UnitSpec& unit, std::string_view path, std::string_view text,
                base::Interner& names) {
    source::FileId id{static_cast<uint32_t>(trees_.size())};
    trees_.push_back(syntax::parse(text, names));
    unit.files.push_back({id, path, &trees_.back(), GoVersion{26}});
  }

  static void resolve_imports(const std::vector<UnitSpec>& units, UnitSpec& unit) {
    for (const FileSpec& file : unit.files) {
      for (syntax::Ref<syntax::ImportSpec> import : file.tree->imports) {
        const syntax::ImportSpec& spec = (*file.tree)[import];
        if (!spec.path.exists()) continue;
        auto path = syntax::string_value(file.tree->text(file.tree->span(spec.path)));
        for (uint32_t i = 0; path && i < units.size(); i++) {
          if (units[i].path == *path) unit.imports.emplace_back(*path, UnitId{i});
        }
      }
    }
  }

  std::deque<syntax::Tree> trees_;
  Program typed_;
  UnitId unit_;
};

}  // namespace unpark::types
