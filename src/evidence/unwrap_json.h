// The text inside a line of a JSON log.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unpark::evidence {

struct JsonText {
  // Strings as they stand between their quotes, escapes and all, in the order of the line.
  std::vector<std::string_view> texts;
  // The text is a piece of a stream: lines end where it says so, not where the object ends
  // (docker's "log", "Output" of go test).
  bool is_stream = false;
  bool is_object = false;  // the line begins an object with a key
  bool complete = false;   // and ends it
};

// `line` begins with "{". Strings that hold a dump are taken, whatever their key; else the first of
// the keys that logs use for their message. Nothing is allocated for what is not taken.
JsonText json_text(std::string_view line);

}  // namespace unpark::evidence
