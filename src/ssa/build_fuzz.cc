// Parses, checks and lowers any bytes as a package of one or several files: every function with its
// literals, the instances and wrappers that they ask for, and the methods of what becomes an
// interface value. A body that the verifier lets pass can be printed, and is the same when it is
// built again. Files are cut at lines that say `---`.
//
// The type checker lets much through that does not compile, so what the verifier rejects is no
// fault by itself; that it ends, and reads nothing that is not there, is what is tried here.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "ssa/print.h"
#include "ssa/program.h"
#include "ssa/verify.h"
#include "types/fuzz_program.h"
#include "types/lookup.h"

namespace unpark::ssa {
namespace {

// Functions that one text may ask for: instances can ask for instances.
constexpr uint32_t kMaxFunctions = 300;

// Asks for what a program calls without naming it.
void ask_for_methods(Program& program, types::UnitId unit, const Body& body) {
  const types::Package* view = program.types().unit(unit).view;
  for (const Value& v : body.values) {
    if (v.op != Op::kMakeInterface) continue;
    TypeId type = body[body.operands(v)[0]].type;
    if (program.context().types.has_type_param(type)) continue;
    for (const types::Method& m : types::method_set(program.context(), view, type)) {
      program.method_of(type, m.found.object, view);
      program.bound_method(type, m.found.object, view);
    }
  }
}

void run(std::string_view text) {
  static base::WorkerPool workers(1);
  std::vector<std::string_view> files = types::cut_fuzz_text(text, types::FuzzProgram::kMaxFiles);
  types::FuzzProgram typed(files, workers, types::fuzz_names());
  Program program(typed.typed(), {.verify = false});
  program.functions_of(typed.unit());
  for (uint32_t i = 0; i < std::min(program.function_count(), kMaxFunctions); i++) {
    FunctionId id{i};
    const Body& body = program.body(id);
    program.name_of(id);
    if (!verify(program, id).empty()) continue;
    ask_for_methods(program, typed.unit(), body);
    std::string printed = print(program, id);
    if (program[id].parent.exists()) continue;
    program.drop(id);
    UNPARK_CHECK(print(program, id) == printed, "built again, a body is another");
  }
  for (types::UnitId unit : init_order(typed.typed(), {{typed.unit()}})) {
    program.body(program.package_init(unit));
  }
}

}  // namespace
}  // namespace unpark::ssa

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  unpark::ssa::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
