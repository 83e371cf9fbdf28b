// Package internal/bytealg, and functions of package math that are instructions.
#include <cmath>

#include "ssa/step/natives.h"

namespace unpark::ssa::step {

namespace {

std::string_view bytes(Machine& m, NativeCall& c, size_t param) {
  GoSlice s = c.get<GoSlice>(param);
  return m.view({s.data, static_cast<uint64_t>(s.len)});
}
std::string_view text(Machine& m, NativeCall& c, size_t param) {
  return m.view(c.get<GoString>(param));
}

int64_t position(size_t at) { return at == std::string_view::npos ? -1 : static_cast<int64_t>(at); }

void compare(NativeCall& c, std::string_view a, std::string_view b) {
  int order = a.compare(b);
  c.set<int64_t>(0, order < 0 ? -1 : order > 0 ? 1 : 0);
}
void compare_bytes(Machine& m, NativeCall& c) { compare(c, bytes(m, c, 0), bytes(m, c, 1)); }
void compare_strings(Machine& m, NativeCall& c) { compare(c, text(m, c, 0), text(m, c, 1)); }

void count(NativeCall& c, std::string_view s, char byte) {
  int64_t n = 0;
  for (char x : s) n += x == byte;
  c.set(0, n);
}
void count_bytes(Machine& m, NativeCall& c) { count(c, bytes(m, c, 0), c.get<char>(1)); }
void count_string(Machine& m, NativeCall& c) { count(c, text(m, c, 0), c.get<char>(1)); }

void index_bytes(Machine& m, NativeCall& c) {
  c.set(0, position(bytes(m, c, 0).find(bytes(m, c, 1))));
}
void index_string(Machine& m, NativeCall& c) {
  c.set(0, position(text(m, c, 0).find(text(m, c, 1))));
}
void index_byte(Machine& m, NativeCall& c) {
  c.set(0, position(bytes(m, c, 0).find(c.get<char>(1))));
}
void index_byte_string(Machine& m, NativeCall& c) {
  c.set(0, position(text(m, c, 0).find(c.get<char>(1))));
}
void equal_bytes(Machine& m, NativeCall& c) { c.set<bool>(0, bytes(m, c, 0) == bytes(m, c, 1)); }

void make_no_zero(Machine& m, NativeCall& c) {
  int64_t n = c.get<int64_t>(0);
  if (n < 0) return m.panic_runtime("makeslice: len out of range");
  Word p = m.allocate_bytes(static_cast<uint64_t>(n), types::basic(BasicKind::kUint8), false);
  c.set(0, GoSlice{p, n, n});
}

template <double (*kF)(double)>
void unary(Machine&, NativeCall& c) {
  c.set(0, kF(c.get<double>(0)));
}
double root(double x) { return std::sqrt(x); }
double down(double x) { return std::floor(x); }
double up(double x) { return std::ceil(x); }
double toward_zero(double x) { return std::trunc(x); }
double magnitude(double x) { return std::fabs(x); }

void fused(Machine&, NativeCall& c) {
  c.set(0, std::fma(c.get<double>(0), c.get<double>(1), c.get<double>(2)));
}

void bits_same(Machine&, NativeCall& c) { c.set(0, c.get<uint64_t>(0)); }
void bits_same32(Machine&, NativeCall& c) { c.set(0, c.get<uint32_t>(0)); }

}  // namespace

NativeTable bytes_natives() {
  static constexpr NativeEntry kTable[] = {
      {"internal/bytealg.Compare", compare_bytes},
      {"internal/bytealg.CompareString", compare_strings},
      {"internal/bytealg.Count", count_bytes},
      {"internal/bytealg.CountString", count_string},
      {"internal/bytealg.Equal", equal_bytes},
      {"internal/bytealg.Index", index_bytes},
      {"internal/bytealg.IndexString", index_string},
      {"internal/bytealg.IndexByte", index_byte},
      {"internal/bytealg.IndexByteString", index_byte_string},
      {"internal/bytealg.MakeNoZero", make_no_zero},
      {"bytes.Equal", equal_bytes},
  };
  return kTable;
}

NativeTable math_natives() {
  static constexpr NativeEntry kTable[] = {
      {"math.sqrt", unary<root>},         {"math.Sqrt", unary<root>},
      {"math.Floor", unary<down>},        {"math.Ceil", unary<up>},
      {"math.Trunc", unary<toward_zero>}, {"math.archFloor", unary<down>},
      {"math.archCeil", unary<up>},       {"math.archTrunc", unary<toward_zero>},
      {"math.Abs", unary<magnitude>},     {"math.FMA", fused},
      {"math.Float64bits", bits_same},    {"math.Float64frombits", bits_same},
      {"math.Float32bits", bits_same32},  {"math.Float32frombits", bits_same32},
  };
  return kTable;
}

}  // namespace unpark::ssa::step
