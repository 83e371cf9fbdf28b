// Writes JSON that may stand inside a script element: `<`, `>` and `&` are escaped, so that no text
// can end the element or begin a comment in it; so are the line separators of old JavaScript.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

namespace unpark::report {

class HtmlJson {
 public:
  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  // Keys are ours: they need no escapes.
  void key(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    first_ = true;
  }
  // JavaScript's numbers are exact below 2^53; larger ones are for reading only.
  template <std::integral T>
  void value(T number) {
    separate();
    bool exact = true;
    if constexpr (sizeof(T) == 8) {
      constexpr T kExact = T{1} << 53;
      exact = number < kExact && (std::is_unsigned_v<T> || number > T{0} - kExact);
    }
    if (!exact) out_ += '"';
    fmt::format_to(std::back_inserter(out_), "{}", number);
    if (!exact) out_ += '"';
  }
  void value(bool yes) {
    separate();
    out_ += yes ? "true" : "false";
  }
  void value(double number) {
    separate();
    if (std::isfinite(number)) {
      fmt::format_to(std::back_inserter(out_), "{:.7g}", number);
    } else {
      out_ += "null";
    }
  }
  void null() {
    separate();
    out_ += "null";
  }
  // Text that is valid UTF-8.
  void value(std::string_view text);

  template <typename T>
  void field(std::string_view name, const T& what) {
    key(name);
    if constexpr (std::convertible_to<T, std::string_view>) {
      value(std::string_view(what));
    } else {
      value(what);
    }
  }

  size_t size() const { return out_.size(); }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string out_;
  bool first_ = true;
};

}  // namespace unpark::report
