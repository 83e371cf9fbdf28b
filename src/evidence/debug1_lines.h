// The lines of profiles as text (debug=1), each on its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unpark::evidence {

// "goroutine profile: total 171", "heap profile: 45: 1257168 [84: 1451024] @ heap/65536",
// "--- mutex:", "--- contention:". In a log other words may stand before it.
struct Debug1Header {
  size_t start = 0;       // in the line
  std::string_view name;  // "goroutine", "heap", "mutex", "contention"
  uint64_t totals[4] = {};
  uint32_t total_count = 0;
  uint64_t sampling = 0;  // of heap: the number behind "heap/"
};
bool parse_debug1_header(std::string_view line, Debug1Header* header);

// "12 @ 0x1 0x2", "76601568 4 @ 0x1", "0: 0 [1: 4096] @ 0x1": 1, 2 or 4 numbers, and addresses.
struct Debug1Record {
  uint64_t values[4] = {};
  uint32_t value_count = 0;
  std::vector<uint64_t> pcs;
  bool complete = false;  // false: addresses were left out, there are too many or they are damaged
};
bool parse_debug1_record(std::string_view line, Debug1Record* record);

// "0x5b745e main.selectLoop+0xde example.test/base.go:88", what stands behind the "#". Of unknown
// functions there is the address alone.
struct Debug1Frame {
  uint64_t pc = 0;
  uint64_t offset = 0;  // from the entry of the function that has the frame
  std::string_view function, file;
  uint32_t line = 0;
};
bool parse_debug1_frame(std::string_view text, Debug1Frame* frame);

// What stands behind "labels: ": {"key":"value", "key":"value"}. False when it is damaged: then
// `labels` has what came before.
bool parse_debug1_labels(std::string_view text,
                         std::vector<std::pair<std::string, std::string>>* labels);

std::string_view trimmed(std::string_view text);
// A decimal number at the front; one that is too large is the largest there is.
bool take_decimal(std::string_view* text, uint64_t* value);

}  // namespace unpark::evidence
