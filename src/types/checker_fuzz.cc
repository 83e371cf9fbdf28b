// Parses and checks any bytes as a package of one or several files, beside a standard library of a
// few lines, and writes down the facts; a second time, with the parts in another order, the facts
// are the same. Files are cut at lines that say `---`.
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/interner.h"
#include "base/worker_pool.h"
#include "source/file_store.h"
#include "syntax/literal.h"
#include "syntax/parser.h"
#include "types/facts.h"
#include "types/program.h"

namespace unpark::types {
namespace {

struct Library {
  const char* path;
  const char* text;
};

constexpr Library kLibrary[] = {
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

std::vector<std::string_view> cut(std::string_view text) {
  constexpr std::string_view kCut = "\n---\n";
  std::vector<std::string_view> parts;
  for (;;) {
    size_t at = text.find(kCut);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos || parts.size() == 8) return parts;
    text.remove_prefix(at + kCut.size());
  }
}

// Making an interner costs more than most checks, so many runs share one.
base::Interner& shared_names() {
  constexpr uint32_t kRunsOfOne = 10000;
  static std::unique_ptr<base::Interner> names;
  static uint32_t runs = 0;
  if (runs++ % kRunsOfOne == 0) names = std::make_unique<base::Interner>();
  return *names;
}

std::string facts_of(const std::vector<std::string_view>& files, base::WorkerPool& workers,
                     base::Interner& names) {
  std::deque<syntax::Tree> trees;
  std::vector<UnitSpec> units;
  uint32_t next_file = 0;
  auto add_file = [&](UnitSpec& unit, std::string_view path, std::string_view text) {
    trees.push_back(syntax::parse(text, names));
    unit.files.push_back({source::FileId{next_file++}, path, &trees.back(), GoVersion{26}});
  };
  for (const Library& library : kLibrary) {
    UnitSpec unit;
    unit.path = unit.name = library.path;
    units.push_back(std::move(unit));
    add_file(units.back(), library.path, library.text);
  }
  UnitSpec own;
  own.path = own.name = "p";
  static constexpr std::string_view kPaths[] = {"a.go", "b.go", "c.go", "d.go",
                                                "e.go", "f.go", "g.go", "h.go"};
  for (size_t i = 0; i < files.size(); i++) add_file(own, kPaths[i], files[i]);
  units.push_back(std::move(own));
  for (UnitSpec& unit : units) {
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
  UnitId last{static_cast<uint32_t>(units.size() - 1)};
  Program program(names, {});
  program.check(std::move(units), workers);
  Context& cx = program.context();
  CanonicalWriter writer(cx);
  std::string out;
  const Package& package = cx.package(program.unit(last).package);
  for (const File& file : package.files) {
    for_each_declaration(cx, package, file, writer, [&](const DeclarationFacts& d) {
      out += d.name;
      out += '\n';
      out += d.text;
    });
  }
  return out;
}

void run(std::string_view text) {
  std::vector<std::string_view> files = cut(text);
  base::Interner& names = shared_names();
  static base::WorkerPool in_order(1);
  static base::WorkerPool shuffled(1, 7);
  std::string facts = facts_of(files, in_order, names);
  UNPARK_CHECK(facts_of(files, shuffled, names) == facts, "facts depend on the order of the work");
}

}  // namespace
}  // namespace unpark::types

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  unpark::types::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
