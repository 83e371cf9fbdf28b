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

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/globs.h"
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

// What a group shows to patterns.
struct BenignView {
  std::string_view state;
  evidence::StackId stack;
  evidence::FrameId created_by;
  uint64_t count = 0;
};

// Patterns asked about many groups. Cost of a group: a look at each frame, and a bit for each
// pattern; globs are matched once for each function.
class BenignPatterns {
 public:
  BenignPatterns(const std::vector<BenignPattern>& patterns, Signatures& signatures);

  // The first that matches, leaving growth aside; null: none does.
  const BenignPattern* find(const BenignView& view);

 private:
  // What a pattern asks of the functions: numbers in globs_; kAny: nothing.
  static constexpr uint32_t kAny = UINT32_MAX;
  struct Numbers {
    uint32_t frame = kAny, at = kAny, root = kAny, creator = kAny;
  };
  // Functions of a stack: kAny where there is none.
  struct Ends {
    uint32_t at = kAny, root = kAny;
    bool has_user = false;
  };
  Ends ends_of(evidence::StackId stack);
  bool matches(uint32_t function, uint32_t glob);

  const std::vector<BenignPattern>& patterns_;
  Signatures& signatures_;
  FunctionGlobs globs_;
  std::vector<Numbers> numbers_;  // beside patterns_
};

}  // namespace unpark::diagnose
