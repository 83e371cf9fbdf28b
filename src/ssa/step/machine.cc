#include "ssa/step/machine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "source/line_table.h"
#include "ssa/step/natives.h"
#include "ssa/step/ops.h"

namespace unpark::ssa::step {

namespace {

constexpr int64_t kSlice = 20'000;

}  // namespace

size_t FifoScheduler::choose_case(const State& state, std::span<const uint32_t> ready) {
  return static_cast<size_t>(state.random >> 33) % ready.size();
}

Machine::Machine(Image& image, RunOptions options, Scheduler& scheduler)
    : image_(image), options_(std::move(options)), scheduler_(scheduler) {
  if (!options_.write) {
    options_.write = [](int fd, std::string_view bytes) {
      while (!bytes.empty()) {
        ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n <= 0) return;
        bytes.remove_prefix(static_cast<size_t>(n));
      }
    };
  }
}

void Machine::write(int fd, std::string_view bytes) { options_.write(fd, bytes); }

// ---- Memory ----

Object* Machine::object_at(Word p) {
  uint32_t id = object_of(p);
  if (id == 0) return nullptr;
  if (id < state_.heap.size()) return &state_.heap[id];
  if (id >= kConstantRange) {
    if (!image_.is_constant(id)) return nullptr;
    Object& o = image_.constant(id);
    if (!o.data && image_.type_at(pointer_to(id)).exists()) image_.fill_descriptor(id);
    return &image_.constant(id);
  }
  if (id < kGlobalRange) return nullptr;
  uint32_t number = id - kGlobalRange;
  if (number >= image_.global_count()) return nullptr;
  if (number >= state_.globals.size()) state_.globals.resize(image_.global_count());
  Object& o = state_.globals[number];
  if (o.kind == ObjectKind::kFree) {
    const Layout& l = layout(image_.global_type(number));
    o.kind = ObjectKind::kBytes;
    o.type = l.type;
    o.scan = l.has_pointers;
    o.size = static_cast<uint32_t>(l.size);
    o.data = std::make_unique<uint8_t[]>(std::max<uint64_t>(8, l.size));
  }
  return &o;
}

uint8_t* Machine::at_slow(Word p, uint64_t size) {
  if (stopped()) return nullptr;
  if (object_of(p) == 0) {
    panic_nil();
    return nullptr;
  }
  Object* o = object_at(p);
  if (o && o->data && static_cast<uint64_t>(offset_of(p)) + size <= o->size) {
    return o->data.get() + offset_of(p);
  }
  unsupported(fmt::format("{} bytes read or written at {:#x}, outside of any variable", size, p));
  return nullptr;
}

Word Machine::allocate(TypeId type) {
  const Layout& l = layout(type);
  return allocate_bytes(l.size, l.type, l.has_pointers);
}

Word Machine::allocate_bytes(uint64_t size, TypeId element, bool scan) {
  if (size > Heap::kMaxObject || state_.heap.fresh_bytes() + size > options_.max_bytes * 4) {
    fatal("runtime: out of memory");
    return 0;
  }
  uint32_t id = state_.heap.add(size, element, scan);
  if (state_.heap.fresh_bytes() > next_collection_) end_turn();
  return pointer_to(id);
}

std::string_view Machine::view(GoString s) {
  if (s.size == 0) return {};
  const uint8_t* p = at(s.data, s.size);
  return p ? std::string_view(reinterpret_cast<const char*>(p), s.size) : std::string_view();
}

GoString Machine::make_string(std::string_view bytes) {
  if (bytes.empty()) return {};
  // The bytes may lie in the heap themselves: allocating moves no bytes.
  Word p = allocate_bytes(bytes.size(), types::basic(BasicKind::kUint8), false);
  if (uint8_t* to = p ? at(p, bytes.size()) : nullptr) {
    std::memcpy(to, bytes.data(), bytes.size());
    return {p, bytes.size()};
  }
  return {};
}

uint64_t Machine::random() {
  uint64_t& x = state_.random;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x * 0x2545F4914F6CDD1Du;
}

void Machine::collect() {
  Heap& heap = state_.heap;
  heap.start_marking();
  for (const Object& o : state_.globals) {
    if (o.scan) heap.mark(o.data.get(), o.size);
  }
  for (const Goroutine& g : state_.goroutines) {
    if (g.status == Status::kFree) continue;
    heap.mark(g.stack.data(), g.top);
    for (const Deferred& d : g.defers) {
      heap.mark_word(d.closure);
      heap.mark(d.args.data(), d.args.size());
    }
    for (const Panic& p : g.panics) heap.mark_word(p.value.data);
    heap.mark(g.wake.value.data(), g.wake.value.size());
  }
  for (const Timer& t : state_.timers) {
    heap.mark_word(t.timer);
    heap.mark_word(t.function);
    heap.mark_word(t.argument.data);
  }
  for (Word w : state_.reflect_offsets) heap.mark_word(w);
  heap.finish_marking();
  heap.sweep();
  next_collection_ = std::max<uint64_t>(uint64_t{64} << 20, heap.held_bytes());
  if (heap.held_bytes() > options_.max_bytes) {
    state_.exit = ExitKind::kBudget;
    state_.message = "the program needs more memory than allowed";
    end_turn();
  }
}

// ---- Goroutines ----

void Machine::park(const char* reason) {
  Goroutine& g = current();
  again();
  g.status = Status::kWaiting;
  g.reason = reason;
  end_turn();
}

void Machine::yield() {
  state_.run_queue.push_back(current_);
  current().reason = "yield";
  end_turn();
}

void Machine::wake(const Waiter& w, Wake what) {
  if (!is_waiting(w)) return;
  Goroutine& g = state_.goroutines[w.goroutine];
  g.wake = std::move(what);
  g.ticket++;
  g.status = Status::kRunnable;
  state_.run_queue.push_back(w.goroutine);
}

bool Machine::wake_one(Word address) {
  auto it = state_.semaphores.find(address);
  if (it == state_.semaphores.end()) return false;
  bool woken = false;
  while (!it->second.empty() && !woken) {
    Waiter w = std::move(it->second.front());
    it->second.pop_front();
    woken = is_waiting(w);
    if (woken) wake(w, {true, true, w.which, {}});
  }
  if (it->second.empty()) state_.semaphores.erase(it);
  return woken;
}

void Machine::end_goroutine() {
  Goroutine& g = current();
  g.status = Status::kFree;
  g.ticket++;
  g.stack.clear();
  g.defers.clear();
  g.panics.clear();
  g.frames.clear();
  end_turn();
}

bool Machine::schedule() {
  for (;;) {
    if (!state_.run_queue.empty()) {
      size_t k = scheduler_.choose(state_);
      uint32_t slot = state_.run_queue[k];
      state_.run_queue.erase(state_.run_queue.begin() + static_cast<std::ptrdiff_t>(k));
      if (state_.goroutines[slot].status != Status::kRunnable) continue;
      current_ = slot;
      load_frame();
      return true;
    }
    if (!advance_clock()) return false;
  }
}

void Machine::start_timer(Timer t) {
  t.order = state_.next_timer++;
  state_.timers.push_back(std::move(t));
}

bool Machine::stop_timer(Word timer) {
  return std::erase_if(state_.timers, [&](const Timer& t) { return t.timer == timer && timer; }) >
         0;
}

// Nobody can run: time passes until the next timer.
bool Machine::advance_clock() {
  if (state_.timers.empty()) return false;
  auto next = std::min_element(state_.timers.begin(), state_.timers.end(),
                               [](const Timer& a, const Timer& b) {
                                 return a.when != b.when ? a.when < b.when : a.order < b.order;
                               });
  Timer t = *next;
  state_.now = std::max(state_.now, t.when);
  state_.timers.erase(next);
  if (!t.function) {
    wake(t.sleeper, {true, true, 0, {}});
    return true;
  }
  struct {
    GoInterface argument;
    uint64_t sequence;
    int64_t delta;
  } args{t.argument, t.sequence, 0};
  const uint8_t* head = at(t.function, 8);
  if (!head) return false;
  uint64_t word;
  std::memcpy(&word, head, sizeof word);
  if (t.period > 0) {
    Timer again = t;
    again.when += t.period;
    start_timer(again);
  }
  uint32_t slot = spawn(image_.code_of_closure_word(word), t.function,
                        {reinterpret_cast<const uint8_t*>(&args), sizeof args});
  state_.goroutines[slot].background = true;
  return true;
}

void Machine::run_goroutine() {
  left_ = granted_ = kSlice;
  while (left_-- > 0) {
    const Inst& i = *pc_++;
    i.run(*this, i);
  }
}

void Machine::execute() {
  while (!stopped() && !nested_done_) {
    Goroutine& g = current();
    g.reason = "";
    run_goroutine();
    steps_ += static_cast<uint64_t>(granted_);
    if (stopped()) return;
    Goroutine& after = current();
    if (after.status != Status::kFree && !after.frames.empty()) save_frame();
    if (state_.heap.fresh_bytes() > next_collection_) collect();
    if (steps_ > options_.max_steps && !stopped()) {
      state_.exit = ExitKind::kBudget;
      state_.message = "the program needs more steps than allowed";
      return;
    }
    if (stopped() || nested_done_) return;
    bool goes_on = after.status == Status::kRunnable && after.reason[0] == 0;
    // One turn is long; then others come, so that a loop that waits for them can end.
    if (goes_on && !state_.run_queue.empty()) {
      state_.run_queue.push_back(current_);
      goes_on = false;
    }
    if (goes_on) {
      load_frame();
      continue;
    }
    if (!schedule() && !stopped()) {
      write(2, "fatal error: all goroutines are asleep - deadlock!\n");
      std::string list;
      for (const Goroutine& w : state_.goroutines) {
        if (w.status == Status::kWaiting && !w.background) {
          list += fmt::format("\ngoroutine {} [{}]:\n", w.id, w.reason);
        }
      }
      write(2, list);
      state_.exit = ExitKind::kFatal;
      state_.exit_code = 2;
    }
  }
}

bool Machine::call_and_wait(Word closure, std::span<const uint8_t> args,
                            std::span<uint8_t> results) {
  // The goroutine is on its way out (or stands still at a native), so its frames can be left as
  // they are underneath.
  save_frame();
  nested_results_ = results;
  nested_done_ = false;
  call_value(closure, args, 0, After::kStop);
  execute();
  bool done = nested_done_;
  nested_done_ = false;
  return done && !stopped();
}

ExitKind Machine::run(types::UnitId main) {
  Program& program = image_.program();
  types::Context& cx = image_.context();
  types::UnitId roots[] = {main};
  std::vector<uint32_t> steps;
  for (types::UnitId unit : init_order(program.types(), roots)) {
    const types::Package& p = cx.package(program.types().unit(unit).package);
    if (p.fake || skips_init(p.path)) continue;
    steps.push_back(image_.code_of(program.package_init(unit)));
  }
  const types::Package& package = cx.package(program.types().unit(main).package);
  types::NameId name = cx.names.find("main");
  ObjectId entry = name.exists() ? package.lookup(name) : ObjectId{};
  if (!entry.exists() || cx.objects[entry].kind != types::ObjectKind::kFunc) {
    state_.exit = ExitKind::kUnsupported;
    state_.message = "there is no function main";
    return state_.exit;
  }
  steps.push_back(image_.code_of(program.function_of(entry)));
  prepare_natives(*this);
  // One goroutine runs it all; when its frame is empty the next step's turn comes.
  auto starter = std::make_unique<Code>();
  starter->name = "runtime.main";
  for (uint32_t code : steps) {
    CallSite site;
    site.code = code;
    Inst call;
    call.run = op::call;
    call.dst = 0;
    call.aux = static_cast<uint32_t>(starter->calls.size());
    starter->calls.push_back(site);
    starter->insts.push_back(call);
  }
  Inst end;
  end.run = [](Machine& m, const Inst&) { m.exit(0); };
  starter->insts.push_back(end);
  starter->frame_size = 64;
  current_ = spawn(image_.add_code(std::move(starter)), 0, {});
  state_.run_queue.clear();
  load_frame();
  execute();
  return state_.exit;
}

// ---- Places ----

std::vector<Traced> Machine::stack_trace() {
  save_frame();
  Goroutine& g = current();
  std::vector<Traced> out;
  constexpr uint32_t kPanicking = UINT32_MAX;
  for (size_t i = g.frames.size(); i-- > 0;) {
    const Frame& f = g.frames[i];
    out.push_back({static_cast<uint32_t>(i), f.code, f.pc});
    if (f.caused_by == 0) continue;
    // Below a deferred call that a panic made stand the frames that panicked.
    for (const Panic& p : g.panics) {
      if (p.serial != f.caused_by || p.goexit) continue;
      out.push_back({kPanicking, UINT32_MAX, 0});
      for (const Traced& t : p.trace) {
        if (t.index >= i) out.push_back(t);
      }
    }
  }
  return out;
}

Machine::Place Machine::place(uint32_t skip) {
  std::vector<Traced> trace = stack_trace();
  return skip < trace.size() ? place_of(trace[skip].code, trace[skip].pc) : Place{};
}

Machine::Place Machine::place_of(uint32_t number, uint32_t pc) {
  Place out;
  out.code = number;
  out.pc = pc;
  if (number == UINT32_MAX) {
    out.function = "runtime.gopanic";
    return out;
  }
  const Code& c = image_.code(number);
  out.function = image_.runtime_name(number);
  if (!c.body || pc == 0 || pc > c.insts.size()) return out;
  ValueId value{c.insts[pc - 1].value};
  if (value.raw >= c.body->values.size()) return out;
  source::FileId file = c.body->file_of(value);
  if (!file.exists()) return out;
  const Function& fn = image_.program()[c.function];
  types::Context& cx = image_.context();
  const types::Package& package = cx.package(image_.program().types().unit(fn.unit).package);
  for (const types::File& x : package.files) {
    if (x.id != file) continue;
    source::LineTable lines(x.tree->text());
    out.file = std::string(x.path);
    out.line = lines.position((*c.body)[value].span.begin).line;
    out.known = true;
  }
  return out;
}

std::string Machine::place_text() {
  if (!code_ || current().frames.empty()) return "";
  std::string out;
  for (uint32_t skip = 0; skip < 6; skip++) {
    Place p = place(skip);
    if (p.function.empty()) break;
    if (!out.empty()) out += " < ";
    out += p.function;
    if (p.known) out += ":" + std::to_string(p.line);
  }
  return out;
}

}  // namespace unpark::ssa::step
