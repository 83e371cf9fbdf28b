// Prefix: what a log puts before every line, learned from one line and found on others.
//
// Two prefixes are the same when they have the same marks and blanks, whatever words and numbers
// stand between them: times, levels, numbers of lines and processes differ from line to line.
// Before a bar ("web-1  | ") the words count too: they name the source.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace unpark::evidence {

class Prefix {
 public:
  void learn(std::string_view text) { text_ = text; }
  void clear() { text_.clear(); }
  bool empty() const { return text_.empty(); }
  // It opens a quote and does not close it.
  bool is_quoted() const { return std::count(text_.begin(), text_.end(), '"') % 2 == 1; }
  const std::string& text() const { return text_; }
  // What follows the prefix; empty where the line ends with it, its last blanks lost or not.
  std::optional<std::string_view> strip(std::string_view line) const;
  // The same for each end of the prefix in turn that begins behind a blank, the longest first, and
  // with any indentation: of nested prefixes, the first line may have more than the others.
  // `accept` says whether what follows makes sense; then that end is the prefix from now on.
  std::optional<std::string_view> shorten(std::string_view line,
                                          bool (*accept)(std::string_view rest));

 private:
  std::string text_;
};

}  // namespace unpark::evidence
