// Redaction of text, line by line.
//
// A line is kept when it is known to be part of some evidence, and what may be private in it is
// replaced; all other lines go. Frames of functions have no mark of their own, so they are believed
// only inside a stack: behind the header of a goroutine or the first line of a race report.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/go_quote.h"
#include "evidence/redact.h"

namespace unpark::evidence {

namespace {

constexpr size_t kLongestLine = 64 << 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One key or value of a label set: in quotes, or up to one of `ends`. None when quotes do not end.
struct Token {
  std::string_view raw;  // with its quotes
  std::string value;
};

std::optional<Token> take_token(std::string_view& text, std::string_view ends) {
  std::string_view before = text;
  Token token;
  if (text.starts_with('"')) {
    if (!take_go_quoted(&text, &token.value)) return std::nullopt;
    token.raw = before.substr(0, before.size() - text.size());
    return token;
  }
  size_t end = std::min(text.find_first_of(ends), text.size());
  token.raw = text.substr(0, end);
  token.value = token.raw;
  text.remove_prefix(end);
  return token;
}

// A set of labels as Go and Prometheus write them: {key: value, "key":"value", key="value"}. Takes
// it off the front of `text`. False when there is none; `out` is then of no use.
bool take_labels(std::string_view& text, std::string& out) {
  if (!text.starts_with('{')) return false;
  out += '{';
  text.remove_prefix(1);
  while (!text.empty() && text[0] != '}') {
    std::optional<Token> key = take_token(text, ":=}");
    if (!key) return false;
    out += key->raw;
    if (!text.starts_with(':') && !text.starts_with('=')) return false;
    out += text[0];
    text.remove_prefix(1);
    while (text.starts_with(' ')) {
      out += ' ';
      text.remove_prefix(1);
    }
    std::optional<Token> value = take_token(text, ",}");
    if (!value) return false;
    // Bounds of histograms and summaries are numbers of the program.
    bool shown = shows_label(key->value) || key->value == "le" || key->value == "quantile";
    out += shown ? std::string(value->raw) : fmt::format("\"{}\"", hidden_value(value->value));
    if (text.starts_with(", ")) {
      out += ", ";
      text.remove_prefix(2);
    } else if (text.starts_with(',')) {
      out += ',';
      text.remove_prefix(1);
    } else if (!text.starts_with('}')) {
      return false;
    }
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  out += '}';
  return true;
}

// What follows the state of a header: "]:", " labels:{..}]:", "] {..}:". False when it is none of
// these.
bool header_end(std::string_view text, std::string& out) {
  constexpr std::string_view kInside = " labels:";
  bool inside = text.starts_with(kInside);
  if (inside) {
    out += kInside;
    text.remove_prefix(kInside.size());
    if (!take_labels(text, out)) return false;
  }
  if (!text.starts_with(']')) return false;
  out += ']';
  text.remove_prefix(1);
  if (text.starts_with(" {")) {
    out += ' ';
    text.remove_prefix(1);
    if (!take_labels(text, out)) return false;
  }
  out += ':';
  return text == ":";
}

// "goroutine 7 gp=0x.. m=0 mp=0x.. [select, 5 minutes labels:{..}] {..}:". A set of labels that
// cannot be read is left out.
bool header(std::string_view text, std::string& out) {
  constexpr std::string_view kStart = "goroutine ";
  if (!text.starts_with(kStart) || text.size() == kStart.size() || !is_digit(text[kStart.size()])) {
    return false;
  }
  size_t open = text.find('[');
  if (open == std::string_view::npos) return false;
  size_t close = text.find(']', open);
  if (close == std::string_view::npos) return false;
  size_t labels = text.find(" labels:{", open);
  size_t end = std::min(labels, close);
  out += without_addresses(text.substr(0, open));
  out += text.substr(open, end - open);
  std::string rest;
  out += header_end(text.substr(end), rest) ? rest : "]:";
  return true;
}

// "\t/a/b.go:12 +0x1d fp=0x.. sp=0x.. pc=0x..": frames keep their place and offset.
bool add_place(std::string_view text, std::string& out) {
  std::string_view place = text.substr(0, text.find(" fp=0x"));
  std::string_view rest = place.substr(0, place.rfind(" +0x"));
  size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == rest.size()) return false;
  out += place;
  std::string_view offset = place.substr(rest.size());
  return std::all_of(rest.begin() + colon + 1, rest.end(), is_digit) &&
         (offset.empty() || offset.find_first_not_of("0123456789abcdef", 4) == offset.npos);
}

// Whether the first word of a call is the address of an object: of a method with a pointer as its
// receiver, or of the part of a lock at which goroutines wait.
bool begins_with_object(std::string_view function) {
  size_t type = function.rfind(").");
  if (type != std::string_view::npos && function.find("(*") < type) {
    return function.find_first_of(".-", type + 2) == std::string_view::npos;
  }
  return function.starts_with("sync.runtime_Semacquire") ||
         function.starts_with("internal/sync.runtime_Semacquire");
}

// "0xc000012348, {0x5, ...}, _, 0x7?": words of memory, what is not known of them, and no more.
bool add_words(std::string_view text, bool object_first, Pseudonyms& pseudonyms, std::string& out) {
  constexpr std::string_view kMarks = "{}, ._?";
  bool first = true;
  while (!text.empty()) {
    if (text.starts_with("0x")) {
      size_t end = std::min(text.find_first_not_of("0123456789abcdef", 2), text.size());
      uint64_t word = 0;
      auto [last, error] = std::from_chars(text.data() + 2, text.data() + end, word, 16);
      if (error != std::errc() || last != text.data() + end) return false;
      text.remove_prefix(end);
      // What has a question mark may be what was in a register before.
      bool object = first && object_first && !text.starts_with('?');
      out += fmt::format("{:#x}", object ? pseudonyms.of_object(word) : pseudonyms.of(word));
    } else if (kMarks.find(text[0]) != std::string_view::npos) {
      out += text[0];
      text.remove_prefix(1);
    } else {
      return false;
    }
    first = false;
  }
  return true;
}

// "main.(*T).f(0xc000012348, ...)": a call, with pseudonyms for its arguments; without them when
// they are none that Go prints.
bool add_call(std::string_view text, Pseudonyms& pseudonyms, std::string& out) {
  if (!text.ends_with(')')) return false;
  size_t open = text.rfind('(');
  if (open == 0 || open == std::string_view::npos) return false;
  std::string_view function = text.substr(0, open);
  out += text.substr(0, open + 1);
  size_t before = out.size();
  std::string_view words = text.substr(open + 1, text.size() - open - 2);
  if (!add_words(words, begins_with_object(function), pseudonyms, out)) out.resize(before);
  out += ')';
  return true;
}

// Lines of debug=1 profiles: counts and code addresses, which say where functions are and nothing
// of data; functions; labels; the numbers of runtime.MemStats.
bool profile_line(std::string_view text, std::string& out) {
  constexpr std::string_view kLabels = "# labels: ";
  if (text.starts_with(kLabels)) {
    out += kLabels;
    text.remove_prefix(kLabels.size());
    return take_labels(text, out) && text.empty();
  }
  constexpr std::string_view kStarts[] = {"#\t0x",          "# HELP ",        "# TYPE ",
                                          "heap profile: ", "cycles/second=", "sampling period=",
                                          "--- mutex:",     "--- contention:"};
  for (std::string_view start : kStarts) {
    if (!text.starts_with(start)) continue;
    out += text;
    return true;
  }
  if (text.starts_with("# ") && text.find(" = ") != std::string_view::npos &&
      text.substr(text.find(" = ") + 3).find_first_not_of("0123456789.-+e[] truefals") ==
          std::string_view::npos) {
    out += text;
    return true;
  }
  size_t profile = text.find(" profile: total ");
  if (profile != std::string_view::npos && profile < 32) {
    out += text;
    return true;
  }
  if (!text.empty() && (is_digit(text[0]) || text[0] == '-') &&
      text.find(" @") != std::string_view::npos &&
      text.find_first_not_of("0123456789abcdefx :[]@-") == std::string_view::npos) {
    out += text;
    return true;
  }
  return false;
}

bool sched_line(std::string_view text, std::string& out) {
  bool detail = text.size() > 4 && text.starts_with("  ") &&
                (text[2] == 'P' || text[2] == 'M' || text[2] == 'G') && is_digit(text[3]) &&
                text.find(": ") != std::string_view::npos && text.find('=') < 40;
  if (!detail && !(text.starts_with("SCHED ") && text.find("ms: ") != std::string_view::npos)) {
    return false;
  }
  out += without_addresses(text);
  return true;
}

// name{label="value"} 12
bool metric_line(std::string_view text, std::string& out) {
  size_t end = 0;
  auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == ':';
  };
  while (end < text.size() && in_name(text[end])) end++;
  if (end == 0 || end == text.size() || is_digit(text[0])) return false;
  out += text.substr(0, end);
  text.remove_prefix(end);
  if (text[0] == '{' && !take_labels(text, out)) return false;
  constexpr std::string_view kNumber = " 0123456789.+-eEInfNa";
  if (text.size() < 2 || text[0] != ' ' ||
      text.find_first_not_of(kNumber) != std::string_view::npos) {
    return false;
  }
  out += text;
  return true;
}

}  // namespace

void TextRedactor::add(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    std::string_view piece = bytes.substr(0, end);
    if (end == std::string_view::npos || !open_.empty() || too_long_) {
      too_long_ |= open_.size() + piece.size() > kLongestLine;
      if (!too_long_) open_ += piece;
      if (end == std::string_view::npos) return;
      if (too_long_) {
        left_out_++;
      } else {
        line(open_);
      }
      open_.clear();
      too_long_ = false;
    } else if (piece.size() > kLongestLine) {
      left_out_++;
    } else {
      line(piece);
    }
    bytes.remove_prefix(end + 1);
  }
}

void TextRedactor::finish() {
  if (too_long_) left_out_++;
  if (!too_long_ && !open_.empty()) line(open_);
  open_.clear();
  too_long_ = false;
}

void TextRedactor::line(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::string out;
  if (redacted(text, out)) {
    to_ += out;
    to_ += '\n';
  } else {
    left_out_++;
  }
}

// Whether the line is kept; `out` is then what it becomes.
bool TextRedactor::redacted(std::string_view text, std::string& out) {
  if (text.find_first_not_of(" \t") == std::string_view::npos) {
    if (where_ == Where::kStack) where_ = Where::kOutside;
    return true;
  }
  if (header(text, out)) {
    where_ = Where::kStack;
    return true;
  }
  out.clear();
  if (text.starts_with("WARNING: DATA RACE") || text.starts_with("==================")) {
    where_ = text[0] == 'W' ? Where::kRace : Where::kOutside;
    out += text.substr(0, 18);
    return true;
  }
  if (where_ != Where::kOutside && stack_line(text, out)) return true;
  out.clear();
  if (text.starts_with("fatal error: ")) {
    out += without_addresses(text);
    return true;
  }
  if (text.starts_with("panic: ")) {
    out += "panic: (left out)";
    return true;
  }
  for (bool (*known)(std::string_view, std::string&) : {profile_line, sched_line, metric_line}) {
    if (known(text, out)) return true;
    out.clear();
  }
  return false;
}

bool TextRedactor::stack_line(std::string_view text, std::string& out) {
  size_t indent = std::min(text.find_first_not_of(" \t"), text.size());
  std::string_view inner = text.substr(indent);
  bool place = where_ == Where::kRace ? indent >= 6 : text[0] == '\t';
  if (place) return add_place(text, out);
  if (where_ == Where::kRace && indent == 0) {
    // "Previous write at 0x.. by goroutine 7:", "Goroutine 7 (running) created at:"
    if (!text.ends_with(':')) return false;
    out += without_addresses(text);
    return true;
  }
  if (inner.starts_with("created by ") || inner.starts_with("[originating from goroutine ") ||
      inner.starts_with("goroutine running on other thread") ||
      (inner.starts_with("...") && inner.find("elided...") != std::string_view::npos) ||
      inner.starts_with("[failed to restore the stack]")) {
    out += without_addresses(text);
    return true;
  }
  return add_call(text, pseudonyms_, out);
}

std::string redact_text(std::string_view bytes, Pseudonyms& pseudonyms) {
  std::string out;
  TextRedactor redactor(&out, &pseudonyms);
  redactor.add(bytes);
  redactor.finish();
  return out;
}

}  // namespace unpark::evidence
