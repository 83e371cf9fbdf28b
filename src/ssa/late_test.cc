// Bodies of dependencies, read when they are asked for: each is what it would have been had its
// package been parsed with all its bodies. Packages of the standard library are taken twice, with
// their bodies and without; every declared function's types (as the oracle writes them) and SSA
// text, literals included, must be the same.
#include <gtest/gtest.h>

#include <map>

#include "base/hash.h"
#include "load/load.h"
#include "ssa/print.h"
#include "ssa/program.h"
#include "types/facts.h"
#include "types/units.h"

namespace unpark::ssa {
namespace {

struct Seen {
  std::string name;
  std::string place;
  std::string types, code;  // empty once hashed
  uint64_t facts = 0;
  uint64_t types_hash = 0, code_hash = 0;
};

struct Reading {
  std::vector<Seen> functions;
  uint64_t late = 0;
};

void print_with_children(Program& program, FunctionId id, std::string& out) {
  out += print(program, id);
  std::vector<FunctionId> children = program[id].children;
  for (FunctionId child : children) print_with_children(program, child, out);
}

class World {
 public:
  World(const std::string& pattern, unsigned jobs, uint64_t shuffle = 0) : workers_(jobs, shuffle) {
    load::LoadOptions options;
    options.patterns = {pattern};
    options.tests = false;
    auto loaded = load::load(options, files_, workers_, names_);
    if (loaded) packages_ = std::move(*loaded);
  }
  bool ready() const { return packages_.packages.size() > 1; }

  // Of every function that is declared in a package; `late`: as a dependency's.
  Reading read(bool late, bool keep_text = false) {
    types::UnitOptions options;
    for (load::Package& p : packages_.packages) p.is_root = !late;
    types::Forest forest = types::parse_files(packages_, workers_, names_, options);
    types::Units units = types::make_units(packages_, forest, options);
    types::Program typed(names_, types::sizes_of(packages_.context.goarch));
    typed.check(std::move(units.specs), workers_);
    Program program(typed);
    EXPECT_EQ(typed.late_body_count(), 0u) << "nobody has asked yet";

    std::vector<FunctionId> work;
    for (uint32_t u = 0; u < typed.unit_count(); u++) {
      std::vector<FunctionId> of = program.functions_of(types::UnitId{u});
      for (FunctionId id : of) {
        if (program[id].kind == FunctionKind::kDeclared && !program[id].external) {
          work.push_back(id);
        }
      }
    }
    Reading out;
    out.functions.resize(work.size());
    // Two threads ask for each body; with several workers in no order.
    workers_.for_each(2 * work.size(), [&](size_t i, unsigned) {
      FunctionId id = work[i / 2];
      program.body(id);
      if (i % 2) return;
      Seen& seen = out.functions[i / 2];
      const Function& fn = program[id];
      EXPECT_EQ(fn.late, late);
      seen.name = program.name_of(id);
      print_with_children(program, id, seen.code);
      if (late) types_of(typed, fn, seen);
      seen.place = std::string(packages_.files[fn.file].path) + ":" + std::to_string(fn.span.begin);
      seen.code_hash = base::hash64(seen.code);
      if (!keep_text) seen.code = {};
    });
    if (!late) types_of_files(typed, program, work, out);
    for (Seen& seen : out.functions) {
      seen.types_hash = base::hash64(seen.types);
      if (!keep_text) seen.types = {};
    }
    out.late = typed.late_body_count();
    return out;
  }

 private:
  // The facts of a declaration in the tree of its late body.
  static void types_of(types::Program& typed, const Function& fn, Seen& seen) {
    types::Context& cx = typed.context();
    const types::Package& package = cx.package(typed.unit(fn.unit).package);
    const types::File& file = package.files[fn.file_index];
    const types::LateBody& body = typed.late_body(fn.object);
    syntax::Tree tree = body.tree;
    types::File one;
    one.id = file.id;
    one.path = file.path;
    one.tree = &tree;
    one.version = file.version;
    one.instances = body.instances;
    types::CanonicalWriter writer(cx);
    types::for_each_declaration(cx, package, one, writer, [&](const types::DeclarationFacts& d) {
      seen.facts += d.facts;
      seen.types += d.text;
    });
  }
  // The facts of all declarations in the trees of the files.
  static void types_of_files(types::Program& typed, Program& program,
                             const std::vector<FunctionId>& work, Reading& out) {
    types::Context& cx = typed.context();
    std::map<std::pair<uint32_t, uint32_t>, Seen*> by_place;
    for (size_t i = 0; i < work.size(); i++) {
      const types::Object& o = cx.objects[program[work[i]].object];
      by_place[{o.file.raw, o.pos}] = &out.functions[i];
    }
    for (uint32_t u = 0; u < typed.unit_count(); u++) {
      const types::Package& package = cx.package(typed.unit(types::UnitId{u}).package);
      types::CanonicalWriter writer(cx);
      for (const types::File& file : package.files) {
        types::for_each_declaration(cx, package, file, writer,
                                    [&](const types::DeclarationFacts& d) {
                                      auto it = by_place.find({file.id.raw, d.offset});
                                      if (it == by_place.end()) return;
                                      it->second->facts = d.facts;
                                      it->second->types = d.text;
                                    });
      }
    }
  }

  source::RealFileSystem files_;
  base::WorkerPool workers_;
  base::Interner names_;
  load::Program packages_;
};

void expect_equal(const Reading& whole, const Reading& late) {
  ASSERT_EQ(whole.functions.size(), late.functions.size());
  EXPECT_EQ(whole.late, 0u);
  EXPECT_EQ(late.late, late.functions.size());
  int shown = 0;
  uint64_t facts = 0;
  for (size_t i = 0; i < whole.functions.size(); i++) {
    const Seen& a = whole.functions[i];
    const Seen& b = late.functions[i];
    facts += a.facts;
    bool same = a.name == b.name && a.place == b.place && a.facts == b.facts &&
                a.types_hash == b.types_hash && a.code_hash == b.code_hash;
    if (same || ++shown > 5) continue;
    ADD_FAILURE() << a.name << " and " << b.name << " at " << a.place << ": facts " << a.facts
                  << ", " << b.facts << "\n--- types\n"
                  << a.types << "--- late\n"
                  << b.types << "--- code\n"
                  << a.code << "--- late\n"
                  << b.code;
  }
  EXPECT_EQ(shown, 0) << "functions differ";
  EXPECT_GT(facts, 50 * whole.functions.size()) << "there is hardly anything to compare";
}

TEST(LateBody, EqualsTheBodyReadAtOnce) {
  World world("go/types", 2);
  if (!world.ready()) GTEST_SKIP() << "there are no sources of the standard library";
  expect_equal(world.read(false, true), world.read(true, true));
}

TEST(LateBody, IsTheSameWhoeverAsksFirst) {
  World one("encoding/json", 1);
  if (!one.ready()) GTEST_SKIP() << "there are no sources of the standard library";
  World many("encoding/json", 8, 12345);
  Reading a = one.read(true, true);
  Reading b = many.read(true, true);
  ASSERT_EQ(a.functions.size(), b.functions.size());
  EXPECT_EQ(a.late, b.late);
  for (size_t i = 0; i < a.functions.size(); i++) {
    EXPECT_EQ(a.functions[i].code, b.functions[i].code) << a.functions[i].name;
    EXPECT_EQ(a.functions[i].types, b.functions[i].types) << a.functions[i].name;
  }
}

TEST(SlowLateBody, StandardLibrary) {
  World world("std", 2);
  if (!world.ready()) GTEST_SKIP() << "there are no sources of the standard library";
  Reading whole = world.read(false);
  expect_equal(whole, world.read(true));
  std::printf("%zu functions\n", whole.functions.size());
}

}  // namespace
}  // namespace unpark::ssa
