// Package runtime and what hangs directly on it.
#include <fmt/format.h>

#include <algorithm>

#include "ssa/step/channel.h"
#include "ssa/step/natives.h"
#include "ssa/step/ops.h"

namespace unpark::ssa::step {

namespace {

void nothing(Machine&, NativeCall&) {}

void gosched(Machine& m, NativeCall& c) {
  if (c.scratch()) return;
  c.scratch() = 1;
  m.again();
  m.yield();
}

void goexit(Machine& m, NativeCall&) { m.goexit(); }

void num_goroutine(Machine& m, NativeCall& c) {
  int64_t n = 0;
  for (const Goroutine& g : m.state().goroutines) n += g.status != Status::kFree && !g.background;
  c.set<int64_t>(0, n);
}

void one(Machine&, NativeCall& c) { c.set<int64_t>(0, 1); }

void collect(Machine& m, NativeCall& c) {
  // The collector looks at frames that stand still; the loop calls it.
  (void)c;
  m.request_collection();
}

// A program counter is a frame's code number and instruction.
Word counter(uint32_t code, uint32_t pc) {
  // Frames of the runtime have no code: the number 0 stands for all of them.
  return (static_cast<Word>(code) + 2) << 24 | pc;
}
uint32_t code_of(Word counter) { return static_cast<uint32_t>(counter >> 24) - 2; }

void caller(Machine& m, NativeCall& c) {
  int64_t skip = c.get<int64_t>(0);
  Machine::Place p;
  if (skip >= 0 && skip < (1 << 20)) p = m.place(static_cast<uint32_t>(skip) + 1);
  c.set<uint64_t>(0, p.known ? counter(p.code, p.pc) : 0);
  c.set(1, m.make_string(p.file));
  c.set<int64_t>(2, p.line);
  c.set<bool>(3, p.known);
}

void callers(Machine& m, NativeCall& c) {
  int64_t skip = c.get<int64_t>(0);
  GoSlice out = c.get<GoSlice>(1);
  int64_t n = 0;
  std::vector<Traced> trace = m.stack_trace();
  for (size_t k = static_cast<size_t>(std::max<int64_t>(0, skip)); k < trace.size(); k++) {
    if (n == out.len) break;
    uint64_t pc = counter(trace[k].code, trace[k].pc);
    uint8_t* to = m.at(out.data + static_cast<uint64_t>(n) * 8, 8);
    if (!to) return;
    std::memcpy(to, &pc, 8);
    n++;
  }
  c.set<int64_t>(0, n);
}

// What runtime.Func and runtime.Frame say of a program counter.
std::string function_name(Machine& m, Word pc) {
  if (pc >> 24 == 0) return "";
  uint32_t code = code_of(pc);
  if (code == UINT32_MAX) return "runtime.gopanic";
  if (code >= m.image().code_count()) return "";
  return m.image().runtime_name(code);
}

void func_for_pc(Machine& m, NativeCall& c) {
  // A *runtime.Func is a pointer to the counter.
  Word pc = c.get<Word>(0);
  if (function_name(m, pc).empty()) {
    c.set<Word>(0, 0);
    return;
  }
  Word p = m.allocate_bytes(8, types::basic(BasicKind::kUintptr), false);
  if (uint8_t* to = m.at(p, 8)) std::memcpy(to, &pc, 8);
  c.set(0, p);
}

void func_name(Machine& m, NativeCall& c) {
  Word f = c.get<Word>(0);
  Word pc = 0;
  if (f) {
    if (const uint8_t* from = m.at(f, 8)) std::memcpy(&pc, from, 8);
  }
  c.set(0, m.make_string(function_name(m, pc)));
}

Word counter_at(Machine& m, Word f) {
  Word pc = 0;
  if (f) {
    if (const uint8_t* from = m.at(f, 8)) std::memcpy(&pc, from, 8);
  }
  return pc;
}

void func_entry(Machine& m, NativeCall& c) {
  c.set<Word>(0, counter_at(m, c.get<Word>(0)) >> 24 << 24);
}

void file_line(Machine& m, NativeCall& c) {
  Word pc = c.get<Word>(1);
  Machine::Place p;
  if (!function_name(m, pc).empty()) {
    p = m.place_of(code_of(pc), static_cast<uint32_t>(pc & 0xff'ffff));
  }
  c.set(0, m.make_string(p.file));
  c.set<int64_t>(1, p.line);
}

// The next of the counters that runtime.CallersFrames was given.
void next_frame(Machine& m, NativeCall& c) {
  Image& image = m.image();
  TypeId frames = image.find_type("runtime", "Frames");
  TypeId frame = image.find_type("runtime", "Frame");
  Word self = c.get<Word>(0) + image.field_offset(frames, "callers");
  uint8_t* at = m.at(self, sizeof(GoSlice));
  if (!at) return;
  GoSlice callers;
  std::memcpy(&callers, at, sizeof callers);
  std::memset(c.result(0), 0, m.layout(frame).size);
  if (callers.len > 0) {
    const uint8_t* first = m.at(callers.data, 8);
    if (!first) return;
    Word pc;
    std::memcpy(&pc, first, 8);
    callers = {callers.data + 8, callers.len - 1, callers.cap - 1};
    std::memcpy(at, &callers, sizeof callers);
    Word function = m.allocate_bytes(8, types::basic(BasicKind::kUintptr), false);
    if (uint8_t* p = m.at(function, 8)) std::memcpy(p, &pc, 8);
    auto put = [&](std::string_view field, auto v) {
      std::memcpy(c.result(0) + image.field_offset(frame, field), &v, sizeof v);
    };
    std::string name = function_name(m, pc);
    Machine::Place p;
    if (!name.empty()) p = m.place_of(code_of(pc), static_cast<uint32_t>(pc & 0xff'ffff));
    put("PC", pc);
    put("Func", function);
    put("Function", m.make_string(name));
    put("File", m.make_string(p.file));
    put("Line", static_cast<int64_t>(p.line));
    put("Entry", pc >> 24 << 24);
  }
  c.set<bool>(1, callers.len > 0);
}

// Variables of the environment as package runtime sees them.
void get_environment(Machine& m, NativeCall& c) {
  std::string name(m.view(c.get<GoString>(0)));
  std::string value;
  for (const std::string& e : m.options().environment) {
    if (e.starts_with(name + "=")) value = e.substr(name.size() + 1);
  }
  c.set(0, m.make_string(value));
}

void version(Machine& m, NativeCall& c) { c.set(0, m.make_string("go1.26")); }

void stack(Machine& m, NativeCall& c) {
  GoSlice out = c.get<GoSlice>(0);
  std::string text = fmt::format("goroutine {} [running]:\n", m.current().id);
  for (uint32_t k = 1; k < 100; k++) {
    Machine::Place p = m.place(k);
    if (p.function.empty()) break;
    text += fmt::format("{}(...)\n\t{}:{}\n", p.function, p.file, p.line);
  }
  int64_t n = std::min<int64_t>(out.len, static_cast<int64_t>(text.size()));
  if (n) {
    if (uint8_t* to = m.at(out.data, static_cast<uint64_t>(n))) {
      std::memcpy(to, text.data(), static_cast<size_t>(n));
    }
  }
  c.set<int64_t>(0, n);
}

void assertion_text(Machine& m, NativeCall& c) {
  Image& image = m.image();
  TypeId error = image.find_type("runtime", "TypeAssertionError");
  const uint8_t* e = m.at(c.get<Word>(0), m.layout(error).size);
  if (!e) return;
  auto type = [&](std::string_view field) {
    Word w;
    std::memcpy(&w, e + image.field_offset(error, field), 8);
    return w ? image.type_at(w) : TypeId{};
  };
  auto text = [&](TypeId t) { return image.runtime_type_text(t); };
  GoString missing;
  std::memcpy(&missing, e + image.field_offset(error, "missingMethod"), sizeof missing);
  TypeId interface = type("_interface");
  TypeId concrete = type("concrete");
  TypeId asserted = type("asserted");
  std::string from = interface.exists() ? text(interface) : "interface";
  std::string out;
  if (!concrete.exists()) {
    out = fmt::format("interface conversion: {} is nil, not {}", from, text(asserted));
  } else if (missing.size == 0) {
    out =
        fmt::format("interface conversion: {} is {}, not {}", from, text(concrete), text(asserted));
    if (text(concrete) == text(asserted)) {
      types::Context& cx = image.context();
      auto path = [&](TypeId t) -> std::string {
        if (!cx.types.is(t, TypeKind::kNamed)) return "";
        types::PackageRef p = cx.objects[cx.types.named(t).object].package;
        return p.exists() ? cx.package(p).path : "";
      };
      out += path(concrete) != path(asserted) ? " (types from different packages)"
                                              : " (types from different scopes)";
    }
  } else {
    out = fmt::format("interface conversion: {} is not {}: missing method {}", text(concrete),
                      text(asserted), m.view(missing));
  }
  c.set(0, m.make_string(out));
}

void fatal(Machine& m, NativeCall& c) { m.fatal(m.view(c.get<GoString>(0))); }

void random32(Machine& m, NativeCall& c) { c.set(0, static_cast<uint32_t>(m.random() >> 32)); }
void random64(Machine& m, NativeCall& c) { c.set(0, m.random()); }
void random_below(Machine& m, NativeCall& c) {
  uint32_t n = c.get<uint32_t>(0);
  c.set(0, n ? static_cast<uint32_t>((m.random() >> 32) % n) : 0);
}

// Coroutines of iter.Pull: the coroutine is a goroutine, and a switch hands over to it and waits.
// The object holds the goroutine that is switched away from.
void new_coro(Machine& m, NativeCall& c) {
  Word coro = m.allocate_bytes(24, types::basic(BasicKind::kUintptr), true);
  uint8_t* p = m.at(coro, 24);
  Word f = c.get<Word>(0);
  if (!p) return;
  std::memcpy(p + 16, &f, 8);
  c.set(0, coro);
}

struct Coro {
  uint64_t other = 0;  // slot + 1 of who waits in coroswitch; 0: the coroutine has not begun
  uint64_t ticket = 0;
  Word function = 0;
};

// Runs in the new goroutine: calls the function, then goes back to who waits.
void coro_end(Machine& m, NativeCall& c) {
  Word coro = c.get<Word>(0);
  uint8_t* p = m.at(coro, sizeof(Coro));
  if (!p) return;
  Coro state;
  std::memcpy(&state, p, sizeof state);
  if (c.scratch() == 0) {
    c.scratch() = 1;
    m.again();
    m.call_value(state.function, {reinterpret_cast<const uint8_t*>(&coro), 8},
                 c.code().native_scratch + 8, After::kResume);
    return;
  }
  Waiter w{static_cast<uint32_t>(state.other - 1), static_cast<uint32_t>(state.ticket), 0, {}};
  m.wake(w, {true, true, 0, {}});
}

void coro_switch(Machine& m, NativeCall& c) {
  Wake& wake = m.current().wake;
  if (wake.ready) {
    wake.ready = false;
    return;
  }
  Word coro = c.get<Word>(0);
  uint8_t* p = m.at(coro, sizeof(Coro));
  if (!p) return;
  Coro state;
  std::memcpy(&state, p, sizeof state);
  Coro next = state;
  next.other = m.current_index() + 1;
  next.ticket = m.current().ticket;
  std::memcpy(p, &next, sizeof next);
  m.park("coroutine");
  if (state.other) {
    m.wake({static_cast<uint32_t>(state.other - 1), static_cast<uint32_t>(state.ticket), 0, {}},
           {true, true, 0, {}});
    return;
  }
  Word runner = m.image().native_closure(
      "coroutine", coro_end,
      m.image().context().objects[m.image().find_object("iter", "coroswitch")].type, 0);
  uint64_t head = 0;
  if (const uint8_t* h = m.at(runner, 8)) std::memcpy(&head, h, 8);
  uint32_t slot = m.spawn(m.image().code_of_closure_word(head), runner,
                          {reinterpret_cast<const uint8_t*>(&coro), 8});
  m.state().goroutines[slot].background = true;
}

void godebug_value(Machine&, NativeCall& c) { c.set(0, GoString{}); }

void set_finalizer(Machine& m, NativeCall& c) {
  GoInterface x = c.get<GoInterface>(0);
  if (x.type == 0) return m.fatal("runtime.SetFinalizer: first argument is nil");
}

}  // namespace

NativeTable runtime_natives() {
  static constexpr NativeEntry kTable[] = {
      {"runtime.Gosched", gosched},
      {"runtime.Goexit", goexit},
      {"runtime.NumGoroutine", num_goroutine},
      {"runtime.GC", collect},
      {"runtime.GOMAXPROCS", one},
      {"runtime.NumCPU", one},
      {"runtime.Caller", caller},
      {"runtime.Callers", callers},
      {"runtime.FuncForPC", func_for_pc},
      {"runtime.(*Func).Name", func_name},
      {"runtime.(*Func).Entry", func_entry},
      {"runtime.(*Func).FileLine", file_line},
      {"runtime.(*Frames).Next", next_frame},
      {"runtime.gogetenv", get_environment},
      {"runtime.Version", version},
      {"runtime.Stack", stack},
      {"runtime.SetFinalizer", set_finalizer},
      {"runtime.AddCleanup", nothing},
      {"runtime.Cleanup.Stop", nothing},
      {"runtime.KeepAlive", nothing},
      {"runtime.LockOSThread", nothing},
      {"runtime.UnlockOSThread", nothing},
      {"runtime.ReadMemStats", nothing},
      {"runtime.Breakpoint", nothing},
      {"runtime.(*TypeAssertionError).Error", assertion_text},
      {"runtime.fastrand", random32},
      {"runtime.rand", random64},
      {"runtime.fatal", fatal},
      {"runtime.throw", fatal},
      {"runtime/debug.setGCPercent", nothing},
      {"runtime/debug.freeOSMemory", collect},
      {"runtime/debug.setMaxStack", nothing},
      {"runtime/debug.setPanicOnFault", nothing},
      {"runtime/debug.setMemoryLimit", nothing},
      {"runtime/debug.SetTraceback", nothing},
      {"runtime/debug.runtime_debug_WriteHeapDump", nothing},
      {"iter.newcoro", new_coro},
      {"iter.coroswitch", coro_switch},
      {"internal/godebug.(*Setting).Value", godebug_value},
      {"internal/godebug.(*Setting).IncNonDefault", nothing},
      {"internal/godebug.setUpdate", nothing},
      {"internal/godebug.registerMetric", nothing},
      {"internal/godebug.setNewIncNonDefault", nothing},
      {"math/rand.runtime_rand", random64},
      {"math/rand/v2.runtime_rand", random64},
      {"os.runtime_rand", random64},
      {"internal/sync.runtime_rand", random64},
      {"hash/maphash.runtime_rand", random64},
      {"unique.runtime_rand", random64},
      {"sync.runtime_randn", random_below},
  };
  return kTable;
}

std::vector<NativeTable> native_tables() {
  return {runtime_natives(), sync_natives(), math_natives(),   bytes_natives(),
          os_natives(),      time_natives(), reflect_natives()};
}

bool skips_init(std::string_view path) {
  return path == "runtime" || path.starts_with("runtime/") || path == "internal/cpu" ||
         path.starts_with("internal/runtime/") || path == "internal/godebug" ||
         path == "internal/abi" || path == "internal/sysinfo";
}

void prepare_natives(Machine&) {}

const char* stand_in(std::string_view name) {
  struct Pair {
    std::string_view name;
    const char* other;
  };
  static constexpr Pair kPairs[] = {
      {"math.archExp", "math.exp"},
      {"math.archExp2", "math.exp2"},
      {"math.archLog", "math.log"},
      {"math.archHypot", "math.hypot"},
      {"math.archMax", "math.max"},
      {"math.archMin", "math.min"},
      {"math/big.addVV", "math/big.addVV_g"},
      {"math/big.subVV", "math/big.subVV_g"},
      {"math/big.lshVU", "math/big.lshVU_g"},
      {"math/big.rshVU", "math/big.rshVU_g"},
      {"math/big.mulAddVWW", "math/big.mulAddVWW_g"},
      {"math/big.addMulVVWW", "math/big.addMulVVWW_g"},
      {"crypto/md5.block", "crypto/md5.blockGeneric"},
      {"crypto/sha1.block", "crypto/sha1.blockGeneric"},
  };
  for (const Pair& p : kPairs) {
    if (p.name == name) return p.other;
  }
  return nullptr;
}

}  // namespace unpark::ssa::step
