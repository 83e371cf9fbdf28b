// Fuzzing of decompression: any bytes are unpacked, in pieces of any size, up to a limit.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "evidence/byte_source.h"

using namespace unpark::evidence;
using unpark::base::Result;

namespace {

class Trickle : public ByteSource {
 public:
  Trickle(std::string_view bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  Result<size_t> read(char* to, size_t size) override {
    size_t n = rest_.copy(to, std::min(size, piece_));
    rest_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view rest_;
  size_t piece_;
};

constexpr uint64_t kLimit = 1 << 20;

std::string unpacked(std::unique_ptr<ByteSource> source, bool* ok) {
  std::string what, text;
  Result<std::unique_ptr<ByteSource>> plain = decompressed(std::move(source), kLimit, &what);
  *ok = plain.ok() && read_all(**plain, kLimit * 2, &text).ok();
  UNPARK_CHECK(text.size() <= kLimit, "more than the limit");
  return text;
}

}  // namespace

// The first byte says how large the pieces are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  bool whole_ok, pieces_ok;
  std::string whole = unpacked(source_of(bytes), &whole_ok);
  std::string pieces = unpacked(std::make_unique<Trickle>(bytes, data[0] + 1u), &pieces_ok);
  UNPARK_CHECK(whole_ok == pieces_ok, "pieces decide whether it can be read");
  if (whole_ok) UNPARK_CHECK(whole == pieces, "pieces decide what is read");
  return 0;
}
