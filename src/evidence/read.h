// Reads anything that unpark understands into Evidence: the one entry for who has bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "evidence/byte_source.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

struct ReadOptions {
  // Text may be of any length; everything else must be in memory. After decompression.
  uint64_t max_text_bytes = uint64_t{64} << 30;
  uint64_t max_binary_bytes = uint64_t{1} << 30;
  // Text in which nothing is recognised for so long is not read further.
  uint64_t max_unrecognised_bytes = uint64_t{256} << 20;
};

// What the input is, is told from its bytes; `name` serves messages only. Adds one Input, and the
// snapshots that were found in it. What is wrong with it is in Input::error and Input::notes: bad
// input is no failure of this function, and never loses what was read before it. Memory is bounded
// by what is kept: streams of any length that hold nothing cost none.
void read_input(ByteSource& source, std::string name, const ReadOptions& options,
                Evidence& evidence);

// The same for a file, or "-" for standard input. A single snapshot that does not say when it was
// taken has the time at which the file was written. A file that cannot be opened is an Input with
// an error.
void read_path(const std::string& path, const ReadOptions& options, Evidence& evidence);

// The files an argument means: itself, "-", or the files below a directory, sorted by path, hidden
// ones left out. Fails when it does not exist or cannot be read.
base::Result<std::vector<std::string>> files_of(const std::string& argument);

}  // namespace unpark::evidence
