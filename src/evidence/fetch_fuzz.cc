// Fuzzes what reads a server's answer, and addresses. The first byte says how the answer arrives.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "evidence/fetch.h"

namespace {

using namespace unpark;

class Replay : public evidence::Connection {
 public:
  Replay(std::string_view bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  base::Result<size_t> read(char* to, size_t size) override {
    size_t n = rest_.copy(to, std::min(size, piece_));
    rest_.remove_prefix(n);
    return n;
  }
  base::Status write(std::string_view) override { return base::Ok{}; }

 private:
  std::string_view rest_;
  size_t piece_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr uint64_t kMax = 4096;
  Replay replay(bytes, 1 + data[0] % 64);
  base::Result<evidence::Response> response = evidence::read_response(replay, kMax);
  if (response && response->page.body.size() > kMax) __builtin_trap();
  base::Result<evidence::Url> url = evidence::parse_url(bytes);
  if (url) {
    // Nothing that goes into the request may end its line.
    for (const std::string* part : {&url->host, &url->path, &url->query}) {
      if (part->find_first_of("\r\n ") != std::string::npos) __builtin_trap();
    }
    if (evidence::resolve(*url, bytes.substr(bytes.size() / 2)).ok()) url->shown();
  }
  return 0;
}
