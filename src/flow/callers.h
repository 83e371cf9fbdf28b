// Who calls a function, over all code whose bodies were read; for questions about the life of a
// program (flow/lifetime.h).
//
// A caller is a call, go or defer that certainly runs the function. Whatever else is done with the
// function (it is stored, passed, converted, called through an interface) only says that it is
// `taken`: somebody who is not seen here may call it. Instances of a generic function count as the
// function itself, and so do the wrappers that stand for promoted methods.
//
// Cost: the first question sorts who names whom (types::BodySummary); each then looks at the
// instructions of those functions alone that name the one in question.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <mutex>
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

  // By unit, then in the order of the declarations; wrappers last.
  const Callers& of(FunctionId function) const;
  // The function itself, for an instance of a generic one.
  static FunctionId origin_of(const ssa::Program& program, FunctionId function);

 private:
  // A function that names others.
  struct Place {
    types::UnitId unit;
    types::ObjectId object;  // none: the package initialiser
  };

  Callers compute(FunctionId function) const;
  // Adds what the function and the literals in it do with `target`; wrappers of it that are met go
  // to `wrappers`.
  void scan(FunctionId function, FunctionId target, Callers& out,
            std::vector<FunctionId>& wrappers) const;

  Facts& facts_;
  absl::flat_hash_map<types::ObjectId, std::vector<Place>> named_by_;
  mutable std::mutex mutex_;
  mutable absl::flat_hash_map<FunctionId, std::unique_ptr<Callers>> known_;
};

}  // namespace unpark::flow
