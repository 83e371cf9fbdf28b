// Breaks that leave a select or a switch where the loop around it was meant: shared by the rule
// that reports them and by the rules that would report what follows from them (a goroutine that
// cannot end).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/context.h"

namespace unpark::rules {

struct LostBreak {
  // What says that the loop was meant to end here.
  enum Signal : uint8_t {
    kContext,   // a context is done
    kClosed,    // a receive found its channel closed
    kQuit,      // a channel (or a Done method) that is named as the end of something
    kDeadline,  // a time-out that was set before the loop
    kFailure,   // an error
    kWord,      // a value that is named as the end of something
  };

  source::Loc at;    // of the break
  source::Loc loop;  // of the loop's keyword
  source::Span whole_loop;
  Signal signal = kWord;
  std::string what;      // the channel, or the value of the case
  bool select = false;   // leaves a select, else a switch
  bool endless = false;  // nothing else leaves the loop either
  bool skips = false;    // statements of the clause follow the break
  bool last = false;     // nothing follows the loop in its function, which has no results
  uint32_t ordinal = 0;  // among the function's breaks without a label, from 1
};

// The breaks of one function (literals inside are functions of their own), in source order.
std::vector<LostBreak> lost_breaks(RuleContext& cx, FunctionId function);

// The way out of the loop around `instruction` is lost in such a break; it is then reported there.
bool exit_is_lost(RuleContext& cx, FunctionId function, ValueId instruction);

}  // namespace unpark::rules
