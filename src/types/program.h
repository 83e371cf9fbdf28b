// Program: all packages of one run, typed.
//
// Made of units: a package's own files; the in-package test files of a package, as an overlay that
// shares the package's declarations; external tests. check() runs both phases: declarations,
// imports first, then the bodies of the units that want them, all cores in each. Afterwards
// everything is read-only but for ensure_body(), which checks one more body of a unit whose bodies
// were left out, and late_body(), which reads one that was not even parsed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/interner.h"
#include "base/worker_pool.h"
#include "syntax/tree.h"
#include "types/package.h"

namespace unpark::types {

// A body that waits for the second phase.
struct BodyTask {
  uint32_t file = 0;               // index into Package::files
  syntax::Ref<syntax::Node> node;  // a FuncDecl, or a FuncLit of a package-level initialiser
  std::optional<int64_t> iota;
  uint32_t weight = 0;  // bytes of source
};

// What a body has in it, function literals inside included: seen while it was checked, so that who
// looks for something need not look at every body.
struct BodySummary {
  enum Has : uint16_t {
    kGo = 1,
    kDefer = 2,
    kSelect = 4,
    kSwitch = 8,     // type switches too
    kMakeChan = 16,  // make of a channel, or of a type parameter that may be one
    kSend = 32,      // outside of select, too
    kReceive = 64,
    kRangeChan = 128,
    kClose = 256,
    kEndlessFor = 512,  // a `for` without a condition
    kUnknown = 1024,    // something that does not type-check or comes from a missing package
    kBreak = 2048,
    kPassesFunction = 4096,  // an argument of a call is a function
  };
  uint16_t has = 0;
  std::span<const uint32_t> functions;  // named in it, methods too: ObjectIds, sorted, each once
};

// The declaration of a function whose body the parser skipped, read again with its body and
// checked. It has a tree of its own beside that of its file, which stays as it is; its signature
// denotes the same objects and types as there.
struct LateBody {
  syntax::Tree tree;
  syntax::Ref<syntax::FuncDecl> decl;  // none when the text does not parse
  std::vector<Instance> instances;     // in `tree`, sorted by ident
};

using UnitId = base::Id<struct UnitTag>;

struct FileSpec {
  source::FileId id;
  std::string_view path;
  syntax::Tree* tree = nullptr;  // outlives the program; the checker writes its annotations
  GoVersion version;
};

struct UnitSpec {
  std::string path;  // import path, as in object and type names
  std::string name;
  std::vector<FileSpec> files;
  std::vector<std::pair<std::string, UnitId>>
      imports;          // path as written -> unit; missing ones left out
  UnitId base;          // this unit overlays it (in-package tests)
  UnitId view;          // the overlay an external test sees of the package it tests
  bool bodies = true;   // check function bodies
  uint64_t weight = 0;  // bytes of source
};

struct Unit {
  PackageRef package;
  const Package* view = nullptr;
  std::vector<BodyTask> bodies;
  std::unique_ptr<std::atomic<uint8_t>[]> body_state;  // 0 not checked, 1 under way, 2 checked
  std::vector<BodySummary> summaries;                  // of the bodies, once checked
  BodySummary declarations;  // of everything at package level, but for `bodies`
};

class Program {
 public:
  Program(base::Interner& names, Sizes sizes);
  ~Program();

  // Units name others by their index. Imports must not form a cycle; where they do, the edge that
  // closes it is dropped and the import is a fake package. Called once. `declared`, where there is
  // one, is called between the phases.
  void check(std::vector<UnitSpec> units, base::WorkerPool& workers,
             const std::function<void()>& declared = {});

  Context& context() { return cx_; }
  const Context& context() const { return cx_; }
  const Unit& unit(UnitId id) const { return units_[id.raw]; }
  size_t unit_count() const { return units_.size(); }
  // Objects made by check(), whatever the number of workers (Context::objects has gaps).
  uint64_t object_count() const { return objects_; }
  // The unit that declares a package's objects.
  UnitId unit_of(PackageRef package) const { return unit_of_package_[package.raw]; }

  // What the package initialiser of a unit has in it: the declarations, with the function literals
  // there.
  BodySummary init_summary(UnitId unit);

  // Checks the body of a function if that has not happened yet. `file` and `node` as in BodyTask: a
  // FuncDecl or a package-level FuncLit of the unit. Thread-safe; a second caller waits.
  void ensure_body(UnitId unit, size_t body);

  // The body of a function whose body was skipped (FuncDecl::kBodySkipped): read and checked for
  // the first who asks, kept for all. Thread-safe; a second caller waits. Costs about what reading
  // and checking that one function costs, and its text once more as tree.
  const LateBody& late_body(ObjectId function);
  uint64_t late_body_count() const;  // read so far

 private:
  struct Late;
  std::unique_ptr<Late> late_;
  Context cx_;
  std::vector<Unit> units_;
  std::vector<UnitId> unit_of_package_;
  uint64_t objects_ = 0;
};

}  // namespace unpark::types
