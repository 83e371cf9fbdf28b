// Natives: functions that the stepper executes itself, because Go has no body for them, or because
// they are the runtime's. One table per topic; names are those of ssa::Program::name_of, of generic
// functions without type arguments.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ssa/step/machine.h"

namespace unpark::ssa::step {

struct NativeEntry {
  const char* name;
  NativeFn fn;
};
using NativeTable = std::span<const NativeEntry>;

NativeTable runtime_natives();
NativeTable sync_natives();
NativeTable math_natives();
NativeTable bytes_natives();
NativeTable os_natives();
NativeTable time_natives();
NativeTable reflect_natives();
std::vector<NativeTable> native_tables();

// The function written in Go that does what an assembly function does, or null.
const char* stand_in(std::string_view name);

// Packages whose initialisers are the runtime's business.
bool skips_init(std::string_view path);
// Gives the variables that the runtime would have set their values.
void prepare_natives(Machine& m);

// As print() writes a value of a basic type.
std::string basic_text(Machine& m, const Layout& l, const uint8_t* value);

}  // namespace unpark::ssa::step
