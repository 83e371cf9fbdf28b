// Channels and select (spec: "Send statements", "Receive operator", "Select statements").
#include "ssa/step/channel.h"

#include "ssa/step/ops.h"

namespace unpark::ssa::step {

namespace {

// Entries of goroutines that something else has woken are dropped.
Waiter* first(Machine& m, std::deque<Waiter>& queue) {
  while (!queue.empty() && !m.is_waiting(queue.front())) queue.pop_front();
  return queue.empty() ? nullptr : &queue.front();
}

// A goroutine that selects in a loop leaves entries in the queues of the channels that were not
// ready.
void enqueue(Machine& m, std::deque<Waiter>& queue, Waiter w) {
  if (queue.size() >= 64 && queue.size() % 64 == 0) {
    std::erase_if(queue, [&](const Waiter& x) { return !m.is_waiting(x); });
  }
  queue.push_back(std::move(w));
}

}  // namespace

bool can_send(Machine& m, ChanData& c) {
  return c.closed || c.buffer.size() < c.capacity || first(m, c.receivers);
}

bool can_receive(Machine& m, ChanData& c) {
  return c.closed || !c.buffer.empty() || first(m, c.senders);
}

bool try_send(Machine& m, ChanData& c, std::span<const uint8_t> value, bool& closed) {
  closed = c.closed;
  if (closed) return true;
  if (Waiter* w = first(m, c.receivers)) {
    m.wake(*w, {true, true, w->which, {value.begin(), value.end()}});
    c.receivers.pop_front();
    return true;
  }
  if (c.buffer.size() >= c.capacity) return false;
  c.buffer.emplace_back(value.begin(), value.end());
  return true;
}

bool try_receive(Machine& m, ChanData& c, std::span<uint8_t> out, bool& ok) {
  ok = true;
  if (!c.buffer.empty()) {
    std::copy_n(c.buffer.front().begin(), out.size(), out.begin());
    c.buffer.pop_front();
    if (Waiter* w = first(m, c.senders)) {
      c.buffer.push_back(w->value);
      m.wake(*w, {true, true, w->which, {}});
      c.senders.pop_front();
    }
    return true;
  }
  if (Waiter* w = first(m, c.senders)) {
    std::copy_n(w->value.begin(), out.size(), out.begin());
    m.wake(*w, {true, true, w->which, {}});
    c.senders.pop_front();
    return true;
  }
  if (!c.closed) return false;
  ok = false;
  std::fill(out.begin(), out.end(), uint8_t{0});
  return true;
}

void close_channel(Machine& m, Word channel) {
  ChanData* c = m.native_at<ChanData>(channel);
  if (!c) return m.panic_plain("close of nil channel");
  if (c->closed) return m.panic_plain("close of closed channel");
  c->closed = true;
  while (Waiter* w = first(m, c->receivers)) {
    m.wake(*w, {true, false, w->which, {}});
    c->receivers.pop_front();
  }
  while (Waiter* w = first(m, c->senders)) {
    m.wake(*w, {true, false, w->which, {}});
    c->senders.pop_front();
  }
}

namespace op {

void make_chan(Machine& m, const Inst& i) {
  int64_t size = m.get<int64_t>(i.a);
  const Layout& l = m.layout(TypeId{i.aux});
  uint64_t elem = m.layout(l.elem).size;
  if (size < 0 || (elem && static_cast<uint64_t>(size) > (uint64_t{1} << 47) / elem)) {
    return m.panic_plain("makechan: size out of range");
  }
  auto data = std::make_unique<ChanData>();
  data->capacity = static_cast<uint64_t>(size);
  m.set(i.dst, pointer_to(m.state().heap.add_native(ObjectKind::kChan, std::move(data), l.type)));
}

void send(Machine& m, const Inst& i) {
  ChanData* c = m.native_at<ChanData>(m.get<Word>(i.a));
  Wake& wake = m.current().wake;
  if (wake.ready) {
    wake.ready = false;
    if (!wake.ok) m.panic_plain("send on closed channel");
    return;
  }
  if (!c) return m.park("chan send (nil chan)");
  std::span<const uint8_t> value(m.regs() + i.b, i.size);
  bool closed = false;
  if (try_send(m, *c, value, closed)) {
    if (closed) m.panic_plain("send on closed channel");
    return;
  }
  Waiter w = m.waiter();
  w.value.assign(value.begin(), value.end());
  enqueue(m, c->senders, std::move(w));
  m.park("chan send");
}

void recv(Machine& m, const Inst& i) {
  ChanData* c = m.native_at<ChanData>(m.get<Word>(i.a));
  Wake& wake = m.current().wake;
  std::span<uint8_t> out(m.regs() + i.dst, i.size);
  bool ok = false;
  if (wake.ready) {
    wake.ready = false;
    ok = wake.ok;
    std::fill(out.begin(), out.end(), uint8_t{0});
    std::copy_n(wake.value.begin(), std::min(wake.value.size(), out.size()), out.begin());
  } else if (!c) {
    return m.park("chan receive (nil chan)");
  } else if (!try_receive(m, *c, out, ok)) {
    enqueue(m, c->receivers, m.waiter());
    return m.park("chan receive");
  }
  if (i.c >= 0) m.set(i.c, ok);
}

void select(Machine& m, const Inst& i) {
  const SelectSite& site = m.code().selects[i.aux];
  Wake& wake = m.current().wake;
  for (const SelectSite::Case& c : site.cases) {
    if (c.dst >= 0) std::memset(m.regs() + c.dst, 0, c.size);
  }
  if (wake.ready) {
    wake.ready = false;
    const SelectSite::Case& c = site.cases[wake.which];
    if (c.value >= 0 && !wake.ok) return m.panic_plain("send on closed channel");
    if (c.dst >= 0 && !wake.value.empty()) {
      std::memcpy(m.regs() + c.dst, wake.value.data(), std::min<size_t>(c.size, wake.value.size()));
    }
    m.set<int64_t>(i.dst, wake.which);
    m.set<bool>(i.c, c.value < 0 && wake.ok);
    return;
  }
  std::vector<uint32_t> ready;
  for (uint32_t k = 0; k < site.cases.size(); k++) {
    const SelectSite::Case& c = site.cases[k];
    ChanData* channel = m.native_at<ChanData>(m.get<Word>(c.channel));
    if (!channel) continue;
    if (c.value >= 0 ? can_send(m, *channel) : can_receive(m, *channel)) ready.push_back(k);
  }
  if (!ready.empty()) {
    uint32_t k = ready[m.scheduler().choose_case(m.state(), ready)];
    const SelectSite::Case& c = site.cases[k];
    ChanData& channel = *m.native_at<ChanData>(m.get<Word>(c.channel));
    bool flag = false;
    if (c.value >= 0) {
      try_send(m, channel, {m.regs() + c.value, c.size}, flag);
      if (flag) return m.panic_plain("send on closed channel");
    } else {
      try_receive(m, channel, {m.regs() + c.dst, c.size}, flag);
    }
    m.set<int64_t>(i.dst, k);
    m.set<bool>(i.c, flag);
    return;
  }
  if (!site.blocking) {
    m.set<int64_t>(i.dst, -1);
    m.set<bool>(i.c, false);
    return;
  }
  for (uint32_t k = 0; k < site.cases.size(); k++) {
    const SelectSite::Case& c = site.cases[k];
    ChanData* channel = m.native_at<ChanData>(m.get<Word>(c.channel));
    if (!channel) continue;
    Waiter w = m.waiter(k);
    if (c.value >= 0) {
      w.value.assign(m.regs() + c.value, m.regs() + c.value + c.size);
      enqueue(m, channel->senders, std::move(w));
    } else {
      enqueue(m, channel->receivers, std::move(w));
    }
  }
  m.park(site.cases.empty() ? "select (no cases)" : "select");
}

}  // namespace op

}  // namespace unpark::ssa::step
