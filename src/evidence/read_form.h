// What an input is, told from its first bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/snapshot.h"

namespace unpark::evidence {

enum class Form : uint8_t {
  kEmpty,
  kPprof,
  kMaybeExpvar,  // a JSON object that looks as if it came from /debug/vars
  kText,         // or anything else that may hold text
  kOther,        // known, and nothing that can be read
};

struct Recognised {
  Form form = Form::kText;
  // Of kOther: what it is ("is an execution trace"), and what to do instead.
  std::string_view what;
  std::string_view instead;
};

// `start`: the first bytes of the input, some thousand, or all of it.
Recognised recognise(std::string_view start);

// Of text in which nothing was found: what it is then ("is an HTML page (\"Sign in\")"), and what
// to do about it.
struct Unrecognised {
  std::string what;
  std::string instead;
};
Unrecognised describe_unrecognised(std::string_view start);
// The same for a profile that could be read and is of no kind that says anything of goroutines;
// none when it is of such a kind.
std::optional<Unrecognised> describe_profile(const Snapshot& profile);

}  // namespace unpark::evidence
