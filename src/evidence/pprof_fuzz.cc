// Fuzzing of the reader of pprof profiles: any bytes are read or refused, and what is kept is sound
// and in proportion to the input.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "evidence/pprof.h"

using namespace unpark::evidence;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  looks_like_pprof(bytes.substr(0, 64));
  Evidence evidence;
  evidence.inputs.push_back({"fuzz", "", size, {}, ""});
  bool read = read_pprof(bytes, InputId{0}, evidence);
  UNPARK_CHECK(read == (evidence.snapshots.size() == 1), "a snapshot exactly when it was read");
  UNPARK_CHECK(read == evidence.inputs[0].error.empty(), "an error exactly when it was not");
  if (!read) return 0;
  const Snapshot& s = evidence.snapshots[0];
  UNPARK_CHECK(s.values.size() == s.samples.size() * s.value_types.size(), "rows of full length");
  UNPARK_CHECK(s.goroutines.size() + s.samples.size() <= size, "more rows than bytes");
  for (const Goroutine& g : s.goroutines) {
    UNPARK_CHECK(g.count > 0 && evidence.symbols[g.stack].size() <= 4097, "a row that is none");
  }
  UNPARK_CHECK(evidence.symbols.bytes() <= size * 200 + (32 << 20), "out of proportion");
  return 0;
}
