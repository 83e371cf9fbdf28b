// Package initialisers (spec: "Package initialization"): the variables in the order of their
// dependencies, then the init functions in the order of the files. The packages that this one
// imports are not its business: see init_order().
#include "ssa/builder.h"
#include "ssa/init_order.h"
#include "ssa/program_impl.h"

namespace unpark::ssa {

void Builder::enter_file(types::UnitId unit, uint32_t file_index) {
  package_ = &cx_.package(program_.types().unit(unit).package);
  file_ = &package_->files[file_index];
  tree_ = file_->tree;
  if (block_file_ == file_->id) return;
  block_file_ = file_->id;
  start_block(new_block("init.file"));
}

void Builder::build_package_init() {
  const Function& fn = program_[id_];
  const types::Package& package = cx_.package(program_.types().unit(fn.unit).package);
  for (const Initializer& init : initializers(program_.types(), fn.unit)) {
    enter_file(init.unit, init.file_index);
    if (init.variables.size() == 1) {
      ObjectId variable = init.variables[0];
      ValueId value = expr(init.value);
      if (cx_.objects[variable].name != cx_.blank_name) {
        store(global(variable), value, span(init.value));
      }
    } else {
      ValueId all = tuple(init.value);
      for (uint32_t i = 0; i < init.variables.size(); i++) {
        if (cx_.objects[init.variables[i]].name == cx_.blank_name) continue;
        ValueId value = extract(all, i, span(init.value));
        store(global(init.variables[i]), value, span(init.value));
      }
    }
  }
  auto call_inits = [&](const types::Package& p, types::UnitId unit) {
    for (const types::Declaration& d : p.declarations) {
      const types::Object& o = cx_.objects[d.object];
      if (o.kind != types::ObjectKind::kFunc || o.extra != UINT32_MAX) continue;
      if (cx_.text(o.name) != "init") continue;
      enter_file(unit, d.file);
      Span at{o.pos, o.pos + 4};
      emit(Op::kCall, types().empty_tuple(), at, {function(program_.function_of(d.object))});
    }
  };
  if (package.base) call_inits(*package.base, program_.types().unit_of(package.base->ref));
  call_inits(package, fn.unit);
  emit(Op::kReturn, {}, {});
}

}  // namespace unpark::ssa
