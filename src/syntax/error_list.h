// Collects the syntax errors of one file: in order of place, the first of each line.
//
// What follows the first error of a line is mostly an echo of it, so an error at or before the end
// of the line of the last one is dropped; that also keeps the list in order. Beyond kMax errors
// nothing is kept: the text is hardly Go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "syntax/tree.h"

namespace unpark::syntax {

class ErrorList {
 public:
  static constexpr size_t kMax = 100;

  explicit ErrorList(std::string_view text) : text_(text) {}

  void add(Span span, std::string message) {
    if (!wants(span.begin)) return;
    errors_.push_back({span, std::move(message)});
    size_t newline = text_.find('\n', span.begin);
    quiet_until_ =
        newline == std::string_view::npos ? kForever : static_cast<uint32_t>(newline + 1);
  }
  // Whether an error at this place would be kept.
  bool wants(uint32_t at) const { return at >= quiet_until_ && errors_.size() < kMax; }
  // Keeps nothing from here on.
  void close() { quiet_until_ = kForever; }

  bool empty() const { return errors_.empty(); }
  std::vector<SyntaxError> take() { return std::move(errors_); }

 private:
  static constexpr uint32_t kForever = UINT32_MAX;

  std::string_view text_;
  uint32_t quiet_until_ = 0;
  std::vector<SyntaxError> errors_;
};

}  // namespace unpark::syntax
