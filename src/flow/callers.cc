#include "flow/callers.h"

#include <algorithm>

namespace unpark::flow {

namespace {

// Bodies of packages that are only imported are not read.
bool was_read(const types::Package& package) {
  for (const types::Declaration& d : package.declarations) {
    if (d.file >= package.files.size()) continue;
    const syntax::Tree& tree = *package.files[d.file].tree;
    if (!tree.is<syntax::FuncDecl>(d.node)) continue;
    if (tree.get<syntax::FuncDecl>(d.node).flags & syntax::FuncDecl::kBodySkipped) return false;
  }
  return !package.fake && !package.files.empty();
}

}  // namespace

CallerIndex::CallerIndex(Facts& facts) : facts_(facts) {
  types::Program& program = facts.program().types();
  for (uint32_t u = 0; u < program.unit_count(); u++) {
    types::UnitId id{u};
    const types::Unit& unit = program.unit(id);
    const types::Package& package = facts.context().package(unit.package);
    if (!was_read(package)) continue;
    auto add = [&](const types::BodySummary& summary, types::ObjectId object) {
      for (uint32_t f : summary.functions) named_by_[types::ObjectId{f}].push_back({id, object});
    };
    for (const types::Declaration& d : package.declarations) {
      if (d.body != UINT32_MAX) add(unit.summaries[d.body], d.object);
    }
    add(program.init_summary(id), {});
  }
}

const Callers& CallerIndex::of(FunctionId function) const {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (auto it = known_.find(function); it != known_.end()) return *it->second;
  }
  auto made = std::make_unique<Callers>(compute(function));
  std::lock_guard<std::mutex> lock(mutex_);
  return *known_.try_emplace(function, std::move(made)).first->second;
}

Callers CallerIndex::compute(FunctionId function) const {
  Callers out;
  ssa::Program& program = facts_.program();
  const ssa::Function& f = program[function];
  std::vector<FunctionId> wrappers;
  if (!f.object.exists()) {
    // A literal or the body of a loop: only what is around it can name it.
    if (f.parent.exists()) scan(program.root_of(function), function, out, wrappers);
    return out;
  }
  auto it = named_by_.find(f.object);
  if (it == named_by_.end()) return out;
  for (const Place& place : it->second) {
    FunctionId root = place.object.exists() ? program.function_of(place.object)
                                            : program.package_init(place.unit);
    scan(root, function, out, wrappers);
  }
  // Wrappers have no literals, and name nothing but their method.
  for (size_t i = 0; i < wrappers.size(); i++) scan(wrappers[i], function, out, wrappers);
  return out;
}

void CallerIndex::scan(FunctionId function, FunctionId target, Callers& out,
                       std::vector<FunctionId>& wrappers) const {
  ssa::Program& program = facts_.program();
  const Body& body = program.body(function);
  const ssa::Function& t = program[target];
  auto meet = [&](FunctionId met, ValueId at, bool called) {
    if (origin_of(program, met) == target)
      (called ? out.calls : out.taken).push_back({function, at});
    const ssa::Function& f = program[met];
    bool wraps =
        f.kind == ssa::FunctionKind::kMethodWrapper || f.kind == ssa::FunctionKind::kBoundMethod;
    if (wraps && f.object == t.object &&
        std::find(wrappers.begin(), wrappers.end(), met) == wrappers.end()) {
      wrappers.push_back(met);
    }
  };
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    const Value& v = body.values[i];
    ValueId at{i};
    if (v.op == Op::kMakeClosure) meet(FunctionId{v.aux}, at, false);
    std::span<const ValueId> x = body.operands(v);
    for (size_t k = 0; k < x.size(); k++) {
      if (!x[k].exists() || body[x[k]].op != Op::kFunction) continue;
      meet(FunctionId{body[x[k]].aux}, at, k == 0 && ssa::is_call(v.op) && !v.is(Value::kInvoke));
    }
  }
  const std::vector<FunctionId>& inner = program[function].children;
  for (FunctionId child : inner) scan(child, target, out, wrappers);
}

FunctionId CallerIndex::origin_of(const ssa::Program& program, FunctionId function) {
  FunctionId origin = program[function].origin;
  return origin.exists() ? origin : function;
}

}  // namespace unpark::flow
