// A place named without a line number, so that it survives edits elsewhere in the file and can be
// met from run-time evidence, which knows functions but not offsets.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace unpark::diag {

struct Site {
  std::string package;    // import path
  std::string function;   // as the Go run time prints it, without the package: "(*Pool).Run.func1"
  std::string operation;  // kind: "send", "recv", "select", "lock", "go", "call net/http.Get", …
  uint32_t ordinal = 0;  // from 1: which of the function's operations of that kind, in source order

  bool exists() const { return !operation.empty(); }
  friend auto operator<=>(const Site&, const Site&) = default;
};

// "example.com/app/pool.(*Pool).Run.func1:send#2"; empty when there is no site.
std::string to_string(const Site& site);

}  // namespace unpark::diag
