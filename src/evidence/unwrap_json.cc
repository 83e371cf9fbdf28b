#include "evidence/unwrap_json.h"

#include <algorithm>
#include <iterator>

namespace unpark::evidence {

namespace {

// In order of preference; the first two hold pieces of a stream.
constexpr std::string_view kKeys[] = {
    "log",  "Output", "msg",   "message", "MESSAGE",     "@message", "Message",
    "text", "line",   "event", "error",   "textPayload", "stack",    "stacktrace",
};
constexpr size_t kStreamKeys = 2;

// From after an opening quote to the closing one; the end where there is none.
size_t string_end(std::string_view text, size_t at) {
  while (at < text.size()) {
    size_t found = text.find_first_of("\"\\", at);
    if (found == text.npos) return text.size();
    if (text[found] == '"') return found;
    at = found + 2;
  }
  return text.size();
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) at++;
  return at;
}

bool holds_dump(std::string_view text) {
  size_t at = text.find("goroutine ");
  return at != text.npos && text.find("]", at) != text.npos && text.find("\\n", at) != text.npos;
}

}  // namespace

JsonText json_text(std::string_view line) {
  JsonText found;
  std::vector<std::string_view> dumps;
  std::string_view best;
  size_t best_rank = std::size(kKeys);
  std::string_view key;
  bool has_key = false;  // a string followed by a colon came last
  int depth = 0;
  for (size_t i = 0; i < line.size();) {
    char c = line[i];
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') {
      if (--depth == 0) {
        found.complete = true;
        break;
      }
    }
    if (c == ',' || c == '{') has_key = false;
    if (c != '"') {
      i++;
      continue;
    }
    size_t end = string_end(line, i + 1);
    std::string_view text = line.substr(i + 1, end - i - 1);
    i = std::min(end + 1, line.size());
    size_t next = skip_blanks(line, i);
    if (!has_key) {
      if (next >= line.size() || line[next] != ':') {
        if (depth <= 1) break;  // no object of keys and values
        continue;
      }
      key = text;
      has_key = found.is_object = true;
      i = next + 1;
      continue;
    }
    has_key = false;
    if (holds_dump(text)) dumps.push_back(text);
    size_t rank =
        static_cast<size_t>(std::find(std::begin(kKeys), std::end(kKeys), key) - std::begin(kKeys));
    if (rank < best_rank) {
      best = text;
      best_rank = rank;
    }
  }
  if (best_rank < kStreamKeys) {
    found.is_stream = true;
    found.texts = {best};
  } else if (!dumps.empty()) {
    found.texts = std::move(dumps);
  } else if (best_rank < std::size(kKeys)) {
    found.texts = {best};
  }
  return found;
}

}  // namespace unpark::evidence
