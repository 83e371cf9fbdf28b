// Writes JSON front to back, piece by piece, two blanks a level: what is written is not kept, so
// that a report of any length costs no memory.
//
// The bytes are those of nlohmann's dump(2) of the same values, which other reports here are made
// with: text that is no UTF-8 has U+FFFD where it is broken, and control characters are escaped.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace unpark::report {

// Takes the next piece of a report; false: it cannot, and the rest need not be given.
using ReportSink = std::function<bool(std::string_view)>;

class JsonWriter {
 public:
  explicit JsonWriter(const ReportSink& sink) : sink_(sink) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  // Keys are ours: they need no escapes.
  void key(std::string_view name);

  void value(std::string_view text);
  void value(double number);  // null unless it is finite: JSON has no infinities
  void value(bool yes) { word(yes ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  void value(T number) {
    if constexpr (std::is_signed_v<T>) {
      integer(static_cast<int64_t>(number));
    } else {
      integer(static_cast<uint64_t>(number));
    }
  }
  // Null where there is none.
  template <typename T>
  void value(const std::optional<T>& what) {
    if (what) {
      value(*what);
    } else {
      null();
    }
  }
  void null() { word("null"); }

  template <typename T>
  void field(std::string_view name, const T& what) {
    key(name);
    if constexpr (std::convertible_to<const T&, std::string_view>) {
      value(std::string_view(what));
    } else {
      value(what);
    }
  }
  void null_field(std::string_view name) {
    key(name);
    null();
  }

  // Ends the text with a newline and gives all of it away. Whether the sink took everything.
  bool finish();

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void new_line();
  void word(std::string_view text);
  void integer(int64_t number);
  void integer(uint64_t number);
  void flush();

  const ReportSink& sink_;
  std::string out_;  // what the sink has not got yet
  size_t depth_ = 0;
  bool first_ = true;       // nothing stands in the innermost brackets yet
  bool after_key_ = false;  // the value stands on its key's line
  bool taken_ = true;
};

}  // namespace unpark::report
