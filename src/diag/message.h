// A sentence that is not written yet: a format and typed arguments. Renderers decide how code,
// places and counts look; `text` gives the plain form used in JSON and wherever there is no better
// one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "source/span.h"

namespace unpark::diag {

class Places;

// A piece of Go: a name, a type, an expression. Shown in backticks.
struct Code {
  std::string text;
  friend bool operator==(const Code&, const Code&) = default;
};

// Words that are shown as they are.
struct Words {
  std::string text;
  friend bool operator==(const Words&, const Words&) = default;
};

using Argument = std::variant<Code, Words, int64_t, source::Loc>;

struct Message {
  // "{0}" to "{9}" stand for the arguments; "{{" and "}}" for braces; other text for itself. A
  // placeholder without an argument is shown as it is written.
  std::string format;
  std::vector<Argument> arguments;

  Message() = default;
  explicit Message(std::string words) : format(std::move(words)) {}
  template <typename... Args>
  explicit Message(std::string words, Args... args)
      : format(std::move(words)), arguments{Argument(std::move(args))...} {}

  bool empty() const { return format.empty(); }
  friend bool operator==(const Message&, const Message&) = default;
};

// The message as one line of text. A place in the file `here` is "line 12", one elsewhere
// "pool.go:12".
std::string to_text(const Message& message, Places& places, source::FileId here);

}  // namespace unpark::diag
