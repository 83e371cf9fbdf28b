#include "report/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace unpark::report {

namespace {

constexpr size_t kPiece = 64 << 10;

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

void JsonWriter::new_line() {
  out_ += '\n';
  out_.append(depth_ * 2, ' ');
}

// Before a key, or a value that has none.
void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) out_ += ',';
  first_ = false;
  new_line();
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  depth_++;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  depth_--;
  if (!first_) new_line();
  out_ += bracket;
  first_ = false;
  if (out_.size() >= kPiece) flush();
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\": ";
  after_key_ = true;
}

void JsonWriter::word(std::string_view text) {
  separate();
  out_ += text;
}

void JsonWriter::integer(int64_t number) {
  separate();
  fmt::format_int digits(number);
  out_.append(digits.data(), digits.size());
}

void JsonWriter::integer(uint64_t number) {
  separate();
  fmt::format_int digits(number);
  out_.append(digits.data(), digits.size());
}

void JsonWriter::value(double number) {
  constexpr double kPrintedWhole = 1e9;  // and far more: without an exponent, that is
  if (!std::isfinite(number)) return null();
  bool whole = number == std::trunc(number) && std::abs(number) < kPrintedWhole && number != 0;
  if (!whole) return word(nlohmann::json(number).dump());
  integer(static_cast<int64_t>(number));
  out_ += ".0";
}

void JsonWriter::value(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    using Json = nlohmann::json;
    return word(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  separate();
  out_ += '"';
  out_ += text;
  out_ += '"';
}

void JsonWriter::flush() {
  taken_ = taken_ && sink_(out_);
  out_.clear();
}

bool JsonWriter::finish() {
  out_ += '\n';
  flush();
  return taken_;
}

}  // namespace unpark::report
