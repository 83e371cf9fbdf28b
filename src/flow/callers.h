// Who calls a function, over all code whose bodies were read; for questions about the life of a
// program (flow/lifetime.h).
//
// A caller is a call, go or defer that certainly runs the function. Whatever else is done with the
// function (it is stored, passed, converted, called through an interface) only says that it is
// `taken`: somebody who is not seen here may call it. Instances of a generic function count as the
// function itself, and so do the wrappers that stand for promoted methods.
//
// Cost: one look at each instruction of the program, when the first question is asked; the bodies
// are those that the rules read anyway.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <vector>

#include "flow/facts.h"

namespace unpark::flow {

struct CallSite {
  FunctionId function;
  ValueId at;
};

struct Callers {
  std::vector<CallSite> calls;
  std::vector<CallSite> taken;  // the instructions that have it as a value
};

class CallerIndex {
 public:
  explicit CallerIndex(Facts& facts);

  const Callers& of(FunctionId function) const;
  // The function itself, for an instance of a generic one.
  static FunctionId origin_of(const ssa::Program& program, FunctionId function);

 private:
  void scan(ssa::Program& program, FunctionId function, std::vector<FunctionId>& work);

  absl::flat_hash_map<FunctionId, Callers> callers_;
  Callers nobody_;
};

}  // namespace unpark::flow
