// The holders of one value that has to be released, in one function: everything that may hold it,
// what is done with them, and the ways through the function on which they lose it. The inner part
// of obligation.h.
//
// It is filled once (add_root or add_call) and then asked. A function that gets the value is looked
// into with a Holding of its own; what came out is kept in the Obligations.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "flow/obligation.h"
#include "flow/paths.h"

namespace unpark::flow {

// The types of what a call gives; none for a call without results.
std::span<const types::TypeId> result_types(types::Context& cx, const Value& call);

class Holding {
 public:
  struct Step {
    enum Kind : uint8_t {
      kDeref,    // through a pointer
      kFieldOf,  // a field of the struct pointed to
      kFieldIn,  // a field of a struct
      kCapture,  // a captured variable of a closure of `function`
    };
    Kind kind = kDeref;
    uint32_t field = 0;
    FunctionId function;
    friend bool operator==(Step, Step) = default;
  };
  // From the holder to what has to be released: the first step is taken first.
  using Access = absl::InlinedVector<Step, 4>;

  // `depth`: how many calls deep functions that get the value are looked into.
  Holding(Obligations& all, const Protocol& protocol, FunctionId function, uint8_t depth);

  // The value itself, behind `path`: a parameter or captured variable.
  void add_root(ValueId value, const Access& path);
  // What a call gives: the value, and the error that says whether there is one. False when the
  // value cannot be found in it.
  bool add_call(const Acquisition& a);

  // There are too many holders: nothing below is to be believed.
  bool overflow() const { return overflow_; }
  // Something is done with the value, somewhere.
  bool any_event() const { return any_event_; }
  // The instruction that gives the value; none: nobody takes it from the call.
  ValueId root() const { return root_; }
  // The field that nobody uses in which the value was stored, and where; none: in no such field.
  types::ObjectId idle_field() const { return idle_field_; }
  ValueId idle_store() const { return idle_store_; }
  // Of a part that is released: the part itself is looked at.
  bool part_used() const;
  // Adds those of the holders that are the value as a caller would get it.
  void add_results(absl::flat_hash_set<ValueId>& out) const;

  // A way from the start to a return (or round to the call) that no event is on. With `strict`
  // those that pass something unknown are left out; met_unknown() then tells whether there were
  // any, and goes_round() whether the way found ends at the call. Returns are no end of a way
  // without `returns_count`.
  Path lost(bool strict, bool returns_count);
  bool met_unknown() const { return met_unknown_; }
  bool goes_round() const { return goes_round_; }
  // A way to a return that gives the value to the caller, as result `index`.
  bool reaches_caller(uint32_t index);
  // A way to a return that gives the value to the caller although something was done with it
  // before; also when that cannot be told.
  bool reaches_caller_touched(uint32_t index);

  // About a way that lost() has found.

  // Where on the path something else takes the place of the value in its variable; none: nowhere.
  ValueId overwritten(const Path& path) const;
  // The last decision of the path that is not about the value or its error, and without which
  // control would not be at `end`; none: there is none.
  Edge decision(const Path& path, ValueId end) const;
  // Cuts a path where it comes to the call again; false when it does not.
  bool cut_round(Path& path) const;
  // Of a path that goes round: the jump that stands in the source.
  ValueId jump_round(const Path& path) const;

 private:
  enum class Does : uint8_t { kRelease, kTransfer, kUnknown };

  // The memory of a way: one bit per holder (or variable), and behind them what else is known.
  static constexpr uint16_t kMaxBits = 125;
  // The error was given to something that may act on it.
  static constexpr uint16_t kErrorShown = 125;
  // Something was done with the value.
  static constexpr uint16_t kTouched = 126;
  // The error was seen to be nil, or the value to be there.
  static constexpr uint16_t kKnownGood = 127;

  // Instead of a bit: the holder gets one of its own.
  static constexpr uint16_t kOwn = UINT16_MAX;

  struct Holder {
    ValueId value;
    Access path;
    uint16_t bit = 0;
    // How many local variables (one inside the other) lie between it and the value. With none the
    // bit says that this value of the program is, or leads to, what has to be released; else it
    // says so of the innermost variable's content, and all ways to that variable share it.
    uint8_t cells = 0;
    bool error = false;
    bool own = false;  // the bit is its own
  };
  struct Cell {
    uint16_t bit;
    ValueId variable;  // the kAlloc
    ValueId store;
  };
  struct Flow {
    uint16_t from;
    uint16_t to;
  };
  struct PhiFlow {
    uint32_t operand;
    Flow flow;
  };
  struct Event {
    uint16_t bit;
    Does does;
  };
  // What happens at an instruction, in this order.
  struct At {
    std::vector<Event> events;
    std::vector<uint16_t> defines;  // bits of holders that are computed anew
    std::vector<Flow> derives;
    std::vector<uint16_t> clears;
    std::vector<Flow> stores;
    // Of errors that are given to a call, and of values that are looked into, which shows that they
    // are there.
    std::vector<uint16_t> shows_error;
    std::vector<uint16_t> reads;
    bool ends = false;  // the context has ended when control comes behind it
  };
  struct Standing {
    ValueId at;
    Event event;
    bool now;  // it happens at once, not later on
  };

  // --- growing the holders (holding.cc) ---

  // The instruction that takes the numbered result of the call; none: nobody does.
  ValueId extract(ValueId call, uint32_t number) const;
  // From what the call gives to what has to be released.
  std::optional<Access> part_of(types::TypeId type) const;
  // A caller that got this holder would have the value.
  bool is_result(const Holder& h) const;
  // The bit of a holder; makes it if it is new.
  uint16_t holder(ValueId value, const Access& path, uint8_t cells, uint16_t bit, bool error);
  // What instruction `use` makes of a holder.
  void derive(const Holder& h, ValueId use, const Access& path, uint8_t cells);
  void event(const Holder& h, ValueId at, Does does, bool now = false);
  // Follows all uses of all holders, also of those that are new then.
  void grow();
  // Adds what comes of one use of a holder: new holders, an event.
  void follow(const Holder& h, ValueId use);
  void store(const Holder& h, ValueId use, ValueId address);
  // What storing in an array does; nothing for the arguments of a variadic call that only looks at
  // them.
  std::optional<Does> into_array(const Value& element) const;
  // Something is stored where the holder says that the value is.
  void overwrite(const Holder& h, ValueId use);
  // A closure that captures the holder leads to the value if it does something with it.
  void capture(const Holder& h, ValueId use, FunctionId closure);
  void call(const Holder& h, ValueId use, const Value& v);
  // What is called with the error perhaps does not come back when there is none.
  void error_to_call(const Holder& h, ValueId use);
  void argument(const Holder& h, ValueId use, FunctionId callee, uint32_t number, bool now);
  void effect(const Holder& h, ValueId use, Obligations::Summary s, bool now);
  // What the function does with what `value`, its parameter or captured variable, leads to.
  Obligations::Summary summary(FunctionId function, ValueId value, const Access& path);
  bool is_context(types::TypeId type) const;
  // Finds where the context is seen to have ended.
  void watch_context(ValueId context);
  void watch_done(ValueId done);

  // --- the ways (holding_ways.cc) ---

  PathQuery base_query();
  // The error was given to somebody and the value not looked at: perhaps it is an error that was
  // wanted.
  static bool expects_error(const PathMemory& m);
  // What is lost when a test has failed is of no interest.
  bool fails_test(ValueId at) const;
  // Something is done with the value at the start of the next round of the loop, before the call is
  // reached again. Whether it is done in each round but the first cannot be told.
  bool next_round_releases();
  // A variable that a deferred call, a goroutine or somebody unknown already has when the value is
  // stored in it.
  void stand();
  // Control can come from `at` to the store while the variable is the same.
  bool comes_before(ValueId at, const Cell& cell) const;
  // Executes an instruction; what is done with the value there, if anything.
  std::optional<Does> step(PathMemory& m, ValueId instruction);
  // `v` holds, at this place, the value (or its error).
  bool live(const PathMemory& m, ValueId v, bool error) const;
  bool is_error(const PathMemory& m, ValueId v) const;
  // The result of a call that was given the error, or of a comparison with it.
  bool depends_on_error(const PathMemory& m, ValueId v) const;
  // `v` is here the value as a caller would get it.
  bool holds_result(const PathMemory& m, ValueId v) const;
  // Takes an edge; false when it is not taken while there is something to release.
  bool cross(PathMemory& m, Edge e, bool strict);
  // Whether the condition can have this outcome while there is something to release.
  bool possible(PathMemory& m, ValueId condition, bool truth, bool strict);
  // Control comes again to the call: what still holds the value of the round before? The rest is
  // dropped from the memory.
  bool survives(PathMemory& m);
  // Whether a phi may be used behind the call before it is computed anew.
  bool used_later(ValueId phi) const;

  Obligations& all_;
  Facts& facts_;
  const Protocol& protocol_;
  FunctionId function_;
  const FunctionFacts& f_;
  const Body& body_;
  uint8_t depth_;

  ValueId call_, from_, root_, error_, ok_;
  PathMemory initial_;
  PathMemory error_bits_;
  std::vector<Holder> holders_;
  std::vector<uint32_t> bits_;  // the holder that each bit belongs to
  absl::flat_hash_map<ValueId, std::vector<uint32_t>> holder_of_;
  std::vector<uint32_t> work_;
  absl::flat_hash_map<ValueId, At> at_;
  absl::flat_hash_map<BlockId, std::vector<uint16_t>> phi_bits_;
  absl::flat_hash_map<BlockId, std::vector<PhiFlow>> phi_flows_;
  std::vector<Cell> cells_;
  std::vector<Standing> standing_;
  absl::flat_hash_map<std::pair<ValueId, uint16_t>, Does> stands_;
  absl::flat_hash_set<types::ObjectId> error_fields_;
  absl::flat_hash_set<ValueId> context_errors_;  // calls of its Err
  std::vector<Edge> end_edges_;                  // taken when the context has ended
  types::ObjectId idle_field_;
  ValueId idle_store_;
  bool overflow_ = false;
  bool any_event_ = false;
  bool stood_ = false;
  bool met_unknown_ = false;
  bool goes_round_ = false;
  std::optional<bool> next_round_;
};

}  // namespace unpark::flow
