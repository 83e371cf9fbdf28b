#include <cstdint>
#include <string_view>

#include "evidence/expvar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace unpark::evidence;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Evidence evidence;
  evidence.inputs.emplace_back();
  bool read = read_expvar(text, InputId(0), evidence);
  if (read == evidence.snapshots.empty()) __builtin_trap();
  return 0;
}
