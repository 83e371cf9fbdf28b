#include "evidence/go_test_output.h"

namespace unpark::evidence {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view take_word(std::string_view* text) {
  while (!text->empty() && is_blank(text->front())) text->remove_prefix(1);
  size_t end = 0;
  while (end < text->size() && !is_blank((*text)[end])) end++;
  std::string_view word = text->substr(0, end);
  text->remove_prefix(end);
  return word;
}

bool is_seconds(std::string_view word) {
  if (word.size() < 2 || word.back() != 's') return false;
  word.remove_suffix(1);
  return word.find_first_not_of("0123456789.") == word.npos;
}

}  // namespace

bool GoTestOutput::take(std::string_view line, uint64_t) {
  constexpr size_t kMaxLine = 4096;
  if (line.size() > kMaxLine || line.empty()) return false;
  if (line.front() != 'o' && line.front() != 'F' && line.front() != '?') return false;
  std::string_view rest = line;
  std::string_view result = take_word(&rest), package = take_word(&rest), how = take_word(&rest);
  if (package.empty()) return false;
  bool known = (result == "ok" && (is_seconds(how) || how == "(cached)")) ||
               (result == "FAIL" && (is_seconds(how) || how == "[build" || how == "[setup")) ||
               (result == "?" && how == "[no");
  packages_ += known;
  return known;
}

}  // namespace unpark::evidence
