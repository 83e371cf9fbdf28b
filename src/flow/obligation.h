// Obligations: what a call gives and somebody has to release (the cancel function of a context, the
// body of a response), followed from that call along the ways through its function. A way on which
// it is neither released nor handed to somebody else loses it (the facts F5 and F7 of the rule
// catalogue).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/paths.h"

namespace unpark::flow {

// What has to be done with a value, and which calls give such values.
struct Protocol {
  uint8_t id = 0;           // tells protocols apart
  std::string_view part;    // the field of the struct it points to that is released; empty: itself
  std::string_view method;  // the method that releases; empty: the value is a function to be called
  bool read_is_enough = false;  // read to its end it needs no release any more
  // The call gives a context, too, and when that has ended there is nothing to release any more.
  bool context_ends_it = false;
  // The result of the call that has to be released, by declaration; none otherwise.
  std::optional<uint32_t> (*declared)(Facts&, FunctionId caller, ValueId call) = nullptr;
  // By declaration nothing has to be released of what the call gives.
  bool (*exempt)(Facts&, FunctionId callee) = nullptr;
  // Whether a result of the type may hand the duty to the caller.
  bool (*carries)(types::Context&, types::TypeId) = nullptr;
  // The value of which the test a == b, when it holds, says that there is nothing to release.
  ValueId (*nothing_if_equal)(Facts&, const Body&, ValueId a, ValueId b) = nullptr;
};

struct Acquisition {
  ValueId call;
  uint32_t result = 0;
  bool declared = false;  // else: the callee is seen to hand its own duty to its caller
  FunctionId callee;      // none for a method of an interface
};

struct Outcome {
  enum Kind : uint8_t { kReleased, kUnknown, kLost };
  enum How : uint8_t {
    kLeaves,     // a return is reached
    kGoesRound,  // the same call is reached again, and nothing holds the value of the last round
  };

  Kind kind = kReleased;
  How how = kLeaves;
  bool unused = false;     // nothing at all is done with it
  bool part_used = false;  // of a part that is released: the part itself is looked at
  Path path;
  ValueId jump;            // of kGoesRound: the jump of the source that goes round
  ValueId overwritten_by;  // what takes its place in its variable on the way; none: nothing does
  Edge branch;             // the last decision on the way; none: there is none
  // It was stored in this field, with which nothing is ever done.
  types::ObjectId idle_field;
  ValueId idle_store;
};

class Obligations {
 public:
  explicit Obligations(Facts& facts) : facts_(facts) {}

  // Whether the call gives something that its function has to release.
  std::optional<Acquisition> acquisition(const Protocol& protocol, FunctionId function,
                                         ValueId call);
  // What becomes of it.
  Outcome follow(const Protocol& protocol, FunctionId function, const Acquisition& acquisition);

 private:
  friend class Holding;
  // What a function does with what a parameter or captured variable gives access to.
  enum class Summary : uint8_t {
    kIgnores,  // nothing that matters
    kHandles,  // on each way it releases it or hands it on
    kUnknown,
  };
  struct Key {
    FunctionId function;
    ValueId value;
    uint64_t path = 0;
    uint8_t protocol = 0;
    uint8_t depth = 0;
    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine(std::move(h), k.function, k.value, k.path, k.protocol, k.depth);
    }
  };

  std::optional<Acquisition> acquisition(const Protocol& protocol, FunctionId function,
                                         ValueId call, uint8_t depth);
  std::optional<uint32_t> owned_result(const Protocol& protocol, FunctionId function,
                                       uint8_t depth);
  bool idle(types::ObjectId field);

  Facts& facts_;
  absl::flat_hash_map<Key, Summary> summaries_;
  absl::flat_hash_map<Key, std::optional<uint32_t>> owned_;
  absl::flat_hash_map<types::ObjectId, bool> idle_;
};

}  // namespace unpark::flow
