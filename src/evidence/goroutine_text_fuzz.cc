// Any bytes as text: no crash, and the same goroutines whether the bytes are in memory or come in
// pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/text.h"

namespace {

using namespace unpark;

class Bytes : public evidence::ByteSource {
 public:
  Bytes(std::string_view bytes, size_t piece) : bytes_(bytes), all_(bytes), piece_(piece) {}
  base::Result<size_t> read(char* to, size_t size) override {
    size_t n = std::min({size, piece_, bytes_.size()});
    bytes_.copy(to, n);
    bytes_.remove_prefix(n);
    return n;
  }
  const std::string_view* whole() const override { return piece_ == 0 ? &all_ : nullptr; }

 private:
  std::string_view bytes_, all_;
  size_t piece_;
};

struct Found {
  uint64_t snapshots = 0, goroutines = 0, frames = 0, words = 0;
  friend bool operator==(const Found&, const Found&) = default;
};

Found read(std::string_view bytes, size_t piece) {
  evidence::Evidence evidence;
  evidence.inputs.emplace_back();
  Bytes source(bytes, piece);
  read_text(source, {}, {}, evidence::InputId{0}, evidence);
  Found found;
  for (const evidence::Snapshot& s : evidence.snapshots) {
    found.snapshots++;
    found.words += s.arguments.size();
    for (const evidence::Goroutine& g : s.goroutines) {
      found.goroutines++;
      if (!g.stack.exists()) std::abort();
      for (evidence::FrameId id : evidence.symbols[g.stack]) {
        found.frames += 1 + evidence.symbols.text(evidence.symbols[id].function).size();
      }
      if (g.first_argument + g.argument_count > s.arguments.size()) std::abort();
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Found whole = read(bytes, 0);
  if (!(whole == read(bytes, 4096)) || !(whole == read(bytes, 37))) std::abort();
  return 0;
}
