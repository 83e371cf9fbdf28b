// What is done with a channel that a function makes: capacity, senders, receivers, closers, and in
// which goroutines (the facts F2 and F3 of the rule catalogue, for channels that stay in sight).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "flow/track.h"

namespace unpark::flow {

enum class ChannelOpKind : uint8_t { kSend, kReceive, kClose, kLook };

struct ChannelOp {
  ChannelOpKind kind = ChannelOpKind::kLook;
  FunctionId function;
  ValueId at;    // the send, receive, select, or call of close; of a builtin len or cap: a look
  ValueId name;  // the operand that is the channel there
  uint32_t context = 0;  // index into Tracked::contexts
  uint32_t thread = 0;
  int32_t select_case = -1;  // of a select: which case
  bool can_leave =
      false;  // a select with another case or a default: it need not wait for this channel
  bool ranges = false;    // the receive of a loop that ends only when the channel is closed
  bool repeated = false;  // perhaps more than once in its thread
  bool deferred = false;
};

struct ChannelFacts {
  FunctionId maker;
  ValueId made;                     // the kMakeChan
  std::optional<int64_t> capacity;  // none: not a constant
  // Made by what `maker` calls, for this call: `made` is the call, and the kMakeChan is there.
  FunctionId callee;
  ValueId made_there;
  Tracked tracked;
  std::vector<ChannelOp> ops;  // by goroutine, then place

  bool by_call() const { return callee.exists(); }
  bool closed_world() const { return tracked.closed(); }
  size_t count(ChannelOpKind kind) const {
    size_t n = 0;
    for (const ChannelOp& op : ops) n += op.kind == kind;
    return n;
  }
};

ChannelFacts channel_facts(Facts& facts, FunctionId function, ValueId made,
                           Unknown unknown = Unknown::kEscapes);

// The channel that a call gives, new with each call, when its callee makes it (`there`: the facts
// of that) and returns it. For a call that does not give it, !tracked.result.exists().
ChannelFacts called_channel(Facts& facts, FunctionId function, ValueId call,
                            const ChannelFacts& there);

// The channels that an unexported field holds, all as one: whatever is done with one of them is
// there, and each operation may be on any of them.
struct FieldChannels {
  struct Channel {
    FunctionId maker;
    ValueId made;
    std::optional<int64_t> capacity;
  };

  bool known = false;             // nobody else has them, but for those who may ...
  bool others_receive = false;    // ... receive from them,
  bool others_send = false;       // or send to them and close them
  std::vector<Channel> channels;  // by place
  Tracked tracked;                // flow::FieldTracked
  std::vector<ChannelOp> ops;     // by goroutine, then place

  size_t count(ChannelOpKind kind) const {
    size_t n = 0;
    for (const ChannelOp& op : ops) n += op.kind == kind;
    return n;
  }
};

FieldChannels field_channels(Facts& facts, types::ObjectId field);

// The channels that the body makes, in order. All that is asked about one costs time and memory by
// the body's blocks: of a body with very many of both only the first.
std::vector<ValueId> made_channels(const Body& body);

// An edge of the control flow; no block: there is none.
struct Edge {
  BlockId from;
  uint32_t succ = 0;  // index into Block::succs
  bool exists() const { return from.exists(); }
  friend bool operator==(Edge, Edge) = default;
};

// The edge that control takes when a select with several alternatives chose case `number` (-1: the
// default); none when the comparisons behind the select cannot be read.
Edge select_case_edge(const FunctionFacts& facts, ValueId select, int32_t number);

// The edge that a range over a channel takes when the channel is closed.
Edge closed_edge(const FunctionFacts& facts, ValueId receive);

}  // namespace unpark::flow
