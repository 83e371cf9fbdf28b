// LineReader: a reader of one kind of text that may stand anywhere among other text: scheduler
// lines in a log, race reports between goroutine dumps, a debug=1 profile pasted under a question.
//
// The text reader (text.h) cleans lines of what logs and web pages put around them, keeps goroutine
// blocks for itself, and offers every other line to its line readers in a fixed order.
#pragma once

#include <cstdint>
#include <string_view>

namespace unpark::evidence {

class LineReader {
 public:
  virtual ~LineReader() = default;
  // One clean line, without its end. True: it belongs to what this reader reads, and nobody else is
  // asked. `offset` is where it stands in the input. Lines that say no must cost little: look at
  // the first bytes.
  virtual bool take(std::string_view line, uint64_t offset) = 0;
  // The input ends: what is open is complete, or cut. Adds snapshots and notes.
  virtual void finish() = 0;
};

}  // namespace unpark::evidence
