// Fuzzing of the reader of cached results. Nothing may crash or hang, and what is read can be
// written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/result_codec.h"

using namespace unpark::engine;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FileTable files(std::vector<uint32_t>{0, 100, 100000});
  auto opened = open_entry(bytes);
  for (std::string_view payload : {bytes, opened ? opened->payload : std::string_view()}) {
    auto result = decode_payload(payload, files);
    if (!result) continue;
    auto written = encode_payload(*result, files);
    UNPARK_CHECK(written.has_value(), "a file that was read is in no table");
    auto again = decode_payload(*written, files);
    UNPARK_CHECK(again.ok(), "what was written cannot be read");
    UNPARK_CHECK(*encode_payload(*again, files) == *written, "two readings of the same bytes");
  }
  return 0;
}
