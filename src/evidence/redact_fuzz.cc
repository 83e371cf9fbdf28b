// Redaction of any bytes ends, does not depend on how a text is cut into pieces, and leaves a
// profile a profile.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "evidence/redact.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  unpark::evidence::Pseudonyms names, same_names;
  std::string text = unpark::evidence::redact_text(bytes, names);
  std::string pieces;
  unpark::evidence::TextRedactor redactor(&pieces, &same_names);
  for (size_t at = 0; at < size; at += 7) redactor.add(bytes.substr(at, 7));
  redactor.finish();
  UNPARK_CHECK(pieces == text, "pieces give the same");
  if (auto profile = unpark::evidence::redact_pprof(bytes); profile) {
    auto again = unpark::evidence::redact_pprof(*profile);
    UNPARK_CHECK(again.ok(), "a profile stays a profile");
  }
  return 0;
}
