// ByteSource: bytes that come one after the other: a file, standard input, an HTTP body, or what a
// decompressor makes of another source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace unpark::evidence {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads some bytes, at least one unless the end is reached: then 0, and 0 from then on. Fails
  // with a message that says what went wrong, without the source's name.
  virtual base::Result<size_t> read(char* to, size_t size) = 0;
  // All bytes at once, where they are in memory anyway; they live as long as the source. Then
  // nobody calls read().
  virtual const std::string_view* whole() const { return nullptr; }
};

// A file, or what can be read like one: a pipe, a device. Small files are taken into memory, large
// ones are read piece by piece. Directories fail, and a named pipe that nobody opens for writing in
// `pipe_seconds`.
base::Result<std::unique_ptr<ByteSource>> open_file(const std::string& path,
                                                    double pipe_seconds = 30);
std::unique_ptr<ByteSource> standard_input();
// The bytes must outlive the source.
std::unique_ptr<ByteSource> source_of(std::string_view bytes);

// Looks at the first bytes and puts decompressors in front where they are gzip, zstd, lz4 frames or
// xz, also one inside another, two deep at most. `what` gets their names (", gzip"). The result
// gives at most `max_bytes` and then fails with kTooLarge; memory does not depend on what the input
// claims. A cut or broken stream gives what could be had, then fails with kTruncated or kMalformed.
base::Result<std::unique_ptr<ByteSource>> decompressed(std::unique_ptr<ByteSource> source,
                                                       uint64_t max_bytes, std::string* what);

// Reads everything, up to `max_bytes` (then kTooLarge). `into` has what came before an error.
base::Status read_all(ByteSource& source, uint64_t max_bytes, std::string* into);

}  // namespace unpark::evidence
