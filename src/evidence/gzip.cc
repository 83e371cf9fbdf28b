#include "evidence/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <climits>

#include "base/check.h"

namespace unpark::evidence {

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  int status = deflateInit2(&stream, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  UNPARK_CHECK(status == Z_OK, "deflateInit2");
  std::string out;
  size_t taken = 0;
  char buffer[1 << 14];
  do {
    if (stream.avail_in == 0) {
      size_t next = std::min<size_t>(bytes.size() - taken, INT_MAX);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
      stream.avail_in = static_cast<uInt>(next);
      taken += next;
    }
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = deflate(&stream, taken == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    UNPARK_CHECK(status == Z_OK || status == Z_STREAM_END, "deflate");
    out.append(buffer, sizeof buffer - stream.avail_out);
  } while (status != Z_STREAM_END);
  deflateEnd(&stream);
  return out;
}

}  // namespace unpark::evidence
