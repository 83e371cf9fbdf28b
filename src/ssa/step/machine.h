// Machine: executes a Go program, one instruction after another.
//
// It runs the current goroutine until that waits, ends or has used up its turn, then asks the
// scheduler for the next. A Go call is a Frame, never a call of ours, so a goroutine can be left at
// any instruction. An instruction that has to wait leaves the program counter where it is, and is
// executed again when the goroutine is woken: it then finds what it waited for in Goroutine::wake.
//
// The faults of Go programs become Go panics with the runtime's own texts. What the stepper cannot
// do (a function written in assembly that natives.h does not know, memory read as another type in a
// way that has no meaning here) ends the run with ExitKind::kUnsupported and a reason.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ssa/step/code.h"
#include "ssa/step/image.h"
#include "ssa/step/state.h"

namespace unpark::ssa::step {

struct RunOptions {
  uint64_t max_steps = UINT64_MAX;
  uint64_t max_bytes = uint64_t{1} << 30;
  std::vector<std::string> args = {"program"};
  std::vector<std::string> environment;  // NAME=value
  // Gets what the program writes to its file descriptors.
  std::function<void(int fd, std::string_view bytes)> write;
};

// Chooses who runs next.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  // One of state.run_queue by position; it is not empty.
  virtual size_t choose(const State& state) = 0;
  // The case a select takes of those that are ready.
  virtual size_t choose_case(const State& state, std::span<const uint32_t> ready) = 0;
};

// First come, first served; selects take turns among what is ready.
class FifoScheduler : public Scheduler {
 public:
  size_t choose(const State&) override { return 0; }
  size_t choose_case(const State& state, std::span<const uint32_t> ready) override;
};

class Machine {
 public:
  Machine(Image& image, RunOptions options, Scheduler& scheduler);

  // Initialises the packages that `main` needs, then runs its function main. Returns how it ended.
  ExitKind run(types::UnitId main);

  State& state() { return state_; }
  Image& image() { return image_; }
  const RunOptions& options() const { return options_; }
  Scheduler& scheduler() { return scheduler_; }
  uint64_t steps() const { return steps_; }

  // ---- Registers of the current frame ----
  template <typename T>
  T get(int32_t reg) const {
    T out;
    std::memcpy(&out, regs_ + reg, sizeof out);
    return out;
  }
  template <typename T>
  void set(int32_t reg, const T& value) {
    std::memcpy(regs_ + reg, &value, sizeof value);
  }
  uint8_t* regs() { return regs_; }
  const Code& code() const { return *code_; }

  // ---- Memory ----
  // The bytes at p; null (and a panic is under way, or the run is over) if there are none.
  uint8_t* at(Word p, uint64_t size) {
    uint32_t id = object_of(p);
    if (id < state_.heap.size()) [[likely]] {
      Object& o = state_.heap[id];
      if (static_cast<uint64_t>(offset_of(p)) + size <= o.size) [[likely]] {
        return o.data.get() + offset_of(p);
      }
    }
    return at_slow(p, size);
  }
  // The object a pointer leads to, or null.
  Object* object_at(Word p);
  Word allocate(TypeId type);
  Word allocate_bytes(uint64_t size, TypeId element, bool scan);
  // Null without a word when the object is something else.
  template <typename T>
  T* native_at(Word p) {
    uint32_t id = object_of(p);
    if (id == 0 || id >= state_.heap.size()) return nullptr;
    return static_cast<T*>(state_.heap[id].native.get());
  }
  std::string_view view(GoString s);
  GoString make_string(std::string_view bytes);
  // For errors and messages of natives: an interface holding a value of a type.
  GoInterface box(TypeId type, const uint8_t* value);
  // Copies the value in an interface to `out`, which has room for it.
  void unbox(GoInterface v, uint8_t* out);
  const uint8_t* boxed(const GoInterface& v);
  TypeId dynamic_type(GoInterface v) { return image_.type_at(v.type); }
  const Layout& layout(TypeId t) { return image_.layouts().of(t); }

  // ---- Values ----
  // False and a panic when they cannot be compared.
  bool equal(const Layout& l, const uint8_t* a, const uint8_t* b, bool& result);
  bool equal_interfaces(GoInterface a, GoInterface b, bool& result);
  // `needless`: of a key that is looked for in a map without entries. The run time then only asks
  // whether the type can be hashed, and says so in other words.
  bool hash(const Layout& l, const uint8_t* v, uint64_t& h, bool needless = false);

  // ---- Control ----
  void jump(uint32_t pc) { pc_ = code_->insts.data() + pc; }
  // Executes the current instruction again.
  void again() { pc_--; }
  uint8_t* push_frame(uint32_t code, uint32_t ret, After after, Word closure);
  void call(const CallSite& site, uint32_t ret);
  void call_value(Word closure, std::span<const uint8_t> args, uint32_t ret, After after);
  // The code and closure of a call, the receiver of an invoke in `receiver`. False: a panic.
  bool resolve(const CallSite& site, uint32_t& code, Word& closure, std::vector<uint8_t>* receiver);
  void return_values(std::span<const Move> moves);
  void run_defers();
  void defer(Deferred d) { current().defers.push_back(std::move(d)); }
  uint32_t spawn(uint32_t code, Word closure, std::span<const uint8_t> args);
  // Runs a function to its end within the current goroutine and copies its results out. For the
  // few places where the runtime calls Go; false if the program stopped on the way.
  bool call_and_wait(Word closure, std::span<const uint8_t> args, std::span<uint8_t> results);

  Goroutine& current() { return state_.goroutines[current_]; }
  uint32_t current_index() const { return current_; }
  uint32_t frame_index() { return static_cast<uint32_t>(current().frames.size() - 1); }
  Waiter waiter(uint32_t which = 0) { return {current_, current().ticket, which, {}}; }
  // The current goroutine waits, and executes its instruction again when it is woken.
  void park(const char* reason);
  // It stays runnable, but others come first.
  void yield();
  bool is_waiting(const Waiter& w) const {
    const Goroutine& g = state_.goroutines[w.goroutine];
    return g.status == Status::kWaiting && g.ticket == w.ticket;
  }
  void wake(const Waiter& w, Wake what = {});
  // Wakes who waits longest at an address; false if nobody does.
  bool wake_one(Word address);

  // ---- Endings ----
  void panic(GoInterface value);
  void panic_runtime(std::string_view text);  // a runtime.Error that says "runtime error: " + text
  void panic_plain(std::string_view text);    // a runtime.Error that says text
  void panic_string(std::string_view text);   // a plain string
  void panic_index(int64_t index, int64_t length, bool is_unsigned = false);
  void panic_nil() { panic_runtime("invalid memory address or nil pointer dereference"); }
  void panic_assert(TypeId interface, TypeId concrete, TypeId asserted, std::string_view missing);
  void goexit();
  GoInterface recover();
  void exit(int code);
  void fatal(std::string_view text);  // "fatal error: " + text, exit code 2
  void unsupported(std::string text);
  void write(int fd, std::string_view bytes);
  bool stopped() const { return state_.exit != ExitKind::kRunning; }
  void unwind();  // goes on with the last panic

  // Where the frame `skip` levels up is, for runtime.Caller.
  struct Place {
    std::string function, file;
    uint32_t code = 0, pc = 0;
    uint32_t line = 0;
    bool known = false;
  };
  Place place(uint32_t skip);
  Place place_of(uint32_t code, uint32_t pc);
  std::string place_text();
  // The frames of the current goroutine, innermost first, with those that a panic has left behind.
  std::vector<Traced> stack_trace();
  std::vector<Traced> frames_for_trace();

  uint64_t random();
  void collect();
  void request_collection() {
    next_collection_ = 0;
    end_turn();
  }
  void start_timer(Timer t);
  bool stop_timer(Word timer);

 private:
  uint8_t* at_slow(Word p, uint64_t size);
  void run_goroutine();
  void load_frame();
  void save_frame() {
    if (!current().frames.empty()) {
      current().frames.back().pc = static_cast<uint32_t>(pc_ - code_->insts.data());
    }
  }
  void pop_frame();
  // The loop looks up after this instruction.
  void end_turn() {
    if (left_ > 0) granted_ -= left_;
    left_ = 0;
  }
  void end_goroutine();
  bool schedule();
  bool advance_clock();
  void die_of_panic();
  std::string panic_text(const Panic& p);
  std::string value_text(GoInterface v);
  void execute();

  Image& image_;
  RunOptions options_;
  Scheduler& scheduler_;
  State state_;
  uint32_t current_ = 0;
  const Code* code_ = nullptr;
  const Inst* pc_ = nullptr;
  uint8_t* regs_ = nullptr;
  int64_t left_ = 0;  // instructions until the loop looks up
  int64_t granted_ = 0;
  uint64_t steps_ = 0;
  uint64_t next_collection_ = uint64_t{64} << 20;
  bool nested_done_ = false;
  std::span<uint8_t> nested_results_;
  bool dying_ = false;
};

// The view a native has of its frame.
class NativeCall {
 public:
  NativeCall(Machine& m, const Code& code) : m_(m), code_(code) {}
  template <typename T>
  T get(size_t param) const {
    return m_.get<T>(static_cast<int32_t>(code_.param_offsets[param]));
  }
  const uint8_t* arg(size_t param) const { return m_.regs() + code_.param_offsets[param]; }
  template <typename T>
  void set(size_t result, const T& value) {
    m_.set<T>(static_cast<int32_t>(code_.native_results + code_.result_offsets[result]), value);
  }
  uint8_t* result(size_t i) { return m_.regs() + code_.native_results + code_.result_offsets[i]; }
  uint64_t& scratch() { return *reinterpret_cast<uint64_t*>(m_.regs() + code_.native_scratch); }
  TypeId param_type(size_t i) const { return code_.param_types[i]; }
  TypeId result_type(size_t i) const { return code_.result_types[i]; }
  size_t result_count() const { return code_.result_types.size(); }
  const Code& code() const { return code_; }

 private:
  Machine& m_;
  const Code& code_;
};

}  // namespace unpark::ssa::step
