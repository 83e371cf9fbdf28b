// Fuzzing of profiles as text: any lines are taken or left, and what is kept is sound.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "evidence/debug1.h"
#include "evidence/function_name.h"

using namespace unpark::evidence;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Evidence evidence;
  evidence.inputs.push_back({"fuzz", "", size, {}, ""});
  Debug1Reader reader(InputId{0}, evidence);
  for (size_t at = 0; at < size;) {
    size_t end = text.find('\n', at);
    if (end == text.npos) end = size;
    reader.take(text.substr(at, end - at), at);
    at = end + 1;
  }
  reader.finish();
  for (const Snapshot& s : evidence.snapshots) {
    UNPARK_CHECK(s.values.size() == s.samples.size() * s.value_types.size(), "rows of full length");
    for (const Goroutine& g : s.goroutines) UNPARK_CHECK(g.count > 0, "a row that is none");
  }
  for (uint32_t i = 0; i < evidence.symbols.string_count(); i++) {
    std::string name = canonical(evidence.symbols.text(StringId{i}));
    UNPARK_CHECK(canonical(name).size() <= name.size(), "a canonical name that grows");
  }
  return 0;
}
