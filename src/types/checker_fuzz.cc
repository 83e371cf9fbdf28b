// Parses and checks any bytes as a package of one or several files, beside a standard library of a
// few lines, and writes down the facts; a second time, with the parts in another order, the facts
// are the same. Files are cut at lines that say `---`.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "types/facts.h"
#include "types/fuzz_program.h"

namespace unpark::types {
namespace {

std::string facts_of(const std::vector<std::string_view>& files, base::WorkerPool& workers,
                     base::Interner& names) {
  FuzzProgram program(files, workers, names);
  Context& cx = program.typed().context();
  CanonicalWriter writer(cx);
  std::string out;
  const Package& package = cx.package(program.typed().unit(program.unit()).package);
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
  std::vector<std::string_view> files = cut_fuzz_text(text, FuzzProgram::kMaxFiles);
  base::Interner& names = fuzz_names();
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
