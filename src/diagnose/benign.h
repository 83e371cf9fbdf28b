// Benign patterns: groups that are known to be harmless: connections at rest, accept loops, signal
// loops, pollers, flush daemons. Text, one pattern a line, so that a user can add some:
//
//   # what the team's own bus does
//   name=bus-reader  state="IO wait"  frame=example.com/bus.(*Conn).read  max=200
//   name=poller      at=example.com/poll.*  creator=main.main
//
// A line is a list of KEY=VALUE, separated by blanks; a value with blanks stands in double quotes.
// In all values but numbers `*` stands for any text. Keys, all but one of frame, at, creator and
// root optional:
//
//   name     what the report says; else the line itself
//   state    what the goroutine does or waits for, as the run time prints it: "chan receive"
//   frame    some function of the stack
//   at       the innermost function outside the run time, sync, time and context
//   root     the outermost function outside the run time
//   creator  the function with the go statement
//   user     yes, no: whether some function is outside the standard library
//   max      how many are expected; none: any number
//   growing  yes: also when their number grows: they are load. no (the default): growth counts
//
// Functions are named as dumps print them, with the import path: "net/http.(*conn).serve". A group
// is expected when one pattern matches in all its parts.
#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/signature.h"

namespace unpark::diagnose {

struct BenignPattern {
  std::string name, state, frame, at, root, creator;
  uint64_t max = UINT64_MAX;
  std::optional<bool> user;
  bool growing = false;
};

// Patterns of a text, and what is wrong with lines that are none: "line 3: unknown key 'fram'".
std::vector<BenignPattern> parse_benign(std::string_view text, std::vector<std::string>* errors);

std::vector<BenignPattern> default_benign();

// Whether `*` in `pattern` can stand for texts that make it `text`. Linear but for the stars.
bool matches_glob(std::string_view pattern, std::string_view text);

// The canonical names of a stack's frames, and whether one of them matches.
using FrameNames = absl::InlinedVector<std::string_view, 24>;
FrameNames names_of(Signatures& signatures, evidence::StackId stack);
bool some_matches(const FrameNames& names, std::string_view pattern);

// What a group shows to patterns.
struct BenignView {
  std::string_view state;
  evidence::StackId stack;
  evidence::FrameId created_by;
  uint64_t count = 0;
};
// The first that matches, leaving growth aside; null: none does.
const BenignPattern* find_benign(const std::vector<BenignPattern>& patterns, const BenignView& view,
                                 Signatures& signatures);

}  // namespace unpark::diagnose
