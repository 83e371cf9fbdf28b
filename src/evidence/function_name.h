// Names of functions as run-time evidence prints them, and what they have in common.
//
// A function is named differently by different sources: type arguments are "[...]" in text and
// "[go.shape.int]" in profiles, dots in the last element of an import path are "%2e", a panic is
// "panic" or "runtime.gopanic", closures in variables were "glob..func1" before Go 1.21 and are
// "init.func1" after.
#pragma once

#include <string>
#include <string_view>

namespace unpark::evidence {

// The parts of a name, as views of it, escapes included.
struct FunctionName {
  std::string_view package;   // import path as printed: "gopkg.in/yaml%2ev2"
  std::string_view receiver;  // "(*T)" or "T" or empty
  std::string_view rest;      // function or method with everything after it: "Run.func1.2"
};

FunctionName split(std::string_view name);

// The same text for the same function whatever the source: type arguments as "[...]", escapes
// decoded, "panic" for runtime.gopanic, "init.funcN" for "glob..funcN", and nothing of the wrappers
// that the compiler makes: no "-fm", ".gowrapN", ".deferwrapN".
std::string canonical(std::string_view name);

// The import path, escapes decoded: "gopkg.in/yaml.v2"; of main packages "main".
std::string package_of(std::string_view name);

// runtime, internal/runtime/..., and what else of the standard library only the run time is made
// of.
bool is_runtime(std::string_view name);
// Of the standard library: its import path's first element has no dot, and it is not `main`. What a
// module without a dot in its path looks like, so judge by more where it matters.
bool is_standard(std::string_view name);

}  // namespace unpark::evidence
