// Codec: one compressed format, as a machine that turns bytes into bytes. decompress.cc drives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace unpark::evidence {

class Codec {
 public:
  enum class State : uint8_t {
    kMore,       // goes on as soon as there is more input, or more room
    kEnd,        // the stream is complete; another may follow
    kMalformed,  // the input is not of this format
    kTooBig,     // unpacking it needs more memory than we give
  };
  struct Step {
    State state = State::kMore;
    size_t used = 0;  // of the input
    size_t made = 0;  // in the output
  };

  virtual ~Codec() = default;
  virtual std::string_view name() const = 0;
  // Unpacks from `in` to `out`. `last`: nothing follows `in`.
  virtual Step step(std::string_view in, bool last, char* out, size_t size) = 0;
  // After kEnd, with input left: whether another stream of this format begins there, for which the
  // codec is then ready.
  virtual bool next(std::string_view in) = 0;
};

// The format that these first bytes begin, or null. kCodecPeek bytes are enough.
constexpr size_t kCodecPeek = 6;
std::unique_ptr<Codec> codec_for(std::string_view first_bytes);

}  // namespace unpark::evidence
