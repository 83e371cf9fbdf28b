// Program: the functions of a run, and their bodies on demand.
//
// A function gets its id when somebody names it (a call, a method set, a driver that walks a
// package); the same function always gets the same id, instances and wrappers by their types
// (identical types count as one). Its body is built when somebody asks for it, by that thread,
// together with all function literals inside; other threads that ask meanwhile wait. Building needs
// the types of other packages' declarations, never another function's body.
//
// Thread-safe, but for drop(). Ids depend on the order in which threads meet functions and must
// never decide an order that a user can see.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ssa/function.h"
#include "types/program.h"

namespace unpark::ssa {

class Program {
 public:
  static constexpr uint32_t kMaxInstances = 10000;  // of one generic function
  static constexpr int kMaxNesting = 50;            // of types in a type argument

  struct Options {
    // Verify each body as it is built. The type checker lets much through that does not compile;
    // what the verifier rejects then becomes incomplete instead of being handed out. Tests of the
    // builder turn it off to see for themselves.
    bool verify = true;
  };

  explicit Program(types::Program& types, const Options& options);
  explicit Program(types::Program& types) : Program(types, Options{}) {}
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  types::Program& types() { return types_; }
  types::Context& context() { return types_.context(); }
  const Options& options() const { return options_; }

  const Function& operator[](FunctionId id) const;
  uint32_t function_count() const;

  // The declared function or method `object`; with `args` its instance (the receiver's arguments
  // first). A generic one without arguments is its uninstantiated self. None when there are too
  // many instances or their arguments nest too deeply: code that asks for instances without end
  // does not compile, but may be read.
  FunctionId function_of(ObjectId object, std::span<const TypeId> args = {});
  // All functions and methods that the files of a unit declare, in file order, then its package
  // initialiser.
  std::vector<FunctionId> functions_of(types::UnitId unit);
  FunctionId package_init(types::UnitId unit);

  // The function to call for method `method` (of any type or interface: only its name and package
  // count) of a value of type `type`, receiver first: the declared method, or a wrapper. None when
  // the type has no such method. `view` may be null (types::lookup).
  FunctionId method_of(TypeId type, ObjectId method, const types::Package* view = nullptr);
  // The function behind method values whose receiver has type `receiver`.
  FunctionId bound_method(TypeId receiver, ObjectId method, const types::Package* view = nullptr);

  // The body, built if it is not there; of a function in a dependency read and checked first
  // (types::Program::late_body). Of an external function: a body without blocks, `incomplete` says
  // so.
  const Body& body(FunctionId id);
  bool is_built(FunctionId id) const;
  // Forgets the bodies of a function (no literal) and of everything inside; a later body() builds
  // them again, with the same ids and the same numbers. The caller knows that nobody is using them.
  void drop(FunctionId id);
  // The outermost function around a literal or range body; other functions themselves.
  FunctionId root_of(FunctionId id) const;

  // "path/pkg.F", "path/pkg.(*T).M", "path/pkg.F$2" for its second literal, "path/pkg.F$range1",
  // "path/pkg.F[int]", "path/pkg.init", "path/pkg.T.M$bound", "path/pkg.(*T).M$wrapper".
  std::string name_of(FunctionId id);

  struct Impl;  // program_impl.h
  Impl& impl() { return *impl_; }

 private:
  types::Program& types_;
  Options options_;
  std::unique_ptr<Impl> impl_;
};

// The units in the order in which a program that imports `roots` initialises them (spec: "Program
// initialization"): sorted by import path, each as soon as all it imports is done.
std::vector<types::UnitId> init_order(types::Program& program,
                                      std::span<const types::UnitId> roots);

}  // namespace unpark::ssa
