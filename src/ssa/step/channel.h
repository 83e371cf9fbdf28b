// ChanData: a channel: its buffer, and who waits to send or to receive.
#pragma once

#include <deque>

#include "ssa/step/machine.h"

namespace unpark::ssa::step {

struct ChanData : Native {
  uint64_t capacity = 0;
  bool closed = false;
  std::deque<std::vector<uint8_t>> buffer;
  std::deque<Waiter> senders, receivers;

  std::unique_ptr<Native> clone() const override { return std::make_unique<ChanData>(*this); }
  void visit(void* context, Visit see) const override {
    for (const auto& v : buffer) see(context, v.data(), v.size());
    for (const auto& w : senders) see(context, w.value.data(), w.value.size());
  }
  uint64_t bytes() const override { return buffer.size() * 64; }
};

// Sends without waiting if that is possible. `closed`: the channel is, a panic is due.
bool try_send(Machine& m, ChanData& c, std::span<const uint8_t> value, bool& closed);
// Receives without waiting: `out` gets the value, or zeros from a closed channel.
bool try_receive(Machine& m, ChanData& c, std::span<uint8_t> out, bool& ok);
bool can_send(Machine& m, ChanData& c);
bool can_receive(Machine& m, ChanData& c);
void close_channel(Machine& m, Word channel);

}  // namespace unpark::ssa::step
