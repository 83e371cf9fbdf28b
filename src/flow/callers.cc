#include "flow/callers.h"

#include <absl/container/flat_hash_set.h>

namespace unpark::flow {

namespace {

// Bodies of packages that are only imported are not read.
bool was_read(ssa::Program& program, types::UnitId unit) {
  const types::Package& package = program.context().package(program.types().unit(unit).package);
  for (const types::Declaration& d : package.declarations) {
    if (d.file >= package.files.size()) continue;
    const syntax::Tree& tree = *package.files[d.file].tree;
    if (!tree.is<syntax::FuncDecl>(d.node)) continue;
    if (tree.get<syntax::FuncDecl>(d.node).flags & syntax::FuncDecl::kBodySkipped) return false;
  }
  return !package.fake && !package.files.empty();
}

}  // namespace

CallerIndex::CallerIndex(Facts& facts) {
  ssa::Program& program = facts.program();
  for (uint32_t u = 0; u < program.types().unit_count(); u++) {
    types::UnitId unit{u};
    if (!was_read(program, unit)) continue;
    std::vector<FunctionId> work = program.functions_of(unit);
    absl::flat_hash_set<FunctionId> queued(work.begin(), work.end());
    for (size_t i = 0; i < work.size(); i++) {
      program.body(work[i]);
      const std::vector<FunctionId>& inner = program[work[i]].children;
      work.insert(work.end(), inner.begin(), inner.end());
      std::vector<FunctionId> wrappers;
      scan(program, work[i], wrappers);
      for (FunctionId w : wrappers) {
        if (queued.insert(w).second) work.push_back(w);
      }
    }
  }
}

void CallerIndex::scan(ssa::Program& program, FunctionId function,
                       std::vector<FunctionId>& wrappers) {
  const Body& body = program.body(function);
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    const Value& v = body.values[i];
    ValueId at{i};
    auto meet = [&](FunctionId target, bool called) {
      Callers& c = callers_[origin_of(program, target)];
      (called ? c.calls : c.taken).push_back({function, at});
      ssa::FunctionKind kind = program[target].kind;
      if (kind == ssa::FunctionKind::kMethodWrapper || kind == ssa::FunctionKind::kBoundMethod) {
        wrappers.push_back(target);
      }
    };
    if (v.op == Op::kMakeClosure) meet(FunctionId{v.aux}, false);
    std::span<const ValueId> x = body.operands(v);
    for (size_t k = 0; k < x.size(); k++) {
      if (!x[k].exists() || body[x[k]].op != Op::kFunction) continue;
      meet(FunctionId{body[x[k]].aux}, k == 0 && ssa::is_call(v.op) && !v.is(Value::kInvoke));
    }
  }
}

FunctionId CallerIndex::origin_of(const ssa::Program& program, FunctionId function) {
  FunctionId origin = program[function].origin;
  return origin.exists() ? origin : function;
}

const Callers& CallerIndex::of(FunctionId function) const {
  auto it = callers_.find(function);
  return it == callers_.end() ? nobody_ : it->second;
}

}  // namespace unpark::flow
