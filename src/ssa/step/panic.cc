// Panics, recover, Goexit, and how a program ends (spec: "Handling panics").
//
// A panic unwinds the goroutine's frames from the innermost. A frame with deferred calls runs them,
// each in a frame of its own on top; the frames above it are gone by then: nothing can see them.
// When a deferred call returns and has recovered the panic, the frame goes on at Code::recover_pc.
// A panic in a deferred call unwinds that call's frame too, which aborts the panic that made the
// call.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "ssa/step/ops.h"

namespace unpark::ssa::step {

void Machine::panic(GoInterface value) {
  if (stopped()) return;
  Panic p;
  p.value = value;
  p.serial = state_.next_panic++;
  p.trace = frames_for_trace();
  current().panics.push_back(std::move(p));
  unwind();
}

std::vector<Traced> Machine::frames_for_trace() {
  constexpr size_t kMost = 64;
  save_frame();
  std::vector<Traced> out;
  const std::vector<Frame>& frames = current().frames;
  for (size_t i = frames.size(); i-- > 0 && out.size() < kMost;) {
    out.push_back({static_cast<uint32_t>(i), frames[i].code, frames[i].pc});
  }
  return out;
}

void Machine::goexit() {
  Panic p;
  p.serial = state_.next_panic++;
  p.trace = frames_for_trace();
  p.goexit = true;
  current().panics.push_back(p);
  unwind();
}

void Machine::unwind() {
  Goroutine& g = current();
  for (;;) {
    Panic& p = g.panics.back();
    uint32_t index = frame_index();
    for (size_t i = g.defers.size(); i-- > 0;) {
      if (g.defers[i].frame != index) continue;
      Deferred d = std::move(g.defers[i]);
      g.defers.erase(g.defers.begin() + static_cast<std::ptrdiff_t>(i));
      if (d.code == UINT32_MAX) return panic_nil();
      uint32_t serial = p.serial;
      uint8_t* regs = push_frame(d.code, 0, After::kUnwind, d.closure);
      if (!regs) return;
      // `defer recover()` sees nothing: no deferred function calls it.
      bool plain = image_.code(d.code).calls_recover_for_caller;
      g.frames.back().recovers = plain ? 0 : serial;
      g.frames.back().caused_by = serial;
      if (!d.args.empty()) std::memcpy(regs, d.args.data(), d.args.size());
      return;
    }
    Frame frame = g.frames.back();
    if (frame.after == After::kUnwind) {
      // This frame was called by an earlier panic, which ends here.
      for (Panic& earlier : g.panics) {
        if (earlier.serial == frame.caused_by && earlier.serial != p.serial) earlier.aborted = true;
      }
    }
    if (frame.after == After::kEnd || frame.after == After::kStop) {
      if (!p.goexit) return die_of_panic();
      if (frame.after == After::kEnd) {
        g.panics.clear();
        pop_frame();
        end_goroutine();
        return;
      }
      return unsupported("runtime.Goexit in a call made by the runtime");
    }
    pop_frame();
    load_frame();
  }
}

GoInterface Machine::recover() {
  Goroutine& g = current();
  if (g.panics.empty()) return {};
  Panic& p = g.panics.back();
  if (p.goexit || p.recovered || g.frames.back().recovers != p.serial) return {};
  p.recovered = true;
  return p.value;
}

// ---- The runtime's own panics ----

void Machine::panic_runtime(std::string_view text) {
  TypeId type = image_.find_type("runtime", "errorString");
  GoString s = make_string(text);
  panic(box(type, reinterpret_cast<const uint8_t*>(&s)));
}

void Machine::panic_plain(std::string_view text) {
  TypeId type = image_.find_type("runtime", "plainError");
  GoString s = make_string(text);
  panic(box(type, reinterpret_cast<const uint8_t*>(&s)));
}

void Machine::panic_string(std::string_view text) {
  GoString s = make_string(text);
  panic(box(types::basic(BasicKind::kString), reinterpret_cast<const uint8_t*>(&s)));
}

void Machine::panic_index(int64_t index, int64_t length, bool is_unsigned) {
  if (index < 0 && !is_unsigned) {
    return panic_runtime(fmt::format("index out of range [{}]", index));
  }
  panic_runtime(
      fmt::format("index out of range [{}] with length {}", static_cast<uint64_t>(index), length));
}

void Machine::panic_assert(TypeId interface, TypeId concrete, TypeId asserted,
                           std::string_view missing) {
  TypeId error = image_.find_type("runtime", "TypeAssertionError");
  Word p = allocate(error);
  uint8_t* to = at(p, layout(error).size);
  if (!to) return;
  auto put = [&](std::string_view field, TypeId type) {
    Word w = type.exists() ? image_.descriptor(type) : 0;
    std::memcpy(to + image_.field_offset(error, field), &w, sizeof w);
  };
  put("_interface", interface);
  put("concrete", concrete);
  put("asserted", asserted);
  GoString s = image_.string_constant(missing);
  std::memcpy(to + image_.field_offset(error, "missingMethod"), &s, sizeof s);
  TypeId pointer = image_.context().types.pointer_to(error);
  panic(box(pointer, reinterpret_cast<const uint8_t*>(&p)));
}

// ---- Endings ----

void Machine::exit(int code) {
  state_.exit = ExitKind::kExit;
  state_.exit_code = code;
  end_turn();
}

void Machine::fatal(std::string_view text) {
  if (stopped()) return;
  write(2, "fatal error: " + std::string(text) + "\n");
  state_.exit = ExitKind::kFatal;
  state_.exit_code = 2;
  end_turn();
}

void Machine::unsupported(std::string text) {
  if (stopped()) return;
  state_.exit = ExitKind::kUnsupported;
  std::string where = place_text();
  state_.message = text + (where.empty() ? "" : " (" + where + ")");
  state_.exit_code = 2;
  end_turn();
}

namespace {

// The shortest digits that read back as the value; with an exponent where that is large or small.
template <typename T>
std::string float_text(T v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  std::string out;
  if (text.starts_with('-')) {
    out = "-";
    text.remove_prefix(1);
  }
  size_t e = text.find('e');
  int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  if (v == 0) return out + "0";
  int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 6) {
    out += digits.substr(0, 1);
    if (count > 1) out += "." + digits.substr(1);
    return out + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) {
    return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  }
  if (count <= exponent + 1) {
    return out + digits + std::string(static_cast<size_t>(exponent + 1 - count), '0');
  }
  return out + digits.substr(0, static_cast<size_t>(exponent) + 1) + "." +
         digits.substr(static_cast<size_t>(exponent) + 1);
}

// A complex number's parts; the second with its sign.
template <typename T>
std::string complex_text(const T* parts) {
  std::string im = float_text(parts[1]);
  if (im[0] != '-' && im[0] != '+') im = "+" + im;
  return "(" + float_text(parts[0]) + im + "i)";
}

}  // namespace

// As print() writes a value of a basic type.
std::string basic_text(Machine& m, const Layout& l, const uint8_t* v) {
  auto number = [&]<typename T>(T) {
    T x;
    std::memcpy(&x, v, sizeof x);
    return x;
  };
  switch (l.basic) {
    case BasicKind::kBool:
      return *v ? "true" : "false";
    case BasicKind::kInt8:
      return std::to_string(number(int8_t{}));
    case BasicKind::kInt16:
      return std::to_string(number(int16_t{}));
    case BasicKind::kInt32:
      return std::to_string(number(int32_t{}));
    case BasicKind::kInt:
    case BasicKind::kInt64:
      return std::to_string(number(int64_t{}));
    case BasicKind::kUint8:
      return std::to_string(number(uint8_t{}));
    case BasicKind::kUint16:
      return std::to_string(number(uint16_t{}));
    case BasicKind::kUint32:
      return std::to_string(number(uint32_t{}));
    case BasicKind::kUint:
    case BasicKind::kUint64:
    case BasicKind::kUintptr:
      return std::to_string(number(uint64_t{}));
    case BasicKind::kFloat32:
      return float_text(number(float{}));
    case BasicKind::kFloat64:
      return float_text(number(double{}));
    case BasicKind::kComplex64: {
      float parts[2];
      std::memcpy(parts, v, sizeof parts);
      return complex_text(parts);
    }
    case BasicKind::kComplex128: {
      double parts[2];
      std::memcpy(parts, v, sizeof parts);
      return complex_text(parts);
    }
    case BasicKind::kString: {
      GoString s;
      std::memcpy(&s, v, sizeof s);
      return std::string(m.view(s));
    }
    default: {
      Word w;
      std::memcpy(&w, v, sizeof w);
      return fmt::format("{:#x}", w);
    }
  }
}

std::string Machine::value_text(GoInterface v) {
  if (v.type == 0) return "nil";
  TypeId type = dynamic_type(v);
  const Layout& l = layout(type);
  if (l.kind == TypeKind::kBasic && l.basic != BasicKind::kUnsafePointer) {
    const uint8_t* bytes = boxed(v);
    if (!bytes) return "?";
    std::string text = basic_text(*this, l, bytes);
    bool named = image_.context().types.is(type, TypeKind::kNamed);
    if (!named) return text;
    if (l.is_string()) text = "\"" + text + "\"";
    return image_.runtime_type_text(type) + "(" + text + ")";
  }
  return fmt::format("({}) {:#x}", image_.runtime_type_text(type), v.data);
}

// What the runtime prints of a panic's value: errors and Stringers say themselves what they are.
std::string Machine::panic_text(const Panic& p) {
  if (p.value.type == 0) return "nil";
  TypeId type = dynamic_type(p.value);
  types::Context& cx = image_.context();
  bool error = image_.implements(type, cx.error_type);
  TypeId runtime_error = image_.find_type("runtime", "Error");
  bool runtime = runtime_error.exists() && image_.implements(type, runtime_error);
  std::string_view name = error ? "Error" : "String";
  TypeId stringer = image_.find_type("runtime", "stringer");
  if (!error && (!stringer.exists() || !image_.implements(type, stringer))) {
    return value_text(p.value);
  }
  ObjectId method = image_.method_named(type, name);
  uint32_t code = method.exists() ? image_.method_code(type, method) : UINT32_MAX;
  if (code == UINT32_MAX) return value_text(p.value);
  std::vector<uint8_t> receiver(word_up(layout(type).size));
  unbox(p.value, receiver.data());
  uint64_t head = Image::closure_head(code);
  Word closure = image_.add_constant({reinterpret_cast<const char*>(&head), sizeof head});
  GoString text;
  std::span<uint8_t> out(reinterpret_cast<uint8_t*>(&text), sizeof text);
  if (!call_and_wait(closure, receiver, out)) return value_text(p.value);
  std::string bytes(view(text));
  std::string shown;
  for (char c : bytes) {
    shown += c;
    if (c == '\n') shown += '\t';
  }
  (void)runtime;
  return shown;
}

void Machine::die_of_panic() {
  Goroutine& g = current();
  if (dying_) {
    return fatal("panic while printing a panic");
  }
  dying_ = true;
  std::vector<Panic> panics = g.panics;
  std::string out;
  for (size_t i = 0; i < panics.size(); i++) {
    if (panics[i].goexit) continue;
    out += (out.empty() ? "" : "\t") + std::string("panic: ") + panic_text(panics[i]);
    if (stopped()) return;
    if (panics[i].recovered) out += " [recovered]";
    out += "\n";
  }
  TypeId type = panics.back().value.type ? dynamic_type(panics.back().value) : TypeId{};
  if (type.exists() &&
      type == image_.layouts().canonical(image_.find_type("runtime", "errorString"))) {
    std::string_view nil = "invalid memory address";
    if (out.find(nil) != std::string::npos) {
      out += "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x0]\n";
    }
  }
  out += fmt::format("\ngoroutine {} [running]:\n", g.id);
  for (const Traced& t : panics.back().trace) {
    Place p = place_of(t.code, t.pc);
    out += fmt::format("{}(...)\n\t{}:{}\n", p.function, p.file, p.line);
  }
  write(2, out);
  state_.exit = ExitKind::kFatal;
  state_.exit_code = 2;
  end_turn();
}

}  // namespace unpark::ssa::step
