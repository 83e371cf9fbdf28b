// Finds channels on which several goroutines send more values than their maker receives, on some
// way out of it (flow/shortfall.h): one goroutine for each element and a receive for the first
// answer, a loop of receives that an error leaves.
//
// An error when the sends are counted by a number or a length and the receives are fewer on that
// way; a warning when that depends on numbers which nothing relates to each other.
//
// Silent when a way cannot be counted: receives in other goroutines, deferred functions, and
// functions that receive an unknown number of values; loops that end by a count of their own;
// buffers of unknown size.
#include "flow/endless.h"
#include "flow/shortfall.h"
#include "rules/context.h"
#include "rules/rule.h"

namespace unpark::rules {

namespace {

constexpr RuleInfo kInfo = {
    .id = "UP1006",
    .name = "fan-in-shortfall",
    .family = Family::kGoroutine,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "several goroutines send on a channel from which fewer values are received",
    .why =
        "Each goroutine sends its result, and the function leaves with the first answer or the "
        "first "
        "error. All the others then wait in their sends until the process ends, and with each call "
        "come more.",
    .advice = "give the channel room for all of them: `make(chan T, n)` with the number of values",
    .dump = "many goroutines in state `chan send` at the same line, created in a loop",
};

void check(RuleContext& cx, FunctionId function) {
  for (const flow::ChannelFacts& c : cx.channels(function)) {
    // Where nobody receives, orphan-send says so.
    if (!c.count(flow::ChannelOpKind::kReceive)) continue;
    flow::Shortfall s = flow::find_shortfall(cx.facts(), c, cx.channels(function), [&] {
      return std::span<const flow::ChannelFacts>(cx.called_channels(function));
    });
    if (!s.found || !s.several) continue;
    std::string name = cx.name_of_made(c.maker, c.made, "channel");
    // In a function that others call too, the fault is where the goroutine is started.
    bool elsewhere = cx.declared(s.send.function) != cx.declared(c.maker);
    diag::Finding& f = cx.report(kInfo, elsewhere ? c.maker : s.send.function,
                                 elsewhere ? s.start : s.send.at, elsewhere ? "go" : "send");
    if (!s.certain) {
      f.severity = diag::Severity::kWarning;
      f.confidence = diag::Confidence::kMedium;
    }
    if (s.sent >= 0 && s.received >= 0) {
      f.message = diag::Message(
          "{0} values are sent on {1}, but this function can leave when it has received {2}",
          diag::Words{std::to_string(s.sent)}, diag::Code{name},
          diag::Words{std::to_string(s.received)});
    } else {
      f.message = diag::Message(
          "more is sent on {0} than is received: goroutines are stranded when the function leaves",
          diag::Code{name});
    }
    f.labels.push_back(
        {cx.place(c.maker, c.made),
         c.capacity && *c.capacity == 0
             ? diag::Message("{0} made here, without a buffer", diag::Code{name})
             : diag::Message("{0} made here, without room for all of them", diag::Code{name})});
    if (elsewhere) {
      std::string inner = cx.name_of_operand(s.send.function, s.send.name, name);
      f.labels.push_back({cx.place(s.send.function, s.send.at),
                          diag::Message("{0} sent on here", diag::Code{inner})});
    }
    if (s.loop.exists()) {
      if (std::optional<source::Loc> head = flow::loop_around(cx.facts(), c.maker, s.start)) {
        f.labels.push_back({*head, diag::Message("a goroutine for each turn of this loop")});
      }
    } else if (!elsewhere) {
      f.labels.push_back({cx.place(c.maker, s.start), diag::Message("goroutine started here")});
    }
    for (source::Loc r : s.receives) {
      f.labels.push_back({r, diag::Message("receives from {0} here", diag::Code{name})});
    }
    f.labels.push_back({cx.place(c.maker, s.path.end),
                        s.path.end == c.made
                            ? diag::Message("the next turn makes {0} anew", diag::Code{name})
                            : diag::Message("returns here, and nobody receives from {0} any more",
                                            diag::Code{name})});
  }
}

}  // namespace

Rule fan_in_shortfall() { return {&kInfo, check, Trigger{.has = types::BodySummary::kMakeChan}}; }

}  // namespace unpark::rules
