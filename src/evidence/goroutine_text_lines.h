// The forms of the lines of a goroutine's block, each on its own: what a line is depends on its
// text alone here. goroutine_text.h puts blocks together.
//
// Forms of Go 1.1 to 1.27 are known: gp=, m= and mp= (1.22), "(scan)", "(durable)" and synctest
// bubbles (1.24, 1.25), "(leaked)" (1.26), labels in the bracket (1.26) and after it (1.27), the
// creator's number (1.21), both styles of elision, frames of C code, ancestors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/snapshot.h"

namespace unpark::evidence {

struct HeaderLine {
  uint64_t id = 0;
  uint32_t count = 1;  // "48 goroutines [select]:"
  uint32_t minutes = Goroutine::kNotShown;
  uint32_t bubble = 0;
  uint16_t flags = 0;
  WaitReason reason = WaitReason::kNone;
  Status status = Status::kUnknown;
  std::string_view state_text;  // as Goroutine's
  std::string_view labels;      // what stands between the braces
};

// "goroutine 7 [chan receive, 5 minutes]:" and all its variants, from the line's first byte. Blanks
// at the end are allowed, anything else after the colon is not.
bool parse_header(std::string_view line, HeaderLine* header);
// goleak: "Goroutine 7 in state chan receive, with main.f on top of the stack:", an opening bracket
// before it or not.
bool parse_goleak_header(std::string_view line, HeaderLine* header);
// "48 goroutines [chan receive, 5 minutes]:"
bool parse_aggregate_header(std::string_view line, HeaderLine* header);
// A header whose end is missing: cut, or on the next line.
bool is_part_of_header(std::string_view line);
// What stands in the bracket, without labels: "chan receive (leaked), 5 minutes".
void parse_state(std::string_view words, HeaderLine* header);
// Pairs of keys and values, Go's quoting undone. False where it is not all as Go writes it: what
// comes before that is in the list. The list may be null.
using LabelList = std::vector<std::pair<std::string, std::string>>;
bool parse_labels(std::string_view text, LabelList* labels);

struct FunctionLine {
  std::string_view name;
  std::string_view arguments;  // between the parentheses

  bool only_dots() const { return arguments == "..."; }
};

// "main.(*T).run(0xc000012345, {0x1, 0x2})". Names that only a mangled line has, fail.
bool parse_function(std::string_view line, FunctionLine* function);
// The beginning of such a line, up to somewhere in its arguments.
bool is_open_function(std::string_view line);

struct FileLine {
  std::string_view file;  // empty: not known
  uint32_t line = 0;
  bool has_offset = false;    // " +0x1f"
  bool only_address = false;  // C code: "pc=0x..." after the place, or alone
};

// "/src/main.go:12 +0x1f fp=0x1 sp=0x2 pc=0x3", without the tab before it.
bool parse_file(std::string_view line, FileLine* place);
// The file's ending is one that the run time prints: a line without its tab can be trusted.
bool is_source_file(std::string_view file);
// The rest of a place that was broken apart: "09 +0x1f", "+0x1f".
bool is_rest_of_file(std::string_view line);

// "created by main.run in goroutine 7". No creator_id in the text: 0.
bool parse_created_by(std::string_view line, std::string_view* name, uint64_t* creator_id);
// "...additional frames elided..." (frames 0) and "...12 frames elided...".
bool parse_elision(std::string_view line, uint32_t* frames);
// "[originating from goroutine 7]:"
bool is_ancestor(std::string_view line);
// "goroutine running on other thread; stack unavailable"
bool is_unavailable(std::string_view line);
// What a dying process says before its stacks: "panic: ", "fatal error: ", "SIGQUIT: quit".
bool is_crash_message(std::string_view line);

// Appends the pointer-like words of an argument list, in order; words of frames from 255 on are not
// kept. Returns the first byte that no argument list has: the closing parenthesis.
const char* scan_arguments(const char* p, const char* end, uint32_t frame,
                           std::vector<Argument>* to);

// Decimal digits from the start of the text; 0 of them: none. Fails beyond 64 bits.
bool take_number(std::string_view* text, uint64_t* value);
std::string_view trim(std::string_view text);
std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);

}  // namespace unpark::evidence
