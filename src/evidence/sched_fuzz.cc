// Fuzzes SchedReader on lines as the text reader would offer them.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "evidence/sched.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace unpark::evidence;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Evidence evidence;
  evidence.inputs.emplace_back();
  SchedReader reader(InputId(0), evidence);
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    reader.take(text.substr(at, end - at), at);
    at = end + 1;
  }
  reader.finish();
  return 0;
}
