// Jumps, calls, returns, deferred calls.
#include "ssa/step/ops.h"

namespace unpark::ssa::step {

namespace {

// Most values are one word. The two may be one place, but never overlap otherwise.
inline void copy_register(uint8_t* to, const uint8_t* from, uint32_t size) {
  if (size == 8) {
    std::memcpy(to, from, 8);
  } else {
    std::memmove(to, from, size);
  }
}

}  // namespace

namespace op {

void move(Machine& m, const Inst& i) { std::memmove(m.regs() + i.dst, m.regs() + i.a, i.size); }
void move_word(Machine& m, const Inst& i) { m.set(i.dst, m.get<uint64_t>(i.a)); }

void number(Machine& m, const Inst& i) {
  m.set(i.dst, static_cast<uint64_t>(i.aux2) << 32 | i.aux);
}

void moves(Machine& m, const Inst& i) {
  const Move* all = m.code().moves.data() + i.aux;
  for (uint32_t k = 0; k < i.aux2; k++) {
    copy_register(m.regs() + all[k].to, m.regs() + all[k].from, all[k].size);
  }
}

void moves_at_once(Machine& m, const Inst& i) {
  const Move* all = m.code().moves.data() + i.aux;
  size_t size = 0;
  for (uint32_t k = 0; k < i.aux2; k++) size += all[k].size;
  uint8_t small[512];
  std::vector<uint8_t> large;
  uint8_t* copy = small;
  if (size > sizeof small) {
    large.resize(size);
    copy = large.data();
  }
  uint8_t* at = copy;
  for (uint32_t k = 0; k < i.aux2; at += all[k++].size) {
    std::memcpy(at, m.regs() + all[k].from, all[k].size);
  }
  at = copy;
  for (uint32_t k = 0; k < i.aux2; at += all[k++].size) {
    std::memcpy(m.regs() + all[k].to, at, all[k].size);
  }
}

void jump(Machine& m, const Inst& i) { m.jump(i.aux); }
void branch(Machine& m, const Inst& i) { m.jump(m.get<bool>(i.a) ? i.aux : i.aux2); }

void call(Machine& m, const Inst& i) {
  m.call(m.code().calls[i.aux], static_cast<uint32_t>(i.dst));
}

namespace {

// The arguments of a go or defer statement as they will lie in the callee's frame.
bool capture(Machine& m, const CallSite& site, uint32_t& code, Word& closure,
             std::vector<uint8_t>& args) {
  std::vector<uint8_t> receiver;
  if (!m.resolve(site, code, closure, &receiver)) return false;
  args = std::move(receiver);
  size_t base = args.size();
  args.resize(base + site.args_size);
  for (const Move& a : site.args) {
    std::memcpy(args.data() + base + a.to, m.regs() + a.from, a.size);
  }
  return true;
}

}  // namespace

void go(Machine& m, const Inst& i) {
  const CallSite& site = m.code().calls[i.aux];
  uint32_t code = 0;
  Word closure = 0;
  std::vector<uint8_t> args;
  if (site.kind == CallSite::kClosure && m.get<Word>(site.callee) == 0) {
    return m.fatal("go of nil func value");
  }
  if (capture(m, site, code, closure, args)) m.spawn(code, closure, args);
}

void defer(Machine& m, const Inst& i) {
  const CallSite& site = m.code().calls[i.aux];
  Deferred d;
  d.frame = i.a >= 0 ? static_cast<uint32_t>(m.get<uint64_t>(i.a)) : m.frame_index();
  if (site.kind == CallSite::kClosure && m.get<Word>(site.callee) == 0) {
    d.code = UINT32_MAX;  // a nil function panics when it is called
  } else if (!capture(m, site, d.code, d.closure, d.args)) {
    return;
  }
  m.defer(std::move(d));
}

void defer_stack(Machine& m, const Inst& i) { m.set<uint64_t>(i.dst, m.frame_index()); }
void run_defers(Machine& m, const Inst&) { m.run_defers(); }

void ret(Machine& m, const Inst& i) {
  m.return_values(std::span(m.code().moves).subspan(i.aux, i.aux2));
}

void native(Machine& m, const Inst&) {
  const Code& code = m.code();
  NativeCall call(m, code);
  code.native(m, call);
}

void panic(Machine& m, const Inst& i) {
  GoInterface value = m.get<GoInterface>(i.a);
  if (value.type == 0) {
    // panic(nil): a *runtime.PanicNilError.
    TypeId error = m.image().find_type("runtime", "PanicNilError");
    if (error.exists()) {
      Word p = m.allocate(error);
      TypeId pointer = m.image().context().types.pointer_to(error);
      value = m.box(pointer, reinterpret_cast<const uint8_t*>(&p));
    }
  }
  m.panic(value);
}

void panic_range(Machine& m, const Inst& i) {
  switch (static_cast<RangeState>(m.get<uint64_t>(i.a))) {
    case RangeState::kDone:
      return m.panic_runtime(
          "range function continued iteration after function for loop body returned false");
    case RangeState::kRunning:
      return m.panic_runtime("range function continued iteration after loop body panic");
    case RangeState::kExhausted:
      return m.panic_runtime("range function continued iteration after whole loop exit");
    case RangeState::kMissingPanic:
      return m.panic_runtime(
          "range function recovered a loop body panic and did not resume panicking");
    case RangeState::kReady:
      break;
  }
  m.panic_runtime("range function continued iteration after loop body panic");
}

void fail(Machine& m, const Inst& i) {
  const Code& code = m.code();
  std::string why = "no way to execute an instruction";
  if (code.body && !code.body->incomplete.empty()) {
    why = code.body->incomplete;
  } else if (code.body && i.value < code.body->values.size()) {
    why = "no way to execute " + std::string(name_of(code.body->values[i.value].op));
  }
  m.unsupported(code.name + ": " + why);
}

}  // namespace op

// ---- Frames ----

uint8_t* Machine::push_frame(uint32_t number, uint32_t ret, After after, Word closure) {
  Goroutine& g = current();
  const Code& callee = image_.code(number);
  // The runtime's limit is a gigabyte of its own, smaller frames.
  constexpr uint32_t kMaxStack = 512u << 20;
  uint32_t base = g.top;
  if (base + callee.frame_size > kMaxStack || g.frames.size() > (4u << 20)) {
    write(2, "runtime: goroutine stack exceeds 1000000000-byte limit\n");
    fatal("stack overflow");
    return nullptr;
  }
  if (base + callee.frame_size > g.stack.size()) {
    g.stack.resize(std::max<size_t>(base + callee.frame_size, g.stack.size() * 2));
  }
  if (!g.frames.empty()) save_frame();
  g.frames.push_back({number, 0, base, ret, 0, after});
  g.top = base + callee.frame_size;
  uint8_t* regs = g.stack.data() + base;
  uint32_t fixed = callee.params_size + callee.free_size;
  if (callee.free_size && closure) {
    if (const uint8_t* bound = at(closure + 8, callee.free_size)) {
      std::memcpy(regs + callee.params_size, bound, callee.free_size);
    }
  }
  if (!callee.constants.empty()) {
    std::memcpy(regs + fixed, callee.constants.data(), callee.constants.size());
    fixed += static_cast<uint32_t>(callee.constants.size());
  }
  std::memset(regs + fixed, 0, callee.frame_size - fixed);
  code_ = &callee;
  pc_ = callee.insts.data();
  regs_ = regs;
  return regs;
}

bool Machine::resolve(const CallSite& site, uint32_t& code, Word& closure,
                      std::vector<uint8_t>* receiver) {
  switch (site.kind) {
    case CallSite::kStatic:
      code = site.code != UINT32_MAX ? site.code : image_.code_of(site.function);
      return true;
    case CallSite::kClosure: {
      closure = get<Word>(site.callee);
      const uint8_t* head = at(closure, 8);
      if (!head) return false;
      uint64_t word;
      std::memcpy(&word, head, sizeof word);
      code = image_.code_of_closure_word(word);
      return true;
    }
    case CallSite::kInvoke: {
      GoInterface x = get<GoInterface>(site.callee);
      if (x.type == 0) {
        panic_nil();
        return false;
      }
      TypeId dynamic = dynamic_type(x);
      code = image_.method_code(dynamic, site.method);
      if (code == UINT32_MAX) {
        unsupported("no method for a call through an interface");
        return false;
      }
      receiver->resize(word_up(layout(dynamic).size));
      unbox(x, receiver->data());
      return true;
    }
  }
  return false;
}

void Machine::call(const CallSite& site, uint32_t ret) {
  uint32_t number = site.code;
  Word closure = 0;
  if (site.kind == CallSite::kInvoke) {
    std::vector<uint8_t> receiver;
    if (!resolve(site, number, closure, &receiver)) return;
    uint32_t recovers = code_->wrapper ? current().frames.back().recovers : 0;
    uint32_t base = current().frames.back().base;
    uint8_t* regs = push_frame(number, ret, After::kResume, 0);
    if (!regs) return;
    current().frames.back().recovers = recovers;
    const uint8_t* from = current().stack.data() + base;
    std::memcpy(regs, receiver.data(), receiver.size());
    for (const Move& a : site.args) {
      std::memcpy(regs + receiver.size() + a.to, from + a.from, a.size);
    }
    return;
  }
  if (number == UINT32_MAX) {
    if (!resolve(site, number, closure, nullptr)) return;
    if (site.kind == CallSite::kStatic) const_cast<CallSite&>(site).code = number;
  }
  Goroutine& g = current();
  uint32_t recovers = code_->wrapper ? g.frames.back().recovers : 0;
  uint32_t base = g.frames.back().base;
  uint8_t* regs = push_frame(number, ret, After::kResume, closure);
  if (!regs) return;
  g.frames.back().recovers = recovers;
  const uint8_t* from = g.stack.data() + base;
  for (const Move& a : site.args) copy_register(regs + a.to, from + a.from, a.size);
}

void Machine::call_value(Word closure, std::span<const uint8_t> args, uint32_t ret, After after) {
  const uint8_t* head = at(closure, 8);
  if (!head) return;
  uint64_t word;
  std::memcpy(&word, head, sizeof word);
  uint32_t number = image_.code_of_closure_word(word);
  std::vector<uint8_t> copy(args.begin(), args.end());
  uint8_t* regs = push_frame(number, ret, after, closure);
  if (!regs) return;
  size_t size = std::min<size_t>(copy.size(), image_.code(number).params_size);
  if (size) std::memcpy(regs, copy.data(), size);
}

void Machine::pop_frame() {
  Goroutine& g = current();
  // Deferred calls of a frame that ends otherwise (an aborted one) end with it.
  uint32_t index = frame_index();
  if (code_->has_defer) {
    std::erase_if(g.defers, [&](const Deferred& d) { return d.frame == index; });
  }
  g.top = g.frames.back().base;
  g.frames.pop_back();
}

void Machine::load_frame() {
  Goroutine& g = current();
  const Frame& f = g.frames.back();
  code_ = &image_.code(f.code);
  pc_ = code_->insts.data() + f.pc;
  regs_ = g.stack.data() + f.base;
}

void Machine::return_values(std::span<const Move> moves) {
  Goroutine& g = current();
  Frame frame = g.frames.back();
  uint8_t* from = regs_;
  if (frame.after == After::kResume) {
    pop_frame();
    load_frame();
    for (const Move& v : moves) copy_register(regs_ + frame.ret + v.to, from + v.from, v.size);
    return;
  }
  if (frame.after == After::kStop) {
    for (const Move& v : moves) {
      if (static_cast<size_t>(v.to) + v.size <= nested_results_.size()) {
        std::memcpy(nested_results_.data() + v.to, from + v.from, v.size);
      }
    }
  }
  pop_frame();
  switch (frame.after) {
    case After::kResume:
    case After::kRunDefers:
      load_frame();  // executes run_defers again
      break;
    case After::kUnwind: {
      load_frame();
      Panic& p = g.panics.back();
      if (!p.recovered) {
        unwind();
        break;
      }
      g.panics.pop_back();
      bool exiting = false;
      while (!g.panics.empty() && g.panics.back().aborted) {
        // Nothing stops runtime.Goexit, not even a panic on its way.
        if (g.panics.back().goexit) {
          g.panics.back().aborted = false;
          exiting = true;
          break;
        }
        g.panics.pop_back();
      }
      if (exiting) {
        unwind();
      } else if (code_->recover_pc != UINT32_MAX) {
        jump(code_->recover_pc);
      } else {
        unsupported(code_->name + ": no place to go on after recover");
      }
      break;
    }
    case After::kEnd:
      end_goroutine();
      break;
    case After::kStop:
      nested_done_ = true;
      end_turn();
      if (!g.frames.empty()) load_frame();
      break;
  }
}

void Machine::run_defers() {
  Goroutine& g = current();
  uint32_t index = frame_index();
  for (size_t i = g.defers.size(); i-- > 0;) {
    if (g.defers[i].frame != index) continue;
    Deferred d = std::move(g.defers[i]);
    g.defers.erase(g.defers.begin() + static_cast<std::ptrdiff_t>(i));
    if (d.code == UINT32_MAX) return panic_nil();
    again();
    uint32_t recovers = g.frames.back().recovers;
    uint8_t* regs = push_frame(d.code, 0, After::kRunDefers, d.closure);
    // `defer recover()` is a call of recover by the function that ends here.
    if (regs && image_.code(d.code).calls_recover_for_caller) g.frames.back().recovers = recovers;
    if (regs && !d.args.empty()) std::memcpy(regs, d.args.data(), d.args.size());
    return;
  }
}

uint32_t Machine::spawn(uint32_t number, Word closure, std::span<const uint8_t> args) {
  uint32_t slot = 0;
  while (slot < state_.goroutines.size() && state_.goroutines[slot].status != Status::kFree) slot++;
  if (slot == state_.goroutines.size()) state_.goroutines.emplace_back();
  Goroutine& g = state_.goroutines[slot];
  uint32_t ticket = g.ticket + 1;
  g = Goroutine{};
  g.ticket = ticket;
  g.id = state_.next_goroutine++;
  g.status = Status::kRunnable;
  // The frame is made as if the new goroutine ran.
  uint32_t was = current_;
  bool running = code_ != nullptr;
  if (running && !current().frames.empty() && slot != was) save_frame();
  current_ = slot;
  uint8_t* regs = push_frame(number, 0, After::kEnd, closure);
  if (regs && !args.empty()) std::memcpy(regs, args.data(), args.size());
  current_ = was;
  if (running && slot != was && !current().frames.empty()) load_frame();
  state_.run_queue.push_back(slot);
  return slot;
}

}  // namespace unpark::ssa::step
